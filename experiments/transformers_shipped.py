"""Train the GPT that ships with the book: the recipe of transformers_gpt.py for seven times as long, one seed.

Writes data/gpt/weights.npz, and data/gpt/samples.json: what the network writes after PROMPT along its training.
Run: python experiments/transformers_shipped.py
"""

from __future__ import annotations

import json

import torch
from harness import arguments
from transformers_gpt import MODELS, RECIPES

from lab_utils import data, models
from lab_utils.core import data_path, generator
from lab_utils.training import Callback, Run, fit, next_character_loss, text_loss

UPDATES, SEED = 8000, 0
SHOWN = (0, 100, 400, 1500, 8000)
PROMPT, TEMPERATURE = "Alice ", 0.8


class Samples(Callback):
    """What the model writes after PROMPT, at the updates SHOWN: always from the same draws."""

    def __init__(self, text: data.TextData) -> None:
        self.text = text
        self.written: dict[int, str] = {}

    def on_start(self, run: Run) -> None:
        self._write(run)

    def on_step(self, run: Run) -> None:
        if len(run.history.step_loss) in SHOWN:
            self._write(run)

    def _write(self, run: Run) -> None:
        model, start = run.model, self.text.encode(PROMPT)[None]
        ids = models.generate(
            model, start, 200, context=model.context, generator=generator(SEED), temperature=TEMPERATURE
        )
        self.written[len(run.history.step_loss)] = self.text.decode(ids[0])


def main() -> None:
    """Train, store, and say how well it went."""
    stored = data_path("gpt", "weights.npz")
    if stored.exists() and not arguments(__doc__).fresh:
        print(f"{stored} is there; --fresh trains it again")
        return
    torch.set_num_threads(1)
    text, context, recipe = data.book_text(), MODELS["book"]["context"], RECIPES["book"]
    model = models.GPT(len(text.characters), **MODELS["book"], seed=SEED)
    windows = data.random_windows(text.train, context, UPDATES * recipe.batch_size, seed=SEED)
    samples = Samples(text)
    history = fit(model, windows, recipe, loss=next_character_loss, seed=SEED, callbacks=[samples])
    models.save_gpt(model, stored)
    data_path("gpt", "samples.json").write_text(json.dumps(samples.written, indent=1) + "\n")
    loss = text_loss(models.book_gpt(), data.all_windows(text.validation, context))
    print(
        f"{UPDATES} updates, {history.epochs[0].cpu_seconds:.0f} CPU s: {loss:.3f} nats a character on validation text"
    )


if __name__ == "__main__":
    main()
