"""Writes race.json: losses, slopes and paths by torch for the JavaScript tests: python -m tests.js.race_reference"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lab_utils.live.race.still import OPTIMIZERS, SURFACES, Ground, Loss, Slice, torch_path

TARGET = Path(__file__).parent / "race.json"
STEPS = 200
KEPT = (1, 2, 5, 20, 80, STEPS)
MOMENTUM = 0.9


def turned_bowl(kappa: float, turn: float) -> Loss:
    """(5/κ)u² + 5v² with u and v turned by `turn` degrees."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))

    def loss(x: Tensor, y: Tensor) -> Tensor:
        return 5 / kappa * (cos * x + sin * y) ** 2 + 5 * (cos * y - sin * x) ** 2

    return loss


def measured() -> Slice:
    """A smooth bowl with ripples on an uneven-sided grid: 13 columns, 9 rows, in float32 as a page receives it."""
    x, y = np.meshgrid(np.linspace(-1, 1, 13), np.linspace(-0.8, 0.8, 9))
    values = x**2 + 2 * y**2 + 0.5 * x * y + 0.1 * np.sin(5 * x) * np.cos(4 * y)
    return Slice((-1.0, 1.0), (-0.8, 0.8), values.astype(np.float32))


def answers(loss: Loss, view: tuple[float, ...], seed: int) -> list[list[float]]:
    """x, y, loss and both slopes by autograd at 30 random points of the view."""
    generator = torch.Generator().manual_seed(seed)
    share = torch.rand(30, 2, generator=generator, dtype=torch.float64)
    x = (view[0] + share[:, 0] * (view[1] - view[0])).requires_grad_()
    y = (view[2] + share[:, 1] * (view[3] - view[2])).requires_grad_()
    value = loss(x, y)
    dx, dy = torch.autograd.grad(value.sum(), (x, y))
    return torch.stack([x, y, value, dx, dy], dim=1).tolist()


def paths(ground: Ground) -> dict[str, list[list[float]]]:
    """The points that each of torch's optimizers has reached after the steps in `KEPT`."""
    kept = {}
    for name in OPTIMIZERS:
        points = torch_path(ground, name, ground.start, ground.lr, MOMENTUM, STEPS)
        kept[name] = [points[step].tolist() for step in KEPT if step < len(points)]
    return kept


def surface(ground: Ground, seed: int, **settings: Any) -> dict[str, Any]:
    """One surface with its answers and paths."""
    return {
        "start": list(ground.start),
        "lr": ground.lr,
        "answers": answers(ground.loss, ground.view, seed),
        "paths": paths(ground),
        **settings,
    }


def reference() -> dict[str, Any]:
    """All surfaces: the named ones, turned bowls, a measured slice."""
    cases = [surface(ground, i, name=name, kappa=500, turn=0) for i, (name, ground) in enumerate(SURFACES.items())]
    for kappa, turn in ((500, 30), (1, 10), (20, 45)):
        bowl = SURFACES["bowl"]
        ground = Ground("bowl", turned_bowl(kappa, turn), bowl.view, bowl.start, 0.0, bowl.target, bowl.lr)
        cases.append(surface(ground, kappa + turn, name="bowl", kappa=kappa, turn=turn))
    grid = measured()
    data = grid.data() | {"values": [float(v) for v in grid.values.flatten()]}
    cases.append(surface(grid.ground(), 99, name="slice", kappa=500, turn=0))
    return {"momentum": MOMENTUM, "kept": KEPT, "slice": data, "surfaces": cases}


if __name__ == "__main__":
    TARGET.write_text(json.dumps(reference(), separators=(",", ":")) + "\n", encoding="utf-8")
