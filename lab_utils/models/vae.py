"""The variational autoencoder (Kingma & Welling, 2014): a code that is a small cloud instead of a point."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab_utils.models.mlp import MLP


class VAE(nn.Module):
    """Encoder of the given `widths` (inputs first, code last) to a Gaussian for each example; a mirrored decoder.

    Input (B, ...) with widths[0] values in [0, 1] an example. The decoder gives the logits of independent Bernoulli
    pixels. All terms are nats per example, summed over pixels and over latent dimensions, so that their sum is a bound
    on a log-probability and a factor `beta` keeps its meaning when the size of the image or of the code changes.
    """

    def __init__(self, widths: Sequence[int], *, activation: Callable[[], nn.Module] = nn.ReLU, seed: int = 0) -> None:
        super().__init__()
        if len(widths) < 2:
            raise ValueError(f"expected at least two widths (inputs, ..., code), got {tuple(widths)}")
        *body, latent = widths
        self.encoder = MLP((*body, 2 * latent), activation=activation, seed=seed)
        self.decoder = MLP((latent, *body[::-1]), activation=activation, seed=seed + 1)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, (B, D) each, of the Gaussian q(z|x)."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        return mean, log_variance

    def sample(self, mean: Tensor, log_variance: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """A draw from q(z|x) that gradients pass through, mean + deviation · noise: the reparameterisation."""
        noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype).to(mean.device)
        return mean + (0.5 * log_variance).exp() * noise

    def encode(self, x: Tensor) -> Tensor:
        """The code (B, D) of an example where one point is wanted: the mean of q(z|x)."""
        return self.posterior(x)[0]

    def decode(self, code: Tensor) -> Tensor:
        """Pixel probabilities (B, inputs) of a code (B, D)."""
        return self.decoder(code).sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction from the mean code, in the shape of `x`."""
        return self.decode(self.encode(x)).view_as(x)

    def terms(self, x: Tensor, *, beta: float = 1.0, generator: torch.Generator | None = None) -> Tensor:
        """Reconstruction and beta · KL, (B, 2), in nats per example; with beta = 1 a row's sum is the negative ELBO.

        One draw of the code an example. Higgins et al. (2017) introduced `beta`.
        """
        mean, log_variance = self.posterior(x)
        logits = self.decoder(self.sample(mean, log_variance, generator=generator))
        reconstruction = F.binary_cross_entropy_with_logits(logits, x.flatten(1), reduction="none").sum(dim=1)
        return torch.stack([reconstruction, beta * gaussian_kl(mean, log_variance).sum(dim=1)], dim=1)


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, 1)) of each dimension, in nats, in the shape of `mean`.

    (mean² + variance - 1 - log variance) / 2: Kingma & Welling (2014), appendix B. 0 where the two are equal.
    """
    if mean.shape != log_variance.shape:
        raise ValueError(
            f"expected a mean and a log-variance of one shape, got {tuple(mean.shape)} and {tuple(log_variance.shape)}"
        )
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
