"""Answers of a network as they count: in evaluation mode, without gradients, every mode left as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Run `model` in evaluation mode inside the block, then give every submodule the mode that it had."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def predict(model: nn.Module, x: Tensor, *, batch_size: int = 500) -> Tensor:
    """Outputs (N, ...) of `model` for `x` (N, ...), computed in batches on its own device; float32, on the CPU."""
    if len(x) == 0:
        raise ValueError("expected at least one example, got an empty batch")
    parameter = next(model.parameters(), x)
    with evaluating(model), torch.no_grad():
        return torch.cat([model(part.to(parameter.device)).float().cpu() for part in x.split(batch_size)])


def accuracy(model: nn.Module, x: Tensor, y: Tensor, *, batch_size: int = 500) -> float:
    """Share of the examples `x` (N, ...) whose largest logit is at the label in `y` (N,)."""
    if y.shape != x.shape[:1]:
        raise ValueError(f"expected a label for each of {len(x)} examples, got labels of shape {tuple(y.shape)}")
    return (predict(model, x, batch_size=batch_size).argmax(1) == y.cpu()).double().mean().item()
