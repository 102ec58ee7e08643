"""Curvature against the whole Hessian and closed forms; slices and gradient noise against direct evaluation."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from lab_utils import measure
from lab_utils.core import generator, seeded
from lab_utils.models import MLP


def tiny(seed=0, dtype=torch.float64):
    net = MLP((4, 5, 3), activation=nn.Tanh, seed=seed).to(dtype)
    g = generator(seed)
    return net, torch.randn(30, 4, generator=g, dtype=dtype), torch.randint(3, (30,), generator=g)


def gradient_at(net, weights, x, y):
    before = parameters_to_vector(net.parameters()).detach().clone()
    vector_to_parameters(weights, net.parameters())
    found = torch.autograd.grad(F.cross_entropy(net(x), y), list(net.parameters()))
    vector_to_parameters(before, net.parameters())
    return torch.cat([each.reshape(-1) for each in found])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_product_is_the_slope_of_the_gradient(seed):
    """Central differences of the gradient along the vector."""
    net, x, y = tiny(seed)
    w = parameters_to_vector(net.parameters()).detach()
    v = torch.randn(len(w), generator=generator(seed + 10), dtype=torch.float64)
    difference = (gradient_at(net, w + 1e-5 * v, x, y) - gradient_at(net, w - 1e-5 * v, x, y)) / 2e-5
    torch.testing.assert_close(measure.hessian_vector_product(net, x, y, v), difference, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("loss", [F.cross_entropy, lambda o, y: (o - F.one_hot(y, 3)).square().mean()])
def test_lanczos_finds_the_largest_eigenvalues_of_the_whole_matrix(seed, loss):
    net, x, y = tiny(seed)
    matrix = measure.full_hessian(net, x, y, loss=loss)
    torch.testing.assert_close(matrix, matrix.T)
    exact = torch.linalg.eigvalsh(matrix).flip(0)
    found = measure.hessian_eigenvalues(net, x, y, loss=loss, count=3, iterations=25)
    torch.testing.assert_close(found, exact[:3], rtol=1e-3, atol=1e-4)
    assert measure.sharpness(net, x, y, loss=loss, iterations=25) == pytest.approx(exact[0].item(), rel=1e-6)
    assert measure.sharpness(net, x, y, loss=loss, iterations=3) <= exact[0] + 1e-9


@pytest.mark.parametrize("seed", [0, 1])
def test_float32_comes_close_enough(seed):
    net, x, y = tiny(seed)
    exact = measure.sharpness(net, x, y, iterations=30)
    assert measure.sharpness(net.float(), x.float(), y, iterations=15) == pytest.approx(exact, rel=1e-3)


def test_a_linear_models_sharpness_is_that_of_its_inputs():
    """Half the mean squared error of a linear model: the Hessian is the inputs' second moment."""
    x = torch.randn(50, 6, generator=generator(0), dtype=torch.float64) * torch.tensor([1, 2, 3, 4, 5, 6.0])
    y = torch.randn(50, 1, generator=generator(1), dtype=torch.float64)
    with seeded(0):
        net = nn.Linear(6, 1, bias=False).double()
    exact = torch.linalg.eigvalsh(x.T @ x / 50).flip(0)
    half = lambda o, t: (o - t).square().mean() / 2  # noqa: E731
    found = measure.hessian_eigenvalues(net, x, y, loss=half, count=6, iterations=10)
    torch.testing.assert_close(found, exact)


def test_a_loss_without_curvature_has_none():
    net = nn.Linear(3, 1)
    assert measure.sharpness(net, torch.ones(4, 3), torch.ones(4, 1), loss=lambda o, y: o.mean()) == 0.0


def test_measuring_leaves_the_network_as_it_was():
    net = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3))
    net[0].bias.requires_grad_(False)
    x, y = torch.randn(20, 4, generator=generator(0)), torch.arange(20) % 3
    state = {name: value.clone() for name, value in net.state_dict().items()}
    first = measure.sharpness(net, x, y)
    assert measure.sharpness(net, x, y) == first
    measure.loss_slice(net, x, y, resolution=3)
    measure.gradient_noise(net, x, y, batch_sizes=[2], draws=2)
    assert all(torch.equal(state[name], value) for name, value in net.state_dict().items())
    assert all(p.grad is None for p in net.parameters())
    assert all(module.training for module in net.modules())


