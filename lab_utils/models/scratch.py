"""A fully connected network without ready-made layers: matrices, sums and a bend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from lab_utils.core import generator


class ScratchMLP(nn.Module):
    """ReLU layers of the given `widths` (inputs first, outputs last) from matrix products alone: (B, widths[0]) in.

    `weights[l]` is (outputs, inputs) and `biases[l]` (outputs,), as in `nn.Linear`; both start uniform within
    ±1/√inputs, as there. `MLP` computes the same from the same numbers.
    """

    def __init__(self, widths: Sequence[int], *, seed: int = 0) -> None:
        super().__init__()
        _expect_widths(widths)
        chance = generator(seed)
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for n, m in pairwise(widths):  # a layer from n to m
            reach = 1 / math.sqrt(n)
            W, b = torch.empty(m, n), torch.empty(m)
            self.weights.append(W.uniform_(-reach, reach, generator=chance))
            self.biases.append(b.uniform_(-reach, reach, generator=chance))

    def forward(self, x: Tensor) -> Tensor:
        *hidden, (W, b) = zip(self.weights, self.biases, strict=True)
        h = x
        for W_l, b_l in hidden:
            z = h @ W_l.T + b_l  # (B, m)
            h = z.clamp(min=0)
        return h @ W.T + b


def _expect_widths(widths: Sequence[int]) -> None:
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"expected at least two positive widths (inputs, ..., outputs), got {tuple(widths)}")
