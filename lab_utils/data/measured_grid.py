"""A measured grid: what weight decay and dropout do to a network that learns from few, more and many images."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from lab_utils.core import DataError, data_path

RESTORE = (
    "restore it with `git checkout -- data/regularization-grid.json`, install the package again, "
    "or measure it anew with `python experiments/regularization_grid.py`"
)
CURVES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
SCORES = ("test_loss", "test_accuracy")
BINS = ("bin_count", "bin_right", "bin_confidence_sum")
EQUAL = 1e-6  # far below one image of one seed, far above what rounding does to a mean
AXES = ("size", "dropout", "weight_decay", "checkpoint")


@dataclass(frozen=True)
class MeasuredGrid:
    """Scores of one network for each number of images, dropout, weight decay and seed. Arrays are float64.

    Curves are (sizes, dropout, weight_decay, seeds, checkpoints), after as many updates as `checkpoints` says; test
    scores (sizes, dropout, weight_decay, seeds), after the last update; bins of confidence (…, seeds, bins), equal
    parts of [0, 1]. Losses are nats an example, accuracies shares. `settings` holds what all cells share. Raises
    ValueError for axes that do not rise and arrays of another shape, with NaN, or out of range.
    """

    sizes: tuple[int, ...]
    dropout: tuple[float, ...]
    weight_decay: tuple[float, ...]
    checkpoints: tuple[int, ...]
    settings: Mapping[str, Any]
    train_loss: np.ndarray
    train_accuracy: np.ndarray
    validation_loss: np.ndarray
    validation_accuracy: np.ndarray
    test_loss: np.ndarray
    test_accuracy: np.ndarray
    bin_count: np.ndarray
    bin_right: np.ndarray
    bin_confidence_sum: np.ndarray

    def __post_init__(self) -> None:
        for name in ("sizes", "dropout", "weight_decay", "checkpoints"):
            values = getattr(self, name)
            if not values or not all(a < b for a, b in pairwise(values)):
                raise ValueError(f"expected rising values for {name}, at least one, got {values}")
        if self.test_accuracy.ndim != 4 or self.bin_count.ndim != 5 or 0 in self.bin_count.shape:
            raise ValueError(
                f"expected test scores (sizes, dropout, weight_decay, seeds) and bins (…, seeds, bins), "
                f"got {self.test_accuracy.shape} and {self.bin_count.shape}"
            )
        cells = (len(self.sizes), len(self.dropout), len(self.weight_decay), self.seeds)
        last = {CURVES: (len(self.checkpoints),), SCORES: (), BINS: self.bin_count.shape[-1:]}
        for names, axis in last.items():
            for name in names:
                _check_values(name, getattr(self, name), (*cells, *axis))

    @property
    def seeds(self) -> int:
        """How many times each cell was measured."""
        return int(self.test_accuracy.shape[3])

    @property
    def gap(self) -> np.ndarray:
        """Training minus validation accuracy after the last update, (sizes, dropout, weight_decay, seeds)."""
        return self.train_accuracy[..., -1] - self.validation_accuracy[..., -1]

    @property
    def ece(self) -> np.ndarray:
        """Expected calibration error on the test images, (sizes, dropout, weight_decay, seeds).

        The mean distance of a bin's confidence from its accuracy, each bin weighted by its share of the answers (Guo
        et al., 2017, eq. 3).
        """
        return np.abs(self.bin_right - self.bin_confidence_sum).sum(-1) / self.bin_count.sum(-1)

    def where(self, *, size: int, dropout: float, weight_decay: float) -> tuple[int, int, int]:
        """The cell's index in the first three axes. Raises ValueError for a setting that was not measured."""
        asked = {"sizes": size, "dropout": dropout, "weight_decay": weight_decay}
        for name, value in asked.items():
            if value not in getattr(self, name):
                raise ValueError(f"expected one of {getattr(self, name)} for {name}, got {value!r}")
        return self.sizes.index(size), self.dropout.index(dropout), self.weight_decay.index(weight_decay)

    def best(self, size: int) -> tuple[int, int, int]:
        """Index of the cell with the highest validation accuracy after the last update, mean over seeds.

        Of equal cells the first: with the least dropout, then the least decay.
        """
        i, _, _ = self.where(size=size, dropout=self.dropout[0], weight_decay=self.weight_decay[0])
        means = self.validation_accuracy[i, ..., -1].mean(-1)
        j, k = divmod(int((means > means.max() - EQUAL).argmax()), len(self.weight_decay))
        return i, j, k


def _check_values(name: str, values: np.ndarray, shape: tuple[int, ...]) -> None:
    if values.shape != shape:
        raise ValueError(f"expected {name} of shape {shape}, got {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"expected finite numbers for {name}, got NaN or infinity among them")
    if values.min() < 0 or (name.endswith("accuracy") and values.max() > 1):
        wanted = "from 0 to 1" if name.endswith("accuracy") else "of at least 0"
        raise ValueError(f"expected {name} {wanted}, got {values.min():g} to {values.max():g}")


def regularization_grid(path: Path | None = None) -> MeasuredGrid:
    """The stored measurement of weight decay × dropout × number of images on Fashion-MNIST.

    A dense network 784-256-256-10, 1,600 updates in every cell, five seeds: `settings` has the rest, and
    experiments/regularization_grid.py measures it again. `path` reads another file. Raises DataError where the file is
    missing or is not such a measurement.
    """
    path = path if path is not None else data_path("regularization-grid.json")
    if not path.exists():
        raise DataError(f"{path} is missing; {RESTORE}")
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise DataError(f"{path} is not valid JSON ({error}); {RESTORE}") from error
    try:
        return _grid(stored)
    except KeyError as error:
        raise DataError(f"{path} has no {error}; {RESTORE}") from error
    except (TypeError, ValueError) as error:
        raise DataError(f"{path} is not a measured grid: {error}; {RESTORE}") from error


def _grid(stored: Mapping[str, Any]) -> MeasuredGrid:
    size, dropout, weight_decay, checkpoint = (tuple(stored["axes"][name]) for name in AXES)
    arrays = {name: np.array(stored["measured"][name], dtype=np.float64) for name in (*CURVES, *SCORES, *BINS)}
    return MeasuredGrid(size, dropout, weight_decay, checkpoint, stored["settings"], **arrays)
