"""Answers of a trained network, without gradients, leaving its mode as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode and no gradients inside the block; every module gets its own mode back afterwards."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes.items():
            module.training = training


def predict(model: nn.Module, x: torch.Tensor, *, batch_size: int = 1000) -> torch.Tensor:
    """Logits (N, K) in float32 for inputs (N, ...), computed on the model's own device."""
    if len(x) == 0:
        raise ValueError("expected at least one example, got an empty batch")
    place = next(model.parameters()).device
    with evaluating(model):
        return torch.cat([model(part.to(place)).float().cpu() for part in x.split(batch_size)])


def accuracy(model: nn.Module, x: torch.Tensor, y: torch.Tensor, *, batch_size: int = 1000) -> float:
    """Share of the examples (x, y) whose largest logit is the right class."""
    return (predict(model, x, batch_size=batch_size).argmax(1) == y).float().mean().item()
