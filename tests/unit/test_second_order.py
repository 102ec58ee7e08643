"""Descent, Newton, natural gradient, L-BFGS against closed forms and scipy; K-FAC against the exact Fisher matrix."""

import math

import numpy as np
import pytest
import scipy.optimize
import torch
from torch import nn
from torch.nn import functional as F

from lab_utils import training
from lab_utils.core import generator
from lab_utils.models import MLP
from lab_utils.training import KFAC, SURFACES, descend, follow, hessian, lbfgs
from lab_utils.training.lbfgs import two_loops

BOWL = SURFACES["bowl"]


def two_groups(seed, n=200, d=4):
    """Overlapping classes, so that the best logistic weights are finite."""
    g = generator(seed)
    y = torch.randint(2, (n,), generator=g)
    x = torch.randn(n, d, generator=g, dtype=torch.float64) + 0.7 * y[:, None]
    return x * torch.tensor([1.0, 3.0, 0.3, 1.0]), y


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gradient_descent_on_the_bowl_follows_its_closed_form(seed):
    """Along each axis w ← (1 − lr · curvature) w; at the best rate both shrink by (κ − 1) / (κ + 1) a step."""
    start = torch.randn(2, generator=generator(seed), dtype=torch.float64)
    low, high = 0.02, 10.0
    best = 2 / (low + high)
    trace = descend(BOWL, start, lr=best, steps=50)
    factors = torch.tensor([1 - best * low, 1 - best * high])
    expected = start * factors.double() ** torch.arange(51)[:, None]
    torch.testing.assert_close(trace.points, expected, rtol=1e-6, atol=1e-9)
    assert factors.abs().tolist() == pytest.approx([499 / 501] * 2, rel=1e-5)
    assert (trace.gradients, trace.evaluations, trace.matrices, trace.steps) == (51, 0, 0, 50)


