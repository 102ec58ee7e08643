"""A quantity that stays, and now and then jumps: what a learner with one learning rate cannot follow well."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lab_utils.core import generator


@dataclass(frozen=True)
class VolatileWorld:
    """What can be seen, `outcomes` (T,), and what it scatters about, `truth` (T,)."""

    outcomes: Tensor
    truth: Tensor


def volatile_world(
    length: int, *, jump: float = 0.02, reach: float = 5.0, noise: float = 1.0, seed: int
) -> VolatileWorld:
    """A truth that is drawn anew from ±`reach` with probability `jump` a trial, seen through noise of that deviation.

    The task is that of Nassar, Wilson, Heasly & Gold, J. Neuroscience 2010, in units of the noise.
    """
    if length < 1 or not 0 <= jump <= 1 or not reach > 0 or not noise >= 0:
        raise ValueError(
            f"expected positive length and reach, jump from 0 to 1, noise >= 0, got {length}, {reach}, {jump}, {noise}"
        )
    draw = generator(seed)
    jumps = torch.rand(length, generator=draw, dtype=torch.float64) < jump
    jumps[0] = True
    levels = reach * (2 * torch.rand(length, generator=draw, dtype=torch.float64) - 1)
    truth = levels[jumps][jumps.cumsum(0) - 1]
    return VolatileWorld(truth + noise * torch.randn(length, generator=draw, dtype=torch.float64), truth)
