"""A small vision transformer beside the convolutional network, at 500, 5,000 and 60,000 images of Fashion-MNIST.

Both have about 105,000 parameters and see equal images equally often, in equal batches, under the recipe that suits the
CNN (cnns_fast.py); each has the learning rate, out of RATES, with the best accuracy on the validation images, where
54,000 images stand in for the 60,000. The CNN at 60,000 images is `cnns/fast-2-epochs` of the ledger: the same recipe.
Run: python experiments/transformers_vit.py
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace

from harness import arguments, entry, record, run_all
from torch import nn

from lab_utils import data, models
from lab_utils.evaluate import accuracy
from lab_utils.training import Recipe, fit

# Images, passes over them, images an update: small sets come in small batches, or there would be few updates.
SIZES = {"500": (500, 40, 32), "5000": (5000, 8, 64), "60000": (60_000, 2, 128)}
NETWORKS: dict[str, Callable[..., nn.Module]] = {"vit": models.ViT, "cnn": models.FastCNN}
PAIRS = ("vit 500", "cnn 500", "vit 5000", "cnn 5000", "vit 60000")
RATES = {"vit": (1e-3, 2e-3, 4e-3, 8e-3), "cnn": (2e-3, 4e-3, 8e-3, 1.6e-2)}
RECIPE = Recipe(
    epochs=2,
    batch_size=128,
    optimizer="adamw",
    weight_decay=0.01,
    schedule="one-cycle",
    label_smoothing=0.1,
    precision="auto",
    channels_last=True,
)
CHOOSING = 100


def recipe_of(size: str, rate: float) -> Recipe:
    """The recipe for as many images at this learning rate."""
    _, epochs, batch_size = SIZES[size]
    return replace(RECIPE, epochs=epochs, batch_size=batch_size, lr=rate)


def train(variant: str, seed: int, images: data.Split) -> nn.Module:
    """The network of a `variant` such as "vit 500 0.001", trained on that many of `images`."""
    network, size, rate = variant.split()
    model = NETWORKS[network](seed=seed)
    part = images.take(min(SIZES[size][0], len(images)), seed=seed)
    fit(model, part, recipe_of(size, float(rate)), seed=seed, progress=False)
    return model


def learn_to_choose(variant: str, seed: int) -> dict[str, float]:
    """Accuracy on the validation images, with seeds that no reported run has."""
    images = data.fashion_mnist()
    model = train(variant, CHOOSING + seed, images.train)
    return {"validation": accuracy(model, images.validation.x, images.validation.y)}


def learn(variant: str, seed: int) -> dict[str, float]:
    """Accuracy on the test images."""
    images = data.fashion_mnist(validation=0)
    model = train(variant, seed, images.train)
    return {"test": accuracy(model, images.test.x, images.test.y)}


def choose(options: Namespace) -> dict[str, str]:
    """The best rate for each network and size: "vit 500" -> "vit 500 0.001"."""
    candidates = {pair: [f"{pair} {rate}" for rate in RATES[pair.split()[0]]] for pair in PAIRS}
    jobs = [job for each in candidates.values() for job in each]
    one_seed = Namespace(**{**vars(options), "seeds": 1})
    measured = run_all("transformers_vit_rates", jobs, learn_to_choose, one_seed)
    found = {job: runs[0]["validation"] for job, runs in measured.items()}
    for job, value in found.items():
        print(f"{job}: {value:.4f}")
    return {pair: max(each, key=found.__getitem__) for pair, each in candidates.items()}


if __name__ == "__main__":
    options = arguments(__doc__)
    chosen = choose(options)
    measured = run_all("transformers_vit", list(chosen.values()), learn, options)
    entries = []
    for job in chosen.values():
        network, size, rate = job.split()
        settings = {
            "images": SIZES[size][0],
            **recipe_of(size, float(rate)).settings(),
            "rates tried": RATES[network],
        }
        name = f"transformers/{network}/{size}"
        entries.append(entry(name, "test accuracy", measured[job], "test", settings, __file__))
    record(entries, show=("lr",))
