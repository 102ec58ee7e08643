"""Writes sparse.json: codes and atoms by the book's torch and scikit-learn: python -m tests.js.sparse_reference"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from sklearn.linear_model import Lasso
from torch import Tensor

from lab_utils.training.sparse_coding import fista, improve_atoms, sparse_energy

TARGET = Path(__file__).parent / "sparse.json"


def lasso(x: Tensor, atoms: Tensor, penalty: float) -> Tensor:
    """Codes (N, K) of least energy by scikit-learn's coordinate descent (its loss divides by the pixels)."""
    model = Lasso(alpha=penalty / atoms.shape[1], fit_intercept=False, tol=1e-12, max_iter=100_000)
    return torch.stack([torch.from_numpy(model.fit(atoms.T.numpy(), row.numpy()).coef_) for row in x])


def case(count: int, side: int, penalty: float, seed: int) -> dict[str, Any]:
    """Random atoms and patches, their codes after 40 steps and at the end, and the atoms after one pass."""
    generator = torch.Generator().manual_seed(seed)
    atoms = torch.randn(count, side * side, generator=generator, dtype=torch.float64)
    atoms /= atoms.norm(dim=1, keepdim=True)
    x = torch.randn(5, side * side, generator=generator, dtype=torch.float64)
    codes = fista(x, atoms, penalty=penalty, steps=40)
    moved = atoms.clone()
    improve_atoms(moved, codes.T @ codes, codes.T @ x)
    exact = lasso(x, atoms, penalty)
    return {
        "count": count, "penalty": penalty, "atoms": atoms.flatten().tolist(), "x": x.tolist(), "codes": codes.tolist(),
        "largest": float(torch.linalg.matrix_norm(atoms, 2)) ** 2, "moved": moved.flatten().tolist(),
        "exact": exact.tolist(), "energy": sparse_energy(x, atoms, exact, penalty).tolist(),
    }  # fmt: skip


if __name__ == "__main__":
    cases = [case(12, 5, 0.4, 0), case(30, 4, 0.2, 1), case(20, 6, 1.0, 2)]
    TARGET.write_text(json.dumps(cases, separators=(",", ":")) + "\n", encoding="utf-8")
