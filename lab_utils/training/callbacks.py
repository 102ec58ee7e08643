"""What may hang on to a run: stopping early, and a clock that does not count its own reading."""

from __future__ import annotations

import math
import time

from lab_utils.evaluate import accuracy
from lab_utils.training.run import Callback, Examples, Run


class EarlyStopping(Callback):
    """Stop when the validation loss has not improved for `patience` epochs, and put the best weights back.

    An equal loss is no improvement, nor is NaN. With `resume` the count goes on from the epochs in the checkpoint.
    """

    def __init__(self, *, patience: int = 3) -> None:
        if not patience >= 1:
            raise ValueError(f"expected a patience of at least 1 epoch, got {patience}")
        self.patience = patience

    def on_start(self, run: Run) -> None:
        if run.history.best_epoch is not None:  # a checkpoint may hold a run that had already stopped
            self._stop_without_patience(run)

    def on_epoch(self, run: Run) -> None:
        losses = [record.validation_loss for record in run.history.epochs]
        if losses[-1] is None:
            raise ValueError("early stopping watches the validation loss: pass `validation=` to fit")
        before = [loss for loss in losses[:-1] if loss is not None and not math.isnan(loss)]
        if losses[-1] < min(before, default=math.inf):
            run.history.best_epoch = len(losses)
            run.best_weights = {name: value.detach().clone() for name, value in run.model.state_dict().items()}
        self._stop_without_patience(run)

    def on_end(self, run: Run) -> None:
        if run.best_weights is not None:
            run.model.load_state_dict(run.best_weights)

    def _stop_without_patience(self, run: Run) -> None:
        run.stop = run.stop or len(run.history.epochs) - (run.history.best_epoch or 0) >= self.patience


class Stopwatch(Callback):
    """Accuracy on `examples` against the time spent in training, read `per_epoch` times an epoch.

    `readings` holds (training seconds, training CPU seconds, accuracy) of the latest run, and goes on with a resumed
    one. Time spent in reading is not counted; validation and other callbacks are.
    """

    def __init__(self, examples: Examples, *, per_epoch: int = 1) -> None:
        if not per_epoch >= 1:
            raise ValueError(f"expected at least 1 reading an epoch, got {per_epoch}")
        self.examples, self.per_epoch = examples, per_epoch
        self.readings: list[tuple[float, float, float]] = []
        self._spent, self._started = (0.0, 0.0), (0.0, 0.0)

    def on_start(self, run: Run) -> None:
        if not run.history.step_loss:
            self.readings, self._spent = [], (0.0, 0.0)
        self._started = (time.perf_counter(), time.process_time())

    def on_step(self, run: Run) -> None:
        steps_per_epoch = run.steps // run.recipe.epochs
        step = (len(run.history.step_loss) - 1) % steps_per_epoch + 1
        if step * self.per_epoch // steps_per_epoch > (step - 1) * self.per_epoch // steps_per_epoch:
            self._read(run)

    def seconds_to(self, target: float) -> float | None:
        """Training seconds until the accuracy first read at or above `target`; None if it never was."""
        return next((seconds for seconds, _, reached in self.readings if reached >= target), None)

    def _read(self, run: Run) -> None:
        now = (time.perf_counter(), time.process_time())
        self._spent = (self._spent[0] + now[0] - self._started[0], self._spent[1] + now[1] - self._started[1])
        reached = accuracy(run.model, self.examples.x, self.examples.y)
        self.readings.append((*self._spent, reached))
        self._started = (time.perf_counter(), time.process_time())
