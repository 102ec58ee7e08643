"""Induction: does a network of attention alone learn to go on with what it has seen once? Two layers against one.

Each sequence is a random row of 8 to 16 tokens out of 32, repeated to the end of 48 places. The period varies from
sequence to sequence: were it fixed, looking a constant distance back would do. What can be predicted is the second and
later rounds alone, so accuracy is counted there. Run: python experiments/transformers_induction.py
"""

from __future__ import annotations

import torch
from harness import arguments, entry, run_all, settings_of

from lab_utils import data, ledger, measure, models
from lab_utils.training import Callback, Recipe, Run, fit, next_character_loss

TOKENS, LENGTH, PERIODS = 32, 48, (8, 16)
LAYERS = {"one": 1, "two": 2}
UPDATES = 400
RECIPE = Recipe(epochs=1, batch_size=64, optimizer="adamw", lr=3e-3, schedule="warm-up-cosine", warm_up=0.1)
SHOWN = (0, 25, 50, 75, 100, 150, 200, 250, 300, 400)
TEST_PERIOD = 12


class Watch(Callback):
    """Accuracy on the second round and the best head's induction score, on fresh sequences, at the updates SHOWN."""

    def __init__(self, ids: torch.Tensor) -> None:
        self.ids = ids
        self.seen: dict[str, float] = {}

    def on_start(self, run: Run) -> None:
        self._look(run, 0)

    def on_step(self, run: Run) -> None:
        step = len(run.history.step_loss)
        if step in SHOWN:
            self._look(run, step)

    def _look(self, run: Run, step: int) -> None:
        weights = run.model.attend(self.ids).mean(1)  # over sequences: (depth, heads, T, T)
        self.seen[f"accuracy/{step}"] = measure.repeat_accuracy(run.model, self.ids, TEST_PERIOD)
        self.seen[f"score/{step}"] = measure.induction_scores(weights, TEST_PERIOD).max().item()
        self.seen[f"previous/{step}"] = measure.previous_place_scores(weights).max().item()


def learn(variant: str, seed: int) -> dict[str, float]:
    """Accuracy, induction score and previous-place score along the training of a network of attention alone."""
    model = models.GPT(TOKENS, LENGTH, 64, LAYERS[variant], 4, positions="learned", expand=0, seed=seed)
    examples = data.repeated_rows(UPDATES * RECIPE.batch_size, LENGTH, TOKENS, periods=PERIODS, seed=seed)
    test = data.repeated_rows(200, LENGTH, TOKENS, periods=(TEST_PERIOD, TEST_PERIOD), seed=1000 + seed)
    watch = Watch(torch.cat([test.x, test.y[:, -1:]], dim=1)[:, :LENGTH])
    fit(model, examples, RECIPE, loss=next_character_loss, seed=seed, callbacks=[watch], progress=False)
    return watch.seen


if __name__ == "__main__":
    options = arguments(__doc__)
    entries = []
    for variant, runs in run_all("transformers_induction", list(LAYERS), learn, options).items():
        settings = {"layers": LAYERS[variant], "width": 64, "heads": 4, "tokens": TOKENS, "length": LENGTH}
        settings |= {"periods": PERIODS, **settings_of(RECIPE), "updates": UPDATES}
        for key in runs[0].keys() - {"cpu_seconds"}:
            quantity = "accuracy on what repeats" if key.startswith("accuracy") else "attention weight"
            entries.append(entry(f"transformers/induction/{variant}/{key}", quantity, runs, key, settings, __file__))
    if options.seeds > 1:
        ledger.record(entries)
    for each in sorted(entries, key=lambda each: each.name):
        print(each.name, each.summary())
