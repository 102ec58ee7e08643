"""How much of a filter is a Gabor function: least-squares fits of many filters at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

STARTS = 4  # the fit is not convex: each filter starts from its four best places on the grid
STEPS = 40
DIFFERENCE = 1e-5  # in each parameter, to take a derivative
NARROWEST = 0.6  # pixels: an envelope narrower than this lights a single pixel, and fits any speck


@dataclass(frozen=True)
class GaborFits:
    """The best Gabor function of each of K filters (K, S, S); fields are (K,), float64, lengths in pixels.

    `r2` is 1 − squared residual / squared length of the filter about its mean. `x` and `y` are the centre, from the
    filter's middle, x to the right and y up. `orientation` in [0, π) is the direction across the stripes, in which the
    wave runs, counter-clockwise from the x-axis; `frequency` is in cycles a pixel; `phase` in (−π, π] at the centre,
    0 for a bright stripe. `sigma_across` and `sigma_along` are the envelope's standard deviations across and along the
    stripes. `model` (K, S, S) holds the fitted functions.
    """

    r2: Tensor
    x: Tensor
    y: Tensor
    sigma_across: Tensor
    sigma_along: Tensor
    orientation: Tensor
    frequency: Tensor
    phase: Tensor
    amplitude: Tensor
    model: Tensor

    def __len__(self) -> int:
        return len(self.r2)


def fit_gabors(filters: Tensor) -> GaborFits:
    """Fit a·exp(−u²/2σ_u² − v²/2σ_v²)·cos(2πfu + φ) to each filter (K, S, S), u across the stripes and v along them.

    Eight numbers a filter, of S² pixels. For a given place, envelope, direction and frequency the best amplitude and
    phase are a linear problem with a closed form, so that the search (Levenberg–Marquardt, from the best places of a
    coarse grid) has six dimensions. Each filter is fitted about its own mean. Raises ValueError for filters that are
    not square, smaller than 5×5, not finite or constant. The measure is that of Jones & Palmer, "An evaluation of the
    two-dimensional Gabor filter model of simple receptive fields in cat striate cortex", J. Neurophysiology 1987.
    """
    pixels = _checked(filters)
    size = filters.shape[-1]
    starts = _grid(size)
    best = _explained(pixels, _basis(starts, size)).topk(STARTS, dim=1).indices  # (K, STARTS)
    repeated = pixels.repeat_interleave(STARTS, dim=0)
    found, error = _descend(starts[best.flatten()], repeated, size)
    winner = error.view(-1, STARTS).argmin(dim=1) + STARTS * torch.arange(len(pixels))
    return _describe(found[winner], pixels, size)


def _grid(size: int) -> Tensor:
    """Coarse places (G, 6) to start from: x, y, log σ across, log σ along, orientation, frequency."""
    places = torch.linspace(-0.3, 0.3, 5, dtype=torch.float64) * size
    widths = torch.tensor([0.09, 0.16, 0.28], dtype=torch.float64).mul(size).log()
    turns = torch.arange(12, dtype=torch.float64) * math.pi / 12
    frequencies = torch.tensor([0.5, 1.0, 1.6, 2.4, 3.6, 5.0], dtype=torch.float64) / size
    frequencies = frequencies[frequencies < 0.5]
    grid = torch.cartesian_prod(places, places, widths, turns, frequencies)
    return torch.cat([grid[:, :3], grid[:, 2:]], dim=1)  # the same width across and along


def _basis(p: Tensor, size: int) -> Tensor:
    """The even and the odd Gabor function (G, 2, S²) at parameters (G, 6), each about its mean."""
    axis = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    x, y, across, along, turn, frequency = p.T[..., None]
    right, up = axis.repeat(size) - x, -axis.repeat_interleave(size) - y  # rows of a picture run downwards
    u, v = right * turn.cos() + up * turn.sin(), up * turn.cos() - right * turn.sin()
    envelope = torch.exp(-0.5 * (u / across.exp()) ** 2 - 0.5 * (v / along.exp()) ** 2)
    wave = 2 * math.pi * frequency * u
    pair = torch.stack([envelope * wave.cos(), envelope * wave.sin()], dim=1)
    return pair - pair.mean(dim=2, keepdim=True)


def _orthonormal(pair: Tensor) -> Tensor:
    """The same planes (G, 2, P), spanned by two vectors of length 1 at a right angle; a lost direction becomes zero."""
    first = pair[:, 0] / pair[:, 0].norm(dim=1, keepdim=True).clamp_min(1e-9)
    rest = pair[:, 1] - (pair[:, 1] * first).sum(1, keepdim=True) * first
    return torch.stack([first, rest / rest.norm(dim=1, keepdim=True).clamp_min(1e-6)], dim=1)


def _explained(pixels: Tensor, pairs: Tensor) -> Tensor:
    """Squared length (K, G) of each filter (K, P) within each plane (G, 2, P)."""
    planes = _orthonormal(pairs)
    return (pixels @ planes[:, 0].T) ** 2 + (pixels @ planes[:, 1].T) ** 2


def _residual(p: Tensor, pixels: Tensor, size: int) -> Tensor:
    """What the best amplitude and phase leave of each filter, (M, P): one filter to each row of parameters (M, 6)."""
    planes = _orthonormal(_basis(p, size))
    return pixels - torch.einsum("mip,mi->mp", planes, torch.einsum("mip,mp->mi", planes, pixels))


def _descend(p: Tensor, pixels: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Levenberg–Marquardt on all rows at once: parameters (M, 6) and squared residuals (M,), never worse than before.

    Each row has its own damping, as each has its own problem.
    """
    damping = torch.full((len(p),), 1e-2, dtype=torch.float64)
    left = _residual(p, pixels, size)
    for _ in range(STEPS):
        slope = _slopes(p, left, pixels, size)  # (M, P, 6)
        normal = slope.transpose(1, 2) @ slope
        uphill = (slope.transpose(1, 2) @ left[:, :, None])[:, :, 0]
        scale = normal.diagonal(dim1=1, dim2=2) + 1e-9
        step = torch.linalg.solve(normal + torch.diag_embed(damping[:, None] * scale), uphill)
        tried = _bounded(p - step, size)
        left_there = _residual(tried, pixels, size)
        better = left_there.pow(2).sum(1) < left.pow(2).sum(1)
        p, left = torch.where(better[:, None], tried, p), torch.where(better[:, None], left_there, left)
        damping = torch.where(better, damping / 3, damping * 4).clamp(1e-8, 1e8)
    return p, left.pow(2).sum(1)


