"""Two ways to differentiate an expectation over random codes, and how far their single draws scatter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from lab_utils.core import generator


def gradient_samples(
    function: Callable[[Tensor], Tensor],
    mean: Tensor,
    log_variance: Tensor,
    *,
    estimator: Literal["reparameterised", "score", "score-baseline"] = "reparameterised",
    samples: int = 1000,
    seed: int = 0,
) -> Tensor:
    """Single-draw estimates (samples, D) of ∂E[function(z)]/∂mean for z ~ N(mean, variance).

    `function` takes codes (S, D) to values (S,). "reparameterised" is ∂function/∂z at z = mean + σ · noise;
    "score" is function(z) · ∂ log q(z)/∂mean = function(z) · (z - mean)/σ² (Williams, 1992: REINFORCE);
    "score-baseline" first takes from each value the mean of the others, which leaves the expectation as it is. All
    three have the same mean, and use the same draws for the same `seed`.
    """
    if mean.ndim != 1 or mean.shape != log_variance.shape or samples < 1:
        raise ValueError(
            f"expected mean and log-variance (D,) and at least 1 sample, got {tuple(mean.shape)}, "
            f"{tuple(log_variance.shape)} and {samples}"
        )
    sigma = (0.5 * log_variance.detach()).exp()
    z = mean.detach() + sigma * torch.randn((samples, len(mean)), generator=generator(seed), dtype=mean.dtype)
    if estimator in ("score", "score-baseline"):
        with torch.no_grad():
            values = _values(function, z)
            if estimator == "score-baseline":
                values = values - (values.sum() - values) / max(samples - 1, 1)
            return values[:, None] * (z - mean) / sigma.square()
    if estimator != "reparameterised":
        raise ValueError(f'expected the estimator "reparameterised", "score" or "score-baseline", got {estimator!r}')
    with torch.enable_grad():
        z.requires_grad_()
        return torch.autograd.grad(_values(function, z).sum(), z)[0]


def _values(function: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    values = function(z)
    if values.shape != z.shape[:1]:
        raise ValueError(f"expected a value for each of {len(z)} codes, got shape {tuple(values.shape)}")
    return values
