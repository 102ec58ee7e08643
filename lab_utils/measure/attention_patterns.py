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


def attention_distance(weights: Tensor) -> Tensor:
    """Mean distance in places between who looks and what is looked at, weighted: (..., T, T) to (...)."""
    _expect_weights(weights)
    places = torch.arange(weights.shape[-1], dtype=weights.dtype)
    return (weights * (places[:, None] - places).abs()).sum(-1).mean(-1)


def attention_entropy(weights: Tensor) -> Tensor:
    """Mean entropy of the rows in nats: 0 for a look at one place, log S for one at all alike; (..., T, S) to (...)."""
    _expect_weights(weights)
    return -torch.xlogy(weights, weights).sum(-1).mean(-1)


def repeat_accuracy(model: nn.Module, ids: Tensor, period: int) -> float:
    """Share of tokens that `model` predicts right once `ids` (B, T), of the given `period`, repeat themselves."""
    if not 1 <= period < ids.shape[1]:
        raise ValueError(f"expected a period from 1 to {ids.shape[1] - 1}, got {period}")
    guesses = predict(model, ids)[:, period - 1 : -1].argmax(-1)  # from the first place whose successor is a repeat
    return (guesses == ids[:, period:]).double().mean().item()


def equivariance_error(model: Callable[[Tensor], Tensor], x: Tensor, order: Tensor) -> float:
    """How far `model` is from "reorder, then answer" = "answer, then reorder": the largest difference, relative.

    `x` (B, T, ...) goes through `model`, which keeps its first two axes; `order` is a permutation of the T places. 0
    for an equivariant model (up to rounding); about 1 where the answers have nothing to do with each other.
    """
    if sorted(order.tolist()) != list(range(x.shape[1])):
        raise ValueError(f"expected a permutation of {x.shape[1]} places, got {order.tolist()}")
    with torch.no_grad():
        straight = model(x)[:, order]
        reordered = model(x[:, order])
    return ((straight - reordered).abs().max() / straight.abs().max()).item()


def _mean_weight(weights: Tensor, *, back: int, first: int) -> Tensor:
    """The mean weight `back` places back, over the places from `first` on: (..., T, T) to (...)."""
    _expect_weights(weights)
    if not (1 <= first < weights.shape[-1] and 0 <= back <= first):
        raise ValueError(f"expected a period from 1 to {weights.shape[-1] - 1}, got {first}")
    # Below the main diagonal lie the weights of those who look back; the entry for place t is at t − back.
    return weights.diagonal(-back, dim1=-2, dim2=-1)[..., first - back :].mean(-1)


def _expect_weights(weights: Tensor) -> None:
    if weights.ndim < 2 or not weights.is_floating_point():
        raise ValueError(f"expected weights (..., T, S), got {weights.dtype} of shape {tuple(weights.shape)}")
    if not torch.allclose(weights.sum(-1), torch.ones(()), atol=1e-3):
        raise ValueError("expected weights whose rows sum to 1, got others; take them after the softmax")
