"""Layers and steps that regularise: dropout equal to torch's, stochastic depth, soft-thresholds, mixing in the loop."""

import math
from dataclasses import replace
from functools import partial

import pytest
import torch
from scipy.optimize import minimize_scalar
from torch import nn
from torch.nn import functional as F

from lab_utils import models, training
from lab_utils.core import generator, seeded
from lab_utils.data import Split
from lab_utils.training import Recipe, fit

RECIPE = Recipe(epochs=3, batch_size=20, optimizer="adamw", lr=3e-3, schedule="cosine")
SEEDS = range(3)


def examples(seed=0, count=60):
    g = generator(seed)
    return Split(torch.rand(count, 1, 6, 6, generator=g), torch.randint(3, (count,), generator=g))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout_is_torchs_bit_for_bit(seed, p):
    x = torch.randn(40, 30, generator=generator(seed), requires_grad=True)
    twin = x.detach().clone().requires_grad_()
    with seeded(seed):
        ours = models.Dropout(p)(x)
    with seeded(seed):
        theirs = nn.Dropout(p)(twin)
    torch.testing.assert_close(ours, theirs)
    assert torch.equal(ours == 0, theirs == 0)
    ours.square().sum().backward()
    theirs.square().sum().backward()
    torch.testing.assert_close(x.grad, twin.grad)


@pytest.mark.parametrize("p", [0.2, 0.5, 0.8])
def test_dropouts_expectation_is_the_input_and_its_variance_the_formula(p):
    layer, x = models.Dropout(p), torch.tensor([1.0, -2.0, 0.5])
    with seeded(0):
        draws = torch.stack([layer(x) for _ in range(20_000)])
    error = (x.square() * p / (1 - p) / 20_000).sqrt()  # of a mean of draws
    assert ((draws.mean(0) - x).abs() < 4 * error).all()
    torch.testing.assert_close(draws.var(0), x.square() * p / (1 - p), rtol=0.06, atol=0)
    assert set(draws[:, 0].tolist()) == {0.0, (x[0] / (1 - p)).item()}


def test_in_evaluation_nothing_is_dropped():
    x = torch.randn(4, 5, generator=generator(0))
    for layer in (models.Dropout(0.7), models.StochasticDepth(0.7)):
        assert layer.eval()(x) is x
    for layer in (models.Dropout(0), models.StochasticDepth(0)):
        assert layer.train()(x) is x


@pytest.mark.parametrize("bad", [1.0, -0.1, math.nan])
def test_shares_that_leave_nothing_are_refused(bad):
    for build in (models.Dropout, models.StochasticDepth, lambda p: models.MLP((4, 3, 2), dropout=p)):
        with pytest.raises(ValueError, match="from 0 up to, but not including, 1, got"):
            build(bad)
    with pytest.raises(ValueError, match="drop from 0 up to"):
        models.ResidualMLP(drop=bad)


@pytest.mark.parametrize("seed", SEEDS)
def test_stochastic_depth_equals_torchvisions(seed):
    from torchvision.ops import StochasticDepth

    x = torch.randn(50, 3, 4, generator=generator(seed))
    with seeded(seed):
        ours = models.StochasticDepth(0.3)(x)
    with seeded(seed):
        theirs = StochasticDepth(0.3, mode="row")(x)
    torch.testing.assert_close(ours, theirs)


def test_stochastic_depth_drops_whole_examples_and_keeps_the_expectation():
    layer, x = models.StochasticDepth(0.4), torch.rand(20_000, 2, 3, generator=generator(0)) + 0.1
    with seeded(0):
        y = layer(x)
    ratio = (y / x).flatten(1)
    torch.testing.assert_close(ratio, ratio[:, :1].expand_as(ratio))
    assert ratio.mean().item() == pytest.approx(1, abs=0.02)
    assert (ratio[:, 0] == 0).float().mean().item() == pytest.approx(0.4, abs=0.015)


def test_blocks_are_dropped_the_more_the_deeper_they_lie():
    model = models.ResidualMLP(inputs=8, width=16, blocks=4, outputs=3, drop=0.8)
    drops = [m.drop for m in model.modules() if isinstance(m, models.StochasticDepth)]
    assert drops == pytest.approx([0.2, 0.4, 0.6, 0.8])
    plain = models.ResidualMLP(inputs=8, width=16, blocks=4, outputs=3)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), plain.parameters(), strict=True))
    x = torch.rand(5, 2, 4, generator=generator(0))
    torch.testing.assert_close(model.eval()(x), plain(x))
    assert not torch.allclose(model.train()(x), plain(x))
    with pytest.raises(ValueError, match="blocks and outputs of at least 1, got 8, 16, 0 and 3"):
        models.ResidualMLP(inputs=8, width=16, blocks=0, outputs=3)


def test_a_residual_network_whose_branches_are_silent_is_linear():
    model = models.ResidualMLP(inputs=8, width=16, blocks=3, outputs=3).eval()
    for branch in model.branches:
        nn.init.zeros_(branch[3].weight)
        nn.init.zeros_(branch[3].bias)
    x = torch.rand(5, 8, generator=generator(0))
    torch.testing.assert_close(model(x), model.linear(model.embed(x)))


