"""Test error of codes of 1 to 64 numbers: principal components, and autoencoders with hidden layers.

The autoencoders differ in training length and width (`COPIERS` in `autoencoders_kit.py`); the learning rate of each
was chosen on validation pictures by `autoencoders_settings.py`. Their error on the pictures that they learned from
stands beside that on test pictures, so that too little training can be told from too much.
Run: python experiments/autoencoders_bottleneck.py
"""

from __future__ import annotations

from autoencoders_kit import COPIERS, IMAGES, SIZES, sets, training_images
from harness import arguments, entry, record, run_all

from lab_utils import data, measure
from lab_utils.training import squared_error

VARIANTS = ["pca", *(f"{kind}-{size}" for kind, copier in COPIERS.items() for size in copier.rates)]
QUANTITIES = {
    "error": "squared error of a test picture, summed over its pixels",
    "known": "squared error of a training picture, summed over its pixels",
}


def compress(variant: str, seed: int) -> dict[str, float]:
    """Squared error of test and training pictures; of principal components, of test pictures for each size of code."""
    train, test = training_images(seed), sets().test
    if variant == "pca":
        return components(train, test)
    kind, size = variant.split("-")
    net = COPIERS[kind].train(int(size), train, seed)
    return {
        "error": squared_error(measure.predict(net, test.x), test.x).item(),
        "known": squared_error(measure.predict(net, train.x), train.x).item(),
    }


def components(train: data.Split, test: data.Split) -> dict[str, float]:
    """Test error of principal components for each size of code, and of the mean picture ("nothing")."""
    every = measure.principal_components(train.x, max(SIZES))
    found = {"nothing": (test.x - train.x.mean(dim=0)).square().sum().item() / len(test)}
    for size in SIZES:
        some = measure.Components(every.mean, every.directions[:size], every.variance[:size])
        found[str(size)] = squared_error(some.decode(some.encode(test.x)), test.x.flatten(1)).item()
    return found


def settings(variant: str) -> dict[str, object]:
    """What the ledger says of a variant."""
    if variant == "pca":
        return {"train_images": IMAGES}
    kind, size = variant.split("-")
    copier = COPIERS[kind]
    return {**copier.recipe(int(size)).settings(), "train_images": IMAGES, "widths": (784, *copier.hidden, int(size))}


if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("autoencoders_bottleneck", VARIANTS, compress, arguments(__doc__)).items():
        for key in runs[0].keys() - {"cpu_seconds"}:
            name = "mean-picture" if key == "nothing" else f"pca-{key}" if variant == "pca" else f"{variant}/{key}"
            words = QUANTITIES.get(key, QUANTITIES["error"])
            entries.append(entry(f"autoencoders/bottleneck/{name}", words, runs, key, settings(variant), __file__))
    record(entries, 2)
