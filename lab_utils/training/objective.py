"""Losses that need more than a network's output, so that the one loop of the book can train on them."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional as F

Terms = Callable[[nn.Module, Tensor], Tensor]


class Objective(nn.Module):
    """A network with what it is to make small: forward(x) is `terms(network, x)`, (B, K), one column for each term.

    `fit` sees it as a network whose outputs are terms of a loss, and trains `network` in place with `total` as loss.
    """

    def __init__(self, network: nn.Module, terms: Terms) -> None:
        super().__init__()
        self.network, self.terms = network, terms

    def forward(self, x: Tensor) -> Tensor:
        """Terms (B, K) of the batch `x`."""
        terms = self.terms(self.network, x)
        if terms.ndim != 2 or len(terms) != len(x):
            raise ValueError(f"expected terms of shape ({len(x)}, K), a row an example, got {tuple(terms.shape)}")
        return terms


def total(terms: Tensor, y: Tensor) -> Tensor:
    """All terms (B, K) of an example added up, in the mean over the batch; labels `y` do not count."""
    return terms.sum(dim=1).mean()


def squared_error(output: Tensor, y: Tensor) -> Tensor:
    """Squared error of an example, summed over its numbers, in the mean over the batch. Equal shapes (B, ...)."""
    _expect_equal_shapes(output, y)
    return F.mse_loss(output, y, reduction="sum") / len(y)


def bernoulli_nats(output: Tensor, y: Tensor) -> Tensor:
    """-log p(y) of independent Bernoulli numbers with probabilities `output`, in nats an example, mean over the batch.

    Both (B, ...) in [0, 1]. For grey `y` the least value is not 0 but y's own entropy.
    """
    _expect_equal_shapes(output, y)
    return F.binary_cross_entropy(output, y, reduction="sum") / len(y)


def _expect_equal_shapes(output: Tensor, y: Tensor) -> None:
    if output.shape != y.shape:
        raise ValueError(f"expected targets of the output's shape {tuple(output.shape)}, got {tuple(y.shape)}")
