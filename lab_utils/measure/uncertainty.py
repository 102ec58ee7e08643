"""Many answers instead of one: dropout left on, or several networks; and what their disagreement is worth."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from lab_utils.core import seeded
from lab_utils.evaluate import evaluating, predict


def mc_dropout(model: nn.Module, x: Tensor, *, samples: int = 30, seed: int = 0, batch_size: int = 500) -> Tensor:
    """Class probabilities (samples, N, K) of a classifier for `x` (N, ...) with its dropout left on.

    Gal & Ghahramani (2016), equation 6: the mean over the first axis is the prediction, the spread its uncertainty.
    Everything but dropout (batch norm above all) stays in evaluation mode. Raises ValueError without dropout.
    """
    noisy = [m for m in model.modules() if "Dropout" in type(m).__name__ and getattr(m, "p", 0) > 0]
    if not noisy:
        raise ValueError(f"expected a network with dropout layers, got none in {type(model).__name__}")
    if samples < 1 or len(x) == 0:
        raise ValueError(f"expected at least 1 sample and 1 example, got {samples} and {len(x)}")
    place = next(model.parameters()).device
    with seeded(seed), evaluating(model), torch.no_grad():
        for layer in noisy:
            layer.train()
        answers = [
            torch.cat([model(part.to(place)).float().softmax(1).cpu() for part in x.split(batch_size)])
            for _ in range(samples)
        ]
    return torch.stack(answers)


def ensemble(models: Sequence[nn.Module], x: Tensor) -> Tensor:
    """Class probabilities (M, N, K) of M classifiers for `x` (N, ...); their mean over M is the ensemble's answer.

    Lakshminarayanan, Pritzel & Blundell (2017): networks that differ in initial weights and order of examples alone.
    """
    if not models:
        raise ValueError("expected at least one network, got none")
    return torch.stack([predict(model, x).softmax(1) for model in models])


def predictive_entropy(probabilities: Tensor) -> Tensor:
    """Entropy in nats (N,) of the mean answer over S samples of probabilities (S, N, K): all that is uncertain."""
    return _entropy(_checked(probabilities).mean(dim=0))


def mutual_information(probabilities: Tensor) -> Tensor:
    """How far the S answers (S, N, K) disagree, in nats (N,): entropy of their mean minus their mean entropy.

    Houlsby et al. (2011), equation 2. 0 where all say the same, however unsure they are.
    """
    p = _checked(probabilities)
    return (_entropy(p.mean(dim=0)) - _entropy(p).mean(dim=0)).clamp_min(0)


def separation(inside: Tensor, outside: Tensor) -> float:
    """How well a score tells two groups apart: the chance that one of `outside` (M,) exceeds one of `inside` (N,).

    The area under the ROC curve; ties count half. 0.5 is no better than a coin.
    """
    if inside.ndim != 1 or outside.ndim != 1 or 0 in (len(inside), len(outside)):
        raise ValueError(f"expected scores (N,) and (M,), got {tuple(inside.shape)} and {tuple(outside.shape)}")
    truth = torch.cat([torch.zeros(len(inside)), torch.ones(len(outside))])
    return float(roc_auc_score(truth.numpy(), torch.cat([inside, outside]).numpy()))


def _entropy(p: Tensor) -> Tensor:
    return torch.special.entr(p).sum(dim=-1)


def _checked(probabilities: Tensor) -> Tensor:
    if probabilities.ndim != 3 or probabilities.numel() == 0:
        raise ValueError(
            f"expected probabilities (S, N, K), a row of answers for each sample, got {tuple(probabilities.shape)}"
        )
    p = probabilities.double()
    if not (p >= 0).all() or not torch.allclose(p.sum(dim=2), torch.ones_like(p[..., 0]), atol=1e-4):
        raise ValueError("expected probabilities that add up to 1 over the classes; apply softmax to logits first")
    return p
