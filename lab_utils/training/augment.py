"""Random changes to a batch of images that leave its labels true. Each draws from the generator it is given."""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

import torch
from torch.nn import functional as F

from lab_utils.core import expect_images


class _Augmentation(Protocol):
    def __call__(self, x: torch.Tensor, generator: torch.Generator) -> torch.Tensor: ...


def flip(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Mirror each image (B, C, H, W) left to right with probability one half."""
    expect_images(x)
    chosen = torch.rand(len(x), generator=generator) < 0.5
    return torch.where(chosen[:, None, None, None].to(x.device), x.flip(-1), x)


def translate(x: torch.Tensor, generator: torch.Generator, *, pixels: int = 2) -> torch.Tensor:
    """Move each image (B, C, H, W) by up to `pixels` in each direction, filling the border with zeros."""
    expect_images(x)
    B, _, H, W = x.shape
    padded = F.pad(x, (pixels, pixels, pixels, pixels))
    offsets = torch.randint(2 * pixels + 1, (2, B, 1), generator=generator)
    rows = offsets[0] + torch.arange(H)  # (B, H): which padded rows each image takes
    columns = offsets[1] + torch.arange(W)  # (B, W)
    batch = torch.arange(B)[:, None, None]
    moved = padded.permute(0, 2, 3, 1)[batch, rows[:, :, None], columns[:, None, :]]  # (B, H, W, C)
    return moved.permute(0, 3, 1, 2)


def compose(*augmentations: _Augmentation) -> _Augmentation:
    """Apply several augmentations one after the other."""

    def applied(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        for augmentation in augmentations:
            x = augmentation(x, generator)
        return x

    applied.__name__ = f"compose({', '.join(name_of(each) for each in augmentations)})"
    return applied


def name_of(augmentation: Any) -> str:
    """What tells an augmentation from others in every process: "flip", or "translate(pixels=3)" of a partial one."""
    if isinstance(augmentation, partial):
        settings = [
            *map(repr, augmentation.args),
            *(f"{key}={value!r}" for key, value in augmentation.keywords.items()),
        ]
        return f"{name_of(augmentation.func)}({', '.join(settings)})"
    return getattr(augmentation, "__name__", type(augmentation).__name__)
