"""Test error of codes of 1 to 64 numbers: principal components, and an autoencoder with hidden layers.

Run: python experiments/autoencoders_bottleneck.py
"""

from __future__ import annotations

from autoencoders_kit import IMAGES, WIDTHS, sets, training_images
from harness import arguments, entry, run_all, settings_of

from lab_utils import data, ledger, measure, models
from lab_utils.training import Recipe, fit, squared_error

SIZES = (1, 2, 4, 8, 16, 32, 64)
RECIPE = Recipe(epochs=8, batch_size=100, optimizer="adam", lr=3e-3, schedule="one-cycle")
VARIANTS = ["pca", *(f"ae-{size}" for size in SIZES)]


def compress(variant: str, seed: int) -> dict[str, float]:
    """Squared error of test pictures, for each size of code."""
    train, test = training_images(seed), sets().test
    if variant == "pca":
        spread = (test.x - train.x.mean(dim=0)).square().sum().item() / len(test)
        every = measure.principal_components(train.x, max(SIZES))
        found = {"nothing": spread}
        for size in SIZES:
            some = measure.Components(every.mean, every.directions[:size], every.variance[:size])
            found[str(size)] = squared_error(some.decode(some.encode(test.x)), test.x.flatten(1)).item()
        return found
    net = models.Autoencoder((*WIDTHS, int(variant.split("-")[1])), seed=seed)
    fit(net, data.Split(train.x, train.x), RECIPE, loss=squared_error, seed=seed, progress=False)
    return {"error": squared_error(measure.predict(net, test.x), test.x).item()}


if __name__ == "__main__":
    entries = []
    words = "squared error of a test picture, summed over its pixels"
    for variant, runs in run_all("autoencoders_bottleneck", VARIANTS, compress, arguments(__doc__)).items():
        settings = {"train_images": IMAGES}
        if variant != "pca":
            settings |= {**settings_of(RECIPE), "widths": WIDTHS}
        for key in runs[0].keys() - {"cpu_seconds"}:
            name = f"autoencoders/bottleneck/{variant}" if key == "error" else f"autoencoders/bottleneck/pca-{key}"
            name = name.replace("pca-nothing", "mean-picture")
            entries.append(entry(name, words, runs, key, settings, __file__))
    ledger.record(entries)
    for each in sorted(entries, key=lambda each: each.name):
        print(each.name, each.summary(2))
