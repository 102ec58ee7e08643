"""Ridge equals scikit-learn's; bias and variance equal their closed forms where the design is fixed."""

import math

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.preprocessing import PolynomialFeatures

from lab_utils.measure import bias_variance, polynomial_features, ridge
from lab_utils.measure.bias_variance import sine

SEEDS = range(4)
ALPHAS = [0.0, 1e-4, 1e-2, 0.1, 1.0]


def noisy_sine(seed, count=25):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, count)
    return x, sine(x) + 0.3 * rng.standard_normal(count)


@pytest.mark.parametrize("degree", [1, 4, 10])
def test_powers_equal_scikit_learns(degree):
    x, _ = noisy_sine(0)
    theirs = PolynomialFeatures(degree, include_bias=False).fit_transform(x[:, None])
    np.testing.assert_allclose(polynomial_features(x, degree), theirs, rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("alpha", ALPHAS[1:])
def test_ridge_equals_scikit_learns(seed, alpha):
    x, y = noisy_sine(seed)
    features = polynomial_features(x, 10)
    ours, theirs = ridge(features, y, alpha), Ridge(alpha=alpha, solver="svd").fit(features, y)
    np.testing.assert_allclose(ours.weight, theirs.coef_, rtol=1e-5, atol=1e-7)
    assert ours.intercept == pytest.approx(theirs.intercept_, abs=1e-7)
    np.testing.assert_allclose(ours.predict(features), theirs.predict(features), atol=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_without_penalty_it_is_least_squares(seed):
    x, y = noisy_sine(seed)
    features = polynomial_features(x, 10)
    theirs = LinearRegression().fit(features, y)
    np.testing.assert_allclose(ridge(features, y, 0).predict(features), theirs.predict(features), atol=1e-8)
    few = ridge(features[:5], y[:5], 0)  # more weights than points: the least norm passes through all of them
    np.testing.assert_allclose(few.predict(features[:5]), y[:5], atol=1e-8)
    nearly = ridge(features[:5], y[:5], 1e-10)
    np.testing.assert_allclose(few.weight, nearly.weight, atol=1e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_weights_are_where_the_gradient_vanishes_and_shrink_as_alpha_grows(seed):
    x, y = noisy_sine(seed)
    features, norms = polynomial_features(x, 10), []
    for alpha in ALPHAS[1:]:
        fit = ridge(features, y, alpha)
        residual = y - fit.predict(features)
        np.testing.assert_allclose(features.T @ residual, alpha * fit.weight, atol=1e-8)
        assert residual.sum() == pytest.approx(0, abs=1e-8)  # the intercept is free
        norms.append(np.linalg.norm(fit.weight))
    assert norms == sorted(norms, reverse=True)


def test_bias_and_variance_equal_their_closed_forms():
    """On a fixed design the fit is S y: its mean is S f, its covariance noise² S Sᵀ."""
    count, noise = 15, 0.3
    result = bias_variance(ALPHAS, count=count, noise=noise, datasets=4000, seed=0)
    x = np.linspace(-1, 1, count)
    features, grid = polynomial_features(x, 10), polynomial_features(result.x, 10)
    for i, alpha in enumerate(ALPHAS):
        S = np.stack([ridge(features, column, alpha).predict(grid) for column in np.eye(count)], axis=1)
        variance = noise**2 * (S**2).sum(axis=1).mean()
        assert result.variance[i] == pytest.approx(variance, rel=0.03)
        bias2 = ((S @ sine(x) - sine(result.x)) ** 2).mean()
        assert result.bias2[i] == pytest.approx(bias2 + variance / 4000, rel=0.15, abs=2e-5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("design", ["even", "random"])
def test_the_error_is_the_sum_of_its_parts(seed, design):
    result = bias_variance([1e-2, 0.1, 1.0], noise=0.3, design=design, seed=seed)
    np.testing.assert_allclose(result.bias2 + result.variance + result.noise, result.error, rtol=0.04)
    assert result.bias2[0] < result.bias2[1] < result.bias2[2]
    assert result.variance[0] > result.variance[1] > result.variance[2]
    assert result.fits.shape == (3, 20, 101)
    assert result.mean.shape == (3, 101)


def test_the_seed_decides_and_all_alphas_see_the_same_data():
    first, again, other = (bias_variance([0.1], datasets=30, seed=s) for s in (0, 0, 1))
    assert np.array_equal(first.fits, again.fits)
    assert not np.array_equal(first.fits, other.fits)
    pair = bias_variance([1.0, 0.1], datasets=30, seed=0)
    assert np.array_equal(pair.fits[1], first.fits[0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ridge(np.ones((3, 2)), np.ones(4), 0.1), r"features \(N, D\) and targets \(N,\), got \(3, 2\)"),
        (lambda: ridge(np.ones((0, 2)), np.ones(0), 0.1), "got"),
        (lambda: ridge(np.ones((3, 2)), np.ones(3), -1), "alpha of at least 0, got -1"),
        (lambda: ridge(np.ones((3, 2)), np.ones(3), math.nan), "alpha of at least 0, got nan"),
        (lambda: ridge(np.full((3, 2), np.nan), np.ones(3), 1), "finite features"),
        (lambda: polynomial_features(np.ones((2, 2)), 3), r"finite numbers of shape \(N,\), got shape \(2, 2\)"),
        (lambda: polynomial_features([1.0, np.inf], 3), "finite numbers"),
        (lambda: polynomial_features([1.0], 0), "degree of at least 1, got 0"),
        (lambda: bias_variance([]), "at least one alpha"),
        (lambda: bias_variance([0.1], datasets=1), "two data sets"),
        (lambda: bias_variance([0.1], noise=-1), "noise of 0 or more"),
        (lambda: bias_variance([0.1], design="odd"), "design of even or random, got 'odd'"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
