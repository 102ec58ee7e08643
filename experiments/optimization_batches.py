"""Batch, mini-batch and online learning at equal passes over the data, and the noise of a mini-batch's gradient.

Plain SGD, constant rate. A linear model: 1,000 examples with 10 inputs, the widest 10 times the narrowest, noise 0.5;
what counts is the error above the least-squares solution's. A network: 196-64-10 on 2,000 Fashion-MNIST images averaged
to 14×14 pixels; what counts is the training loss. Each batch size has the best of a few rates for that number after the
last pass (mean over seeds). Five seeds: of data and order in the first, of weights and order in the second.
Run: python experiments/optimization_batches.py
"""

from __future__ import annotations

import math
from functools import cache
from statistics import mean
from typing import Any

import numpy as np
import torch
from harness import arguments, entry, record, run_all
from torch.nn import functional as F

from lab_utils import data, ledger, measure, models, training
from lab_utils.core import generator
from lab_utils.training import Recipe

# Full batches diverge from about 0.25 on: 2 over 8, twice the largest variance of an input.
LINEAR_RATES = dict.fromkeys((1, 10, 100, 1000), (0.001, 0.003, 0.01, 0.03, 0.1, 0.2))
LINEAR_PASSES, LINEAR_EXAMPLES = (1, 5, 20), 1000
NET_RATES = {
    1: (0.003, 0.01, 0.03, 0.1),
    10: (0.03, 0.1, 0.3, 1.0),
    100: (0.1, 0.3, 0.6, 1.0, 2.0),
    2000: (0.3, 0.6, 1.0, 2.0, 4.0),
}
NET_PASSES, NET_EXAMPLES, WIDTHS = (1, 5), 2000, (196, 64, 10)
NOISE_BATCHES = (1, 4, 16, 64, 256)
WORST = 1e3  # a loss that is larger, or not a number, counts as this much

VARIANTS = [f"linear/{batch}/{lr:g}" for batch, rates in LINEAR_RATES.items() for lr in rates]
VARIANTS += [f"network/{batch}/{lr:g}" for batch, rates in NET_RATES.items() for lr in rates]
VARIANTS += ["noise"]


def measure_variant(variant: str, seed: int) -> dict[str, float]:
    """The linear model or the network at one batch size and rate, or the noise of the gradient."""
    if variant == "noise":
        return noise(seed)
    problem, batch, rate = variant.split("/")
    return {"linear": fit_line, "network": fit_network}[problem](int(batch), float(rate), seed)


