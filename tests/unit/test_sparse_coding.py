"""Sparse coding against scikit-learn's Lasso and optimality conditions; patches and stored training against facts."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.linear_model import Lasso

from lab_utils import data, training
from lab_utils.core import DataError, data_path

SEEDS = (0, 1, 2)


def problem(seed=0, patches=20, atoms=15, pixels=10):
    draw = torch.Generator().manual_seed(seed)
    dictionary = torch.randn(atoms, pixels, generator=draw, dtype=torch.float64)
    dictionary /= dictionary.norm(dim=1, keepdim=True)
    return torch.randn(patches, pixels, generator=draw, dtype=torch.float64), dictionary


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("penalty", [0.05, 0.5, 2.0])
def test_fista_is_the_lasso_of_scikit_learn(seed, penalty):
    x, dictionary = problem(seed, atoms=9)
    codes = training.fista(x, dictionary, penalty=penalty, steps=3000)
    # scikit-learn divides the squared error by the number of pixels
    lasso = Lasso(alpha=penalty / x.shape[1], fit_intercept=False, tol=1e-12, max_iter=100_000)
    expected = np.stack([lasso.fit(dictionary.T.numpy(), patch).coef_ for patch in x.numpy()])
    energies = [training.sparse_energy(x, dictionary, torch.as_tensor(c), penalty) for c in (codes, expected)]
    assert (energies[0] <= energies[1] + 1e-6).all()
    np.testing.assert_allclose(codes.numpy(), expected, atol=1e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_codes_meet_the_conditions_of_the_minimum(seed):
    x, dictionary = problem(seed)
    codes = training.fista(x, dictionary, penalty=0.3, steps=4000)
    pull = (x - codes @ dictionary) @ dictionary.T  # minus the gradient of the squared error
    used = codes != 0
    torch.testing.assert_close(pull[used], 0.3 * codes[used].sign(), atol=1e-6, rtol=0)
    assert (pull[~used].abs() <= 0.3 + 1e-9).all()


def test_ista_goes_down_and_fista_gets_there_first():
    x, dictionary = problem(atoms=30)

    def energy(method, steps):
        return training.sparse_energy(x, dictionary, method(x, dictionary, penalty=0.1, steps=steps), 0.1).mean().item()

    path = [energy(training.ista, steps) for steps in (1, 2, 5, 10, 20, 40)]
    assert all(b < a for a, b in pairwise(path))
    best = energy(training.fista, 3000)
    assert energy(training.fista, 40) - best < 0.5 * (energy(training.ista, 40) - best)
    assert energy(training.ista, 20_000) == pytest.approx(best, abs=1e-8)


def test_closed_forms():
    x, dictionary = problem(atoms=10)
    orthogonal = torch.linalg.qr(dictionary).Q
    expected = training.soft_threshold(x @ orthogonal.T, 0.4)
    torch.testing.assert_close(training.fista(x, orthogonal, penalty=0.4), expected)
    too_much = (x @ dictionary.T).abs().max().item()
    assert not training.fista(x, dictionary, penalty=1.001 * too_much).any()
    assert training.fista(x, dictionary, penalty=0.999 * too_much, steps=500).any()
    codes = torch.zeros(20, 10, dtype=torch.float64)
    torch.testing.assert_close(training.sparse_energy(x, dictionary, codes, 1.0), 0.5 * x.pow(2).sum(1))


def test_improving_atoms_lowers_the_error_at_fixed_codes():
    x, dictionary = problem(patches=200)
    codes = training.fista(x, dictionary, penalty=0.1)
    before = (x - codes @ dictionary).pow(2).sum().item()
    improved = dictionary.clone()
    training.improve_atoms(improved, codes.T @ codes, codes.T @ x)
    after = (x - codes @ improved).pow(2).sum().item()
    assert after < before
    torch.testing.assert_close(improved.norm(dim=1), torch.ones(15, dtype=torch.float64))


def test_an_unused_atom_stays():
    dictionary = torch.eye(3)
    together, evidence = torch.diag(torch.tensor([1.0, 0.0, 2.0])), torch.ones(3, 3)
    training.improve_atoms(dictionary, together, evidence)
    assert torch.equal(dictionary[1], torch.tensor([0.0, 1.0, 0.0]))


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_the_atoms_that_made_the_patches_are_found(seed):
    """Patches built from three of eight known atoms: after learning, each of these has a twin."""
    draw = torch.Generator().manual_seed(seed)
    true = torch.randn(8, 12, generator=draw)
    true /= true.norm(dim=1, keepdim=True)
    codes = torch.zeros(3000, 8).scatter_(1, torch.rand(3000, 8, generator=draw).topk(3).indices, 1.0)
    x = (codes * torch.randn(3000, 8, generator=draw)) @ true
    # another seed: the same one would start at the true atoms, drawn by the same generator
    run = training.learn_atoms(
        x, atoms=12, penalty=0.1, updates=400, batch_size=100, seed=100 + seed, inference_steps=100
    )
    alike = (true @ run.dictionary.T).abs().max(dim=1).values
    assert alike.min() > 0.8, "of twelve random directions, the nearest to a given one comes to about 0.5"
    assert np.mean(run.energy[-20:]) < 0.6 * run.energy[0]
    assert len(run.active) == len(run.unexplained) == 400


def test_learning_is_reproducible_and_can_be_watched():
    x, _ = problem(patches=100)
    seen = []
    runs = [
        training.learn_atoms(
            x, atoms=5, penalty=0.3, updates=4, batch_size=20, seed=1, watch=lambda update, _: seen.append(update)
        )
        for _ in range(2)
    ]
    assert torch.equal(runs[0].dictionary, runs[1].dictionary)
    assert seen == 2 * [0, 1, 2, 3, 4]
    other = training.learn_atoms(x, atoms=5, penalty=0.3, updates=4, batch_size=20, seed=2)
    assert not torch.equal(other.dictionary, runs[0].dictionary)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x, d: training.fista(x, d[:, :5], penalty=1), "atoms of 10 pixels"),
        (lambda x, d: training.fista(x[0], d, penalty=1), "patches as floats"),
        (lambda x, d: training.fista(x[:0], d, penalty=1), "patches as floats"),
        (lambda x, d: training.fista(x.long(), d, penalty=1), "int64"),
        (lambda x, d: training.fista(x * math.nan, d, penalty=1), "finite patches"),
        (lambda x, d: training.ista(x, d, penalty=0), "positive finite penalty"),
        (lambda x, d: training.ista(x, d, penalty=1, steps=0), "at least 1 step"),
        (lambda x, d: training.sparse_energy(x, d, torch.zeros(3, 3), 1.0), r"\(20, 15\)"),
        (lambda x, d: training.learn_atoms(x, atoms=0), "positive atoms"),
        (lambda x, d: data.photo_patches(0), "positive count"),
        (lambda x, d: data.photo_patches(5, size=500), "size from 2"),
        (lambda x, d: data.whitened_photo("china", height=20), "at least 32"),
        (lambda x, d: data.whitened_photo("moon"), "china, flower"),
    ],
)
def test_errors_say_what_was_expected(make, message):
    with pytest.raises(ValueError, match=message):
        make(*problem())


def test_whitening_flattens_the_spectrum():
    """Photos have ever less of finer gratings; after whitening the power up to half the cutoff is nearly level."""

    def fall(image):
        power = torch.fft.fft2(image[0, 0].double() - image.mean()).abs() ** 2
        rows, columns = (torch.fft.fftfreq(n, dtype=torch.float64) for n in image.shape[2:])
        frequency = torch.hypot(rows[:, None], columns[None, :])
        rings = [power[(frequency >= low) & (frequency < 1.5 * low)].mean().item() for low in (0.02, 0.15)]
        return rings[0] / rings[1]

    for name in ("china", "flower"):
        grey = data.photo(name, height=427).mean(1, keepdim=True)
        assert fall(grey) > 20
        assert 0.2 < fall(data.whitened_photo(name)) < 5


def test_patches():
    x = data.photo_patches(1001, size=9, seed=3)
    assert x.shape == (1001, 81)
    assert x.mean(1).abs().max() < 1e-5
    assert x.pow(2).mean().item() == pytest.approx(1, rel=1e-4)
    assert torch.equal(x, data.photo_patches(1001, size=9, seed=3))
    assert not torch.equal(x, data.photo_patches(1001, size=9, seed=4))
    image = data.whitened_photo("china")
    assert image.mean().abs() < 1e-4
    assert image.std().item() == pytest.approx(1, rel=1e-3)


def test_a_patch_is_a_piece_of_a_photo():
    x = data.photo_patches(3, size=6, seed=0).view(3, 6, 6)
    pieces = torch.cat(
        [data.whitened_photo(n)[0, 0].unfold(0, 6, 1).unfold(1, 6, 1).flatten(0, 1) for n in ("china", "flower")]
    )
    pieces = pieces - pieces.mean((1, 2), keepdim=True)
    for patch in x:
        alike = (pieces * patch).sum((1, 2)) / (pieces.flatten(1).norm(dim=1) * patch.norm() + 1e-9)
        assert alike.max().item() == pytest.approx(1, abs=1e-4)


def test_the_stored_training():
    stored = data.sparse_walkthrough()
    levels, moments, atoms, pixels = stored.atoms.shape
    assert (levels, moments) == (len(stored.penalties), len(stored.updates))
    assert stored.settings["atoms"] == atoms
    assert stored.settings["size"] ** 2 == pixels
    assert stored.updates[0] == 0
    assert list(stored.penalties) == sorted(stored.penalties)
    np.testing.assert_allclose(np.linalg.norm(stored.dictionary(0, -1), axis=1), 1, rtol=1e-5)
    assert data_path("sparse-walkthrough.npz").stat().st_size < 300_000


def test_the_stored_numbers_belong_to_the_stored_atoms():
    """Coding fresh patches with the shipped atoms gives the shipped numbers, but for the rounding to 8 bits."""
    stored = data.sparse_walkthrough()
    fresh = data.photo_patches(500, size=stored.settings["size"], seed=2000)
    for level, penalty in enumerate(stored.penalties):
        dictionary = torch.from_numpy(stored.dictionary(level, -1))
        codes = training.fista(fresh, dictionary, penalty=penalty, steps=200)
        assert (codes != 0).float().mean().item() == pytest.approx(stored.active[level, -1], rel=0.15)
        left = ((fresh - codes @ dictionary).pow(2).sum() / fresh.pow(2).sum()).item()
        assert left == pytest.approx(stored.unexplained[level, -1], rel=0.15)
    assert (np.diff(stored.active[:, -1]) < 0).all(), "a higher penalty leaves fewer codes"


def test_a_damaged_file_says_how_to_get_it_back(tmp_path):
    with pytest.raises(DataError, match="missing; restore it"):
        data.sparse_walkthrough(tmp_path / "none.npz")
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(DataError, match="not a stored training"):
        data.sparse_walkthrough(bad)
    np.savez(bad, atoms=np.zeros((1, 1, 2, 4), np.int8))
    with pytest.raises(DataError, match="not a stored training"):
        data.sparse_walkthrough(bad)
