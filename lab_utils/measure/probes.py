"""What can be read off a layer by a linear rule, and how choosy its units are among the classes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from lab_utils.core import generator
from lab_utils.measure.activations import batches, output_of, watching


@dataclass(frozen=True)
class LayerProbe:
    """A linear probe on one layer: the share of test examples that it gets right, from so many `features`."""

    layer: str
    features: int
    accuracy: float


def linear_probe(
    features_train: Tensor,
    y_train: Tensor,
    features_test: Tensor,
    y_test: Tensor,
    *,
    method: Literal["ridge", "logistic"] = "ridge",
    penalty: float = 0.01,
    max_train: int = 10_000,
    seed: int = 0,
) -> float:
    """Test accuracy of a linear classifier on frozen features: how much about `y` is there to be read linearly.

    Features (N, ...) are flattened and standardised by the training part; of more than `max_train` examples a random
    part, drawn by `seed`, trains. "ridge" (default) is least squares on ±1 targets: a closed form, so it always ends,
    takes a second for 2,000 features and needs no step size, which keeps layers of different scale comparable.
    "logistic" is multinomial logistic regression: usually slightly better, ten times slower or more. `penalty` is the
    L2 penalty per training example. Source of the idea: Alain & Bengio, "Understanding Intermediate Layers Using
    Linear Classifier Probes", 2016.
    """
    _expect_labelled(features_train, y_train)
    _expect_labelled(features_test, y_test)
    kept = torch.randperm(len(y_train), generator=generator(seed))[:max_train]
    probe = make_pipeline(StandardScaler(), _classifier(method, alpha=penalty * len(kept)))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)  # a probe that did not converge is not a measurement
        probe.fit(_rows(features_train)[kept.numpy()], y_train.cpu().numpy()[kept.numpy()])
    return float((probe.predict(_rows(features_test)) == y_test.cpu().numpy()).mean())


def probe_by_layer(
    model: nn.Module,
    train: tuple[Tensor, Tensor],
    test: tuple[Tensor, Tensor],
    layers: Sequence[str],
    *,
    max_features: int = 512,
    method: Literal["ridge", "logistic"] = "ridge",
    penalty: float = 0.01,
    max_train: int = 10_000,
    seed: int = 0,
    batch_size: int = 128,
) -> list[LayerProbe]:
    """Probe the input, then each of `layers`, each by about as many features: one `LayerProbe` a row, "input" first.

    `train` and `test` are pairs (x, y). Early maps have tens of thousands of numbers and late ones hundreds, and more
    features make a better probe whatever they hold. So maps (B, C, H, W) are averaged over the largest grid g × g with
    C · g² <= `max_features` (at least 1 × 1, at most the map itself). Outputs (B, D) are taken as they are.
    """
    (x_train, y_train), (x_test, y_test) = train, test
    _expect_labelled(x_train, y_train)
    _expect_labelled(x_test, y_test)
    kept = torch.randperm(len(y_train), generator=generator(seed))[:max_train]
    x_train, y_train = x_train[kept.to(x_train.device)], y_train[kept.to(y_train.device)]
    seen_train = _pooled(model, x_train, layers, max_features, batch_size)
    seen_test = _pooled(model, x_test, layers, max_features, batch_size)
    return [
        LayerProbe(
            layer,
            features.shape[1],
            linear_probe(
                features, y_train, seen_test[layer], y_test, method=method, penalty=penalty, max_train=max_train
            ),
        )
        for layer, features in seen_train.items()
    ]


def pool_to(maps: Tensor, max_features: int) -> Tensor:
    """Average maps (B, C, H, W) over the largest square grid that leaves at most `max_features` numbers: (B, C·g·g)."""
    if max_features < 1:
        raise ValueError(f"expected max_features of at least 1, got {max_features}")
    if maps.ndim != 4:
        return maps.flatten(start_dim=1)
    grid = min(max(math.isqrt(max_features // maps.shape[1]), 1), *maps.shape[2:])
    return nn.functional.adaptive_avg_pool2d(maps, grid).flatten(start_dim=1)


def selectivity(activations: Tensor, y: Tensor) -> Tensor:
    """Class selectivity of each unit, (μ_max − μ_rest) / (μ_max + μ_rest), from 0 (indifferent) to 1 (one class only).

    `activations` (B, D), or maps (B, C, H, W) that are first averaged over positions, must not be negative: take them
    after a ReLU. μ_max is the unit's mean activation for the class that excites it most, μ_rest the mean of its means
    for all other classes. Returns (D,) or (C,); a unit that never answers has no preference and gets NaN. Source:
    Morcos, Barrett, Rabinowitz & Botvinick, "On the Importance of Single Directions for Generalization", ICLR 2018,
    equation 1.
    """
    _expect_labelled(activations, y)
    if bool((activations < 0).any()):
        raise ValueError(f"expected activations of at least 0 (after a ReLU), got a minimum of {activations.min():.3g}")
    units = activations.flatten(start_dim=2).mean(dim=2) if activations.ndim > 2 else activations
    classes = y.unique()
    if len(classes) < 2:
        raise ValueError(f"expected at least 2 classes, got {len(classes)}")
    means = torch.stack([units[y == label].mean(dim=0) for label in classes])  # (classes, D)
    highest = means.max(dim=0).values
    rest = (means.sum(dim=0) - highest) / (len(classes) - 1)
    return (highest - rest) / (highest + rest)


def _classifier(method: str, *, alpha: float) -> RidgeClassifier | LogisticRegression:
    if method == "ridge":
        return RidgeClassifier(alpha=alpha)
    if method == "logistic":
        return LogisticRegression(C=1 / alpha, max_iter=1000, tol=1e-3)
    raise ValueError(f'expected the method "ridge" or "logistic", got {method!r}')


def _pooled(
    model: nn.Module, x: Tensor, layers: Sequence[str], max_features: int, batch_size: int
) -> dict[str, Tensor]:
    """Features of the input and of each layer, pooled batch by batch so that whole maps never pile up in memory."""
    parts: dict[str, list[Tensor]] = {"input": [], **{layer: [] for layer in layers}}
    with watching(model, layers) as seen, torch.no_grad():
        for batch in batches(x, batch_size):
            model(batch)
            for layer, outputs in parts.items():
                outputs.append(pool_to(batch if layer == "input" else output_of(seen, layer), max_features))
    return {layer: torch.cat(outputs) for layer, outputs in parts.items()}


def _rows(features: Tensor) -> np.ndarray:
    return features.detach().flatten(start_dim=1).float().cpu().numpy()


def _expect_labelled(features: Tensor, y: Tensor) -> None:
    if features.ndim < 2 or y.shape != features.shape[:1] or len(y) == 0:
        raise ValueError(
            f"expected features (N, ...) and labels (N,), got {tuple(features.shape)} and {tuple(y.shape)}"
        )
