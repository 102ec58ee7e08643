"""Where warm-up and clipping matter: a deeper network at high rates, and ten faulty images among 5,000.

Warm-up: 8 hidden layers of 64 ReLUs, Adam along half a cosine, with or without a climb over the first tenth of the
updates, at three rates. Clipping: 784-128-64-10, SGD with momentum and Adam along half a cosine; ten of the images that
it learns from are multiplied by 100, as by a faulty sensor, or none; gradients clipped to a norm of 1, or not. 5,000
Fashion-MNIST images, two epochs in batches of 50, five seeds of weights and order; accuracy on sound validation images.
Run: python experiments/optimization_stability.py
"""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from harness import arguments, entry, record, run_all
from optimization_rates import WIDTHS, images

from lab_utils import data, measure, models, training
from lab_utils.core import generator
from lab_utils.training import Recipe

IMAGES, FAULTY, TIMES = 5000, 10, 100.0
DEEP = (784, *[64] * 8, 10)
CLIMBS = {"without": "cosine", "with": "warm-up-cosine"}
RULES: dict[str, dict[str, Any]] = {
    "momentum": {"optimizer": "sgd", "lr": 0.03},
    "adam": {"optimizer": "adam", "lr": 2e-3},
}
LIMITS = {"none": None, "1": 1.0}
WARM_UPS = [f"warm-up/{rate}/{climb}" for rate in ("0.001", "0.003", "0.01") for climb in CLIMBS]
CLIPPINGS = [f"clipping/{rule}/{kind}/{limit}" for rule in RULES for kind in ("clean", "faulty") for limit in LIMITS]


def recipe_of(variant: str) -> Recipe:
    """The recipe of "warm-up/0.01/with" or "clipping/adam/faulty/none"."""
    subject, *rest = variant.split("/")
    if subject == "warm-up":
        schedule: Any = CLIMBS[rest[1]]
        return Recipe(epochs=2, batch_size=50, optimizer="adam", lr=float(rest[0]), schedule=schedule, warm_up=0.1)
    return Recipe(epochs=2, batch_size=50, schedule="cosine", clip_norm=LIMITS[rest[2]], **RULES[rest[0]])


@cache
def training_images(*, faulty: bool) -> data.Split:
    """The images to learn from, all sound or some of them much too bright."""
    sound = images()[0].train.take(IMAGES, seed=0)
    if not faulty:
        return sound
    x = sound.x.clone()
    x[torch.randperm(IMAGES, generator=generator(1))[:FAULTY]] *= TIMES
    return data.Split(x, sound.y)


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Accuracy on validation images, all of them sound."""
    model = models.MLP(DEEP if variant.startswith("warm-up") else WIDTHS, seed=seed)
    examples = training_images(faulty="/faulty/" in variant)
    training.fit(model, examples, recipe_of(variant), seed=seed, progress=False)
    kept = images()[0].validation
    return {"validation": measure.accuracy(model, kept.x, kept.y)}


if __name__ == "__main__":
    results = run_all("optimization_stability", [*WARM_UPS, *CLIPPINGS], train_and_score, arguments(__doc__))
    entries = []
    for variant, runs in results.items():
        widths = DEEP if variant.startswith("warm-up") else WIDTHS
        settings = {**recipe_of(variant).settings(), "widths": widths, "train_images": IMAGES}
        if "/faulty/" in variant:
            settings |= {"faulty_images": FAULTY, "multiplied_by": TIMES}
        name = f"optimization/{variant}/validation"
        entries.append(entry(name, "validation accuracy", runs, "validation", settings, __file__))
    record(entries)
