"""Who looks at whom: attention weights as a shaded square."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from lab_utils.plotting.style import HEAT, PALETTE, SMALL, array, in_book_style

SIGNS = str.maketrans({" ": "␣", "\n": "⏎"})
ROOM = 26  # characters beside a square as wide as half the text, before they run into one another


@in_book_style
def attention_map(ax: Axes, weights: Any, characters: str | None = None, *, title: str | None = None) -> Axes:
    """Draw weights (T, S): row = the place that looks, column = the place looked at, shade = weight from 0 to 1.

    No weight is no colour. `characters` (T = S of them) are written beside rows and columns, a space as ␣ and a line
    break as ⏎; where there are too many to read, or none are given, there are no ticks.
    """
    table = array(weights, "(T, S)", "weights", finite=True)
    if table.min() < 0 or table.max() > 1 + 1e-4:
        raise ValueError(f"expected weights from 0 to 1, got {table.min():.3g} to {table.max():.3g}")
    if characters is not None and table.shape != (len(characters), len(characters)):
        raise ValueError(f"expected a character for each row and column of {table.shape}, got {len(characters)}")
    ax.imshow(table, cmap=HEAT, vmin=0, vmax=1)
    if characters is None or len(characters) > ROOM:
        ax.set(xticks=[], yticks=[])
    else:
        signs = list(characters.translate(SIGNS))
        ax.set_xticks(range(len(signs)), signs)
        ax.set_yticks(range(len(signs)), signs)
        ax.xaxis.tick_top()
    ax.tick_params(length=0, labelcolor=PALETTE["ink"], labelsize=SMALL)
    ax.spines[:].set(visible=True, color=PALETTE["grid"])
    if title is not None:
        ax.set_title(title)
    return ax
