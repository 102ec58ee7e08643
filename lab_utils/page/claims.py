"""Sentences that a measurement has to bear out: prose made of numbers, and claims that fail once they are false."""

from __future__ import annotations

import math
from typing import Any

from lab_utils.page.output import MarkdownOutput, Output, emit, inline, number, scalar, styled

_CSS = """
:where(.lab-claim){margin:.8em 0;padding:.5em .9em;border-left:3px solid var(--lab-good);background:var(--lab-panel);
color:var(--lab-ink);font-variant-numeric:tabular-nums;line-height:1.5;text-align:left}
:where(.lab-claim .lab-tick){color:var(--lab-good);font-weight:700;margin-right:.5em}
:where(.lab-claim .lab-measured){color:var(--lab-muted)}
"""


class ClaimFailed(AssertionError):
    """A sentence of the book that the measurement does not bear out."""


def say(markdown: str) -> None:
    """Put Markdown on the page: for prose whose numbers come from the run."""
    if not isinstance(markdown, str):
        raise TypeError(f"expected Markdown text, got {type(markdown).__name__}")
    emit(MarkdownOutput(markdown))


def claim(
    text: str,
    *,
    measured: Any,
    at_least: float | None = None,
    at_most: float | None = None,
    between: tuple[float, float] | None = None,
    equals: Any = None,
    tolerance: float = 0,
    unit: str = "",
    digits: int = 3,
) -> None:
    """Put a claim on the page with the number that bears it out; raise ClaimFailed where it does not.

    Exactly one bound is wanted: `at_least`, `at_most`, `between=(low, high)` (ends included), or `equals`, which holds
    within `tolerance`. `measured` is one number or bool; NaN bears nothing out. `unit` follows the number.
    """
    given = {"at_least": at_least, "at_most": at_most, "between": between, "equals": equals}
    bounds = {name: bound for name, bound in given.items() if bound is not None}
    if len(bounds) != 1:
        raise TypeError(
            f"expected exactly one of at_least, at_most, between and equals, got {sorted(bounds) or 'none'}"
        )
    if tolerance and equals is None:
        raise TypeError("a tolerance belongs to equals; widen the bound itself otherwise")
    (kind, bound), value = next(iter(bounds.items())), scalar(measured)
    holds, wanted = _judge(kind, bound, value, tolerance, digits)
    suffix = f" {unit}" if unit else ""
    if not holds:
        raise ClaimFailed(
            f"the claim does not hold: {text}\n  expected: {wanted}{suffix}\n  measured: {value!r}{suffix}"
        )
    got = f"measured {number(value, digits)}{suffix}, claimed {wanted}{suffix}"
    body = (
        f'<p class="lab-claim"><span class="lab-tick" role="img" aria-label="holds:">✓</span>{inline(text)} '
        f'<span class="lab-measured">({inline(got)})</span></p>'
    )
    emit(Output(styled(_CSS, body), f"✓ {text} ({got})"))


def _judge(kind: str, bound: Any, value: Any, tolerance: float, digits: int) -> tuple[bool, str]:
    """Whether the value satisfies the bound, and the bound in words."""
    if kind == "between":
        low, high = (scalar(end) for end in bound)
        if not low <= high:
            raise ValueError(f"expected between=(low, high) with low <= high, got {bound}")
        return low <= value <= high, f"between {number(low, digits)} and {number(high, digits)}"
    bound = scalar(bound)
    words = number(bound, digits)
    if kind == "at_least":
        return value >= bound, f"at least {words}"
    if kind == "at_most":
        return value <= bound, f"at most {words}"
    if isinstance(value, bool) != isinstance(bound, bool):
        raise TypeError(f"expected measured and equals to be both numbers or both bools, got {value!r} and {bound!r}")
    near = value == bound or (math.isfinite(value) and abs(value - bound) <= tolerance)
    return near, f"exactly {words}" if not tolerance else f"{words} ± {number(tolerance, digits)}"
