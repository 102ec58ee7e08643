"""Writes playground_reference.json, what PyTorch, scikit-learn and NumPy say to the playground's arithmetic.

python -m tests.js.playground_reference
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from torch.nn import functional as F

from lab_utils.core import generator

TARGET = Path(__file__).parent / "playground_reference.json"
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "linear": lambda z: z,
}
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "momentum": lambda p, **s: torch.optim.SGD(p, momentum=0.9, **s),
    "nesterov": lambda p, **s: torch.optim.SGD(p, momentum=0.9, nesterov=True, **s),
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
RATES = {"sgd": 0.5, "momentum": 0.1, "nesterov": 0.1, "adagrad": 0.1, "rmsprop": 0.02, "adam": 0.05, "adamw": 0.05}


def forward(parameters: list[Tensor], activation: str, x: Tensor) -> Tensor:
    """Logits (N,) of the network with these weights and biases."""
    h = x
    for number, (weight, bias) in enumerate(zip(parameters[::2], parameters[1::2], strict=True), start=1):
        h = F.linear(h, weight, bias)
        h = ACTIVATIONS[activation](h) if 2 * number < len(parameters) else h
    return h[:, 0]


def draw(widths: tuple[int, ...], count: int, seed: int) -> tuple[list[Tensor], Tensor, Tensor]:
    """Parameters of a network in float64, points and labels of both classes."""
    chance = generator(seed)
    parameters = []
    for inputs, outputs in pairwise(widths):
        for shape in ((outputs, inputs), (outputs,)):
            parameters.append(torch.randn(shape, generator=chance, dtype=torch.float64).requires_grad_())
    x = 1.5 * torch.randn(count, 2, generator=chance, dtype=torch.float64)
    y = ((x[:, 0] * x[:, 1] > 0) ^ (torch.rand(count, generator=chance) < 0.1)).double()
    return parameters, x, y


def flat(tensors: list[Tensor]) -> list[float]:
    """All numbers in PyTorch's order."""
    return [round(v, 12) for tensor in tensors for v in tensor.detach().flatten().tolist()]


def gradient_case(activation: str, widths: tuple[int, ...], seed: int) -> dict[str, Any]:
    """Loss and gradient of one network on one batch."""
    parameters, x, y = draw(widths, 17, seed)
    before = flat(parameters)
    loss = F.binary_cross_entropy_with_logits(forward(parameters, activation, x), y)
    loss.backward()
    return {
        "activation": activation,
        "widths": widths,
        "params": before,
        "x": flat([x]),
        "y": flat([y]),
        "loss": loss.item(),
        "grads": flat([p.grad for p in parameters]),
    }


def penalised(loss: Tensor, parameters: list[Tensor], penalty: str, strength: float) -> Tensor:
    """L1 is part of the loss; L2 is the optimizer's weight decay."""
    return loss + strength * sum(p.abs().sum() for p in parameters) if penalty == "l1" else loss


def training_case(activation: str, optimizer: str, penalty: str, steps: int = 25) -> dict[str, Any]:
    """Parameters after some full-batch steps."""
    strength = 0.03
    parameters, x, y = draw((2, 4, 3, 1), 30, 5)
    start = flat(parameters)
    chosen = OPTIMIZERS[optimizer](parameters, lr=RATES[optimizer], weight_decay=strength if penalty == "l2" else 0.0)
    for _ in range(steps):
        chosen.zero_grad()
        loss = F.binary_cross_entropy_with_logits(forward(parameters, activation, x), y)
        penalised(loss, parameters, penalty, strength).backward()
        chosen.step()
    return {
        "activation": activation,
        "optimizer": optimizer,
        "penalty": penalty,
        "strength": strength,
        "lr": RATES[optimizer],
        "steps": steps,
        "params": start,
        "x": flat([x]),
        "y": flat([y]),
        "after": flat(parameters),
    }


def activation_case(name: str) -> dict[str, Any]:
    """Values and slopes, far out on both sides too; the kink of ReLU is left out."""
    z = torch.tensor([-40.0, -8, -3, -1, -0.3, -1e-4, 1e-4, 0.3, 1, 3, 8, 40], dtype=torch.float64).requires_grad_()
    h = ACTIVATIONS[name](z)
    h.sum().backward()
    return {"name": name, "z": z.tolist(), "value": h.tolist(), "slope": z.grad.tolist()}


def probe_case(width: int, seed: int) -> dict[str, Any]:
    """The cut of scikit-learn's logistic regression with the penalty of `measure.linear_probe`."""
    chance = np.random.default_rng(seed)
    h = chance.normal(size=(80, width)) * chance.uniform(0.1, 5, size=width) + chance.normal(size=width)
    y = (h @ chance.normal(size=width) + chance.normal(size=80) > 0).astype(float)
    scaler = StandardScaler().fit(h)
    model = LogisticRegression(C=1 / (0.01 * len(y)), tol=1e-12, max_iter=10_000).fit(scaler.transform(h), y)
    weight = model.coef_[0] / scaler.scale_
    return {
        "width": width,
        "h": h.ravel().tolist(),
        "y": y.tolist(),
        "weight": weight.tolist(),
        "bias": float(model.intercept_[0] - weight @ scaler.mean_),
        "accuracy": float(model.score(scaler.transform(h), y)),
    }


def plane_case(width: int, seed: int) -> dict[str, Any]:
    """Projector onto the two leading principal components, and their share of the variance."""
    chance = np.random.default_rng(seed)
    h = chance.normal(size=(60, width)) @ chance.normal(size=(width, width))
    values, vectors = np.linalg.eigh(np.cov(h.T, bias=True))
    axes = vectors[:, -2:]
    return {
        "width": width,
        "h": h.ravel().tolist(),
        "projector": (axes @ axes.T).ravel().tolist(),
        "share": float(values[-2:].sum() / values.sum()),
    }


def reference() -> dict[str, Any]:
    """All cases."""
    shapes = ((2, 1), (2, 1, 1), (2, 5, 3, 1), (2, 8, 8, 1), (2, 3, 4, 2, 5, 1))
    trained = [(a, "adam", p) for a in ACTIVATIONS for p in ("none", "l1", "l2")]
    trained += [("tanh", o, p) for o in OPTIMIZERS for p in ("none", "l1", "l2")]
    return {
        "erf": [[x / 8, math.erf(x / 8)] for x in range(-56, 57)],
        "activations": [activation_case(name) for name in ACTIVATIONS],
        "gradients": [gradient_case(a, w, s) for a in ACTIVATIONS for s, w in enumerate(shapes)],
        "training": [training_case(*case) for case in trained],
        "probes": [probe_case(width, seed) for seed, width in enumerate((1, 2, 3, 8))],
        "planes": [plane_case(width, seed) for seed, width in enumerate((3, 5, 8))],
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(reference(), separators=(",", ":")) + "\n", encoding="utf-8")