def test_options_of_a_dense_network_leave_its_initial_weights_alone():
    plain, full = models.MLP((6, 8, 7, 3), seed=4), models.MLP((6, 8, 7, 3), dropout=0.3, batch_norm=True, seed=4)
    for number in (1, 2, 3):
        assert torch.equal(getattr(plain, f"linear{number}").weight, getattr(full, f"linear{number}").weight)
    assert list(dict(full.named_children())) == [
        "flatten", "linear1", "norm1", "activation1", "dropout1", "linear2", "norm2", "activation2", "dropout2",
        "linear3",
    ]  # fmt: skip
    assert list(dict(plain.named_children())) == [
        "flatten", "linear1", "activation1", "linear2", "activation2", "linear3",
    ]  # fmt: skip
    x = torch.rand(9, 6, generator=generator(0))
    z = F.batch_norm(full.linear1(x), None, None, training=True)
    hidden = full.train()[:4](x)
    torch.testing.assert_close(hidden, z.relu())


@pytest.mark.parametrize("by", [0.0, 0.3, 1.0])
def test_soft_thresholding_is_the_proximal_step_of_l1(by):
    w = torch.linspace(-2, 2, 41)
    shrunk = training.soft_threshold(w, by)
    torch.testing.assert_close(shrunk, F.softshrink(w, by), atol=1e-7, rtol=0)
    for start, end in zip(w.tolist()[::8], shrunk.tolist()[::8], strict=True):
        best = minimize_scalar(lambda v, s=start: (v - s) ** 2 / 2 + by * abs(v), bounds=(-3, 3), method="bounded")
        assert end == pytest.approx(best.x, abs=1e-4)
    assert (shrunk[w.abs() <= by] == 0).all()
    with pytest.raises(ValueError, match="shrink by 0 or more, got -1"):
        training.soft_threshold(w, -1)


def test_l1_makes_weights_exactly_zero_and_leaves_biases_and_norms_alone():
    with seeded(0):
        model = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    before = [p.detach().clone() for p in model.parameters()]
    training.shrink_weights(model.parameters(), by=0.2)
    for old, new in zip(before, model.parameters(), strict=True):
        expected = F.softshrink(old, 0.2) if old.ndim == 2 else old
        torch.testing.assert_close(new, expected)
    assert (model[0].weight == 0).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_l1_in_the_loop_equals_one_written_by_hand(seed):
    data, recipe = examples(seed), replace(RECIPE, l1=0.05)
    model, twin = (models.MLP((36, 8, 3), seed=seed) for _ in range(2))
    fit(model, data, recipe, seed=seed, progress=False)
    optimizer, g, step = torch.optim.AdamW(twin.parameters(), weight_decay=0), generator(seed), 0
    for _ in range(3):
        for chosen in torch.randperm(60, generator=g).split(20):
            lr = 3e-3 * (1 + math.cos(math.pi * step / 9)) / 2
            optimizer.param_groups[0]["lr"] = lr
            optimizer.zero_grad()
            F.cross_entropy(twin(data.x[chosen]), data.y[chosen]).backward()
            optimizer.step()
            for layer in (twin.linear1, twin.linear2):
                layer.weight.data = F.softshrink(layer.weight.data, lr * 0.05)
            step += 1
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-3, atol=1e-6)


def test_mixing_reaches_the_network_and_the_seed_decides():
    data = examples()
    shares = Split(data.x, training.one_hot(data.y, 3))
    recipe = replace(RECIPE, mix=partial(training.mixup, alpha=1.0), augment=training.flip)
    trained = []
    for seed in (0, 0, 1):
        trained.append(models.MLP((36, 8, 3)))
        fit(trained[-1], shares, recipe, validation=data, seed=seed, progress=False)
    weights = [m.linear1.weight for m in trained]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    seen = []
    fit(models.MLP((36, 8, 3)), shares, recipe, loss=lambda z, y: (seen.append(y), z.sum())[1], progress=False)
    assert ((torch.cat(seen) > 0).sum(1) == 2).any()
    with pytest.raises(ValueError, match="make them with one_hot"):
        fit(models.MLP((36, 8, 3)), data, recipe, progress=False)


def test_recipes_know_mixing_by_name_and_refuse_what_is_none():
    recipe = replace(RECIPE, mix=partial(training.cutmix, alpha=0.5), l1=0.1)
    assert recipe.settings()["mix"] == "cutmix(alpha=0.5)"
    assert recipe.settings()["l1"] == 0.1
    assert RECIPE.settings()["mix"] is None
    for change, message in (
        ({"mix": "mixup"}, r"a function \(x, y, generator\) -> \(x, y\) for mix, or None, got 'mixup'"),
        ({"l1": -0.1}, "l1 of at least 0.0, got -0.1"),
        ({"l1": "much"}, "a number for l1, got 'much'"),
    ):
        with pytest.raises(ValueError, match=message):
            replace(RECIPE, **change)
