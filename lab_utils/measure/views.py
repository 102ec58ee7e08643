"""Two numbers for each point of a space with many: a plane to look at what a layer made of its input."""

from __future__ import annotations

import torch
from torch import Tensor


def across_cut(h: Tensor, weight: Tensor, bias: Tensor | float = 0.0) -> Tensor:
    """Points h (N, D) seen so that the cut w·h + b = 0 is a straight vertical line at 0: (N, 2).

    Across: the signed distance from the cut, (w·h + b) / |w|, positive on the side of class 1. Up: the direction
    along the cut in which the points spread most (the first principal axis of what is left), from their mean. So
    nothing about the decision is lost in the picture, whatever D is; `weight` is w, (D,) or (1, D).
    """
    if h.ndim != 2 or len(h) < 2 or weight.numel() != h.shape[1]:
        raise ValueError(
            f"expected h (N, D) with N of at least 2, and D weights, got {tuple(h.shape)} and {tuple(weight.shape)}"
        )
    h, w = h.detach().double(), weight.detach().double().flatten()
    if not bool(h.isfinite().all() & w.isfinite().all()) or not bool(w.any()):
        raise ValueError("expected finite points, and finite weights that are not all zero")
    across = (h @ w + torch.as_tensor(bias, dtype=torch.float64).detach()) / w.norm()
    left = h - h.mean(dim=0)
    left = left - torch.outer(left @ w, w) / (w @ w)
    axis = torch.linalg.svd(left, full_matrices=False).Vh[0]
    # An axis has no sign of its own: its largest entry is positive, so that equal points give equal pictures.
    up = left @ axis * axis[axis.abs().argmax()].sign()
    return torch.stack([across, up], dim=1)
