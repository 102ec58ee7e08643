"""What curvature costs and what it buys: logistic regression to the end, and K-FAC beside Adam and momentum on a net.

Logistic regression: pullovers against coats, 2,000 Fashion-MNIST images averaged to 7×7 pixels, ridge 0.001; how many
updates, and how many times a gradient's work, until the loss is within 1e-6 of the lowest. The network: 196-64-32-10,
tanh, 10,000 images averaged to 14×14 pixels, batches of 128, five epochs, the rate along half a
cosine for each optimizer alike, its height (K-FAC: and the damping) chosen on validation images. Five seeds: of the
images of the first problem, of weights and order of the second.
Run: python experiments/optimization_second_order.py
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from functools import cache
from itertools import product
from statistics import mean
from typing import Any

import torch
from harness import arguments, entry, record, run_all
from torch import nn
from torch.nn import functional as F

from lab_utils import data, ledger, models, training
from lab_utils.core import generator

GAP, RIDGE, IMAGES = 1e-6, 1e-3, 2000
PULLOVER, COAT = 2, 4
SOLVERS = ("gradient-descent", "newton", "l-bfgs")
WIDTHS, BATCH, LONG, SHORT = (196, 64, 32, 10), 128, 5, 2
RATES = {"momentum": (0.06, 0.1, 0.2, 0.4), "adam": (4e-3, 8e-3, 1.6e-2, 3.2e-2)}
KFAC_GRID = tuple(product((0.003, 0.01, 0.03, 0.1), (0.01, 0.03, 0.1)))
SETTINGS = {name: [f"{rate:g}" for rate in rates] for name, rates in RATES.items()}
SETTINGS["k-fac"] = [f"{rate:g}/{damping:g}" for rate, damping in KFAC_GRID]
# Each method: its optimizer, its passes (K-FAC's short run takes about the time of Adam's long one), and whether each
# pixel is scaled to mean 0 and standard deviation 1 first.
METHODS = {
    "momentum": ("momentum", LONG, False),
    "adam": ("adam", LONG, False),
    "k-fac": ("k-fac", LONG, False),
    "k-fac-short": ("k-fac", SHORT, False),
    "adam-standardised": ("adam", LONG, True),
    "k-fac-standardised": ("k-fac", LONG, True),
}
SHARED = {"widths": WIDTHS, "batch_size": BATCH, "train_images": 10_000}
NETWORKS = [f"{method}/{setting}" for method, (name, *_) in METHODS.items() for setting in SETTINGS[name]]


@cache
def images() -> data.ImageData:
    """All images, 5,000 of them for validation."""
    return data.fashion_mnist(validation=1 / 12)


def measure_variant(variant: str, seed: int) -> dict[str, float]:
    """One solver on logistic regression, or one setting of an optimizer on the network."""
    return solve_logistic(variant, seed) if variant in SOLVERS else train_network(variant, seed)


def solve_logistic(solver: str, seed: int) -> dict[str, float]:
    """Updates and evaluations until the loss is within GAP of the lowest that Newton's method finds."""
    train = images().train
    chosen = ((train.y == PULLOVER) | (train.y == COAT)).nonzero()[:, 0]
    chosen = chosen[torch.randperm(len(chosen), generator=generator(seed))[:IMAGES]]
    x, y = F.avg_pool2d(train.x[chosen], 4).flatten(1), (train.y[chosen] == COAT).long()
    loss, start = training.logistic_loss(x, y, ridge=RIDGE), torch.zeros(x.shape[1] + 1)
    curvature = training.logistic_fisher(x, ridge=RIDGE)  # here the Hessian as well
    best = training.descend(loss, start, lr=1.0, steps=30, metric=curvature, tolerance=1e-12)
    bends = torch.linalg.eigvalsh(curvature(best.points[-1]))
    # The Hessian is largest at the start, where p (1 - p) = 1/4: the largest safe rate there holds everywhere.
    safe = 2 / (torch.linalg.eigvalsh(curvature(best.points[0]))[-1] + RIDGE).item()
    enough = (2 * RIDGE * GAP) ** 0.5  # a gradient so small cannot hide a larger gap: the loss bends by RIDGE or more
    trace = {
        "gradient-descent": lambda: training.descend(loss, start, lr=safe, steps=20_000, tolerance=enough),
        "newton": lambda: training.descend(loss, start, lr=1.0, steps=10, metric=curvature, tolerance=enough),
        "l-bfgs": lambda: training.lbfgs(loss, start, steps=500, tolerance=enough),
    }[solver]()
    steps = trace.steps_to(GAP, lowest=best.losses[-1].item())
    if steps is None:
        raise RuntimeError(f"{solver} did not come within {GAP} in {trace.steps} updates")
    share = steps / trace.steps  # of the run, up to the target
    return {
        "steps": steps,
        "gradients": steps + 1,
        "evaluations": trace.evaluations * share,
        "solver_cpu_seconds": trace.cpu_seconds * share,
        "condition": (bends[-1] / bends[0]).item(),
    }


def make_optimizer(variant: str, model: nn.Module) -> Any:
    """The optimizer of "adam/0.004" or "k-fac/0.01/0.03" (rate and damping)."""
    method, rate, *more = variant.split("/")
    name, lr = METHODS[method][0], float(rate)
    if name == "momentum":
        return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    if name == "adam":
        return torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    return training.KFAC(model, lr=lr, damping=float(more[0]))


