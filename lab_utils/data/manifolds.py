"""Points near a curve that is known: what a code of one number should find, and where each point lies on it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from lab_utils.core import generator


@dataclass(frozen=True)
class OnManifold:
    """Points `x`, float32 (N, D), and the `position` of each along the curve that they were drawn from, (N,) in [0, 1].

    The position is what made the point; no network is shown it.
    """

    x: torch.Tensor
    position: torch.Tensor

    def __len__(self) -> int:
        return len(self.position)


def noisy_spiral(count: int, *, turns: float = 1.25, noise: float = 0.02, seed: int = 0) -> OnManifold:
    """Points of the plane near one arm that winds `turns` times around the origin, from radius 0.2 out to 1.

    Positions are drawn evenly along the arc's length; `noise` is the standard deviation of what is added to each
    coordinate.
    """
    _check(count, noise)
    if not 0 < turns < math.inf:
        raise ValueError(f"expected a number of turns above 0, got {turns}")
    chance = generator(seed)
    position = torch.rand(count, generator=chance)
    path = np.linspace(0, 1, 2001)
    radius, angle = 0.2 + 0.8 * path, 2 * math.pi * turns * path
    arm = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    steps = np.linalg.norm(np.diff(arm, axis=0), axis=1)
    length = np.concatenate([[0.0], steps.cumsum()])
    x = np.stack([np.interp(position * length[-1], length, arm[:, axis]) for axis in range(2)], axis=1)
    return OnManifold(torch.from_numpy(x).float() + noise * torch.randn(count, 2, generator=chance), position)


def ring_population(
    count: int, *, cells: int = 40, peak: float = 12.0, width: float = 0.5, seed: int = 0
) -> OnManifold:
    """SIMULATED head-direction cells: square roots of spike counts x (N, cells), and the true direction as position.

    Cell j fires with mean a_j · exp((cos(θ - θ_j) - 1) / width²) + 0.2 spikes, its preferred direction θ_j and its
    peak a_j (from half of `peak` to one and a half) drawn by `seed`; counts are Poisson, and the root makes their
    spread even. The true manifold is a ring: position 0 and position 1 are the same direction. Another `seed` is
    another population: for training and test points of one, draw once and divide.
    """
    _check(count, 0)
    if cells < 1 or not peak > 0 or not width > 0:
        raise ValueError(f"expected at least 1 cell, a peak and a width above 0, got {cells}, {peak} and {width}")
    chance = generator(seed)
    preferred = 2 * math.pi * torch.rand(cells, generator=chance)
    heights = peak * (0.5 + torch.rand(cells, generator=chance))
    position = torch.rand(count, generator=chance)
    away = 2 * math.pi * position[:, None] - preferred
    rates = heights * ((away.cos() - 1) / width**2).exp() + 0.2
    return OnManifold(torch.poisson(rates, generator=chance).sqrt(), position)


def _check(count: int, noise: float) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 2:
        raise ValueError(f"expected a whole number of points, at least 2, got {count!r}")
    if not 0 <= noise < math.inf:
        raise ValueError(f"expected a noise of at least 0, got {noise}")
