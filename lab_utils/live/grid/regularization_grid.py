"""A measured grid of weight decay, dropout and data size: guess the best cell, reveal, then compare cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from lab_utils.web import LiveFigure

HERE = Path(__file__).parent
NAMES = {"adamw": "AdamW", "adam": "Adam", "sgd": "SGD"}
ARRAYS = {
    "train_loss": "checkpoints",
    "train_accuracy": "checkpoints",
    "validation_loss": "checkpoints",
    "validation_accuracy": "checkpoints",
    "test_loss": "",
    "test_accuracy": "",
    "bin_count": "bins",
    "bin_right": "bins",
    "bin_confidence_sum": "bins",
}


class Measured(Protocol):
    """What the figure shows, such as `data.regularization_grid()`: axes, and arrays that begin with them.

    Curves are (sizes, dropout, weight_decay, seeds, checkpoints), test scores (sizes, dropout, weight_decay, seeds),
    bins of confidence (sizes, dropout, weight_decay, seeds, bins).
    """

    @property
    def sizes(self) -> Sequence[int]: ...
    @property
    def dropout(self) -> Sequence[float]: ...
    @property
    def weight_decay(self) -> Sequence[float]: ...
    @property
    def checkpoints(self) -> Sequence[int]: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...
    @property
    def validation_accuracy(self) -> np.ndarray: ...
    @property
    def test_accuracy(self) -> np.ndarray: ...


def regularization_grid(grid: Measured, *, size: int | None = None, caption: str | None = None) -> LiveFigure:
    """A live figure of a measured grid; ``size`` is the number of training images that the reader meets first.

    The reader guesses which dropout and weight decay have the highest validation accuracy, reveals the measurement,
    and then compares curves, calibration (reliability diagram and ECE: Guo et al., 2017, eq. 3) and scores of any two
    cells. ``caption`` replaces the one that is made from ``grid.settings``. Raises ``TypeError`` where ``grid`` lacks
    an array, and ``ValueError`` for arrays of the wrong shape or with NaN, for a single cell, and for a ``size`` that
    was not measured.
    """
    arrays = _arrays(grid)
    sizes = list(grid.sizes)
    first = sizes[0] if size is None else size
    if first not in sizes:
        raise ValueError(f"expected a size among {', '.join(map(str, sizes))}, got {first!r}")
    table = _table(grid)
    return LiveFigure(
        module=HERE / "regularization_grid.js",
        data={
            "sizes": sizes,
            "dropout": list(grid.dropout),
            "weight_decay": list(grid.weight_decay),
            "checkpoints": list(grid.checkpoints),
            "arrays": arrays,
            "start": sizes.index(first),
            "table": table,
        },
        label="Weight decay, dropout and data size: a measured grid",
        caption=_caption(grid) if caption is None else caption,
        fallback=table,
        css=(HERE / "regularization_grid.css",),
    )


def _arrays(grid: Measured) -> dict[str, np.ndarray]:
    """The arrays as float32, each checked: a page would show a wrong shape as wrong numbers."""
    if missing := [name for name in ARRAYS if not isinstance(getattr(grid, name, None), np.ndarray)]:
        raise TypeError(f"expected a measured grid with the arrays {', '.join(ARRAYS)}; {', '.join(missing)} missing")
    arrays = {name: np.asarray(getattr(grid, name)) for name in ARRAYS}
    cells = (len(grid.sizes), len(grid.dropout), len(grid.weight_decay))
    if cells[1] * cells[2] < 2:
        raise ValueError(f"expected at least two cells to choose among, got {cells[1]} × {cells[2]}")
    seeds = arrays["test_accuracy"].shape[3:4] or (1,)
    last = {"": (), "checkpoints": (len(grid.checkpoints),), "bins": arrays["bin_count"].shape[4:5] or (1,)}
    for name, axis in ARRAYS.items():
        wanted = (*cells, *seeds, *last[axis])
        if arrays[name].shape != wanted or 0 in wanted:
            raise ValueError(f"expected {name} of shape {wanted}, none of them 0, got {arrays[name].shape}")
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"expected finite numbers in {name}, got NaN or infinity")
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def _caption(grid: Measured) -> str:
    """What was measured, from the settings that came with it."""
    s = grid.settings
    sizes = " and ".join([", ".join(f"{n:,}" for n in grid.sizes[:-1]), f"{grid.sizes[-1]:,}"]).removeprefix(" and ")
    seeds, optimizer = grid.test_accuracy.shape[3], NAMES.get(s["optimizer"], s["optimizer"])
    return (
        f"Each cell holds {seeds} trainings (seeds) of a dense network {'-'.join(map(str, s['widths']))} on {sizes} "
        f"images of Fashion-MNIST: {s['updates']:,} updates of {s['batch_size']} images, {optimizer} with decoupled "
        f"decay, learning rate {s['lr']:g}, {s['schedule']} schedule. Validation: {s['validation_looked_at']:,} images "
        f"kept back; test: {s['test_looked_at']:,}; training: up to {s['train_looked_at']:,} of the images learned "
        "from, dropout switched off."
    )


def _table(grid: Measured) -> str:
    """For each data size, the validation accuracy of each cell, mean and range over seeds, as HTML."""
    final = np.asarray(grid.validation_accuracy)[..., -1]
    head = "".join(f'<th scope="col">{value:g}</th>' for value in grid.weight_decay)
    tables = []
    for size, of_size in zip(grid.sizes, final, strict=True):
        rows = "".join(
            f'<tr><th scope="row">{dropout:g}</th>{"".join(map(_figure, cells))}</tr>'
            for dropout, cells in zip(grid.dropout, of_size, strict=True)
        )
        title = escape(f"Validation accuracy after training on {size:,} images, mean (range over seeds)")
        tables.append(
            f'<table class="lab-still-grid"><caption>{title}</caption><thead><tr><th scope="col">dropout ↓, weight '
            f"decay →</th>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )
    return "".join(tables)


def _figure(values: np.ndarray) -> str:
    return f"<td>{values.mean():.3f} ({values.min():.3f} to {values.max():.3f})</td>"
