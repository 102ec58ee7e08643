"""Tables of numbers in coloured cells: counts, and likenesses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from lab_utils.plotting.style import CELLS, ERRORS, PALETTE, SMALL, array, in_book_style


@in_book_style
def confusion_matrix(
    ax: Axes, counts: Any, classes: Sequence[str], *, percent: bool = False, errors: bool = False
) -> Axes:
    """Draw counts (K, K): row = true class, column = predicted class, the number in each cell.

    `percent=True` writes the share of the row instead. `errors=True` colours the mistakes only, on their own scale, so
    that the diagonal, which is far larger, does not drown them. Zeros stay empty: a blank cell means never.
    """
    table = array(counts, "(K, K)", "counts")
    if table.shape != (len(classes), len(classes)):
        raise ValueError(
            f"expected counts of shape ({len(classes)}, {len(classes)}), a row per class, got {table.shape}"
        )
    if table.min() < 0:
        raise ValueError(f"expected counts >= 0, got a minimum of {table.min()}")
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    shaded = np.where(np.eye(len(classes), dtype=bool), 0, shares) if errors else shares
    ax.imshow(shaded, cmap=ERRORS if errors else CELLS, vmin=0, vmax=float(shaded.max()) or 1.0)
    for i, j in zip(*np.nonzero(table), strict=True):
        words = f"{100 * shares[i, j]:.1f}" if percent else f"{table[i, j]:,}"
        quiet = errors and i == j
        colour = PALETTE["muted"] if quiet else PALETTE["ink"]
        ax.text(j, i, words, ha="center", va="center", fontsize=SMALL, color=colour)
    _name_cells(ax, classes, classes)
    ax.set(xlabel="predicted class", ylabel="true class")
    return ax


@in_book_style
def similarity_map(ax: Axes, matrix: Any, *, rows: Sequence[str], columns: Sequence[str], digits: int = 2) -> Axes:
    """Draw likenesses (R, C) of at most 1, such as CKA: the number in each cell, darker where it is larger.

    Colour begins at 0: what is negative, as a debiased estimate can be, stays blank behind its number.
    """
    table = array(matrix, "(R, C)", "matrix", finite=True)
    if table.shape != (len(rows), len(columns)):
        raise ValueError(f"expected a matrix of shape ({len(rows)}, {len(columns)}), got {table.shape}")
    if table.max() > 1 + 1e-6:
        raise ValueError(f"expected likenesses of at most 1, got {table.max():.3g}")
    ax.imshow(table.clip(0, 1), cmap=CELLS, vmin=0, vmax=1)
    for (i, j), value in np.ndenumerate(table):
        words = f"{value:.{digits}f}".replace("-", "−")
        ax.text(j, i, words, ha="center", va="center", fontsize=SMALL, color=PALETTE["ink"])
    _name_cells(ax, rows, columns)
    return ax


def _name_cells(ax: Axes, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Names on both sides and hairlines between the cells."""
    ax.set_xticks(range(len(columns)), columns, rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(rows)), rows)
    ax.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    ax.grid(which="minor", color=PALETTE["grid"], linewidth=0.8)
    ax.tick_params(which="both", length=0, labelcolor=PALETTE["ink"])
    ax.spines[:].set_visible(False)
