"""Penalties that keep a code sparse or calm, and a controller that finds the penalty's weight for a stated activity."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from lab_utils.training.run import Callback, Run

Penalty = Callable[[Tensor], Tensor]


def l1_activity(code: Tensor) -> Tensor:
    """Sum of |activation| over the units of a code (B, D): (B,)."""
    _expect_code(code)
    return code.abs().sum(dim=1)


def kl_to_target(code: Tensor, *, target: float) -> Tensor:
    """KL divergence, in nats, of each unit's mean activation over the batch from `target`, summed over units: (B,).

    Ng (2011), "Sparse autoencoder", section 3: the code (B, D) lies in [0, 1], and a unit's mean is treated as the
    probability of being on. The value belongs to the batch and is repeated for each example.
    """
    _expect_code(code)
    if not 0 < target < 1:
        raise ValueError(f"expected a target between 0 and 1, got {target}")
    if code.min() < 0 or code.max() > 1:
        raise ValueError(f"expected activations in [0, 1], got {code.min():.3g} to {code.max():.3g}; use a sigmoid")
    mean = code.mean(dim=0).clamp(1e-6, 1 - 1e-6)
    kl = target * (target / mean).log() + (1 - target) * ((1 - target) / (1 - mean)).log()
    return kl.sum().expand(len(code))


def contraction(network: nn.Module, x: Tensor) -> Tensor:
    """Squared Frobenius norm (B,) of the Jacobian dh/dx of one layer h = φ(Wx + b), φ the sigmoid.

    Rifai et al. (2011), equation 7: Σ_j (h_j (1 - h_j))² · |W_j|², without building the Jacobian. `network` has
    `encode` and a linear `encoder`.
    """
    h = network.encode(x)  # type: ignore[operator]
    lengths = network.encoder.weight.square().sum(dim=1)  # type: ignore[union-attr, operator]
    return (h * (1 - h)).square() @ lengths


class HeldActivity(Callback):
    """Squared error plus a weighted penalty; the weight moves until the share of active units is `target`.

    Use it twice: as the terms of an `Objective` and as a callback of `fit`. After each update the weight is multiplied
    by exp(rate · (share / target - 1)): too many units on, and the penalty grows. A unit is on above `above`.
    """

    def __init__(
        self, penalty: Penalty, *, target: float, weight: float = 1.0, rate: float = 0.02, above: float = 0.0
    ) -> None:
        if not 0 < target < 1 or not weight > 0 or not rate >= 0:
            raise ValueError(
                f"expected a target between 0 and 1, a weight above 0 and a rate of at least 0, "
                f"got {target}, {weight} and {rate}"
            )
        self.penalty, self.target, self.weight, self.rate, self.above = penalty, target, weight, rate, above
        self.share = math.nan

    def __call__(self, network: nn.Module, x: Tensor) -> Tensor:
        """Squared error and weighted penalty (B, 2) of each example."""
        code = network.encode(x)  # type: ignore[operator]
        error = (network.decode(code) - x.flatten(1)).square().sum(dim=1)  # type: ignore[operator]
        if network.training:
            self.share = (code > self.above).double().mean().item()
        return torch.stack([error, self.weight * self.penalty(code)], dim=1)

    def on_step(self, run: Run) -> None:
        """Move the weight by what the last batch has shown; at most by a factor e^rate."""
        self.weight *= math.exp(self.rate * max(-1.0, min(1.0, self.share / self.target - 1)))


def _expect_code(code: Tensor) -> None:
    if code.ndim != 2 or code.numel() == 0:
        raise ValueError(f"expected a code (B, D), not empty, got shape {tuple(code.shape)}")
