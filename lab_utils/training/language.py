"""What `fit` needs to train language models: their loss, and a callback that measures it on held-out text."""

from __future__ import annotations

from collections.abc import Collection

from torch import Tensor, nn
from torch.nn import functional as F

from lab_utils.evaluate import predict
from lab_utils.training.run import Callback, Examples, Run


def next_character_loss(logits: Tensor, y: Tensor) -> Tensor:
    """Mean cross-entropy of logits (B, T, V) about the characters y (B, T), in nats a character."""
    if logits.ndim != 3 or y.shape != logits.shape[:2]:
        raise ValueError(
            f"expected logits (B, T, V) and characters (B, T), got {tuple(logits.shape)} and {tuple(y.shape)}"
        )
    return F.cross_entropy(logits.flatten(0, 1), y.flatten())  # (B, T, V) -> (B·T, V): each place is one example


def text_loss(model: nn.Module, windows: Examples, *, batch_size: int = 64) -> float:
    """Mean loss of `model` on all `windows`, in nats a character: log V for a guess, less for what it has learned."""
    logits = predict(model, windows.x, batch_size=batch_size)
    return next_character_loss(logits, windows.y.cpu()).item()


class LossAlong(Callback):
    """Measures the loss on held-out `windows` after the given numbers of updates: `losses[step]`, nats a character."""

    def __init__(self, windows: Examples, steps: Collection[int]) -> None:
        self.windows, self.steps = windows, frozenset(steps)
        self.losses: dict[int, float] = {}

    def on_start(self, run: Run) -> None:
        self._measure(run, step=0)

    def on_step(self, run: Run) -> None:
        self._measure(run, step=len(run.history.step_loss))

    def _measure(self, run: Run, *, step: int) -> None:
        if step in self.steps:
            self.losses[step] = text_loss(run.model, self.windows)
