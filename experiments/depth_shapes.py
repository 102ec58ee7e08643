"""Depth against width at equal numbers of weights on pictures: dense networks of four depths on Fashion-MNIST.

The deepest also starts from He's initial weights, to see how much of what it lacks is a matter of the start. Each run
keeps the best of four learning rates on validation pictures. Run: python experiments/depth_shapes.py
"""

from __future__ import annotations

from dataclasses import replace

import torch
from harness import arguments, entry, record, run_all
from torch import nn

from lab_utils import data, measure, models
from lab_utils.core import generator
from lab_utils.training import Recipe, fit

# Hidden layers × width, each with about 100,000 weights.
SHAPES = {"1": (126,), "2": (111,) * 2, "4": (94,) * 4, "8": (76,) * 8, "8-he": (76,) * 8}
RATES = (1e-3, 3e-3, 1e-2, 3e-2)
RECIPE = Recipe(epochs=5, batch_size=128, optimizer="adam", lr=1e-3, schedule="one-cycle")


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Test accuracy at the learning rate that is best on validation pictures, and that rate."""
    sets = data.fashion_mnist(validation=0.1, seed=seed)
    train, best, found = sets.train.take(10_000, seed=seed), -1.0, {}
    for rate in RATES:
        net = models.MLP((784, *SHAPES[variant], 10), seed=seed)
        if variant.endswith("-he"):
            start_as_he(net, seed)
        fit(net, train, replace(RECIPE, lr=rate), seed=seed, progress=False)
        score = measure.accuracy(net, sets.validation.x, sets.validation.y)
        if score > best:
            best, found = score, {"accuracy": measure.accuracy(net, sets.test.x, sets.test.y), "rate": rate}
    return found


def start_as_he(net: nn.Module, seed: int) -> None:
    """Weights of variance 2 / inputs and biases of zero, which keep the size of signals from layer to layer."""
    chance = generator(seed)
    with torch.no_grad():
        for layer in net.modules():
            if isinstance(layer, nn.Linear):
                layer.weight.normal_(0, (2 / layer.in_features) ** 0.5, generator=chance)
                layer.bias.zero_()


if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("depth_shapes", list(SHAPES), train_and_score, arguments(__doc__)).items():
        settings = {**RECIPE.settings(), "widths": SHAPES[variant], "lr": RATES, "train_images": 10_000}
        entries.append(entry(f"depth/shapes/{variant}", "test accuracy", runs, "accuracy", settings, __file__))
    record(entries)
