"""Points in a plane and what a classifier says about every place of it: input space, hidden space, lines in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import Normal, Stroke

from lab_utils.plotting.style import CYCLE, DIVERGING, PALETTE, SMALL, array, in_book_style

CLASS_COLOURS = (PALETTE["orange"], PALETTE["blue"])  # class 0 and class 1, as negative and positive everywhere
GROUP_MARKERS = ("o", "^", "s")
MARKERS = ("o", "^")  # shapes as well as colours, for those who do not see the colours
STRENGTH = 0.55  # of a certain answer's colour, so that points of the same colour stand out on it


def grid_over(x: Any, *, steps: int = 120, margin: float = 0.15) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A grid around the points x (N, 2): xs (steps,), ys (steps,) and all its points (steps², 2), row by row of y.

    `margin` is added on each side, as a share of the range. What a network says about the points, reshaped to
    (steps, steps), is what `decision_map` draws.
    """
    points = array(x, "(N, 2)", "x", finite=True)
    if points.shape[1] != 2:
        raise ValueError(f"expected x of shape (N, 2), got {points.shape}")
    if steps < 2 or not 0 <= margin < np.inf:
        raise ValueError(f"expected at least 2 steps and a margin of at least 0, got {steps} and {margin}")
    low, high = points.min(axis=0), points.max(axis=0)
    reach = margin * np.maximum(high - low, 1e-9)
    xs, ys = (np.linspace(a, b, steps) for a, b in zip(low - reach, high + reach, strict=True))
    across, up = np.meshgrid(xs, ys)
    return xs, ys, np.stack([across.ravel(), up.ravel()], axis=1).astype(np.float32)


@in_book_style
def decision_map(ax: Axes, xs: Any, ys: Any, values: Any, *, boundary: bool = True) -> Axes:
    """Colour the plane by values (len(ys), len(xs)), the probability of class 1: blue towards 1, orange towards 0.

    Where a classifier is undecided the page shows through; `boundary` draws the line at 0.5 where there is one.
    `xs` and `ys` are evenly spaced and increasing.
    """
    xs, ys = array(xs, "(X,)", "xs", finite=True), array(ys, "(Y,)", "ys", finite=True)
    shares = array(values, "(Y, X)", "values", finite=True)
    if shares.shape != (len(ys), len(xs)):
        raise ValueError(f"expected values of shape ({len(ys)}, {len(xs)}), a row for each y, got {shares.shape}")
    if shares.min() < -1e-6 or shares.max() > 1 + 1e-6:
        raise ValueError(f"expected probabilities in [0, 1], got {shares.min():.3g} to {shares.max():.3g}")
    extent = (_edge(xs, 0), _edge(xs, -1), _edge(ys, 0), _edge(ys, -1))
    ax.imshow(
        shares, cmap=DIVERGING, vmin=0, vmax=1, alpha=STRENGTH * 2 * np.abs(shares - 0.5), origin="lower",
        extent=extent, aspect="auto", interpolation="bilinear",
    )  # fmt: skip
    if boundary and shares.min() < 0.5 < shares.max():
        ax.contour(xs, ys, shares, levels=[0.5], colors=[PALETTE["ink"]], linewidths=1.4)
    ax.set(xlim=extent[:2], ylim=extent[2:])
    return ax


@in_book_style
def scatter_classes(ax: Axes, x: Any, y: Any, *, size: float = 16, names: tuple[str, str] | None = None) -> Axes:
    """Draw points x (N, 2) of two classes y (N,): class 0 as orange circles, class 1 as blue triangles.

    `names` of class 0 and class 1 add a legend.
    """
    points, labels = array(x, "(N, 2)", "x", finite=True), array(y, "(N,)", "y")
    if points.shape[1] != 2 or len(labels) != len(points):
        raise ValueError(f"expected x (N, 2) and y (N,), got {points.shape} and {labels.shape}")
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(f"expected the classes 0 and 1, got {np.unique(labels)[:5]}")
    for k, (colour, marker) in enumerate(zip(CLASS_COLOURS, MARKERS, strict=True)):
        chosen = points[labels == k]
        name = names[k] if names is not None else None
        ax.scatter(
            chosen[:, 0], chosen[:, 1], s=size, c=colour, marker=marker, edgecolors=PALETTE["paper"], linewidths=0.4,
            label=name,
        )  # fmt: skip
    if names is not None:
        ax.legend(loc="best", handletextpad=0.3)
    return ax


def _edge(ticks: np.ndarray, end: int) -> float:
    """Where the outer pixel ends: half a step beyond the first or last tick."""
    step = (ticks[-1] - ticks[0]) / max(len(ticks) - 1, 1) or 1.0
    return float(ticks[end] + (-0.5 if end == 0 else 0.5) * step)


@in_book_style
def scatter_groups(
    ax: Axes, points: Any, y: Any, names: Sequence[str], *, size: float = 6, labels: bool = True, alpha: float = 0.75
) -> Axes:
    """Draw points (N, 2) of several classes y (N,), whole numbers that index `names`: one colour and shape a class.

    Six colours, then the same with another shape. `labels` writes each class's name at the median of its points.
    """
    points, y = array(points, "(N, 2)", "points", finite=True), array(y, "(N,)", "y")
    if points.shape[1] != 2 or len(y) != len(points):
        raise ValueError(f"expected points (N, 2) and y (N,), got {points.shape} and {y.shape}")
    if not np.isin(y, np.arange(len(names))).all():
        raise ValueError(f"expected labels from 0 to {len(names) - 1}, got {np.unique(y)}")
    for k, name in enumerate(names):
        chosen = points[y == k]
        colour, marker = CYCLE[k % len(CYCLE)], GROUP_MARKERS[k // len(CYCLE) % len(GROUP_MARKERS)]
        ax.scatter(
            chosen[:, 0],
            chosen[:, 1],
            s=size,
            c=colour,
            marker=marker,
            linewidths=0,
            alpha=alpha,
            label=name,
            rasterized=True,
        )
        if labels and len(chosen):
            across, up = np.median(chosen, axis=0)
            outline = [Stroke(linewidth=2.5, foreground=PALETTE["paper"]), Normal()]
            ax.text(across, up, name, ha="center", va="center", fontsize=SMALL, color=colour, path_effects=outline)
    return ax


@in_book_style
def scatter_values(ax: Axes, points: Any, values: Any, *, label: str = "", size: float = 8) -> Axes:
    """Draw points (N, 2) coloured by a number each (N,), with a colour bar called `label`."""
    points, values = array(points, "(N, 2)", "points", finite=True), array(values, "(N,)", "values", finite=True)
    if points.shape[1] != 2 or len(values) != len(points):
        raise ValueError(f"expected points (N, 2) and values (N,), got {points.shape} and {values.shape}")
    drawn = ax.scatter(points[:, 0], points[:, 1], s=size, c=values, cmap="viridis", linewidths=0)
    bar = ax.figure.colorbar(drawn, ax=ax, shrink=0.8, pad=0.02, aspect=22)
    bar.set_label(label, fontsize=SMALL)
    bar.outline.set_visible(False)
    if bar.solids is not None:
        bar.solids.set_rasterized(True)  # as vectors its 256 slices show seams
    return ax
