"""Pictures, filters, feature maps and heat maps: one tile each, in rows, on given axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.patches import Rectangle

from lab_utils.plotting.style import ACTIVATION, DIVERGING, HEAT, PALETTE, SMALL, array, in_book_style

GAP = 0.08  # between tiles, in tile widths


@in_book_style
def image_grid(
    ax: Axes, images: Any, *, labels: Sequence[str] | None = None, ncols: int = 10, wrong: Sequence[bool] | None = None
) -> Axes:
    """Draw images (N, h, w), (N, 1, h, w) or (N, 3, h, w) with values in [0, 1], row by row, labels under them.

    Labels marked in `wrong` take the colour of errors and a cross, so that the mark does not depend on colour.
    """
    stack = _stack(images)
    colours = None
    if wrong is not None:
        if labels is None or not len(labels) == len(wrong) == len(stack):
            got = f"{len(labels) if labels is not None else 0} labels and {len(wrong)} marks"
            raise ValueError(f"expected {len(stack)} labels and marks, one per image, got {got}")
        colours = [PALETTE["bad"] if mark else PALETTE["ink"] for mark in wrong]
        labels = [f"✗ {label}" if mark else label for label, mark in zip(labels, wrong, strict=True)]
    return _tiles(ax, stack, ncols, labels, "gray", [Normalize(0, 1)] * len(stack), colours)


@in_book_style
def filters(ax: Axes, weight: Any, *, ncols: int = 8, numbers: bool = True, colorbar: bool = True) -> Axes:
    """Draw the kernels of weight (K, 1, h, w): blue positive, orange negative, zero lets the page through.

    One symmetric scale for all kernels, from -max|w| to +max|w|, shown by the colour bar.
    """
    kernels = array(weight, "(K, 1, h, w)", "weight", finite=True)
    if kernels.shape[1] != 1:
        raise ValueError(f"expected weight of shape (K, 1, h, w), one input channel, got {kernels.shape}")
    limit = float(np.abs(kernels).max()) or 1.0
    norm = Normalize(-limit, limit)
    labels = [str(unit) for unit in range(len(kernels))] if numbers else None
    _tiles(ax, kernels[:, 0], ncols, labels, DIVERGING, [norm] * len(kernels), frame=True)
    if colorbar:
        bar = ax.figure.colorbar(ax.images[0], ax=ax, shrink=0.7, pad=0.02, aspect=18)
        bar.set_label("weight", fontsize=SMALL)
        bar.outline.set_visible(False)
        if bar.solids is not None:
            bar.solids.set_rasterized(True)  # as vectors its 256 slices show seams
    return ax


@in_book_style
def feature_maps(
    ax: Axes, maps: Any, *, units: Sequence[int] | None = None, ncols: int = 8, scale: str = "shared"
) -> Axes:
    """Draw the maps (K, h, w) of one layer for one image, brighter where a unit responds more, unit numbers below.

    `scale="shared"` gives all maps one scale from the smallest to the largest value, so that units compare;
    `scale="each"` gives each map its own, so that weak maps show their pattern (say so in the caption).
    """
    stack = array(maps, "(K, h, w)", "maps", finite=True)
    if scale not in ("shared", "each"):
        raise ValueError(f'expected scale "shared" or "each", got {scale!r}')
    numbers = list(range(len(stack))) if units is None else list(units)
    if len(numbers) != len(stack):
        raise ValueError(f"expected {len(stack)} unit numbers, one per map, got {len(numbers)}")
    groups = [stack] * len(stack) if scale == "shared" else list(stack)
    norms = [Normalize(float(g.min()), max(float(g.max()), float(g.min()) + 1e-12)) for g in groups]
    return _tiles(ax, stack, ncols, [str(n) for n in numbers], ACTIVATION, norms)


@in_book_style
def overlay(ax: Axes, image: Any, heat: Any, *, signed: bool = False, limit: float | None = None) -> Axes:
    """Draw heat (h', w') over the dimmed gray image (h, w), stretched to its frame.

    Blue marks positive values up to `limit` (the largest absolute value by default); with `signed=True` orange marks
    negative ones, without it they must not occur.
    """
    image, heat = (array(v, "(h, w)", name, finite=True) for v, name in ((image, "image"), (heat, "heat")))
    if not signed and heat.min() < 0:
        raise ValueError(f"expected heat >= 0, got a minimum of {heat.min():.3g}; pass signed=True to show both signs")
    top = float(np.abs(heat).max() if limit is None else limit) or 1.0
    height, width = image.shape
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    # Half brightness keeps the picture legible and leaves the colours room.
    ax.imshow(image, cmap="gray", vmin=0, vmax=2.0 * max(float(image.max()), 1e-12), extent=extent)
    ax.imshow(heat, cmap=DIVERGING if signed else HEAT, vmin=-top if signed else 0, vmax=top, extent=extent)
    ax.set_axis_off()
    return ax


def _stack(images: Any) -> np.ndarray:
    """(N, h, w) for gray, (N, h, w, 3) for colour images."""
    plain = images.detach().cpu().numpy() if hasattr(images, "detach") else np.asarray(images)
    if plain.ndim == 4 and plain.shape[1] in (1, 3):
        plain = plain[:, 0] if plain.shape[1] == 1 else plain.transpose(0, 2, 3, 1)
    elif plain.ndim != 3:
        raise ValueError(f"expected images of shape (N, h, w), (N, 1, h, w) or (N, 3, h, w), got {plain.shape}")
    if plain.size == 0:
        raise ValueError(f"expected at least one image, got shape {plain.shape}")
    if not (plain.min() >= -1e-6 and plain.max() <= 1 + 1e-6):  # so written, NaN fails too
        raise ValueError(f"expected values in [0, 1], got {plain.min():.3g} to {plain.max():.3g}")
    return plain


def _tiles(
    ax: Axes,
    stack: np.ndarray,
    ncols: int,
    labels: Sequence[str] | None,
    cmap: str | Colormap,
    norms: Sequence[Normalize],
    colours: Sequence[str] | None = None,
    frame: bool = False,
) -> Axes:
    """One imshow per tile, in tile widths from the top left corner; labels centred under their tiles."""
    if ncols < 1:
        raise ValueError(f"expected at least one column, got {ncols}")
    if labels is not None and len(labels) != len(stack):
        raise ValueError(f"expected {len(stack)} labels, one per tile, got {len(labels)}")
    columns, rows, tall = min(ncols, len(stack)), math.ceil(len(stack) / ncols), stack.shape[1] / stack.shape[2]
    points = ax.figure.bbox.width * 72 / ax.figure.dpi
    room = (1 + GAP) * columns * 1.5 * SMALL / (points * ax.get_position().width)
    pitch = tall + (room if labels else 0) + GAP
    for i, tile in enumerate(stack):
        left, top = (i % ncols) * (1 + GAP), (i // ncols) * pitch
        ax.imshow(tile, cmap=cmap, norm=norms[i], extent=(left, left + 1, top + tall, top))
        if frame:
            # weak values are see-through, so a hairline says where the tile ends
            ax.add_patch(Rectangle((left, top), 1, tall, fill=False, edgecolor=PALETTE["grid"], linewidth=0.8))
        if labels:
            colour = colours[i] if colours else PALETTE["muted"]
            middle = top + tall + 0.5 * room
            ax.text(left + 0.5, middle, labels[i], ha="center", va="center", fontsize=SMALL, color=colour)
    ax.set(xlim=(0, columns * (1 + GAP) - GAP), ylim=(rows * pitch - GAP, 0), aspect="equal")
    ax.set_axis_off()
    return ax
