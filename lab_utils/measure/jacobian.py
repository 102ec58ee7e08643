"""How strongly a function answers to small changes of its input."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def jacobian_norms(function: Callable[[Tensor], Tensor], x: Tensor, *, chunk: int = 50) -> Tensor:
    """Frobenius norm of the Jacobian d function / dx at each example of x (N, ...): (N,).

    `function` takes a batch (B, ...) to (B, D), one row for each example by itself (no batch norm in training mode).
    Rifai et al. (2011) keep the square of this number small. One backward pass for each of the D outputs, for `chunk`
    examples at a time.
    """
    if x.ndim < 2 or len(x) == 0:
        raise ValueError(f"expected a batch x (N, ...) of at least one example, got shape {tuple(x.shape)}")
    return torch.cat([_norms(function, part) for part in x.split(chunk)])


def _norms(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    with torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        out = function(x)
        if out.ndim != 2 or len(out) != len(x):
            raise ValueError(f"expected the function to return ({len(x)}, D), got {tuple(out.shape)}")
        squares = torch.zeros(len(x), dtype=x.dtype, device=x.device)
        for unit in out.unbind(dim=1):
            (gradient,) = torch.autograd.grad(unit.sum(), x, retain_graph=True)
            squares += gradient.flatten(1).square().sum(dim=1)
    return squares.sqrt().detach()
