"""One number for a point of the plane, and for a population of simulated neurons: what linear and other codes find.

Spiral: 1,000 training points, a code of one number. Ring: 4,000 simulated head-direction responses of 40 cells, codes
of one and two numbers. Run: python experiments/autoencoders_spiral.py
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from harness import arguments, entry, record, run_all
from scipy.stats import spearmanr
from sklearn.neighbors import KNeighborsRegressor
from torch import Tensor

from lab_utils import data, measure, models
from lab_utils.training import Recipe, fit, squared_error

LINEAR = Recipe(epochs=100, batch_size=100, optimizer="adam", lr=0.02, schedule="cosine")
DEEP = Recipe(epochs=200, batch_size=100, optimizer="adam", lr=0.01, schedule="one-cycle")
RING = Recipe(epochs=60, batch_size=100, optimizer="adam", lr=3e-3, schedule="one-cycle")
VARIANTS = ["spiral/pca", "spiral/linear", "spiral/deep", "ring/pca-2", "ring/deep-2", "ring/deep-1"]


def compress(variant: str, seed: int) -> dict[str, float]:
    """All measurements of one variant."""
    place, kind = variant.split("/")
    return spiral(kind, seed) if place == "spiral" else ring(kind, seed)


def spiral(kind: str, seed: int) -> dict[str, float]:
    """Error on 1,000 test points, and how well the code orders them along the arm."""
    points = data.noisy_spiral(2000, seed=seed)
    train, test = points.x[:1000], points.x[1000:]
    components = measure.principal_components(train, 1)
    if kind == "pca":
        return described(components, test, points.position[1000:])
    net = trained((2, 1) if kind == "linear" else (2, 64, 64, 1), train, LINEAR if kind == "linear" else DEEP, seed)
    found = described(net, test, points.position[1000:])
    if kind == "linear":
        atoms = net.decoder.linear1.weight.T
        found["angle"] = measure.principal_angles(atoms, components.directions).max().item()
    return found


def ring(kind: str, seed: int) -> dict[str, float]:
    """Share of the variance rebuilt on 1,000 test responses, and the error in degrees of a direction read off the code.

    The reader is a nearest-neighbour average over the training codes, of the direction as a point on the unit circle.
    """
    population = data.ring_population(5000, seed=seed)
    x = population.x - population.x[:4000].mean(dim=0)
    train, test = x[:4000], x[4000:]
    size = int(kind[-1])
    code = measure.principal_components(train, size)
    if kind.startswith("deep"):
        code = trained((40, 64, 64, size), train, RING, seed)
    with torch.no_grad():
        train_codes, test_codes = (code.encode(train).numpy(), code.encode(test).numpy())
        rebuilt = code.decode(code.encode(test))
    angle = 2 * math.pi * population.position
    on_circle = torch.stack([angle.cos(), angle.sin()], dim=1).numpy()
    read = KNeighborsRegressor(20).fit(train_codes, on_circle[:4000]).predict(test_codes)
    read_angle = torch.atan2(*torch.from_numpy(read).float().unbind(dim=1)[::-1])
    off = torch.remainder(read_angle - angle[4000:] + math.pi, 2 * math.pi) - math.pi
    explained = 1 - (rebuilt - test).square().sum() / test.square().sum()
    return {"explained": explained.item(), "degrees": off.abs().rad2deg().median().item()}


def trained(widths: Sequence[int], train: Tensor, recipe: Recipe, seed: int) -> models.Autoencoder:
    """An autoencoder of these widths that has learned to rebuild `train`."""
    net = models.Autoencoder(widths, seed=seed)
    fit(net, data.Split(train, train), recipe, loss=squared_error, seed=seed, progress=False)
    return net


def described(code: models.Autoencoder | measure.Components, test: Tensor, position: Tensor) -> dict[str, float]:
    """Squared error a point, and the rank correlation (its size) of code and position."""
    with torch.no_grad():
        codes = code.encode(test)
        error = squared_error(code.decode(codes), test).item()
    return {"error": error, "order": abs(float(spearmanr(codes[:, 0], position).statistic))}


SETTINGS = {
    "spiral/pca": {"points": 1000},
    "spiral/linear": {"points": 1000, "widths": (2, 1), **LINEAR.settings()},
    "spiral/deep": {"points": 1000, "widths": (2, 64, 64, 1), **DEEP.settings()},
    "ring/pca-2": {"points": 4000, "cells": 40},
    "ring/deep-2": {"points": 4000, "widths": (40, 64, 64, 2), **RING.settings()},
    "ring/deep-1": {"points": 4000, "widths": (40, 64, 64, 1), **RING.settings()},
}
QUANTITIES = {
    "error": "squared error of a test point",
    "order": "size of the rank correlation of code and position",
    "angle": "angle between the decoder's direction and the first principal component, degrees",
    "explained": "share of the test variance rebuilt",
    "degrees": "median error of the direction read off the code, degrees",
}

if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("autoencoders_spiral", VARIANTS, compress, arguments(__doc__)).items():
        for key in runs[0].keys() - {"cpu_seconds"}:
            name = f"autoencoders/{variant}/{key}"
            entries.append(entry(name, QUANTITIES[key], runs, key, SETTINGS[variant], __file__))
    record(entries)
