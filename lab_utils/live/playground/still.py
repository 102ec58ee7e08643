"""The picture that stands for the playground where no script runs: XOR untangled by two ReLU units, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

SIZE, MARGIN, GAP, HEAD = 190, 34, 40, 24  # of one panel and around it, in the picture's own units

WORDS = (
    "<p>What the live figure shows, on the smallest case: four points of two classes (circles and triangles) that no "
    "straight line divides. Two ReLU units, h₁ = relu(x₁ + x₂) and h₂ = relu(x₁ + x₂ − 1), carry them into another "
    "plane: two points fall together, and the line h₁ − 2h₂ = ½ divides the classes. With JavaScript the figure "
    "trains such networks before your eyes, up to four layers of eight units.</p>"
)


def hidden(x1: float, x2: float) -> tuple[float, float]:
    """The two units (Goodfellow, Bengio & Courville, Deep Learning, 2016, section 6.1)."""
    return max(0.0, x1 + x2), max(0.0, x1 + x2 - 1)


def _place(at: tuple[float, float], left: float, unit: float) -> tuple[float, float]:
    """A point of the plane in the picture: the origin at the lower left of its panel."""
    return left + MARGIN + unit * at[0], HEAD + SIZE - MARGIN - unit * at[1]


def _mark(at: tuple[float, float], label: int, left: float, unit: float) -> str:
    """A circle for class 0, a triangle for class 1."""
    x, y = _place(at, left, unit)
    if label == 0:
        return f'<circle class="lab-play-zero" cx="{x:g}" cy="{y:g}" r="7"/>'
    return f'<path class="lab-play-one" d="M{x:g} {y - 9:g}l8.5 15h-17z"/>'


def _panel(title: str, names: tuple[str, str], marks: Sequence[str], left: float) -> str:
    """A frame with its title and the names of its axes."""
    foot = HEAD + SIZE
    return (
        f'<rect class="lab-play-frame" x="{left:g}" y="{HEAD}" width="{SIZE}" height="{SIZE}"/>'
        f'<text x="{left:g}" y="15">{title}</text>'
        f'<text x="{left + SIZE - 6:g}" y="{foot - 8}" text-anchor="end">{names[0]}</text>'
        f'<text x="{left + 6:g}" y="{HEAD + 18}">{names[1]}</text>{"".join(marks)}'
    )


def still() -> str:
    """The picture and its words, as HTML."""
    corners = [(float(a), float(b)) for a, b in product((0, 1), repeat=2)]
    labels = [int(a != b) for a, b in corners]
    unit, right = SIZE - 2 * MARGIN, SIZE + GAP
    before = [_mark(at, label, 0, unit) for at, label in zip(corners, labels, strict=True)]
    (x1, y1), (x2, y2) = (_place(at, right, unit / 2) for at in ((0.5 - 0.3, -0.15), (2.3, 0.9)))
    cut = f'<line class="lab-play-cut" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'
    moved = {(hidden(*at), label) for at, label in zip(corners, labels, strict=True)}
    after = [cut, *(_mark(at, label, right, unit / 2) for at, label in sorted(moved))]
    return (
        f'<svg class="lab-play-still" role="img" aria-label="XOR in the input plane, where no straight line divides '
        f'the classes, and in the plane of two hidden units, where one does" viewBox="0 0 {2 * SIZE + GAP} '
        f'{HEAD + SIZE + 4}" width="{2 * SIZE + GAP}" height="{HEAD + SIZE + 4}">'
        f"{_panel('input space', ('x₁', 'x₂'), before, 0)}{_panel('hidden space', ('h₁', 'h₂'), after, right)}</svg>"
        + WORDS
    )
