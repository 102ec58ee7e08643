"""Gabor fits to the first layer of a trained network, in the way that the sparse code's atoms are fitted.

A small network with 32 first filters of 9×9 pixels learns to classify 12,000 garments. Weights start as noise, and what
learning does not touch stays noise: "decay" lets weights fade that are of no use, and "change" fits what learning
has added to the first weights. "initial" never learned. Run: python experiments/brains_filters.py
"""

from __future__ import annotations

from dataclasses import replace

from harness import arguments, entry, record, run_all
from torch import nn

from lab_utils import core, data, measure, training
from lab_utils.training import Recipe

FILTERS, SIZE = 32, 9
RECIPE = Recipe(epochs=4, batch_size=50, optimizer="adamw", lr=2e-3, schedule="one-cycle")
DECAY = 3.0  # per unit of learning rate: over this schedule, weights of no use shrink to a twentieth
IMAGES = 12_000
QUANTITIES = {
    "median": "median R²",
    "share": "share of fits with R² > 0.8",
    "accuracy": "test accuracy",
    "change-median": "median R² of what learning added",
}
VARIANTS = ("trained", "decay", "initial")


def small_cnn(classes: int, seed: int) -> nn.Sequential:
    """Two strided convolutions, the first with large kernels, and an average over places."""
    with core.seeded(seed):
        return nn.Sequential(
            nn.Conv2d(1, FILTERS, SIZE, stride=2, bias=False),
            nn.BatchNorm2d(FILTERS),
            nn.ReLU(),
            nn.Conv2d(FILTERS, 64, 3, stride=2, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.Conv2d(64, 64, 3, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(64, classes),
        )


def train_and_fit(variant: str, seed: int) -> dict[str, float]:
    """Test accuracy, and Gabor fits to the first filters and to what learning added to them."""
    sets = data.fashion_mnist()
    net = small_cnn(len(sets.classes), seed)
    before = net[0].weight[:, 0].detach().clone()
    if variant != "initial":
        recipe = replace(RECIPE, weight_decay=DECAY if variant == "decay" else 0.0)
        training.fit(net, sets.train.take(IMAGES, seed=seed), recipe, seed=seed, progress=False)
    after = net[0].weight[:, 0].detach()
    found = {"": after, "change-": after - before} if variant == "trained" else {"": after}
    results = {"accuracy": measure.accuracy(net, sets.test.x, sets.test.y)}
    for name, filters in found.items():
        r2 = measure.fit_gabors(filters).r2
        results |= {f"{name}median": r2.median().item(), f"{name}share": (r2 > 0.8).double().mean().item()}
    return results


def main() -> None:
    """Measure, and write the ledger."""
    settings = {**RECIPE.settings(), "filters": FILTERS, "size": SIZE, "images": IMAGES, "decay": DECAY}
    ends = {"median": "", "share": "/share", "accuracy": "/accuracy", "change-median": "/change"}
    entries = [
        entry(f"brains/gabor/cnn-{variant}{ends[key]}", QUANTITIES[key], runs, key, settings, __file__)
        for variant, runs in run_all("brains_filters", list(VARIANTS), train_and_fit, arguments(__doc__)).items()
        for key in ends
        if key in runs[0]
    ]
    record(entries)


if __name__ == "__main__":
    main()
