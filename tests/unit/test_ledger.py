import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats

from lab_utils import ledger
from lab_utils.core import DataError


def an_entry(values, name="chapter/number"):
    return ledger.Entry(name, "test accuracy", "", tuple(values), {"lr": 1e-3}, "experiments/x.py", 1.5, {"torch": "2"})


@pytest.mark.parametrize("n", [2, 3, 5, 8, 11, 40])
def test_the_band_is_students_prediction_interval(n):
    values = np.random.default_rng(n).normal(0.9, 0.01, n)
    reach = stats.t.ppf(0.995, n - 1) * np.std(values, ddof=1) * np.sqrt(1 + 1 / n)
    assert an_entry(values).band == pytest.approx((values.mean() - reach, values.mean() + reach), rel=1e-4)


def test_the_band_holds_99_of_100_further_runs():
    drawn = np.random.default_rng(0).normal(0.9, 0.003, (4000, 6))
    bands = [an_entry(row[:5]).band for row in drawn]
    inside = np.mean([low <= row[5] <= high for (low, high), row in zip(bands, drawn, strict=True)])
    assert inside == pytest.approx(0.99, abs=0.006)


def test_a_run_outside_the_band_explains_to_readers_and_fails_under_test(monkeypatch):
    entry = an_entry([0.90, 0.91, 0.905, 0.907, 0.903])
    monkeypatch.setenv("LAB_STRICT", "1")
    assert entry.compare(0.905).startswith("Your run: 0.905. The book's: 0.905 (0.900 to 0.910, 5 seeds)")
    with pytest.raises(ledger.OutsideTheBand, match="Yours is outside"):
        entry.compare(0.5)
    monkeypatch.delenv("LAB_STRICT")
    assert "Yours is outside" in entry.compare(0.5)


def test_one_seed_makes_no_band():
    with pytest.raises(ValueError, match="at least 2 seeds for a band, got 1"):
        _ = an_entry([0.9]).band


def test_entries_are_kept_and_replaced_in_the_file_of_their_chapter(tmp_path):
    ledger.record([an_entry([1.0, 2.0], "a/x"), an_entry([3.0, 4.0], "b/y")], folder=tmp_path)
    ledger.record([an_entry([5.0, 6.0], "a/x"), an_entry([7.0, 8.0], "a/z")], folder=tmp_path)
    assert ledger.entry("a/x", folder=tmp_path).values == (5.0, 6.0)
    assert ledger.entry("b/y", folder=tmp_path) == an_entry([3.0, 4.0], "b/y")
    assert {p.name for p in tmp_path.iterdir() if p.suffix != ".lock"} == {"a.json", "b.json"}
    assert list(json.loads((tmp_path / "a.json").read_text())) == ["a/x", "a/z"]


def test_experiments_that_end_together_lose_nothing(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        wanted = [f"a/{number}" for number in range(40)]
        list(pool.map(lambda name: ledger.record([an_entry([1.0, 2.0], name)], folder=tmp_path), wanted))
    assert set(ledger.load(tmp_path)) == set(wanted)


def test_an_unknown_name_lists_its_neighbours(tmp_path):
    ledger.record([an_entry([1.0, 2.0], "a/x"), an_entry([3.0, 4.0], "b/y")], folder=tmp_path)
    with pytest.raises(KeyError, match="no entry 'a/z'; it has a/x"):
        ledger.entry("a/z", folder=tmp_path)
    with pytest.raises(DataError, match="found no JSON file; restore it"):
        ledger.entry("a/z", folder=tmp_path / "none")
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(DataError, match="not valid JSON"):
        ledger.load(tmp_path)


def test_every_shipped_entry_says_how_it_was_measured():
    from pathlib import Path

    root = Path(ledger.__file__).parents[1]
    entries = ledger.load()
    assert entries
    for each in entries.values():
        assert (root / each.script).is_file(), each.name
        assert each.n >= 2, each.name
        assert all(np.isfinite(each.values)), each.name
        assert {"torch", "numpy", "python"} <= each.versions.keys()
        json.dumps(dict(each.settings))


@pytest.mark.parametrize("values", [[], [0.9, float("nan")], [float("inf"), 1.0]])
def test_values_that_json_cannot_hold_are_refused(tmp_path, values):
    with pytest.raises(ValueError, match="finite values for 'chapter/number', at least one, got"):
        ledger.record([an_entry(values)], folder=tmp_path)
    assert not list(tmp_path.iterdir())
