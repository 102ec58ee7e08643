"""Train the GPT that ships with the book: the recipe of transformers_gpt.py for seven times as long.

Seed 0 ships: `--fresh` writes data/gpt/weights.npz, and data/gpt/samples.json, what the network writes after PROMPT
along its training. The other seeds are trained alike and only judged: they say how far the loss depends on the seed.
Run: python experiments/transformers_shipped.py --seeds 3
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import torch
from harness import arguments, entry, run_all
from transformers_gpt import MODELS, RECIPES

from lab_utils import data, ledger, models
from lab_utils.core import data_path, generator
from lab_utils.training import Callback, History, Run, fit, next_character_loss, text_loss

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


def train(seed: int, callbacks: Sequence[Callback] = ()) -> tuple[models.GPT, History]:
    """A GPT of the book's shape after UPDATES updates: initial weights and windows by `seed`."""
    text, context, recipe = data.book_text(), MODELS["book"]["context"], RECIPES["book"]
    model = models.GPT(len(text.characters), **MODELS["book"], seed=seed)
    windows = data.random_windows(text.train, context, UPDATES * recipe.batch_size, seed=seed)
    return model, fit(model, windows, recipe, loss=next_character_loss, seed=seed, callbacks=callbacks)


def ship() -> None:
    """Train the network that ships, store it and what it wrote on the way, and say what that cost."""
    samples = Samples(data.book_text())
    model, history = train(SEED, [samples])
    models.save_gpt(model, data_path("gpt", "weights.npz"))
    data_path("gpt", "samples.json").write_text(json.dumps(samples.written, indent=1) + "\n")
    print(f"{UPDATES} updates, {history.epochs[0].cpu_seconds:.0f} CPU s")


def learn(variant: str, seed: int) -> dict[str, float]:
    """The loss on validation text; the network of SEED is the one that ships, and is not trained again."""
    model = models.book_gpt() if seed == SEED else train(seed)[0].half().float()  # rounded, as those that ship are
    held_out = data.all_windows(data.book_text().validation, model.context)
    return {"validation": text_loss(model, held_out)}


if __name__ == "__main__":
    options = arguments(__doc__)
    torch.set_num_threads(1)
    if options.fresh or not data_path("gpt", "weights.npz").exists():
        ship()
    runs = run_all("transformers_shipped", ["shipped"], learn, options)["shipped"]
    settings = {**MODELS["book"], **RECIPES["book"].settings(), "updates": UPDATES}
    loss = entry("transformers/shipped-loss", "validation loss", runs, "validation", settings, __file__, "nats")
    if options.seeds > 1:  # three seeds are stated as three: each further one takes six CPU minutes
        ledger.record([loss])
    print(loss.name, loss.summary())
