"""The trade between hits and false alarms as a threshold moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import roc_curve
from torch import Tensor


@dataclass(frozen=True)
class Roc:
    """For falling thresholds, the share of ordinary examples that raise an alarm, and of strange ones that do."""

    false_alarms: np.ndarray
    hits: np.ndarray
    thresholds: np.ndarray

    @property
    def area(self) -> float:
        """Area under the curve: the chance that a strange example scores higher than an ordinary one."""
        return float(np.trapezoid(self.hits, self.false_alarms))

    def hits_at(self, false_alarms: float) -> float:
        """The share of strange examples found by the threshold that lets at most this share of false alarms through."""
        return float(self.hits[self.false_alarms <= false_alarms + 1e-12].max())


def roc(inside: Tensor, outside: Tensor) -> Roc:
    """The curve of a score that should be higher for `outside` (M,) than for `inside` (N,). Equal to scikit-learn's."""
    if inside.ndim != 1 or outside.ndim != 1 or 0 in (len(inside), len(outside)):
        raise ValueError(f"expected scores (N,) and (M,), got {tuple(inside.shape)} and {tuple(outside.shape)}")
    truth = torch.cat([torch.zeros(len(inside)), torch.ones(len(outside))])
    return Roc(*roc_curve(truth.numpy(), torch.cat([inside, outside]).numpy(), drop_intermediate=False))
