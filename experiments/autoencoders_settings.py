"""Choose learning rates for the sparse codes and for the plane on validation pictures; test pictures play no part.

One seed, which no other script uses. It prints the tables; the choices stand in `autoencoders_kit.py`.
Run: python experiments/autoencoders_settings.py --seeds 1
"""

from __future__ import annotations

from dataclasses import replace

import torch
from autoencoders_kit import CODES, PLANE, plain, sets, sparse_network, training_images, variational
from harness import arguments, run_all

from lab_utils import measure
from lab_utils.training import bernoulli_nats, squared_error

FIRST_SEED = 100  # the chapter's seeds are 0 to 4
SPARSE_RATES = (1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2, 3.2e-2)
PLANE_RATES = (2e-3, 5e-3, 1e-2, 2e-2, 4e-2)
VARIANTS = [
    *(f"{code}: {lr}" for lr in SPARSE_RATES for code in CODES if code != "l1-free"),
    *(f"kl-mean: {lr}" for lr in (6.4e-2, 1.28e-1)),  # whose best lies beyond the others' grid
    *(f"{kind}: {lr}" for kind in ("ae-2", "vae-2", "vae-16") for lr in PLANE_RATES),
]


def train_and_validate(variant: str, seed: int) -> dict[str, float]:
    """Validation loss of one network at one learning rate, and the active share of a sparse code."""
    name, rate = variant.split(": ")
    train, kept = training_images(seed + FIRST_SEED), sets().validation
    if name in CODES:
        net = sparse_network(replace(CODES[name], lr=float(rate)), train, seed + FIRST_SEED).eval()
        with torch.no_grad():
            code = net.encode(kept.x)
            found = {"active": measure.active_share(code), "mean": code.double().mean().item()}
            return {"loss": squared_error(net(kept.x), kept.x).item(), **found}
    recipe, latent = replace(PLANE, lr=float(rate)), int(name.split("-")[1])
    if name.startswith("vae"):
        return {"loss": -measure.elbo(variational(latent, train, seed + FIRST_SEED, recipe), kept.x).value}
    net = plain(latent, train, seed + FIRST_SEED, recipe)
    return {"loss": bernoulli_nats(measure.predict(net, kept.x), kept.x).item()}


if __name__ == "__main__":
    for variant, runs in run_all("autoencoders_settings", VARIANTS, train_and_validate, arguments(__doc__)).items():
        print(variant, {key: round(value, 4) for key, value in runs[0].items()})
