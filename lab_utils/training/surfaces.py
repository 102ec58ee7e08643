"""Surfaces in two variables on which optimizers can be watched, with what is known of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Surface:
    """A function of points (..., 2) to heights (...), where to look at it, where to start, and where its bottom is.

    `domain` is (left, right, bottom, top). `minimum` is a lowest point, `lowest` the height there.
    """

    name: str
    function: Callable[[Tensor, Tensor], Tensor]
    domain: tuple[float, float, float, float]
    start: tuple[float, float]
    minimum: tuple[float, float]
    lowest: float

    def __call__(self, point: Tensor) -> Tensor:
        """The height (...) at points (..., 2)."""
        if not isinstance(point, Tensor) or point.ndim == 0 or point.shape[-1] != 2:
            got = tuple(point.shape) if isinstance(point, Tensor) else type(point).__name__
            raise ValueError(f"expected points of shape (..., 2), got {got}")
        return self.function(point[..., 0], point[..., 1])

    def grid(self, n: int = 101) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """xs (n,), ys (n,) and heights (n, n) over the domain; row i belongs to ys[i], column j to xs[j]."""
        if n < 2:
            raise ValueError(f"expected a grid of at least 2 points a side, got {n}")
        left, right, bottom, top = self.domain
        xs, ys = (torch.linspace(a, b, n, dtype=torch.float64) for a, b in ((left, right), (bottom, top)))
        heights = self.function(xs[None, :], ys[:, None]).expand(n, n)
        return xs.numpy(), ys.numpy(), heights.numpy()


def _bowl(x: Tensor, y: Tensor) -> Tensor:
    return 0.01 * x**2 + 5 * y**2


def _rosenbrock(x: Tensor, y: Tensor) -> Tensor:
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _beale(x: Tensor, y: Tensor) -> Tensor:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _saddle(x: Tensor, y: Tensor) -> Tensor:
    return 0.5 * x**2 - 0.5 * y**2 + 0.05 * y**4


_TWO_VALLEYS = 5**0.5  # the saddle's minima: -y + 0.2 y³ = 0

SURFACES: dict[str, Surface] = {
    # Curvatures 0.02 and 10: a condition number of 500.
    "bowl": Surface("bowl", _bowl, (-11.0, 11.0, -2.2, 2.2), (-10.0, 2.0), (0.0, 0.0), 0.0),
    "rosenbrock": Surface("rosenbrock", _rosenbrock, (-2.0, 2.0, -1.0, 3.0), (-1.2, 1.0), (1.0, 1.0), 0.0),
    "beale": Surface("beale", _beale, (-4.5, 4.5, -4.5, 4.5), (1.0, 1.5), (3.0, 0.5), 0.0),
    # A start off the ridge by a hair: on it, no gradient method would ever leave.
    "saddle": Surface("saddle", _saddle, (-3.0, 3.0, -4.0, 4.0), (2.5, 0.01), (0.0, _TWO_VALLEYS), -1.25),
}
