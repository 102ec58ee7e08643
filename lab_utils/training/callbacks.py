"""What may hang on to a run: stopping early, and a clock that does not count its own reading."""

from __future__ import annotations

import math
import time

from lab_utils.evaluate import accuracy
from lab_utils.training.run import Callback, Examples, Run


class EarlyStopping(Callback):
    """Stop when the validation loss has not improved for `patience` epochs, and put the best weights back."""

    def __init__(self, *, patience: int = 3) -> None:
        if patience < 1:
            raise ValueError(f"expected a patience of at least 1 epoch, got {patience}")
        self.patience = patience

    def on_epoch(self, run: Run) -> None:
        losses = [record.validation_loss for record in run.history.epochs]
        if losses[-1] is None:
            raise ValueError("early stopping watches the validation loss: pass `validation=` to fit")
        best = min((loss if loss is not None else math.inf) for loss in losses)
        if losses[-1] == best:
            run.history.best_epoch = len(losses)
            run.best_weights = {name: value.detach().clone() for name, value in run.model.state_dict().items()}
        run.stop = run.stop or len(losses) - (run.history.best_epoch or 0) >= self.patience

    def on_end(self, run: Run) -> None:
        if run.best_weights is not None:
            run.model.load_state_dict(run.best_weights)


class Stopwatch(Callback):
    """Accuracy on `examples` against the time spent in training, read `per_epoch` times an epoch.

    `readings` holds (training seconds, training CPU seconds, accuracy). Time spent in reading is not counted.
    """

    def __init__(self, examples: Examples, *, per_epoch: int = 1) -> None:
        self.examples, self.per_epoch = examples, per_epoch
        self.readings: list[tuple[float, float, float]] = []
        self._spent, self._started = (0.0, 0.0), (0.0, 0.0)

    def on_start(self, run: Run) -> None:
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
