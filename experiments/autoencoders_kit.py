"""What the scripts of the chapter on autoencoders share: the pictures, the sparse codes, and how each is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

import torch
from torch import Tensor, nn

from lab_utils import data, models
from lab_utils.training import (
    Callback,
    HeldActivity,
    Objective,
    Recipe,
    Run,
    bernoulli_nats,
    fit,
    kl_to_target,
    l1_activity,
    squared_error,
    total,
)

IMAGES = 10_000
WIDTHS = (784, 128, 64)  # then the code
SOFT = 0.1  # the width of the soft step of `kl_of_share`
PLANE = Recipe(epochs=10, batch_size=100, optimizer="adam", lr=2e-2, schedule="one-cycle")
LATENT = {2: PLANE, 16: replace(PLANE, lr=1e-2)}  # best on validation (16 plain: within 0.6 of 230 nats of the best)
SPARSE = Recipe(epochs=8, batch_size=100, optimizer="adam", lr=2e-3, schedule="one-cycle")


@dataclass(frozen=True)
class Copier:
    """Hidden layers and epochs for codes of several sizes, and the learning rate best on validation for each size."""

    hidden: tuple[int, ...]
    epochs: int
    rates: Mapping[int, float]

    def recipe(self, size: int) -> Recipe:
        """How a code of `size` numbers is trained."""
        return Recipe(epochs=self.epochs, batch_size=100, optimizer="adam", lr=self.rates[size], schedule="one-cycle")

    def train(self, size: int, train: data.Split, seed: int) -> models.Autoencoder:
        """An autoencoder with a code of `size` numbers that has learned to rebuild `train`."""
        net = models.Autoencoder((784, *self.hidden, size), seed=seed)
        fit(net, data.Split(train.x, train.x), self.recipe(size), loss=squared_error, seed=seed, progress=False)
        return net


SIZES = (1, 2, 4, 8, 16, 32, 64)
COPIERS = {  # where neighbouring rates were close (8 epochs of 32 and 64 numbers), the mean of five seeds decided
    "short": Copier(WIDTHS[1:], 8, {**dict.fromkeys((1, 2, 4, 8), 1.6e-2), **dict.fromkeys((16, 32, 64), 8e-3)}),
    "long": Copier(WIDTHS[1:], 24, {16: 8e-3, 32: 4e-3, 64: 4e-3}),
    "shallow": Copier((256,), 24, {64: 4e-3}),
}


@cache
def sets() -> data.ImageData:
    """All of Fashion-MNIST, a tenth of the training pictures kept for choosing settings."""
    return data.fashion_mnist(validation=0.1)


def training_images(seed: int, count: int = IMAGES) -> data.Split:
    """The pictures that seed `seed` learns from."""
    return sets().train.take(count, seed=seed)


def kl_of_share(code: Tensor, *, target: float) -> Tensor:
    """The KL penalty on the share of examples for which a rectified unit is on, in place of its mean activation.

    The share itself is a step and has no slope; it borrows that of a soft step (a straight-through estimate).
    """
    soft = 1 - torch.exp(-code / SOFT)
    return kl_to_target(soft + ((code > 0).to(soft) - soft).detach(), target=target)


@dataclass(frozen=True)
class SparseCode:
    """A rule or a penalty that keeps a code sparse, with the setting that a small grid found best on validation."""

    rule: Callable[[], nn.Module] = nn.ReLU
    held: Callable[[], HeldActivity] | None = None
    atom_length: float | None = 1.0
    lr: float = SPARSE.lr


CODES = {
    "dense": SparseCode(lr=8e-3),
    "l1": SparseCode(held=lambda: HeldActivity(l1_activity, target=0.05, weight=0.5, rate=0.05), lr=1.6e-2),
    "l1-free": SparseCode(
        held=lambda: HeldActivity(l1_activity, target=0.05, weight=0.5, rate=0.05), atom_length=None, lr=1.6e-2
    ),
    "kl-mean": SparseCode(
        nn.Sigmoid,
        lambda: HeldActivity(partial(kl_to_target, target=0.05), target=0.05, weight=10, rate=0),
        atom_length=2.0,
        lr=3.2e-2,
    ),
    "kl-share": SparseCode(
        # The balance with the error lies above the penalty's own target: 0.047 makes it 5%.
        held=lambda: HeldActivity(partial(kl_of_share, target=0.047), target=0.05, weight=10, rate=0),
        lr=1.6e-2,
    ),
    "top-k": SparseCode(partial(models.TopK, 12), lr=4e-3),
    "winner": SparseCode(partial(models.WinnerTakeAll, 20), lr=4e-3),
    "lifetime": SparseCode(partial(models.LifetimeSparse, 0.05), lr=4e-3),
}


def sparse_network(code: SparseCode, train: data.Split, seed: int) -> models.SparseAutoencoder:
    """240 units, 5% of them to be on (12), trained on `train`; the initial weights depend on `seed` alone."""
    net = models.SparseAutoencoder(
        code_activation=code.rule, atom_length=code.atom_length, centre=train.x.mean(dim=0), seed=seed
    )
    recipe = replace(SPARSE, lr=code.lr)
    if code.held is None:
        fit(net, data.Split(train.x, train.x), recipe, loss=squared_error, seed=seed, progress=False)
        return net
    held = code.held()
    fit(Objective(net, held), train, recipe, loss=total, seed=seed, callbacks=[held], progress=False)
    return net


def plain(latent: int, train: data.Split, seed: int, recipe: Recipe | None = None) -> models.Autoencoder:
    """An autoencoder of pixels with a code of `latent` numbers, trained on Bernoulli nats as a VAE is."""
    net = models.Autoencoder((*WIDTHS, latent), output=nn.Sigmoid, seed=seed)
    recipe = recipe or LATENT[latent]
    fit(net, data.Split(train.x, train.x), recipe, loss=bernoulli_nats, seed=seed, progress=False)
    return net


class Weighted(Callback):
    """The terms of a VAE with `beta` in front of the divergence; `warm` lets it climb from 0 over half the updates."""

    def __init__(self, beta: float, *, warm: bool) -> None:
        self.beta, self.warm, self.now = beta, warm, 0.0 if warm else beta

    def __call__(self, net: nn.Module, x: Tensor) -> Tensor:
        """Reconstruction and weighted divergence (B, 2)."""
        return net.terms(x, beta=self.now)  # type: ignore[operator]

    def on_step(self, run: Run) -> None:
        """One step up the ramp."""
        if self.warm:
            self.now = self.beta * min(1.0, 2 * len(run.history.step_loss) / run.steps)


def variational(
    latent: int, train: data.Split, seed: int, recipe: Recipe | None = None, *, beta: float = 1.0, warm: bool = False
) -> models.VAE:
    """A VAE of the same hidden layers as `plain`."""
    net, terms = models.VAE((*WIDTHS, latent), seed=seed), Weighted(beta, warm=warm)
    recipe = recipe or LATENT[latent]
    fit(Objective(net, terms), train, recipe, loss=total, seed=seed, callbacks=[terms], progress=False)
    return net
