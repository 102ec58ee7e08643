"""The book's GPT and nanoGPT's small CPU setting, trained from scratch on the book's text: loss and CPU minutes.

"book" is the recipe of the GPT that ships (transformers_shipped.py), in a short run. "nanogpt" has the settings that
nanoGPT's README gives for a CPU: 4 layers, 4 heads, width 128, context 64, batch 12, 2,000 updates, no dropout, rate
1e-3 after 100 updates of warm-up, then a cosine, weight decay 0.1, clipping at 1; here in this book's loop and, as the
other, in bfloat16 where the processor computes in it. The README's loss of 1.88 is for another text, Tiny Shakespeare,
so it is measured here. Losses are in nats a character, on all the validation text.
Run: python experiments/transformers_gpt.py
"""

from __future__ import annotations

import time

import torch
from harness import arguments, entry, record, run_all

from lab_utils import data, ledger, models
from lab_utils.training import Callback, LossAlong, Recipe, Run, fit, next_character_loss, text_loss

MODELS = {
    "book": {"context": 128, "width": 112, "depth": 3, "heads": 4, "positions": "rotary"},
    "nanogpt": {"context": 64, "width": 128, "depth": 4, "heads": 4, "positions": "learned"},
}
COMMON = {"epochs": 1, "optimizer": "adamw", "weight_decay": 0.1, "schedule": "warm-up-cosine", "clip_norm": 1.0}
RECIPES = {
    "book": Recipe(**COMMON, batch_size=8, lr=6e-3, warm_up=0.1, precision="auto"),
    "nanogpt": Recipe(**COMMON, batch_size=12, lr=1e-3, warm_up=0.05, precision="auto"),
}
UPDATES = {"book": 1200, "nanogpt": 2000}
SHOWN = (0, 50, 100, 200, 400, 800, 1200, 1600, 2000)


class Clock(Callback):
    """Calls other callbacks and counts the CPU seconds that training takes between their calls."""

    def __init__(self, watchers: list[Callback]) -> None:
        self.watchers, self.spent, self.resumed = watchers, 0.0, 0.0

    def on_start(self, run: Run) -> None:
        for watcher in self.watchers:
            watcher.on_start(run)
        self.resumed = time.process_time()

    def on_step(self, run: Run) -> None:
        self.spent += time.process_time() - self.resumed
        for watcher in self.watchers:
            watcher.on_step(run)
        self.resumed = time.process_time()


def train(variant: str, seed: int) -> dict[str, float]:
    """Validation loss along and after training, and the CPU seconds that training alone took."""
    text, context = data.book_text(), MODELS[variant]["context"]
    model = models.GPT(len(text.characters), **MODELS[variant], seed=seed)
    windows = data.random_windows(text.train, context, UPDATES[variant] * RECIPES[variant].batch_size, seed=seed)
    held_out = data.all_windows(text.validation, context)
    along = LossAlong(data.Split(held_out.x[::4], held_out.y[::4]), SHOWN)
    clock = Clock([along])
    fit(model, windows, RECIPES[variant], loss=next_character_loss, seed=seed, callbacks=[clock], progress=False)
    curve = {f"step-{step}": loss for step, loss in along.losses.items()}
    return {**curve, "validation": text_loss(model, held_out), "training_seconds": clock.spent}


def entries_of(variant: str, runs: list[dict[str, float]]) -> list[ledger.Entry]:
    """The loss after training and on the way, and the CPU minutes."""
    settings = {**MODELS[variant], **RECIPES[variant].settings(), "updates": UPDATES[variant]}
    runs = [{**run, "minutes": run["training_seconds"] / 60} for run in runs]
    along = [key for key in runs[0] if key.startswith("step-")]
    return [
        entry(f"transformers/{variant}/validation", "validation loss", runs, "validation", settings, __file__, "nats"),
        entry(f"transformers/{variant}/minutes", "training time", runs, "minutes", settings, __file__, "CPU minutes"),
        *(
            entry(f"transformers/{variant}/{key}", "validation loss, a quarter", runs, key, settings, __file__, "nats")
            for key in along
        ),
    ]


if __name__ == "__main__":
    options = arguments(__doc__)
    torch.set_num_threads(1)
    measured = run_all("transformers_gpt", list(MODELS), train, options)
    entries = [each for variant, runs in measured.items() for each in entries_of(variant, runs)]
    record(entries)
