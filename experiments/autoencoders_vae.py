"""Plain and variational autoencoders of Fashion-MNIST: the plane, samples, midpoints, the weight beta, gradients.

Run: python experiments/autoencoders_vae.py
"""

from __future__ import annotations

from functools import partial

import torch
from autoencoders_kit import IMAGES, LATENT, WIDTHS, plain, sets, training_images, variational
from harness import arguments, entry, record, run_all
from torch import Tensor
from torch.nn import functional as F

from lab_utils import data, measure, models
from lab_utils.core import generator
from lab_utils.training import bernoulli_nats

BETAS = ("0.1", "0.3", "3", "10", "30", "100")
VARIANTS = ["ae-2", "vae-2", "ae-16", "vae-16", *(f"beta-{beta}" for beta in BETAS), "beta-10-warm"]
DRAWS = 2000
ESTIMATORS = ("reparameterised", "score", "score-baseline")


def look(variant: str, seed: int) -> dict[str, float]:
    """All measurements of one network; beta varies on 16 latent dimensions."""
    train = training_images(seed)
    kind, size, *warm = variant.split("-")
    if kind == "ae":
        return of_plain(plain(int(size), train, seed), train, seed)
    beta, latent = (float(size), 16) if kind == "beta" else (1.0, int(size))
    vae = variational(latent, train, seed, beta=beta, warm=bool(warm))
    bound = measure.elbo(vae, sets().test.x, seed=seed)
    found = {
        "elbo": bound.value,
        "reconstruction": bound.reconstruction.mean().item(),
        "kl": bound.kl.sum(dim=1).mean().item(),
        "active": float(bound.active_dimensions),
        **neighbours(vae, train),
    }
    if kind == "beta":
        return found
    standard = torch.randn(DRAWS, latent, generator=generator(seed))
    found |= {"from-mean": nats(vae), **pictures(vae, standard, train, seed)}
    return found | gradients(vae, seed)


def of_plain(ae: models.Autoencoder, train: data.Split, seed: int) -> dict[str, float]:
    """The plain autoencoder, with draws from the normal that fits its training codes and from the standard normal."""
    with torch.no_grad():
        codes = ae.encode(train.x)
    noise = torch.randn(DRAWS, codes.shape[1], generator=generator(seed))
    fitted = codes.mean(dim=0) + noise @ torch.linalg.cholesky(torch.cov(codes.T)).T
    standard = pictures(ae, noise, train, seed)
    found = {"from-mean": nats(ae), **neighbours(ae, train), **pictures(ae, fitted, train, seed)}
    return found | {f"standard-{key}": standard[key] for key in ("strange", "missed")}


def nats(net: models.Autoencoder | models.VAE) -> float:
    """Reconstruction of test pictures from the code, or from the mean code, without noise."""
    test = sets().test.x
    return bernoulli_nats(measure.predict(net, test), test).item()


def neighbours(net: models.Autoencoder | models.VAE, train: data.Split) -> dict[str, float]:
    """Accuracy of ten nearest neighbours in the code."""
    test = sets().test
    with torch.no_grad():
        return {"neighbours": measure.neighbour_accuracy(net.encode(train.x), train.y, net.encode(test.x), test.y)}


@torch.no_grad()
def pictures(net: models.Autoencoder | models.VAE, draws: Tensor, train: data.Split, seed: int) -> dict[str, float]:
    """How strange decoded draws are, what they miss, and how strange midpoints of two garments are.

    Strange: the squared distance of a picture to its nearest training picture. Missed: of a test picture to its
    nearest decoded draw. A blend of two pictures and a reconstruction stand beside the decoded midpoint.
    """
    test = sets().test.take(DRAWS, seed=seed)
    made = net.decode(draws)
    one, other = test.x[: DRAWS // 2], test.x[DRAWS // 2 :]
    middle = net.decode((net.encode(one) + net.encode(other)) / 2)
    return {
        "strange": nearest(made, train.x),
        "missed": nearest(test.x, made),
        "midpoint": nearest(middle, train.x),
        "blend": nearest((one + other) / 2, train.x),
        "rebuilt": nearest(net(test.x), train.x),
    }


def nearest(pictures: Tensor, among: Tensor) -> float:
    """Mean squared distance of each of `pictures` to the nearest of `among`, summed over pixels."""
    return torch.cdist(pictures.flatten(1), among.flatten(1)).min(dim=1).values.square().mean().item()


def gradients(vae: models.VAE, seed: int) -> dict[str, float]:
    """Variance of single-draw gradients of 50 pictures' reconstruction by the code's mean, summed over dimensions."""
    variances: dict[str, list[float]] = {name: [] for name in ESTIMATORS}
    for picture in sets().test.x[:50]:
        with torch.no_grad():
            mean, log_variance = (each[0] for each in vae.posterior(picture[None]))
        value = partial(_reconstruction, vae, picture.flatten())
        for name, found in variances.items():
            draws = measure.gradient_samples(value, mean, log_variance, estimator=name, samples=200, seed=seed)
            found.append(draws.var(dim=0).sum().item())
    return {f"gradient/{name}": sum(found) / len(found) for name, found in variances.items()}


def _reconstruction(vae: models.VAE, picture: Tensor, codes: Tensor) -> Tensor:
    logits = vae.decoder(codes)
    return F.binary_cross_entropy_with_logits(logits, picture.expand_as(logits), reduction="none").sum(dim=1)


QUANTITIES = {
    "elbo": "evidence lower bound of a test picture, nats",
    "reconstruction": "reconstruction of a test picture from a draw of its code, nats",
    "from-mean": "reconstruction of a test picture from its code or mean code, nats",
    "kl": "KL divergence of a test picture's code from the prior, nats",
    "active": "latent dimensions with more than 0.01 nats",
    "neighbours": "test accuracy of 10 nearest neighbours in the code",
    "strange": "squared distance of a decoded draw to the nearest training picture",
    "missed": "squared distance of a test picture to the nearest decoded draw",
    "midpoint": "squared distance of the decoded midpoint of two test codes to the nearest training picture",
    "blend": "squared distance of the mean of two test pictures to the nearest training picture",
    "rebuilt": "squared distance of a test picture's reconstruction to the nearest training picture",
    "standard-strange": "as strange, for draws from N(0, 1)",
    "standard-missed": "as missed, for draws from N(0, 1)",
    **{f"gradient/{name}": "variance of a single-draw gradient, summed over the code" for name in ESTIMATORS},
}

if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("autoencoders_vae", VARIANTS, look, arguments(__doc__)).items():
        recipe = LATENT[2 if variant.endswith("-2") else 16]
        settings = {**recipe.settings(), "train_images": IMAGES, "widths": WIDTHS, "variant": variant}
        for key in runs[0].keys() - {"cpu_seconds"}:
            entries.append(entry(f"autoencoders/vae/{variant}/{key}", QUANTITIES[key], runs, key, settings, __file__))
    record(entries, 2)
