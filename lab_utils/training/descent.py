"""Descent on small problems, one vector of weights: first and second order in one loop, every evaluation counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lab_utils.training.optimizers import Optimizer

Loss = Callable[[Tensor], Tensor]  # weights (d,) to a number
Metric = Callable[[Tensor], Tensor]  # weights (d,) to a symmetric matrix (d, d)


@dataclass(frozen=True)
class Trace:
    """Where a descent went, and what it cost: T updates, T + 1 points, float64.

    `gradients`, `evaluations` and `matrices` count gradients, losses without a gradient, and matrices solved.
    """

    points: Tensor
    losses: Tensor
    gradient_norms: Tensor
    gradients: int
    evaluations: int
    matrices: int
    cpu_seconds: float

    @property
    def steps(self) -> int:
        """Number of updates."""
        return len(self.losses) - 1

    def steps_to(self, gap: float, *, lowest: float = 0.0) -> int | None:
        """The first update after which the loss is within `gap` of `lowest`; None if it never is."""
        reached = (self.losses - lowest <= gap).nonzero()
        return int(reached[0]) if len(reached) else None


def descend(
    loss: Loss,
    start: Any,
    *,
    lr: float,
    steps: int,
    metric: Metric | None = None,
    damping: float = 0.0,
    tolerance: float = 0.0,
) -> Trace:
    """w ← w − lr · M(w)⁻¹ ∇loss(w), from `start` (d,), until the gradient's norm is at most `tolerance` or not finite.

    Without a `metric` this is gradient descent; with `hessian(loss)` and lr=1 it is Newton's method; with a Fisher
    matrix it is natural gradient descent (Amari, 1998). `damping` is added to the diagonal of the matrix. Raises
    ValueError where the matrix cannot be solved.
    """
    _check_settings(lr=lr, damping=damping, tolerance=tolerance, steps=steps)
    walk = Walk(loss, start)
    for _ in range(steps):
        if not walk.goes_on(tolerance):
            break
        step = walk.gradient
        if metric is not None:
            step = solve(metric(walk.point), step, damping)
            walk.matrices += 1
        walk.to(walk.point - lr * step)
    return walk.trace()


def follow(loss: Loss, start: Any, rule: Callable[[list[Tensor]], Optimizer], *, steps: int) -> Trace:
    """The path of a first-order rule from `start` (d,), such as `lambda w: Momentum(w, lr=0.1)`."""
    _check_settings(steps=steps)
    walk = Walk(loss, start)
    w = walk.point.clone().requires_grad_()
    optimizer = rule([w])
    for _ in range(steps):
        if not walk.goes_on(0.0):
            break
        w.grad = walk.gradient.clone()
        optimizer.step()
        walk.to(w.detach().clone())
    return walk.trace()


def hessian(loss: Loss) -> Metric:
    """The matrix of second derivatives of `loss`, as a function of the weights: what Newton's method divides by."""

    def matrix(w: Tensor) -> Tensor:
        return torch.autograd.functional.hessian(loss, w).detach()

    return matrix


def solve(matrix: Tensor, vector: Tensor, damping: float = 0.0) -> Tensor:
    """(matrix + damping · I)⁻¹ vector; ValueError for a matrix of the wrong shape, or one that has no inverse."""
    d = len(vector)
    if matrix.shape != (d, d):
        raise ValueError(f"expected a metric of shape ({d}, {d}), got {tuple(matrix.shape)}")
    try:
        return torch.linalg.solve(matrix + damping * torch.eye(d, dtype=matrix.dtype), vector)
    except torch.linalg.LinAlgError as error:
        raise ValueError(f"expected a metric that has an inverse, got a singular one ({error}); add damping") from error


class Walk:
    """A point with its loss and gradient, the way behind it, and the bill so far."""

    def __init__(self, loss: Loss, start: Any) -> None:
        point = torch.as_tensor(start).detach().to(torch.float64)
        if point.ndim != 1 or not torch.isfinite(point).all() or len(point) == 0:
            raise ValueError(f"expected a finite start of shape (d,), got {start!r}")
        self.loss, self.started = loss, time.process_time()
        self.points: list[Tensor] = []
        self.losses: list[float] = []
        self.norms: list[float] = []
        self.gradients = self.evaluations = self.matrices = 0
        self.to(point)

    def to(self, point: Tensor) -> None:
        """Move to `point` and take loss and gradient there."""
        w = point.detach().clone().requires_grad_()
        value = self.loss(w)
        if value.ndim != 0:
            raise ValueError(f"expected a loss that is one number, got shape {tuple(value.shape)}")
        (self.gradient,) = torch.autograd.grad(value, w)
        self.gradients += 1
        self.point, self.value = w.detach(), value.item()
        self.points.append(self.point)
        self.losses.append(self.value)
        self.norms.append(self.gradient.norm().item())

    def try_at(self, point: Tensor) -> float:
        """The loss at `point`, without going there."""
        self.evaluations += 1
        with torch.no_grad():
            return self.loss(point).item()

    def goes_on(self, tolerance: float) -> bool:
        """Whether there is still a finite slope to follow."""
        finite = torch.isfinite(self.gradient).all().item() and self.losses[-1] < float("inf")
        return bool(finite) and self.norms[-1] > tolerance

    def trace(self) -> Trace:
        """What is left of the walk."""
        losses, norms = (torch.tensor(values, dtype=torch.float64) for values in (self.losses, self.norms))
        spent = time.process_time() - self.started
        return Trace(torch.stack(self.points), losses, norms, self.gradients, self.evaluations, self.matrices, spent)


def _check_settings(*, steps: int, **numbers: float) -> None:
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(f"expected at least 1 whole step, got {steps!r}")
    for name, value in numbers.items():
        if not 0 <= value < float("inf") or (name == "lr" and value == 0):
            raise ValueError(
                f"expected {name} to be finite and {'above' if name == 'lr' else 'at least'} 0, got {value}"
            )
