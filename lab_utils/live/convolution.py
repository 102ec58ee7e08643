"""Convolution arithmetic: a sliding window with its numbers, its sizes and its receptive field."""

from __future__ import annotations

from pathlib import Path

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
    "<p>A 3×3 kernel slides over a 7×7 input. With stride s, padding p and dilation d the output has "
    "⌊(7 + 2p − d·(3 − 1) − 1)/s⌋ + 1 rows and columns: 5 with s = 1, p = 0, d = 1; 7 with p = 1; 3 with s = 2.</p>"
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
        fallback=FALLBACK,
        css=(HERE / "convolution.css",),
    )
