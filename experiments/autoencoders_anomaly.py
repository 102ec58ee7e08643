"""Train without one class of garments, and let the error of the reconstruction find it among the test pictures.

Each of the ten classes is left out in turn. Beside the autoencoder stand principal components of the same size, the
distance to the nearest training picture, and the sum of all pixels. Run: python experiments/autoencoders_anomaly.py
"""

from __future__ import annotations

import torch
from autoencoders_kit import IMAGES, WIDTHS, sets, training_images
from harness import arguments, entry, run_all, settings_of
from torch import Tensor

from lab_utils import data, ledger, measure, models
from lab_utils.training import Recipe, fit, squared_error

LATENT = 16
RECIPE = Recipe(epochs=6, batch_size=100, optimizer="adam", lr=3e-3, schedule="one-cycle")
CLASSES = [str(label) for label in range(10)]


def detect(variant: str, seed: int) -> dict[str, float]:
    """Area under the ROC curve of each score, where class number `variant` was never seen in training."""
    left_out, taken, test = int(variant), training_images(seed), sets().test
    train = data.Split(taken.x[taken.y != left_out], taken.y[taken.y != left_out])
    net = models.Autoencoder((*WIDTHS, LATENT), seed=seed)
    fit(net, data.Split(train.x, train.x), RECIPE, loss=squared_error, seed=seed, progress=False)
    components = measure.principal_components(train.x, LATENT)
    scores = {
        "ae": errors(measure.predict(net, test.x), test.x),
        "pca": errors(components.decode(components.encode(test.x)), test.x),
        "nearest": torch.cdist(test.x.flatten(1), train.x.flatten(1)).min(dim=1).values,
        "ink": test.x.flatten(1).sum(dim=1),
    }
    strange = test.y == left_out
    curves = {name: measure.roc(score[~strange], score[strange]) for name, score in scores.items()}
    found = {f"{name}/area": curve.area for name, curve in curves.items()}
    return found | {f"{name}/hits-at-5": curve.hits_at(0.05) for name, curve in curves.items() if name != "ink"}


def errors(rebuilt: Tensor, x: Tensor) -> Tensor:
    """Squared error of each picture, (N,)."""
    return (rebuilt.flatten(1) - x.flatten(1)).square().sum(dim=1)


if __name__ == "__main__":
    entries = []
    settings = {**settings_of(RECIPE), "train_images": IMAGES, "widths": (*WIDTHS, LATENT), "components": LATENT}
    results = run_all("autoencoders_anomaly", CLASSES, detect, arguments(__doc__))
    for variant, runs in results.items():
        left_out = data.FASHION_CLASSES[int(variant)]
        for key in runs[0].keys() - {"cpu_seconds"}:
            what = "area under the ROC curve" if key.endswith("area") else "hits at 5% false alarms"
            name = f"autoencoders/anomaly/{left_out.lower().replace('/', '-').replace(' ', '-')}/{key}"
            entries.append(entry(name, what, runs, key, {**settings, "left_out": left_out}, __file__))
    ledger.record(entries)
    for each in sorted(entries, key=lambda each: each.name):
        print(each.name, each.summary(2))
