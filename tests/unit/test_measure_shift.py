"""Equivariance and invariance: exact where theory says exact, and broken where theory says broken."""

import itertools

import pytest
import torch
from torch import nn

from lab_utils.core import generator, seeded
from lab_utils.measure import ReceptiveField, shift, shift_consistency, shift_equivariance

ALL_SHIFTS = [(dy, dx) for dy in (-3, -2, -1, 0, 1, 2) for dx in (-2, -1, 0, 1, 3)]
EXACT = 1e-12


def images(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=generator(seed), dtype=torch.float64)


def build(seed: int, *layers) -> nn.Sequential:
    with seeded(seed):
        return nn.Sequential(*(layer() for layer in layers)).double().eval()


@pytest.mark.parametrize(("dy", "dx"), [(0, 0), (1, 0), (-2, 3), (0, -1), (4, 4), (9, 0), (-5, -7)])
def test_every_pixel_moves_and_zeros_come_in(dy, dx):
    x = images(0, 2, 3, 5, 7) + 1
    moved, wrapped = shift(x, dy, dx), shift(x, dy, dx, wrap=True)
    for row, column in itertools.product(range(5), range(7)):
        inside = 0 <= row - dy < 5 and 0 <= column - dx < 7
        expected = x[..., row - dy, column - dx] if inside else torch.zeros(2, 3, dtype=x.dtype)
        assert torch.equal(moved[..., row, column], expected)
        assert torch.equal(wrapped[..., row, column], x[..., (row - dy) % 5, (column - dx) % 7])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_a_convolution_moves_with_every_shift(seed, padding):
    part = build(
        seed, lambda: nn.Conv2d(2, 4, 3, padding=padding), nn.Tanh, lambda: nn.Conv2d(4, 3, 3, padding=padding)
    )
    errors = shift_equivariance(part, images(seed, 3, 2, 14, 15), ALL_SHIFTS)
    assert list(errors) == ALL_SHIFTS
    assert max(errors.values()) < EXACT


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("pool", [nn.MaxPool2d, nn.AvgPool2d])
def test_after_pooling_by_two_only_even_shifts_are_exact(seed, pool):
    part = build(seed, lambda: nn.Conv2d(1, 4, 3, padding=1), lambda: pool(2))
    errors = shift_equivariance(part, images(seed, 3, 1, 16, 16), ALL_SHIFTS)
    for (dy, dx), error in errors.items():
        if dy % 2 == 0 and dx % 2 == 0:
            assert error < EXACT
        else:
            assert error > 0.03


@pytest.mark.parametrize("seed", range(3))
def test_after_two_poolings_only_multiples_of_four_are_exact(seed):
    """Valid convolutions and floor divisions, as in the tutorial network: 29 -> 27 -> 13 -> 11 -> 5."""
    part = build(seed, *(f for _ in range(2) for f in (lambda: nn.LazyConv2d(3, 3), lambda: nn.MaxPool2d(2))))
    part(images(0, 1, 1, 29, 29))
    errors = shift_equivariance(part, images(seed, 2, 1, 29, 29), [(s, -s) for s in (-8, -4, -2, -1, 1, 2, 3, 4, 8)])
    assert all((error < EXACT) == (dy % 4 == 0) for (dy, _), error in errors.items())


@pytest.mark.parametrize("seed", range(3))
def test_circular_padding_is_exact_everywhere(seed):
    part = build(seed, lambda: nn.Conv2d(1, 4, 3, padding=1, padding_mode="circular"), nn.ReLU, lambda: nn.AvgPool2d(2))
    errors = shift_equivariance(part, images(seed, 3, 1, 8, 8), [(2, 4), (-2, 0), (6, -4)], wrap=True)
    assert max(errors.values()) < EXACT
    zero_padded = build(seed, lambda: nn.Conv2d(1, 4, 3, padding=1))
    assert min(shift_equivariance(zero_padded, images(seed, 3, 1, 8, 8), [(1, 0), (0, 2)], wrap=True).values()) > 0.01


@pytest.mark.parametrize("seed", range(3))
def test_a_dense_layer_does_not_move_with_the_image(seed):
    dense = build(seed, nn.Flatten, lambda: nn.Linear(64, 64), lambda: nn.Unflatten(1, (1, 8, 8)))
    errors = shift_equivariance(dense, images(seed, 3, 1, 8, 8), [(1, 0), (0, 1), (2, 2)], field=ReceptiveField())
    assert min(errors.values()) > 0.3