def _slopes(p: Tensor, left: Tensor, pixels: Tensor, size: int) -> Tensor:
    """Derivatives of the residual by forward differences, (M, P, 6)."""
    shifts = DIFFERENCE * torch.eye(p.shape[1], dtype=p.dtype)
    return torch.stack([(_residual(p + shift, pixels, size) - left) / DIFFERENCE for shift in shifts], dim=2)


def _bounded(p: Tensor, size: int) -> Tensor:
    """Parameters kept where they mean something: centre in the filter, envelope from a pixel to its side, f <= 1/2."""
    x, y, across, along, turn, frequency = p.T
    narrow, wide = math.log(NARROWEST), math.log(size)
    half = size / 2
    return torch.stack(
        [
            x.clamp(-half, half),
            y.clamp(-half, half),
            across.clamp(narrow, wide),
            along.clamp(narrow, wide),
            turn,
            frequency.clamp(0.0, 0.5),
        ],
        dim=1,
    )


def _describe(p: Tensor, pixels: Tensor, size: int) -> GaborFits:
    """Amplitude and phase by linear least squares, and every number in its usual range."""
    pair = _basis(p, size)
    normal = pair @ pair.transpose(1, 2) + 1e-9 * torch.eye(2, dtype=p.dtype)
    even, odd = torch.linalg.solve(normal, (pair @ pixels[:, :, None]))[:, :, 0].T
    model = even[:, None] * pair[:, 0] + odd[:, None] * pair[:, 1]
    r2 = 1 - (pixels - model).pow(2).sum(1) / pixels.pow(2).sum(1)
    turn = p[:, 4].remainder(2 * math.pi)
    flipped = turn >= math.pi  # the same stripes seen from the other side: the odd part changes sign
    phase = torch.atan2(torch.where(flipped, odd, -odd), even)
    x, y, across, along, _, frequency = p.T
    return GaborFits(
        r2=r2,
        x=x,
        y=y,
        sigma_across=across.exp(),
        sigma_along=along.exp(),
        orientation=turn.remainder(math.pi),
        frequency=frequency,
        phase=phase,
        amplitude=torch.hypot(even, odd),
        model=model.view(-1, size, size),
    )


def _checked(filters: Tensor) -> Tensor:
    """Filters (K, S, S) as rows (K, S²) about their means, float64."""
    if not isinstance(filters, Tensor) or filters.ndim != 3 or filters.shape[1] != filters.shape[2]:
        got = tuple(filters.shape) if isinstance(filters, Tensor) else type(filters).__name__
        raise ValueError(f"expected square filters of shape (K, S, S), got {got}")
    if len(filters) == 0 or filters.shape[1] < 5:
        raise ValueError(f"expected at least one filter of 5×5 pixels or more, got shape {tuple(filters.shape)}")
    pixels = filters.detach().cpu().double().flatten(1)
    if not torch.isfinite(pixels).all():
        raise ValueError("expected finite filters, got NaN or infinity among them")
    pixels = pixels - pixels.mean(dim=1, keepdim=True)
    if (pixels.norm(dim=1) < 1e-12).any():
        raise ValueError("expected filters that vary, got a constant one, of which a fit says nothing")
    return pixels
