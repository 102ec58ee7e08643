"""Store how a sparse code comes about, for the live figure: atoms at ten moments of the training, for three penalties.

One seed, as it is a picture; brains_sparse.py measures the same setting over five. Writes data/sparse-walkthrough.npz.
Run: python experiments/brains_walkthrough.py
"""

from __future__ import annotations

import json

import numpy as np
import torch
from brains_sparse import BATCH_SIZE, PATCHES, SMALL_ATOMS, SMALL_SIZE, SMALL_UPDATES
from torch import Tensor

from lab_utils import data, measure
from lab_utils.core import data_path
from lab_utils.training import fista, learn_atoms

PENALTIES = (0.3, 1.6, 3.2)
MOMENTS = (0, 2, 5, 10, 20, 40, 80, 150, 250, SMALL_UPDATES)
SHOWN = 60  # patches that a reader can take apart


def snapshots(x: Tensor, penalty: float) -> list[Tensor]:
    """Atoms (K, P) at each of the moments."""
    kept: list[Tensor] = []
    learn_atoms(
        x,
        atoms=SMALL_ATOMS,
        penalty=penalty,
        updates=SMALL_UPDATES,
        batch_size=BATCH_SIZE,
        seed=0,
        watch=lambda update, dictionary: kept.append(dictionary.clone()) if update in MOMENTS else None,
    )
    return kept


def scores(atoms: Tensor, fresh: Tensor, penalty: float) -> tuple[float, float, float]:
    """Share of codes in use, share left unexplained, median R² of Gabor fits."""
    codes = fista(fresh, atoms, penalty=penalty, steps=200)
    left = (fresh - codes @ atoms).pow(2).sum() / fresh.pow(2).sum()
    r2 = measure.fit_gabors(atoms.view(-1, SMALL_SIZE, SMALL_SIZE)).r2.median()
    return (codes != 0).double().mean().item(), left.item(), r2.item()


def small_numbers(rows: Tensor) -> np.ndarray:
    """Each row times 127 over its own largest size, rounded to int8."""
    return (127 * rows / rows.abs().amax(1, keepdim=True)).round().to(torch.int8).numpy()


def main() -> None:
    """Learn, measure, and write the file."""
    x = data.photo_patches(PATCHES, size=SMALL_SIZE, seed=0)
    fresh = data.photo_patches(2000, size=SMALL_SIZE, seed=1000)
    learned = [snapshots(x, penalty) for penalty in PENALTIES]
    measured = np.array([[scores(d, fresh, p) for d in each] for p, each in zip(PENALTIES, learned, strict=True)])
    # Patches with something to see in them: flat ones would all be coded by nothing.
    lively = fresh[fresh.pow(2).mean(1) > 0.5][:SHOWN]
    patch_scale = lively.abs().max().item() / 127
    settings = {"size": SMALL_SIZE, "atoms": SMALL_ATOMS, "batch_size": BATCH_SIZE, "patches": PATCHES, "seed": 0}
    np.savez_compressed(
        data_path("sparse-walkthrough.npz"),
        penalties=np.array(PENALTIES),
        updates=np.array(MOMENTS),
        atoms=np.stack([np.stack([small_numbers(atoms) for atoms in each]) for each in learned]),
        patches=(lively / patch_scale).round().to(torch.int8).numpy(),
        patch_scale=np.array(patch_scale),
        active=measured[..., 0],
        unexplained=measured[..., 1],
        r2=measured[..., 2],
        settings=np.array(json.dumps(settings)),
    )
    for penalty, curves in zip(PENALTIES, measured, strict=True):
        print(penalty, "active, unexplained, R²:", curves[-1].round(3))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
