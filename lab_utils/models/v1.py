"""A model of the first visual area with nothing learned: simple cells, and complex cells made of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab_utils.core import expect_images

PHASES = (0.0, math.pi / 2, math.pi, 3 * math.pi / 2)


def gabor(
    size: int,
    *,
    wavelength: float,
    orientation: float = 0.0,
    phase: float = 0.0,
    sigma: float | None = None,
    aspect: float = 1.0,
    centre: tuple[float, float] = (0.0, 0.0),
) -> Tensor:
    """A cosine of `wavelength` pixels under a Gaussian of `sigma` pixels (default: half the wavelength): (size, size).

    `orientation` in radians is the direction in which the wave runs, counter-clockwise from the x-axis; x points right
    and y up from `centre`, which is (x, y) from the middle of the picture. `aspect` is the envelope's width across the
    stripes over its length along them. Source: Daugman, "Uncertainty relation for resolution in space, spatial
    frequency, and orientation optimized by two-dimensional visual cortical filters", J. Opt. Soc. Am. A 1985.
    """
    sigma = 0.5 * wavelength if sigma is None else sigma
    if size < 1 or not wavelength > 0 or not sigma > 0 or not aspect > 0:
        raise ValueError(
            f"expected positive size, wavelength, sigma and aspect, got {size}, {wavelength}, {sigma}, {aspect}"
        )
    axis = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    right, up = axis[None, :] - centre[0], -axis[:, None] - centre[1]
    across = right * math.cos(orientation) + up * math.sin(orientation)
    along = up * math.cos(orientation) - right * math.sin(orientation)
    envelope = torch.exp(-(across**2 + (aspect * along) ** 2) / (2 * sigma**2))
    return (envelope * torch.cos(2 * math.pi * across / wavelength + phase)).float()


class V1(nn.Module):
    """Simple and complex cells after Hubel and Wiesel: images (B, 1, H, W) to complex cells (B, K, H/2, W/2).

    K = orientations · wavelengths. `simple` (B, 4K, H, W) are Gabor filters at four phases, rectified: the four of one
    direction and wavelength stand together. `complex` (B, K, H, W) is the energy of such a set, √(Σ simple²), which
    is the same for every phase of a grating (Adelson & Bergen, "Spatiotemporal energy models for the perception of
    motion", 1985). `pool` takes the largest answer of 2×2 places, as in HMAX (Riesenhuber & Poggio, 1999).
    Filters have mean 0 and length 1. It learns nothing: there are no parameters.
    """

    def __init__(
        self, *, orientations: int = 8, wavelengths: Sequence[float] = (4.0, 8.0), size: int = 13, pool: int = 2
    ) -> None:
        super().__init__()
        if orientations < 1 or not wavelengths or size < 3 or size % 2 == 0:
            raise ValueError(
                f"expected orientations, wavelengths and an odd size of 3 or more, got {orientations}, "
                f"{tuple(wavelengths)}, {size}"
            )
        directions = [number * math.pi / orientations for number in range(orientations)]
        self.simple = SimpleCells([(angle, wave) for wave in wavelengths for angle in directions], size)
        self.complex = ComplexCells()
        self.pool = nn.MaxPool2d(pool)

    def forward(self, x: Tensor) -> Tensor:
        """Answers of the pooled complex cells."""
        expect_images(x, channels=1)
        return self.pool(self.complex(self.simple(x)))


class SimpleCells(nn.Module):
    """Rectified Gabor filters at four phases: (B, 1, H, W) to (B, 4K, H, W) for K pairs (orientation, wavelength)."""

    weight: Tensor

    def __init__(self, kinds: Sequence[tuple[float, float]], size: int) -> None:
        super().__init__()
        filters = [
            gabor(size, wavelength=wave, orientation=angle, phase=phase) for angle, wave in kinds for phase in PHASES
        ]
        weight = torch.stack(filters)[:, None]  # (4K, 1, size, size)
        weight = weight - weight.mean(dim=(2, 3), keepdim=True)  # blind to a change in brightness
        self.register_buffer("weight", weight / weight.flatten(1).norm(dim=1)[:, None, None, None])

    def forward(self, x: Tensor) -> Tensor:
        """Rectified answers; the map keeps its size."""
        return F.relu(F.conv2d(x, self.weight, padding=self.weight.shape[-1] // 2))


class ComplexCells(nn.Module):
    """Root of the summed squares of each four neighbouring channels: (B, 4K, H, W) to (B, K, H, W)."""

    def forward(self, simple: Tensor) -> Tensor:
        """The energy: two rectified opposites make one squared filter, two squared quarters of a wave any phase."""
        return simple.unflatten(1, (-1, len(PHASES))).square().sum(dim=2).sqrt()
