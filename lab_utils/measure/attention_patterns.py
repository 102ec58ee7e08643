"""What attention does: where heads look, who copies, what order means to a network, and what it all costs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lab_utils.evaluate import predict


def induction_scores(weights: Tensor, period: int) -> Tensor:
    """How much each head looks at what came after the same token one period ago: from 0 to 1.

    `weights` (..., T, T) are those for a sequence that repeats itself every `period` places, its tokens distinct within
    a period. At place t the token was last seen at t − period; an induction head looks at t − period + 1, one further
    on. The mean of that weight over all places that have seen the token before; shape (...). Source: Olsson et al.,
    "In-context Learning and Induction Heads", 2022.
    """
    return _mean_weight(weights, back=period - 1, first=period)


def previous_place_scores(weights: Tensor) -> Tensor:
    """How much each head looks one place back: the mean of that weight, from 0 to 1; `weights` (..., T, T) to (...)."""
    return _mean_weight(weights, back=1, first=1)


def repeat_accuracy(model: nn.Module, ids: Tensor, period: int) -> float:
    """Share of tokens that `model` predicts right once `ids` (B, T), of the given `period`, repeat themselves."""
    if ids.ndim != 2:
        raise ValueError(f"expected ids of shape (B, T), got {tuple(ids.shape)}")
    if not 1 <= period < ids.shape[1]:
        raise ValueError(f"expected a period from 1 to {ids.shape[1] - 1}, got {period}")
    if not torch.equal(ids[:, period:], ids[:, :-period]):
        raise ValueError(f"expected ids that repeat every {period} places, got others")
    guesses = predict(model, ids)[:, period - 1 : -1].argmax(-1)  # from the first place whose successor is a repeat
    return (guesses == ids[:, period:]).double().mean().item()


def equivariance_error(model: Callable[[Tensor], Tensor], x: Tensor, order: Tensor) -> float:
    """How far `model` is from "reorder, then answer" = "answer, then reorder": the largest difference, relative.

    `x` (B, T, ...) goes through `model`, which keeps its first two axes; `order` is a permutation of the T places. 0
    for an equivariant model (up to rounding); about 1 where the answers have nothing to do with each other.
    """
    if x.ndim < 2:
        raise ValueError(f"expected x of shape (B, T, ...), got {tuple(x.shape)}")
    if sorted(order.tolist()) != list(range(x.shape[1])):
        raise ValueError(f"expected a permutation of {x.shape[1]} places, got {order.tolist()}")
    with torch.no_grad():
        answers, reordered = model(x), model(x[:, order])
    if answers.shape[:2] != x.shape[:2]:
        raise ValueError(f"expected answers with the first two axes of x, {tuple(x.shape)}, got {tuple(answers.shape)}")
    largest = answers.abs().max()
    if not (torch.isfinite(largest) and largest > 0):
        raise ValueError(f"expected answers that are finite and not all zero, got {largest:g} as the largest")
    return ((answers[:, order] - reordered).abs().max() / largest).item()


def _mean_weight(weights: Tensor, *, back: int, first: int) -> Tensor:
    """The mean weight `back` places back, over the places from `first` on: (..., T, T) to (...)."""
    _expect_weights(weights)
    if weights.shape[-1] < 2:
        raise ValueError(f"expected at least 2 places, got {weights.shape[-1]}")
    if not (1 <= first < weights.shape[-1] and 0 <= back <= first):
        raise ValueError(f"expected a period from 1 to {weights.shape[-1] - 1}, got {first}")
    # Below the main diagonal lie the weights of those who look back; the entry for place t is at t − back.
    return weights.diagonal(-back, dim1=-2, dim2=-1)[..., first - back :].mean(-1)


def _expect_weights(weights: Tensor) -> None:
    if weights.ndim < 2 or not weights.is_floating_point():
        raise ValueError(f"expected weights (..., T, T), got {weights.dtype} of shape {tuple(weights.shape)}")
    if weights.shape[-1] != weights.shape[-2] or weights.numel() == 0:
        raise ValueError(f"expected weights that are square, (..., T, T), got {tuple(weights.shape)}")
    # Half precision has some three digits, and a row may have hundreds of weights.
    tolerance = 1e-3 if weights.dtype in (torch.float32, torch.float64) else 2e-2
    if not ((weights.double().sum(-1) - 1).abs() <= tolerance).all():  # so that NaN is refused too
        raise ValueError("expected weights whose rows sum to 1, got others; take them after the softmax")
    if weights.min() < 0:
        raise ValueError(f"expected weights of 0 or more, got {weights.min():g}")
