"""Ridge on polynomials of degree 10 of a noisy sine: bias and variance over 500 data sets, alpha from 0 to 1.

Fifteen points in even steps, noise of 0.3; and the same with points at random places, where alpha = 0 goes wild.
Run: python experiments/regularization_ridge.py
"""

from __future__ import annotations

import numpy as np
from harness import arguments, entry, record, run_all

from lab_utils import measure

ALPHAS = (0.0, *(float(alpha) for alpha in np.logspace(-6, 0, 19)))
SETTINGS = {"degree": 10, "count": 15, "noise": 0.3, "datasets": 500}
VARIANTS = ("even", "random")
PLACES = {"0": 0, "best": None, "1": len(ALPHAS) - 1}


def split_error(variant: str, seed: int) -> dict[str, float]:
    """Error, bias and variance at alpha 0, 1 and the best in between, over data sets drawn with `seed`."""
    found = measure.bias_variance(ALPHAS, design="even" if variant == "even" else "random", seed=seed, **SETTINGS)
    best = int(found.error.argmin())
    measured = {"best-alpha": ALPHAS[best]}
    for name, at in PLACES.items():
        index = best if at is None else at
        measured |= {
            f"{name}/error": float(found.error[index]),
            f"{name}/bias2": float(found.bias2[index]),
            f"{name}/variance": float(found.variance[index]),
        }
    return measured


if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("regularization_ridge", list(VARIANTS), split_error, arguments(__doc__)).items():
        settings = {**SETTINGS, "design": variant, "alphas": list(ALPHAS)}
        entries += [
            entry(f"regularization/ridge/{variant}/{key}", f"ridge, {key}", runs, key, settings, __file__)
            for key in runs[0]
            if key != "cpu_seconds"
        ]
    record(entries, 4)
