"""Induction: does a network of attention alone learn to go on with what it has seen once? Two layers against one.

Each sequence is a random row of 8 to 16 tokens out of 32, repeated to the end of 48 places. The period varies from
sequence to sequence: were it fixed, looking a constant distance back would do. What can be predicted is the second and
later rounds alone, so accuracy is counted there. Run: python experiments/transformers_induction.py
"""

from __future__ import annotations

import torch
from harness import arguments, entry, record, run_all
from torch import nn

from lab_utils import data, measure, models
from lab_utils.core import seeded
from lab_utils.training import Callback, Recipe, Run, fit, next_character_loss

TOKENS, LENGTH, PERIODS, WIDTH = 32, 48, (8, 16), 64
LAYERS = {"one": 1, "two": 2, "two-tied": 2}
UPDATES = 300
RECIPE = Recipe(epochs=1, batch_size=64, optimizer="adamw", lr=3e-3)
SHOWN = (0, 25, 50, 75, 100, 125, 150, 200, 250, 300)
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


def attention_alone(layers: int, seed: int, *, tied: bool) -> models.GPT:
    """Layers of attention without MLPs, from torch's initial weights, larger than GPT-2's, as the training is short.

    From GPT-2's small ones several hundred updates would pass before scores tell tokens apart. With one matrix for
    embedding and reading out (`tied`), a token's own embedding, which the residual stream carries to the end, speaks
    for that token to come again; it begins with deviation 1/√width, so that the first logits are of size 1.
    """
    model = models.GPT(TOKENS, LENGTH, WIDTH, layers, 4, positions="rotary", expand=0, tied=tied, seed=seed)
    with seeded(seed):
        for module in model.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                module.reset_parameters()
        if tied:
            model.embed.weight.data.mul_(WIDTH**-0.5)
    return model


def learn(variant: str, seed: int) -> dict[str, float]:
    """Accuracy, induction score and previous-place score along the training of a network of attention alone."""
    model = attention_alone(LAYERS[variant], seed, tied=variant.endswith("tied"))
    examples = data.repeated_rows(UPDATES * RECIPE.batch_size, LENGTH, TOKENS, periods=PERIODS, seed=seed)
    test = data.repeated_rows(200, LENGTH, TOKENS, periods=(TEST_PERIOD, TEST_PERIOD), seed=1000 + seed)
    watch = Watch(torch.cat([test.x, test.y[:, -1:]], dim=1)[:, :LENGTH])
    fit(model, examples, RECIPE, loss=next_character_loss, seed=seed, callbacks=[watch], progress=False)
    return watch.seen


if __name__ == "__main__":
    options = arguments(__doc__)
    entries = []
    for variant, runs in run_all("transformers_induction", list(LAYERS), learn, options).items():
        settings = {"layers": LAYERS[variant], "width": WIDTH, "heads": 4, "positions": "rotary"}
        settings |= {"tokens": TOKENS, "length": LENGTH, "periods": PERIODS, **RECIPE.settings(), "updates": UPDATES}
        for key in runs[0].keys() - {"cpu_seconds"}:
            quantity = "accuracy on what repeats" if key.startswith("accuracy") else "attention weight"
            entries.append(entry(f"transformers/induction/{variant}/{key}", quantity, runs, key, settings, __file__))
    record(entries)
