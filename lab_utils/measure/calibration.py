"""Does a network know how sure it may be? Confidence beside the share of right answers, and scores of probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Reliability:
    """Answers sorted by confidence into B bins of equal width; bin b holds confidences in (edges[b], edges[b + 1]].

    `confidence` and `accuracy` (B,) are means within a bin, NaN where it is empty; `count` (B,) sums to N.
    """

    edges: Tensor
    confidence: Tensor
    accuracy: Tensor
    count: Tensor

    @property
    def ece(self) -> float:
        """Expected calibration error: the mean over answers of their bin's |accuracy - confidence| (equation 3)."""
        gaps = (self.accuracy - self.confidence).abs().nan_to_num(0.0)
        return ((gaps * self.count).sum() / self.count.sum()).item()

    @property
    def overconfidence(self) -> float:
        """Mean confidence minus the share of right answers: above 0 the network promises more than it keeps."""
        weights = self.count / self.count.sum()
        return ((self.confidence - self.accuracy).nan_to_num(0.0) * weights).sum().item()


def reliability(probabilities: Tensor, y: Tensor, *, bins: int = 15) -> Reliability:
    """The reliability diagram of `probabilities` (N, K) for labels `y` (N,): Guo et al. (2017), section 2.

    A confidence is the largest probability of a row. Raises ValueError for rows that are no probabilities.
    """
    p, y = _checked(probabilities, y)
    if bins < 1:
        raise ValueError(f"expected at least 1 bin, got {bins}")
    confidence, answer = p.max(dim=1)
    right = (answer == y).double()
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64)
    # A confidence on an edge belongs to the bin below it: both in the precision given, where 0.6 is 0.6.
    chosen = torch.bucketize(confidence.to(probabilities.dtype), edges[1:-1].to(probabilities.dtype))
    count = torch.bincount(chosen, minlength=bins)
    confidence, accuracy = (torch.bincount(chosen, each, minlength=bins) / count for each in (confidence, right))
    return Reliability(edges, confidence, accuracy, count)


def expected_calibration_error(probabilities: Tensor, y: Tensor, *, bins: int = 15) -> float:
    """Mean |accuracy - confidence| over bins of confidence, weighted by their counts (Guo et al., 2017, equation 3).

    `probabilities` (N, K), `y` (N,). From 0 (as right as it is sure) to 1.
    """
    return reliability(probabilities, y, bins=bins).ece


def negative_log_likelihood(probabilities: Tensor, y: Tensor) -> float:
    """Mean of -log p(right class) in nats, for `probabilities` (N, K) and labels `y` (N,); infinite for one p of 0."""
    p, y = _checked(probabilities, y)
    return -p.gather(1, y[:, None]).log().mean().item()


def brier_score(probabilities: Tensor, y: Tensor) -> float:
    """Mean squared distance of `probabilities` (N, K) from the one-hot labels `y` (N,), from 0 to 2 (Brier, 1950)."""
    p, y = _checked(probabilities, y)
    return (p - F.one_hot(y, p.shape[1])).square().sum(dim=1).mean().item()


def fit_temperature(logits: Tensor, y: Tensor) -> float:
    """The T that makes softmax(logits / T) least surprised by the labels: temperature scaling (Guo et al., 2017, 4.2).

    `logits` (N, K) and `y` (N,) come from validation examples. No answer changes; T above 1 makes a network less sure.
    """
    if logits.ndim != 2 or y.shape != logits.shape[:1] or len(y) == 0:
        raise ValueError(f"expected logits (N, K) and labels (N,), got {tuple(logits.shape)} and {tuple(y.shape)}")
    if not torch.isfinite(logits).all():
        raise ValueError("expected finite logits, got NaN or infinity among them")
    z, y = logits.detach().cpu().double(), y.cpu()
    # Searched on a log scale, for T is a factor; a hundredth and a hundredfold are beyond any sensible network.
    found = minimize_scalar(lambda log_t: F.cross_entropy(z * 10**-log_t, y).item(), bounds=(-2, 2), method="bounded")
    return float(10**found.x)


def _checked(probabilities: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Both on the CPU, the probabilities in double precision."""
    if probabilities.ndim != 2 or y.shape != probabilities.shape[:1] or len(y) == 0:
        got = f"{tuple(probabilities.shape)} and {tuple(y.shape)}"
        raise ValueError(f"expected probabilities (N, K) and labels (N,), not empty, got {got}")
    if y.is_floating_point() or not 0 <= int(y.min()) <= int(y.max()) < probabilities.shape[1]:
        raise ValueError(f"expected integer labels from 0 to {probabilities.shape[1] - 1}, got {y.dtype} {y.unique()}")
    p = probabilities.detach().cpu().double()
    if not (p >= 0).all() or not torch.allclose(p.sum(dim=1), torch.ones(len(p), dtype=p.dtype), atol=1e-4):
        raise ValueError("expected rows of probabilities that add up to 1, got others; apply softmax to logits first")
    return p, y.cpu()
