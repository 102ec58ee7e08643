"""Convolution arithmetic: a sliding window with its numbers, its sizes and its receptive field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from lab_utils.web import LiveFigure

HERE = Path(__file__).parent
CAPTION = (
    "Move over the output, or step through it with the arrow keys or the play button: the framed inputs, each times "
    "the weight printed in its corner, add up to the framed output. Change kernel, stride, padding and dilation and "
    "see which inputs are read often, once or never; switch to the transposed convolution to see the same kernel used "
    "for up-sampling."
)
LIMITS = {"size": (1, 10), "kernel": (1, 5), "stride": (1, 4), "padding": (0, 4), "dilation": (1, 3)}
FALLBACK = (
    "<p>When a 3×3 kernel slides over a 7×7 input with stride s, padding p and dilation d, the output has "
    "⌊(7 + 2p − d·(3 − 1) − 1)/s⌋ + 1 rows and columns: 5 with s = 1, p = 0, d = 1; 7 with p = 1; 3 with s = 2.</p>"
)
CELL, GAP, HEAD, LETTER = 26, 24, 22, 7  # of the static picture, in its own units: a letter is about 7 wide


def _square(n: int) -> Tensor:
    """The input that the page starts with, (n, n): `PICTURES.square` of arithmetic.js."""
    edge = torch.minimum(torch.arange(n), torch.arange(n).flip(0))
    return 3.0 * (torch.minimum(edge[:, None], edge) >= n // 4)


def _vertical_edge(k: int) -> Tensor:
    """The kernel that the page starts with, (k, k): `KERNELS.vertical` of arithmetic.js."""
    columns = 2.0 * torch.arange(k) - k + 1
    return (columns.sign() if k > 1 else torch.ones(1)).expand(k, k)


def _has_output(size: int, kernel: int, transposed: bool, **steps: int) -> bool:
    """Do these settings leave at least one output (the formulas of torch.nn.Conv2d and ConvTranspose2d)?"""
    reach = steps["dilation"] * (kernel - 1) + 1
    if transposed:
        return (size - 1) * steps["stride"] + reach > 2 * steps["padding"]
    return size + 2 * steps["padding"] >= reach


def _convolve(x: Tensor, weight: Tensor, transposed: bool, *, stride: int, padding: int, dilation: int) -> Tensor:
    """PyTorch's answer (n, n) to one square input and kernel."""
    x, weight = x[None, None], weight[None, None]
    if transposed:
        return F.conv_transpose2d(x, weight, stride=stride, padding=padding, dilation=dilation)[0, 0]
    return F.conv2d(x, weight, stride=stride, padding=padding, dilation=dilation)[0, 0]


def _telling_place(x: Tensor, weight: Tensor, y: Tensor, transposed: bool, **steps: int) -> tuple[int, int]:
    """Row and column of the largest output, of equals the one with most terms: `goToTellingPlace` of sliding.js."""
    terms = _convolve(torch.ones_like(x), torch.ones_like(weight), transposed, **steps)
    best = int((1000 * y.abs() + terms).numpy().argmax())  # NumPy promises the first of equals
    return best // len(y), best % len(y)


