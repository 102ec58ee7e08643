"""Curves over steps or epochs, bands over seeds, and one-row-per-variant plots for comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from lab_utils.plotting.style import CYCLE, PALETTE, SMALL, array, in_book_style

BAND_ALPHA = 0.18


@in_book_style
def curve(
    ax: Axes, x: Any, y: Any, *, label: str | None = None, color: str | None = None, dashed: bool = False
) -> Axes:
    """Draw y (T,) over x (T,). A label is written at the line's end by `label_ends`, once all lines are there."""
    x, y = array(x, "(T,)", "x"), array(y, "(T,)", "y")
    if len(x) != len(y):
        raise ValueError(f"expected x and y of equal length, got {len(x)} and {len(y)}")
    ax.plot(x, y, color=color, label=label, linestyle=(0, (4, 2)) if dashed else "-", marker="o" * (len(x) == 1))
    ax.grid(True, axis="y")
    return ax


@in_book_style
def curve_with_band(ax: Axes, x: Any, runs: Any, *, label: str | None = None, color: str | None = None) -> Axes:
    """Draw the mean over seeds of runs (S, T) over x (T,), and the band from the lowest to the highest seed."""
    x, runs = array(x, "(T,)", "x"), array(runs, "(S, T)", "runs")
    if runs.shape[1] != len(x):
        raise ValueError(f"expected runs of shape (S, {len(x)}), one row per seed, got {runs.shape}")
    curve(ax, x, runs.mean(axis=0), label=label, color=color)
    shade = ax.lines[-1].get_color()
    ax.fill_between(x, runs.min(axis=0), runs.max(axis=0), color=shade, alpha=BAND_ALPHA, linewidth=0)
    return ax


@in_book_style
def label_ends(ax: Axes) -> Axes:
    """Write each labelled line's name at its right end in its colour, moved apart where names would overlap.

    Call it last: it reads the limits of the axes. It stands for a legend, which readers must match by colour.
    """
    lines = [line for line in ax.lines if not str(line.get_label()).startswith("_")]
    if not lines:
        raise ValueError("expected axes with at least one labelled line, got none; pass label= to curve")
    ends = [(float(np.asarray(line.get_xdata())[-1]), float(np.asarray(line.get_ydata())[-1])) for line in lines]
    points = ax.figure.dpi / 72
    heights = [ax.transData.transform(end)[1] / points for end in ends]
    for line, end, height, free in zip(lines, ends, heights, _spread(heights, SMALL * 1.35), strict=True):
        ax.annotate(
            str(line.get_label()),
            end,
            xytext=(6, free - height),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=line.get_color(),
            annotation_clip=False,
        )
    return ax


def _spread(heights: Sequence[float], gap: float) -> list[float]:
    """The heights moved as little as needed to lie at least `gap` apart, in the same order."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    groups: list[list[int]] = []

    def places(group: list[int]) -> list[float]:
        middle = sum(heights[i] for i in group) / len(group)
        return [middle + (k - (len(group) - 1) / 2) * gap for k in range(len(group))]

    for i in order:  # a name that would touch the group below joins it, and the group is centred anew
        groups.append([i])
        while len(groups) > 1 and places(groups[-1])[0] - places(groups[-2])[-1] < gap - 1e-9:
            groups[-2:] = [groups[-2] + groups[-1]]
    placed = dict(pair for group in groups for pair in zip(group, places(group), strict=True))
    return [placed[i] for i in range(len(heights))]


@in_book_style
def dot_and_band(
    ax: Axes,
    runs: Mapping[str, Sequence[float]],
    *,
    reference: str | None = None,
    xlabel: str = "",
    digits: int = 3,
) -> Axes:
    """One row per variant, top to bottom: a dot per seed, a bar from lowest to highest, a tick and number for the mean.

    `reference` names the row that the others are compared with: its range is shaded and its mean ruled through all
    rows. The mean stands in figures at the right.
    """
    if not runs or any(len(values) == 0 for values in runs.values()):
        raise ValueError(
            f"expected at least one value for each variant, got { ({k: len(v) for k, v in runs.items()}) }"
        )
    if reference is not None and reference not in runs:
        raise ValueError(f"expected a reference among {', '.join(runs)}, got {reference!r}")
    if reference is not None:
        base = array(runs[reference], "(S,)", reference)
        ax.axvspan(base.min(), base.max(), color=PALETTE["muted"], alpha=0.14, linewidth=0)
        ax.axvline(base.mean(), color=PALETTE["muted"], linewidth=1, linestyle=(0, (3, 2)))
    for row, (name, given) in enumerate(runs.items()):
        colour = PALETTE["ink"] if name == reference else CYCLE[0]
        _dots(ax, row, array(given, "(S,)", name), colour, digits)
    ax.set_yticks(range(len(runs)), list(runs))
    ax.set_ylim(len(runs) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0, labelcolor=PALETTE["ink"])
    ax.spines["left"].set_visible(False)
    ax.grid(True, axis="x")
    ax.set_xlabel(xlabel)
    return ax


def _dots(ax: Axes, row: int, values: np.ndarray, colour: str, digits: int) -> None:
    """One row of `dot_and_band`."""
    mean = values.mean()
    ax.plot([values.min(), values.max()], [row, row], color=colour, alpha=0.35, linewidth=5)
    ax.plot(values, [row] * len(values), "o", color=colour, markersize=4.5, alpha=0.75, markeredgewidth=0)
    ax.plot(mean, row, "|", color=colour, markersize=15, markeredgewidth=2)
    beside = ax.get_yaxis_transform()
    ax.text(1.02, row, f"{mean:.{digits}f}", transform=beside, va="center", fontsize=SMALL, color=colour)


@in_book_style
def roc(ax: Axes, curves: Mapping[str, Any]) -> Axes:
    """Draw each of `curves` by name: `hits` (T,) over `false_alarms` (T,), as `measure.roc` gives; a dashed coin flip.

    Names stand in a legend with the area under each curve.
    """
    if not curves:
        raise ValueError("expected at least one curve, got none")
    ax.plot([0, 1], [0, 1], color=PALETTE["muted"], linewidth=1, linestyle=(0, (3, 2)))
    for k, (name, each) in enumerate(curves.items()):
        across, up = array(each.false_alarms, "(T,)", "false_alarms"), array(each.hits, "(T,)", "hits")
        area = float(np.trapezoid(up, across))
        ax.plot(across, up, color=CYCLE[k % len(CYCLE)], label=f"{name} ({area:.2f})")
    ax.set(xlim=(0, 1), ylim=(0, 1.01), aspect="equal", xlabel="false alarms", ylabel="hits")
    ax.legend(loc="lower right")
    return ax
