"""Draws the social card and the touch icon: `python -m theme.icons`. Run it again when the book's name or data change.

The card shows what the book is about, measured: one boot of Fashion-MNIST, and what a first layer of eight oriented
filters makes of it.
"""

import gzip
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.patches import FancyBboxPatch
from PIL import Image, ImageDraw

mpl.use("Agg")
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "theme" / "assets"
NIGHT, PALE, MUTED = "#10243b", "#e6e8eb", "#a9b1ba"
BOOT = 0  # the first training image


def boot() -> np.ndarray:
    """One image of Fashion-MNIST, (28, 28), values in [0, 1]."""
    with gzip.open(ROOT / "data" / "fashion-mnist" / "train-images-idx3-ubyte.gz") as file:
        raw = file.read(16 + 784 * (BOOT + 1))
    return np.frombuffer(raw[-784:], np.uint8).reshape(28, 28) / 255.0


def filters(count: int = 8, size: int = 5) -> np.ndarray:
    """Derivatives of a Gaussian in `count` directions around the circle, (count, size, size), each with zero sum."""
    grid = np.arange(size) - size // 2
    y, x = np.meshgrid(grid, grid, indexing="ij")
    bell = np.exp(-(x**2 + y**2) / 2.5)
    angles = np.arange(count) * 2 * np.pi / count
    return np.stack([(np.cos(a) * x + np.sin(a) * y) * bell for a in angles])


def responses(image: np.ndarray, kernels: np.ndarray) -> np.ndarray:
    """Rectified sliding sums of `image` (H, W) with `kernels` (K, s, s), same size: (K, H, W)."""
    margin = kernels.shape[-1] // 2
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(image, margin), kernels.shape[1:])
    return np.maximum(np.einsum("hwij,kij->khw", windows, kernels), 0)


def draw_card(target: Path) -> None:
    """Write the 1200 by 630 picture that a shared link shows."""
    image = boot()
    maps = responses(image, filters())
    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor=NIGHT)
    figure.text(0.06, 0.70, "Deep\nRepresentations", color=PALE, fontsize=46, fontweight="bold", linespacing=1.05)
    figure.text(
        0.06,
        0.55,
        "An interactive textbook in which every figure,\ntable and number is measured.",
        color=MUTED,
        fontsize=19,
        linespacing=1.35,
    )
    figure.text(0.06, 0.09, "Read · run · take apart", color="#5aa9f2", fontsize=19, fontweight="bold")
    axes = figure.add_axes((0.06, 0.17, 0.15, 0.2857))
    axes.imshow(image, cmap="gray")
    axes.axis("off")
    for number, answer in enumerate(maps):
        row, column = divmod(number, 2)
        place = (0.67 + 0.135 * column, 0.745 - 0.2275 * row, 0.11, 0.2095)
        axes = figure.add_axes(place)
        axes.imshow(answer, cmap="magma", vmin=0, vmax=maps.max())
        axes.axis("off")
    lines = figure.add_axes((0, 0, 1, 1), zorder=-1)
    lines.set(xlim=(0, 1), ylim=(0, 1))
    lines.axis("off")
    for number in range(8):
        row, column = divmod(number, 2)
        end = (0.67 + 0.135 * column, 0.745 - 0.2275 * row + 0.105)
        lines.plot([0.215, end[0]], [0.31, end[1]], color="#5aa9f2", alpha=0.35, linewidth=1.2)
    lines.add_patch(
        FancyBboxPatch(
            (0.052, 0.155),
            0.166,
            0.315,
            boxstyle="round,pad=0,rounding_size=0.01",
            facecolor="none",
            edgecolor="#5aa9f2",
            linewidth=1.5,
        )
    )
    figure.savefig(target)


def draw_icon(target: Path, size: int = 180) -> None:
    """Write the favicon's design as PNG: the same rectangles as favicon.svg, on its 64 by 64 grid."""
    scale = 8 * size / 64
    picture = Image.new("RGB", (8 * size, 8 * size), NIGHT)
    brush = ImageDraw.Draw(picture)
    for x, y, width, height, radius, colour in (
        (9, 13, 11, 38, 3, "#5aa9f2"),
        (25, 19, 10, 26, 3, "#3dc79a"),
        (40, 24, 8, 16, 2.5, "#e0b93a"),
        (51.5, 28.5, 7, 7, 3.5, "#ff9152"),
    ):
        box = [scale * v for v in (x, y, x + width, y + height)]
        brush.rounded_rectangle(box, radius=scale * radius, fill=colour)
    picture.resize((size, size), Image.Resampling.LANCZOS).save(target, optimize=True)


def main() -> None:
    """Write both pictures into the theme's assets."""
    draw_card(ASSETS / "card.png")
    draw_icon(ASSETS / "touch-icon.png")


if __name__ == "__main__":
    main()