def _window(place: int, size: int, kernel: int, transposed: bool, **steps: int) -> list[int]:
    """Rows (or columns) of the input that the output at `place` uses; of a plain convolution in the padded input."""
    stride, dilation = steps["stride"], steps["dilation"]
    if not transposed:
        return [place * stride + k * dilation for k in range(kernel)]
    offsets = {row: place + steps["padding"] - row * stride for row in range(size)}
    return [row for row, offset in offsets.items() if offset % dilation == 0 and 0 <= offset // dilation < kernel]


@dataclass
class _Grid:
    """A square grid of numbers, the outermost `padding` rings of it padding, with a frame around some (row, column)."""

    title: str
    values: Tensor
    padding: int = 0
    framed: Sequence[tuple[int, int]] = ()

    def width(self) -> int:
        """Width with the title, in the picture's units."""
        return max(len(self.values) * CELL, len(self.title) * LETTER)

    def svg(self, left: int) -> str:
        """The title and all cells, the first column at `left`."""
        peak = max(float(self.values.abs().max()), 1e-9)
        cells = [
            self._cell(row, column, value, left + column * CELL, abs(value) / peak)
            for row, numbers in enumerate(self.values.tolist())
            for column, value in enumerate(numbers)
        ]
        return f'<text x="{left}" y="{HEAD - 8}">{self.title}</text>{"".join(cells)}'

    def _cell(self, row: int, column: int, value: float, left: int, share: float) -> str:
        """One number on a tint of its share of the largest."""
        top = HEAD + row * CELL
        box = f'x="{left + 1}" y="{top + 1}" width="{CELL - 2}" height="{CELL - 2}"'
        inside = all(self.padding <= i < len(self.values) - self.padding for i in (row, column))
        kind = "lab-still-cell" + " lab-still-minus" * (value < 0) + " lab-still-padding" * (not inside)
        frame = f'<rect class="lab-still-frame" {box}/>' if (row, column) in self.framed else ""
        return (
            f'<rect class="{kind}" {box} fill-opacity="{0.42 * share:.2f}"/>'
            f'<text class="lab-still-number" x="{left + CELL // 2}" y="{top + CELL // 2}">{_number(value)}</text>'
            f"{frame}"
        )


def _number(value: float) -> str:
    """A number with a true minus sign."""
    return f"{value:g}".replace("-", "−")


def _picture(size: int, kernel: int, transposed: bool, **steps: int) -> str:
    """The figure's first view as SVG, for a reader without JavaScript: input, kernel, output with PyTorch's numbers."""
    x, weight = _square(size), _vertical_edge(kernel)
    padding = 0 if transposed else steps["padding"]
    padded = F.pad(x, (padding,) * 4)
    source = _Grid(f"input {size} × {size}", padded, padding)
    if padding:
        source.title += f", padded to {len(padded)} × {len(padded)}"
    grids = [source, _Grid(f"kernel {kernel} × {kernel}", weight)]
    if not _has_output(size, kernel, transposed, **steps):
        return _side_by_side(grids, "no output")
    y = _convolve(x, weight, transposed, **steps)
    place = _telling_place(x, weight, y, transposed, **steps)
    rows, columns = (_window(p, size, kernel, transposed, **steps) for p in place)
    source.framed = [(row, column) for row in rows for column in columns]
    grids.append(_Grid(f"output {len(y)} × {len(y)}", y, framed=[place]))
    return _side_by_side(grids, f"the framed inputs make the framed output, {_number(float(y[place]))}")


def _side_by_side(grids: Sequence[_Grid], words: str) -> str:
    """The grids as one SVG that a screen reader names by their titles and `words`."""
    parts, left = [], 0
    for grid in grids:
        parts.append(grid.svg(left))
        left += grid.width() + GAP
    wide, tall = left - GAP, HEAD + CELL * max(len(grid.values) for grid in grids)
    label = ", ".join(grid.title for grid in grids)
    return (
        f'<svg class="lab-still" role="img" aria-label="{label}: {words}" viewBox="0 0 {wide} {tall}" '
        f'width="{wide}" height="{tall}">{"".join(parts)}</svg>'
    )


def convolution_arithmetic(
    *,
    size: int = 7,
    kernel: int = 3,
    stride: int = 1,
    padding: int = 1,
    dilation: int = 1,
    transposed: bool = False,
    caption: str = CAPTION,
) -> LiveFigure:
    """A live figure of one convolution on a small grid of numbers; the arguments are where the reader starts.

    ``size`` and ``kernel`` are side lengths in pixels. Output size and sums are PyTorch's (``torch.nn.Conv2d`` and
    ``torch.nn.ConvTranspose2d``, section "Shape"). Raises ``ValueError`` for a setting outside the sliders' range.
    """
    start = {"size": size, "kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    for name, value in start.items():
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise ValueError(f"expected {name} from {low} to {high}, got {value}")
    return LiveFigure(
        module=HERE / "convolution.js",
        data={"start": start | {"transposed": transposed}, "limits": LIMITS},
        label="Convolution arithmetic: sliding window, sums and sizes",
        caption=caption,
        fallback=_picture(transposed=transposed, **start) + FALLBACK,
        css=(HERE / "convolution.css",),
    )
