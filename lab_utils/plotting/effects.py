"""A table of measured effects: what helps where, the number in each cell and colour for its sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from lab_utils.plotting.style import DIVERGING, PALETTE, SMALL, array, in_book_style

STRONGEST = 0.6  # of the colour map's half, so that ink on it stays easy to read


@in_book_style
def effect_map(
    ax: Axes,
    effects: Any,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    sure: Any = None,
    limit: float | None = None,
    digits: int = 1,
) -> Axes:
    """Draw effects (R, K, S), S seeds for each row and column: mean and range in each cell, blue helps, orange hurts.

    `sure` (R, K) says in which cells the direction is beyond doubt; the others stay without colour. Unless given, those
    in which all seeds have the same sign. Colour is full at ±`limit`, the largest mean unless given. A cell of NaN (not
    measured) is empty.
    """
    values = array(effects, "(R, K, S)", "effects")
    if values.shape[:2] != (len(rows), len(columns)):
        raise ValueError(f"expected effects of shape ({len(rows)}, {len(columns)}, S), got {values.shape}")
    means, low, high = values.mean(2), values.min(2), values.max(2)
    agreed = (low > 0) | (high < 0) if sure is None else array(sure, "(R, K)", "sure")
    if agreed.shape != means.shape:
        raise ValueError(f"expected sure of shape {means.shape}, a mark for each cell, got {agreed.shape}")
    bound = limit if limit is not None else float(np.nanmax(np.abs(means))) or 1.0
    shaded = np.where(agreed, np.clip(means / bound, -1, 1), 0) * STRONGEST
    ax.imshow(np.nan_to_num(shaded), cmap=DIVERGING, vmin=-1, vmax=1, aspect="auto")
    for i, j in zip(*np.nonzero(np.isfinite(means)), strict=True):
        colour = PALETTE["ink"] if agreed[i, j] else PALETTE["muted"]
        ax.text(j, i - 0.14, f"{means[i, j]:+.{digits}f}", ha="center", va="center", fontsize=SMALL + 1, color=colour)
        span = f"{low[i, j]:+.{digits}f} to {high[i, j]:+.{digits}f}"
        ax.text(j, i + 0.24, span, ha="center", va="center", fontsize=SMALL, color=PALETTE["muted"])
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    ax.grid(which="minor", color=PALETTE["grid"], linewidth=0.8)
    ax.tick_params(which="both", length=0, labelcolor=PALETTE["ink"], labeltop=True, labelbottom=False)
    ax.spines[:].set_visible(False)
    return ax
