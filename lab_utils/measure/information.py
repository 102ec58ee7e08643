"""Mutual information of a layer with input and label by sorting activations into bins: the bins shape the answer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Information:
    """I(X; T) and I(T; Y) of a binned layer T, in bits."""

    with_input: float
    with_label: float


def binned_information(activations: Tensor, y: Tensor, *, width: float) -> Information:
    """Mutual information of a layer, binned, with the input and with the label, over N equally likely inputs.

    `activations` (N, D) are cut into bins of `width`; T is the cell of the D-dimensional grid. The network is
    deterministic, so that I(X; T) = H(T), at most log2 N, and it depends on `width`: without bins it would be log2 N
    whenever no two inputs give the same activations (Saxe et al., 2018, section 2 and appendix).
    """
    if activations.ndim != 2 or y.shape != activations.shape[:1] or len(y) == 0:
        raise ValueError(
            f"expected activations (N, D) and labels (N,), got {tuple(activations.shape)} and {tuple(y.shape)}"
        )
    if not width > 0:
        raise ValueError(f"expected a bin width above 0, got {width}")
    if not torch.isfinite(activations).all():
        raise ValueError("expected finite activations, got NaN or infinity among them")
    cells = (activations.detach().double() / width).floor().unique(dim=0, return_inverse=True)[1]
    pairs = torch.stack([cells, y.to(cells)], dim=1).unique(dim=0, return_inverse=True)[1]
    of_cells = _entropy(cells)
    return Information(of_cells, of_cells + _entropy(y.unique(return_inverse=True)[1]) - _entropy(pairs))


def _entropy(labels: Tensor) -> float:
    """Entropy in bits of whole numbers (N,), each example counted 1/N."""
    p = labels.bincount().double() / len(labels)
    return (torch.special.entr(p).sum() / torch.log(torch.tensor(2.0, dtype=torch.double))).item()
