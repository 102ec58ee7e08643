"""Measures of codes and subspaces, estimators, ROC and information against references and closed forms."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA
from sklearn.metrics import mutual_info_score, roc_auc_score

from lab_utils import measure, models

SEEDS = pytest.mark.parametrize("seed", [0, 1, 2])


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@SEEDS
def test_principal_components_equal_scikit_learn(seed):
    x = draw(60, 7, seed=seed) @ draw(7, 7, seed=seed + 50)
    ours, theirs = measure.principal_components(x, 3), PCA(3).fit(x.numpy())
    np.testing.assert_allclose((ours.directions.numpy() * theirs.components_).sum(axis=1) ** 2, 1, rtol=1e-9)
    np.testing.assert_allclose(ours.variance, theirs.explained_variance_, rtol=1e-9)
    again = theirs.inverse_transform(theirs.transform(x.numpy()))
    np.testing.assert_allclose(ours.decode(ours.encode(x)), again, atol=1e-9)
    assert (ours.directions.gather(1, ours.directions.abs().argmax(1, keepdim=True)) > 0).all()


def test_principal_components_of_pictures_keep_their_type():
    found = measure.principal_components(torch.rand(9, 1, 2, 2), 4)
    assert found.directions.shape == (4, 4)
    assert found.mean.dtype == torch.float32


@SEEDS
def test_principal_angles_equal_scipy(seed):
    a, b = draw(3, 9, seed=seed), draw(3, 9, seed=seed + 20)
    reference = np.degrees(subspace_angles(a.numpy().T, b.numpy().T))
    np.testing.assert_allclose(measure.principal_angles(a, b), reference, atol=1e-9)


@SEEDS
def test_principal_angles_know_spaces_not_bases(seed):
    a = draw(3, 9, seed=seed)
    assert measure.principal_angles(a, draw(3, 3, seed=seed + 5) @ a).max() < 1e-6
    e = torch.eye(4)
    tilted = torch.stack([e[0], math.cos(0.5) * e[1] + math.sin(0.5) * e[2]])
    torch.testing.assert_close(measure.principal_angles(e[:2], tilted)[0].item(), math.degrees(0.5))
    torch.testing.assert_close(measure.principal_angles(e[:2], e[2:]).tolist(), [90.0, 90.0])
    small = torch.stack([torch.tensor([1.0, 1e-7], dtype=torch.double)])
    assert measure.principal_angles(small, torch.eye(2).double()[:1]).item() == pytest.approx(math.degrees(1e-7))


def test_shares_of_a_code():
    code = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.2, 0.0], [0.0, 3.0, 0.5], [0.0, 0.0, -2.0]])
    assert measure.active_share(code) == 4 / 12
    assert measure.active_share(code, above=0.3) == 3 / 12
    assert measure.lifetime_share(code).tolist() == [0, 0.75, 0.25]
    assert measure.silent_units(code) == 1
    assert measure.silent_units(code, above=0.7) == 2


def test_neighbours_vote():
    x, y = torch.tensor([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]]), torch.tensor([0, 0, 0, 1, 1, 1])
    tests = torch.tensor([[0.05], [4.9], [1.0]])
    assert measure.neighbour_accuracy(x, y, tests, torch.tensor([0, 1, 0]), k=3) == 1
    assert measure.neighbour_accuracy(x, y, tests, torch.tensor([0, 1, 1]), k=3) == pytest.approx(2 / 3)


@SEEDS
def test_jacobian_norms_by_formula_and_by_finite_differences(seed):
    weight, x = draw(3, 5, seed=seed), draw(4, 5, seed=seed + 9)
    torch.testing.assert_close(
        measure.jacobian_norms(lambda x: x @ weight.T, x), torch.full((4,), weight.norm().item()).double()
    )
    found = measure.jacobian_norms(lambda x: torch.sigmoid(x @ weight.T), x, chunk=3)
    h = 1e-6
    columns = [(torch.sigmoid((x + h * e) @ weight.T) - torch.sigmoid((x - h * e) @ weight.T)) / (2 * h)
               for e in torch.eye(5).double()]  # fmt: skip
    torch.testing.assert_close(found, torch.stack(columns).square().sum(dim=(0, 2)).sqrt(), rtol=1e-6, atol=1e-8)


@SEEDS
def test_roc_area_equals_scikit_learn_and_separation(seed):
    inside, outside = draw(40, seed=seed).round(decimals=1), draw(30, seed=seed + 1).round(decimals=1) + 0.8
    curve = measure.roc(inside, outside)
    truth = np.r_[np.zeros(40), np.ones(30)]
    assert curve.area == pytest.approx(roc_auc_score(truth, np.r_[inside, outside]))
    assert curve.area == pytest.approx(measure.separation(inside, outside))
    assert curve.hits_at(1.0) == 1
    threshold = np.sort(inside.numpy())[-3]  # two of 40 ordinary examples lie above it, or fewer with ties
    assert curve.hits_at(0.05) >= (outside.numpy() > threshold).mean()


def test_roc_of_scores_with_ties_keeps_every_threshold():
    """Points on one line are no less thresholds: scikit-learn would leave them out."""
    scores = torch.arange(10.0)
    assert [measure.roc(scores, scores).hits_at(share) for share in (0.0, 0.3, 0.55)] == [0.0, 0.3, 0.5]


def test_roc_of_scores_that_separate():
    curve = measure.roc(torch.tensor([0.0, 1.0]), torch.tensor([2.0, 3.0]))
    assert curve.area == 1
    assert curve.hits_at(0.0) == 1


@SEEDS
def test_elbo_agrees_with_the_terms_that_train(seed):
    vae, x = models.VAE((16, 8, 3), seed=seed), torch.rand(6, 1, 4, 4)
    found = measure.elbo(vae, x, samples=400, seed=seed, batch_size=4)
    with torch.no_grad():
        chance = torch.Generator().manual_seed(seed)
        terms = torch.stack([vae.terms(x, generator=chance) for _ in range(400)]).mean(dim=0)
    torch.testing.assert_close(found.kl.sum(dim=1), terms[:, 1])
    torch.testing.assert_close(found.reconstruction, terms[:, 0], rtol=0.01, atol=0)
    assert found.value == pytest.approx(-terms.sum(dim=1).mean().item(), rel=0.01)


def test_dimensions_that_equal_the_prior_are_not_active():
    vae = models.VAE((16, 8, 3))
    last = vae.encoder.linear2
    last.weight.data[[1, 2, 4, 5]] = 0  # means and log-variances of the last two dimensions
    last.bias.data[[1, 2, 4, 5]] = 0
    assert measure.elbo(vae, torch.rand(50, 16)).active_dimensions == 1


@SEEDS
def test_kl_by_sampling_tends_to_the_formula(seed):
    mean, log_variance = draw(4, 3, seed=seed), draw(4, 3, seed=seed + 3)
    draws = measure.sampled_kl(mean, log_variance, samples=20_000, seed=seed)
    assert draws.shape == (20_000, 4)
    error = draws.std(dim=0) / math.sqrt(20_000)
    assert ((draws.mean(dim=0) - models.gaussian_kl(mean, log_variance).sum(dim=1)).abs() < 4.5 * error).all()


@SEEDS
def test_gradient_estimators_of_a_square_have_their_known_means_and_variances(seed):
    mean, sigma = 1.5, 0.7
    settings = {"mean": torch.tensor([mean]).double(), "log_variance": torch.tensor([2 * math.log(sigma)]).double()}
    found = {
        kind: measure.gradient_samples(lambda z: z[:, 0] ** 2, **settings, estimator=kind, samples=200_000, seed=seed)
        for kind in ("reparameterised", "score")
    }
    # z² (z - μ)/σ² with z = μ + σε: its variance is E[ε² (μ + σε)⁴]/σ² - 4μ² = (μ⁴ + 18 μ²σ² + 15 σ⁴)/σ² - 4μ²
    known = {"reparameterised": 4 * sigma**2, "score": (mean**4 + 18 * mean**2 * sigma**2 + 15 * sigma**4) / sigma**2
             - 4 * mean**2}  # fmt: skip
    for kind, draws in found.items():
        assert draws.mean().item() == pytest.approx(2 * mean, abs=5 * math.sqrt(known[kind] / 200_000))
        assert draws.var().item() == pytest.approx(known[kind], rel=0.05)


@SEEDS
def test_a_baseline_keeps_the_mean_and_removes_what_a_constant_adds(seed):
    settings = {"mean": torch.tensor([0.5]).double(), "log_variance": torch.zeros(1).double(), "samples": 50_000}
    draws = measure.gradient_samples(lambda z: z[:, 0] + 100, **settings, estimator="score-baseline", seed=seed)
    assert draws.mean().item() == pytest.approx(1, abs=0.05)
    # (z - E z)(z - μ) = ε²: variance 2, where without a baseline (100.5 + ε) ε has 100.5² + 2
    assert draws.var().item() == pytest.approx(2, rel=0.1)
    bare = measure.gradient_samples(lambda z: z[:, 0] + 100, **settings, estimator="score", seed=seed)
    assert bare.var().item() == pytest.approx(100.5**2 + 2, rel=0.05)


def test_information_of_known_cells():
    activations = torch.tensor([[0.1, 0.1], [0.2, 0.3], [1.5, 0.1], [1.6, 1.2]])
    y = torch.tensor([0, 0, 1, 1])
    found = measure.binned_information(activations, y, width=1.0)
    assert found.with_input == pytest.approx(1.5)  # cells of 2, 1 and 1 examples
    assert found.with_label == pytest.approx(1.0)
    assert measure.binned_information(activations, y, width=10.0).with_input == 0
    assert measure.binned_information(activations, y, width=0.01).with_input == pytest.approx(2.0)


@SEEDS
def test_information_with_the_label_equals_scikit_learn(seed):
    activations, y = draw(300, 1, seed=seed), (draw(300, seed=seed + 4) > 0).long()
    found = measure.binned_information(activations, y, width=0.5)
    cells = (activations[:, 0] / 0.5).floor().long()
    assert found.with_label == pytest.approx(mutual_info_score(cells, y) / math.log(2))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: measure.principal_components(torch.zeros(5, 3), 4), "expected 1 to 3 directions"),
        (lambda: measure.principal_angles(torch.zeros(2, 3), torch.zeros(1, 3)), "expected two bases"),
        (lambda: measure.active_share(torch.zeros(0, 3)), r"got shape \(0, 3\)"),
        (lambda: measure.active_share(torch.full((1, 3), math.nan)), "expected finite activations"),
        (lambda: measure.neighbour_accuracy(torch.zeros(3, 1), torch.zeros(2), torch.zeros(3, 1), torch.zeros(3)),
         "expected a label for each code"),
        (lambda: measure.neighbour_accuracy(*2 * (torch.zeros(3, 1), torch.zeros(3).long()), k=4), "k from 1 to 3"),
        (lambda: measure.jacobian_norms(torch.sigmoid, torch.zeros(3)), "expected a batch x"),
        (lambda: measure.jacobian_norms(torch.sum, torch.zeros(2, 3)), "expected the function to return"),
        (lambda: measure.roc(torch.zeros(0), torch.zeros(3)), "expected scores"),
        (lambda: measure.elbo(models.VAE((4, 2)), torch.zeros(0, 4)), "at least 1 sample and 1 example, got 1 and 0"),
        (lambda: measure.sampled_kl(torch.zeros(2), torch.zeros(2), samples=0), "at least 1 sample, got 0"),
        (lambda: measure.gradient_samples(torch.sum, torch.zeros(2, 2), torch.zeros(2, 2)), r"\(D,\)"),
        (lambda: measure.gradient_samples(torch.sum, torch.zeros(2), torch.zeros(2)), "expected a value for each"),
        (lambda: measure.gradient_samples(lambda z: z[:, 0], torch.zeros(2), torch.zeros(2), estimator="other"),
         'expected the estimator "reparameterised", "score" or "score-baseline", got \'other\''),
        (lambda: measure.binned_information(torch.zeros(3, 2), torch.zeros(3), width=0), "expected a bin width"),
        (lambda: measure.binned_information(torch.zeros(3, 2), torch.zeros(2), width=1), "expected activations"),
    ],
)  # fmt: skip
def test_bad_input_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
