"""Twelve bits and a label: the small world in which information in layers was first measured."""

from __future__ import annotations

import itertools

import torch

from lab_utils.core import generator
from lab_utils.data.split import Split


def bit_patterns(bits: int = 12, *, seed: int = 0) -> Split:
    """All 2**bits patterns x of -1 and 1, float32 (N, bits), and labels y: 1 for one half, 0 for the other.

    The label is what a random network with 16 hidden tanh units says, cut at its median, so that it holds one bit and
    every input bit matters. Shwartz-Ziv & Tishby (2017) use 12 bits and a rule of their own.
    """
    if isinstance(bits, bool) or not isinstance(bits, int) or not 2 <= bits <= 16:
        raise ValueError(f"expected 2 to 16 bits, got {bits!r}")
    chance = generator(seed)
    x = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=bits)))
    hidden = torch.tanh(x @ torch.randn(bits, 16, generator=chance) / 2)
    value = hidden @ torch.randn(16, generator=chance)
    return Split(x, (value.argsort().argsort() >= len(x) // 2).long())
