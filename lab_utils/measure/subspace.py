"""Principal components as a code, and how far two subspaces are turned against each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Components:
    """A point `mean` (D,) and orthonormal `directions` (k, D), the one of largest `variance` (k,) first."""

    mean: Tensor
    directions: Tensor
    variance: Tensor

    def encode(self, x: Tensor) -> Tensor:
        """Coordinates (N, k) of x (N, ...) along the directions."""
        return (x.flatten(1) - self.mean) @ self.directions.T

    def decode(self, code: Tensor) -> Tensor:
        """The points (N, D) that have these coordinates."""
        return code @ self.directions + self.mean


def principal_components(x: Tensor, count: int) -> Components:
    """The `count` directions along which x (N, ...), flattened to (N, D), varies most: PCA, equal to scikit-learn's.

    Computed in double precision from the eigenvectors of the covariance; signs are arbitrary but reproducible (the
    number of largest size in a direction is positive).
    """
    rows = x.flatten(1).double()
    if not 1 <= count <= min(rows.shape) or len(rows) < 2:
        raise ValueError(f"expected 1 to {min(rows.shape)} directions of at least 2 points, got {count} of {len(rows)}")
    mean = rows.mean(dim=0)
    values, vectors = torch.linalg.eigh(torch.cov(rows.T).reshape(rows.shape[1], rows.shape[1]))
    directions = vectors.T.flip(0)[:count]
    largest = directions.gather(1, directions.abs().argmax(dim=1, keepdim=True))
    return Components(mean.to(x), (directions * largest.sign()).to(x), values.flip(0)[:count].to(x))


def principal_angles(a: Tensor, b: Tensor) -> Tensor:
    """Angles in degrees, largest first, between the spaces that the rows of a (k, D) and of b (k, D) span: (k,).

    0 where the spaces are equal, whatever the rows. From the singular values of Qaᵀ Qb (Björck & Golub, 1973), with
    the sine for small angles, where the cosine has lost all digits.
    """
    if a.ndim != 2 or a.shape != b.shape or not 1 <= a.shape[0] <= a.shape[1]:
        raise ValueError(f"expected two bases (k, D) with k up to D, got {tuple(a.shape)} and {tuple(b.shape)}")
    qa, qb = (torch.linalg.qr(rows.detach().double().T).Q for rows in (a, b))
    cosines = torch.linalg.svdvals(qa.T @ qb).clamp(0, 1)  # largest first: smallest angle first
    sines = torch.linalg.svdvals(qb - qa @ (qa.T @ qb)).clamp(0, 1).flip(0)  # smallest angle first as well
    angles = torch.where(cosines.square() > 0.5, sines.asin(), cosines.acos())
    return angles.flip(0) * 180 / math.pi
