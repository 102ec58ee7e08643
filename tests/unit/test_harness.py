"""Experiments: a stopped run goes on where it was, and a trial leaves the ledger alone."""

from argparse import Namespace

import pytest

from experiments import harness
from lab_utils import ledger


def double(variant: str, seed: int) -> dict[str, float]:
    """Spawned workers import it by its name."""
    return {"score": 2 * seed + len(variant)}


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Results and ledger of a book of its own."""
    monkeypatch.setattr(harness, "RESULTS", tmp_path / "results")
    recorded = ledger.record
    monkeypatch.setattr(ledger, "record", lambda entries: recorded(entries, folder=tmp_path / "ledger"))
    return tmp_path


def entries_of(seeds: int) -> list[ledger.Entry]:
    runs = [{"score": float(seed), "cpu_seconds": 1.5} for seed in range(seeds)]
    return [harness.entry(f"small/{name}", "score", runs, "score", {"lr": 0.1}, __file__) for name in ("b", "a")]


def test_what_is_measured_is_not_measured_again(book):
    path = book / "results" / "small.jsonl"
    path.parent.mkdir()
    path.write_text('{"variant": "a", "seed": 0, "measured": {"score": 7.0, "cpu_seconds": 1.0}}\n')
    found = harness.run_all("small", ["a"], double, Namespace(seeds=2, workers=1, fresh=False))
    assert [run["score"] for run in found["a"]] == [7.0, 3]
    assert len(path.read_text().splitlines()) == 2


def test_entries_are_recorded_and_told_by_name(book, capsys):
    harness.record(entries_of(harness.SEEDS), 1, show=("lr",))
    assert capsys.readouterr().out.splitlines() == [
        "small/a lr 0.1 2.0 (0.0 to 4.0, 5 seeds)",
        "small/b lr 0.1 2.0 (0.0 to 4.0, 5 seeds)",
    ]
    kept = ledger.entry("small/a", folder=book / "ledger")
    assert (kept.values, kept.cpu_seconds, kept.script) == ((0, 1, 2, 3, 4), 7.5, "experiments/test_harness.py")


def test_a_trial_of_few_seeds_leaves_the_ledger_as_it_is(book, capsys):
    harness.record(entries_of(harness.SEEDS - 1))
    assert "the ledger stays as it is" in capsys.readouterr().out
    assert not (book / "ledger").exists()
