"""A height over a plane as contour lines, and the paths that optimizers took across it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from lab_utils.plotting.style import CELLS, PALETTE, array, in_book_style

DEEPEST = 0.5  # share of the colour map in use: paths of any colour must stand out on the highest ground


@in_book_style
def contours(ax: Axes, xs: Any, ys: Any, values: Any, *, levels: int = 14, log: bool = False) -> Axes:
    """Draw heights values (len(ys), len(xs)) over xs and ys: lines of equal height, shaded darker the higher.

    `log=True` spaces the lines by equal ratios of the height above the lowest value, which shows the floor of a narrow
    valley. Values that are not finite are left blank.
    """
    xs, ys = array(xs, "(X,)", "xs", finite=True), array(ys, "(Y,)", "ys", finite=True)
    heights = array(values, "(Y, X)", "values").astype(float)
    if heights.shape != (len(ys), len(xs)) or min(heights.shape) < 2:
        raise ValueError(f"expected values of shape ({len(ys)}, {len(xs)}), at least 2 each way, got {heights.shape}")
    if levels < 2:
        raise ValueError(f"expected at least 2 levels, got {levels}")
    finite = heights[np.isfinite(heights)]
    if len(finite) == 0 or finite.min() == finite.max():
        raise ValueError("expected finite values that differ, got a flat or an empty surface")
    lines = _levels(finite, levels, log=log)
    shown = np.ma.masked_invalid(heights)
    shades = CELLS(np.linspace(0, DEEPEST, len(lines)))  # one for each band, whatever its height, and one above
    ax.contourf(xs, ys, shown, levels=lines, colors=shades, extend="max")
    ax.contour(xs, ys, shown, levels=lines, colors=[PALETTE["muted"]], linewidths=0.5, linestyles="solid")
    return ax


@in_book_style
def path(ax: Axes, points: Any, *, label: str | None = None, color: str | None = None, every: int = 1) -> Axes:
    """Draw the way through points (T, 2), a dot at each `every`-th update, a ring at the start, a star at the end.

    It leaves the limits of the axes as they are: a path may run out of the picture. Points that are not finite end it.
    """
    way = array(points, "(T, 2)", "points")
    if way.shape[1] != 2 or every < 1:
        raise ValueError(f"expected points of shape (T, 2) and every of at least 1, got {way.shape} and {every}")
    lost = np.flatnonzero(~np.isfinite(way).all(axis=1))
    way = way[: lost[0]] if len(lost) else way
    if len(way) == 0:
        raise ValueError("expected a finite point to start from, got none")
    limits = ax.get_xlim(), ax.get_ylim()
    (line,) = ax.plot(way[:, 0], way[:, 1], color=color, label=label, linewidth=1.3)
    shade = line.get_color()
    ax.plot(way[::every, 0], way[::every, 1], ".", color=shade, markersize=4)
    ax.plot(*way[0], "o", color=shade, markersize=7, markerfacecolor="none", markeredgewidth=1.5)
    ax.plot(*way[-1], "*", color=shade, markersize=9)
    if ax.collections or ax.images:  # on empty axes the path itself decides what is to be seen
        ax.set(xlim=limits[0], ylim=limits[1])
    return ax


def _levels(finite: np.ndarray, count: int, *, log: bool) -> np.ndarray:
    """Heights of the lines: even steps, or even ratios above the lowest value over six decades at most."""
    low, high = finite.min(), finite.max()
    if not log:
        return np.linspace(low, high, count + 1)
    above = finite[finite > low] - low
    return low + np.geomspace(max(above.min(), 1e-6 * (high - low)), high - low, count + 1)
