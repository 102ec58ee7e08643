"""The tutorial network on Fashion-MNIST and variations of it: Adam, learning rate 1e-3, batches of 64, 60,000 images.

Variants: the network itself for 5 and (the same runs, longer) 10 epochs; one more convolution; no pooling; and a dense
network of equal size. Run: python experiments/cnns_tutorial.py
"""

from __future__ import annotations

from dataclasses import replace

from harness import arguments, entry, record, run_all
from torch import nn

from lab_utils import data, models, training
from lab_utils.training import Recipe

FIVE_EPOCHS = Recipe(epochs=5, batch_size=64, optimizer="adam", lr=1e-3)
TEN_EPOCHS = Recipe(epochs=10, batch_size=64, optimizer="adam", lr=1e-3)
RECIPES = {
    "tutorial": TEN_EPOCHS,
    "dense": FIVE_EPOCHS,
    "more-layers": FIVE_EPOCHS,
    # Eight times the work: in bfloat16, which changes accuracy by less than seeds do (see cnns_fast.py).
    "no-pooling": replace(FIVE_EPOCHS, precision="auto", channels_last=True),
}


def build(variant: str, seed: int) -> nn.Module:
    """The network of a variant."""
    return {
        "tutorial": lambda: models.TutorialCNN(seed=seed),
        "more-layers": lambda: models.TutorialCNN(extra_layers=1, seed=seed),
        "no-pooling": lambda: models.TutorialCNN(pool=False, seed=seed),
        "dense": lambda: models.dense_of_equal_size(121_930, seed=seed),
    }[variant]()


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Test accuracy after every epoch, and the CPU seconds of training up to it."""
    sets = data.fashion_mnist(validation=0)
    watch = training.Stopwatch(sets.test)
    training.fit(build(variant, seed), sets.train, RECIPES[variant], seed=seed, callbacks=[watch], progress=False)
    numbers = {}
    for epoch, (_, cpu_seconds, accuracy) in enumerate(watch.readings, start=1):
        numbers |= {f"accuracy_{epoch}": accuracy, f"train_cpu_seconds_{epoch}": cpu_seconds}
    return numbers


if __name__ == "__main__":
    results = run_all("cnns_tutorial", list(RECIPES), train_and_score, arguments(__doc__))
    entries = []
    for variant, runs in results.items():
        for epochs in (5, 10) if variant == "tutorial" else (5,):
            settings = {"network": variant, **RECIPES[variant].settings(), "epochs": epochs, "train_images": 60_000}
            name = f"cnns/{variant}-{epochs}-epochs"
            entries.append(entry(name, "test accuracy", runs, f"accuracy_{epochs}", settings, __file__))
            key = f"train_cpu_seconds_{epochs}"
            entries.append(entry(f"{name}/cpu", "training time", runs, key, settings, __file__, "CPU s"))
    record(entries)
