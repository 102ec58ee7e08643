"""Train without one class of garments, and let a score of each test picture find it.

Each of the ten classes is left out in turn. Two networks score: an autoencoder by the error of its copy, a VAE by
minus its evidence lower bound. Both have the same layers, as many updates, and a learning rate that suits the whole
set of classes best on validation pictures. Three scores need no network: the error of principal components of the
same size, the distance to the nearest training picture, and the sum of all pixels.
Run: python experiments/autoencoders_anomaly.py
"""

from __future__ import annotations

from dataclasses import replace

import torch
from autoencoders_kit import COPIERS, IMAGES, LATENT, WIDTHS, sets, training_images, variational
from harness import arguments, entry, record, run_all
from torch import Tensor

from lab_utils import data, measure

SIZE = 16  # numbers in the code, and components
COPIER = replace(COPIERS["short"], epochs=LATENT[SIZE].epochs)
RECIPES = {"ae": COPIER.recipe(SIZE), "vae": LATENT[SIZE]}
DRAWS = 5  # of each code, for the evidence lower bound
VARIANTS = [f"{kind}-{label}" for kind in ("networks", "others") for label in range(10)]


def detect(variant: str, seed: int) -> dict[str, float]:
    """Area under the ROC curve of each score, where one class was never seen in training."""
    kind, label = variant.split("-")
    taken, test = training_images(seed), sets().test
    kept = taken.y != int(label)
    train = data.Split(taken.x[kept], taken.y[kept])
    scores = of_networks(train, test.x, seed) if kind == "networks" else without(train, test.x)
    odd = test.y == int(label)
    return {f"{name}/area": measure.roc(score[~odd], score[odd]).area for name, score in scores.items()}


def of_networks(train: data.Split, x: Tensor, seed: int) -> dict[str, Tensor]:
    """Scores (N,) of an autoencoder, its squared error, and of a VAE, minus its evidence lower bound in nats."""
    copy = measure.predict(COPIER.train(SIZE, train, seed), x)
    bound = measure.elbo(variational(SIZE, train, seed), x, samples=DRAWS, seed=seed)
    return {"ae": errors(copy, x), "vae": bound.reconstruction + bound.kl.sum(dim=1)}


def without(train: data.Split, x: Tensor) -> dict[str, Tensor]:
    """Scores (N,) that need no network: error of components, distance to the nearest picture, sum of pixels."""
    components = measure.principal_components(train.x, SIZE)
    nearest = torch.cdist(x.flatten(1), train.x.flatten(1)).min(dim=1).values
    return {
        "pca": errors(components.decode(components.encode(x)), x),
        "nearest": nearest,
        "ink": x.flatten(1).sum(dim=1),
    }


def errors(rebuilt: Tensor, x: Tensor) -> Tensor:
    """Squared error of each picture, (N,)."""
    return (rebuilt.flatten(1) - x.flatten(1)).square().sum(dim=1)


def settings(score: str, left_out: str) -> dict[str, object]:
    """What the ledger says of a score."""
    common = {"train_images": IMAGES, "left_out": left_out}
    if score in RECIPES:
        return {**RECIPES[score].settings(), **common, "widths": (*WIDTHS, SIZE)}
    return {**common, "components": SIZE} if score == "pca" else common


if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("autoencoders_anomaly", VARIANTS, detect, arguments(__doc__)).items():
        left_out = data.FASHION_CLASSES[int(variant.split("-")[1])]
        for key in runs[0].keys() - {"cpu_seconds"}:
            score = key.split("/")[0]
            name = f"autoencoders/anomaly/{left_out.lower().replace('/', '-').replace(' ', '-')}/{key}"
            entries.append(entry(name, "area under the ROC curve", runs, key, settings(score, left_out), __file__))
    record(entries, 2)
