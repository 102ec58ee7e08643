"""What a small GPT learns in 200 updates when a part is changed or missing: places, scaling, residual connections.

Two layers of width 64; the "deep" ones have six. The rate of each variant is the best of RATES on a quarter of the
validation text with seed 100; losses, in nats a character, are those of seeds 0 to 4 on the other three quarters.
Run: python experiments/transformers_short.py
"""

from __future__ import annotations

import math
from argparse import Namespace
from dataclasses import replace

import torch
from harness import arguments, entry, record, run_all
from torch import Tensor, nn

from lab_utils import data, models
from lab_utils.models.transformer import DEVIATION
from lab_utils.training import Recipe, fit, next_character_loss, text_loss

CONTEXT, WIDTH, HEADS, UPDATES = 64, 64, 4, 200
RECIPE = Recipe(
    epochs=1, batch_size=16, optimizer="adamw", schedule="one-cycle", warm_up=0.1, clip_norm=1.0, precision="auto"
)
RATES = (1e-3, 3e-3, 1e-2, 3e-2)
CHOOSING = 100
VARIANTS = {
    "rotary": {},
    "learned": {"positions": "learned"},
    "sinusoidal": {"positions": "sinusoidal"},
    "loud-waves": {"positions": "sinusoidal"},
    "none": {"positions": "none"},
    "one-head": {"heads": 1},
    "unscaled": {"heads": 1},
    "deep": {"depth": 6},
    "deep-no-residual": {"depth": 6, "residual": False},
}


def leave_scores_unscaled(model: models.GPT) -> None:
    """Multiply every query by √D, which undoes the division of the scores by it."""
    for block in model.blocks:
        factor = math.sqrt(WIDTH / block.attention.heads)
        block.attention.qkv.register_forward_hook(Enlarge(factor))


class Enlarge:
    """A forward hook that enlarges the queries, the first third of what `qkv` answers."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
        q, kv = output[..., :WIDTH], output[..., WIDTH:]
        return torch.cat([q * self.factor, kv], dim=-1)


def learn(variant: str, seed: int) -> dict[str, float]:
    """The loss on validation text after UPDATES updates at the rate that `variant` names: "rotary@0.003"."""
    name, _, rate = variant.partition("@")
    text = data.book_text()
    shape = {"width": WIDTH, "depth": 2, "heads": HEADS, **VARIANTS[name]}
    model = models.GPT(len(text.characters), CONTEXT, **shape, seed=seed)
    if name == "unscaled":
        leave_scores_unscaled(model)
    if name == "loud-waves":
        model.waves.div_(DEVIATION)  # size 1, as in the formula, beside embeddings that begin fifty times smaller
    windows = data.random_windows(text.train, CONTEXT, UPDATES * RECIPE.batch_size, seed=seed)
    recipe = replace(RECIPE, lr=float(rate))
    fit(model, windows, recipe, loss=next_character_loss, seed=seed, progress=False)
    held_out = data.all_windows(text.validation, CONTEXT)
    chosen = torch.arange(len(held_out)) % 4 == 0
    part = chosen if seed >= CHOOSING else ~chosen
    return {"loss": text_loss(model, data.Split(held_out.x[part], held_out.y[part]))}


def learn_to_choose(variant: str, seed: int) -> dict[str, float]:
    """The same with seeds that no reported run has."""
    return learn(variant, CHOOSING + seed)


def choose(options: Namespace) -> dict[str, str]:
    """The better rate for each variant: "rotary" -> "rotary@0.003"."""
    jobs = [f"{variant}@{rate}" for variant in VARIANTS for rate in RATES]
    one_seed = Namespace(**{**vars(options), "seeds": 1})
    measured = run_all("transformers_short_rates", jobs, learn_to_choose, one_seed)
    loss = {job: runs[0]["loss"] for job, runs in measured.items()}
    return {variant: min((f"{variant}@{rate}" for rate in RATES), key=loss.__getitem__) for variant in VARIANTS}


if __name__ == "__main__":
    options = arguments(__doc__)
    chosen = choose(options)
    measured = run_all("transformers_short", list(chosen.values()), learn, options)
    entries = []
    for variant, job in chosen.items():
        rate = float(job.partition("@")[2])
        settings = {"context": CONTEXT, "width": WIDTH, "depth": 2, "heads": HEADS, **VARIANTS[variant]}
        settings |= {**replace(RECIPE, lr=rate).settings(), "updates": UPDATES, "rates tried": RATES}
        name = f"transformers/short/{variant}"
        entries.append(entry(name, "validation loss", measured[job], "loss", settings, __file__, "nats"))
    record(entries, show=("lr",))
