"""Time to 0.90 and to 0.91 on the test images: the tutorial loop beside the fast recipe, turn by turn in one process.

A schedule that ends decides its own accuracy, so the fast recipe's time is that of the shortest whole run (one epoch,
two epochs) that reaches the target. The tutorial loop has no end: its time is that of the first epoch that reaches it;
where 10 epochs do not, their time stands as a lower bound. Both train on the same tensors in memory with both cores, so
the ratio owes nothing to the loading of files. Reading the accuracy is not counted.
One run at a time, on a quiet machine: python experiments/cnns_timing.py
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from cnns_fast import TWO_EPOCHS
from cnns_tutorial import TEN_EPOCHS
from harness import arguments, entry, record, run_all

from lab_utils import data, models, training

TARGETS = (0.90, 0.91)
WITHOUT: dict[str, dict[str, Any]] = {
    "without_bfloat16": {"precision": "float32"},
    "without_channels_last": {"channels_last": False},
}


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Seconds to each target for both, and their ratio."""
    torch.set_num_threads(2)
    sets = data.fashion_mnist(validation=0)
    fast = [_fast_run(sets, epochs, seed) for epochs in (1, 2)]
    watch = training.Stopwatch(sets.test)
    training.fit(models.TutorialCNN(seed=seed), sets.train, TEN_EPOCHS, seed=seed, callbacks=[watch], progress=False)
    numbers: dict[str, float] = {}
    for target in TARGETS:
        fast_seconds = next(seconds for seconds, accuracy in fast if accuracy >= target)
        reached = watch.seconds_to(target)
        tutorial_seconds = reached if reached is not None else watch.readings[-1][0]
        label = f"{round(100 * target)}"
        numbers |= {f"fast_{label}": fast_seconds, f"tutorial_{label}": tutorial_seconds}
        numbers |= {f"ratio_{label}": tutorial_seconds / fast_seconds, f"reached_{label}": float(reached is not None)}
    return numbers | _slowdowns(sets.train.take(12_800, seed=seed), seed)


def _slowdowns(some: data.Split, seed: int) -> dict[str, float]:
    """How many times longer 100 updates take without bfloat16, and without the channels-last layout."""
    full = replace(TWO_EPOCHS, epochs=1)
    recipes = {"full": full} | {name: replace(full, **change) for name, change in WITHOUT.items()}
    seconds = {
        name: training.fit(models.FastCNN(seed=seed), some, recipe, seed=seed, progress=False).seconds
        for name, recipe in recipes.items()
    }
    return {f"times_{name}": seconds[name] / seconds["full"] for name in WITHOUT}


def _fast_run(sets: data.ImageData, epochs: int, seed: int) -> tuple[float, float]:
    watch = training.Stopwatch(sets.test)
    recipe = replace(TWO_EPOCHS, epochs=epochs)
    training.fit(models.FastCNN(seed=seed), sets.train, recipe, seed=seed, callbacks=[watch], progress=False)
    seconds, _, accuracy = watch.readings[-1]
    return seconds, accuracy


if __name__ == "__main__":
    options = arguments(__doc__)
    options.workers = 1  # two at a time would time each other
    (runs,) = run_all("cnns_timing", ["both"], train_and_score, options).values()
    settings = {"fast": TWO_EPOCHS.settings(), "tutorial": TEN_EPOCHS.settings(), "threads": 2}
    entries = []
    for target in ("90", "91"):
        for key, unit in (("fast", "s"), ("tutorial", "s"), ("ratio", "times"), ("reached", "")):
            name = f"cnns/time-to-{target}/{key}"
            entries.append(entry(name, f"{key}, to 0.{target}", runs, f"{key}_{target}", settings, __file__, unit))
    for name in WITHOUT:
        key = f"times_{name}"
        label = f"cnns/times/{name.replace('_', '-')}"
        entries.append(entry(label, "time of 100 updates over the full recipe's", runs, key, settings, __file__))
    record(entries, 1)
