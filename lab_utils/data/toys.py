"""Labelled points in the plane: small enough to see at once, and not to be divided by a straight line."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Integral, Real

import torch
from torch import Tensor

from lab_utils.core import generator
from lab_utils.data.split import Split

Draw = Callable[[Tensor, torch.Generator], Tensor]


def two_moons(count: int, *, noise: float = 0.2, seed: int = 0) -> Split:
    """Two half circles that reach into each other: class 0 above, class 1 below and to the right.

    The curves are those of scikit-learn's `make_moons`: radius 1, the second turned over and moved by (1, 0.5); the
    place on a curve is drawn uniformly, so that two seeds give two independent samples. See `_sample` for the rest.
    """

    def draw(y: Tensor, chance: torch.Generator) -> Tensor:
        angle = math.pi * torch.rand(len(y), generator=chance)
        across, up = angle.cos(), angle.sin()
        return torch.stack([torch.where(y == 0, across, 1 - across), torch.where(y == 0, up, 0.5 - up)], dim=1)

    return _sample(draw, count, noise, seed)


def circles(count: int, *, noise: float = 0.1, seed: int = 0) -> Split:
    """A ring around another: class 0 on radius 1, class 1 on radius 0.5 (`make_circles` with factor 0.5)."""

    def draw(y: Tensor, chance: torch.Generator) -> Tensor:
        angle = 2 * math.pi * torch.rand(len(y), generator=chance)
        radius = torch.where(y == 0, 1.0, 0.5)
        return radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)

    return _sample(draw, count, noise, seed)


def spiral(count: int, *, noise: float = 0.05, seed: int = 0, turns: float = 1.5) -> Split:
    """Two arms that wind `turns` times around the origin, out to radius 1; class 1 is class 0 turned by half a turn."""
    if not (isinstance(turns, Real) and 0 < turns < math.inf):
        raise ValueError(f"expected a number of turns above 0, got {turns!r}")

    def draw(y: Tensor, chance: torch.Generator) -> Tensor:
        radius = torch.rand(len(y), generator=chance).sqrt()  # the root spreads points evenly along the arm
        angle = 2 * math.pi * turns * radius + math.pi * y
        return radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)

    return _sample(draw, count, noise, seed)


def xor(count: int, *, noise: float = 0.0, seed: int = 0) -> Split:
    """Points of the square [-1, 1]²: class 1 where the signs of the two coordinates differ, class 0 where they agree.

    Labels are set before the noise, so that with noise some points lie on the wrong side.
    """

    def draw(y: Tensor, chance: torch.Generator) -> Tensor:
        x = 2 * torch.rand(len(y), 2, generator=chance) - 1
        wrong = (x.prod(dim=1) < 0) != (y == 1)
        return torch.where(wrong[:, None], x * torch.tensor([-1.0, 1.0]), x)

    return _sample(draw, count, noise, seed)


def _sample(draw: Draw, count: int, noise: float, seed: int) -> Split:
    """`count` points x float32 (N, 2) with labels y int64 (N,), half of each class (one more of class 0 if odd), mixed.

    `noise` is the standard deviation of what is added to each coordinate; all that is drawn depends on `seed` alone.
    """
    if not isinstance(count, Integral) or isinstance(count, bool) or count < 2:
        raise ValueError(f"expected a whole number of points, at least 2, got {count!r}")
    if not (isinstance(noise, Real) and 0 <= noise < math.inf):
        raise ValueError(f"expected a noise of at least 0, got {noise!r}")
    chance = generator(seed)
    y = (torch.arange(int(count)) % 2)[torch.randperm(int(count), generator=chance)]
    x = draw(y, chance)
    return Split(x + float(noise) * torch.randn(x.shape, generator=chance), y)