def line(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs (N, 10) of standard deviations from 0.2 to 2, and what a random linear model makes of them, with noise."""
    noise = generator(seed)
    x = torch.randn(LINEAR_EXAMPLES, 10, generator=noise, dtype=torch.float64) * torch.logspace(-0.7, 0.3, 10)
    w = torch.randn(10, generator=noise, dtype=torch.float64)
    return x, x @ w + 0.5 * torch.randn(LINEAR_EXAMPLES, generator=noise, dtype=torch.float64)


def fit_line(batch: int, lr: float, seed: int) -> dict[str, float]:
    """Mean squared error above the lowest, after some passes."""
    x, y = line(seed)
    lowest = (x @ torch.linalg.lstsq(x, y[:, None]).solution[:, 0] - y).square().mean().item()
    run = training.least_squares_sgd(x, y, lr=lr, batch_size=batch, epochs=max(LINEAR_PASSES), seed=seed)
    excess = {f"excess_{passes}": bounded(run.losses[passes].item() - lowest) for passes in LINEAR_PASSES}
    return {**excess, "start": run.losses[0].item() - lowest, "updates": float(run.updates)}


@cache
def pictures() -> data.Split:
    """Inputs (2000, 196) and labels."""
    train = data.fashion_mnist(validation=0).train.take(NET_EXAMPLES, seed=0)
    return data.Split(F.avg_pool2d(train.x, 2).flatten(1), train.y)


class WatchLoss(training.Callback):
    """The loss on all training examples after each pass, and the CPU seconds of training up to there."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def on_epoch(self, run: training.Run) -> None:
        examples = pictures()
        self.losses.append(F.cross_entropy(measure.predict(run.model, examples.x), examples.y).item())


def fit_network(batch: int, lr: float, seed: int) -> dict[str, float]:
    """Training loss after some passes, and the training time of all of them."""
    recipe = Recipe(epochs=max(NET_PASSES), batch_size=batch, optimizer="sgd", lr=lr, momentum=0.0)
    watch = WatchLoss()
    history = training.fit(
        models.MLP(WIDTHS, seed=seed), pictures(), recipe, seed=seed, callbacks=[watch], progress=False
    )
    losses = {f"loss_{passes}": bounded(watch.losses[passes - 1]) for passes in NET_PASSES}
    return {**losses, "updates": float(len(history.step_loss)), "train_cpu_seconds": history.cpu_seconds}


def noise(seed: int) -> dict[str, float]:
    """Noise of the gradient by batch size before and after ten passes, and its slope on logarithmic axes."""
    examples, model = pictures(), models.MLP(WIDTHS, seed=seed)
    numbers = {}
    for when in ("before", "after"):
        found = measure.gradient_noise(model, examples.x, examples.y, batch_sizes=NOISE_BATCHES, draws=200, seed=seed)
        slope = np.polyfit(np.log(NOISE_BATCHES), np.log([found[size] for size in NOISE_BATCHES]), 1)[0]
        numbers |= {f"{when}_{size}": value for size, value in found.items()} | {f"{when}_slope": float(slope)}
        recipe = Recipe(epochs=10, batch_size=100, optimizer="sgd", lr=0.3, momentum=0.0)
        training.fit(model, examples, recipe, seed=seed, progress=False)
    return numbers


def bounded(loss: float) -> float:
    """The loss, or WORST where the run diverged."""
    return min(loss, WORST) if math.isfinite(loss) else WORST


def entries_of(results: dict[str, list[dict[str, float]]]) -> list[ledger.Entry]:
    """Each batch size at its best rate; the noise by batch size."""
    entries = []
    for problem, tried, passes, key, quantity in (
        ("linear", LINEAR_RATES, LINEAR_PASSES, "excess", "error above least squares"),
        ("network", NET_RATES, NET_PASSES, "loss", "training loss"),
    ):
        for batch, rates in tried.items():
            rows = {lr: results[f"{problem}/{batch}/{lr:g}"] for lr in rates}
            best = min(rates, key=lambda lr: mean(run[f"{key}_{passes[-1]}"] for run in rows[lr]))
            settings: dict[str, Any] = {"batch_size": batch, "lr": best, "rates": rates}
            for done in passes:
                name = f"optimization/batches/{problem}/{batch}/{key}-{done}"
                entries.append(
                    entry(name, f"{quantity} after {done} passes", rows[best], f"{key}_{done}", settings, __file__)
                )
            if problem == "network":
                name = f"optimization/batches/network/{batch}/cpu"
                quantity_of = f"time of {passes[-1]} passes"
                entries.append(entry(name, quantity_of, rows[best], "train_cpu_seconds", settings, __file__, "CPU s"))
    settings = {"widths": WIDTHS, "images": NET_EXAMPLES, "draws": 200}
    for when in ("before", "after"):
        for size in (*NOISE_BATCHES, "slope"):
            quantity = "slope of log noise over log batch" if size == "slope" else "squared distance from the gradient"
            name = f"optimization/gradient-noise/{when}/{size}"
            entries.append(entry(name, quantity, results["noise"], f"{when}_{size}", settings, __file__))
    return entries


if __name__ == "__main__":
    record(entries_of(run_all("optimization_batches", VARIANTS, measure_variant, arguments(__doc__))), 4)
