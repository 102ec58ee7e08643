"""Sparse coding of two photographs: how Gabor-like its atoms are, beside other filters from the same patches.

"sparse" learns 196 atoms of 12×12 whitened pixels; its controls are raw patches, principal components, independent
components (FastICA, which makes responses sparse by another road) and the atoms before learning. A second part, in
the smaller setting of the live figure, varies the penalty, and learns from noise of the same spectrum as the photos.
Run: python experiments/brains_sparse.py
"""

from __future__ import annotations

import torch
from harness import arguments, entry, record, run_all
from sklearn.decomposition import FastICA
from torch import Tensor

from lab_utils import data, measure
from lab_utils.training import fista, learn_atoms

SIZE, ATOMS, PENALTY, UPDATES, BATCH_SIZE, PATCHES = 12, 196, 1.6, 600, 250, 40_000
SMALL_SIZE, SMALL_ATOMS, SMALL_UPDATES = 10, 64, 400
PENALTIES = (0.3, 0.8, 1.6, 3.2, 6.4)
CONTROLS = ("patches", "pca", "ica", "before")


def gabor_scores(name: str, filters: Tensor) -> dict[str, float]:
    """Median R² of the fits to filters (K, P), and the share above 0.8."""
    size = round(filters.shape[1] ** 0.5)
    r2 = measure.fit_gabors(filters.view(-1, size, size)).r2
    return {name: r2.median().item(), f"{name}/share": (r2 > 0.8).double().mean().item()}


def learn_and_fit(variant: str, seed: int) -> dict[str, float]:
    """Fits to what was learned by "sparse", "noise" or at a penalty, and what the code costs on fresh patches."""
    if variant in CONTROLS:
        return gabor_scores(variant, control(variant, seed))
    size, atoms, updates = (SIZE, ATOMS, UPDATES) if variant == "sparse" else (SMALL_SIZE, SMALL_ATOMS, SMALL_UPDATES)
    penalty = float(variant.removeprefix("penalty-")) if variant.startswith("penalty-") else PENALTY
    fresh = data.photo_patches(2000, size=size, seed=1000 + seed)
    x = data.photo_patches(PATCHES, size=size, seed=seed)
    if variant == "noise":
        x, fresh = noise_like(x, seed), noise_like(fresh, 1000 + seed)
    run = learn_atoms(x, atoms=atoms, penalty=penalty, updates=updates, batch_size=BATCH_SIZE, seed=seed)
    return {**gabor_scores(variant, run.dictionary), **cost(x, fresh, run.dictionary, penalty)}


def cost(x: Tensor, fresh: Tensor, dictionary: Tensor, penalty: float) -> dict[str, float]:
    """Share of codes in use on fresh patches, and what they leave unexplained; PCA with as many numbers beside it."""
    codes = fista(fresh, dictionary, penalty=penalty, steps=300)
    used = (codes != 0).double().sum(1).mean().item()
    components = measure.principal_components(x, max(1, round(used)))
    total = fresh.pow(2).sum()
    by_pca = components.decode(components.encode(fresh))
    return {
        "active": used / len(dictionary),
        "used": used,
        "unexplained": ((fresh - codes @ dictionary).pow(2).sum() / total).item(),
        "unexplained-pca": ((fresh - by_pca).pow(2).sum() / total).item(),
    }


def control(name: str, seed: int) -> Tensor:
    """Filters (K, P) that no sparse code has shaped."""
    x = data.photo_patches(PATCHES, size=SIZE, seed=seed)
    if name == "patches":
        return x[:ATOMS]
    if name == "before":
        return torch.randn(ATOMS, SIZE**2, generator=torch.Generator().manual_seed(seed))
    if name == "pca":  # all but the last direction, along which patches of mean zero do not vary
        return measure.principal_components(x, SIZE**2 - 1).directions
    ica = FastICA(SIZE**2 - 1, whiten="unit-variance", random_state=seed, max_iter=200, tol=1e-3)
    ica.fit(x[:20_000].numpy())
    return torch.from_numpy(ica.mixing_.T.copy())


def noise_like(x: Tensor, seed: int) -> Tensor:
    """Gaussian noise (N, P) with the same covariance as x: what is left of photos without their edges."""
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
    values, vectors = torch.linalg.eigh(torch.cov(x.T).double())
    return (noise.double() @ (vectors * values.clamp_min(0).sqrt()).T).float()


def main() -> None:
    """Measure, and write the ledger."""
    variants = ["sparse", "noise", *CONTROLS, *(f"penalty-{penalty}" for penalty in PENALTIES)]
    settings = {"size": SIZE, "atoms": ATOMS, "penalty": PENALTY, "updates": UPDATES, "batch_size": BATCH_SIZE}
    small = {"size": SMALL_SIZE, "atoms": SMALL_ATOMS, "updates": SMALL_UPDATES, "batch_size": BATCH_SIZE}
    entries = []
    for variant, runs in run_all("brains_sparse", variants, learn_and_fit, arguments(__doc__)).items():
        used = {**(settings if variant in ("sparse", *CONTROLS) else small), "patches": PATCHES}
        for key in sorted(runs[0].keys() - {"cpu_seconds"}):
            fit = key.startswith(variant)
            quantity = ("share of fits with R² > 0.8" if key.endswith("share") else "median R²") if fit else key
            name = f"brains/gabor/{key}" if fit else f"brains/sparse/{variant}/{key}"
            entries.append(entry(name, quantity, runs, key, used, __file__))
    record(entries)


if __name__ == "__main__":
    main()
