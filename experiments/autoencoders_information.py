"""Does training compress a layer's information about the input? It depends on the activation function and on the bins.

All 4,096 patterns of twelve bits, a network 12-10-7-5-4-3-2 as in Shwartz-Ziv & Tishby (2017), and the binned
information of its third hidden layer. Run: python experiments/autoencoders_information.py
"""

from __future__ import annotations

import torch
from harness import arguments, entry, record, run_all
from torch import nn

from lab_utils import data, measure, models
from lab_utils.core import generator
from lab_utils.training import Callback, Recipe, Run, fit

WIDTHS = (12, 10, 7, 5, 4, 3, 2)
LAYER = "activation3"  # five units: in the last hidden layer even untrained cells are few
RECIPE = Recipe(epochs=300, batch_size=256, optimizer="adam", lr=2e-3)
BINS = (0.02, 0.07, 0.2, 0.7)  # 0.07 is 30 bins from -1 to 1, as in the paper
STEPS = (0, 20, 60, 200, 600, 1500, 4000)
ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU}


class Watch(Callback):
    """Information of the layer at chosen updates."""

    def __init__(self, world: data.Split) -> None:
        self.world = world
        self.found: dict[str, float] = {}

    def on_start(self, run: Run) -> None:
        self.read(run.model, 0)

    def on_step(self, run: Run) -> None:
        if len(run.history.step_loss) in STEPS:
            self.read(run.model, len(run.history.step_loss))

    def read(self, model: nn.Module, step: int) -> None:
        """Bits about the input and about the label, for each width of bin."""
        seen = measure.activations(model, self.world.x, [LAYER], batch_size=4096)[LAYER]
        for width in BINS:
            information = measure.binned_information(seen, self.world.y, width=width)
            self.found[f"bins-{width}/input/{step}"] = information.with_input
            self.found[f"bins-{width}/label/{step}"] = information.with_label


def look(variant: str, seed: int) -> dict[str, float]:
    """The course of the information in one network, and its accuracy on the patterns that it did not learn from."""
    world = data.bit_patterns(seed=seed)
    shuffled = torch.randperm(len(world), generator=generator(seed))
    train, test = (data.Split(world.x[part], world.y[part]) for part in (shuffled[:3500], shuffled[3500:]))
    net = models.MLP(WIDTHS, activation=ACTIVATIONS[variant], seed=seed)
    watch = Watch(world)
    fit(net, train, RECIPE, seed=seed, callbacks=[watch], progress=False)
    return {**watch.found, "accuracy": measure.accuracy(net, test.x, test.y)}


if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("autoencoders_information", list(ACTIVATIONS), look, arguments(__doc__)).items():
        settings = {**RECIPE.settings(), "widths": WIDTHS, "layer": LAYER, "train_patterns": 3500}
        for key in runs[0].keys() - {"cpu_seconds"}:
            words = "test accuracy" if key == "accuracy" else f"bits about the {key.split('/')[1]}"
            name = f"autoencoders/information/{variant}/{key}"
            entries.append(entry(name, words, runs, key, settings, __file__))
    record(entries, 2)
