"""A small vision transformer: an image as a sequence of patches."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lab_utils.core import expect_images, seeded
from lab_utils.models.transformer import DEVIATION, Block, initialise


class ViT(nn.Module):
    """Images (B, 1, 28, 28) to logits (B, 10): patches, one token each, through blocks, then the mean of the tokens.

    Patches of `patch` pixels do not overlap: 7 gives 4 × 4 = 16 tokens (and 104,970 parameters). What stands where is
    learned, one vector a token; nothing else tells the model that an image is flat. Source: Dosovitskiy et al., "An
    Image is Worth 16x16 Words", ICLR 2021; the mean in place of a class token as in their appendix D.3.
    """

    def __init__(self, *, patch: int = 7, width: int = 64, depth: int = 2, heads: int = 4, seed: int = 0) -> None:
        super().__init__()
        if patch < 1 or 28 % patch:
            raise ValueError(f"expected a patch that divides 28 pixels, got {patch}")
        if depth < 1:
            raise ValueError(f"expected a depth of at least 1, got {depth}")
        with seeded(seed):
            self.patches = nn.Conv2d(1, width, kernel_size=patch, stride=patch)  # one linear map, patch by patch
            self.place = nn.Parameter(torch.zeros((28 // patch) ** 2, width))
            self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
            self.norm = nn.LayerNorm(width)
            self.linear = nn.Linear(width, 10)
            initialise(self.blocks, depth)
            nn.init.normal_(self.place, std=DEVIATION)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.norm(self.tokens(x)).mean(dim=1))  # (B, T, C) -> (B, C) -> (B, 10)

    def tokens(self, x: Tensor) -> Tensor:
        """The residual stream after the last block: (B, T, C), the patches row by row."""
        expect_images(x, channels=1)
        if x.shape[2:] != (28, 28):
            raise ValueError(f"expected images of 28 by 28 pixels, got {x.shape[2]} by {x.shape[3]}")
        h = self.patches(x).flatten(2).transpose(1, 2) + self.place  # (B, C, 7, 7) -> (B, C, T) -> (B, T, C)
        for block in self.blocks:
            h = block(h)
        return h
