"""Points in the plane lie where their formulas put them, half of each class, and depend on the seed alone."""

import math

import numpy as np
import pytest
import torch
from sklearn.datasets import make_circles, make_moons
from sklearn.neighbors import KNeighborsClassifier

from lab_utils import data

KINDS = {"two_moons": data.two_moons, "circles": data.circles, "spiral": data.spiral, "xor": data.xor}
each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
@pytest.mark.parametrize("count", [2, 7, 300])
def test_form(kind, count):
    points = KINDS[kind](count)
    assert points.x.shape == (count, 2)
    assert (points.x.dtype, points.y.dtype) == (torch.float32, torch.int64)
    assert points.y.bincount(minlength=2).tolist() == [count - count // 2, count // 2]
    assert repr(points) == f"Split({count} examples of shape (2,))"


@each_kind
def test_the_seed_decides_and_nothing_else(kind):
    draw = KINDS[kind]
    torch.manual_seed(1)
    first = draw(50, seed=3)
    torch.manual_seed(2)
    again, other = draw(50, seed=3), draw(50, seed=4)
    assert torch.equal(first.x, again.x)
    assert torch.equal(first.y, again.y)
    assert not torch.equal(first.x, other.x)


@each_kind
def test_classes_are_mixed(kind):
    changes = [int(KINDS[kind](100, seed=seed).y.diff().abs().sum()) for seed in range(5)]
    assert min(changes) > 30  # in order of class there would be 1, alternating 99
    assert max(changes) < 70


@each_kind
def test_noise_is_gaussian_with_the_deviation_asked_for(kind):
    clean, noisy = KINDS[kind](4000, noise=0, seed=1), KINDS[kind](4000, noise=0.3, seed=1)
    assert torch.equal(clean.y, noisy.y)
    added = noisy.x - clean.x
    assert added.std(dim=0).tolist() == pytest.approx([0.3, 0.3], abs=0.02)
    assert added.mean(dim=0).abs().max() < 0.02


def nearest(points, reference):
    """Distance from each point to the nearest reference point of the same class."""
    wanted, labels = reference
    found = np.empty(len(points))
    for k in (0, 1):
        mine = points.x[points.y == k].numpy()
        found[points.y.numpy() == k] = np.linalg.norm(mine[:, None] - wanted[labels == k][None], axis=2).min(axis=1)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_moons_and_circles_lie_on_scikit_learns_curves(seed):
    assert nearest(data.two_moons(400, noise=0, seed=seed), make_moons(4000, shuffle=False)).max() < 2e-3
    rings = make_circles(4000, shuffle=False, factor=0.5)
    assert nearest(data.circles(400, noise=0, seed=seed), rings).max() < 2e-3


@pytest.mark.parametrize("turns", [0.5, 1.5, 3])
def test_arms_of_the_spiral(turns):
    arms = data.spiral(500, noise=0, turns=turns)
    radius = arms.x.norm(dim=1)
    angle = torch.atan2(arms.x[:, 1], arms.x[:, 0])
    left = (angle - 2 * math.pi * turns * radius - math.pi * arms.y) / (2 * math.pi)
    torch.testing.assert_close(left, left.round(), atol=1e-4, rtol=0)
    assert float(radius.max()) <= 1


def test_the_arms_are_evenly_filled():
    """A radius that is the root of a uniform number puts a quarter of the points into the inner half of the disc."""
    inner = (data.spiral(4000, noise=0, seed=5).x.norm(dim=1) < 0.5).double().mean()
    assert float(inner) == pytest.approx(0.25, abs=0.03)


def test_xor_is_the_sign_of_the_product():
    points = data.xor(1000)
    assert torch.equal(points.y, (points.x.prod(dim=1) < 0).long())
    assert float(points.x.abs().max()) <= 1
    quadrant = 2 * (points.x[:, 0] > 0) + (points.x[:, 1] > 0)
    assert min(quadrant.bincount(minlength=4).tolist()) > 200


@each_kind
def test_two_seeds_give_one_task(kind):
    """What is learned from one sample holds for another: neighbours in a fresh sample have the same label."""
    train, test = KINDS[kind](400, noise=0.02, seed=0), KINDS[kind](400, noise=0.02, seed=1)
    nearest_three = KNeighborsClassifier(3).fit(train.x.numpy(), train.y.numpy())
    assert nearest_three.score(test.x.numpy(), test.y.numpy()) > 0.93


@each_kind
@pytest.mark.parametrize("count", [1, 0, -3, 10.5, "many", True])
def test_impossible_counts(kind, count):
    with pytest.raises(ValueError, match="whole number of points, at least 2, got"):
        KINDS[kind](count)


@each_kind
@pytest.mark.parametrize("noise", [-0.1, float("nan"), float("inf"), "loud"])
def test_impossible_noise(kind, noise):
    with pytest.raises(ValueError, match="noise of at least 0, got"):
        KINDS[kind](10, noise=noise)


@pytest.mark.parametrize("turns", [0, -1, float("nan"), "many"])
def test_impossible_turns(turns):
    with pytest.raises(ValueError, match="turns above 0, got"):
        data.spiral(10, turns=turns)
