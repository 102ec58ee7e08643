"""Training in float32, in bfloat16 with float32 weights (autocast), and with everything in bfloat16.

"master" computes as "bfloat16" does, but adds its updates up in a float32 copy of the weights. A network
784-128-64-10, Adam along half a cosine, 10,000 Fashion-MNIST images, five epochs in batches of 64, at a usual rate and
at a small one; five seeds. Counted as lost: a weight that an update leaves as it was, though its gradient is not zero.
And 30 updates of a convolutional network in either precision, turn by turn, timed.
Run: python experiments/optimization_precision.py
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import torch
from cnns_fast import TWO_EPOCHS
from harness import arguments, entry, record, run_all
from optimization_rates import WIDTHS, images
from torch import nn
from torch.nn import functional as F

from lab_utils import data, measure, models, training
from lab_utils.core import generator

EPOCHS, BATCH = 5, 64
RATES = {"usual": 2e-3, "small": 3e-4}
FORMATS = ("float32", "autocast", "master", "bfloat16")
VARIANTS = [f"{form}/{rate}" for form in FORMATS for rate in RATES] + ["time"]


def measure_variant(variant: str, seed: int) -> dict[str, float]:
    """One training run in a format, or the times of both."""
    if variant == "time":
        return time_both(seed)
    form, rate = variant.split("/")
    sets, train = images()
    dtype = torch.bfloat16 if form in ("bfloat16", "master") else torch.float32
    model = models.MLP(WIDTHS, seed=seed).to(dtype)
    spent, lost = train_network(model, train.x.to(dtype), train.y, RATES[rate], form, seed)
    model.float()  # to be judged alike
    return {
        "train_loss": F.cross_entropy(measure.predict(model, train.x), train.y).item(),
        "test": measure.accuracy(model, sets.test.x, sets.test.y),
        "lost": lost,
        "train_cpu_seconds": spent,
    }


def train_network(
    model: nn.Module, x: torch.Tensor, y: torch.Tensor, lr: float, form: str, seed: int
) -> tuple[float, float]:
    """CPU seconds of the updates, and the share of them that were lost in the last epoch."""
    weights = list(model.parameters())
    kept = [w.detach().float().requires_grad_() for w in weights] if form == "master" else weights
    optimizer = training.optimizers.Adam(kept, lr=lr)
    order, steps, step, spent = generator(seed), EPOCHS * -(-len(x) // BATCH), 0, 0.0
    lost = changed = 0
    for epoch in range(EPOCHS):
        for chosen in torch.randperm(len(x), generator=order).split(BATCH):
            optimizer.lr = lr * training.schedules.cosine(step / steps)
            started = time.process_time()
            model.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=form == "autocast"):
                logits = model(x[chosen])
            F.cross_entropy(logits.float(), y[chosen]).backward()
            spent += time.process_time() - started
            watched = [p.detach().clone() for p in kept] if epoch == EPOCHS - 1 else []
            started = time.process_time()
            update(optimizer, weights, kept)
            spent += time.process_time() - started
            for p, before in zip(kept, watched, strict=False):
                moves = p.grad != 0
                lost += int((moves & (p == before)).sum())
                changed += int(moves.sum())
            step += 1
    return spent, lost / changed


def update(optimizer: training.optimizers.Optimizer, weights: list[nn.Parameter], kept: list[torch.Tensor]) -> None:
    """One step, in the weights themselves or in the float32 copies that are kept of them."""
    if kept[0] is weights[0]:
        optimizer.step()
        return
    for copy, w in zip(kept, weights, strict=True):
        copy.grad = w.grad.float()
    optimizer.step()
    with torch.no_grad():
        for copy, w in zip(kept, weights, strict=True):
            w.copy_(copy)


def time_both(seed: int) -> dict[str, float]:
    """How many times longer 30 updates of the fast convolutional network take in float32 than in bfloat16."""
    some = data.fashion_mnist(validation=0).train.take(30 * TWO_EPOCHS.batch_size, seed=seed)
    spent = {}
    for precision in ("float32", "auto"):
        recipe: Any = replace(TWO_EPOCHS, epochs=1, precision=precision)
        spent[precision] = training.fit(models.FastCNN(seed=seed), some, recipe, seed=seed, progress=False).cpu_seconds
    return {"float32_over_bfloat16": spent["float32"] / spent["auto"]}


if __name__ == "__main__":
    results = run_all("optimization_precision", VARIANTS, measure_variant, arguments(__doc__))
    entries = []
    for form in FORMATS:
        for rate, lr in RATES.items():
            settings = {"format": form, "lr": lr, "widths": WIDTHS, "epochs": EPOCHS, "batch_size": BATCH}
            for key, quantity, unit in (
                ("train_loss", "training loss", ""),
                ("test", "test accuracy", ""),
                ("lost", "share of the updates lost in the last epoch", ""),
                ("train_cpu_seconds", "training time", "CPU s"),
            ):
                name = f"optimization/precision/{form}/{rate}/{'cpu' if unit else key.replace('_', '-')}"
                entries.append(entry(name, quantity, results[f"{form}/{rate}"], key, settings, __file__, unit))
    quantity, settings = "time of 30 updates in float32 over bfloat16", {"network": "FastCNN", "threads": 1}
    entries.append(
        entry(
            "optimization/precision/cnn-time",
            quantity,
            results["time"],
            "float32_over_bfloat16",
            settings,
            __file__,
            "times",
        )
    )
    record(entries, 4)
