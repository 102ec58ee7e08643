"""Seven schedules of the learning rate at an equal budget, each with a highest rate of its own, for two optimizers.

A network 784-128-64-10 on 10,000 Fashion-MNIST images, five epochs in batches of 64, five seeds, SGD with momentum and
Adam. The highest rate of each schedule is chosen on validation images (mean over seeds), from five; test accuracy is
read at that rate only. Run: python experiments/optimization_schedules.py
"""

from __future__ import annotations

from statistics import mean
from typing import Any

from harness import arguments, entry, record, run_all
from optimization_rates import IMAGES, WIDTHS, scores

from lab_utils import ledger
from lab_utils.training import Recipe
from lab_utils.training.schedules import SCHEDULES

OPTIMIZERS = {"momentum": "sgd", "adam": "adam"}
RATES = {"momentum": (0.01, 0.03, 0.06, 0.1, 0.2), "adam": (1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2)}


def recipe_of(variant: str) -> Recipe:
    """The recipe of "momentum/cosine/0.1"."""
    name, schedule, rate = variant.split("/")
    shape: Any = {"optimizer": OPTIMIZERS[name], "schedule": schedule}
    return Recipe(epochs=5, batch_size=64, lr=float(rate), **shape)


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """The scores of one optimizer with one schedule at one highest rate."""
    return scores(recipe_of(variant), seed)


def entries_of(results: dict[str, list[dict[str, float]]]) -> list[ledger.Entry]:
    """Three numbers for each optimizer and schedule, at the rate that validation chooses."""
    entries = []
    for name, rates in RATES.items():
        for schedule in SCHEDULES:
            variants = [f"{name}/{schedule}/{rate:g}" for rate in rates]
            best = max(variants, key=lambda variant: mean(run["validation"] for run in results[variant]))
            settings = {**recipe_of(best).settings(), "widths": WIDTHS, "train_images": IMAGES, "rates": rates}
            for key, quantity in (
                ("train_loss", "training loss"),
                ("validation", "validation accuracy"),
                ("test", "test accuracy"),
            ):
                place = f"optimization/schedules/{name}/{schedule}/{key.replace('_', '-')}"
                entries.append(entry(place, quantity, results[best], key, settings, __file__))
    return entries


if __name__ == "__main__":
    variants = [f"{name}/{schedule}/{rate:g}" for name in RATES for schedule in SCHEDULES for rate in RATES[name]]
    measured = run_all("optimization_schedules", variants, train_and_score, arguments(__doc__))
    record(entries_of(measured), 4, show=("lr",))
