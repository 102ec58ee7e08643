"""A network's loss over a plane through its weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab_utils.core import generator
from lab_utils.evaluate import predict


@dataclass(frozen=True)
class LossSlice:
    """Losses `values` (n, n) at weights + alpha · first + beta · second.

    Row i belongs to betas[i], column j to alphas[j]. `alphas` and `betas` (n,) run from −extent to extent; the network
    itself is at (0, 0). All are float64.
    """

    alphas: np.ndarray
    betas: np.ndarray
    values: np.ndarray


def loss_slice(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    *,
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
    extent: float = 1.0,
    resolution: int = 41,
    seed: int = 0,
    directions: tuple[Sequence[Tensor], Sequence[Tensor]] | None = None,
) -> LossSlice:
    """Measure loss(model(x), y) on a square grid in a plane through the weights of `model`, which stay as they are.

    The plane is spanned by two random directions of the weights' own size (`random_direction`), or by `directions`,
    each a list of tensors shaped like the trainable weights. An odd `resolution` has a point at the network itself.
    """
    if resolution < 2 or not 0 < extent < float("inf"):
        raise ValueError(f"expected a resolution of at least 2 and a finite extent above 0, got {resolution}, {extent}")
    weights = _trainable(model)
    if directions is None:
        directions = (random_direction(model, seed=2 * seed), random_direction(model, seed=2 * seed + 1))
    for direction in directions:
        _check_direction(direction, weights)
    places = np.linspace(-extent, extent, resolution)
    before = [w.detach().clone() for w in weights]
    try:
        rows = [[_loss_at(model, x, y, loss, before, directions, a, b) for a in places] for b in places]
    finally:
        _set(weights, before)
    return LossSlice(places, places.copy(), np.array(rows))


def random_direction(model: nn.Module, *, seed: int) -> list[Tensor]:
    """Gaussian noise shaped like the trainable weights, every filter scaled to the norm of the network's own.

    A filter is what feeds one unit: a row of a matrix, a kernel stack of a convolution. Biases and norms stay where
    they are (Li et al., 2018, section 4). Without the scaling, a network of large weights would look flat.
    """
    noise = generator(seed)
    direction = []
    for w in _trainable(model):
        d = torch.randn(w.shape, generator=noise).to(w)
        if w.ndim < 2:
            direction.append(torch.zeros_like(d))
            continue
        sizes = [each.detach().flatten(1).norm(dim=1).reshape(-1, *[1] * (w.ndim - 1)) for each in (w, d)]
        direction.append(d * sizes[0] / sizes[1].clamp(min=1e-12))
    return direction


def _loss_at(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    loss: Callable[[Tensor, Tensor], Tensor],
    centre: Sequence[Tensor],
    directions: tuple[Sequence[Tensor], Sequence[Tensor]],
    alpha: float,
    beta: float,
) -> float:
    first, second = directions
    _set(_trainable(model), [c + alpha * d + beta * e for c, d, e in zip(centre, first, second, strict=True)])
    return loss(predict(model, x), y.cpu()).item()


def _trainable(model: nn.Module) -> list[nn.Parameter]:
    weights = [w for w in model.parameters() if w.requires_grad]
    if not weights:
        raise ValueError("expected a model with trainable weights, got none")
    return weights


def _set(weights: Sequence[Tensor], values: Sequence[Tensor]) -> None:
    with torch.no_grad():
        for w, value in zip(weights, values, strict=True):
            w.copy_(value)


def _check_direction(direction: Sequence[Tensor], weights: Sequence[Tensor]) -> None:
    expected, got = [tuple(w.shape) for w in weights], [tuple(d.shape) for d in direction]
    if expected != got:
        raise ValueError(f"expected a direction of tensors shaped like the weights, {expected}, got {got}")
