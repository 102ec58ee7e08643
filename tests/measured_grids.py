"""Measured grids made of random numbers: small, and known to the tests that look at what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lab_utils.data import MeasuredGrid

SETTINGS = {
    "optimizer": "adamw",
    "lr": 0.002,
    "schedule": "cosine",
    "batch_size": 50,
    "widths": [784, 64, 10],
    "updates": 300,
    "train_looked_at": 1000,
    "validation_looked_at": 3000,
    "test_looked_at": 10000,
}


def random_grid(*, seeds: int = 5, bins: int = 15, generator_seed: int = 0, **changed: Any) -> MeasuredGrid:
    """Curves that fall and rise, scores in range, counts of bins that add up; `changed` replaces fields."""
    draw = np.random.default_rng(generator_seed)
    axes = {"sizes": (50, 4000), "dropout": (0.0, 0.5, 0.9), "weight_decay": (0.0, 0.1, 1.0, 10.0)}
    checkpoints = (10, 30, 100, 300)
    cells = (*(len(axis) for axis in axes.values()), seeds)
    curves = (*cells, len(checkpoints))
    count = draw.integers(0, 200, (*cells, bins)).astype(float)
    count[..., :2] = 0
    middle = (np.arange(bins) + 0.5) / bins
    grid = MeasuredGrid(
        **axes,
        checkpoints=checkpoints,
        settings=SETTINGS,
        train_loss=draw.uniform(0.01, 2.2, curves),
        train_accuracy=draw.uniform(0.7, 1, curves),
        validation_loss=draw.uniform(0.4, 2.2, curves),
        validation_accuracy=draw.uniform(0.5, 0.7, (*cells[:3], 1, 1)) + draw.uniform(0, 0.15, curves),
        test_loss=draw.uniform(0.4, 2, cells),
        test_accuracy=draw.uniform(0.5, 0.9, cells),
        bin_count=count,
        bin_right=np.floor(count * draw.uniform(0, 1, count.shape)),
        bin_confidence_sum=count * middle,
    )
    return replace(grid, **changed)
