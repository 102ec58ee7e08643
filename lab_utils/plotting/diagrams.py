"""Schematics and bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from lab_utils.plotting.style import CYCLE, PALETTE, SMALL, array, in_book_style

LINE = 0.2  # height of a line of words under a block, in units of the largest map's side


class Layer(Protocol):
    """What a diagram needs to know of a layer; rows of `measure.layer_table` have it."""

    @property
    def name(self) -> str:
        """The layer's name in its network."""

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape for one example: (C, H, W) or (features,)."""


class _Stage(NamedTuple):
    """Layers in a row that keep one shape: drawn as one block."""

    shape: tuple[int, ...]
    names: list[str]


@in_book_style
def layer_diagram(ax: Axes, rows: Sequence[Layer], *, input_shape: tuple[int, ...] | None = None) -> Axes:
    """A schematic of a network from its actual layer shapes: one block per shape, the layers that make it below.

    A block's face is as high as its maps (square root scale), its depth grows with the logarithm of the channels;
    vectors are thin bars. `input_shape` (C, H, W) adds the input in front.
    """
    if not rows:
        raise ValueError("expected at least one layer, got none")
    stages = [_Stage(tuple(input_shape), ["input"])] if input_shape is not None else []
    for row in rows:
        shape = tuple(row.output_shape)
        if len(shape) not in (1, 3):
            raise ValueError(f"expected output shapes (C, H, W) or (features,), got {shape} at {row.name}")
        if not stages or stages[-1].shape != shape or stages[-1].names == ["input"]:
            stages.append(_Stage(shape, []))
        stages[-1].names.append(row.name)
    largest = max(max(stage.shape[1:], default=1) for stage in stages)
    left = 0.0
    for stage in stages:
        left += _block(ax, stage, left, largest) + 0.75
    lowest = -0.3 - LINE * max(len(stage.names) for stage in stages)
    ax.set(xlim=(-0.1, left - 0.65), ylim=(lowest, 1.55), aspect="auto")
    ax.text(0, 1.0, "schematic: blocks follow the layers' shapes", transform=ax.transAxes, fontsize=SMALL,
            color=PALETTE["muted"], va="top")  # fmt: skip
    ax.set_axis_off()
    return ax


def _block(ax: Axes, stage: _Stage, left: float, largest: int) -> float:
    """Draw one stage with its words; returns the width that it takes."""
    image = len(stage.shape) == 3
    tall = 0.95 * math.sqrt(stage.shape[1] / largest) if image else 0.2 + 0.06 * math.log2(stage.shape[0])
    thick = 0.10 + 0.09 * math.log2(stage.shape[0]) if image else 0.14
    lean = 0.22 * tall if image else 0.0
    colour = CYCLE[0] if image else CYCLE[1]
    low, high = 0.1, 0.1 + tall
    side = [(left, high), (left + lean, high + lean), (left + thick + lean, high + lean), (left + thick, high)]
    flank = [
        (left + thick, low),
        (left + thick, high),
        (left + thick + lean, high + lean),
        (left + thick + lean, low + lean),
    ]
    ax.add_patch(Rectangle((left, low), thick, tall, facecolor=colour, alpha=0.55, linewidth=0))
    ax.add_patch(Polygon(side, facecolor=colour, alpha=0.35, linewidth=0))
    ax.add_patch(Polygon(flank, facecolor=colour, alpha=0.2, linewidth=0))
    middle = left + (thick + lean) / 2
    words = "×".join(str(n) for n in stage.shape)
    ax.text(middle, 0.0, words, ha="center", va="top", fontsize=SMALL, color=PALETTE["ink"])
    ax.text(middle, -0.24, "\n".join(stage.names), ha="center", va="top", fontsize=SMALL, color=PALETTE["muted"])
    return thick + lean


@in_book_style
def bars(
    ax: Axes, names: Sequence[str], values: Any, *, unit: str = "", digits: int = 3, strong: int | None = None
) -> Axes:
    """Draw one horizontal bar per name, top to bottom, its value at its end; `strong` picks one out in orange."""
    lengths = array(values, "(K,)", "values")
    if len(lengths) != len(names):
        raise ValueError(f"expected {len(names)} values, one per name, got {len(lengths)}")
    colours = [CYCLE[1] if i == strong else CYCLE[0] for i in range(len(names))]
    ax.barh(range(len(names)), lengths, color=colours, height=0.68)
    for i, value in enumerate(lengths):
        words = (
            f"{value:,.{digits}f} {unit}".rstrip() if np.issubdtype(lengths.dtype, np.floating) else f"{value:,} {unit}"
        )
        ax.annotate(words.rstrip(), (value, i), xytext=(4, 0), textcoords="offset points", va="center", fontsize=SMALL)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.tick_params(axis="y", length=0, labelcolor=PALETTE["ink"])
    ax.tick_params(axis="x", bottom=False, labelbottom=False)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.margins(x=0.15)
    return ax


@in_book_style
def probability_bars(ax: Axes, probabilities: Any, classes: Sequence[str], *, truth: int | None = None) -> Axes:
    """Draw the probabilities (K,) that a network gives to the classes, the largest picked out, the truth ticked."""
    shares = array(probabilities, "(K,)", "probabilities", finite=True).astype(float)
    if len(shares) != len(classes):
        raise ValueError(f"expected {len(classes)} probabilities, one per class, got {len(shares)}")
    if shares.min() < -1e-6 or abs(shares.sum() - 1) > 1e-3:
        raise ValueError(
            f"expected probabilities that add up to 1, got a sum of {shares.sum():.4f}; apply softmax first"
        )
    names = [f"✓ {name}" if i == truth else name for i, name in enumerate(classes)]
    bars(ax, names, shares, digits=2, strong=int(shares.argmax()))
    ax.set_xlim(0, 1.12)
    return ax
