"""Writes alignment.json: what torch's autograd makes of each way down: python -m tests.js.alignment_reference"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, linear

TARGET = Path(__file__).parent / "alignment.json"
KINDS = ("backprop", "feedback", "direct", "readout")
ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu}


class FixedWayDown(torch.autograd.Function):
    """A linear map whose backward pass sends the error through another matrix (Lillicrap et al., 2016)."""

    @staticmethod
    def forward(ctx: Any, h: Tensor, weight: Tensor, bias: Tensor, feedback: Tensor) -> Tensor:
        ctx.save_for_backward(h, feedback)
        return linear(h, weight, bias)

    @staticmethod
    def backward(ctx: Any, error: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        h, feedback = ctx.saved_tensors
        return error @ feedback, error.T @ h, error.sum(0), None


def split(flat: Tensor, widths: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
    """Weights (outputs, inputs) and biases of each layer, views of the flat parameters."""
    layers, at = [], 0
    for inputs, outputs in pairwise(widths):
        weight = flat[at : at + inputs * outputs].view(outputs, inputs)
        layers.append((weight, flat[at + inputs * outputs : at + (inputs + 1) * outputs]))
        at += (inputs + 1) * outputs
    return layers


def gradient(
    kind: str, params: Tensor, feedback: Sequence[Tensor], widths: Sequence[int], x: Tensor, y: Tensor, activation: str
) -> Tensor:
    """The flat gradient of the mean cross-entropy, or what takes its place; ``feedback[l]`` leads into layer l + 1."""
    flat = params.clone().requires_grad_()
    layers, act = split(flat, widths), ACTIVATIONS[activation]
    hidden, h = [], x
    for i, (weight, bias) in enumerate(layers):
        below = h.detach() if kind in ("direct", "readout") else h
        fixed = kind == "feedback" and i > 0
        z = FixedWayDown.apply(below, weight, bias, feedback[i - 1]) if fixed else linear(below, weight, bias)
        h = act(z) if i + 1 < len(layers) else z
        hidden.append(h)
    loss = cross_entropy(h, y)
    if kind == "direct":  # each hidden layer is pulled along the output's error, sent straight to it
        error = torch.autograd.grad(loss, h, retain_graph=True)[0]
        loss = loss + sum((a * (error @ b)).sum() for a, b in zip(hidden[:-1], feedback, strict=True))
    return torch.autograd.grad(loss, flat)[0]


def case(kind: str, depth: int, activation: str, seed: int) -> dict[str, Any]:
    """A random network, feedback and batch, with the first gradient and the parameters after five steps."""
    generator = torch.Generator().manual_seed(seed)
    widths, count = [7, *[6] * depth, 4], 9

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    size = sum((i + 1) * o for i, o in pairwise(widths))
    params, x, y = 0.5 * draw(size), draw(count, widths[0]), torch.randint(4, (count,), generator=generator)
    shapes = [(4 if kind == "direct" else widths[layer + 1], widths[layer]) for layer in range(1, depth + 1)]
    feedback = [0.5 * draw(*shape) for shape in shapes]
    first = gradient(kind, params, feedback, widths, x, y, activation)
    after = params.clone()
    for _ in range(5):
        after -= 0.2 * gradient(kind, after, feedback, widths, x, y, activation)
    exact = gradient("backprop", params, feedback, widths, x, y, activation)
    weight, other = split(first, widths)[0][0], split(exact, widths)[0][0]
    cosine = torch.cosine_similarity(weight.flatten(), other.flatten(), dim=0).clamp(-1, 1)
    logits = forward(params, widths, x, activation)
    return {
        "kind": kind, "widths": widths, "activation": activation, "lr": 0.2, "steps": 5,
        "params": params.tolist(), "feedback": [f.flatten().tolist() for f in feedback],
        "x": x.flatten().tolist(), "y": y.tolist(), "gradient": first.tolist(), "after": after.tolist(),
        "angle": None if kind == "readout" else math.degrees(math.acos(float(cosine))),
        "loss": float(cross_entropy(logits, y)), "right": float((logits.argmax(1) == y).double().mean()),
    }  # fmt: skip


def forward(params: Tensor, widths: Sequence[int], x: Tensor, activation: str) -> Tensor:
    """Logits (N, classes)."""
    h, layers = x, split(params, widths)
    for weight, bias in layers[:-1]:
        h = ACTIVATIONS[activation](linear(h, weight, bias))
    return linear(h, *layers[-1])


def reference() -> list[dict[str, Any]]:
    """Every kind at one, two and three hidden layers."""
    cases = [(kind, depth, act) for kind in KINDS for depth, act in ((1, "tanh"), (2, "relu"), (3, "tanh"))]
    return [case(*settings, seed) for seed, settings in enumerate(cases)]


if __name__ == "__main__":
    TARGET.write_text(json.dumps(reference(), separators=(",", ":")) + "\n", encoding="utf-8")
