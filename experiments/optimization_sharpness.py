"""Full-batch gradient descent at four rates: the sharpness climbs to 2 / lr and stays there.

A network 196-32-32-10, tanh, half the squared error against one-hot labels, 1,000 Fashion-MNIST images averaged to
14×14 pixels with the mean image taken off; five seeds of weights and images. The loss's largest Hessian eigenvalue is
taken every 2% of the updates. One variant learns from batches of 50 instead, in as many updates.
Run: python experiments/optimization_sharpness.py
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from statistics import mean

import torch
from harness import arguments, entry, record, run_all
from torch import nn
from torch.nn import functional as F

from lab_utils import data, measure, models, training
from lab_utils.training import Recipe

WIDTHS, IMAGES, READINGS = (196, 32, 32, 10), 1000, 50
STEPS = {0.1: 6000, 0.2: 2500, 0.4: 1250, 0.8: 800}
VARIANTS = {f"{lr:g}": (lr, IMAGES) for lr in STEPS} | {"0.2-batch-50": (0.2, 50)}


def half_squared_error(outputs: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Half the squared distance of outputs (B, K) from one-hot targets (B, K), averaged over the batch."""
    return 0.5 * (outputs - y).square().sum(1).mean()


@cache
def pictures(seed: int) -> data.Split:
    """Inputs (1000, 196) without their mean, and one-hot targets (1000, 10)."""
    train = data.fashion_mnist(validation=0).train.take(IMAGES, seed=seed)
    x = F.avg_pool2d(train.x, 2).flatten(1)
    return data.Split(x - x.mean(0), F.one_hot(train.y, 10).float())


class WatchSharpness(training.Callback):
    """The largest eigenvalue of the Hessian over all examples, READINGS times in a run."""

    def __init__(self, examples: data.Split) -> None:
        self.examples = examples
        self.found: list[float] = []

    def on_step(self, run: training.Run) -> None:
        if len(run.history.step_loss) % (run.steps // READINGS) == 0:
            x, y = self.examples.x, self.examples.y
            self.found.append(measure.sharpness(run.model, x, y, loss=half_squared_error, iterations=15))


def recipe_of(variant: str) -> Recipe:
    """Plain gradient descent: every update sees all images, or as many as the variant says."""
    lr, batch_size = VARIANTS[variant]
    return Recipe(epochs=STEPS[lr] * batch_size // IMAGES, batch_size=batch_size, optimizer="sgd", lr=lr, momentum=0.0)


def train_and_watch(variant: str, seed: int) -> dict[str, float]:
    """Sharpness over 2 / lr: at the start of training, at its end, and when it first got there."""
    lr, _ = VARIANTS[variant]
    examples = pictures(seed)
    model = models.MLP(WIDTHS, activation=nn.Tanh, seed=seed)
    start = measure.sharpness(model, examples.x, examples.y, loss=half_squared_error, iterations=15)
    watch = WatchSharpness(examples)
    history = training.fit(
        model, examples, recipe_of(variant), loss=half_squared_error, seed=seed, callbacks=[watch], progress=False
    )
    ratios = [found * lr / 2 for found in watch.found]
    arrived = next((n + 1 for n, ratio in enumerate(ratios) if ratio >= 0.97), READINGS)
    losses = history.step_loss
    late = losses[3 * len(losses) // 4 :]
    return {
        "start": start * lr / 2,
        "end": mean(ratios[3 * READINGS // 4 :]),
        "largest": max(ratios),
        "arrived": arrived / READINGS,
        "rises": mean(after > before for before, after in pairwise(late)),
        "falls_over_50": mean(after < before for before, after in zip(late, late[50:], strict=False)),
        "loss_start": losses[0],
        "loss_half": losses[len(losses) // 2],
        "loss_end": losses[-1],
        **{f"ratio_{n}": ratio for n, ratio in enumerate(ratios, start=1)},
    }


OF_BATCHES = ("rises", "falls_over_50", "loss_half", "loss_end")  # what is read off the losses of single updates
QUANTITIES = {
    "start": "sharpness over 2 / lr at the start",
    "end": "sharpness over 2 / lr, mean over the last quarter",
    "largest": "sharpness over 2 / lr, the largest",
    "arrived": "share of the updates until sharpness is 0.97 of 2 / lr (1: never before the end)",
    "rises": "share of the updates in the last quarter that raise the loss",
    "falls_over_50": "share of the last quarter where the loss is lower 50 updates on",
    "loss_half": "loss half-way",
    "loss_end": "loss at the end",
}

if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("optimization_sharpness", list(VARIANTS), train_and_watch, arguments(__doc__)).items():
        settings = {**recipe_of(variant).settings(), "widths": WIDTHS, "images": IMAGES, "loss": "half squared error"}
        for key, quantity in QUANTITIES.items():
            if key in OF_BATCHES and "batch" in variant:  # losses of different batches cannot be compared
                continue
            name = f"optimization/sharpness/{variant}/{key.replace('_', '-')}"
            entries.append(entry(name, quantity, runs, key, settings, __file__))
    record(entries)
