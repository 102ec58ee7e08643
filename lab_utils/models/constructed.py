"""Networks whose weights are written down, not learned: proofs that a shape of network can represent a function."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import torch
from torch import nn

from lab_utils.models.mlp import MLP


def interpolating_network(xs: Any, ys: Any) -> MLP:
    """One hidden ReLU layer that draws straight lines through the points (xs, ys), from the first to the last.

    n + 1 points with increasing xs need n units: unit i starts to count at xs[i], and its output weight is the change
    of slope there. Left of the first point the network is constant, right of the last it goes on straight.
    """
    xs, ys = _points(xs, ys)
    slopes = ys.diff() / xs.diff()
    changes = torch.cat([slopes[:1], slopes.diff()])
    net = MLP((1, len(changes), 1))
    _set(net.linear1, torch.ones(len(changes), 1), -xs[:-1])
    _set(net.linear2, changes[None], ys[:1])
    return net


def _points(xs: Any, ys: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Points as float64, once they are known to be a function's."""
    xs, ys = (torch.as_tensor(values, dtype=torch.float64).flatten() for values in (xs, ys))
    if len(xs) != len(ys) or len(xs) < 2:
        raise ValueError(f"expected at least 2 points, as many xs as ys, got {len(xs)} and {len(ys)}")
    if not bool(xs.isfinite().all() & ys.isfinite().all()):
        raise ValueError("expected finite points, got NaN or infinity among them")
    if not bool((xs.diff() > 0).all()):
        raise ValueError("expected increasing xs, each larger than the one before")
    return xs, ys


def tent_network(times: int) -> MLP:
    """The tent map applied `times` times: 2^times straight pieces on [0, 1] from `times` hidden layers of 2 units.

    The tent, 2x up to 1/2 and 2 − 2x from there, is 2·relu(x) − 4·relu(x − 1/2) on [0, 1]. A layer computes relu(x) and
    relu(x − 1/2) from the tent that the two units before it make up, so that every layer folds the interval once more.
    Source: Telgarsky, "Benefits of depth in neural networks", COLT 2016.
    """
    if not isinstance(times, Integral) or isinstance(times, bool) or not 1 <= times <= 50:
        raise ValueError(f"expected the tent to be applied 1 to 50 times, got {times!r}")
    tent = torch.tensor([[2.0, -4.0]])
    net = MLP((1, *[2] * int(times), 1))
    for number in range(1, int(times) + 1):
        before = tent if number > 1 else torch.ones(1, 1)
        _set(getattr(net, f"linear{number}"), before.repeat(2, 1), torch.tensor([0.0, -0.5]))
    _set(getattr(net, f"linear{int(times) + 1}"), tent, torch.zeros(1))
    return net


def _set(layer: Any, weight: torch.Tensor, bias: torch.Tensor) -> None:
    """Write weight and bias into an `nn.Linear` of that size."""
    assert isinstance(layer, nn.Linear)
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
