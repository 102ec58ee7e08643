"""The settings of a training run, as one value that can be printed, compared, varied and stored in the ledger."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any, Literal

import torch
from torch import nn

from lab_utils.training.augment import name_of

Augmentation = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


@dataclass(frozen=True)
class Recipe:
    """How to train: vary one setting with `dataclasses.replace(recipe, lr=3e-3)`; a misspelt name fails at once.

    `lr` is the highest learning rate that the schedule reaches; `warm_up` is the share of all updates in which a
    one-cycle schedule climbs to it. `augment` changes each batch of images (x, generator) -> x. `precision` "auto" runs
    the network in bfloat16 where the processor computes in it, and in float32 elsewhere.
    """

    epochs: int
    batch_size: int = 64
    optimizer: Literal["sgd", "adam", "adamw"] = "adam"
    lr: float = 1e-3
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: Literal["constant", "cosine", "one-cycle"] = "constant"
    warm_up: float = 0.25
    label_smoothing: float = 0.0
    augment: Augmentation | None = None
    precision: Literal["float32", "auto"] = "float32"
    channels_last: bool = False
    clip_norm: float | None = None

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if not isinstance(getattr(self, name), Integral) or isinstance(getattr(self, name), bool):
                raise ValueError(f"expected a whole number for {name}, got {getattr(self, name)!r}")
        for name in ("lr", "weight_decay", "warm_up", "label_smoothing", "momentum"):
            if not isinstance(getattr(self, name), Real):
                raise ValueError(f"expected a number for {name}, got {getattr(self, name)!r}")
        for name, smallest in (("epochs", 1), ("batch_size", 1), ("lr", 0.0), ("weight_decay", 0.0)):
            if not smallest <= getattr(self, name) < math.inf:
                raise ValueError(f"expected {name} of at least {smallest}, got {getattr(self, name)}")
        for name, allowed in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("precision", PRECISIONS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"expected {name} to be one of {', '.join(allowed)}, got {getattr(self, name)!r}")
        for name in ("warm_up", "label_smoothing", "momentum"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"expected {name} from 0 up to, but not including, 1, got {getattr(self, name)}")
        if self.clip_norm is not None and not self.clip_norm > 0:
            raise ValueError(f"expected clip_norm above 0, or None, got {self.clip_norm}")
        if self.augment is not None and not callable(self.augment):
            raise ValueError(f"expected a function (x, generator) -> x for augment, or None, got {self.augment!r}")

    def settings(self) -> dict[str, Any]:
        """The recipe as plain values, to be stored and compared: an augmentation is known by its name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**values, "augment": self.augment and name_of(self.augment)}

    def make_optimizer(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The torch optimizer of this recipe over `parameters`."""
        return OPTIMIZERS[self.optimizer](list(parameters), self)

    def make_schedule(self, optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LambdaLR:
        """A torch schedule to be stepped after each of `steps` updates."""
        factor = SCHEDULES[self.schedule]
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: factor(min(step / steps, 1.0), self.warm_up))


def one_cycle(progress: float, warm_up: float) -> float:
    """Share of the highest learning rate after `progress` in [0, 1] of training (Smith, 2018, with cosine flanks).

    It climbs from 1/25 during the share `warm_up` of training, then falls to almost nothing.
    """
    if progress < warm_up:
        return _cosine_between(1 / 25, 1.0, progress / warm_up)
    return _cosine_between(1.0, 1e-4, (progress - warm_up) / (1 - warm_up))


def _cosine_between(start: float, end: float, progress: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * progress)) / 2


OPTIMIZERS: dict[str, Callable[[list[nn.Parameter], Recipe], torch.optim.Optimizer]] = {
    "sgd": lambda p, r: torch.optim.SGD(p, lr=r.lr, momentum=r.momentum, weight_decay=r.weight_decay),
    # fused: one pass over each parameter instead of about ten; the same update.
    "adam": lambda p, r: torch.optim.Adam(p, lr=r.lr, weight_decay=r.weight_decay, fused=True),
    "adamw": lambda p, r: torch.optim.AdamW(p, lr=r.lr, weight_decay=r.weight_decay, fused=True),
}
SCHEDULES: dict[str, Callable[[float, float], float]] = {
    "constant": lambda progress, warm_up: 1.0,
    "cosine": lambda progress, warm_up: _cosine_between(1.0, 0.0, progress),
    "one-cycle": one_cycle,
}
PRECISIONS = ("float32", "auto")