def test_the_relative_error_in_closed_form():
    """A position-dependent gain, f(x)[i] = i x[i] on one row of ones: moved by 1 the error is 1 against i − 1."""

    class Ramp(nn.Module):
        def forward(self, x):
            return x * torch.arange(x.shape[3], dtype=x.dtype)

    (error,) = shift_equivariance(Ramp(), torch.ones(1, 1, 1, 6), [(0, 1)], field=ReceptiveField()).values()
    # Compared are columns 1 to 5: f(shift x) = 1, 2, 3, 4, 5 against shift f(x) = 0, 1, 2, 3, 4.
    assert error == pytest.approx((5 / (1 + 4 + 9 + 16)) ** 0.5)


@pytest.mark.parametrize("by", [1, -1])
def test_units_that_reach_padding_before_or_after_the_shift_are_left_out(by):
    """Pairs of a ramp 1, 2, … averaged from column −1 on: half a unit's shift leaves two units, each off by 1."""
    pool, ramp = nn.AvgPool2d((1, 2), stride=(1, 2), padding=(0, 1)), torch.arange(1.0, 9.0).view(1, 1, 1, 8)
    (error,) = shift_equivariance(pool, ramp, [(0, by)]).values()
    assert error == pytest.approx((2 / (4.5**2 + 6.5**2)) ** 0.5)


@pytest.mark.parametrize("by", [3, -3])
def test_a_shift_between_two_units_is_compared_with_the_better_one(by):
    """Fours of a ramp averaged: moved by 3 of 4 pixels they are off by 1 from a whole unit's shift, by 3 from none."""
    pool, ramp = nn.AvgPool2d((1, 4)), torch.arange(1.0, 17.0).view(1, 1, 1, 16)
    (error,) = shift_equivariance(pool, ramp, [(0, by)]).values()
    # Three units are left; they are compared with the averages 2.5, 6.5, 10.5, or 6.5, 10.5, 14.5 the other way.
    expected = torch.tensor([2.5, 6.5, 10.5]) + (4 if by < 0 else 0)
    assert error == pytest.approx((3**0.5 / expected.norm()).item())


def test_equivariance_errors():
    part = build(0, lambda: nn.Conv2d(1, 1, 5))
    with pytest.raises(ValueError, match=r"moved by \(5, 0\), got none"):
        shift_equivariance(part, images(0, 1, 1, 8, 8), [(5, 0)])
    with pytest.raises(ValueError, match="got Flatten"):
        shift_equivariance(build(0, nn.Flatten), images(0, 1, 1, 8, 8), [(1, 0)])
    with pytest.raises(ValueError, match="expected the part to return maps"):
        shift_equivariance(build(0, nn.Flatten), images(0, 1, 1, 8, 8), [(1, 0)], field=ReceptiveField())


def test_an_invariant_classifier_keeps_its_answers_and_a_positional_one_does_not():
    """Classes: a dot in the left or the right half. Counting dots cannot see a shift; reading positions does."""
    x = torch.zeros(8, 1, 4, 8)
    for index in range(8):
        x[index, 0, 1, index] = 1
    y = (torch.arange(8) >= 4).long()

    class Total(nn.Module):
        def forward(self, x):
            total = x.sum(dim=(1, 2, 3))
            return torch.stack([total, 1 - total], dim=1)

    class Side(nn.Module):
        def forward(self, x):
            return torch.stack([x[..., :4].sum(dim=(1, 2, 3)), x[..., 4:].sum(dim=(1, 2, 3))], dim=1)

    counted = shift_consistency(Total(), x, y, [(1, 0), (-1, 0)])
    assert all((row.unchanged, row.accuracy) == (1.0, 0.5) for row in counted.values())
    read = shift_consistency(Side(), x, y, [(0, 0), (0, 2), (0, -1)], wrap=True, batch_size=3)
    assert read[0, 0].accuracy == read[0, 0].unchanged == 1.0
    assert read[0, 2].accuracy == read[0, 2].unchanged == 0.5  # columns 2, 3, 6 and 7 change sides
    assert read[0, -1].accuracy == 0.75
