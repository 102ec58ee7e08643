"""Rules by which units compete for being on: within an example, within a group, or over the examples of a batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class TopK(nn.Module):
    """Keep the `k` largest of an example's units and turn the others off (Makhzani & Frey, 2014, algorithm 1).

    (B, D) to the same shape. Negative winners become 0 as well, so that the code is a firing rate.
    """

    def __init__(self, k: int) -> None:
        super().__init__()
        self.k = _positive(k, "k")

    def forward(self, z: Tensor) -> Tensor:
        """z where it is among the k largest of its row and positive, else 0."""
        _expect_units(z, at_least=self.k)
        values, units = z.relu().topk(self.k, dim=1)
        return torch.zeros_like(z).scatter(1, units, values)


class WinnerTakeAll(nn.Module):
    """Of every `group` neighbouring units only the strongest stays on (Srivastava et al., 2013, section 3).

    (B, D) to the same shape; D must be a multiple of `group`. A group with no positive unit stays silent.
    """

    def __init__(self, group: int) -> None:
        super().__init__()
        self.group = _positive(group, "group")

    def forward(self, z: Tensor) -> Tensor:
        """z where it is the largest of its group and positive, else 0."""
        _expect_units(z, at_least=self.group)
        if z.shape[1] % self.group:
            raise ValueError(f"expected a multiple of {self.group} units, got {z.shape[1]}")
        grouped = z.relu().unflatten(1, (-1, self.group))  # (B, groups, group)
        values, winners = grouped.max(dim=2, keepdim=True)
        return torch.zeros_like(grouped).scatter(2, winners, values).flatten(1)


class LifetimeSparse(nn.Module):
    """Each unit answers to the `share` of the examples that excite it most (Makhzani & Frey, 2015, section 2).

    In training these are found within the batch, so that no unit can be silent or always on. One example alone has no
    batch: in evaluation a unit is on above its threshold, the running mean of what it took to be kept in training. The
    paper switches the competition off in evaluation, and the code it then reads is not sparse.
    """

    thresholds: Tensor

    def __init__(self, share: float, *, momentum: float = 0.02) -> None:
        super().__init__()
        if not 0 < share < 1 or not 0 < momentum <= 1:
            raise ValueError(f"expected a share between 0 and 1 and a momentum up to 1, got {share} and {momentum}")
        self.share, self.momentum = share, momentum
        self.register_buffer("thresholds", torch.empty(0))

    def forward(self, z: Tensor) -> Tensor:
        """z (B, D) where the unit counts this example among its best, else 0."""
        _expect_units(z, at_least=1)
        h = z.relu()
        if not self.training:
            if not len(self.thresholds):
                raise ValueError("expected thresholds from training, got a layer that has never been trained")
            return h * (h > self.thresholds)
        best = h.topk(max(1, round(self.share * len(h))), dim=0).values[-1]  # (D,): the last that is kept
        self._follow(h.detach(), best.detach())
        return h * (h >= best)

    def _follow(self, h: Tensor, best: Tensor) -> None:
        """Raise the threshold of a unit that was above it too often in this batch, and lower it where too rarely.

        The mean of `best` over batches would lie too high: it is a skewed quantity.
        """
        old = self.thresholds if len(self.thresholds) else best
        often = (h > old).to(h).mean(dim=0) / self.share
        self.thresholds = (old * (self.momentum * (often - 1).clamp(max=3)).exp()).clamp_min(1e-6)


def _positive(value: int, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"expected a whole number of at least 1 for {name}, got {value!r}")
    return value


def _expect_units(z: Tensor, *, at_least: int) -> None:
    if z.ndim != 2 or z.shape[1] < at_least or len(z) == 0:
        raise ValueError(f"expected activations (B, D) with D of at least {at_least}, got shape {tuple(z.shape)}")
