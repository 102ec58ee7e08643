"""Depth against width at equal numbers of weights on a function that needs depth, and one hidden layer on a smooth one.

Every network can represent its target (the chapter writes the weights down); the question is what training finds. Each
job trains five learning rates from equal initial weights, keeps the one with the lowest error on validation points and
reports it on fresh test points. Run: python experiments/depth_width.py
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from depth_side_by_side import train_side_by_side
from harness import arguments, entry, record, run_all
from torch import Tensor, nn

from lab_utils import ledger, measure, models
from lab_utils.core import generator

# Hidden layers × width, each with about 300 weights.
SHAPES = {"1x100": (1, 100, 1), "2x15": (1, 15, 15, 1), "5x8": (1, 8, 8, 8, 8, 8, 1)}
FOLDS = (2, 3, 4, 5)  # 4, 8, 16, 32 straight pieces
UNITS = (4, 16, 64, 256)
RATES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
STEPS, POINTS = 3000, 512
NEAR = 0.02  # relative noise on the constructed weights
VARIANTS = [
    *(f"saw/{folds}/{shape}" for folds in FOLDS for shape in SHAPES),
    *(f"saw/{folds}/{shape}-he" for folds in FOLDS for shape in ("1x100", "5x8")),  # a start that keeps signals alive
    *(f"tent/{start}" for start in ("near", "random")),
    *(f"smooth/{units}" for units in UNITS),
]
TENT_FOLDS = 4

Target = Callable[[Tensor], Tensor]


def train_and_count(variant: str, seed: int) -> dict[str, float]:
    """Unexplained share of the target's variance, straight pieces on [0, 1], and the learning rate chosen."""
    kind, *rest = variant.split("/")
    if kind == "tent":
        return _tent(rest[0], seed)
    if kind == "smooth":
        return _best(smooth, (1, int(rest[0]), 1), seed)
    shape, _, start = rest[1].partition("-")
    return _best(
        lambda x: sawtooth(x, int(rest[0])), SHAPES[shape], seed, he_start(SHAPES[shape], seed) if start else None
    )


def he_start(widths: tuple[int, ...], seed: int) -> models.MLP:
    """Weights of variance 2 / inputs, which keep the size of signals from layer to layer; PyTorch's usual biases."""
    net, chance = models.MLP(widths, seed=seed), generator(seed)
    with torch.no_grad():
        for layer in net:
            if isinstance(layer, nn.Linear):
                layer.weight.normal_(0, (2 / layer.in_features) ** 0.5, generator=chance)
    return net


def sawtooth(x: Tensor, folds: int) -> Tensor:
    """The tent map applied `folds` times to x in [0, 1]."""
    for _ in range(folds):
        x = torch.minimum(2 * x, 2 - 2 * x)
    return x


def smooth(x: Tensor) -> Tensor:
    """Three half waves on [0, 1], the later the lower."""
    return torch.sin(3 * math.pi * x) * (1 - x / 2)


def _points(seed: int) -> list[Tensor]:
    """Training, validation and test inputs in [0, 1], (POINTS, 1) each."""
    return list(torch.rand(3, POINTS, 1, generator=generator(seed)))


def _best(
    target: Target, widths: tuple[int, ...], seed: int, start: models.MLP | None = None, low: float = -1.0
) -> dict[str, float]:
    """Train at every rate and keep the best. The network sees x stretched to [low, 1]: centred, unless low is 0."""
    train, validation, test = ((1 - low) * x + low for x in _points(seed))

    def centred(x: Tensor) -> Tensor:
        return target((x - low) / (1 - low))

    nets = train_side_by_side(widths, RATES, train, centred(train), steps=STEPS, seed=seed, start=start)
    errors = [unexplained(net, validation, centred) for net in nets]
    chosen = min(range(len(nets)), key=errors.__getitem__)
    return {
        "unexplained": unexplained(nets[chosen], test, centred),
        "pieces": measure.pieces_along(nets[chosen], [low], [1.0]).pieces(),
        "rate": RATES[chosen],
    }


def _tent(start: str, seed: int) -> dict[str, float]:
    """A network of the constructed one's shape, from its weights with a little noise, or from random ones."""
    net, chance = models.tent_network(TENT_FOLDS), generator(seed)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.mul_(1 + NEAR * torch.randn(parameter.shape, generator=chance))

    def target(x: Tensor) -> Tensor:
        return sawtooth(x, TENT_FOLDS)

    widths = (1, *[2] * TENT_FOLDS, 1)
    found = _best(target, widths, seed, net, low=0.0) if start == "near" else _best(target, widths, seed)
    return {**found, "before": unexplained(net, _points(seed)[2], target)}


def unexplained(net: models.MLP, x: Tensor, target: Target) -> float:
    """Mean squared error over the target's variance: 0 is perfect, 1 no better than the mean."""
    with torch.no_grad():
        return ((net(x) - target(x)).square().mean() / target(x).var()).item()


def entries_of(variant: str, runs: list[dict[str, float]]) -> list[ledger.Entry]:
    """Ledger entries of one variant."""
    kind = variant.split("/")[0]
    settings = {
        "variant": variant,
        "rates": list(RATES),
        "steps": STEPS,
        "points": POINTS,
        "optimizer": "adam one-cycle",
    }
    quantities = {"unexplained": "unexplained share of the variance", "pieces": "straight pieces"}
    if kind == "tent":
        quantities["before"] = "unexplained share before training (of the noisy construction)"
    return [entry(f"depth/{variant}/{key}", words, runs, key, settings, __file__) for key, words in quantities.items()]


if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("depth_width", VARIANTS, train_and_count, arguments(__doc__)).items():
        entries += entries_of(variant, runs)
    record(entries, 4)
