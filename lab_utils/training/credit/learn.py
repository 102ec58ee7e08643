"""The loop for rules that are not gradients, and how far their directions lie from the gradient.

`training.fit` calls `loss.backward()`; here the rule itself says how the weights should change. The rest is the same.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor, nn

from lab_utils.core import angle, generator
from lab_utils.training.credit.chain import Credit, chain_of
from lab_utils.training.credit.feedback import Backprop, Rule

Watch = Callable[[int, nn.Module, Credit], None]


class Labelled(Protocol):
    """Inputs x (N, ...) and int64 labels y (N,), such as `data.Split`."""

    @property
    def x(self) -> Tensor: ...
    @property
    def y(self) -> Tensor: ...


@dataclass
class CreditRun:
    """The mean loss of every batch before its update, in nats, and whether the run ended early because it diverged."""

    loss: list[float] = field(default_factory=list)
    diverged: bool = False


def learn(
    net: nn.Module,
    train: Labelled,
    rule: Rule,
    *,
    lr: float,
    epochs: int,
    batch_size: int = 50,
    seed: int,
    weight_decay: float = 0.0,
    project: Callable[[], None] | None = None,
    watch: Watch | None = None,
) -> CreditRun:
    """Change `net` in place by plain descent along the rule's directions; `seed` decides the order of the examples.

    The rate falls in equal steps from `lr` at the first update towards 0 after the last: at a constant rate, how well
    a network does at the end would depend on which examples came last.
    `project()` is called after each update, to put the weights back where they may be. `watch(update, net, credit)` is
    called before each update with its number from 1 on. A loss that is no longer finite ends the run.
    """
    _check(train, lr, epochs, batch_size, weight_decay)
    run, draw, updates = CreditRun(), generator(seed), epochs * math.ceil(len(train.y) / batch_size)
    for _ in range(epochs):
        for chosen in torch.randperm(len(train.y), generator=draw).split(batch_size):
            credit = rule(net, train.x[chosen], train.y[chosen])
            if not math.isfinite(credit.loss):
                run.diverged = True
                return run
            run.loss.append(credit.loss)
            if watch is not None:
                watch(len(run.loss), net, credit)
            rate = lr * (1 - (len(run.loss) - 1) / updates)
            _descend(net, credit, rate, weight_decay)
            rule.adapt(credit, rate, weight_decay)
            if project is not None:
                project()
    return run


def _check(train: Labelled, lr: float, epochs: int, batch_size: int, weight_decay: float) -> None:
    if not 0 < lr < math.inf or epochs < 1 or batch_size < 1 or not 0 <= weight_decay < math.inf:
        raise ValueError(
            f"expected positive lr, epochs and batch_size, weight_decay >= 0, got {lr}, {epochs}, {batch_size}, "
            f"{weight_decay}"
        )
    if len(train.x) == 0 or len(train.x) != len(train.y):
        raise ValueError(f"expected as many inputs as labels, got {len(train.x)} and {len(train.y)}")


@torch.no_grad()
def _descend(net: nn.Module, credit: Credit, lr: float, weight_decay: float) -> None:
    for w, gradient in zip(net.parameters(), credit.gradients, strict=True):
        w.sub_(lr * (gradient + weight_decay * w if w.ndim > 1 else gradient))


def angles(rule: Rule, net: nn.Module, x: Tensor, y: Tensor) -> list[float]:
    """Degrees between the rule's change of each layer's weights and the exact gradient, for one batch.

    0 is the gradient itself, 90 is no better than chance; a layer that the rule leaves alone gives NaN. The rule is
    asked in a copy, so that measuring changes nothing of what it has learned or will draw.
    """
    pairs = zip(copy.deepcopy(rule)(net, x, y).gradients[::2], Backprop()(net, x, y).gradients[::2], strict=True)
    return [angle(found, exact) if found.any() and exact.any() else math.nan for found, exact in pairs]


@torch.no_grad()
def keep_signs(net: nn.Module, *, excitatory: float = 0.8, seed: int = 0) -> Callable[[], None]:
    """Dale's law: what leaves a hidden unit is all positive or all negative. Sets the weights so; returns a `project`.

    A share `excitatory` of each hidden layer's units, drawn by `seed`, excites, the others inhibit. To start with,
    each weight takes its unit's sign; inhibitory ones are made larger, so that the two balance, and all then smaller,
    so that their mean square is what it was. Afterwards the project sets weights that crossed zero to zero. Inputs are
    free, and so are biases.
    """
    if not 0 < excitatory < 1:
        raise ValueError(f"expected a share of excitatory units between 0 and 1, got {excitatory}")
    draw = generator(seed)
    signed: list[tuple[Tensor, Tensor]] = []
    for layer in chain_of(net).layers[1:]:
        units = layer.in_features
        sign = -torch.ones(units)
        sign[torch.randperm(units, generator=draw)[: round(excitatory * units)]] = 1.0
        size = torch.where(sign > 0, torch.tensor(1.0), torch.tensor(excitatory / (1 - excitatory)))
        layer.weight.copy_(layer.weight.abs() * sign * size / size.square().mean().sqrt())
        signed.append((layer.weight, sign))

    @torch.no_grad()
    def project() -> None:
        for weight, sign in signed:
            weight.copy_(torch.where(weight * sign > 0, weight, torch.zeros(())))

    return project
