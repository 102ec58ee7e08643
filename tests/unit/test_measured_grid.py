"""The measured grid: what it derives equals what probabilities give; bad files and bad arrays are refused by name."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lab_utils import data, ledger, live
from lab_utils.core import DataError, data_path, generator
from lab_utils.measure import expected_calibration_error
from tests.measured_grids import random_grid

BINS = 15


@pytest.fixture(scope="module")
def stored():
    return data.regularization_grid()


@pytest.fixture
def content():
    return json.loads(data_path("regularization-grid.json").read_text())


def test_the_stored_grid_is_complete(stored):
    assert stored.sizes == (200, 2_000, 20_000)
    assert stored.seeds == 5
    assert 0.0 in stored.dropout
    assert 0.0 in stored.weight_decay
    assert stored.checkpoints[-1] == stored.settings["updates"]
    assert stored.bin_count.shape[-1] == BINS
    assert (stored.bin_count.sum(-1) == stored.settings["test_looked_at"]).all()


def test_the_stored_numbers_agree_with_one_another(stored):
    # Two ways to the same share: the answers that are right, and the bins that they fall into.
    np.testing.assert_allclose(stored.bin_right.sum(-1) / 10_000, stored.test_accuracy, atol=6e-6)
    inside = stored.bin_confidence_sum / np.where(stored.bin_count, stored.bin_count, np.nan)
    low, high = np.arange(BINS) / BINS, (np.arange(BINS) + 1) / BINS
    empty = np.isnan(inside)
    assert (empty | ((inside > low - 1e-4) & (inside < high + 1e-4))).all()
    for name, images in (("train", 1_000), ("validation", 3_000)):
        counts = getattr(stored, f"{name}_accuracy") * images
        assert np.abs(counts - counts.round()).max() < 0.05


def test_the_file_holds_what_the_experiment_kept(stored):
    results = Path(__file__).resolve().parents[2] / "experiments" / "results" / "regularization_grid.jsonl"
    rows = [json.loads(line) for line in results.read_text().splitlines()]
    assert len(rows) == stored.test_accuracy.size
    for row in rows:
        size, dropout, decay = (float(part.split()[-1]) for part in row["variant"].replace(" images", "").split(","))
        place = (*stored.where(size=int(size), dropout=dropout, weight_decay=decay), row["seed"])
        for name, value in row["measured"].items():
            if name != "cpu_seconds":
                np.testing.assert_allclose(getattr(stored, name)[place], value, atol=6e-6)


def test_the_ledger_holds_the_grids_own_test_accuracies(stored):
    for size in stored.sizes:
        i, j, k = stored.best(size)
        best, none = (ledger.entry(f"regularization/grid/{size}/{name}") for name in ("best", "none"))
        np.testing.assert_allclose(best.values, stored.test_accuracy[i, j, k], atol=6e-6)
        np.testing.assert_allclose(none.values, stored.test_accuracy[i, 0, 0], atol=6e-6)
        assert best.settings["dropout"] == stored.dropout[j]
        assert best.settings["weight_decay"] == stored.weight_decay[k]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_calibration_error_equals_the_one_from_probabilities(seed):
    p = torch.randn(500, 10, generator=generator(seed)).mul(3).double().softmax(1)
    y = torch.randint(0, 10, (500,), generator=generator(seed + 10))
    confidence, said = p.max(1)
    bins = torch.bucketize(confidence, torch.linspace(0, 1, BINS + 1, dtype=torch.float64)[1:-1])
    one_hot = torch.nn.functional.one_hot(bins, BINS).double()
    sums = {
        "bin_count": one_hot,
        "bin_right": one_hot * (said == y)[:, None],
        "bin_confidence_sum": one_hot * confidence[:, None],
    }
    grid = random_grid(seeds=1)
    shape = grid.bin_count.shape
    grid = replace(grid, **{name: np.broadcast_to(each.sum(0).numpy(), shape) for name, each in sums.items()})
    assert grid.ece[0, 0, 0, 0] == pytest.approx(expected_calibration_error(p, y, bins=BINS), abs=1e-6)


@pytest.mark.parametrize("generator_seed", [0, 1])
def test_the_gap_and_the_best_cell(generator_seed):
    grid = random_grid(generator_seed=generator_seed)
    i, j, k = grid.best(4000)
    assert i == 1
    means = grid.validation_accuracy[1, :, :, :, -1].mean(-1)
    assert means[j, k] == means.max()
    tied = grid.validation_accuracy.copy()
    tied[1, 2, 3] = tied[1, 0, 2] = tied[1, j, k] + np.where(np.arange(5) % 2, 1e-9, 0)[:, None]
    assert random_grid(generator_seed=generator_seed, validation_accuracy=tied).best(4000) == min((1, 0, 2), (1, j, k))
    assert grid.gap[1, 2, 3, 4] == grid.train_accuracy[1, 2, 3, 4, -1] - grid.validation_accuracy[1, 2, 3, 4, -1]
    assert grid.where(size=50, dropout=0.9, weight_decay=1.0) == (0, 2, 2)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"size": 51}, "expected one of (50, 4000) for sizes, got 51"),
        ({"dropout": 0.4}, "expected one of (0.0, 0.5, 0.9) for dropout, got 0.4"),
        ({"weight_decay": -1}, "for weight_decay, got -1"),
    ],
)
def test_a_setting_that_was_not_measured_is_named(asked, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        random_grid().where(**{"size": 50, "dropout": 0.5, "weight_decay": 1.0} | asked)
    with pytest.raises(ValueError, match="for sizes, got 51"):
        random_grid().best(51)


def spoiled(name, value):
    values = getattr(random_grid(), name).copy()
    values[0, 0, 0, 0] = value
    return {name: values}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sizes": (4000, 50)}, "expected rising values for sizes"),
        ({"dropout": ()}, "expected rising values for dropout, at least one"),
        ({"checkpoints": (10, 30, 100)}, "expected train_loss of shape (2, 3, 4, 5, 3), got (2, 3, 4, 5, 4)"),
        ({"test_accuracy": np.zeros((2, 3, 4))}, "expected test scores (sizes, dropout, weight_decay, seeds)"),
        ({"bin_right": np.zeros((2, 3, 4, 5, 3))}, "expected bin_right of shape (2, 3, 4, 5, 15), got (2, 3, 4, 5, 3)"),
        (spoiled("test_loss", np.nan), "expected finite numbers for test_loss"),
        (spoiled("validation_accuracy", 1.2), "expected validation_accuracy from 0 to 1"),
        (spoiled("bin_count", -1), "expected bin_count of at least 0"),
    ],
)
def test_bad_arrays_are_refused(changed, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        random_grid(**changed)


def test_bad_files_are_named_with_the_cure(tmp_path, content):
    path = tmp_path / "grid.json"
    with pytest.raises(DataError, match=r"grid.json is missing; restore it with `git checkout"):
        data.regularization_grid(path)
    path.write_text('{"axes": ')
    with pytest.raises(DataError, match=r"grid.json is not valid JSON .*; restore it"):
        data.regularization_grid(path)
    lacking = {**content, "measured": {k: v for k, v in content["measured"].items() if k != "test_loss"}}
    path.write_text(json.dumps(lacking))
    with pytest.raises(DataError, match=r"grid.json has no 'test_loss'; restore it"):
        data.regularization_grid(path)
    content["measured"]["train_loss"][0][0][0][0].pop()
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"grid.json is not a measured grid: .*restore it"):
        data.regularization_grid(path)
    path.write_text("[]")
    with pytest.raises(DataError, match="is not a measured grid"):
        data.regularization_grid(path)


def test_the_figure_starts_at_the_size_asked_for(stored):
    figure = live.regularization_grid(stored, size=2_000)
    assert figure.data["start"] == 1
    assert "200, 2,000 and 20,000 images" in figure.caption
    assert live.regularization_grid(stored, caption="Mine.").caption == "Mine."
    for size, values in zip(stored.sizes, stored.validation_accuracy[..., -1], strict=True):
        cell = values[0, 0]
        assert f"<td>{cell.mean():.3f} ({cell.min():.3f} to {cell.max():.3f})</td>" in figure.fallback
        assert f"{size:,} images" in figure.fallback


@pytest.mark.parametrize(
    ("grid", "options", "error", "message"),
    [
        (random_grid(), {"size": 51}, ValueError, "expected a size among 50, 4000, got 51"),
        (object(), {}, TypeError, "expected a measured grid with the arrays train_loss"),
        (random_grid(seeds=1), {"size": "50"}, ValueError, "got '50'"),
    ],
)
def test_what_the_figure_cannot_show_is_refused(grid, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        live.regularization_grid(grid, **options)


class Loose:
    """A grid that did not check itself."""

    def __init__(self, **changed):
        self.__dict__.update({**vars(random_grid()), **changed})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"test_loss": np.zeros((2, 3))}, "expected test_loss of shape (2, 3, 4, 5), none of them 0, got (2, 3)"),
        ({"train_loss": np.zeros((2, 3, 4, 5, 9))}, "expected train_loss of shape (2, 3, 4, 5, 4)"),
        ({"bin_right": np.zeros((2, 3, 4, 5, 0))}, "expected bin_right of shape (2, 3, 4, 5, 15)"),
        (spoiled("train_loss", np.inf), "expected finite numbers in train_loss"),
        ({"dropout": (0.0,), "weight_decay": (0.0,)}, "expected at least two cells to choose among, got 1 × 1"),
    ],
)
def test_the_figure_checks_arrays_that_did_not_check_themselves(changed, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        live.regularization_grid(Loose(**changed))
