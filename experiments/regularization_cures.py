"""What the chapter on regularisation compares: conditions, cures, the strengths to choose from, and one run of one.

A network with far more weights than images, 784-256-256-10, gets 1,600 updates of 50 images whatever the size of its
training set. The seed decides the images drawn, the wrong labels, the initial weights and the order; nothing else
differs between cures of one seed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lab_utils import data, measure, models, training
from lab_utils.core import generator
from lab_utils.training import Recipe

CHOSEN = Path(__file__).with_name("regularization_chosen.json")
WIDTHS = (784, 256, 256, 10)
BATCH, UPDATES = 50, 1600
CONDITIONS = {"200": 200, "2000": 2000, "20000": 20_000, "noisy-2000": 2000}  # name -> images
WRONG = 0.2  # share of the labels that the noisy condition replaces by another class


@dataclass(frozen=True)
class Cure:
    """What a cure changes in the recipe and in the network."""

    recipe: Mapping[str, Any] = field(default_factory=dict)
    network: Mapping[str, Any] = field(default_factory=dict)

    def with_(self, other: Cure) -> Cure:
        """Both cures together."""
        return Cure({**self.recipe, **other.recipe}, {**self.network, **other.network})


shift = training.translate
SHIFTED = training.compose(training.flip, partial(shift, pixels=1))
TURNED = training.compose(training.flip, partial(shift, pixels=2), partial(training.rotate, degrees=10))
NONE = Cure()
DECAY = {f"{decay:g}": Cure({"weight_decay": decay}) for decay in (0.3, 1.0, 3.0)}
L1 = {f"{l1:g}": Cure({"l1": l1}) for l1 in (0.01, 0.03, 0.1)}
DROPOUT = {f"{p:g}": Cure(network={"dropout": p}) for p in (0.2, 0.4, 0.6)}
AUGMENT = {
    name: Cure({"augment": function})
    for name, function in {"flip": training.flip, "flip, shift 1": SHIFTED, "flip, shift 2, turn 10": TURNED}.items()
}
ERASE = {f"{part:g}": Cure({"augment": partial(training.erase, largest=part)}) for part in (0.2, 0.4)}
MIXUP = {f"{alpha:g}": Cure({"mix": partial(training.mixup, alpha=alpha)}) for alpha in (0.2, 1.0)}
CUTMIX = {f"{alpha:g}": Cure({"mix": partial(training.cutmix, alpha=alpha)}) for alpha in (0.2, 1.0)}
SMOOTHING = {f"{share:g}": Cure({"label_smoothing": share}) for share in (0.1, 0.3)}
NORM = {"": Cure(network={"batch_norm": True})}
TWO = AUGMENT["flip"].with_(SMOOTHING["0.1"])
LIGHT = DECAY["0.3"].with_(DROPOUT["0.2"]).with_(AUGMENT["flip, shift 1"]).with_(SMOOTHING["0.1"])
ALL = {
    "flip, smoothing": TWO,
    "flip, smoothing, dropout": TWO.with_(DROPOUT["0.2"]),
    "flip, shift, smoothing, norm": TWO.with_(AUGMENT["flip, shift 1"]).with_(NORM[""]),
    "flip, shift, smoothing, dropout, decay": LIGHT,
    "flip, shift, turn, smoothing, strong dropout and decay": LIGHT.with_(DECAY["1"])
    .with_(DROPOUT["0.4"])
    .with_(AUGMENT["flip, shift 2, turn 10"]),
}
STRENGTHS: dict[str, dict[str, Cure]] = {
    "weight-decay": DECAY,
    "l1": L1,
    "dropout": DROPOUT,
    "augment": AUGMENT,
    "erase": ERASE,
    "mixup": MIXUP,
    "cutmix": CUTMIX,
    "label-smoothing": SMOOTHING,
    "batch-norm": NORM,
    "all": ALL,
}


def chosen(condition: str, cure: str) -> tuple[Cure, str]:
    """A cure at the strength that regularization_settings.py found best on validation images, and that strength."""
    if cure not in STRENGTHS:
        return NONE, ""
    strength = json.loads(CHOSEN.read_text())[condition][cure]
    return STRENGTHS[cure][strength], strength


@cache
def sets() -> data.ImageData:
    """Fashion-MNIST with 6,000 of its training images kept back for validation, read once in each process."""
    return data.fashion_mnist(validation=0.1)


def training_images(condition: str, seed: int) -> data.Split:
    """The images of a condition for one seed; in the noisy one a fifth of the labels are wrong."""
    some = sets().train.take(CONDITIONS[condition], seed=seed)
    if not condition.startswith("noisy"):
        return some
    g = generator(seed + 1_000_000)  # apart from the one that shuffles, or the first epoch would begin with them
    wrong = torch.randperm(len(some), generator=g)[: round(WRONG * len(some))]
    y = some.y.clone()
    y[wrong] = (y[wrong] + torch.randint(1, 10, (len(wrong),), generator=g)) % 10  # never the true class
    return data.Split(some.x, y)


def recipe_of(cure: Cure, condition: str, *, updates: int = UPDATES) -> Recipe:
    """The recipe of a cure: as many epochs as make so many updates."""
    epochs = updates * BATCH // CONDITIONS[condition]
    base = Recipe(epochs=epochs, batch_size=BATCH, optimizer="adamw", lr=2e-3, schedule="cosine")
    return replace(base, **cure.recipe)


def trained(cure: Cure, condition: str, train: data.Split, *, seed: int, updates: int = UPDATES) -> nn.Module:
    """A network trained with the cure; `seed` decides its initial weights, the order of the images and the noise."""
    recipe = recipe_of(cure, condition, updates=updates)
    if recipe.mix is not None:
        train = data.Split(train.x, training.one_hot(train.y, 10))
    model = models.MLP(WIDTHS, **cure.network, seed=seed)
    training.fit(model, train, recipe, seed=seed, progress=False)
    return model


def scores(probabilities: Tensor, y: Tensor) -> dict[str, float]:
    """Accuracy and calibration of probabilities (N, K)."""
    return {
        "accuracy": (probabilities.argmax(1) == y).double().mean().item(),
        "ece": measure.expected_calibration_error(probabilities, y),
        "nll": measure.negative_log_likelihood(probabilities.clamp_min(1e-12), y),
        "brier": measure.brier_score(probabilities, y),
        "confidence": probabilities.amax(1).double().mean().item(),
    }


def settings_of(condition: str, cure: Cure, strength: str, *, updates: int = UPDATES) -> dict[str, Any]:
    """What the ledger keeps of a run's settings: the chosen strength among them."""
    return {
        "condition": condition,
        "chosen": strength,
        "widths": list(WIDTHS),
        **{name: str(value) for name, value in cure.network.items()},
        **recipe_of(cure, condition, updates=updates).settings(),
        "train_images": CONDITIONS[condition],
        "wrong_labels": WRONG if condition.startswith("noisy") else 0.0,
    }
