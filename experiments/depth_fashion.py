"""What layers hold, dead units and shuffled pixels on Fashion-MNIST, for the chapter on depth.

Subsets keep it short: 10,000 pictures for the probes and the dead units, 3,000 for the shuffled pixels.
Run: python experiments/depth_fashion.py
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from harness import arguments, entry, record, run_all
from torch import Tensor, nn

from lab_utils import data, ledger, measure, models
from lab_utils.core import generator
from lab_utils.training import Recipe, fit

DEEP = (784, 128, 128, 128, 128, 128, 10)
LAYERS = tuple(f"activation{number}" for number in range(1, 6))
PROBED = Recipe(epochs=8, batch_size=128, optimizer="adam", lr=2e-3, schedule="one-cycle")
ACTIVATIONS = {"relu": nn.ReLU, "leaky-relu": nn.LeakyReLU, "gelu": nn.GELU}
CAREFUL = Recipe(epochs=3, batch_size=128, optimizer="adam", lr=1e-3)
RECKLESS = replace(CAREFUL, lr=3e-2)
SHUFFLED = Recipe(
    epochs=4,
    batch_size=64,
    optimizer="adamw",
    lr=3e-3,
    weight_decay=0.01,
    schedule="one-cycle",
    precision="auto",
    channels_last=True,
)
VARIANTS = [
    "probes",
    *(f"dead/{name}" for name in ACTIVATIONS),
    *(f"pixels/{kind}/{order}" for kind in ("dense", "dense-norm", "cnn") for order in ("in-order", "shuffled")),
]


def look(variant: str, seed: int) -> dict[str, float]:
    """All measurements of one variant."""
    kind, *rest = variant.split("/")
    return LOOKS[kind](seed, *rest)


def probes(seed: int) -> dict[str, float]:
    """A linear probe on the input and on each hidden layer, trained and untrained; and the network's own accuracy."""
    sets = data.fashion_mnist(validation=0)
    train, test = sets.train.take(10_000, seed=seed), sets.test.take(2000, seed=0)
    trained, random = models.MLP(DEEP, seed=seed), models.MLP(DEEP, seed=seed)
    fit(trained, train, PROBED, seed=seed, progress=False)
    some, found = train.take(4000, seed=0), {"network": measure.accuracy(trained, test.x, test.y)}
    for name, net in {"trained": trained, "random": random}.items():
        rows = measure.probe_by_layer(net, (some.x, some.y), (test.x, test.y), LAYERS, max_features=784)
        found |= {f"{name}/{row.layer}": row.accuracy for row in rows}
    return found


def dead(seed: int, name: str) -> dict[str, float]:
    """Units of two hidden layers of 128 that are dead on all training pictures: at the start, and at two rates."""
    sets = data.fashion_mnist(validation=0)
    train = sets.train.take(10_000, seed=seed)
    found = {"start": _dead(models.MLP((784, 128, 128, 10), activation=ACTIVATIONS[name], seed=seed), train.x)}
    for rate, recipe in {"careful": CAREFUL, "reckless": RECKLESS}.items():
        net = models.MLP((784, 128, 128, 10), activation=ACTIVATIONS[name], seed=seed)
        fit(net, train, recipe, seed=seed, progress=False)
        found |= {rate: _dead(net, train.x), f"{rate}/accuracy": measure.accuracy(net, sets.test.x, sets.test.y)}
    return found


def _dead(net: nn.Module, x: Tensor) -> float:
    return float(sum(int(layer.sum()) for layer in measure.dead_units(net, x).values()))


def pixels(seed: int, kind: str, order: str) -> dict[str, float]:
    """Test accuracy with the pixels in order, or shuffled by one fixed permutation for all pictures."""
    sets = data.fashion_mnist(validation=0)
    permutation = torch.randperm(784, generator=generator(seed)) if order == "shuffled" else torch.arange(784)
    train, test = (
        data.Split(s.x.flatten(1)[:, permutation].view_as(s.x), s.y)
        for s in (sets.train.take(3000, seed=seed), sets.test.take(4000, seed=0))
    )
    net = {
        "cnn": lambda: models.FastCNN(seed=seed),
        "dense": lambda: models.dense_of_equal_size(104_000, seed=seed),
        # The CNN has batch norm as well: a dense control that has it, of the same size.
        "dense-norm": lambda: models.MLP((784, 131, 10), batch_norm=True, seed=seed),
    }[kind]()
    fit(net, train, SHUFFLED, seed=seed, progress=False)
    return {"accuracy": measure.accuracy(net, test.x, test.y)}


LOOKS: Mapping[str, Callable[..., dict[str, float]]] = {
    "probes": probes,
    "dead": dead,
    "pixels": pixels,
}
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "probes": {**PROBED.settings(), "widths": DEEP, "train_images": 10_000, "probe_images": 4000},
    "dead": {**CAREFUL.settings(), "reckless_lr": RECKLESS.lr, "widths": (784, 128, 128, 10), "train_images": 10_000},
    "pixels": {**SHUFFLED.settings(), "train_images": 3000},
}


def entries_of(variant: str, runs: list[dict[str, float]]) -> list[ledger.Entry]:
    """Ledger entries of one variant, one for each of its measurements."""
    kind = variant.split("/")[0]
    settings = {"variant": variant, **SETTINGS[kind]}
    made = []
    for key in runs[0]:
        if key != "cpu_seconds":
            words = "dead units of 256" if kind == "dead" and "accuracy" not in key else "test accuracy"
            made.append(entry(f"depth/{variant}/{key}", words, runs, key, settings, __file__))
    return made


if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("depth_fashion", VARIANTS, look, arguments(__doc__)).items():
        entries += entries_of(variant, runs)
    record(entries)
