"""Many answers: dropout left on, ensembles, and scores of their disagreement against closed forms."""

import math

import pytest
import torch
from scipy.stats import entropy
from torch import nn

from lab_utils import measure, models
from lab_utils.core import generator, seeded

SEEDS = range(3)


def samples(seed, count=7, examples=20, classes=4):
    return torch.randn(count, examples, classes, generator=generator(seed)).softmax(2)


@pytest.mark.parametrize("dropout", [nn.Dropout, models.Dropout])
def test_mc_dropout_averages_to_the_layers_expectation(dropout):
    """A linear readout of dropped features: logits are right on average, so probabilities of tiny logits are too."""
    with seeded(0):
        model = nn.Sequential(dropout(0.5), nn.Linear(10, 3))
        model[1].weight.data.mul_(0.01)
    x = torch.rand(5, 10, generator=generator(1))
    p = measure.mc_dropout(model, x, samples=2000)
    assert p.shape == (2000, 5, 3)
    torch.testing.assert_close(p.sum(2), torch.ones(2000, 5))
    torch.testing.assert_close(p.mean(0), measure.predict(model, x).softmax(1), atol=1e-3, rtol=0)
    assert p.std(0).max() > 1e-4


def test_mc_dropout_leaves_everything_as_it_was():
    model = models.MLP((6, 8, 8, 3), dropout=0.3, batch_norm=True)
    model.train()
    model.norm1.eval()
    modes, state = [m.training for m in model.modules()], {k: v.clone() for k, v in model.state_dict().items()}
    before = torch.get_rng_state()
    x = torch.rand(9, 6, generator=generator(0))
    first, second, other = (measure.mc_dropout(model, x, samples=4, seed=s) for s in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)
    assert [m.training for m in model.modules()] == modes
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())  # norms saw nothing
    one_by_one = measure.mc_dropout(model, x, samples=4, seed=1, batch_size=9)
    assert torch.equal(first, one_by_one)
    with pytest.raises(ValueError, match="expected a network with dropout layers, got none in MLP"):
        measure.mc_dropout(models.MLP((6, 3)), x)
    with pytest.raises(ValueError, match="at least 1 sample and 1 example, got 0 and 9"):
        measure.mc_dropout(model, x, samples=0)


def test_an_ensemble_holds_each_members_answer():
    members = [models.MLP((6, 8, 3), seed=s) for s in range(4)]
    x = torch.rand(5, 6, generator=generator(0))
    p = measure.ensemble(members, x)
    assert p.shape == (4, 5, 3)
    for row, member in zip(p, members, strict=True):
        torch.testing.assert_close(row, measure.predict(member, x).softmax(1))
    with pytest.raises(ValueError, match="at least one network"):
        measure.ensemble([], x)


@pytest.mark.parametrize("seed", SEEDS)
def test_entropy_equals_scipys_and_disagreement_is_the_mean_divergence_from_the_mean(seed):
    p = samples(seed)
    mean = p.mean(0)
    torch.testing.assert_close(measure.predictive_entropy(p), torch.from_numpy(entropy(mean.double(), axis=1)))
    divergences = torch.stack([torch.from_numpy(entropy(each.double(), mean.double(), axis=1)) for each in p])
    torch.testing.assert_close(measure.mutual_information(p), divergences.mean(0), atol=1e-6, rtol=1e-4)


def test_disagreement_is_not_the_same_as_being_unsure():
    half = torch.tensor([0.5, 0.5])
    agreed = half.expand(2, 1, 2)  # both members say fifty-fifty
    opposed = torch.eye(2)[:, None]  # each is certain, of different things
    for p, disagreement in ((agreed, 0.0), (opposed, math.log(2))):
        assert measure.predictive_entropy(p).item() == pytest.approx(math.log(2))
        assert measure.mutual_information(p).item() == pytest.approx(disagreement, abs=1e-9)
    for score in (measure.predictive_entropy, measure.mutual_information):
        with pytest.raises(ValueError, match=r"probabilities \(S, N, K\)"):
            score(half)
        with pytest.raises(ValueError, match="add up to 1"):
            score(2 * agreed)


@pytest.mark.parametrize("seed", SEEDS)
def test_separation_is_the_share_of_pairs_in_order(seed):
    g = generator(seed)
    inside, outside = torch.randint(6, (30,), generator=g), torch.randint(2, 8, (40,), generator=g)
    pairs = [1.0 if b > a else 0.5 if b == a else 0.0 for a in inside.tolist() for b in outside.tolist()]
    assert measure.separation(inside, outside) == pytest.approx(sum(pairs) / len(pairs))
    assert measure.separation(inside, inside) == pytest.approx(0.5)
    assert measure.separation(inside, inside + 10) == 1
    with pytest.raises(ValueError, match=r"scores \(N,\) and \(M,\), got \(0,\) and \(40,\)"):
        measure.separation(inside[:0], outside)
