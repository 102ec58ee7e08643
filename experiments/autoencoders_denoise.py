"""Noise taken away by an autoencoder trained for it, by one that was not, and by older means; and calmer encoders.

Everything that has a setting (components, window, blur) has it chosen on validation pictures; so have the two cleaning
autoencoders their learning rate, for 8 epochs each (`autoencoders_settings.py`). That of the contractive ones is not.
Run: python experiments/autoencoders_denoise.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from autoencoders_kit import IMAGES, SPARSE, sets, training_images
from harness import arguments, entry, record, run_all
from scipy.ndimage import gaussian_filter, median_filter
from torch import Tensor, nn

from lab_utils import data, measure, models
from lab_utils.core import generator
from lab_utils.training import Objective, Recipe, add_noise, contraction, fit, squared_error, total

NOISE = partial(add_noise, sigma=0.3)
CLEANERS = {"plain": replace(SPARSE, lr=8e-3), "denoising": replace(SPARSE, lr=4e-3, augment=NOISE)}
NETWORK = (784, 256, 64)
COMPONENTS, WINDOWS, BLURS = (8, 16, 32, 64, 128, 256), (1, 2, 3, 4, 5), (0.3, 0.6, 0.9, 1.2, 1.5)
WEIGHTS = ("0", "0.1", "1", "10")
VARIANTS = ["filters", *(f"tuned-{kind}" for kind in CLEANERS), *(f"contractive-{weight}" for weight in WEIGHTS)]
Clean = Callable[[Tensor], Tensor]


def look(variant: str, seed: int) -> dict[str, float]:
    """All measurements of one variant."""
    train = training_images(seed)
    if variant == "filters":
        return filters(train, seed)
    kind, setting = variant.split("-")
    if kind == "contractive":
        return contractive(train, float(setting), seed)
    net, test = cleaner(CLEANERS[setting], train, seed), sets().test.x
    found = {"noisy": error(net, test, seed), "clean": squared_error(measure.predict(net, test), test).item()}
    return found | {"jacobian": measure.jacobian_norms(lambda x: net(x).flatten(1), test[:50]).mean().item()}


def cleaner(recipe: Recipe, train: data.Split, seed: int) -> models.Autoencoder:
    """An autoencoder that has learned to rebuild `train`, from pictures as the recipe spoils them."""
    net = models.Autoencoder(NETWORK, seed=seed)
    fit(net, data.Split(train.x, train.x), recipe, loss=squared_error, seed=seed, progress=False)
    return net


def error(clean: Clean, x: Tensor, seed: int) -> float:
    """Squared error of a picture after noise and cleaning."""
    with torch.no_grad():
        return squared_error(clean(NOISE(x, generator(seed))), x).item()


def filters(train: data.Split, seed: int) -> dict[str, float]:
    """Means that need no network, each with the setting that is best on validation pictures."""
    every = measure.principal_components(train.x, max(COMPONENTS))
    candidates: dict[str, dict[float, Clean]] = {
        "nothing": {0: lambda x: x},
        "pca": {size: partial(projected, every, size) for size in COMPONENTS},
        "median": {size: partial(filtered, partial(median_filter, size=(1, 1, size, size))) for size in WINDOWS},
        "blur": {sigma: partial(filtered, partial(gaussian_filter, sigma=(0, 0, sigma, sigma))) for sigma in BLURS},
    }
    found = {}
    for name, choices in candidates.items():
        scores = {value: error(clean, sets().validation.x, seed) for value, clean in choices.items()}
        best = min(scores, key=lambda value: scores[value])
        found |= {name: error(choices[best], sets().test.x, seed), f"{name}-setting": float(best)}
    return found


def projected(every: measure.Components, size: int, x: Tensor) -> Tensor:
    """x onto the first `size` components."""
    some = measure.Components(every.mean, every.directions[:size], every.variance[:size])
    return some.decode(some.encode(x)).view_as(x)


def filtered(function: Callable[..., object], x: Tensor) -> Tensor:
    """A SciPy filter on a batch of pictures."""
    return torch.as_tensor(function(x.numpy()))


def contractive(train: data.Split, weight: float, seed: int) -> dict[str, float]:
    """A sigmoid code whose Jacobian is held small with `weight`: its size, its errors, and how far noise moves it."""
    net = models.SparseAutoencoder(code_activation=nn.Sigmoid, atom_length=2.0, centre=train.x.mean(dim=0), seed=seed)
    before = measure.jacobian_norms(net.encode, sets().test.x[:100]).mean().item()
    fit(Objective(net, partial(calm_terms, weight=weight)), train, SPARSE, loss=total, seed=seed, progress=False)
    test = sets().test
    some = train.take(5000, seed=0)
    with torch.no_grad():
        code, moved, learned = (net.encode(x) for x in (test.x, NOISE(test.x, generator(seed)), some.x))
        return {
            "before": before,
            "jacobian": measure.jacobian_norms(net.encode, test.x[:100]).mean().item(),
            "clean": squared_error(net(test.x), test.x).item(),
            "noisy": error(net, test.x, seed),
            "moved": ((moved - code).norm(dim=1).mean() / code.std(dim=0).norm()).item(),
            "probe": measure.linear_probe(learned, some.y, code, test.y),
            "noisy-probe": measure.linear_probe(learned, some.y, moved, test.y),
        }


def calm_terms(net: nn.Module, x: Tensor, *, weight: float) -> Tensor:
    """Squared error and weighted contraction (B, 2)."""
    return torch.stack([(net(x) - x).square().flatten(1).sum(dim=1), weight * contraction(net, x)], dim=1)


QUANTITIES = {
    "clean": "squared error of a clean test picture",
    "noisy": "squared error of a test picture cleaned of noise of deviation 0.3",
    "jacobian": "Frobenius norm of the Jacobian at a test picture",
    "before": "Frobenius norm of the encoder's Jacobian before training",
    "moved": "how far noise moves a code, against the spread of codes",
    "probe": "test accuracy of a linear probe on the code",
    "noisy-probe": "test accuracy of the same probe on codes of noisy pictures",
}


def settings(variant: str) -> dict[str, object]:
    """What the ledger says of a variant."""
    common = {"train_images": IMAGES, "noise": 0.3}
    if variant == "filters":
        return common
    kind, setting = variant.split("-")
    if kind == "contractive":
        return {**common, **SPARSE.settings()}
    return {**common, **CLEANERS[setting].settings(), "widths": NETWORK}


if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("autoencoders_denoise", VARIANTS, look, arguments(__doc__)).items():
        prefix = variant.removeprefix("tuned-")
        for key in runs[0].keys() - {"cpu_seconds"}:
            name = f"autoencoders/denoise/{key if variant == 'filters' else f'{prefix}/{key}'}"
            words = QUANTITIES.get(key, "setting chosen" if key.endswith("setting") else QUANTITIES["noisy"])
            entries.append(entry(name, words, runs, key, settings(variant), __file__))
    record(entries)
