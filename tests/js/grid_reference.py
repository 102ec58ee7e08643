"""NumPy's numbers of a small measured grid, which grid.test.js repeats: python -m tests.js.grid_reference"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from lab_utils.live.grid.regularization_grid import ARRAYS
from tests.measured_grids import random_grid

TARGET = Path(__file__).parent / "grid.json"


def spread(values: np.ndarray) -> list[float]:
    """Mean, smallest and largest over seeds."""
    return [float(f(values)) for f in (np.mean, np.min, np.max)]


def reference() -> dict[str, Any]:
    """The grid as the page gets it, and what each of its cells should come to."""
    grid = random_grid(seeds=3, bins=5)
    arrays = {name: np.asarray(getattr(grid, name), dtype=np.float32) for name in ARRAYS}
    scores = {"gap": grid.gap, "ece": grid.ece, "test_accuracy": grid.test_accuracy}
    scores |= {name: getattr(grid, name)[..., -1] for name in ("validation_accuracy", "validation_loss")}
    cells = [(i, j, k) for i in range(2) for j in range(len(grid.dropout)) for k in range(len(grid.weight_decay))]
    return {
        "sizes": grid.sizes,
        "dropout": grid.dropout,
        "weight_decay": grid.weight_decay,
        "checkpoints": grid.checkpoints,
        "arrays": {k: {"shape": a.shape, "data": [float(f"{v:.9g}") for v in a.flat]} for k, a in arrays.items()},
        "spreads": [
            {"cell": cell, **{name: spread(values[cell]) for name, values in scores.items()}} for cell in cells
        ],
        "curves": [[spread(column) for column in grid.validation_loss[cell].T] for cell in cells],
        "pooled": [
            [a[cell].sum(0).tolist() for a in (grid.bin_count, grid.bin_right, grid.bin_confidence_sum)]
            for cell in cells
        ],
        "best": [grid.best(size)[1:] for size in grid.sizes],
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(reference(), separators=(",", ":")) + "\n", encoding="utf-8")
