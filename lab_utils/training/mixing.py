"""Two examples made into one: changes to a batch of images that change its labels too, which are therefore shares.

Like augmentations they draw from the generator they are given; in a recipe they are its `mix`.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from lab_utils.core import expect_images
from lab_utils.training.augment import rectangles


def one_hot(y: Tensor, classes: int) -> Tensor:
    """Labels (N,) as probabilities (N, classes): 1 at the label, 0 elsewhere. Cross-entropy takes either."""
    if y.ndim != 1 or y.is_floating_point():
        raise ValueError(f"expected integer labels of shape (N,), got {y.dtype} of shape {tuple(y.shape)}")
    if len(y) and not 0 <= int(y.min()) <= int(y.max()) < classes:
        raise ValueError(f"expected labels from 0 to {classes - 1}, got {int(y.min())} to {int(y.max())}")
    return F.one_hot(y, classes).float()


def mixup(x: Tensor, y: Tensor, generator: torch.Generator, *, alpha: float = 0.2) -> tuple[Tensor, Tensor]:
    """Blend each example with another of its batch: λ of it and 1 - λ of the other, inputs and labels alike.

    Zhang et al. (2018), equation in section 2, with λ ~ Beta(alpha, alpha) drawn for each example. `x` (B, ...) and
    `y` (B, K) probabilities, to the same shapes. A small `alpha` leaves most examples almost as they were.
    """
    _expect_pair(x, y)
    partner = torch.randperm(len(x), generator=generator).to(x.device)
    share = _beta(alpha, len(x), generator).to(x)
    beside = share.view(-1, *[1] * (x.ndim - 1))  # (B, 1, ...)
    return beside * x + (1 - beside) * x[partner], share[:, None] * y + (1 - share[:, None]) * y[partner]


def cutmix(x: Tensor, y: Tensor, generator: torch.Generator, *, alpha: float = 1.0) -> tuple[Tensor, Tensor]:
    """Paste a rectangle of another image of the batch into each image; the label is shared as the pixels are.

    Yun et al. (2019), equations 1 and 2: the rectangle takes 1 - λ of the area before it is cut off at the image's
    edge, λ ~ Beta(alpha, alpha), its centre anywhere. `x` (B, C, H, W), `y` (B, K) probabilities.
    """
    expect_images(x)
    _expect_pair(x, y)
    B, _, H, W = x.shape
    partner = torch.randperm(B, generator=generator).to(x.device)
    side = (1 - _beta(alpha, B, generator)).sqrt()
    height, width = (H * side).round(), (W * side).round()
    middle_y, middle_x = torch.rand(2, B, generator=generator) * torch.tensor([[H], [W]])
    top, left = (middle_y - height / 2).round(), (middle_x - width / 2).round()
    mask = rectangles((H, W), top, left, height, width).to(x.device)
    kept = 1 - mask.flatten(1).to(y.dtype).mean(1, keepdim=True)  # (B, 1): what is left of the image's own pixels
    return torch.where(mask, x[partner], x), kept * y + (1 - kept) * y[partner]


def _beta(alpha: float, count: int, generator: torch.Generator) -> Tensor:
    """Draws from Beta(alpha, alpha). torch's own take no generator, so NumPy draws, seeded by it."""
    if not 0 < alpha < math.inf:
        raise ValueError(f"expected alpha above 0, got {alpha}")
    seed = int(torch.randint(2**62, (1,), generator=generator))
    return torch.from_numpy(np.random.default_rng(seed).beta(alpha, alpha, count)).float()


def _expect_pair(x: Tensor, y: Tensor) -> None:
    if len(x) == 0 or not x.is_floating_point():
        raise ValueError(f"expected at least one floating-point example, got {x.dtype} of shape {tuple(x.shape)}")
    if y.ndim != 2 or len(y) != len(x) or not y.is_floating_point():
        raise ValueError(
            f"expected labels as probabilities of shape ({len(x)}, K), got {y.dtype} of shape {tuple(y.shape)};"
            " make them with one_hot(y, classes)"
        )
