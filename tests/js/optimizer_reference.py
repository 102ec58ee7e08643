"""Writes optimizers.json, the paths of torch.optim for the JavaScript tests: python -m tests.js.optimizer_reference"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, optim

TARGET = Path(__file__).parent / "optimizers.json"
STEPS = 300
KEPT = (1, 2, 3, 10, 50, 100, 200, STEPS)
START = (1.5, -2.0, 0.3)

Make = Callable[..., optim.Optimizer]
# name -> the optimizer, and a rate that moves it well over 300 steps
MAKERS: dict[str, tuple[Make, float]] = {
    "sgd": (lambda p, **s: optim.SGD(p, **s), 0.02),
    "momentum": (lambda p, momentum=0.9, **s: optim.SGD(p, momentum=momentum, **s), 0.01),
    "nesterov": (lambda p, momentum=0.9, **s: optim.SGD(p, momentum=momentum, nesterov=True, **s), 0.01),
    "adagrad": (lambda p, **s: optim.Adagrad(p, **s), 0.3),
    "rmsprop": (lambda p, beta2=0.99, **s: optim.RMSprop(p, alpha=beta2, **s), 0.02),
    "adam": (lambda p, momentum=0.9, beta2=0.999, **s: optim.Adam(p, betas=(momentum, beta2), **s), 0.02),
    "adamw": (lambda p, momentum=0.9, beta2=0.999, **s: optim.AdamW(p, betas=(momentum, beta2), **s), 0.02),
}
USES = {
    "momentum": ("momentum",),
    "nesterov": ("momentum",),
    "rmsprop": ("beta2",),
    "adam": ("momentum", "beta2"),
    "adamw": ("momentum", "beta2"),
}
EXTRAS: tuple[dict[str, float], ...] = (
    {},
    {"momentum": 0.5},
    {"momentum": 0.97},
    {"beta2": 0.9},
    {"weight_decay": 0.1},
    {"momentum": 0.8, "beta2": 0.95, "weight_decay": 0.03},
)


def loss(p: Tensor) -> Tensor:
    """A coupled, curved loss of three numbers whose gradient `optimizers.test.js` writes out by hand."""
    return 0.5 * p[0] ** 2 + 2 * p[1] ** 2 + p[0] * p[1] + torch.cos(3 * p[2]) + 0.1 * p[2] ** 2 * p[0]


def gradient(p: Tensor) -> Tensor:
    """Autograd's gradient of `loss`."""
    leaf = p.detach().clone().requires_grad_()
    (grad,) = torch.autograd.grad(loss(leaf), leaf)
    return grad


def path(optimizer: optim.Optimizer, p: Tensor, lr_of: Callable[[int], float]) -> list[list[float]]:
    """The parameters after the steps in `KEPT`; the rate of each step is `lr_of(step)`."""
    kept = []
    for step in range(1, STEPS + 1):
        optimizer.param_groups[0]["lr"] = lr_of(step)
        p.grad = gradient(p)
        optimizer.step()
        if step in KEPT:
            kept.append(p.tolist())
    return kept


def case(name: str, extra: dict[str, float], halve_at: int = STEPS + 1) -> dict[str, Any]:
    """One optimizer and setting; its rate is halved from step `halve_at` on."""
    make, lr = MAKERS[name]
    p = torch.tensor(START, dtype=torch.float64)
    points = path(make([p], lr=lr, **extra), p, lambda step: lr if step < halve_at else lr / 2)
    settings = {"weightDecay" if key == "weight_decay" else key: value for key, value in extra.items()}
    return {"name": name, "settings": {"lr": lr, **settings}, "halve_at": halve_at, "points": points}


def reference() -> dict[str, Any]:
    """Every optimizer with its defaults, with each setting that it has, and with a rate that changes on the way."""
    cases = []
    for name in MAKERS:
        allowed = (*USES.get(name, ()), "weight_decay")
        variants = [{k: v for k, v in extra.items() if k in allowed} for extra in EXTRAS]
        distinct = [v for i, v in enumerate(variants) if v not in variants[:i]]
        cases += [case(name, extra) for extra in distinct]
        cases.append(case(name, {}, halve_at=60))
    return {"start": START, "steps": STEPS, "kept": KEPT, "cases": cases}


if __name__ == "__main__":
    TARGET.write_text(json.dumps(reference(), separators=(",", ":")) + "\n", encoding="utf-8")
