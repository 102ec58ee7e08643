"""What the network answers as a whole: logits in batches, and the share that is right."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lab_utils.measure.activations import batches, evaluating


def predict_logits(model: nn.Module, x: Tensor, *, batch_size: int = 128) -> Tensor:
    """Outputs of `model` for all of `x`, in evaluation mode and without gradients: (B, ...) -> (B, classes)."""
    with evaluating(model), torch.no_grad():
        return torch.cat([model(batch) for batch in batches(x, batch_size)])


def accuracy(logits: Tensor, y: Tensor) -> float:
    """Share of rows of `logits` (B, classes) whose largest entry is at the label in `y` (B,)."""
    if logits.ndim != 2 or y.shape != logits.shape[:1]:
        raise ValueError(
            f"expected logits (B, classes) and labels (B,), got {tuple(logits.shape)} and {tuple(y.shape)}"
        )
    return (logits.argmax(dim=1) == y).double().mean().item()
