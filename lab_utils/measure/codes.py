"""What a code is like: how much of it is on, which units never are, and whether neighbours in it are of one kind."""

from __future__ import annotations

import torch
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor


def active_share(code: Tensor, *, above: float = 0.0) -> float:
    """Share of all activations of a code (N, D) that lie above `above`, from 0 to 1."""
    return (_checked(code) > above).double().mean().item()


def lifetime_share(code: Tensor, *, above: float = 0.0) -> Tensor:
    """For each unit of a code (N, D) the share of the examples for which it lies above `above`: (D,)."""
    return (_checked(code) > above).double().mean(dim=0)


def silent_units(code: Tensor, *, above: float = 0.0) -> int:
    """How many units of a code (N, D) lie above `above` for no example at all."""
    return int((lifetime_share(code, above=above) == 0).sum())


def neighbour_accuracy(
    codes_train: Tensor, y_train: Tensor, codes_test: Tensor, y_test: Tensor, *, k: int = 10
) -> float:
    """Share of test codes (N, D) whose `k` nearest training codes vote for the right label."""
    for code, y in ((codes_train, y_train), (codes_test, y_test)):
        if y.shape != _checked(code).shape[:1]:
            raise ValueError(f"expected a label for each code, got {tuple(code.shape)} and {tuple(y.shape)}")
    if not 1 <= k <= len(codes_train):
        raise ValueError(f"expected k from 1 to {len(codes_train)}, got {k}")
    voters = KNeighborsClassifier(k).fit(codes_train.detach().numpy(), y_train.numpy())
    return float((voters.predict(codes_test.detach().numpy()) == y_test.numpy()).mean())


def _checked(code: Tensor) -> Tensor:
    if code.ndim != 2 or code.numel() == 0:
        raise ValueError(f"expected a code (N, D), not empty, got shape {tuple(code.shape)}")
    if not torch.isfinite(code).all():
        raise ValueError("expected finite activations, got NaN or infinity among them")
    return code
