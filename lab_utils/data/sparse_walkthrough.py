"""A sparse code as it was learned: the atoms at several moments, for several penalties, from a stored training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from lab_utils.core import DataError, data_path

RESTORE = (
    "restore it with `git checkout -- data/sparse-walkthrough.npz`, install the package again, "
    "or measure it anew with `python experiments/brains_walkthrough.py`"
)


@dataclass(frozen=True)
class SparseWalkthrough:
    """Atoms after each of `updates` (T,) for each of `penalties` (L,), K atoms of S×S pixels.

    `atoms` int8 (L, T, K, S²): each atom times 127 over its own largest size, for showing; every atom has length 1, so
    that dividing a row by its length gives it back. `patches` int8 (M, S²) are whitened patches that took no part in
    learning; times `patch_scale` they are in the unit that the penalties assume. `active`, `unexplained` and `r2`
    (L, T), float64: share of codes in use and share of squared length left over on fresh patches, median R² of Gabor
    fits to the atoms. `settings` has the rest.
    """

    penalties: tuple[float, ...]
    updates: tuple[int, ...]
    atoms: np.ndarray
    patches: np.ndarray
    patch_scale: float
    active: np.ndarray
    unexplained: np.ndarray
    r2: np.ndarray
    settings: Mapping[str, Any]

    def __post_init__(self) -> None:
        curves = (len(self.penalties), len(self.updates))
        if self.atoms.ndim != 4 or self.atoms.shape[:2] != curves or self.atoms.dtype != np.int8:
            raise ValueError(f"expected int8 atoms {(*curves, 'K', 'S²')}, got {self.atoms.dtype} {self.atoms.shape}")
        if self.patches.ndim != 2 or self.patches.shape[1] != self.atoms.shape[3] or self.patches.dtype != np.int8:
            raise ValueError(f"expected int8 patches (M, {self.atoms.shape[3]}), got {self.patches.shape}")
        for name in ("active", "unexplained", "r2"):
            values = getattr(self, name)
            if values.shape != curves or not np.isfinite(values).all():
                raise ValueError(f"expected finite {name} of shape {curves}, got {values.shape}")

    def dictionary(self, penalty: int, update: int) -> np.ndarray:
        """Atoms (K, S²) of length 1, float32, at indices into `penalties` and `updates`."""
        rows = self.atoms[penalty, update].astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def sparse_walkthrough(path: Path | None = None) -> SparseWalkthrough:
    """The stored training of a sparse code on patches of two photographs, for three penalties.

    experiments/brains_walkthrough.py made it and makes it again. `path` reads another file. Raises DataError where the
    file is missing or is not such a training.
    """
    path = path if path is not None else data_path("sparse-walkthrough.npz")
    if not path.exists():
        raise DataError(f"{path} is missing; {RESTORE}")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return SparseWalkthrough(
                penalties=tuple(stored["penalties"].tolist()),
                updates=tuple(stored["updates"].tolist()),
                patch_scale=float(stored["patch_scale"]),
                settings=json.loads(str(stored["settings"])),
                **{name: stored[name] for name in ("atoms", "patches", "active", "unexplained", "r2")},
            )
    except (ValueError, KeyError, BadZipFile, EOFError) as error:
        raise DataError(f"{path} is not a stored training: {error}; {RESTORE}") from error
