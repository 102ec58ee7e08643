"""Attention: each place of a sequence asks all others a question and takes a weighted mean of what they hold."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from lab_utils.models.positions import rotate


def scaled_dot_product_attention(
    q: Tensor, k: Tensor, v: Tensor, *, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """softmax(q·kᵀ/√D)·v (Vaswani et al., "Attention Is All You Need", 2017, equation 1), and its weights.

    Queries q (..., T, D), keys k (..., S, D), values v (..., S, E); returns (..., T, E) and weights (..., T, S), each
    row of which sums to 1. `mask` is boolean, (T, S) or broadcastable to the weights, True where a query may look.
    """
    _expect_qkv(q, k, v, mask)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (..., T, D) @ (..., D, S) -> (..., T, S)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)  # exp(-inf) = 0: no weight, and no gradient either
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


def causal_mask(length: int) -> Tensor:
    """Who may look at whom when nobody may see the future: boolean (T, T), True on and below the diagonal."""
    if length < 1:
        raise ValueError(f"expected a length of at least 1, got {length}")
    return torch.ones(length, length, dtype=torch.bool).tril()


class Attention(nn.Module):
    """Multi-head self-attention, (B, T, C) -> (B, T, C): `heads` heads share out C = `width`, D = C/heads each.

    `causal` hides the future; `rotary` turns queries and keys by their places. The weights are laid out as those of
    `nn.MultiheadAttention`: `qkv` is its in_proj, `out` its out_proj. `keep` (heads,) multiplies what each head says:
    0 switches it off.
    """

    keep: Tensor

    def __init__(self, width: int, heads: int, *, causal: bool = False, rotary: bool = False) -> None:
        super().__init__()
        if width < 1 or heads < 1 or width % heads:
            raise ValueError(f"expected a width that {heads} heads share evenly, got {width}")
        if rotary and width // heads % 2:
            raise ValueError(f"expected an even number of features a head for rotary positions, got {width // heads}")
        self.heads, self.causal, self.rotary = heads, causal, rotary
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.register_buffer("keep", torch.ones(heads), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        mixed, _ = self.look(x)  # (B, H, T, D)
        return self.out((mixed * self.keep[:, None, None]).transpose(1, 2).flatten(2))  # heads side by side: (B, T, C)

    def look(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What each head gathers (B, H, T, D), and the weights (B, H, T, T) with which each place looks at each."""
        if x.ndim != 3 or x.shape[2] != self.out.in_features:
            raise ValueError(f"expected features of shape (B, T, {self.out.in_features}), got {tuple(x.shape)}")
        q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # (B, T, 3C) -> 3 × (B, H, T, D)
        if self.rotary:
            q, k = rotate(torch.stack([q, k]))
        mask = causal_mask(x.shape[1]).to(x.device) if self.causal else None
        return scaled_dot_product_attention(q, k, v, mask=mask)


def _expect_qkv(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> None:
    """Raise ValueError, or TypeError for other numbers, unless the three and the mask fit one another."""
    if not q.is_floating_point() or not q.dtype == k.dtype == v.dtype:
        raise TypeError(f"expected floating-point q, k and v of one type, got {q.dtype}, {k.dtype}, {v.dtype}")
    shapes = ", ".join(str(tuple(each.shape)) for each in (q, k, v))
    if min(q.ndim, k.ndim, v.ndim) < 2 or q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        raise ValueError(f"expected q (..., T, D), k (..., S, D) and v (..., S, E), got {shapes}")
    if 0 in k.shape[-2:]:
        raise ValueError(f"expected D and S at least 1, something to compare, got q, k and v of {shapes}")
    weights = _broadcast(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    if weights is None:
        raise ValueError(f"expected leading axes of q, k and v that broadcast, got {shapes}")
    if mask is not None:
        _expect_mask(mask, (*weights, q.shape[-2], k.shape[-2]))


def _expect_mask(mask: Tensor, weights: tuple[int, ...]) -> None:
    """Raise TypeError or ValueError unless `mask` is boolean, fits weights of that shape and leaves no row empty."""
    if mask.dtype != torch.bool:
        raise TypeError(f"expected a boolean mask, True where a query may look, got {mask.dtype}")
    if _broadcast(mask.shape, weights) != weights:
        raise ValueError(f"expected a mask broadcastable to {weights}, got {tuple(mask.shape)}")
    if not mask.any(dim=-1).all():
        raise ValueError("expected a mask that lets every query look somewhere, got a row without any True")


def _broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that all of them broadcast to, or None."""
    try:
        return tuple(torch.broadcast_shapes(*shapes))
    except RuntimeError:
        return None
