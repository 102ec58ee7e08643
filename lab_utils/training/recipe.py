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
from lab_utils.training.schedules import SCHEDULES

Augmentation = Callable[[torch.Tensor, torch.Generator], torch.Tensor]
Mix = Callable[[torch.Tensor, torch.Tensor, torch.Generator], tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class Recipe:
    """How to train: vary one setting with `dataclasses.replace(recipe, lr=3e-3)`; a misspelt name fails at once.

    `lr` is the highest learning rate that the schedule reaches; `warm_up` is the share of all updates in which a
    one-cycle or warm-up-cosine schedule climbs to it. `momentum` is that of sgd (0 for plain SGD) and nesterov.
    `augment` changes each batch of images (x, generator) -> x; `mix` changes images and labels together
    (x, y, generator) -> (x, y), for which the labels must be probabilities (`one_hot`). `l1` shrinks every weight by
    lr · l1 towards zero after each update, and leaves it there (`soft_threshold`). `precision` "auto" runs the network
    in bfloat16 where the processor computes in it, and in float32 elsewhere.
    """

    epochs: int
    batch_size: int = 64
    optimizer: Literal["sgd", "nesterov", "adagrad", "rmsprop", "adam", "adamw"] = "adam"
    lr: float = 1e-3
    momentum: float = 0.9
    weight_decay: float = 0.0
    l1: float = 0.0
    schedule: Literal["constant", "step", "exponential", "cosine", "warm-up-cosine", "cyclic", "one-cycle"] = "constant"
    warm_up: float = 0.25
    label_smoothing: float = 0.0
    augment: Augmentation | None = None
    mix: Mix | None = None
    precision: Literal["float32", "auto"] = "float32"
    channels_last: bool = False
    clip_norm: float | None = None

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if not isinstance(getattr(self, name), Integral) or isinstance(getattr(self, name), bool):
                raise ValueError(f"expected a whole number for {name}, got {getattr(self, name)!r}")
        for name in ("lr", "weight_decay", "l1", "warm_up", "label_smoothing", "momentum"):
            if not isinstance(getattr(self, name), Real):
                raise ValueError(f"expected a number for {name}, got {getattr(self, name)!r}")
        for name, smallest in (("epochs", 1), ("batch_size", 1), ("lr", 0.0), ("weight_decay", 0.0), ("l1", 0.0)):
            if not smallest <= getattr(self, name) < math.inf:
                raise ValueError(f"expected {name} of at least {smallest}, got {getattr(self, name)}")
        for name, allowed in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("precision", PRECISIONS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"expected {name} to be one of {', '.join(allowed)}, got {getattr(self, name)!r}")
        for name in ("warm_up", "label_smoothing", "momentum"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"expected {name} from 0 up to, but not including, 1, got {getattr(self, name)}")
        if self.optimizer == "nesterov" and not self.momentum > 0:
            raise ValueError("expected momentum above 0 for nesterov, which looks ahead along it, got 0")
        if self.clip_norm is not None and not self.clip_norm > 0:
            raise ValueError(f"expected clip_norm above 0, or None, got {self.clip_norm}")
        if self.augment is not None and not callable(self.augment):
            raise ValueError(f"expected a function (x, generator) -> x for augment, or None, got {self.augment!r}")
        if self.mix is not None and not callable(self.mix):
            raise ValueError(f"expected a function (x, y, generator) -> (x, y) for mix, or None, got {self.mix!r}")

    def settings(self) -> dict[str, Any]:
        """The recipe as plain values, to be stored and compared: a function is known by its name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**values, **{name: values[name] and name_of(values[name]) for name in ("augment", "mix")}}

    def make_optimizer(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The torch optimizer of this recipe over `parameters`."""
        return OPTIMIZERS[self.optimizer](list(parameters), self)

    def make_schedule(self, optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LambdaLR:
        """A torch schedule to be stepped after each of `steps` updates."""
        factor = SCHEDULES[self.schedule]
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: factor(min(step / steps, 1.0), self.warm_up))


OPTIMIZERS: dict[str, Callable[[list[nn.Parameter], Recipe], torch.optim.Optimizer]] = {
    "sgd": lambda p, r: torch.optim.SGD(p, lr=r.lr, momentum=r.momentum, weight_decay=r.weight_decay),
    "nesterov": lambda p, r: torch.optim.SGD(
        p, lr=r.lr, momentum=r.momentum, weight_decay=r.weight_decay, nesterov=True
    ),
    "adagrad": lambda p, r: torch.optim.Adagrad(p, lr=r.lr, weight_decay=r.weight_decay),
    "rmsprop": lambda p, r: torch.optim.RMSprop(p, lr=r.lr, weight_decay=r.weight_decay),
    # fused: one pass over each parameter instead of about ten; the same update.
    "adam": lambda p, r: torch.optim.Adam(p, lr=r.lr, weight_decay=r.weight_decay, fused=True),
    "adamw": lambda p, r: torch.optim.AdamW(p, lr=r.lr, weight_decay=r.weight_decay, fused=True),
}
PRECISIONS = ("float32", "auto")
