"""L-BFGS: the inverse Hessian guessed from the last few steps, never stored (Liu & Nocedal, 1989)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lab_utils.training.descent import Loss, Trace, Walk

ARMIJO = 1e-4  # the share of the promised decrease that a step must bring (Nocedal & Wright, 2006, section 3.1)
SHORTEST = 1e-12  # a line search that comes down to this has met rounding errors, not a slope


def lbfgs(loss: Loss, start: Any, *, memory: int = 10, steps: int = 100, tolerance: float = 1e-10) -> Trace:
    """Minimise `loss` from `start` (d,), halving each step until it descends enough; ends at a gradient of `tolerance`.

    `memory` is the number of past steps that the direction is made from: 2 · memory · d numbers in all.
    """
    if memory < 1 or steps < 1 or not tolerance >= 0:
        raise ValueError(
            f"expected memory and steps of at least 1 and tolerance of at least 0, got {memory}, {steps}, {tolerance}"
        )
    walk = Walk(loss, start)
    pairs: list[tuple[Tensor, Tensor]] = []
    for _ in range(steps):
        if not walk.goes_on(tolerance):
            break
        before, slope = walk.point, walk.gradient
        step = _line_search(walk, -two_loops(slope, pairs), first=not pairs)
        if step is None:
            break
        walk.to(before + step)
        change = walk.gradient - slope
        if torch.dot(step, change) > 1e-12 * change.norm() * step.norm():  # else the guess would lose its curvature > 0
            pairs = [*pairs, (step, change)][-memory:]
    return walk.trace()


def two_loops(gradient: Tensor, pairs: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
    """H · gradient, H the inverse Hessian guessed from pairs (step, change of gradient), oldest first.

    Nocedal & Wright (2006), algorithm 7.4, from H₀ = (s·y / y·y) · I of the newest pair.
    """
    direction, shares = gradient.clone(), []
    for step, change in reversed(pairs):
        shares.append(torch.dot(step, direction) / torch.dot(step, change))
        direction = direction - shares[-1] * change
    if pairs:
        step, change = pairs[-1]
        direction = direction * torch.dot(step, change) / torch.dot(change, change)
    for (step, change), share in zip(pairs, reversed(shares), strict=True):
        direction = direction + step * (share - torch.dot(change, direction) / torch.dot(step, change))
    return direction


def _line_search(walk: Walk, direction: Tensor, *, first: bool) -> Tensor | None:
    """The step along `direction`, halved until Armijo's condition holds; None where nothing descends."""
    promised = torch.dot(walk.gradient, direction).item()
    length = min(1.0, 1.0 / direction.norm().item()) if first else 1.0  # without a guess of curvature: at most 1 long
    while length > SHORTEST:
        if walk.try_at(walk.point + length * direction) <= walk.value + ARMIJO * length * promised:
            return length * direction
        length /= 2
    return None
