"""Stop a run, go on another day, and end with the very same bits."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from lab_utils.core import DataError
from lab_utils.training.history import History
from lab_utils.training.run import Callback, Run


class Checkpoint(Callback):
    """Write the whole state of the run to `path` after every `every` epochs and after the last one.

    The file appears whole or not at all, and holds tensors and plain values only, so that reading it runs no code.
    """

    def __init__(self, path: Path, *, every: int = 1) -> None:
        if every < 1:
            raise ValueError(f"expected to save every 1 or more epochs, got {every}")
        self.path, self.every = Path(path), every

    def on_epoch(self, run: Run) -> None:
        done = len(run.history.epochs)
        if done % self.every == 0 or done == run.recipe.epochs or run.stop:
            save(run, self.path)


def save(run: Run, path: Path) -> None:
    """Store weights, optimizer, schedule, random states and history of `run` in one file."""
    state = {
        "recipe": run.recipe.settings(),
        "steps": run.steps,
        "model": run.model.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "schedule": run.schedule.last_epoch,
        "generator": run.generator.get_state(),
        "global_generator": torch.get_rng_state(),
        "history": run.history.to_dict(),
        "best_weights": run.best_weights,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    torch.save(state, part)
    os.replace(part, path)  # noqa: PTH105  (atomic: a crash leaves the old file or the new one)


def restore(run: Run, path: Path) -> None:
    """Bring `run` to the state stored in `path`; recipe and number of updates must be those the file was made with."""
    state = _read(Path(path))
    changed = [name for name, value in run.recipe.settings().items() if state["recipe"].get(name) != value]
    if changed:
        was = ", ".join(f"{name}={state['recipe'].get(name)}" for name in changed)
        raise ValueError(f"expected the recipe that {path} was made with ({was}), got another one: {run.recipe}")
    if state["steps"] != run.steps:
        raise ValueError(
            f"expected the data that {path} was made with ({state['steps']} updates in all), got data for {run.steps}"
        )
    run.model.load_state_dict(state["model"])
    run.optimizer.load_state_dict(state["optimizer"])
    # The optimizer's state already holds the current learning rate; the schedule only has to know where it is.
    run.schedule.last_epoch = state["schedule"]
    run.generator.set_state(state["generator"])
    torch.set_rng_state(state["global_generator"])
    run.history = History.from_dict(state["history"])
    run.best_weights = state["best_weights"]


def _read(path: Path) -> dict[str, Any]:
    """The state stored in `path`, on the CPU: loading it into model and optimizer moves it to where they are."""
    if not path.exists():
        raise DataError(f"{path} is missing: there is no checkpoint to resume from")
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:  # which one depends on the bytes: torch.load lets even KeyError through
        raise DataError(f"{path} is not a readable checkpoint ({error}); start again without `resume`") from error
    if not isinstance(state, dict) or not {"recipe", "steps", "model", "optimizer"} <= state.keys():
        raise DataError(f"{path} is not a checkpoint of a run: it was not written by the Checkpoint callback")
    return state
