"""Local rules against closed forms, fixed points and limits; learning rates against what optimal inference gives."""

import math

import pytest
import torch

from lab_utils import data, measure, training

SEEDS = (0, 1, 2)


def cloud(seed=0, count=4000):
    """Points (N, 3) of mean zero with spreads 2, 1 and 0.5 along directions drawn at random, and the first of these."""
    draw = torch.Generator().manual_seed(seed)
    turn = torch.linalg.qr(torch.randn(3, 3, generator=draw, dtype=torch.float64)).Q
    x = torch.randn(count, 3, generator=draw, dtype=torch.float64) * torch.tensor([2, 1, 0.5], dtype=torch.float64)
    return x @ turn.T, turn[:, 0]


def unit(seed, inputs=3):
    w = torch.randn(inputs, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return w / w.norm()


def line(a, b):
    turned = measure.angle(a, b)
    return min(turned, 180 - turned)


@pytest.mark.parametrize("seed", SEEDS)
def test_oja_finds_the_first_component_with_length_one(seed):
    x, first = cloud(seed)
    path = training.oja(x, unit(seed), lr=0.003)
    assert path.shape == (4001, 3)
    assert line(path[-1], first) < 6
    assert path[-1].norm().item() == pytest.approx(1, abs=0.05)
    assert line(path[-1], measure.principal_components(x, 1).directions[0]) < 6


def test_one_step_of_each_rule_by_hand():
    x, w = torch.tensor([[1.0, 2.0]]), torch.tensor([0.5, 0.25])  # y = 1
    torch.testing.assert_close(training.hebb(x, w, lr=0.1)[1], torch.tensor([0.6, 0.45]))
    torch.testing.assert_close(training.hebb(x, w, lr=0.1, decay=2)[1], torch.tensor([0.5, 0.4]))
    torch.testing.assert_close(training.oja(x, w, lr=0.1)[1], torch.tensor([0.55, 0.425]))
    bcm = training.bcm(x, w, lr=0.1, memory=10, threshold=0.5)
    torch.testing.assert_close(bcm.weights[1], torch.tensor([0.55, 0.35]))
    assert bcm.answers.tolist() == [1.0]
    sliding = training.bcm(x, w, lr=0.1, memory=10)
    assert sliding.slid.tolist() == pytest.approx([0.0, 0.1])
    assert torch.equal(training.bcm(x, -w, lr=0.1).weights[1], -w), "a silent neuron learns nothing"


@pytest.mark.parametrize("seed", SEEDS)
def test_hebb_grows_at_the_rate_of_the_largest_eigenvalue(seed):
    """The mean of log‖w‖ grows by lr · (λ₁ − decay) an input, where lr is small."""
    x, _ = cloud(seed, 20_000)
    top = torch.linalg.eigvalsh(x.T @ x / len(x))[-1].item()
    for decay in (0.0, 2.0, 6.0):
        path = training.hebb(x, unit(seed), lr=5e-4, decay=decay)
        growth = (path[-1].norm() / path[10_000].norm()).log().item() / 10_000
        assert growth == pytest.approx(5e-4 * (top - decay), rel=0.1)


@pytest.mark.parametrize("seed", SEEDS)
def test_bcm_becomes_selective_as_its_fixed_point_says(seed):
    """Two patterns, equally often: the neuron answers 1/p = 2 to one and 0 to the other (Intrator & Cooper, 1992)."""
    draw = torch.Generator().manual_seed(seed)
    patterns = torch.tensor([[1.0, 0.4], [0.4, 1.0]], dtype=torch.float64)
    x = patterns[torch.randint(2, (30_000,), generator=draw)]
    w = 0.3 * torch.rand(2, generator=draw, dtype=torch.float64)
    run = training.bcm(x, w, lr=0.01, memory=20)
    late = (patterns @ run.weights[-5000:].T).clamp_min(0).mean(1).sort().values
    assert late[0] < 0.05
    assert late[1].item() == pytest.approx(2, abs=0.2)


def test_bcm_without_a_sliding_threshold_dies_or_runs_away():
    x = torch.rand(4000, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    w = torch.full((5,), 0.2, dtype=torch.float64)
    dead = training.bcm(x, w, lr=0.02, threshold=5.0)
    assert dead.answers[-500:].mean() < 0.05
    wild = training.bcm(x, w, lr=0.02, threshold=0.1)
    assert not bool((wild.weights[-1].norm() < 1e6).all())


@pytest.mark.parametrize("brightness", [0.5, 1.0, 3.0])
def test_scaling_holds_the_rate_at_its_closed_form(brightness):
    draw = torch.Generator().manual_seed(0)
    x = brightness * torch.rand(8000, 10, generator=draw, dtype=torch.float64)
    run = training.scaled_hebb(x, torch.full((10,), 0.1, dtype=torch.float64), lr=1e-4, target=1.0, memory=100)
    top = torch.linalg.eigvalsh(x.T @ x / len(x))[-1].item()
    assert run.answers[-4000:].mean().item() == pytest.approx(1 / (1 - 1e-4 * top / 0.05), rel=0.03)


@pytest.mark.parametrize("seed", SEEDS)
def test_reward_rule_is_the_gradient_in_the_mean_and_for_one_neuron_its_direction(seed):
    draw = torch.Generator().manual_seed(seed)
    w = torch.randn(3, 4, generator=draw, dtype=torch.float64)
    x = torch.randn(1, 4, generator=draw, dtype=torch.float64)
    target = torch.randn(1, 3, generator=draw, dtype=torch.float64)
    gradient = -2 * torch.outer(w @ x[0] - target[0], x[0])
    changes = [training.reward_hebb(x, target, w, lr=1.0, seed=s).weights[-1] - w for s in range(6000)]
    mean = torch.stack(changes).mean(0)
    assert (mean - gradient).norm() < 0.1 * gradient.norm()
    assert measure.angle(changes[0], gradient) > 20


def test_reward_rule_learns():
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(2000, 5, generator=draw, dtype=torch.float64)
    w_true = torch.randn(2, 5, generator=draw, dtype=torch.float64)
    run = training.reward_hebb(x, x @ w_true.T, torch.zeros_like(w_true), lr=0.01, noise=0.1)
    assert (run.weights[-1] - w_true).norm() < 0.1 * w_true.norm()
    assert run.rewards[-100:].mean() > 0.05 * run.rewards[:100].mean()


def test_delta_rule_is_an_exponential_mean():
    outcomes = torch.randn(50, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    track = training.delta_rule(outcomes, rate=0.2)
    weights = 0.2 * 0.8 ** torch.arange(49, -1, -1, dtype=torch.float64)
    assert track.estimates[-1].item() == pytest.approx((weights * outcomes).sum().item())
    assert track.estimates.shape == (51,)
    assert track.rates.tolist() == [0.2] * 50


def test_pearce_hall_follows_surprise():
    outcomes = torch.cat([torch.zeros(40), torch.full((40,), 10.0)])
    track = training.pearce_hall(outcomes, scale=0.05, memory=5)
    assert track.rates[0] == 1
    assert track.rates[39] < 0.01
    assert track.rates[41:44].max() > 0.05
    assert (track.rates <= 1).all()


def test_the_change_point_rate_is_the_plain_mean_where_nothing_jumps():
    """With a jump all but impossible, the best estimate is the mean of all outcomes: the rate is 1 / number."""
    outcomes = 0.5 * torch.randn(30, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    track = training.change_point_rate(outcomes, jump=1e-12, reach=5, noise=1)
    torch.testing.assert_close(track.rates, 1 / torch.arange(1, 31, dtype=torch.float64), atol=1e-6, rtol=0)
    assert track.estimates[-1].item() == pytest.approx(outcomes.mean().item(), abs=1e-6)


def test_a_jump_makes_the_rate_rise():
    outcomes = torch.cat([torch.zeros(30), torch.full((5,), 4.5)]).double()
    track = training.change_point_rate(outcomes, jump=0.02, reach=5, noise=1)
    assert track.rates[29] < 0.1
    assert track.rates[30] > 0.8
    assert track.estimates[32].item() == pytest.approx(4.5, abs=0.5)


def test_the_world_is_as_asked():
    world = data.volatile_world(20_000, jump=0.05, reach=3, noise=0.5, seed=1)
    assert (world.truth.diff() != 0).double().mean().item() == pytest.approx(0.05, abs=0.01)
    assert world.truth.abs().max() <= 3
    assert (world.outcomes - world.truth).std().item() == pytest.approx(0.5, rel=0.05)
    assert torch.equal(world.truth, data.volatile_world(20_000, jump=0.05, reach=3, noise=0.5, seed=1).truth)
    still = data.volatile_world(100, jump=0, seed=0)
    assert still.truth.unique().numel() == 1


X, W = torch.ones(3, 2), torch.ones(2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: training.hebb(X, torch.ones(3), lr=0.1), r"weights \(D,\)"),
        (lambda: training.oja(X[:0], W, lr=0.1), "not empty"),
        (lambda: training.oja(X * math.nan, W, lr=0.1), "finite"),
        (lambda: training.oja(X, W, lr=0), "positive finite lr"),
        (lambda: training.bcm(X, W, lr=0.1, memory=0), "memory"),
        (lambda: training.scaled_hebb(X, W, lr=0.1, target=0), "positive target"),
        (lambda: training.scaled_hebb(X, W, lr=0.1, target=1, gain=1), "gain"),
        (lambda: training.reward_hebb(X, torch.ones(3, 1), torch.ones(2, 2), lr=0.1), r"targets \(T, K\)"),
        (lambda: training.reward_hebb(X, torch.ones(3, 1), torch.ones(1, 2), lr=0.1, noise=0), "positive lr"),
        (lambda: training.delta_rule(torch.ones(3), rate=2), "rate"),
        (lambda: training.delta_rule(torch.ones(0), rate=0.5), "not empty"),
        (lambda: training.pearce_hall(torch.ones(3), scale=0, memory=3), "scale"),
        (lambda: training.change_point_rate(torch.ones(3), jump=1, reach=1, noise=1), "jump"),
        (lambda: data.volatile_world(0, seed=0), "positive length"),
    ],
)
def test_errors_say_what_was_expected(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_types_must_agree():
    with pytest.raises(TypeError, match="one floating-point type"):
        training.hebb(X.double(), W, lr=0.1)
