"""Two small models whose Fisher matrix is known in closed form: what natural gradient descent divides by."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lab_utils.training.descent import Loss, Metric

FORMS = ("sd", "log-sd", "precision")


def logistic_loss(x: Tensor, y: Tensor, *, ridge: float = 0.0) -> Loss:
    """Mean cross-entropy of logistic regression on x (N, D), y (N,) of 0 and 1, plus ridge / 2 · |w|².

    The weights w (D + 1,) end with the bias, which `ridge` holds small as well.
    """
    inputs = _with_ones(x, ridge)
    if y.shape != x.shape[:1] or not ((y == 0) | (y == 1)).all():
        raise ValueError(f"expected {len(x)} labels that are 0 or 1, got labels of shape {tuple(y.shape)}: {y[:3]}")
    targets = y.to(torch.float64)

    def loss(w: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(inputs @ w, targets) + ridge / 2 * w.dot(w)

    return loss


def logistic_fisher(x: Tensor, *, ridge: float = 0.0) -> Metric:
    """Fisher matrix (D + 1, D + 1) of the same model: the mean of p (1 − p) x xᵀ, with `ridge` on the diagonal.

    It asks for no label, and is here the Hessian of `logistic_loss` as well; for deeper models the two differ.
    """
    inputs = _with_ones(x, ridge)

    def metric(w: Tensor) -> Tensor:
        p = torch.sigmoid(inputs @ w)
        weighted = inputs * (p * (1 - p))[:, None]  # (N, D + 1)
        return weighted.T @ inputs / len(inputs) + ridge * torch.eye(len(w), dtype=w.dtype)

    return metric


def gaussian_parameters(w: Tensor, form: str) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of the normal distribution with weights w (2,): mean, and spread as `form` says."""
    _check_form(form)
    mean, spread = w
    return mean, {"sd": lambda: spread, "log-sd": spread.exp, "precision": spread.rsqrt}[form]()


def gaussian_loss(samples: Tensor, form: str) -> Loss:
    """Mean negative log-likelihood of samples (N,) under the normal distribution with weights in that `form`."""
    _check_form(form)
    if samples.ndim != 1 or len(samples) < 2 or not torch.isfinite(samples).all():
        raise ValueError(f"expected at least 2 finite samples of shape (N,), got shape {tuple(samples.shape)}")
    samples = samples.to(torch.float64)

    def loss(w: Tensor) -> Tensor:
        mean, sd = gaussian_parameters(w, form)
        return -torch.distributions.Normal(mean, sd, validate_args=False).log_prob(samples).mean()

    return loss


def gaussian_fisher(form: str) -> Metric:
    """Fisher matrix (2, 2) of the normal distribution in that `form`: the same ruler in each, in other coordinates."""
    _check_form(form)

    def metric(w: Tensor) -> Tensor:
        _, sd = gaussian_parameters(w, form)
        second = {"sd": 2 / sd**2, "log-sd": torch.full_like(sd, 2.0), "precision": sd**4 / 2}[form]
        return torch.diag(torch.stack([1 / sd**2, second]))

    return metric


def _with_ones(x: Tensor, ridge: float) -> Tensor:
    """Inputs with a column of ones for the bias, float64."""
    if x.ndim != 2 or len(x) == 0 or not torch.isfinite(x).all():
        raise ValueError(f"expected finite inputs of shape (N, D), not empty, got shape {tuple(x.shape)}")
    if not 0 <= ridge < float("inf"):
        raise ValueError(f"expected a finite ridge of at least 0, got {ridge}")
    return torch.cat([x.to(torch.float64), torch.ones(len(x), 1, dtype=torch.float64)], dim=1)


def _check_form(form: str) -> None:
    if form not in FORMS:
        raise ValueError(f"expected form to be one of {', '.join(FORMS)}, got {form!r}")
