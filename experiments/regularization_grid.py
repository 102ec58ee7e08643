"""Weight decay × dropout × number of images: curves and calibration of every cell, for the chapter's live figure.

A dense network (784-256-256-10) is trained on Fashion-MNIST with 1,600 updates of 50 images in every cell: 400 passes
over 200 images, 40 over 2,000, 4 over 20,000. A seed decides the images, the first weights, their order and dropout:
cells of one seed and size differ in nothing but the two settings. Writes data/regularization-grid.json, and
into the ledger, for each size, the test accuracy without a cure and with the best by validation accuracy.
Run: python experiments/regularization_grid.py
"""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from harness import arguments, entry, record, run_all
from torch import Tensor
from torch.nn import functional as F

from lab_utils import data, ledger, measure, models, training
from lab_utils.core import data_path

SIZES = (200, 2_000, 20_000)
DROPOUT = (0.0, 0.2, 0.5, 0.8)
WEIGHT_DECAY = (0.0, 0.1, 1.0, 10.0)
UPDATES, BATCH_SIZE, WIDTHS = 1_600, 50, (784, 256, 256, 10)
CHECKPOINTS = (10, 20, 40, 70, 100, 150, 200, 300, 400, 500, 600, 800, 1_000, 1_200, 1_400, 1_600)
TRAIN_LOOKED_AT, VALIDATION_LOOKED_AT = 1_000, 3_000  # the most images that a checkpoint judges by
BINS = 15  # as in Guo et al., 2017
CELLS = {
    f"{size} images, dropout {dropout}, weight decay {decay}": (size, dropout, decay)
    for size, dropout, decay in product(SIZES, DROPOUT, WEIGHT_DECAY)
}


class Curves(training.Callback):
    """Loss and accuracy in evaluation mode after the updates in `CHECKPOINTS`, on images of training and validation."""

    def __init__(self, **looked_at: data.Split) -> None:
        self.looked_at = looked_at
        self.measured: dict[str, list[float]] = {}

    def on_step(self, run: training.Run) -> None:
        if len(run.history.step_loss) not in CHECKPOINTS:
            return
        for name, images in self.looked_at.items():
            logits = measure.predict(run.model, images.x)
            loss = F.cross_entropy(logits, images.y).item()
            right = (logits.argmax(1) == images.y).double().mean().item()
            for what, value in (("loss", loss), ("accuracy", right)):
                self.measured.setdefault(f"{name}_{what}", []).append(value)


@cache
def images() -> data.ImageData:
    """Fashion-MNIST, read once in each process."""
    return data.fashion_mnist(validation=0.1)


def train_and_look(variant: str, seed: int) -> dict[str, Any]:
    """The curves of one cell, and its answers to the test images after the last update."""
    size, dropout, decay = CELLS[variant]
    train = images().train.take(size, seed=seed)
    some = data.Split(train.x[:TRAIN_LOOKED_AT], train.y[:TRAIN_LOOKED_AT])
    curves = Curves(train=some, validation=images().validation.take(VALIDATION_LOOKED_AT, seed=0))
    model = models.MLP(WIDTHS, dropout=dropout, seed=seed)
    training.fit(model, train, recipe(size, decay), seed=seed, callbacks=[curves], progress=False)
    return {**curves.measured, **answers(measure.predict(model, images().test.x), images().test.y)}


def recipe(size: int, decay: float) -> training.Recipe:
    """As many passes over `size` images as make `UPDATES` updates."""
    return training.Recipe(
        epochs=UPDATES * BATCH_SIZE // size,
        batch_size=BATCH_SIZE,
        optimizer="adamw",
        lr=2e-3,
        schedule="cosine",
        weight_decay=decay,
    )


