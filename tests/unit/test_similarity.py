"""CKA, RSA and angles: invariances, closed forms, and independent formulas."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist, squareform
from scipy.stats import spearmanr

from lab_utils import measure

SEEDS = (0, 1, 2)


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_features(x, y):
    """Kornblith's formula from the covariances of features, not from the Gram matrices of examples."""
    x, y = x - x.mean(0), y - y.mean(0)
    return ((x.T @ y).norm() ** 2 / ((x.T @ x).norm() * (y.T @ y).norm())).item()


@pytest.mark.parametrize("seed", SEEDS)
def test_cka_is_its_other_formula(seed):
    x, y = draw(seed, 40, 7), draw(seed + 10, 40, 12)
    y[:, :3] += x[:, :3]
    assert measure.cka(x, y) == pytest.approx(by_features(x, y), rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("debiased", [False, True])
def test_cka_does_not_see_turns_shifts_and_scales(seed, debiased):
    x = draw(seed, 30, 6)
    turn = torch.linalg.qr(draw(seed + 1, 6, 6)).Q
    assert measure.cka(x, 3 * x @ turn + 5, debiased=debiased) == pytest.approx(1, abs=1e-9)
    y = draw(seed + 2, 30, 4)
    score = measure.cka(x, y, debiased=debiased)
    assert measure.cka(y, x, debiased=debiased) == pytest.approx(score, abs=1e-12)
    assert measure.cka(x @ turn, 2 * y - 1, debiased=debiased) == pytest.approx(score, abs=1e-9)
    stretched = x * torch.tensor([10.0, 1, 1, 1, 1, 1])
    assert measure.cka(x, stretched, debiased=debiased) < 0.9, "single features may not be scaled"


def test_cka_of_one_feature_is_the_squared_correlation():
    x, y = draw(0, 50, 1), draw(1, 50, 1) + draw(0, 50, 1)
    expected = np.corrcoef(x[:, 0], y[:, 0])[0, 1] ** 2
    assert measure.cka(x, y) == pytest.approx(expected)


def test_only_the_debiased_form_is_fair_to_many_features():
    plain, fair = [], []
    for seed in range(20):
        x, y = draw(seed, 20, 400), draw(seed + 100, 20, 400)
        plain.append(measure.cka(x, y))
        fair.append(measure.cka(x, y, debiased=True))
    assert np.mean(plain) > 0.9
    assert abs(np.mean(fair)) < 3 * np.std(fair) / math.sqrt(20) + 1e-3


def test_the_unbiased_estimate_is_its_definition():
    """Song's estimate is a mean over distinct quadruples of examples: here written out as such."""
    x, y = draw(0, 6, 3), draw(1, 6, 2)

    def quadruples(k, m):
        indices = [
            (i, j, q, r)
            for i in range(6)
            for j in range(6)
            for q in range(6)
            for r in range(6)
            if len({i, j, q, r}) == 4
        ]
        return np.mean([k[i, j] * (m[i, j] + m[q, r] - 2 * m[i, q]) for i, j, q, r in indices])

    k, m = x @ x.T, y @ y.T
    expected = quadruples(k, m) / math.sqrt(quadruples(k, k) * quadruples(m, m))
    assert measure.cka(x, y, debiased=True) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_dissimilarity_and_rsa_are_those_of_scipy(seed):
    x, y = draw(seed, 12, 9), draw(seed + 5, 12, 4, 3)
    y[:, 0] += x[:, :3]
    expected = squareform(pdist(x.numpy(), "correlation"))
    np.testing.assert_allclose(measure.dissimilarity(x), expected, atol=1e-12)
    pairs = [pdist(each.flatten(1).numpy(), "correlation") for each in (x, y)]
    assert measure.rsa(x, y) == pytest.approx(spearmanr(*pairs).statistic, abs=1e-12)


def test_rsa_of_itself():
    x = draw(0, 10, 5)
    assert measure.rsa(x, x) == pytest.approx(1)
    assert measure.rsa(x, 4 * x + 3) == pytest.approx(1)


def test_the_matrix_has_rows_and_columns_in_order():
    xs, ys = {"a": draw(0, 10, 3), "b": draw(1, 10, 3)}, {"b": draw(1, 10, 3), "c": draw(2, 10, 3), "a": draw(0, 10, 3)}
    matrix = measure.similarity_matrix(xs, ys)
    assert matrix.shape == (2, 3)
    assert matrix[0, 2] == pytest.approx(1)
    assert matrix[1, 0] == pytest.approx(1)
    assert matrix[0, 1] == pytest.approx(measure.cka(xs["a"], ys["c"]))
    assert measure.similarity_matrix(xs, ys, by=measure.rsa)[0, 2] == pytest.approx(1)


@pytest.mark.parametrize("degrees", [0, 1e-6, 30, 90, 150, 180])
def test_angle(degrees):
    a = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    b = 7 * torch.tensor([[math.cos(math.radians(degrees)), math.sin(math.radians(degrees))]], dtype=torch.float64)
    assert measure.angle(a, b) == pytest.approx(degrees, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: measure.cka(draw(0, 5, 2), draw(0, 6, 2)), "the same examples, got 5 and 6"),
        (lambda: measure.cka(draw(0, 3, 2), draw(0, 3, 2), debiased=True), "at least 4"),
        (lambda: measure.cka(draw(0, 5), draw(0, 5)), r"\(N, \.\.\.\)"),
        (lambda: measure.cka(torch.ones(5, 2), draw(0, 5, 2)), "differ between examples"),
        (lambda: measure.cka(draw(0, 5, 2) * math.nan, draw(0, 5, 2)), "finite"),
        (lambda: measure.rsa(draw(0, 2, 4), draw(0, 2, 4)), "at least 3"),
        (lambda: measure.dissimilarity(torch.ones(4, 3)), "constant example"),
        (lambda: measure.dissimilarity(torch.empty(0, 3)), "at least 2"),
        (lambda: measure.similarity_matrix({}, {"a": draw(0, 5, 2)}), "both sides"),
        (lambda: measure.angle(torch.ones(2), torch.ones(3)), "one shape"),
        (lambda: measure.angle(torch.zeros(2), torch.ones(2)), "not all zero"),
        (lambda: measure.angle(torch.tensor([math.inf, 1]), torch.ones(2)), "finite"),
    ],
)
def test_errors_say_what_was_expected(make, message):
    with pytest.raises(ValueError, match=message):
        make()
