"""Reliability diagrams: how often a network is right beside how sure it said it was."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes

from lab_utils.plotting.style import CYCLE, PALETTE, SMALL, array, in_book_style

FEW = 10  # answers in a bin, below which its accuracy says little and is drawn faint


class Bins(Protocol):
    """What a diagram needs to know: `measure.reliability` returns it. Tensors or arrays over B bins, edges B + 1."""

    @property
    def edges(self) -> Any:
        """Where bins begin and end (B + 1,)."""

    @property
    def confidence(self) -> Any:
        """Mean confidence (B,), NaN in an empty bin."""

    @property
    def accuracy(self) -> Any:
        """Share of right answers (B,), NaN in an empty bin."""

    @property
    def count(self) -> Any:
        """Number of answers (B,)."""

    @property
    def ece(self) -> float:
        """Expected calibration error."""


@in_book_style
def reliability(ax: Axes, bins: Bins, *, color: str | None = None) -> Axes:
    """Bars as high as each bin's share of right answers, the gap to its mean confidence hatched, ECE written in.

    On the diagonal a network keeps what it promises; below it, it is overconfident (Guo et al., 2017, figure 1). Bins
    of fewer than ten answers are faint.
    """
    edges, count = array(bins.edges, "(B + 1,)", "edges"), array(bins.count, "(B,)", "count")
    confidence, accuracy = (
        array(values, "(B,)", name) for values, name in ((bins.confidence, "confidence"), (bins.accuracy, "accuracy"))
    )
    if not len(edges) - 1 == len(count) == len(confidence) == len(accuracy):
        got = f"{len(edges)} edges, {len(count)} counts, {len(confidence)} confidences and {len(accuracy)} accuracies"
        raise ValueError(f"expected values for each bin, and one edge more, got {got}")
    ax.plot([0, 1], [0, 1], color=PALETTE["muted"], linewidth=1, linestyle=(0, (3, 2)))
    colour, gap = color or CYCLE[0], CYCLE[1]
    for b in np.flatnonzero(count):
        faint = 0.3 if count[b] < FEW else 1.0
        left, width = edges[b], edges[b + 1] - edges[b]
        ax.bar(left, accuracy[b], width * 0.92, align="edge", color=colour, alpha=0.75 * faint, linewidth=0)
        low, high = sorted((accuracy[b], confidence[b]))
        ax.bar(
            left, high - low, width * 0.92, bottom=low, align="edge", facecolor="none", edgecolor=gap, hatch="////",
            linewidth=0.8, alpha=faint,
        )  # fmt: skip
    ax.text(0.03, 0.94, f"ECE {bins.ece:.3f}", fontsize=SMALL, color=PALETTE["ink"], va="top")
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="confidence", ylabel="share of right answers")
    return ax