def train_network(variant: str, seed: int) -> dict[str, float]:
    """Loss and accuracies after every epoch, CPU seconds of the updates alone, and the numbers that are kept."""
    _, epochs, standardised = METHODS[variant.split("/")[0]]
    x, y, held = inputs_of(standardised)
    model = models.MLP(WIDTHS, activation=nn.Tanh, seed=seed)
    optimizer = make_optimizer(variant, model)
    order, draws = generator(seed), generator(seed + 1000)  # K-FAC draws on its own, and leaves the order alone
    steps = epochs * math.ceil(len(x) / BATCH)
    rates = (float(variant.split("/")[1]) * training.schedules.cosine(step / steps) for step in range(steps))
    numbers, spent = {}, 0.0
    for epoch in range(1, epochs + 1):
        started = time.process_time()
        one_epoch(model, optimizer, x, y, order, draws, rates)
        spent += time.process_time() - started
        with torch.no_grad():
            numbers |= {f"train_loss_{epoch}": F.cross_entropy(model(x), y).item(), f"spent_{epoch}": spent}
            for name, (inputs, labels) in held.items():
                numbers[f"{name}_{epoch}"] = (model(inputs).argmax(1) == labels).double().mean().item()
    return numbers | {"numbers_stored": float(stored(optimizer))}


@cache
def inputs_of(standardised: bool) -> tuple[torch.Tensor, torch.Tensor, dict[str, tuple[torch.Tensor, torch.Tensor]]]:
    """Images averaged to 14×14 pixels (N, 196) with labels: to train on, and for validation and test."""
    sets = images()
    train = sets.train.take(10_000, seed=0)
    x, *others = (F.avg_pool2d(each.x, 2).flatten(1) for each in (train, sets.validation, sets.test))
    if standardised:
        middle, width = x.mean(0), x.std(0).clamp(min=0.05)  # some pixels at the border are black in all images
        x, *others = ((each - middle) / width for each in (x, *others))
    labels = (sets.validation.y, sets.test.y)
    return x, train.y, dict(zip(("validation", "test"), zip(others, labels, strict=True), strict=True))


def one_epoch(
    model: nn.Module,
    optimizer: Any,
    x: torch.Tensor,
    y: torch.Tensor,
    order: torch.Generator,
    draws: torch.Generator,
    rates: Iterator[float],
) -> None:
    """One pass, in the same order for every optimizer of a seed."""
    for chosen in torch.randperm(len(x), generator=order).split(BATCH):
        logits = model(x[chosen])
        if isinstance(optimizer, training.KFAC):
            optimizer.observe(logits, draws)
        set_rate(optimizer, next(rates))
        optimizer.zero_grad()
        F.cross_entropy(logits, y[chosen]).backward()
        optimizer.step()


def set_rate(optimizer: Any, lr: float) -> None:
    """Set the learning rate of a torch optimizer, or of K-FAC."""
    if isinstance(optimizer, training.KFAC):
        optimizer.lr = lr
    else:
        optimizer.param_groups[0]["lr"] = lr


def stored(optimizer: Any) -> int:
    """Numbers that an optimizer keeps between updates."""
    if isinstance(optimizer, training.KFAC):
        return optimizer.numbers_stored
    return sum(v.numel() for state in optimizer.state.values() for v in state.values() if v is not None and v.ndim)


def logistic_entries(results: dict[str, list[dict[str, float]]]) -> list[ledger.Entry]:
    """Cost of each solver, and the condition number of the problem."""
    settings = {"problem": "pullover or coat, 7x7 pixels", "images": IMAGES, "ridge": RIDGE, "gap": GAP}
    entries = []
    for solver in SOLVERS:
        for key, quantity, unit in (
            ("steps", "updates to a gap of 1e-6", ""),
            ("gradients", "gradients to a gap of 1e-6", ""),
            ("evaluations", "losses tried without a gradient", ""),
            ("solver_cpu_seconds", "time to a gap of 1e-6", "CPU s"),
        ):
            name = f"optimization/logistic/{solver}/{'cpu' if unit else key}"
            entries.append(entry(name, quantity, results[solver], key, settings, __file__, unit))
    name = "optimization/logistic/condition"
    entries.append(entry(name, "condition number at the minimum", results["newton"], "condition", settings, __file__))
    return entries


def network_entries(results: dict[str, list[dict[str, float]]]) -> list[ledger.Entry]:
    """Loss, accuracies and cost of each optimizer after every epoch, at the setting that validation chooses."""
    entries = []
    for name, (_, epochs, _) in METHODS.items():
        variants = [variant for variant in results if variant.startswith(f"{name}/")]
        best = max(variants, key=lambda variant: mean(run[f"validation_{epochs}"] for run in results[variant]))
        settings = {
            "setting": best,
            "tried": variants,
            "widths": WIDTHS,
            "batch_size": BATCH,
            "schedule": "cosine",
            "train_images": 10_000,
        }
        for epoch in range(1, epochs + 1):
            for key, quantity, unit in (
                ("train_loss", "training loss", ""),
                ("spent", "time in updates", "CPU s"),
                ("validation", "validation accuracy", ""),
                ("test", "test accuracy", ""),
            ):
                if key in ("train_loss", "spent") or epoch == epochs:
                    label = {"train_loss": "train-loss", "spent": "cpu"}.get(key, key)
                    place = f"optimization/k-fac/{name}/{label}-{epoch}"
                    entries.append(entry(place, quantity, results[best], f"{key}_{epoch}", settings, __file__, unit))
        place = f"optimization/k-fac/{name}/numbers-stored"
        entries.append(
            entry(place, "numbers kept between updates", results[best], "numbers_stored", settings, __file__)
        )
    return entries


if __name__ == "__main__":
    results = run_all("optimization_second_order", [*SOLVERS, *NETWORKS], measure_variant, arguments(__doc__))
    record(logistic_entries(results) + network_entries(results), 4)
