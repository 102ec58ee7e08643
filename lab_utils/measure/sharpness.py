"""Curvature of a network's loss: Hessian-vector products, and the largest eigenvalues from a few of them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab_utils.core import generator
from lab_utils.evaluate import evaluating

LossFunction = Callable[[Tensor, Tensor], Tensor]
LARGEST = 3000  # parameters of a network whose whole Hessian still fits: 72 MB in float64


def hessian_vector_product(
    model: nn.Module, x: Tensor, y: Tensor, vector: Tensor, *, loss: LossFunction = F.cross_entropy
) -> Tensor:
    """Hessian of loss(model(x), y) times vector (P,), P the number of trainable weights, by two backward passes.

    The gradient's product with the vector is differentiated once more (Pearlmutter, 1994). Evaluation mode.
    """
    with evaluating(model):
        return _product(_Slope(model, x, y, loss), vector)


def hessian_eigenvalues(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    *,
    loss: LossFunction = F.cross_entropy,
    count: int = 1,
    iterations: int = 20,
    seed: int = 0,
) -> Tensor:
    """The `count` largest eigenvalues (count,) of the loss's Hessian, from large to small, by Lanczos' method.

    Each of the `iterations` costs one Hessian-vector product; the direction to begin with is drawn from `seed`. The
    largest eigenvalue comes first and is never overestimated. Evaluation mode; gradients of the model are left alone.
    """
    if not 1 <= count <= iterations:
        raise ValueError(f"expected a count from 1 to the {iterations} iterations, got {count}")
    with evaluating(model):
        slope = _Slope(model, x, y, loss)
        matrix = _lanczos(slope, min(iterations, len(slope.gradient)), seed)
    found = torch.linalg.eigvalsh(matrix).flip(0)[:count]
    if len(found) < count:
        raise ValueError(f"expected a count of at most the {len(slope.gradient)} weights, got {count}")
    return found


def sharpness(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    *,
    loss: LossFunction = F.cross_entropy,
    iterations: int = 20,
    seed: int = 0,
) -> float:
    """The largest eigenvalue of the loss's Hessian: gradient descent is unstable along it for lr > 2 / sharpness."""
    return hessian_eigenvalues(model, x, y, loss=loss, iterations=iterations, seed=seed)[0].item()


def full_hessian(model: nn.Module, x: Tensor, y: Tensor, *, loss: LossFunction = F.cross_entropy) -> Tensor:
    """The whole Hessian (P, P) of a tiny network, a row for each Hessian-vector product with a unit vector."""
    with evaluating(model):
        slope = _Slope(model, x, y, loss)
        P = len(slope.gradient)
        if P > LARGEST:
            raise ValueError(f"expected at most {LARGEST} weights, got {P}: the Hessian would have {P * P:,} numbers")
        return torch.stack([_product(slope, unit) for unit in torch.eye(P, dtype=slope.gradient.dtype)])


class _Slope:
    """The gradient (P,) of a loss, kept with its graph so that it can be differentiated again."""

    def __init__(self, model: nn.Module, x: Tensor, y: Tensor, loss: LossFunction) -> None:
        self.weights = [p for p in model.parameters() if p.requires_grad]
        if not self.weights:
            raise ValueError("expected a model with trainable weights, got none")
        if len(x) == 0 or len(x) != len(y):
            raise ValueError(f"expected as many inputs as targets, at least one, got {len(x)} and {len(y)}")
        value = loss(model(x), y)
        if not torch.isfinite(value):
            raise ValueError(f"expected a finite loss, got {value.item()}: there is no curvature to measure")
        self.gradient = _flat(torch.autograd.grad(value, self.weights, create_graph=True))


def _product(slope: _Slope, vector: Tensor) -> Tensor:
    if vector.shape != slope.gradient.shape:
        raise ValueError(f"expected a vector of shape {tuple(slope.gradient.shape)}, got {tuple(vector.shape)}")
    if not slope.gradient.requires_grad:  # a loss that is linear in the weights
        return torch.zeros_like(vector)
    along = slope.gradient.dot(vector)
    return _flat(torch.autograd.grad(along, slope.weights, retain_graph=True, materialize_grads=True))


def _flat(tensors: tuple[Tensor, ...]) -> Tensor:
    return torch.cat([each.reshape(-1) for each in tensors])


def _lanczos(slope: _Slope, iterations: int, seed: int) -> Tensor:
    """The Hessian in the space of a start and its images, a small tridiagonal matrix in float64 (Lanczos, 1950).

    Every new direction is made orthogonal to all before, twice: rounding would else bring back what was found.
    """
    like = slope.gradient
    start = torch.randn(len(like), generator=generator(seed)).to(like)
    basis = [start / start.norm()]
    diagonal, beside = [], []
    for step in range(iterations):
        image = _product(slope, basis[-1])
        diagonal.append(image.dot(basis[-1]).item())
        known = torch.stack(basis)
        for _ in range(2):
            image = image - known.T @ (known @ image)
        length = image.norm().item()
        # What is left is rounding: the space is complete.
        if step + 1 == iterations or length <= 1e-5 * max(map(abs, diagonal)):
            break
        beside.append(length)
        basis.append(image / length)
    main, off = (torch.tensor(values, dtype=torch.float64) for values in (diagonal, beside))
    return torch.diag(main) + torch.diag(off, 1) + torch.diag(off, -1)
