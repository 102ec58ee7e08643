"""A ReLU network along a line of its input space is made of straight pieces: found and counted exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

PIECEWISE_LINEAR = (nn.ReLU, nn.LeakyReLU, nn.PReLU)  # straight on either side of 0
UNCHANGED = (nn.Flatten, nn.Identity)
CLOSEST = 1e-13  # of the line's length: knots nearer to each other are one


@dataclass(frozen=True)
class PiecewiseLinear:
    """A function of one number, straight between its knots: knots t (m,), increasing, and values (m, K) there; float64.

    From a network, the knots are the two ends of the line and every place where a hidden unit switches on or off.
    """

    knots: Tensor
    values: Tensor

    @property
    def regions(self) -> int:
        """Intervals in which the same hidden units are on: one more than the places where any of them switches."""
        return len(self.knots) - 1

    def pieces(self, *, tolerance: float = 1e-6) -> int:
        """Straight pieces of the output: neighbours whose slopes differ by at most `tolerance` of the steepest are one.

        Never more than `regions`: the last layer may not read a unit that switches, or two may cancel.
        """
        if self.regions == 0:
            return 0
        slopes = self.values.diff(dim=0) / self.knots.diff()[:, None]
        bends = slopes.diff(dim=0).abs().amax(dim=1)
        return 1 + int((bends > tolerance * slopes.abs().max().clamp(min=1e-300)).sum())

    def __call__(self, t: Tensor) -> Tensor:
        """Values (N, K) at the places t (N,) between the first knot and the last."""
        t = t.to(self.knots.dtype)
        if bool((t < self.knots[0]).any()) or bool((t > self.knots[-1]).any()):
            low, high = self.knots[0].item(), self.knots[-1].item()
            raise ValueError(f"expected t from {low:g} to {high:g}, got {t.min():g} to {t.max():g}")
        return _interpolate(self.knots, self.values, t)


def pieces_along(model: nn.Sequential, start: Any, end: Any) -> PiecewiseLinear:
    """What `model` computes on the way from input `start` (D,) to `end` (D,): t = 0 at `start`, t = 1 at `end`.

    For a 1-D input write `pieces_along(model, [0.0], [1.0])`; t is then the input itself. `model` is a row of linear
    layers with ReLU, leaky ReLU or PReLU between them (others have no straight pieces: TypeError). The line is
    pushed through layer by layer in float64, and where a unit crosses zero inside an interval a knot is set. So the
    count is exact up to rounding, where a count on a grid would miss narrow pieces.
    """
    if not isinstance(model, nn.Sequential):
        raise TypeError(f"expected an nn.Sequential of linear layers and ReLUs, got {type(model).__name__}")
    ends = [torch.as_tensor(point, dtype=torch.float64).detach().flatten() for point in (start, end)]
    if ends[0].shape != ends[1].shape or ends[0].numel() == 0:
        raise ValueError(f"expected two inputs of the same size, got {len(ends[0])} and {len(ends[1])} numbers")
    if not all(bool(point.isfinite().all()) for point in ends):
        raise ValueError("expected finite inputs, got NaN or infinity among them")
    if torch.equal(*ends):
        raise ValueError("expected two different inputs to draw a line between, got the same one twice")
    knots, values = torch.tensor([0.0, 1.0], dtype=torch.float64), torch.stack(ends)
    with torch.no_grad():
        for name, layer in model.named_children():
            knots, values = _through(layer, name, knots, values)
    return PiecewiseLinear(knots, values)


def _through(layer: nn.Module, name: str, knots: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Knots and values (m, K) after one layer."""
    if isinstance(layer, UNCHANGED):
        return knots, values
    if isinstance(layer, nn.Linear):
        if values.shape[1] != layer.in_features:
            raise ValueError(f"expected {layer.in_features} numbers into {name!r}, got {values.shape[1]}")
        bias = layer.bias.double().cpu() if layer.bias is not None else 0.0
        return knots, values @ layer.weight.double().cpu().T + bias
    if isinstance(layer, PIECEWISE_LINEAR):
        merged = _apart(torch.cat([knots, _crossings(knots, values)]).unique())  # sorted
        return merged, _bend(layer, _interpolate(knots, values, merged))
    kinds = ", ".join(kind.__name__ for kind in (nn.Linear, *PIECEWISE_LINEAR, *UNCHANGED))
    raise TypeError(f"expected layers of the kinds {kinds}, got {type(layer).__name__} as {name!r}")


def _bend(layer: nn.Module, values: Tensor) -> Tensor:
    """The activation in float64; what should be zero at a knot and is not, by rounding, stays as small as it is."""
    if isinstance(layer, nn.PReLU):
        return nn.functional.prelu(values, layer.weight.double().cpu())
    return nn.functional.leaky_relu(values, getattr(layer, "negative_slope", 0.0))


def _crossings(knots: Tensor, values: Tensor) -> Tensor:
    """Places strictly between two knots where some column of values passes through zero."""
    left, right = values[:-1], values[1:]
    where, unit = torch.nonzero(left * right < 0, as_tuple=True)
    share = left[where, unit] / (left[where, unit] - right[where, unit])
    return knots[where] + share * (knots[where + 1] - knots[where])


def _apart(knots: Tensor) -> Tensor:
    """Knots without those that rounding alone has set a hair's breadth behind another; both ends stay."""
    kept = knots.diff() > CLOSEST
    return torch.cat([knots[:-1][kept], knots[-1:]])


def _interpolate(knots: Tensor, values: Tensor, t: Tensor) -> Tensor:
    """Values (N, K) at t (N,), straight between the knots."""
    right = torch.searchsorted(knots, t).clamp(1, len(knots) - 1)
    left = right - 1
    share = ((t - knots[left]) / (knots[right] - knots[left]))[:, None]
    return values[left] * (1 - share) + values[right] * share
