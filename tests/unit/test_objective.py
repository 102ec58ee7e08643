"""Losses with several terms, penalties on a code, the controller of its activity, and damage that is to be undone."""

import math
from functools import partial

import pytest
import torch
from torch import nn

from lab_utils import data, measure, models
from lab_utils.training import (
    HeldActivity,
    Objective,
    Recipe,
    add_noise,
    bernoulli_nats,
    contraction,
    drop_pixels,
    fit,
    kl_to_target,
    l1_activity,
    squared_error,
    total,
)

SEEDS = pytest.mark.parametrize("seed", [0, 1, 2])


def draw(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@SEEDS
def test_training_an_objective_equals_training_its_network(seed):
    x = draw(60, 1, 3, 3, seed=seed)
    recipe = Recipe(epochs=3, batch_size=20, lr=1e-2)
    plain, wrapped = models.Autoencoder((9, 4, 2), seed=seed), models.Autoencoder((9, 4, 2), seed=seed)
    fit(plain, data.Split(x, x), recipe, loss=squared_error, seed=seed, progress=False)
    objective = Objective(wrapped, lambda net, x: (net(x) - x).square().flatten(1).sum(dim=1, keepdim=True))
    fit(objective, data.Split(x, x), recipe, loss=total, seed=seed, progress=False)
    for one, other in zip(plain.parameters(), wrapped.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_losses_are_sums_over_an_example_and_means_over_the_batch():
    output, y = torch.tensor([[0.5, 0.5], [0.25, 1.0]]), torch.tensor([[1.0, 0.0], [0.25, 1.0]])
    assert squared_error(output, y).item() == pytest.approx((0.25 + 0.25) / 2)
    nats = [2 * math.log(2), -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))]
    assert bernoulli_nats(output, y).item() == pytest.approx(sum(nats) / 2)
    assert total(torch.tensor([[1.0, 2.0], [3.0, 6.0]]), torch.zeros(2)).item() == 6


@SEEDS
def test_grey_targets_cost_their_entropy_at_least(seed):
    y = draw(5, 20, seed=seed).clamp(0.01, 0.99)
    entropy = -(y * y.log() + (1 - y) * (1 - y).log()).sum(dim=1).mean()
    torch.testing.assert_close(bernoulli_nats(y, y), entropy)
    assert bernoulli_nats((y + 0.005).clamp(0, 1), y) > entropy


def test_penalties_in_closed_form():
    code = torch.tensor([[0.2, 0.0], [0.4, 0.1]])
    assert l1_activity(-code).tolist() == pytest.approx([0.2, 0.5])
    assert kl_to_target(torch.full((3, 4), 0.05), target=0.05).tolist() == pytest.approx([0, 0, 0], abs=1e-6)
    expected = sum(0.1 * math.log(0.1 / q) + 0.9 * math.log(0.9 / (1 - q)) for q in (0.3, 0.05))
    assert kl_to_target(code, target=0.1).tolist() == pytest.approx([expected] * 2)


@SEEDS
def test_contraction_is_the_squared_norm_of_the_jacobian(seed):
    net, x = (
        models.SparseAutoencoder(inputs=9, code=5, code_activation=nn.Sigmoid, seed=seed),
        draw(6, 1, 3, 3, seed=seed),
    )
    torch.testing.assert_close(contraction(net, x), measure.jacobian_norms(net.encode, x).square())


@SEEDS
def test_activity_is_held_at_its_target_on_new_examples(seed):
    chance = torch.Generator().manual_seed(seed)
    mixing = torch.randn(12, 30, generator=chance)
    x = (torch.rand(1500, 12, generator=chance) > 0.8).float() @ mixing
    held = HeldActivity(l1_activity, target=0.2, weight=0.01, rate=0.05)
    net = models.SparseAutoencoder(inputs=30, code=24, centre=x.mean(dim=0), seed=seed)
    before = measure.active_share(net.encode(x))
    recipe = Recipe(epochs=40, batch_size=50, lr=5e-3, schedule="one-cycle")
    fit(
        Objective(net, held),
        data.Split(x[:1000], x[:1000]),
        recipe,
        loss=total,
        seed=seed,
        callbacks=[held],
        progress=False,
    )
    after = measure.active_share(net.encode(x[1000:]).detach())
    assert before > 0.35
    assert after == pytest.approx(0.2, abs=0.03)
    assert held.weight > 0.01


