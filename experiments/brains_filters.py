"""Gabor fits to the first layer of trained networks, in the way that the sparse code's atoms are fitted.

"garments" classifies Fashion-MNIST; "photos" tells by how many quarter turns a patch of a natural photo was turned
(Gidaris, Singh & Komodakis, ICLR 2018), a task whose labels cost nothing. Both have 32 first filters of 9×9 pixels.
"-decay" learns with weight decay, which smooths filters; "-initial" never learned.
Run: python experiments/brains_filters.py
"""

from __future__ import annotations

import torch
from harness import arguments, entry, run_all, settings_of
from torch import nn

from lab_utils import core, data, ledger, measure, training
from lab_utils.training import Recipe

FILTERS, SIZE, PATCH = 32, 9, 32
RECIPE = Recipe(epochs=4, batch_size=50, optimizer="adamw", lr=2e-3, schedule="one-cycle")
DECAYS = {"": 0.0, "-decay": 0.3}
IMAGES = 12_000
VARIANTS = [f"{task}{kind}" for task in ("garments", "photos") for kind in ("", "-decay", "-initial")]


def small_cnn(classes: int, seed: int) -> nn.Sequential:
    """Two strided convolutions, the first with large kernels, and an average over places."""
    with core.seeded(seed):
        return nn.Sequential(
            nn.Conv2d(1, FILTERS, SIZE, stride=2, bias=False),
            nn.BatchNorm2d(FILTERS),
            nn.ReLU(),
            nn.Conv2d(FILTERS, 64, 3, stride=2, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.Conv2d(64, 64, 3, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(64, classes),
        )


def turned_photos(count: int, seed: int) -> data.Split:
    """Whitened patches (N, 1, 32, 32) of two photos, turned by 0 to 3 quarters: the label."""
    x = data.photo_patches(count, size=PATCH, seed=seed).view(-1, 1, PATCH, PATCH)
    y = torch.randint(4, (count,), generator=core.generator(seed + 1))
    return data.Split(torch.stack([torch.rot90(each, int(k), (1, 2)) for each, k in zip(x, y, strict=True)]), y)


def train_and_fit(variant: str, seed: int) -> dict[str, float]:
    """Accuracy on fresh examples, median R² of Gabor fits to the first layer, share above 0.8."""
    task, _, kind = variant.partition("-")
    if task == "photos":
        train, test = turned_photos(IMAGES, seed), turned_photos(2000, 1000 + seed)
    else:
        sets = data.fashion_mnist()
        train, test = sets.train.take(IMAGES, seed=seed), sets.test
    net = small_cnn(4 if task == "photos" else 10, seed)
    if kind != "initial":
        recipe = training.Recipe(**{**RECIPE.__dict__, "weight_decay": DECAYS[f"-{kind}" if kind else ""]})
        training.fit(net, train, recipe, seed=seed, progress=False)
    r2 = measure.fit_gabors(net[0].weight[:, 0]).r2
    return {
        "median": r2.median().item(),
        "share": (r2 > 0.8).double().mean().item(),
        "accuracy": measure.accuracy(net, test.x, test.y),
    }


def main() -> None:
    """Measure, and write the ledger."""
    settings = {**settings_of(RECIPE), "filters": FILTERS, "size": SIZE, "images": IMAGES, "decays": DECAYS}
    names = {"median": "median R²", "share": "share of fits with R² > 0.8", "accuracy": "accuracy, fresh examples"}
    entries = []
    for variant, runs in run_all("brains_filters", VARIANTS, train_and_fit, arguments(__doc__)).items():
        for key, quantity in names.items():
            name = f"brains/gabor/cnn-{variant}" + ("" if key == "median" else f"/{key}")
            entries.append(entry(name, quantity, runs, key, settings, __file__))
    ledger.record(entries)
    for each in entries:
        print(each.name, each.summary())


if __name__ == "__main__":
    main()
