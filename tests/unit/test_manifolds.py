"""Points near known curves, bit patterns, and the stored maps of garments."""

import json

import pytest
import torch

from lab_utils import data
from lab_utils.core import DataError

SEEDS = pytest.mark.parametrize("seed", [0, 1, 2])


@SEEDS
def test_the_spiral_winds_as_stated_and_positions_are_even_along_it(seed):
    clean = data.noisy_spiral(4000, noise=0, seed=seed)
    order = clean.position.argsort()
    x = clean.x[order]
    radius = x.norm(dim=1)
    assert radius[0].item() == pytest.approx(0.2, abs=0.01)
    assert radius[-1].item() == pytest.approx(1.0, abs=0.01)
    assert (radius.diff() > -1e-4).all()
    angles = torch.atan2(x[:, 1], x[:, 0]).diff()
    turned = torch.remainder(angles + torch.pi, 2 * torch.pi).sub(torch.pi).sum() / (2 * torch.pi)
    assert turned.item() == pytest.approx(1.25, abs=0.01)
    length = x.diff(dim=0).norm(dim=1).cumsum(0)
    torch.testing.assert_close(length / length[-1], clean.position[order][1:], atol=0.005, rtol=0)


@SEEDS
def test_noise_is_added_to_each_coordinate(seed):
    apart = data.noisy_spiral(4000, noise=0.1, seed=seed).x - data.noisy_spiral(4000, noise=0, seed=seed).x
    torch.testing.assert_close(apart.std(dim=0), torch.full((2,), 0.1), atol=0.006, rtol=0)


@SEEDS
def test_the_population_turns_with_the_direction(seed):
    ring = data.ring_population(4000, cells=12, seed=seed)
    counts = ring.x.square()
    torch.testing.assert_close(counts, counts.round(), atol=1e-4, rtol=0)
    angle = 2 * torch.pi * ring.position
    waves = torch.stack([angle.cos(), angle.sin()], dim=1)
    preferred = counts.T @ waves
    assert (preferred.norm(dim=1) / counts.sum(dim=0) > 0.6).all(), "each cell prefers one direction"
    near = (ring.position < 0.05) | (ring.position > 0.95)
    wrapped = ring.x[near & (ring.position < 0.5)].mean(dim=0) - ring.x[near & (ring.position > 0.5)].mean(dim=0)
    assert wrapped.norm() < 0.5 * (ring.x[near].mean(dim=0) - ring.x[~near].mean(dim=0)).norm(), "the ring closes"


def test_equal_seeds_give_equal_points():
    for make in (data.noisy_spiral, data.ring_population):
        assert torch.equal(make(50, seed=3).x, make(50, seed=3).x)
        assert not torch.equal(make(50, seed=3).x, make(50, seed=4).x)
        assert len(make(50)) == 50


@SEEDS
def test_bit_patterns_are_all_there_once_and_the_label_needs_several_bits(seed):
    world = data.bit_patterns(8, seed=seed)
    assert world.x.unique(dim=0).shape == (256, 8)
    assert set(world.x.unique().tolist()) == {-1.0, 1.0}
    assert world.y.sum() == 128
    agreement = [((world.x[:, bit] > 0).long() == world.y).float().mean().sub(0.5).abs().item() for bit in range(8)]
    assert max(agreement) < 0.45


def test_the_stored_maps_belong_to_the_first_test_pictures():
    maps = data.fashion_maps()
    assert set(maps.points) == {"pca", "t-sne", "umap"} == set(maps.settings)
    assert torch.equal(maps.y, data.fashion_mnist().test.y[:2000])
    assert all(places.shape == (2000, 2) for places in maps.points.values())


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ("{", "does not hold maps"),
        ("{}", "does not hold maps"),
        (json.dumps({"y": [1, 2], "points": {"pca": [[0, 1]]}, "settings": {}}), "expected 2 finite places for pca"),
        (json.dumps({"y": [1], "points": {"pca": [["a", 1]]}, "settings": {}}), "does not hold maps"),
    ],
)
def test_other_files_are_refused(tmp_path, stored, message):
    path = tmp_path / "maps.json"
    path.write_text(stored)
    with pytest.raises(DataError, match=message):
        data.fashion_maps(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.json is missing"):
        data.fashion_maps(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: data.noisy_spiral(1), "expected a whole number of points, at least 2, got 1"),
        (lambda: data.noisy_spiral(10, noise=-1), "expected a noise of at least 0, got -1"),
        (lambda: data.noisy_spiral(10, turns=0), "expected a number of turns above 0, got 0"),
        (lambda: data.ring_population(10, cells=0), "expected at least 1 cell"),
        (lambda: data.bit_patterns(40), "expected 2 to 16 bits, got 40"),
    ],
)
def test_bad_input_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