def test_the_weight_moves_by_at_most_its_rate_and_stands_still_without():
    held = HeldActivity(l1_activity, target=0.1, weight=2.0, rate=0.5)
    held.share = 0.9
    held.on_step(None)
    assert held.weight == pytest.approx(2 * math.exp(0.5))
    held.share = 0.05
    held.on_step(None)
    assert held.weight == pytest.approx(2 * math.exp(0.25))
    still = HeldActivity(l1_activity, target=0.1, weight=2.0, rate=0)
    still.share = 0.9
    still.on_step(None)
    assert still.weight == 2


def test_held_terms_are_error_and_weighted_penalty_and_evaluation_is_not_counted():
    net, x = models.SparseAutoencoder(inputs=9, code=5), draw(6, 1, 3, 3)
    held = HeldActivity(l1_activity, target=0.1, weight=3.0)
    terms = Objective(net, held).eval()(x)
    assert math.isnan(held.share)
    torch.testing.assert_close(terms[:, 0], (net(x) - x).square().sum(dim=(1, 2, 3)))
    torch.testing.assert_close(terms[:, 1], 3 * net.encode(x).sum(dim=1))


@SEEDS
def test_damage_has_the_stated_size_and_repeats_with_its_generator(seed):
    x = torch.full((200, 1, 10, 10), 0.5)
    noisy = add_noise(x, torch.Generator().manual_seed(seed), sigma=0.2)
    assert (noisy - x).std().item() == pytest.approx(0.2, abs=0.005)
    assert (noisy - x).mean().item() == pytest.approx(0, abs=0.005)
    dropped = drop_pixels(x, torch.Generator().manual_seed(seed), share=0.3)
    assert (dropped == 0).float().mean().item() == pytest.approx(0.3, abs=0.02)
    assert set(dropped.unique().tolist()) == {0.0, 0.5}
    assert torch.equal(noisy, add_noise(x, torch.Generator().manual_seed(seed), sigma=0.2))
    assert torch.equal(x, add_noise(x, torch.Generator(), sigma=0))


def test_a_denoiser_has_the_clean_picture_as_target():
    """An identity with one weight w learns the shrinkage var(x) / (var(x) + σ²) from noisy inputs and clean targets."""
    x = torch.randn(4000, 1, generator=torch.Generator().manual_seed(0))
    net = nn.Linear(1, 1, bias=False)
    recipe = Recipe(epochs=40, batch_size=200, lr=0.05, schedule="cosine", augment=partial(add_noise, sigma=1.0))
    fit(net, data.Split(x, x), recipe, loss=squared_error, progress=False)
    assert net.weight.item() == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda: Objective(nn.Identity(), lambda net, x: x.sum())(torch.zeros(3, 2)),
            r"expected terms of shape \(3, K\)",
        ),
        (lambda: squared_error(torch.zeros(2, 3), torch.zeros(2)), r"expected targets of the output's shape \(2, 3\)"),
        (lambda: bernoulli_nats(torch.zeros(2, 3), torch.zeros(2)), r"got \(2,\)"),
        (lambda: l1_activity(torch.zeros(3)), r"expected a code \(B, D\)"),
        (lambda: kl_to_target(torch.full((2, 2), 1.5), target=0.1), r"expected activations in \[0, 1\], got 1.5"),
        (lambda: kl_to_target(torch.zeros(2, 2), target=0.0), "expected a target between 0 and 1, got 0.0"),
        (lambda: HeldActivity(l1_activity, target=5), "expected a target between 0 and 1"),
        (lambda: HeldActivity(l1_activity, target=0.1, weight=0), "a weight above 0"),
        (lambda: add_noise(torch.zeros(2), torch.Generator(), sigma=-1), "expected a sigma of at least 0, got -1"),
        (lambda: drop_pixels(torch.zeros(2), torch.Generator(), share=2), "expected a share from 0 to 1, got 2"),
    ],
)
def test_bad_input_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
