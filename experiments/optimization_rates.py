"""Seven optimizers at eleven learning rates each, from the same initial weights: how much the rate matters to whom.

A network 784-128-64-10 on 10,000 Fashion-MNIST images, two epochs in batches of 64, five seeds; a seed decides initial
weights and order of the images for all alike. The rate of an optimizer is chosen on validation images (mean over
seeds), its test accuracy is read at that rate only. Run: python experiments/optimization_rates.py
"""

from __future__ import annotations

import math
from functools import cache
from statistics import mean
from typing import Any

from harness import arguments, entry, record, run_all
from torch.nn import functional as F

from lab_utils import data, ledger, measure, models, training
from lab_utils.training import Recipe

RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0)
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"optimizer": "sgd", "momentum": 0.0},
    "momentum": {"optimizer": "sgd", "momentum": 0.9},
    "nesterov": {"optimizer": "nesterov", "momentum": 0.9},
    "adagrad": {"optimizer": "adagrad"},
    "rmsprop": {"optimizer": "rmsprop"},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.01},
}
WIDTHS = (784, 128, 64, 10)
IMAGES, VALIDATION = 10_000, 5_000
WORST = 10.0  # a loss that is larger, or not a number, counts as this much: the run has diverged


def recipe_of(variant: str) -> Recipe:
    """The recipe of "adam/0.003"."""
    name, rate = variant.split("/")
    return Recipe(epochs=2, batch_size=64, lr=float(rate), **OPTIMIZERS[name])


@cache
def images() -> tuple[data.ImageData, data.Split]:
    """All images, and the 10,000 to train on."""
    sets = data.fashion_mnist(validation=VALIDATION / 60_000)
    return sets, sets.train.take(IMAGES, seed=0)


def scores(recipe: Recipe, seed: int) -> dict[str, float]:
    """Loss on the training images after the last update, accuracy on validation and test images."""
    sets, train = images()
    model = models.MLP(WIDTHS, seed=seed)
    training.fit(model, train, recipe, seed=seed, progress=False)
    loss = F.cross_entropy(measure.predict(model, train.x), train.y).item()
    return {
        "train_loss": min(loss, WORST) if math.isfinite(loss) else WORST,
        "validation": measure.accuracy(model, sets.validation.x, sets.validation.y),
        "test": measure.accuracy(model, sets.test.x, sets.test.y),
    }


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """The scores of one optimizer at one rate."""
    return scores(recipe_of(variant), seed)


def entries_of(results: dict[str, list[dict[str, float]]]) -> list[ledger.Entry]:
    """Loss and validation accuracy at every rate, and all three numbers at the rate that validation chooses."""
    entries = []
    for name in OPTIMIZERS:
        best = max(RATES, key=lambda rate: mean(run["validation"] for run in results[f"{name}/{rate:g}"]))
        for rate in RATES:
            runs = results[f"{name}/{rate:g}"]
            settings = {**recipe_of(f"{name}/{rate:g}").settings(), "widths": WIDTHS, "train_images": IMAGES}
            places = [f"optimization/rates/{name}/{rate:g}"] + [f"optimization/rates/{name}/best"] * (rate == best)
            for place in places:
                entries.append(entry(f"{place}/train-loss", "training loss", runs, "train_loss", settings, __file__))
                entries.append(
                    entry(f"{place}/validation", "validation accuracy", runs, "validation", settings, __file__)
                )
            if rate == best:
                entries.append(entry(f"{places[1]}/test", "test accuracy", runs, "test", settings, __file__))
    return entries


if __name__ == "__main__":
    variants = [f"{name}/{rate:g}" for name in OPTIMIZERS for rate in RATES]
    record(entries_of(run_all("optimization_rates", variants, train_and_score, arguments(__doc__))), 4, show=("lr",))
