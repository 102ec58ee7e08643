"""Ridge regression in closed form, and its error split into bias, variance and noise by drawing many data sets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Curve = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class RidgeFit:
    """A linear model: intercept (a number) plus features (N, D) times weight (D,)."""

    intercept: float
    weight: np.ndarray

    def predict(self, features: ArrayLike) -> np.ndarray:
        """Predicted values (N,) for features (N, D)."""
        return self.intercept + np.asarray(features) @ self.weight


@dataclass(frozen=True)
class BiasVariance:
    """Errors of ridge for each of A values of alpha, averaged over a grid of G places; `fits` keeps some curves.

    `bias2`, `variance` and `error` are (A,), `noise` is the variance of the noise: error = bias2 + variance + noise up
    to sampling, with `error` measured on fresh noisy targets. `x` (G,), `target` (G,), `mean` (A, G) and `fits`
    (A, 20, G) are for drawing.
    """

    alphas: np.ndarray
    bias2: np.ndarray
    variance: np.ndarray
    noise: float
    error: np.ndarray
    x: np.ndarray
    target: np.ndarray
    mean: np.ndarray
    fits: np.ndarray


def sine(x: np.ndarray) -> np.ndarray:
    """sin(πx): one whole wave from -1 to 1."""
    return np.sin(np.pi * x)


def polynomial_features(x: ArrayLike, degree: int) -> np.ndarray:
    """The powers x, x², … x^degree of numbers (N,), as columns (N, degree); the intercept is the model's own."""
    numbers = np.asarray(x, dtype=float)
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise ValueError(f"expected finite numbers of shape (N,), got shape {numbers.shape}")
    if degree < 1:
        raise ValueError(f"expected a degree of at least 1, got {degree}")
    return numbers[:, None] ** np.arange(1, degree + 1)


def ridge(features: ArrayLike, y: ArrayLike, alpha: float) -> RidgeFit:
    """The weights that minimise |y - intercept - Xw|² + alpha |w|² (Hoerl & Kennard, 1970), the intercept left free.

    `features` X (N, D), `y` (N,). With alpha = 0, least squares: the solution of least norm where there are many.
    """
    X, t = np.asarray(features, dtype=float), np.asarray(y, dtype=float)
    if X.ndim != 2 or t.shape != X.shape[:1] or len(t) == 0:
        raise ValueError(f"expected features (N, D) and targets (N,), got {X.shape} and {t.shape}")
    if not np.isfinite(X).all() or not np.isfinite(t).all():
        raise ValueError("expected finite features and targets, got NaN or infinity among them")
    if not 0 <= alpha < math.inf:
        raise ValueError(f"expected an alpha of at least 0, got {alpha}")
    means, level = X.mean(axis=0), t.mean()
    if alpha == 0:
        weight = np.linalg.lstsq(X - means, t - level, rcond=None)[0]
    else:
        centred = X - means
        weight = np.linalg.solve(centred.T @ centred + alpha * np.eye(X.shape[1]), centred.T @ (t - level))
    return RidgeFit(float(level - means @ weight), weight)


def bias_variance(
    alphas: Sequence[float],
    *,
    target: Curve = sine,
    degree: int = 10,
    count: int = 15,
    noise: float = 0.3,
    datasets: int = 500,
    design: Literal["even", "random"] = "even",
    seed: int = 0,
) -> BiasVariance:
    """Fit ridge on polynomials to `datasets` data sets of `count` points, target(x) + noise, and split the error.

    All alphas see the same data sets. Their x lie from -1 to 1: in "even" steps, so that data sets differ by noise
    alone, or at "random" places, where gaps at the ends let a free polynomial shoot off. At a place x the bias is the
    mean fit minus the target, the variance that of the fits (Geman, Bienenstock & Doursat, 1992, section 3.1); both
    are averaged over 101 places. `noise` is a standard deviation.
    """
    x, y, rng = _draw_sets(alphas, target, count, noise, datasets, design, seed)
    places = np.linspace(-1, 1, 101)
    grid, truth = polynomial_features(places, degree), target(places)
    fits = np.stack(
        [
            [ridge(polynomial_features(a, degree), b, alpha).predict(grid) for a, b in zip(x, y, strict=True)]
            for alpha in alphas
        ]
    )  # (A, datasets, G)
    fresh = truth + noise * rng.standard_normal((datasets, len(places)))
    mean = fits.mean(axis=1)
    return BiasVariance(
        alphas=np.asarray(alphas, dtype=float),
        bias2=((mean - truth) ** 2).mean(axis=1),
        variance=fits.var(axis=1).mean(axis=1),
        noise=noise**2,
        error=((fits - fresh) ** 2).mean(axis=(1, 2)),
        x=places,
        target=truth,
        mean=mean,
        fits=fits[:, :20],
    )


def _draw_sets(
    alphas: Sequence[float], target: Curve, count: int, noise: float, datasets: int, design: str, seed: int
) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """x and y (datasets, count), and the generator as they left it; ValueError for settings that make no sense."""
    if len(alphas) == 0 or min(count, datasets) < 2 or not noise >= 0:
        raise ValueError(
            "expected at least one alpha, two points, two data sets and noise of 0 or more, got "
            f"{len(alphas)}, {count}, {datasets} and {noise}"
        )
    if design not in ("even", "random"):
        raise ValueError(f"expected a design of even or random, got {design!r}")
    rng = np.random.default_rng(seed)
    even = np.broadcast_to(np.linspace(-1, 1, count), (datasets, count))
    x = even if design == "even" else rng.uniform(-1, 1, (datasets, count))
    return x, target(x) + noise * rng.standard_normal((datasets, count)), rng
