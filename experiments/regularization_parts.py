"""Closer looks with 2,000 images: one augmentation at a time, batch norm's noise alone, stochastic depth, smoothing.

Batch norm averages over the batch, so a small batch makes it noisy, but also makes the gradient noisy. To part the two,
all its runs take batches of 250, and the statistics are those of parts of 10 or of all 250 images (ghost batch norm;
Hoffer, Hubara & Soudry, 2017, algorithm 1). Run: python experiments/regularization_parts.py
"""

from __future__ import annotations

from dataclasses import replace

import torch
from harness import arguments, entry, record, run_all
from regularization_cures import NONE, WIDTHS, recipe_of, scores, sets, training_images
from torch import Tensor, nn

from lab_utils import data, measure, models, training
from lab_utils.training import Recipe

BASE = recipe_of(NONE, "2000")
AUGMENTATIONS = {
    "none": None,
    "flip": training.flip,
    "translate": training.translate,
    "rotate": training.rotate,
    "crop": training.crop,
    "erase": training.erase,
}
LARGE = replace(BASE, batch_size=250, epochs=80)  # 640 updates
GHOSTS = {"off": None, "10": 10, "250": 250}
DROPS = {"0": 0.0, "0.5": 0.5}
SMOOTHINGS = {"0": 0.0, "0.05": 0.05, "0.1": 0.1, "0.2": 0.2}
VARIANTS = (
    [f"augmentation/{name}" for name in AUGMENTATIONS]
    + [f"ghost-norm/{name}" for name in GHOSTS]
    + [f"stochastic-depth/{name}" for name in DROPS]
    + [f"smoothing/{name}" for name in SMOOTHINGS]
)
FIRST = {
    "augmentation": "none",
    "ghost-norm": "off",
    "stochastic-depth": "0",
    "smoothing": "0",
}


class GhostBatchNorm(nn.BatchNorm1d):
    """Batch norm that takes the statistics of each `ghost` images by themselves while it trains."""

    def __init__(self, features: int, ghost: int) -> None:
        super().__init__(features)
        self.ghost = ghost

    def forward(self, x: Tensor) -> Tensor:
        """Normalised (B, features)."""
        if not self.training:
            return super().forward(x)
        return torch.cat([super(GhostBatchNorm, self).forward(part) for part in x.split(self.ghost)])


def build(kind: str, name: str, seed: int) -> tuple[nn.Module, Recipe]:
    """The network of a variant, with how it is trained."""
    if kind == "augmentation":
        return models.MLP(WIDTHS, seed=seed), replace(BASE, augment=AUGMENTATIONS[name])
    if kind == "smoothing":
        return models.MLP(WIDTHS, seed=seed), replace(BASE, label_smoothing=SMOOTHINGS[name])
    if kind == "stochastic-depth":
        return models.ResidualMLP(drop=DROPS[name], seed=seed), BASE
    ghost = GHOSTS[name]
    model = models.MLP(WIDTHS, batch_norm=ghost is not None, seed=seed)
    if ghost is not None:
        model.norm1, model.norm2 = (GhostBatchNorm(256, ghost) for _ in range(2))
    return model, LARGE


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Test accuracy, gap and calibration of one network."""
    model, recipe = build(*variant.split("/"), seed)
    train: data.Split = training_images("2000", seed)
    training.fit(model, train, recipe, seed=seed, progress=False)
    measured = scores(measure.predict(model, sets().test.x).softmax(1), sets().test.y)
    right = measure.accuracy(model, train.x, train.y)
    return {**measured, "train": right, "gap": right - measured["accuracy"]}


if __name__ == "__main__":
    measured = run_all("regularization_parts", VARIANTS, train_and_score, arguments(__doc__))
    entries = []
    for variant, runs in measured.items():
        kind, name = variant.split("/")
        plain = measured[f"{kind}/{FIRST[kind]}"]
        runs = [{**run, "gain": run["accuracy"] - other["accuracy"]} for run, other in zip(runs, plain, strict=True)]
        settings = {"variant": variant, **build(kind, name, 0)[1].settings(), "train_images": 2000}
        wanted = {"": ("test accuracy", "accuracy"), "/gap": ("training minus test accuracy", "gap")}
        if name != FIRST[kind]:
            wanted["/gain"] = (f"test accuracy minus that of {kind} {FIRST[kind]}, same seed", "gain")
        if kind == "smoothing":
            wanted |= {f"/{key}": (f"{key} on test images", key) for key in ("ece", "nll", "confidence")}
        path = f"regularization/{variant}"
        entries += [entry(path + end, what, runs, key, settings, __file__) for end, (what, key) in wanted.items()]
    record(entries)
