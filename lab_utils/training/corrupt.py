"""Damage for a denoising autoencoder to undo: augmentations (x, generator) -> x whose target stays clean."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def add_noise(x: Tensor, generator: torch.Generator, *, sigma: float = 0.3) -> Tensor:
    """`x` plus Gaussian noise of standard deviation `sigma`, not clipped: any shape."""
    if not 0 <= sigma < math.inf:
        raise ValueError(f"expected a sigma of at least 0, got {sigma}")
    return x + sigma * torch.randn(x.shape, generator=generator, dtype=x.dtype).to(x.device)


def drop_pixels(x: Tensor, generator: torch.Generator, *, share: float = 0.3) -> Tensor:
    """`x` with each number set to 0 with probability `share` (masking noise: Vincent et al., 2008): any shape."""
    if not 0 <= share <= 1:
        raise ValueError(f"expected a share from 0 to 1, got {share}")
    return x * (torch.rand(x.shape, generator=generator) >= share).to(x)
