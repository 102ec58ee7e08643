"""Small weights in four ways: decay decoupled from Adam, L2 inside Adam, and L1 by a proximal step or by its slope.

2,000 images, several strengths each. Scores are on validation images, for nothing is chosen here; norms, zeros and the
decay that each weight gets under Adam's rescaling are read from the trained network and its optimizer. Two networks
with batch norm ask whether biases and norms should be decayed too.
Run: python experiments/regularization_decay.py
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import torch
from harness import arguments, entry, record, run_all
from regularization_cures import NONE, WIDTHS, recipe_of, sets, training_images
from torch import Tensor, nn
from torch.nn import functional as F

from lab_utils import data, measure, models, training
from lab_utils.training import Recipe


class Spared(Recipe):
    """Weight decay on weights alone: biases and norms are left out, as is the custom."""

    def make_optimizer(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """AdamW with two groups of parameters."""
        every = list(parameters)
        groups = [
            {"params": [p for p in every if p.ndim >= 2]},
            {"params": [p for p in every if p.ndim < 2], "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=self.lr, weight_decay=self.weight_decay, fused=True)


BASE = recipe_of(NONE, "2000")
RECIPES: dict[str, Recipe] = (
    {f"adamw-{decay:g}": replace(BASE, weight_decay=decay) for decay in (0.0, 0.3, 1.0, 3.0)}
    | {f"adam-{decay:g}": replace(BASE, optimizer="adam", weight_decay=decay) for decay in (1e-4, 1e-3, 1e-2)}
    | {f"proximal-{l1:g}": replace(BASE, l1=l1) for l1 in (0.01, 0.03, 0.1)}
    | {f"subgradient-{l1:g}": BASE for l1 in (1e-5, 1e-4, 1e-3)}
    | {"everything-3": replace(BASE, weight_decay=3.0), "matrices-3": Spared(**vars(replace(BASE, weight_decay=3.0)))}
)
NAMES = {
    "": ("validation accuracy", "accuracy"),
    "/gap": ("training minus validation accuracy", "gap"),
    "/norm": ("norm of all weights", "norm"),
    "/dark": ("root mean square of the first layer's weights from pixels that are nearly always dark", "dark"),
    "/lit": ("root mean square of the first layer's other weights", "lit"),
}
DECAYED = {
    "/slow": ("decay a unit of learning rate, 10th percentile of the first layer's lit weights", "slow"),
    "/fast": ("decay a unit of learning rate, 90th percentile of the first layer's lit weights", "fast"),
}
SPARSENING = ("proximal", "subgradient")
SPARSE = {
    "/zeros": ("share of weights that are exactly zero", "zeros"),
    "/small": ("share of weights below 0.001 in size", "small"),
}


class KeepOptimizer(training.Callback):
    """Remembers the optimizer, whose state says how it rescales gradients."""

    optimizer: torch.optim.Optimizer

    def on_end(self, run: training.Run) -> None:
        self.optimizer = run.optimizer


def train_and_look(variant: str, seed: int) -> dict[str, float]:
    """Scores, norms and sparsity of one network, and the decay that its first layer's weights get."""
    kind, strength = variant.split("-", 1)
    model = models.MLP(WIDTHS, batch_norm=kind in ("everything", "matrices"), seed=seed)
    train, recipe = training_images("2000", seed), RECIPES[variant]
    kept = KeepOptimizer()
    loss = _with_slope(model, float(strength)) if kind == "subgradient" else None
    training.fit(model, train, recipe, loss=loss, seed=seed, callbacks=[kept], progress=False)
    validation, right = sets().validation, measure.accuracy(model, train.x, train.y)
    accuracy = measure.accuracy(model, validation.x, validation.y)
    state = kept.optimizer.state[model.linear1.weight]
    return {"accuracy": accuracy, "gap": right - accuracy, **_weights(model, train), **_decay(state, recipe, train)}


def _with_slope(model: models.MLP, l1: float) -> training.run.Loss:
    """Cross-entropy plus l1 · Σ|w|, whose gradient l1 · sign(w) Adam rescales with the rest."""
    weights = [p for p in model.parameters() if p.ndim >= 2]
    return lambda logits, y: F.cross_entropy(logits, y) + l1 * sum(w.abs().sum() for w in weights)


def _weights(model: models.MLP, train: data.Split) -> dict[str, float]:
    every = torch.cat([p.detach().flatten() for p in model.parameters() if p.ndim >= 2])
    dark, first = _nearly_always_dark(train), model.linear1.weight.detach()
    return {
        "norm": every.norm().item(),
        "zeros": (every == 0).double().mean().item(),
        "small": (every.abs() < 1e-3).double().mean().item(),
        "dark": first[:, dark].square().mean().sqrt().item(),
        "lit": first[:, ~dark].square().mean().sqrt().item(),
        "dark_pixels": float(dark.sum()),
    }


def _decay(state: dict[str, Tensor], recipe: Recipe, train: data.Split) -> dict[str, float]:
    """By what share of itself, a unit of learning rate, decay shrinks the lit weights of the first layer at the end.

    AdamW: the same for all. Adam with L2 divides each weight's decay by √v̂ + ε, the size of its recent gradients.
    """
    corrected = state["exp_avg_sq"] / (1 - 0.999 ** float(state["step"]))
    size = corrected[:, ~_nearly_always_dark(train)].sqrt() + 1e-8
    shares = recipe.weight_decay / size if recipe.optimizer == "adam" else torch.full_like(size, recipe.weight_decay)
    slow, fast = torch.quantile(shares.flatten()[::7], torch.tensor([0.1, 0.9])).tolist()
    return {"slow": slow, "fast": fast}


def _nearly_always_dark(train: data.Split) -> Tensor:
    """Which of the 784 pixels are dark in nearly every training image (784,): about 27 in the corners."""
    return (train.x.mean(0) < 0.002).flatten()


if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("regularization_decay", list(RECIPES), train_and_look, arguments(__doc__)).items():
        kind, strength = variant.split("-", 1)
        wanted = NAMES | (DECAYED if kind in ("adam", "adamw") else SPARSE if kind in SPARSENING else {})
        settings = {"variant": variant, **RECIPES[variant].settings(), "train_images": 2000, "widths": list(WIDTHS)}
        name = f"regularization/{'l1' if kind in SPARSENING else 'decay'}/{variant}"
        entries += [entry(name + end, what, runs, key, settings, __file__) for end, (what, key) in wanted.items()]
    record(entries, 4)
