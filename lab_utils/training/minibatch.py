"""Stochastic gradient descent from scratch, on the problem where everything is known: a linear model."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lab_utils.core import generator


@dataclass(frozen=True)
class LinearRun:
    """Weights (D,), mean squared error at the start and after every pass (epochs + 1,), and the number of updates."""

    weights: Tensor
    losses: Tensor
    updates: int


def least_squares_sgd(x: Tensor, y: Tensor, *, lr: float, batch_size: int, epochs: int, seed: int = 0) -> LinearRun:
    """Fit y (N,) ≈ x (N, D) · w from w = 0, every pass in a new random order, `batch_size` examples an update.

    A batch_size of N is batch gradient descent, of 1 online learning; add a column of ones to `x` for a bias.
    """
    _check(x, y, lr, batch_size, epochs)
    w, order, updates = torch.zeros_like(x[0]), generator(seed), 0
    losses = [_error(x, y, w)]
    for _ in range(epochs):
        for chosen in torch.randperm(len(y), generator=order).split(batch_size):
            residual = x[chosen] @ w - y[chosen]  # (B,)
            gradient = 2 * x[chosen].T @ residual / len(chosen)  # (D,)
            w = w - lr * gradient
            updates += 1
        losses.append(_error(x, y, w))
    return LinearRun(w, torch.stack(losses), updates)


def _error(x: Tensor, y: Tensor, w: Tensor) -> Tensor:
    return (x @ w - y).square().mean()


def _check(x: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int) -> None:
    if x.ndim != 2 or y.shape != x.shape[:1] or len(x) == 0 or x.dtype != y.dtype or not x.is_floating_point():
        raise ValueError(
            f"expected x (N, D) and y (N,) of one floating-point type, got {x.dtype} {tuple(x.shape)} and "
            f"{y.dtype} {tuple(y.shape)}"
        )
    if not (torch.isfinite(x).all() and torch.isfinite(y).all()):
        raise ValueError("expected finite x and y, got NaN or infinity among them")
    if not 0 < lr < float("inf") or not 1 <= batch_size <= len(x) or epochs < 1:
        raise ValueError(
            f"expected lr above 0, batch_size from 1 to {len(x)} and epochs of at least 1, "
            f"got {lr}, {batch_size} and {epochs}"
        )