def test_gradient_descent_beyond_two_over_the_curvature_diverges_and_stops():
    assert descend(BOWL, [1.0, 1.0], lr=0.199, steps=1000).losses[-1] < 0.05
    beyond = descend(BOWL, [1.0, 1.0], lr=0.21, steps=50)
    assert beyond.losses[50] > beyond.losses[0]
    assert descend(BOWL, [1.0, 1.0], lr=1.0, steps=10_000).steps < 400


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_newton_needs_one_step_on_a_quadratic(seed):
    g = generator(seed)
    root = torch.randn(5, 5, generator=g, dtype=torch.float64)
    matrix, aim = root @ root.T + 0.1 * torch.eye(5), torch.randn(5, generator=g, dtype=torch.float64)
    loss = lambda w: 0.5 * (w - aim) @ matrix @ (w - aim)  # noqa: E731
    trace = descend(loss, torch.zeros(5), lr=1.0, steps=1, metric=hessian(loss))
    torch.testing.assert_close(trace.points[-1], aim, rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(hessian(loss)(aim), matrix)
    assert trace.matrices == 1
    assert descend(BOWL, BOWL.start, lr=1.0, steps=1, metric=hessian(BOWL)).losses[-1] < 1e-25


def test_newton_doubles_the_digits_near_the_end():
    """Quadratic convergence on Rosenbrock's valley: the gap is about squared in each of the last steps."""
    surface = SURFACES["rosenbrock"]
    trace = descend(surface, surface.start, lr=1.0, steps=20, metric=hessian(surface), tolerance=1e-12)
    assert trace.steps < 10
    torch.testing.assert_close(trace.points[-1], torch.ones(2, dtype=torch.float64))
    distances = (trace.points - 1).norm(dim=1)
    assert distances[-2] < 1e-4
    assert distances[-1] < 10 * distances[-2] ** 1.5


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_logistic_regression_ends_where_scipy_does(seed):
    x, y = two_groups(seed)
    loss, fisher = training.logistic_loss(x, y, ridge=0.01), training.logistic_fisher(x, ridge=0.01)
    reference = scipy.optimize.minimize(lambda w: loss(torch.tensor(w)).item(), np.zeros(5), tol=1e-12)
    newton = descend(loss, torch.zeros(5), lr=1.0, steps=20, metric=fisher, tolerance=1e-12)
    quasi = lbfgs(loss, torch.zeros(5), tolerance=1e-9)
    for trace in (newton, quasi):
        assert trace.losses[-1].item() == pytest.approx(reference.fun, abs=1e-8)
        assert trace.points[-1].numpy() == pytest.approx(reference.x, abs=1e-4)
    assert newton.steps < 10
    assert quasi.gradient_norms[-1] <= 1e-9


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_logistic_fisher_matrix_is_the_hessian_and_the_mean_of_squared_scores(seed):
    x, y = two_groups(seed, n=40)
    w = torch.randn(5, generator=generator(seed), dtype=torch.float64)
    fisher = training.logistic_fisher(x, ridge=0.3)(w)
    torch.testing.assert_close(fisher, hessian(training.logistic_loss(x, y, ridge=0.3))(w))
    inputs = torch.cat([x, torch.ones(40, 1)], 1)
    p = torch.sigmoid(inputs @ w)
    exact = torch.zeros(5, 5, dtype=torch.float64)
    for a, share in zip(inputs, p, strict=True):
        for label, weight in ((0.0, 1 - share), (1.0, share)):
            score = (label - share) * a
            exact += weight * torch.outer(score, score) / 40
    torch.testing.assert_close(fisher, exact + 0.3 * torch.eye(5))


@pytest.mark.parametrize("scale", [0.01, 7.0, 100.0])
def test_the_natural_gradient_does_not_see_units(scale):
    """One input in other units: natural gradient descent predicts the same as before, plain descent does not."""
    x, y = two_groups(3)
    change = torch.tensor([scale, 1.0, 1.0, 1.0], dtype=torch.float64)

    def answers(inputs, natural):
        metric = training.logistic_fisher(inputs) if natural else None
        trace = descend(training.logistic_loss(inputs, y), torch.zeros(5), lr=0.1, steps=20, metric=metric)
        return torch.cat([inputs, torch.ones(len(inputs), 1)], 1) @ trace.points[-1]

    torch.testing.assert_close(answers(x, True), answers(x * change, True), rtol=1e-6, atol=1e-8)
    assert not torch.allclose(answers(x, False), answers(x * change, False), rtol=0.01)


@pytest.mark.parametrize("form", ["sd", "log-sd", "precision"])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_gaussian_fisher_matrix_is_the_curvature_of_the_divergence(form, seed):
    """KL(p_w ‖ p_v) has no slope at v = w, and the Fisher matrix as its curvature there."""
    g = generator(seed)
    w = torch.tensor([torch.randn(1, generator=g).item(), 0.5 + torch.rand(1, generator=g).item()]).double()

    def divergence(v):
        here, there = (torch.distributions.Normal(*training.gaussian_parameters(u, form)) for u in (w, v))
        return torch.distributions.kl_divergence(here, there)

    with torch.no_grad():
        torch.distributions.Distribution.set_default_validate_args(False)
    try:
        torch.testing.assert_close(training.gaussian_fisher(form)(w), hessian(divergence)(w), rtol=1e-6, atol=1e-8)
    finally:
        torch.distributions.Distribution.set_default_validate_args(True)


def test_natural_gradient_takes_the_same_way_in_every_form_and_plain_descent_does_not():
    samples = 3 + 0.5 * torch.randn(500, generator=generator(0), dtype=torch.float64)
    starts = {"sd": [0.0, 2.0], "log-sd": [0.0, math.log(2)], "precision": [0.0, 0.25]}
    ends = {}
    for natural in (True, False):
        for form, start in starts.items():
            metric = training.gaussian_fisher(form) if natural else None
            trace = descend(training.gaussian_loss(samples, form), start, lr=0.005, steps=200, metric=metric)
            ends[natural, form] = torch.stack(training.gaussian_parameters(trace.points[-1], form))
    for form in ("log-sd", "precision"):  # the same up to the length of a step
        torch.testing.assert_close(ends[True, form], ends[True, "sd"], rtol=0.01, atol=0.01)
        assert (ends[False, form] - ends[False, "sd"]).abs().max() > 0.05


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("memory", [1, 3, 8])
def test_the_two_loops_multiply_by_the_bfgs_matrix(seed, memory):
    """Against the dense update of the inverse Hessian, from the same start (Nocedal & Wright, equation 6.17)."""
    g = generator(seed)
    steps = torch.randn(memory, 6, generator=g, dtype=torch.float64)
    bends = torch.diag(torch.rand(6, generator=g, dtype=torch.float64) + 0.5)
    pairs = [(s, bends @ s) for s in steps]
    s, y = pairs[-1]
    H = torch.dot(s, y) / torch.dot(y, y) * torch.eye(6, dtype=torch.float64)
    for s, y in pairs:
        left = torch.eye(6) - torch.outer(s, y) / torch.dot(s, y)
        H = left @ H @ left.T + torch.outer(s, s) / torch.dot(s, y)
    gradient = torch.randn(6, generator=g, dtype=torch.float64)
    torch.testing.assert_close(two_loops(gradient, pairs), H @ gradient)


@pytest.mark.parametrize("name", ["bowl", "rosenbrock", "beale"])
def test_lbfgs_finds_the_bottom_of_every_surface(name):
    surface = SURFACES[name]
    trace = lbfgs(surface, surface.start, steps=200)
    assert trace.points[-1].tolist() == pytest.approx(surface.minimum, abs=1e-6)
    assert (trace.losses.diff() <= 0).all()


@pytest.mark.parametrize("name", SURFACES)
def test_what_is_said_of_a_surface_is_true(name):
    surface = SURFACES[name]
    bottom = torch.tensor(surface.minimum, dtype=torch.float64, requires_grad=True)
    height = surface(bottom)
    (slope,) = torch.autograd.grad(height, bottom)
    assert height.item() == pytest.approx(surface.lowest, abs=1e-12)
    assert slope.norm() < 1e-12
    assert torch.linalg.eigvalsh(hessian(surface)(bottom.detach())).min() > 0
    xs, ys, heights = surface.grid(41)
    assert heights.min() >= surface.lowest - 1e-12
    i, j = 7, 30
    assert heights[i, j] == pytest.approx(surface(torch.tensor([xs[j], ys[i]])).item())
    left, right, bottom_edge, top = surface.domain
    assert left <= surface.start[0] <= right
    assert bottom_edge <= surface.start[1] <= top


def test_the_bowl_has_condition_number_500_and_the_saddle_a_saddle():
    bends = torch.linalg.eigvalsh(hessian(BOWL)(torch.zeros(2, dtype=torch.float64)))
    assert (bends[1] / bends[0]).item() == pytest.approx(500)
    low, high = torch.linalg.eigvalsh(hessian(SURFACES["saddle"])(torch.zeros(2, dtype=torch.float64)))
    assert low < 0 < high


@pytest.mark.parametrize("name", training.optimizers.BY_NAME)
def test_follow_takes_the_steps_of_the_rule(name):
    rule = training.optimizers.BY_NAME[name]
    trace = follow(BOWL, (-1.0, 1.0), lambda w: rule(w, lr=0.05), steps=25)
    w = torch.tensor([-1.0, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer = rule([w], lr=0.05)
    for step in range(25):
        torch.testing.assert_close(trace.points[step], w.detach())
        optimizer.zero_grad()
        BOWL(w).backward()
        optimizer.step()
    assert trace.steps == 25
    assert trace.steps_to(trace.losses[10].item()) <= 10
    assert trace.steps_to(-1.0) is None


def exact_fisher_block(logits, inputs):
    """Mean over examples of (diag(p) − p pᵀ) ⊗ a aᵀ: Fisher matrix of softmax regression, rows (class, input)."""
    p = logits.softmax(1)
    total = 0
    for share, a in zip(p, inputs, strict=True):
        total = total + torch.kron(torch.diag(share) - torch.outer(share, share), torch.outer(a, a))
    return total / len(p)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_factors_of_one_example_are_the_exact_fisher_matrix(seed):
    """With one input the Kronecker product is no approximation; labels drawn 4,000 times leave a few per cent."""
    model = MLP((3, 4), seed=seed).double()
    x = torch.randn(1, 3, generator=generator(seed), dtype=torch.float64)
    copies = x.expand(4000, 3)
    optimizer = KFAC(model, lr=0.1)
    logits = model(copies)
    optimizer.observe(logits, generator(seed))
    (block,) = optimizer.blocks
    exact = exact_fisher_block(logits[:1].detach(), torch.cat([x, torch.ones(1, 1)], 1))
    assert (torch.kron(block.slopes, block.inputs) - exact).norm() < 0.06 * exact.norm()


@pytest.mark.parametrize("seed", [0, 1])
def test_a_step_is_the_damped_kronecker_inverse_times_the_gradient(seed):
    """Every layer of a deep network, solved densely with the factors that were seen."""
    model = MLP((5, 4, 3), activation=nn.Tanh, seed=seed).double()
    x = torch.randn(30, 5, generator=generator(seed), dtype=torch.float64)
    y = torch.randint(3, (30,), generator=generator(seed))
    optimizer = KFAC(model, lr=0.5, momentum=0.0, damping=0.04, trust=1e9)
    logits = model(x)
    optimizer.observe(logits, generator(0))
    F.cross_entropy(logits, y).backward()
    before = [block.layer.weight.detach().clone() for block in optimizer.blocks]
    optimizer.step()
    for block, weight in zip(optimizer.blocks, before, strict=True):
        A, G = block.inputs, block.slopes
        share = ((A.trace() / len(A)) / (G.trace() / len(G))).sqrt()
        damped = torch.kron(G + 0.2 / share * torch.eye(len(G)), A + 0.2 * share * torch.eye(len(A)))
        expected = torch.linalg.solve(damped, block.gradient().reshape(-1)).reshape(len(G), len(A))
        torch.testing.assert_close(weight - block.layer.weight, 0.5 * expected[:, :-1])
    inputs = torch.cat([x, torch.ones(30, 1)], 1)
    torch.testing.assert_close(optimizer.blocks[0].inputs, inputs.T @ inputs / 30)


def test_the_running_mean_the_bill_and_the_trust_region():
    model = MLP((4, 6, 3), seed=0)
    x, y = torch.randn(20, 4, generator=generator(1)), torch.randint(3, (20,), generator=generator(2))
    optimizer = KFAC(model, lr=1.0, momentum=0.0, every=2, trust=1e-4)
    for step in range(4):
        logits = model(x)
        optimizer.observe(logits, generator(step))
        optimizer.zero_grad()
        F.cross_entropy(logits, y).backward()
        before = torch.cat([p.detach().reshape(-1) for p in model.parameters()])
        slope = torch.cat([p.grad.reshape(-1) for p in model.parameters()])
        full = sum((block.natural(g) * g).sum() for block in optimizer.blocks for g in [block.gradient()])
        optimizer.step()
        moved = torch.cat([p.detach().reshape(-1) for p in model.parameters()]) - before
        assert full > 1e-4  # else the trust region would not have been needed
        assert -(moved @ slope).item() == pytest.approx((1e-4 * full.item()) ** 0.5, rel=1e-3)
    assert (optimizer.updates, optimizer.observations) == (4, 2)
    factors = 2 * (5 * 5 + 6 * 6) + 2 * (7 * 7 + 3 * 3)
    assert optimizer.numbers_stored == factors + sum(p.numel() for p in model.parameters())


def test_evaluation_leaves_kfac_alone():
    model = MLP((4, 3), seed=0)
    optimizer = KFAC(model, lr=0.1)
    with torch.no_grad():
        model(torch.zeros(2, 4))
    with pytest.raises(ValueError, match="a forward pass in training mode since the last update, got none"):
        optimizer.observe(torch.zeros(2, 3), generator(0))
    logits = model(torch.ones(2, 4))
    for wrong in (logits[0], logits * math.nan):
        with pytest.raises(ValueError, match=r"finite logits of shape \(B, K\), got shape"):
            optimizer.observe(wrong, generator(0))
    F.cross_entropy(logits, torch.tensor([0, 1])).backward()
    with pytest.raises(ValueError, match=r"`observe.*` before the first step"):
        optimizer.step()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: descend(BOWL, BOWL.start, lr=0.0, steps=5), "lr to be finite and above 0, got 0.0"),
        (lambda: descend(BOWL, BOWL.start, lr=math.nan, steps=5), "lr to be finite"),
        (lambda: descend(BOWL, BOWL.start, lr=0.1, steps=0), "at least 1 whole step, got 0"),
        (lambda: descend(BOWL, BOWL.start, lr=0.1, steps=2.5), "at least 1 whole step, got 2.5"),
        (lambda: descend(BOWL, [1.0, math.nan], lr=0.1, steps=5), r"a finite start of shape \(d,\)"),
        (lambda: descend(BOWL, [[1.0, 2.0]], lr=0.1, steps=5), r"a finite start of shape \(d,\)"),
        (lambda: descend(lambda w: w, BOWL.start, lr=0.1, steps=5), r"one number, got shape \(2,\)"),
        (
            lambda: descend(BOWL, BOWL.start, lr=1.0, steps=1, metric=lambda w: torch.zeros(2, 2, dtype=w.dtype)),
            "a metric that has an inverse, got a singular one .*; add damping",
        ),
        (
            lambda: descend(BOWL, BOWL.start, lr=1.0, steps=1, metric=lambda w: torch.eye(3)),
            r"a metric of shape \(2, 2\), got \(3, 3\)",
        ),
        (lambda: lbfgs(BOWL, BOWL.start, memory=0), "memory and steps of at least 1 .* got 0"),
        (lambda: BOWL(torch.zeros(3)), r"points of shape \(..., 2\), got \(3,\)"),
        (lambda: BOWL.grid(1), "at least 2 points a side, got 1"),
        (lambda: training.logistic_loss(torch.zeros(3, 2), torch.tensor([0, 1, 2])), "3 labels that are 0 or 1"),
        (lambda: training.logistic_loss(torch.zeros(3), torch.zeros(3)), r"inputs of shape \(N, D\)"),
        (lambda: training.logistic_fisher(torch.zeros(3, 2), ridge=-1.0), "a finite ridge of at least 0, got -1.0"),
        (lambda: training.gaussian_loss(torch.zeros(5), "variance"), "one of sd, log-sd, precision, got 'variance'"),
        (lambda: training.gaussian_loss(torch.zeros(1), "sd"), "at least 2 finite samples"),
        (lambda: KFAC(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Linear(2, 2)), lr=0.1), "nn.Linear layers, got 0.weight"),
        (lambda: KFAC(nn.ReLU(), lr=0.1), "nn.Linear layers, got no such layer"),
        (lambda: KFAC(nn.Linear(2, 2), lr=-1), "lr to be finite and above 0, got -1"),
        (lambda: KFAC(nn.Linear(2, 2), lr=0.1, momentum=1.0), "momentum from 0 up to"),
        (lambda: KFAC(nn.Linear(2, 2), lr=0.1, every=0), "every 1 or more updates, got 0"),
    ],
)
def test_impossible_problems_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("batch_size", [1, 7, 40])
def test_least_squares_sgd_takes_the_steps_of_torchs_autograd(seed, batch_size):
    g = generator(seed)
    x = torch.randn(40, 3, generator=g, dtype=torch.float64)
    y = x @ torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64) + 0.1
    run = training.least_squares_sgd(x, y, lr=0.05, batch_size=batch_size, epochs=4, seed=seed)
    w = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer, order = torch.optim.SGD([w], lr=0.05), generator(seed)
    losses = [y.square().mean().item()]
    for _ in range(4):
        for chosen in torch.randperm(40, generator=order).split(batch_size):
            optimizer.zero_grad()
            F.mse_loss(x[chosen] @ w, y[chosen]).backward()
            optimizer.step()
        losses.append(F.mse_loss(x @ w, y).item())
    torch.testing.assert_close(run.weights, w.detach())
    assert run.losses.tolist() == pytest.approx(losses)
    assert run.updates == 4 * math.ceil(40 / batch_size)


def test_batch_descent_ends_at_the_least_squares_solution():
    x = torch.randn(50, 4, generator=generator(0), dtype=torch.float64)
    y = torch.randn(50, generator=generator(1), dtype=torch.float64)
    run = training.least_squares_sgd(x, y, lr=0.2, batch_size=50, epochs=800)
    torch.testing.assert_close(run.weights, torch.linalg.lstsq(x, y[:, None]).solution[:, 0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": torch.zeros(9)}, r"x \(N, D\) and y \(N,\)"),
        ({"y": torch.zeros(10).double()}, "one floating-point type, got torch.float32"),
        ({"x": torch.full((10, 2), math.nan)}, "finite x and y"),
        ({"batch_size": 11}, "batch_size from 1 to 10"),
        ({"lr": 0.0}, "lr above 0"),
        ({"epochs": 0}, "epochs of at least 1"),
    ],
)
def test_impossible_regressions_are_refused(change, message):
    settings = {"x": torch.zeros(10, 2), "y": torch.zeros(10), "lr": 0.1, "batch_size": 5, "epochs": 1} | change
    with pytest.raises(ValueError, match=message):
        training.least_squares_sgd(settings.pop("x"), settings.pop("y"), **settings)
