"""How every figure of the book looks: one style, the palette of the site, and a factory that leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure

from lab_utils.page.palette import palette

P = ParamSpec("P")
R = TypeVar("R")

PALETTE = palette("light")
# Neighbours differ in lightness or in the blue-yellow direction, which colour-blind readers see.
CYCLE = tuple(PALETTE[name] for name in ("blue", "orange", "green", "pink", "ochre", "sky"))
WIDTHS = {"text": 7.5, "half": 3.75, "wide": 9.0}  # inches; 7.5 in are 720 CSS px, the width of the text
SMALL = 9.0  # pt, the smallest size in use: 12 px where a figure has the text's width

STYLE: Any = {
    "font.family": "DejaVu Sans",  # travels with Matplotlib, so a figure is the same on every machine
    "font.size": 10.0,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": PALETTE["ink"],
    "axes.labelsize": 10.0,
    "axes.labelcolor": PALETTE["ink"],
    "axes.edgecolor": PALETTE["muted"],
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=CYCLE),
    "grid.color": PALETTE["grid"],
    "grid.linewidth": 0.8,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": PALETTE["muted"],
    "ytick.color": PALETTE["muted"],
    "text.color": PALETTE["ink"],
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "image.interpolation": "none",  # a pixel of the data is a pixel on the page
    "image.cmap": "gray",
}


def _fading(name: str, *stops: tuple[float, str, float]) -> LinearSegmentedColormap:
    """A colour map from stops (position, colour, opacity): weak values let the page through, be it white or black."""
    return LinearSegmentedColormap.from_list(name, [(at, (*to_rgb(colour), alpha)) for at, colour, alpha in stops])


# Mid-tones on purpose: they stand out on white and on black alike (palette colours inside an image cannot follow).
_BLUE, _ORANGE = "#1f7fd6", "#e0691a"
# Blue is positive and orange negative, in live figures as well.
DIVERGING = _fading("lab-diverging", (0, _ORANGE, 1), (0.5, _ORANGE, 0), (0.5, _BLUE, 0), (1, _BLUE, 1))
HEAT = _fading("lab-heat", (0, "#3b9cf5", 0), (1, "#3b9cf5", 0.9))
CELLS = _fading("lab-cells", (0, "#0b5aa6", 0), (1, "#0b5aa6", 0.6))  # never so strong that ink on it is hard to read
ERRORS = _fading("lab-errors", (0, "#c2410c", 0), (1, "#c2410c", 0.6))
ACTIVATION = mpl.colormaps["magma"]


@contextmanager
def book_style() -> Iterator[None]:
    """Matplotlib's settings are the book's inside the block, and as they were after it."""
    with mpl.rc_context(STYLE):
        yield


def in_book_style(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator: whatever the function draws takes the book's sizes and colours."""

    @wraps(function)
    def styled(*args: P.args, **kwargs: P.kwargs) -> R:
        with book_style():
            return function(*args, **kwargs)

    return styled


class BookAxes(Axes):
    """Axes that keep the book's style for what is added to them later (Matplotlib reads sizes at each call)."""

    name = "book"
    set_title = in_book_style(Axes.set_title)
    legend: Any = in_book_style(Axes.legend)
    text = in_book_style(Axes.text)
    annotate = in_book_style(Axes.annotate)
    plot: Any = in_book_style(Axes.plot)


def figure(
    nrows: int = 1, ncols: int = 1, *, width: str | float = "text", height: float | None = None, **subplots: Any
) -> tuple[Figure, Any]:
    """A figure in the book's style with its axes: one Axes, or an array of them as `plt.subplots` gives.

    `width` is "text" (720 px), "half", "wide" or inches, `height` inches. Further keywords go to `Figure.subplots`
    (width_ratios, sharey, ...). `page.show` crops empty margins, so a height that is too great does no harm.
    The figure belongs to nobody but its caller: pyplot does not know it, nothing has to be closed.
    """
    if isinstance(width, str) and width not in WIDTHS:
        raise ValueError(f"expected a width in inches or one of {', '.join(WIDTHS)}, got {width!r}")
    inches = WIDTHS[width] if isinstance(width, str) else width
    keywords = {"axes_class": BookAxes, **subplots.pop("subplot_kw", {})}
    with book_style():
        fig = Figure(figsize=(inches, 3.1 * nrows if height is None else height), layout="constrained", dpi=96)
        axes = fig.subplots(nrows, ncols, subplot_kw=keywords, **subplots)
    return fig, axes


def array(values: Any, shape: str, name: str = "values", *, finite: bool = False) -> np.ndarray:
    """Values as a NumPy array whose number of axes is that of `shape`, such as "(N, h, w)"; ValueError otherwise.

    Tensors on any device are welcome; what they hold is copied, gradients are left behind. `finite=True` is for what
    NaN would leave blank without a word: colours, and shares of a whole. In a curve it is a gap, which says enough.
    """
    plain = values.detach().cpu().numpy() if hasattr(values, "detach") else np.asarray(values)
    if plain.ndim != shape.count(",") + 1 - shape.endswith(",)") or plain.size == 0:
        raise ValueError(f"expected {name} of shape {shape}, not empty, got {plain.shape}")
    if finite and not np.isfinite(plain).all():
        raise ValueError(f"expected finite {name}, got NaN or infinity among them")
    return plain
