"""What a training run is made of, and the hooks by which something may watch it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import nn

from lab_utils.training.history import History
from lab_utils.training.recipe import Recipe

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class Examples(Protocol):
    """Inputs and targets in memory, such as `data.Split`: x (N, ...) and y (N, ...)."""

    @property
    def x(self) -> torch.Tensor: ...
    @property
    def y(self) -> torch.Tensor: ...


@dataclass
class Run:
    """Everything that a training run is made of; callbacks read it, checkpoints store it."""

    model: nn.Module
    recipe: Recipe
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LambdaLR
    generator: torch.Generator
    history: History
    loss: Loss
    steps: int
    best_weights: dict[str, torch.Tensor] | None = None
    stop: bool = False


class Callback:
    """Something that watches a run: override what you need. Set `run.stop = True` to end it after this epoch."""

    def on_start(self, run: Run) -> None:
        """Called before the first update."""

    def on_step(self, run: Run) -> None:
        """Called after every update."""

    def on_epoch(self, run: Run) -> None:
        """Called after every epoch, when its record stands in `run.history.epochs`."""

    def on_end(self, run: Run) -> None:
        """Called once at the end, also after Ctrl-C."""
