"""Choose learning rates on validation pictures, for every network of the chapter that is compared with another.

Test pictures play no part. One seed, which no other script uses; more where neighbouring rates are close
(`--seeds 5`). It prints the tables; the choices stand in `autoencoders_kit.py` and `autoencoders_denoise.py`.
Run: python experiments/autoencoders_settings.py --seeds 1
"""

from __future__ import annotations

from dataclasses import replace

import torch
from autoencoders_denoise import CLEANERS, cleaner, error
from autoencoders_kit import CODES, COPIERS, PLANE, plain, sets, sparse_network, training_images, variational
from harness import arguments, run_all

from lab_utils import measure
from lab_utils.training import bernoulli_nats, squared_error

FIRST_SEED = 100  # the chapter's seeds are 0 to 4
SPARSE_RATES = (1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2, 3.2e-2)
PLANE_RATES = (2e-3, 5e-3, 1e-2, 2e-2, 4e-2)
CLEAN_RATES = (2e-3, 4e-3, 8e-3, 1.6e-2)
COPY_RATES = {
    "short": (2e-3, 4e-3, 8e-3, 1.6e-2, 3.2e-2),
    "long": (2e-3, 4e-3, 8e-3, 1.6e-2),
    "shallow": (2e-3, 4e-3, 8e-3),
}
VARIANTS = [
    *(f"{kind}-{size}: {lr}" for kind in COPIERS for size in COPIERS[kind].rates for lr in COPY_RATES[kind]),
    *(f"{code}: {lr}" for lr in SPARSE_RATES for code in CODES if code != "l1-free"),
    *(f"kl-mean: {lr}" for lr in (6.4e-2, 1.28e-1)),  # whose best lies beyond the others' grid
    *(f"tuned-{kind}: {lr}" for kind in CLEANERS for lr in CLEAN_RATES),
    *(f"{kind}: {lr}" for kind in ("ae-2", "ae-16", "vae-2", "vae-16") for lr in PLANE_RATES),
]


def train_and_validate(variant: str, seed: int) -> dict[str, float]:
    """Validation loss of one network at one learning rate, and what else shows why it is the best or not."""
    name, rate = variant.split(": ")
    if name in CODES:
        return of_code(name, float(rate), seed + FIRST_SEED)
    kind, size = name.split("-")
    if kind in COPIERS:
        return of_copier(kind, int(size), float(rate), seed + FIRST_SEED)
    if kind == "tuned":
        return {"loss": of_cleaner(size, float(rate), seed + FIRST_SEED)}
    return {"loss": of_latent(kind, int(size), float(rate), seed + FIRST_SEED)}


def of_code(name: str, lr: float, seed: int) -> dict[str, float]:
    """Copying error, active share and mean activity of a sparse code."""
    train, kept = training_images(seed), sets().validation.x
    net = sparse_network(replace(CODES[name], lr=lr), train, seed).eval()
    with torch.no_grad():
        code = net.encode(kept)
        found = {"active": measure.active_share(code), "mean": code.double().mean().item()}
        return {"loss": squared_error(net(kept), kept).item(), **found}


def of_copier(kind: str, size: int, lr: float, seed: int) -> dict[str, float]:
    """Copying error of a bottleneck on validation pictures, and on those that it learned from."""
    train, kept = training_images(seed), sets().validation
    net = replace(COPIERS[kind], rates={size: lr}).train(size, train, seed)
    loss, known = (squared_error(measure.predict(net, part.x), part.x).item() for part in (kept, train))
    return {"loss": loss, "known": known}


def of_cleaner(name: str, lr: float, seed: int) -> float:
    """Error of validation pictures after noise and cleaning, by a network trained to clean or by one that was not."""
    net = cleaner(replace(CLEANERS[name], lr=lr), training_images(seed), seed)
    return error(net, sets().validation.x, seed)


def of_latent(kind: str, size: int, lr: float, seed: int) -> float:
    """Nats of a copy, or minus the evidence lower bound of a VAE."""
    train, kept, recipe = training_images(seed), sets().validation.x, replace(PLANE, lr=lr)
    if kind == "vae":
        return -measure.elbo(variational(size, train, seed, recipe), kept).value
    return bernoulli_nats(measure.predict(plain(size, train, seed, recipe), kept), kept).item()


if __name__ == "__main__":
    for variant, runs in run_all("autoencoders_settings", VARIANTS, train_and_validate, arguments(__doc__)).items():
        print(variant, {key: [round(run[key], 4) for run in runs] for key in runs[0]})
