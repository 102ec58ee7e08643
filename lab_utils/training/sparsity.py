"""L1 as it makes weights exactly zero: the proximal step, taken after each update."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def soft_threshold(weight: Tensor, by: float) -> Tensor:
    """Move each number of `weight` towards zero by `by`, and stop there: sign(w) · max(|w| - by, 0).

    This is the proximal operator of by · |w| (Parikh & Boyd, 2014, section 6.5.2): the point that minimises
    |v - w|² / 2 + by · |v|. A gradient step on |w| would jump back and forth across zero instead of landing on it.
    """
    if not by >= 0:
        raise ValueError(f"expected to shrink by 0 or more, got {by}")
    return weight - weight.clamp(-by, by)


@torch.no_grad()
def shrink_weights(parameters: Iterable[Tensor], by: float) -> None:
    """Soft-threshold in place all parameters of two axes or more: weights, but neither biases nor norms."""
    for parameter in parameters:
        if parameter.ndim >= 2:
            parameter.copy_(soft_threshold(parameter, by))