def answers(logits: Tensor, y: Tensor) -> dict[str, Any]:
    """Loss and accuracy, and for each of `BINS` equal bins of confidence: how many, how confident, how many right."""
    diagram = measure.reliability(logits.double().softmax(1), y, bins=BINS)
    return {
        "test_loss": F.cross_entropy(logits, y).item(),
        "test_accuracy": (logits.argmax(1) == y).double().mean().item(),
        "bin_count": diagram.count.tolist(),
        "bin_confidence_sum": (diagram.count * diagram.confidence.nan_to_num()).tolist(),
        "bin_right": (diagram.count * diagram.accuracy.nan_to_num()).round().tolist(),
    }


def stored(measured: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """All that is measured as nested lists, seeds inside the three settings, with what it takes to measure it again."""
    runs = {CELLS[variant]: by_seed for variant, by_seed in measured.items()}
    values = {
        name: [
            [[[tidy(run[name], name) for run in runs[s, p, d]] for d in WEIGHT_DECAY] for p in DROPOUT] for s in SIZES
        ]
        for name in next(iter(runs.values()))[0]
        if name != "cpu_seconds"
    }
    return {
        "about": "Test, train and validation scores of a dense network on Fashion-MNIST for each weight decay, dropout "
        "and number of images; written by experiments/regularization_grid.py, read by lab_utils.data",
        "settings": settings(),
        "versions": ledger.versions(),
        "cpu_seconds": round(sum(run["cpu_seconds"] for by_seed in runs.values() for run in by_seed)),
        "axes": {"size": SIZES, "dropout": DROPOUT, "weight_decay": WEIGHT_DECAY, "checkpoint": CHECKPOINTS},
        "measured": values,
    }


def settings() -> dict[str, Any]:
    """What all cells share."""
    shared = recipe(SIZES[0], 0.0).settings()
    return {name: value for name, value in shared.items() if name not in ("epochs", "weight_decay")} | {
        "widths": WIDTHS,
        "updates": UPDATES,
        "train_looked_at": TRAIN_LOOKED_AT,
        "validation_looked_at": VALIDATION_LOOKED_AT,
        "test_looked_at": len(images().test),
    }


def tidy(value: float | list[float], name: str) -> float | list[float]:
    """Rounded to what a figure could tell apart; accuracies so little that equal ones stay equal in their means."""
    digits = 7 if name.endswith("accuracy") else 5
    return [round(each, digits) for each in value] if isinstance(value, list) else round(value, digits)


def write(content: dict[str, Any], path: Path) -> None:
    """One line for each quantity, to compare two measurements by; the file is replaced whole or not at all."""
    head = json.dumps({**content, "measured": {}}, indent=1).removesuffix("{}\n}")
    rows = [f'"{name}": {json.dumps(v, separators=(",", ":"))}' for name, v in content["measured"].items()]
    part = path.with_name(path.name + ".part")
    part.write_text(head + "{\n" + ",\n".join(rows) + "\n}}\n")
    part.replace(path)


def entries(measured: dict[str, list[dict[str, Any]]]) -> list[ledger.Entry]:
    """For each size, the test accuracy with no cure, and with the cell of the written grid that validates best."""
    found, grid = [], data.regularization_grid()
    variants = {cell: variant for variant, cell in CELLS.items()}
    for size in SIZES:
        _, j, k = grid.best(size)
        for name, dropout, decay in (("none", 0.0, 0.0), ("best", DROPOUT[j], WEIGHT_DECAY[k])):
            variant = variants[size, dropout, decay]
            chosen = recipe(size, decay).settings() | {"dropout": dropout, "train_images": size, "widths": WIDTHS}
            where = f"regularization/grid/{size}/{name}"
            found.append(entry(where, "test accuracy", measured[variant], "test_accuracy", chosen, __file__))
    return found


if __name__ == "__main__":
    options = arguments(__doc__)
    measured = run_all("regularization_grid", list(CELLS), train_and_look, options)
    write(stored(measured), data_path("regularization-grid.json"))
    record(entries(measured), show=("dropout", "weight_decay"))
