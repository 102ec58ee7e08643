"""What `fit` needs to train language models: their loss, and a callback that measures it on held-out text."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab_utils.evaluate import predict
from lab_utils.training.run import Callback, Examples, Run


def next_character_loss(logits: Tensor, y: Tensor) -> Tensor:
    """Mean cross-entropy of logits (B, T, V) about the characters y (B, T), int64, in nats a character.

    Every character counts: torch's -100, "not counted", is refused, as is any other that is not among the V.
    """
    if logits.ndim != 3 or y.shape != logits.shape[:2]:
        raise ValueError(
            f"expected logits (B, T, V) and characters (B, T), got {tuple(logits.shape)} and {tuple(y.shape)}"
        )
    _expect_characters(y, vocabulary=logits.shape[2])
    return F.cross_entropy(logits.flatten(0, 1), y.flatten())  # (B, T, V) -> (B·T, V): each place is one example


def _expect_characters(y: Tensor, vocabulary: int) -> None:
    if y.dtype != torch.int64:
        raise ValueError(f"expected characters as int64, got {y.dtype}")
    if y.numel() == 0:
        raise ValueError(f"expected at least one character, got shape {tuple(y.shape)}")
    if y.min() < 0 or y.max() >= vocabulary:
        raise ValueError(f"expected characters from 0 to {vocabulary - 1}, got {y.min()} to {y.max()}")


def text_loss(model: nn.Module, windows: Examples, *, batch_size: int = 64) -> float:
    """Mean loss of `model` on all `windows`, in nats a character: log V for a guess, less for what it has learned."""
    logits = predict(model, windows.x, batch_size=batch_size)
    return next_character_loss(logits, windows.y.cpu()).item()


class LossAlong(Callback):
    """Measures the loss on held-out `windows` after the given numbers of updates: `losses[step]`, nats a character."""

    def __init__(self, windows: Examples, steps: Collection[int]) -> None:
        if wrong := [step for step in steps if not isinstance(step, int) or step < 0]:
            raise ValueError(f"expected numbers of updates as whole numbers from 0 up, got {wrong[0]}")
        self.windows, self.steps = windows, frozenset(steps)
        self.losses: dict[int, float] = {}

    def on_start(self, run: Run) -> None:
        self._measure(run, step=0)

    def on_step(self, run: Run) -> None:
        self._measure(run, step=len(run.history.step_loss))

    def _measure(self, run: Run, *, step: int) -> None:
        if step in self.steps:
            self.losses[step] = text_loss(run.model, self.windows)
