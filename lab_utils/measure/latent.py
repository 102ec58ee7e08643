"""A variational autoencoder's bound, taken apart: reconstruction, and what each latent dimension costs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Normal, kl_divergence

from lab_utils.core import generator
from lab_utils.evaluate import evaluating


@dataclass(frozen=True)
class Elbo:
    """For each example the `reconstruction` (N,), -E log p(x|z), and the `kl` (N, D) of each dimension, in nats."""

    reconstruction: Tensor
    kl: Tensor

    @property
    def value(self) -> float:
        """The evidence lower bound, nats an example: -(reconstruction + KL)."""
        return -(self.reconstruction.mean() + self.kl.sum(dim=1).mean()).item()

    @property
    def active_dimensions(self) -> int:
        """Dimensions that carry more than 0.01 nats on average; the others have collapsed onto the prior."""
        return int((self.kl.mean(dim=0) > 0.01).sum())


def elbo(vae: nn.Module, x: Tensor, *, samples: int = 1, seed: int = 0, batch_size: int = 500) -> Elbo:
    """The terms of the bound for x (N, ...) in [0, 1], the reconstruction averaged over `samples` draws of the code.

    `vae` has `posterior(x)` (mean and log-variance) and `decoder(code)` (logits of Bernoulli pixels). The divergences
    are torch's own, so that this is independent of the formula that the network was trained with.
    """
    if samples < 1 or len(x) == 0:
        raise ValueError(f"expected at least 1 sample and 1 example, got {samples} and {len(x)}")
    chance, reconstruction, kl = generator(seed), [], []
    with evaluating(vae), torch.no_grad():
        for part in x.split(batch_size):
            cloud = _normal(*vae.posterior(part))  # type: ignore[operator]
            codes = cloud.mean + cloud.stddev * torch.randn((samples, *cloud.mean.shape), generator=chance)
            logits = vae.decoder(codes.flatten(0, 1)).unflatten(0, (samples, len(part)))  # type: ignore[operator]
            pixels = Bernoulli(logits=logits, validate_args=False)  # grey values are no draws of a Bernoulli
            reconstruction.append(-pixels.log_prob(part.flatten(1)).sum(dim=2).mean(dim=0))
            kl.append(kl_divergence(cloud, _standard(cloud)))
    return Elbo(torch.cat(reconstruction), torch.cat(kl))


def sampled_kl(mean: Tensor, log_variance: Tensor, *, samples: int, seed: int = 0) -> Tensor:
    """KL(q || N(0, 1)) of Gaussians (B, D) by drawing z from q and averaging log q(z) - log p(z): (samples, B).

    One estimate a draw, in nats, summed over dimensions; their mean over the first axis tends to the formula's value.
    """
    cloud = _normal(mean, log_variance)
    if samples < 1:
        raise ValueError(f"expected at least 1 sample, got {samples}")
    z = mean + cloud.stddev * torch.randn((samples, *mean.shape), generator=generator(seed), dtype=mean.dtype)
    return (cloud.log_prob(z) - _standard(cloud).log_prob(z)).sum(dim=-1)


def _normal(mean: Tensor, log_variance: Tensor) -> Normal:
    if mean.shape != log_variance.shape:
        raise ValueError(
            f"expected a mean and a log-variance of one shape, got {tuple(mean.shape)} and {tuple(log_variance.shape)}"
        )
    return Normal(mean, (0.5 * log_variance).exp())


def _standard(like: Normal) -> Normal:
    return Normal(torch.zeros_like(like.mean), torch.ones_like(like.mean))
