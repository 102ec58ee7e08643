"""Slopes of activation functions against closed forms and finite differences; dead units where they were planted."""

import math

import pytest
import torch
from torch import nn

from lab_utils import measure, models
from lab_utils.core import generator, seeded
from lab_utils.measure.units import POINTWISE

Z = torch.linspace(-6, 6, 241, dtype=torch.float64)  # holds 0, the kink
SMOOTH = [kind for kind in POINTWISE if kind not in (nn.ReLU, nn.LeakyReLU, nn.PReLU)]


def normal_density(z):
    return torch.exp(-z * z / 2) / math.sqrt(2 * math.pi)


CLOSED = {
    nn.Sigmoid: lambda z: z.sigmoid() * (1 - z.sigmoid()),
    nn.Tanh: lambda z: 1 - z.tanh() ** 2,
    nn.ReLU: lambda z: (z > 0).double(),
    nn.LeakyReLU: lambda z: torch.where(z > 0, 1.0, 0.01).double(),
    nn.ELU: lambda z: torch.where(z > 0, 1.0, z.exp()),
    nn.GELU: lambda z: torch.special.ndtr(z) + z * normal_density(z),
    nn.SiLU: lambda z: z.sigmoid() * (1 + z * (1 - z.sigmoid())),
    nn.Softplus: lambda z: z.sigmoid(),
}


@pytest.mark.parametrize("kind", CLOSED, ids=lambda kind: kind.__name__)
def test_slopes_in_closed_form(kind):
    torch.testing.assert_close(measure.slope(kind(), Z), CLOSED[kind](Z), atol=1e-9, rtol=1e-6)


@pytest.mark.parametrize("kind", SMOOTH, ids=lambda kind: kind.__name__)
def test_slopes_by_finite_differences(kind):
    layer, step = kind().double(), 1e-6
    away = Z[Z.abs() > 1e-3]
    expected = (layer(away + step) - layer(away - step)) / (2 * step)
    torch.testing.assert_close(measure.slope(layer, away), expected.detach(), atol=1e-6, rtol=1e-6)


def test_slopes_keep_shape_and_leave_the_input_alone():
    z = torch.randn(2, 3, 4, generator=generator(0))
    with torch.no_grad():  # as inside a measurement
        assert measure.slope(torch.tanh, z).shape == z.shape
    assert not z.requires_grad


def test_bad_slopes():
    with pytest.raises(TypeError, match=r"floating-point z, got torch\.int64"):
        measure.slope(torch.relu, torch.arange(3))
    with pytest.raises(ValueError, match=r"z's shape \(3,\), got \(\)"):
        measure.slope(torch.sum, torch.ones(3))


def planted(activation, dead=(1, 4)) -> models.MLP:
    """A network whose hidden units `dead` have a bias so low that no input of norm 10 reaches zero."""
    net = models.MLP((3, 6, 5, 2), activation=activation, seed=1)
    with torch.no_grad():
        net.linear1.bias.fill_(1.0)
        net.linear1.bias[list(dead)] = -100.0
    return net


X = torch.randn(2500, 3, generator=generator(0)).clamp(-4, 4)


@pytest.mark.parametrize("activation", [nn.ReLU, nn.GELU, nn.SiLU, nn.Sigmoid, nn.ELU])
@pytest.mark.parametrize("batch_size", [7, 1000, 5000])
def test_planted_dead_units_are_found(activation, batch_size):
    found = measure.dead_units(planted(activation), X, ["activation1"], batch_size=batch_size)
    assert found["activation1"].tolist() == [False, True, False, False, True, False]


@pytest.mark.parametrize("activation", [nn.LeakyReLU, nn.PReLU, nn.Softplus])
def test_where_a_slope_is_left_nothing_is_dead(activation):
    found = measure.dead_units(planted(activation), X, below=1e-50)
    assert list(found) == ["activation1", "activation2"]
    assert not any(bool(layer.any()) for layer in found.values())


def test_dead_means_that_no_gradient_arrives():
    net = planted(nn.ReLU)
    nn.functional.cross_entropy(net(X), (X[:, 0] > 0).long()).backward()
    still = (net.linear1.weight.grad.abs().amax(1) == 0) & (net.linear1.bias.grad == 0)
    assert torch.equal(measure.dead_units(net, X, ["activation1"])["activation1"], still)


def test_one_example_that_reaches_it_keeps_a_unit_alive():
    net = models.MLP((1, 2, 1))
    with torch.no_grad():
        net.linear1.weight.fill_(1.0)
        net.linear1.bias.copy_(torch.tensor([-5.0, -7.0]))
    x = torch.cat([torch.zeros(99, 1), torch.full((1, 1), 6.0)])
    assert measure.dead_units(net, x)["activation1"].tolist() == [False, True]


def test_a_channel_is_dead_only_if_it_is_so_everywhere():
    with seeded(0):
        net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU())
    with torch.no_grad():
        net[0].bias.copy_(torch.tensor([0.0, -99.0, 0.0]))
    assert measure.dead_units(net, torch.rand(20, 1, 8, 8, generator=generator(0)))["1"].tolist() == [
        False,
        True,
        False,
    ]


def test_mode_and_hooks_are_left_as_they_were():
    net = planted(nn.ReLU).train()
    measure.dead_units(net, X)
    assert net.training
    assert not net.activation1._forward_hooks
    with pytest.raises(RuntimeError):
        measure.dead_units(net, torch.zeros(4, 99))
    assert not net.activation1._forward_hooks


def test_bad_input():
    with pytest.raises(TypeError, match="expected an activation layer, got Linear as 'linear1'"):
        measure.dead_units(planted(nn.ReLU), X, ["linear1"])
    with pytest.raises(ValueError, match="expected a layer of MLP"):
        measure.dead_units(planted(nn.ReLU), X, ["activation9"])
    with pytest.raises(ValueError, match="with activation layers, found none in Linear"):
        measure.dead_units(nn.Linear(3, 2), X)
    with pytest.raises(ValueError, match="at least one example"):
        measure.dead_units(planted(nn.ReLU), X[:0])
