"""What attention costs as the text grows: time and memory of the written-out form and of torch's own, by length.

Four heads of 32 features, one sequence, no gradients, one thread. Memory is the highest sum of what torch allocates
while it works. A "seed" here is a repetition with other numbers. Run: python experiments/transformers_cost.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import torch
from harness import arguments, entry, record, run_all
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile

from lab_utils import models
from lab_utils.core import generator

LENGTHS = (128, 256, 512, 1024, 2048, 4096)
HEADS, FEATURES, REPEATS = 4, 32, 5
FORMS: dict[str, Callable[..., object]] = {
    "explicit": models.scaled_dot_product_attention,
    "efficient": F.scaled_dot_product_attention,
}


def fastest(run: Callable[[], object]) -> float:
    """CPU milliseconds of the fastest of a few calls, after one that loads what it needs."""
    run()
    seconds = []
    for _ in range(REPEATS):
        started = time.process_time()
        run()
        seconds.append(time.process_time() - started)
    return 1000 * min(seconds)


def peak(run: Callable[[], object]) -> float:
    """Megabytes that `run` holds at the highest point, by torch's record of each allocation and release."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        run()
    held = highest = 0
    events = [event for event in recorded.profiler.kineto_results.events() if event.name() == "[memory]"]
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()
        highest = max(highest, held)
    return highest / 1e6


def cost(variant: str, seed: int) -> dict[str, float]:
    """Time and memory of one form of attention at every length."""
    found = {}
    for length in LENGTHS:
        q, k, v = (torch.randn(1, HEADS, length, FEATURES, generator=generator(3 * seed + each)) for each in range(3))
        run = partial(FORMS[variant], q, k, v)
        found |= {f"{length}/ms": fastest(run), f"{length}/mb": peak(run)}
    return found


if __name__ == "__main__":
    options = arguments(__doc__)
    settings = {"batch": 1, "heads": HEADS, "features a head": FEATURES, "threads": 1, "fastest of": REPEATS}
    entries = []
    for variant, runs in run_all("transformers_cost", list(FORMS), cost, options).items():
        for key in runs[0].keys() - {"cpu_seconds"}:
            quantity, unit = ("CPU time of a call", "ms") if key.endswith("ms") else ("memory at its peak", "MB")
            name = f"transformers/cost/{variant}/{key}"
            entries.append(entry(name, quantity, runs, key, settings, __file__, unit))
    record(entries)
