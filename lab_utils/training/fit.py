"""The one training loop of the book."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from tqdm.std import tqdm

from lab_utils.core import generator, seeded
from lab_utils.evaluate import predict
from lab_utils.training.checkpoint import Checkpoint, restore
from lab_utils.training.history import EpochRecord, History
from lab_utils.training.precision import autocast
from lab_utils.training.recipe import Recipe
from lab_utils.training.run import Callback, Examples, Loss, Run
from lab_utils.training.sparsity import shrink_weights


def fit(
    model: nn.Module,
    train: Examples,
    recipe: Recipe,
    *,
    validation: Examples | None = None,
    loss: Loss | None = None,
    seed: int = 0,
    callbacks: Sequence[Callback] = (),
    resume: Path | None = None,
    progress: bool | None = None,
) -> History:
    """Train `model` in place by `recipe` on mini-batches of `train` and return what happened.

    `loss(outputs, y)` is cross-entropy unless given. `seed` decides the order of the examples, the augmentation and
    dropout; the same seed on the same machine gives the same bits. `resume` goes on from a file that the `Checkpoint`
    callback wrote, bitwise as if never stopped. Ctrl-C ends the run and returns the history so far. `progress=None`
    shows a bar unless the environment says LAB_STATIC=1.
    """
    _check(training=train, validation=validation)
    steps = recipe.epochs * math.ceil(len(train.y) / recipe.batch_size)
    optimizer = recipe.make_optimizer(model.parameters())
    schedule = recipe.make_schedule(optimizer, steps)
    loss = loss or (lambda logits, y: F.cross_entropy(logits, y, label_smoothing=recipe.label_smoothing))
    run = Run(model, recipe, optimizer, schedule, generator(seed), History(), loss, steps)
    if recipe.channels_last:
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing from torch's stubs
    with seeded(seed), _bar(steps, progress) as bar:
        if resume is not None:
            restore(run, resume)
            bar.update(len(run.history.step_loss))
        watchers = sorted([*callbacks, _Progress(bar)], key=_stores)
        _call(watchers, "on_start", run)
        try:
            while len(run.history.epochs) < recipe.epochs and not run.stop:
                _one_epoch(run, train, validation, watchers)
        except KeyboardInterrupt:
            run.history.interrupted = True
        _call(watchers, "on_end", run)
    return run.history


def _one_epoch(run: Run, train: Examples, validation: Examples | None, watchers: Sequence[Callback]) -> None:
    started, cpu_started = time.perf_counter(), time.process_time()
    losses = train_epoch(run, train, watchers)
    validation_loss, validation_accuracy = _validate(run, validation) if validation is not None else (None, None)
    run.history.epochs.append(
        EpochRecord(
            epoch=len(run.history.epochs) + 1,
            train_loss=sum(losses) / len(losses),
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            seconds=time.perf_counter() - started,
            cpu_seconds=time.process_time() - cpu_started,
        )
    )
    _call(watchers, "on_epoch", run)


def train_epoch(run: Run, train: Examples, watchers: Sequence[Callback] = ()) -> list[float]:
    """One pass over `train`: the loss of each update. This is the loop that the rest of the package serves."""
    run.model.train()
    losses = []
    for x, y in batches(train, run):
        run.optimizer.zero_grad()
        with autocast(run.recipe, x.device):
            outputs = run.model(x)
        loss = run.loss(outputs.float(), y)
        loss.backward()
        if run.recipe.clip_norm is not None:
            nn.utils.clip_grad_norm_(run.model.parameters(), run.recipe.clip_norm)
        run.optimizer.step()
        if run.recipe.l1:
            shrink_weights(run.model.parameters(), by=run.recipe.l1 * run.optimizer.param_groups[0]["lr"])
        losses.append(loss.item())
        run.history.step_loss.append(losses[-1])
        run.history.step_lr.append(run.optimizer.param_groups[0]["lr"])
        run.schedule.step()
        _call(watchers, "on_step", run)
    return losses


def batches(train: Examples, run: Run) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Mini-batches of `train` in a new random order, augmented and mixed, on the model's device.

    The last may be smaller.
    """
    place = next(run.model.parameters()).device
    layout = torch.channels_last if run.recipe.channels_last else torch.contiguous_format
    for chosen in torch.randperm(len(train.y), generator=run.generator).split(run.recipe.batch_size):
        x, y = train.x[chosen], train.y[chosen]
        if run.recipe.augment is not None:
            x = run.recipe.augment(x, run.generator)
        if run.recipe.mix is not None:
            x, y = run.recipe.mix(x, y, run.generator)
        yield x.to(place).contiguous(memory_format=layout), y.to(place)


def _validate(run: Run, validation: Examples) -> tuple[float, float | None]:
    """Mean loss, and the share of right answers where the targets are classes."""
    outputs = predict(run.model, validation.x)
    y = validation.y.cpu()  # where `predict` leaves the outputs
    loss = run.loss(outputs, y).item()
    if y.is_floating_point():
        return loss, None
    return loss, (outputs.argmax(1) == y).float().mean().item()


def _check(**given: Examples | None) -> None:
    """Raise for examples that cannot be learned from, before any weight has changed."""
    for purpose, examples in given.items():
        if examples is not None:
            _check_examples(examples, purpose)


def _check_examples(examples: Examples, purpose: str) -> None:
    if not isinstance(getattr(examples, "x", None), torch.Tensor) or not isinstance(examples.y, torch.Tensor):
        kind = type(examples).__name__
        raise TypeError(f"expected {purpose} examples with tensors x and y, such as data.Split(x, y), got {kind}")
    inputs, targets = len(examples.x), len(examples.y)
    if inputs != targets:
        raise ValueError(f"expected as many inputs as targets, got {inputs} inputs and {targets} targets for {purpose}")
    if targets == 0:
        raise ValueError(f"expected at least one {purpose} example, got none")
    for name, values in (("inputs", examples.x), ("targets", examples.y)):
        if not torch.isfinite(values).all():
            raise ValueError(f"expected finite {name} for {purpose}, got NaN or infinity among them")


def _call(watchers: Sequence[Callback], event: str, run: Run) -> None:
    for watcher in watchers:
        getattr(watcher, event)(run)


def _stores(watcher: Callback) -> bool:
    """Checkpoints come last at every event, so that they store what the other callbacks decided."""
    return isinstance(watcher, Checkpoint)


def _bar(steps: int, wanted: bool | None) -> tqdm:
    hidden = os.environ.get("LAB_STATIC") == "1" if wanted is None else not wanted
    return tqdm(total=steps, disable=hidden, unit="step", leave=False, mininterval=0.5)


class _Progress(Callback):
    """Moves the bar, with a running mean of the loss."""

    def __init__(self, bar: tqdm) -> None:
        self.bar = bar
        self.mean: float | None = None

    def on_step(self, run: Run) -> None:
        latest = run.history.step_loss[-1]
        self.mean = latest if self.mean is None else 0.98 * self.mean + 0.02 * latest
        self.bar.set_postfix(loss=f"{self.mean:.3f}", refresh=False)
        self.bar.update()
