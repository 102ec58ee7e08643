"""Probes and selectivity: normal equations, planted information and closed forms as references."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from lab_utils.core import generator, seeded
from lab_utils.measure import linear_probe, pool_to, probe_by_layer, selectivity


def clouds(
    seed: int, *, count: int = 400, classes: int = 3, distance: float = 1.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Gaussian clouds in 6 dimensions, of very unequal scales."""
    chance = generator(seed)
    y = torch.randint(classes, (count,), generator=chance)
    centres = distance * torch.eye(classes, 6)
    return (centres[y] + torch.randn(count, 6, generator=chance)) * torch.logspace(-3, 3, 6), y


@pytest.mark.parametrize("seed", range(4))
def test_the_ridge_probe_solves_the_normal_equations(seed):
    x, y = clouds(seed)
    train, test = x[:200].double().numpy(), x[200:].double().numpy()
    mean, deviation = train.mean(0), train.std(0)
    train, test = (train - mean) / deviation, (test - mean) / deviation
    targets = np.where(y[:200, None].numpy() == np.arange(3), 1.0, -1.0)
    weight = np.linalg.solve(train.T @ train + 0.01 * 200 * np.eye(6), train.T @ (targets - targets.mean(0)))
    answers = (test @ weight + targets.mean(0)).argmax(1)
    expected = (answers == y[200:].numpy()).mean()
    assert linear_probe(x[:200], y[:200], x[200:], y[200:]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("method", ["ridge", "logistic"])
def test_it_reads_what_is_linear_and_only_that(method):
    x = torch.rand(1200, 2, generator=generator(0)) * 2 - 1
    line, product = (x[:, 0] > 0.3 * x[:, 1]).long(), (x[:, 0] * x[:, 1] > 0).long()
    assert linear_probe(x[:800], line[:800], x[800:], line[800:], method=method) > 0.95
    # No line can do better than three of the four quadrants.
    assert linear_probe(x[:800], product[:800], x[800:], product[800:], method=method) < 0.78


def test_scale_does_not_matter_and_the_seed_decides_the_sample():
    x, y = clouds(0, distance=2.0)
    before = linear_probe(x[:200], y[:200], x[200:], y[200:])
    assert linear_probe(50 * x[:200] + 3, y[:200], 50 * x[200:] + 3, y[200:]) == pytest.approx(before, abs=0.011)
    small = [linear_probe(x[:200], y[:200], x[200:], y[200:], max_train=15, seed=seed) for seed in (1, 1, 2, 3)]
    assert small[0] == small[1]
    assert len(set(small)) > 1


def test_maps_are_pooled_to_comparable_size():
    for channels, side, grid in [(1, 28, 22), (32, 28, 4), (64, 14, 2), (128, 7, 2), (600, 7, 1), (2, 3, 3)]:
        maps = torch.rand(2, channels, side, side, generator=generator(0))
        pooled = pool_to(maps, 512)
        assert pooled.shape == (2, channels * grid**2)
        if side % grid == 0:
            blocks = maps.view(2, channels, grid, side // grid, grid, side // grid).mean(dim=(3, 5))
            torch.testing.assert_close(pooled, blocks.flatten(1))
    assert pool_to(torch.zeros(2, 900), 512).shape == (2, 900)
    with pytest.raises(ValueError, match="max_features of at least 1"):
        pool_to(torch.zeros(2, 3), 0)


def test_by_layer_a_planted_code_shows_where_it_was_computed():
    """The label is the sign of xy = ((x+y)² − (x−y)²)/4: only after a layer of squared sums can a line read it."""

    class Square(nn.Module):
        def forward(self, x):
            return x.square()

    net = nn.Sequential(nn.Linear(2, 2, bias=False), Square(), nn.Linear(2, 1))
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[1.0, 1.0], [1.0, -1.0]]))
    x = torch.rand(1000, 2, generator=generator(0)) * 2 - 1
    y = (x.prod(dim=1) > 0).long()
    rows = probe_by_layer(net, (x[:600], y[:600]), (x[600:], y[600:]), ["0", "1"], batch_size=64)
    assert [(row.layer, row.features) for row in rows] == [("input", 2), ("0", 2), ("1", 2)]
    assert rows[0].accuracy < 0.78
    assert rows[1].accuracy < 0.78
    assert rows[2].accuracy > 0.9


def test_by_layer_equals_probing_the_activations():
    with seeded(0):
        net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 7))
    x = torch.rand(120, 1, 8, 8, generator=generator(0))
    y = (x.mean(dim=(1, 2, 3)) > 0.5).long()
    rows = probe_by_layer(net, (x[:80], y[:80]), (x[80:], y[80:]), ["1", "3"], max_features=16)
    with torch.no_grad():
        maps, dense = net[:2](x), net(x)
    pooled = nn.functional.adaptive_avg_pool2d(maps, 2)
    assert [row.features for row in rows] == [16, 16, 7]
    assert rows[1].accuracy == linear_probe(pooled[:80], y[:80], pooled[80:], y[80:])
    assert rows[2].accuracy == linear_probe(dense[:80], y[:80], dense[80:], y[80:])


def test_probe_errors():
    x, y = clouds(0)
    with pytest.raises(ValueError, match="expected the method"):
        linear_probe(x, y, x, y, method="forest")
    with pytest.raises(ValueError, match=r"got \(400, 6\) and \(399,\)"):
        linear_probe(x, y[1:], x, y)


def test_selectivity_in_closed_form():
    """Units: for one class only, for all alike, 3 against a mean of 1 (so 2/4), and silent."""
    y = torch.tensor([0, 0, 1, 1, 2, 2])
    units = torch.tensor([[0, 0, 5, 1, 0, 0], [1, 1, 1, 1, 1, 1], [2, 4, 0, 2, 1, 1], [0, 0, 0, 0, 0, 0]]).T.float()
    found = selectivity(units, y)
    torch.testing.assert_close(found[:3], torch.tensor([1.0, 0.0, 0.5]))
    assert math.isnan(found[3])


@pytest.mark.parametrize("seed", range(3))
def test_selectivity_of_maps_and_its_invariances(seed):
    chance = generator(seed)
    maps, y = torch.rand(30, 4, 3, 3, generator=chance), torch.arange(30) % 5
    found = selectivity(maps, y)
    torch.testing.assert_close(found, selectivity(maps.mean(dim=(2, 3)), y))
    torch.testing.assert_close(found, selectivity(7 * maps, y))
    order = torch.randperm(30, generator=chance)
    torch.testing.assert_close(found, selectivity(maps[order], (4 - y)[order]))
    assert bool(((found >= 0) & (found <= 1)).all())


def test_selectivity_errors():
    with pytest.raises(ValueError, match="at least 0"):
        selectivity(torch.tensor([[-1.0], [1.0]]), torch.tensor([0, 1]))
    with pytest.raises(ValueError, match="at least 2 classes, got 1"):
        selectivity(torch.ones(3, 2), torch.zeros(3))
