"""Run many (variant, seed) jobs side by side, keep each result at once, and go on where a stopped run left off."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from lab_utils import ledger

RESULTS = Path(__file__).parent / "results"
SEEDS = 5  # fewer make no band worth comparing with

Measure = Callable[[str, int], dict[str, float]]


def arguments(description: str | None) -> argparse.Namespace:
    """The command line that every experiment has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"number of seeds, from 0 up (default: {SEEDS})")
    parser.add_argument("--workers", type=int, default=2, help="processes, one torch thread each (default: 2)")
    parser.add_argument("--fresh", action="store_true", help="measure again what experiments/results already holds")
    return parser.parse_args()


def run_all(
    name: str, variants: list[str], measure: Measure, options: argparse.Namespace
) -> dict[str, list[dict[str, float]]]:
    """`measure(variant, seed)` for all variants and seeds: a list over seeds for each variant, in the order of seeds.

    `measure` must be a module's top-level function and returns numbers; `cpu_seconds` is added to them. Each result is
    one line of experiments/results/NAME.jsonl, written when it comes, so that Ctrl-C loses only what was running.
    """
    path = RESULTS / f"{name}.jsonl"
    path.parent.mkdir(exist_ok=True)
    if options.fresh:
        path.unlink(missing_ok=True)
    done = {(row["variant"], row["seed"]): row["measured"] for row in _rows(path)}
    jobs = [(v, s) for s in range(options.seeds) for v in variants if (v, s) not in done]
    # spawn: a forked child would inherit torch's thread pool in an unusable state.
    with ProcessPoolExecutor(
        options.workers, get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)
    ) as pool:
        futures = {pool.submit(_timed, measure, *job): job for job in jobs}
        try:
            for future in tqdm(as_completed(futures), total=len(jobs), desc=name, unit="run"):
                job = futures[future]
                done[job] = future.result()
                with path.open("a") as out:
                    out.write(json.dumps({"variant": job[0], "seed": job[1], "measured": done[job]}) + "\n")
        except BaseException:  # else leaving the block would first run all waiting jobs, and lose what they measure
            pool.shutdown(cancel_futures=True)
            raise
    return {v: [done[v, s] for s in range(options.seeds)] for v in variants}


def entry(
    name: str,
    quantity: str,
    runs: list[dict[str, float]],
    key: str,
    settings: Mapping[str, Any],
    script: str,
    unit: str = "",
) -> ledger.Entry:
    """A ledger entry out of `runs[seed][key]`."""
    return ledger.Entry(
        name=name,
        quantity=quantity,
        unit=unit,
        values=tuple(run[key] for run in runs),
        settings=settings,
        script=f"experiments/{Path(script).name}",
        cpu_seconds=round(sum(run["cpu_seconds"] for run in runs), 1),
        versions=ledger.versions(),
    )


def record(entries: Iterable[ledger.Entry], digits: int = 3, *, show: Sequence[str] = ()) -> None:
    """Put `entries` into the ledger, then print them by name: the settings named in `show`, mean and range.

    With fewer than `SEEDS` seeds a run was a trial: it is printed, and the ledger stays as it is.
    """
    entries = sorted(entries, key=lambda each: each.name)
    if all(each.n >= SEEDS for each in entries):
        ledger.record(entries)
    else:
        print(f"fewer than {SEEDS} seeds: the ledger stays as it is")
    for each in entries:
        print(each.name, *(f"{name} {each.settings[name]}" for name in show), each.summary(digits))


def _timed(measure: Measure, variant: str, seed: int) -> dict[str, float]:
    started = time.process_time()
    measured = measure(variant, seed)
    return {**measured, "cpu_seconds": time.process_time() - started}


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
