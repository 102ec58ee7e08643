"""The transformer: blocks that read from and add to a residual stream, and a small GPT built of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor, nn

from lab_utils.core import seeded
from lab_utils.evaluate import evaluating
from lab_utils.models.attention import Attention
from lab_utils.models.positions import sinusoidal

Positions = Literal["none", "sinusoidal", "learned", "rotary"]
POSITIONS = ("none", "sinusoidal", "learned", "rotary")
DEVIATION = 0.02  # of the initial weights, as in GPT-2


class Block(nn.Module):
    """A pre-norm block, (B, T, C) -> (B, T, C): attention moves information between places, an MLP works at each.

    `expand` times C is the MLP's hidden width; 0 leaves the MLP out. Without `residual`, what came in is lost unless
    attention and MLP pass it on. Xiong et al., "On Layer Normalization in the Transformer Architecture", 2020.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        causal: bool = False,
        rotary: bool = False,
        expand: int = 4,
        residual: bool = True,
    ) -> None:
        super().__init__()
        if expand < 0:
            raise ValueError(f"expected an expand of at least 0, got {expand}")
        self.residual = residual
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads, causal=causal, rotary=rotary)
        if expand:
            self.norm2 = nn.LayerNorm(width)
            self.mlp = nn.Sequential(nn.Linear(width, expand * width), nn.GELU(), nn.Linear(expand * width, width))
        self.expand = expand

    def forward(self, h: Tensor) -> Tensor:
        h = self.attention(self.norm1(h)) + (h if self.residual else 0)
        if self.expand:
            h = self.mlp(self.norm2(h)) + (h if self.residual else 0)
        return h


class GPT(nn.Module):
    """A decoder-only transformer: ids (B, T) of characters, int64, T <= `context`, to logits (B, T, `vocabulary`).

    The logits at place t are about the character at t + 1, and depend on places 0 to t alone. One matrix both embeds
    characters and reads them out (Press & Wolf, 2017), unless `tied=False`. `positions` is how the model knows places;
    `residual=False` takes the residual connections out, `expand=0` the MLPs. Initial weights: GPT-2's (Radford et al.,
    2019): normal with deviation 0.02, those that write to the residual stream smaller by √(2·depth).
    """

    blocks: Any  # an nn.ModuleList of Block, whose items torch's types know as Module alone
    waves: Tensor

    def __init__(
        self,
        vocabulary: int,
        context: int,
        width: int = 96,
        depth: int = 4,
        heads: int = 4,
        *,
        positions: Positions = "rotary",
        expand: int = 4,
        residual: bool = True,
        tied: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if min(vocabulary, context, depth) < 1:
            raise ValueError(f"expected positive vocabulary, context and depth, got {vocabulary}, {context}, {depth}")
        if positions not in POSITIONS:
            raise ValueError(f"expected positions to be one of {', '.join(POSITIONS)}, got {positions!r}")
        self.context, self.positions = context, positions
        with seeded(seed):
            self.embed = nn.Embedding(vocabulary, width)
            self.place = nn.Parameter(torch.zeros(context, width)) if positions == "learned" else None
            if positions == "sinusoidal":
                # As small as the embeddings begin: waves of size 1 would drown them. Vaswani et al. enlarge the
                # embeddings instead, by √C.
                self.register_buffer("waves", DEVIATION * sinusoidal(context, width), persistent=False)
            self.blocks = nn.ModuleList(
                Block(width, heads, causal=True, rotary=positions == "rotary", expand=expand, residual=residual)
                for _ in range(depth)
            )
            self.norm = nn.LayerNorm(width)
            self.head = None if tied else nn.Linear(width, vocabulary, bias=False)
            initialise(self, depth)

    def forward(self, ids: Tensor) -> Tensor:
        h = self.embedded(ids)
        for block in self.blocks:
            h = block(h)
        reader = self.embed if self.head is None else self.head
        return self.norm(h) @ reader.weight.T  # (B, T, C) @ (C, V): the embedding reads out too, if tied

    def embedded(self, ids: Tensor) -> Tensor:
        """The residual stream before the first block: (B, T, C)."""
        if ids.ndim != 2 or ids.dtype != torch.int64:
            raise ValueError(f"expected ids as int64 of shape (B, T), got {ids.dtype} of shape {tuple(ids.shape)}")
        if not 1 <= ids.shape[1] <= self.context:
            raise ValueError(f"expected 1 to {self.context} characters, the context, got {ids.shape[1]}")
        _expect_ids(ids, self.embed.num_embeddings)
        h = self.embed(ids)
        if self.place is not None:
            return h + self.place[: ids.shape[1]]
        return h + self.waves[: ids.shape[1]] if self.positions == "sinusoidal" else h

    @torch.no_grad()
    def attend(self, ids: Tensor) -> Tensor:
        """Where each head looks: weights (depth, B, heads, T, T), row = the place that looks."""
        with evaluating(self):
            h, seen = self.embedded(ids), []
            for block in self.blocks:
                seen.append(block.attention.look(block.norm1(h))[1])
                h = block(h)
        return torch.stack(seen)

    @contextmanager
    def without(self, heads: Sequence[tuple[int, int]]) -> Iterator[None]:
        """Inside the block the given heads, (layer, head) from 0 up, say nothing; afterwards all speak as before."""
        keeps = [block.attention.keep.clone() for block in self.blocks]
        if any(isinstance(each, int) for each in heads):
            raise TypeError(f"expected pairs (layer, head), as in [(0, 1)], got {heads}")
        for layer, head in heads:
            if not (0 <= layer < len(keeps) and 0 <= head < len(keeps[0])):
                raise ValueError(f"expected (layer, head) below ({len(keeps)}, {len(keeps[0])}), got {layer, head}")
        try:
            for layer, head in heads:
                self.blocks[layer].attention.keep[head] = 0
            yield
        finally:
            for block, keep in zip(self.blocks, keeps, strict=True):
                block.attention.keep.copy_(keep)


def _expect_ids(ids: Tensor, vocabulary: int) -> None:
    """Raise ValueError for an id that no character has: torch would name neither it nor the range."""
    if len(ids) and not (ids.min() >= 0 and ids.max() < vocabulary):
        raise ValueError(f"expected ids from 0 to {vocabulary - 1}, got {ids.min()} to {ids.max()}")


def initialise(model: nn.Module, depth: int) -> None:
    """GPT-2's initial weights: normal, smaller by √(2·depth) for the maps that write to the residual stream."""
    for name, weight in model.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(weight)
        elif weight.ndim == 2:
            writes = name.endswith(("attention.out.weight", "mlp.2.weight"))
            nn.init.normal_(weight, std=DEVIATION / (2 * depth) ** 0.5 if writes else DEVIATION)
