"""The book's measured numbers: each with its values over seeds, its settings, and the script that measures it again."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock
from scipy.special import stdtrit

from lab_utils.core import DataError, data_path

RESTORE = "restore it with `git checkout -- data/ledger`"


class OutsideTheBand(AssertionError):
    """A number measured under test does not lie where the ledger says that it should."""


@dataclass(frozen=True)
class Entry:
    """One measured quantity: a value for each seed, and what is needed to measure it again."""

    name: str
    quantity: str
    unit: str
    values: tuple[float, ...]
    settings: Mapping[str, Any]
    script: str
    cpu_seconds: float
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """Mean over seeds."""
        return float(np.mean(self.values))

    @property
    def smallest(self) -> float:
        """The smallest value that a seed gave."""
        return min(self.values)

    @property
    def largest(self) -> float:
        """The largest value that a seed gave."""
        return max(self.values)

    @property
    def band(self) -> tuple[float, float]:
        """Where one more run should fall 99 times in 100: mean ± t·s·√(1 + 1/n), Student's prediction interval.

        The range of five seeds would be too narrow a test: a sixth falls outside it one time in three.
        """
        if self.n < 2:
            raise ValueError(f"expected at least 2 seeds for a band, got {self.n} for {self.name!r}")
        spread = float(np.std(self.values, ddof=1)) * math.sqrt(1 + 1 / self.n)
        reach = float(stdtrit(self.n - 1, 0.995)) * spread  # Student's t: half of the missing 1% lies on either side
        return self.mean - reach, self.mean + reach

    def summary(self, digits: int = 3) -> str:
        """The mean with the range over seeds, as "0.916 (0.914 to 0.918, 5 seeds)"."""
        seeds = f"{self.smallest:.{digits}f} to {self.largest:.{digits}f}, {self.n} seeds"
        return f"{self.mean:.{digits}f}{self._unit} ({seeds})"

    def compare(self, value: float, digits: int = 3) -> str:
        """Your run beside the book's. Outside the band it explains; with LAB_STRICT=1 set, it raises OutsideTheBand."""
        low, high = self.band
        text = f"Your run: {value:.{digits}f}{self._unit}. The book's: {self.summary(digits)}."
        if low <= value <= high:
            return text
        text += (
            f" Yours is outside {low:.{digits}f} to {high:.{digits}f}, where 99 runs in 100 should fall. Settings,"
            " library versions or hardware that differ from the book's can do that; so can a mistake in a changed cell."
        )
        if os.environ.get("LAB_STRICT") == "1":
            raise OutsideTheBand(f"{self.name}: {text}")
        return text

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


def entry(name: str, *, folder: Path | None = None) -> Entry:
    """The ledger's entry called `name`, such as "cnns/fast-2-epochs". Raises KeyError listing the near names."""
    folder = folder if folder is not None else data_path("ledger")
    path = folder / f"{_chapter(name)}.json"
    stored = _read(path) if path.exists() else {}
    if name not in stored:
        raise KeyError(f"the ledger has no entry {name!r}; it has {', '.join(stored or load(folder))}")
    return _entry(name, stored[name])


def load(folder: Path | None = None) -> dict[str, Entry]:
    """Every entry of the ledger, by name: one file a chapter, in `folder` (by default the book's own)."""
    folder = folder if folder is not None else data_path("ledger")
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise DataError(f"expected a chapter's numbers in {folder}, found no JSON file; {RESTORE}")
    return {name: _entry(name, fields) for path in paths for name, fields in _read(path).items()}


def record(entries: Iterable[Entry], *, folder: Path | None = None) -> None:
    """Add `entries` to the files of their chapters, or replace those of the same name.

    A file is replaced whole or not at all; experiments that end at the same moment wait for one another.
    """
    folder = folder if folder is not None else data_path("ledger")
    entries = sorted(entries, key=lambda each: each.name)
    for each in entries:
        if not each.values or not all(math.isfinite(value) for value in each.values):
            raise ValueError(f"expected finite values for {each.name!r}, at least one, got {each.values}")
    folder.mkdir(parents=True, exist_ok=True)
    for chapter, group in groupby(entries, key=lambda each: _chapter(each.name)):
        path = folder / f"{chapter}.json"
        with FileLock(path.with_suffix(".lock")):
            stored = _read(path) if path.exists() else {}
            stored |= {each.name: {k: v for k, v in asdict(each).items() if k != "name"} for each in group}
            part = path.with_suffix(".part")
            part.write_text(json.dumps(dict(sorted(stored.items())), indent=1, ensure_ascii=False) + "\n")
            part.replace(path)


def _entry(name: str, fields: Mapping[str, Any]) -> Entry:
    return Entry(name=name, **{**fields, "values": tuple(fields["values"])})


def _chapter(name: str) -> str:
    return name.split("/")[0]


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text()))
    except json.JSONDecodeError as error:
        raise DataError(f"{path} is not valid JSON ({error}); {RESTORE}") from error


def versions() -> dict[str, str]:
    """Versions that a measured number may depend on, and the kind of processor."""
    names = {name: metadata.version(name) for name in ("torch", "numpy", "scikit-learn")}
    return {**names, "python": platform.python_version(), "cpu": torch.backends.cpu.get_cpu_capability()}
