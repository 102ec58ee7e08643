"""Networks with written weights compute what they were written for, exactly."""

import numpy as np
import pytest
import torch
from scipy.interpolate import interp1d

from lab_utils import measure, models
from lab_utils.core import generator


@pytest.mark.parametrize("seed", range(5))
def test_interpolation_equals_scipys(seed):
    chance = generator(seed)
    xs = torch.rand(9, generator=chance, dtype=torch.float64).sort().values
    ys = torch.randn(9, generator=chance, dtype=torch.float64)
    net = models.interpolating_network(xs, ys)
    t = torch.linspace(float(xs[0]), float(xs[-1]), 301)
    with torch.no_grad():
        found = net(t[:, None])[:, 0].double()
    np.testing.assert_allclose(found, interp1d(xs.numpy(), ys.numpy(), fill_value="extrapolate")(t.numpy()), atol=2e-4)
    assert net.linear1.out_features == 8


def test_beyond_the_points_it_is_constant_and_then_straight():
    net = models.interpolating_network([0, 1, 3], [5, 7, 6])
    with torch.no_grad():
        assert net(torch.tensor([[-2.0], [0.0], [1.0], [3.0], [5.0]]))[:, 0].tolist() == [5, 5, 7, 6, 5]


@pytest.mark.parametrize("times", [1, 3, 8])
def test_the_deep_tent_is_the_tent_applied_again_and_again(times):
    net = models.tent_network(times)
    x = torch.arange(1025) / 1024
    y = x
    for _ in range(times):
        y = torch.minimum(2 * y, 2 - 2 * y)
    with torch.no_grad():
        assert torch.equal(net(x[:, None])[:, 0], y)  # dyadic numbers: no rounding at all
    assert measure.parameter_count(net) == 6 * times + 1


@pytest.mark.parametrize("times", [0, -1, 51, 2.0, True])
def test_impossible_tents(times):
    with pytest.raises(ValueError, match="1 to 50 times, got"):
        models.tent_network(times)


@pytest.mark.parametrize(
    ("xs", "ys", "words"),
    [
        ([0], [0], "at least 2 points"),
        ([0, 1], [0, 1, 2], "as many xs as ys, got 2 and 3"),
        ([0, 0], [0, 1], "increasing xs"),
        ([1, 0], [0, 1], "increasing xs"),
        ([0, 1], [0, float("nan")], "finite points"),
    ],
)
def test_impossible_points(xs, ys, words):
    with pytest.raises(ValueError, match=words):
        models.interpolating_network(xs, ys)


@pytest.mark.parametrize("widths", [(2, 1), (2, 3, 1), (5, 8, 8, 3)])
def test_a_network_from_scratch_is_the_network_of_ready_made_layers(widths):
    ours, theirs = models.ScratchMLP(widths, seed=3), models.MLP(widths)
    linears = [layer for layer in theirs if isinstance(layer, torch.nn.Linear)]
    with torch.no_grad():
        for layer, weight, bias in zip(linears, ours.weights, ours.biases, strict=True):
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
    x, y = torch.randn(40, widths[0], generator=generator(0)), torch.randn(40, widths[-1], generator=generator(1))
    torch.testing.assert_close(ours(x), theirs(x))
    for net in (ours, theirs):
        torch.nn.functional.mse_loss(net(x), y).backward()
    for layer, weight, bias in zip(linears, ours.weights, ours.biases, strict=True):
        torch.testing.assert_close(weight.grad, layer.weight.grad)
        torch.testing.assert_close(bias.grad, layer.bias.grad)


def test_a_network_from_scratch_starts_as_linear_layers_do():
    net = models.ScratchMLP((400, 300, 2), seed=1)
    reach = net.weights[0].abs().max().item()
    assert 0.049 < reach <= 0.05  # 1/sqrt(400)
    assert net.weights[0].std().item() == pytest.approx(0.05 / 3**0.5, rel=0.01)
    again, other = models.ScratchMLP((400, 300, 2), seed=1), models.ScratchMLP((400, 300, 2), seed=2)
    assert torch.equal(again.weights[1], net.weights[1])
    assert not torch.equal(other.weights[1], net.weights[1])
    assert measure.parameter_count(net) == 400 * 300 + 300 + 600 + 2


@pytest.mark.parametrize("widths", [(), (3,), (3, 0), (3, -1, 2)])
def test_impossible_widths(widths):
    with pytest.raises(ValueError, match="at least two positive widths"):
        models.ScratchMLP(widths)
