"""Gabor fits: known Gabors are recovered, a general optimiser finds nothing better, and other filters score low."""

import math

import pytest
import torch
from scipy.optimize import least_squares

from lab_utils import measure, models

SIZE = 12


def known(count=24, seed=0):
    """Gabors with parameters drawn at random, in the middle of what is found in V1."""
    draw = torch.Generator().manual_seed(seed)

    def between(low, high):
        return low + (high - low) * torch.rand(count, generator=draw)

    return {
        "wavelength": between(3, 8),
        "orientation": between(0, math.pi),
        "phase": between(-math.pi, math.pi),
        "sigma": between(1.2, 2.5),
        "aspect": between(0.6, 1.2),
        "x": between(-2, 2),
        "y": between(-2, 2),
    }


def drawn(p):
    names = ("wavelength", "orientation", "phase", "sigma", "aspect")
    return torch.stack(
        [
            models.gabor(
                SIZE, **{name: float(p[name][i]) for name in names}, centre=(float(p["x"][i]), float(p["y"][i]))
            )
            for i in range(len(p["x"]))
        ]
    )


def turned(a, b, period):
    """Distance of angles that repeat after a period."""
    apart = (a - b).remainder(period)
    return torch.minimum(apart, period - apart)


def test_a_gabor_is_recovered():
    p = known()
    fits = measure.fit_gabors(5 * drawn(p) + 0.3)
    assert len(fits) == 24
    assert fits.r2.min() > 0.9999
    torch.testing.assert_close(fits.frequency, 1 / p["wavelength"].double(), atol=2e-3, rtol=0)
    torch.testing.assert_close(fits.sigma_across, p["sigma"].double(), atol=2e-2, rtol=0)
    torch.testing.assert_close(fits.sigma_along, (p["sigma"] / p["aspect"]).double(), atol=2e-2, rtol=0)
    torch.testing.assert_close(fits.x, p["x"].double(), atol=2e-2, rtol=0)
    torch.testing.assert_close(fits.y, p["y"].double(), atol=2e-2, rtol=0)
    torch.testing.assert_close(fits.amplitude, torch.full((24,), 5.0, dtype=torch.float64), atol=0.05, rtol=0)
    assert turned(fits.orientation, p["orientation"].double(), math.pi).max() < 0.02
    # across the stripes the wave may be written in both directions, with opposite phases
    same = turned(fits.orientation, p["orientation"].double(), 2 * math.pi) < 0.1
    expected = torch.where(same, p["phase"].double(), -p["phase"].double())
    assert turned(fits.phase, expected, 2 * math.pi).max() < 0.05


@pytest.mark.parametrize("seed", [0, 1])
def test_r2_matches_its_model_and_noise_lowers_it(seed):
    clean = drawn(known(6, seed))
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(seed))
    noisy = clean / clean.flatten(1).norm(dim=1)[:, None, None] + noise / noise.flatten(1).norm(dim=1)[:, None, None]
    fits = measure.fit_gabors(noisy)
    centred = noisy.double() - noisy.double().mean((1, 2), keepdim=True)
    left = (centred - fits.model).pow(2).sum((1, 2)) / centred.pow(2).sum((1, 2))
    torch.testing.assert_close(fits.r2, 1 - left)
    assert (fits.r2 > 0.35).all()
    assert (fits.r2 < 0.75).all()


def test_no_worse_than_scipy_from_the_true_parameters():
    """A general optimiser that starts where the noise-free Gabor lies is the reference for the search."""
    p = known(5, seed=3)
    clean = drawn(p)
    noisy = clean + 0.15 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))
    fits = measure.fit_gabors(noisy)
    axis = torch.arange(SIZE, dtype=torch.float64) - (SIZE - 1) / 2
    right, up = axis[None, :], -axis[:, None]
    for i in range(5):
        target = noisy[i].double() - noisy[i].double().mean()

        def residual(q, target=target):
            x, y, across, along, turn, frequency, phase, height = q
            u = (right - x) * math.cos(turn) + (up - y) * math.sin(turn)
            v = (up - y) * math.cos(turn) - (right - x) * math.sin(turn)
            model = height * torch.exp(-0.5 * (u / across) ** 2 - 0.5 * (v / along) ** 2)
            model = model * torch.cos(2 * math.pi * frequency * u + phase)
            return (target - (model - model.mean())).flatten().numpy()

        names = ("x", "y", "sigma", "sigma", "orientation", "wavelength", "phase")
        start = [float(p[name][i]) for name in names] + [1.0]
        start[3] /= float(p["aspect"][i])
        start[5] = 1 / start[5]
        reference = 1 - 2 * least_squares(residual, start).cost / float(target.pow(2).sum())
        assert fits.r2[i].item() > reference - 1e-3


def test_what_is_no_gabor_scores_low():
    noise = torch.randn(30, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    assert measure.fit_gabors(noise).r2.median() < 0.25
    half = torch.zeros(1, SIZE, SIZE)
    half[0, :, :6], half[0, :4, :6] = 1, -2  # corners, not stripes
    assert measure.fit_gabors(half).r2.item() < 0.9


def test_a_fit_scales_with_its_filter_and_turns_with_it():
    filters = torch.randn(4, 9, 9, generator=torch.Generator().manual_seed(2))
    r2 = measure.fit_gabors(filters).r2
    torch.testing.assert_close(measure.fit_gabors(-7 * filters + 2).r2, r2, atol=1e-6, rtol=0)
    torch.testing.assert_close(measure.fit_gabors(filters.rot90(1, (1, 2))).r2, r2, atol=2e-2, rtol=0)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (torch.randn(3, 12), r"\(K, S, S\), got \(3, 12\)"),
        (torch.randn(3, 12, 11), "square"),
        (torch.randn(3, 4, 4), "5×5"),
        (torch.randn(0, 9, 9), "at least one"),
        (torch.ones(2, 9, 9), "constant"),
        (torch.full((2, 9, 9), math.nan), "finite"),
        ([1, 2], "list"),
    ],
)
def test_errors_say_what_was_expected(filters, message):
    with pytest.raises(ValueError, match=message):
        measure.fit_gabors(filters)