@pytest.mark.parametrize("seed", [0, 1])
def test_a_slice_holds_the_losses_at_its_points(seed):
    net, x, y = tiny(seed)
    found = measure.loss_slice(net, x, y, extent=0.8, resolution=5, seed=seed)
    assert found.alphas.tolist() == found.betas.tolist() == pytest.approx([-0.8, -0.4, 0, 0.4, 0.8])
    assert found.values.shape == (5, 5)
    assert found.values[2, 2] == pytest.approx(F.cross_entropy(net(x), y).item(), rel=1e-5)
    first, second = (measure.random_direction(net, seed=2 * seed + k) for k in (0, 1))
    with torch.no_grad():
        for p, d, e in zip(net.parameters(), first, second, strict=True):
            p += 0.4 * d - 0.8 * e
        assert found.values[0, 3] == pytest.approx(F.cross_entropy(net(x), y).item(), rel=1e-5)


@pytest.mark.parametrize("seed", [0, 1])
def test_directions_have_each_filters_own_norm_and_the_slice_ignores_its_scale(seed):
    """Filters doubled before a ReLU and halved after it compute the same; so does their slice (Li et al., 2018)."""
    with seeded(seed):
        net = nn.Sequential(nn.Conv2d(1, 3, 3, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(12, 3))
        same = nn.Sequential(nn.Conv2d(1, 3, 3, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(12, 3))
    same.load_state_dict(net.state_dict())
    with torch.no_grad():
        same[0].weight *= 2
        same[3].weight /= 2
    for w, d in zip(net.parameters(), measure.random_direction(net, seed=seed), strict=True):
        if w.ndim == 1:
            assert (d == 0).all()
        else:
            torch.testing.assert_close(d.flatten(1).norm(dim=1), w.detach().flatten(1).norm(dim=1))
    x, y = torch.rand(10, 1, 4, 4, generator=generator(seed)), torch.arange(10) % 3
    slices = [measure.loss_slice(each, x, y, resolution=5, seed=seed).values for each in (net, same)]
    np.testing.assert_allclose(*slices, rtol=1e-4)


def test_a_slice_along_given_directions():
    net, x, y = tiny()
    lines = [[torch.zeros_like(p) for p in net.parameters()] for _ in range(2)]
    lines[0][1][:] = 1.0
    found = measure.loss_slice(net, x, y, resolution=3, directions=tuple(lines))
    assert np.ptp(found.values, axis=0) == pytest.approx([0, 0, 0])
    assert np.ptp(found.values[0]) > 1e-3


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gradient_noise_is_the_trace_of_the_covariance_over_the_batch_size(seed):
    net, x, y = tiny(seed)
    each = torch.stack([gradient_at(net, parameters_to_vector(net.parameters()), x[[i]], y[[i]]) for i in range(30)])
    trace = (each - each.mean(0)).square().sum(1).mean().item()
    found = measure.gradient_noise(net, x, y, batch_sizes=[1, 4, 16], draws=600, seed=seed)
    for size, noise in found.items():
        assert noise == pytest.approx(trace / size, rel=0.2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda n, x, y: measure.hessian_vector_product(n, x, y, torch.zeros(3)), r"shape \(43,\), got \(3,\)"),
        (lambda n, x, y: measure.hessian_eigenvalues(n, x, y, count=9, iterations=8), "a count from 1 to the 8"),
        (lambda n, x, y: measure.hessian_eigenvalues(n, x, y, count=50, iterations=60), "at most the 43 weights"),
        (lambda n, x, y: measure.sharpness(n, x, y[1:]), "as many inputs as targets, at least one, got 30 and 29"),
        (lambda n, x, y: measure.sharpness(n, x * math.nan, y), "a finite loss, got nan"),
        (lambda n, x, y: measure.sharpness(nn.ReLU(), x, y), "trainable weights, got none"),
        (
            lambda n, x, y: measure.full_hessian(MLP((4, 500, 3)), x.float(), y),
            "at most 3000 weights, got 4003: .* 16,024,009",
        ),
        (lambda n, x, y: measure.loss_slice(n, x, y, resolution=1), "a resolution of at least 2 .* got 1"),
        (lambda n, x, y: measure.loss_slice(n, x, y, extent=0.0), "a finite extent above 0, got 41, 0.0"),
        (lambda n, x, y: measure.loss_slice(nn.ReLU(), x, y), "trainable weights, got none"),
        (lambda n, x, y: measure.loss_slice(n, x, y, directions=([], [])), "shaped like the weights"),
        (lambda n, x, y: measure.gradient_noise(n, x, y, batch_sizes=[0]), r"at least 1, got \[0\] and 100"),
        (lambda n, x, y: measure.gradient_noise(n, x, y, batch_sizes=[]), "at least 1, got"),
        (lambda n, x, y: measure.gradient_noise(n, x, y[1:], batch_sizes=[1]), "got 30 and 29"),
        (lambda n, x, y: measure.gradient_noise(nn.ReLU(), x, y, batch_sizes=[1]), "trainable weights, got none"),
    ],
)
def test_what_cannot_be_measured_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(*tiny())
