"""Learning-rate schedules as formulas: the share of the highest rate after a share of training."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

START, END = 1 / 25, 1e-4  # where a one-cycle schedule begins and ends, as in torch's OneCycleLR with its defaults


def constant(progress: float) -> float:
    """The highest rate all the time."""
    _check("progress", progress)
    return 1.0


def step(progress: float, *, drops: Sequence[float] = (0.5, 0.75), factor: float = 0.1) -> float:
    """Times `factor` after each of the shares `drops` of training."""
    _check("progress", progress)
    return factor ** sum(progress >= drop for drop in drops)


def exponential(progress: float, *, end: float = 0.01) -> float:
    """The same shrinkage at each update, from 1 down to `end`."""
    _check("progress", progress)
    if not 0 < end <= 1:
        raise ValueError(f"expected end above 0 and at most 1, got {end}")
    return end**progress


def cosine(progress: float, *, end: float = 0.0) -> float:
    """Half a period of a cosine from 1 down to `end` (Loshchilov & Hutter, 2017, equation 5, without restarts)."""
    _check("progress", progress)
    return _cosine_between(1.0, end, progress)


def warm_up_cosine(progress: float, warm_up: float = 0.25, *, start: float = 0.01) -> float:
    """A straight climb from `start` to 1 during the share `warm_up` of training, then half a cosine down to 0."""
    _check("progress", progress)
    _check("warm_up", warm_up, below_one=True)
    if progress < warm_up:
        return start + (1 - start) * progress / warm_up
    return _cosine_between(1.0, 0.0, (progress - warm_up) / (1 - warm_up))


def cyclic(progress: float, *, cycles: int = 4, low: float = 0.1) -> float:
    """Triangles: `cycles` times from `low` up to 1 and back (Smith, 2017, "triangular")."""
    _check("progress", progress)
    if cycles < 1:
        raise ValueError(f"expected at least 1 cycle, got {cycles}")
    return low + (1 - low) * (1 - abs(2 * (progress * cycles % 1) - 1))


def one_cycle(progress: float, warm_up: float = 0.25) -> float:
    """A climb from 1/25 to 1 during the share `warm_up`, a fall to almost nothing, both along cosines (Smith, 2018)."""
    _check("progress", progress)
    _check("warm_up", warm_up, below_one=True)
    if progress < warm_up:
        return _cosine_between(START, 1.0, progress / warm_up)
    return _cosine_between(1.0, END, (progress - warm_up) / (1 - warm_up))


def _cosine_between(start: float, end: float, progress: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * progress)) / 2


def _check(name: str, share: float, *, below_one: bool = False) -> None:
    if not (0 <= share < 1 if below_one else 0 <= share <= 1):
        raise ValueError(f"expected {name} from 0 {'up to, but not including,' if below_one else 'to'} 1, got {share}")


# What `Recipe` calls: (progress, warm_up) -> factor; the shapes without a warm-up pass over it.
SCHEDULES: dict[str, Callable[[float, float], float]] = {
    "constant": lambda progress, warm_up: constant(progress),
    "step": lambda progress, warm_up: step(progress),
    "exponential": lambda progress, warm_up: exponential(progress),
    "cosine": lambda progress, warm_up: cosine(progress),
    "warm-up-cosine": warm_up_cosine,
    "cyclic": lambda progress, warm_up: cyclic(progress),
    "one-cycle": one_cycle,
}
