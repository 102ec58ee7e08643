"""Many small ReLU networks of one shape trained at once, each with its own learning rate: what a sweep needs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lab_utils import models
from lab_utils.training.schedules import one_cycle

BETAS, EPS = (0.9, 0.999), 1e-8  # Adam's usual constants
WARM_UP = 0.1  # share of the updates in which the one-cycle schedule climbs


def train_side_by_side(
    widths: Sequence[int],
    lrs: Sequence[float],
    x: Tensor,
    y: Tensor,
    *,
    steps: int,
    seed: int,
    start: models.MLP | None = None,
) -> list[models.MLP]:
    """One `models.MLP(widths, seed=seed)` for each of `lrs`, trained on all of x (N, D), y (N, K) at every update.

    They begin with the weights of `start`, where it is given. Mean squared error, Adam, one-cycle schedule. Networks
    never meet: they share batched multiplications only, which is several times faster than one after the other.
    """
    nets = [models.MLP(widths, seed=seed) for _ in lrs]
    for net in nets if start is not None else ():
        net.load_state_dict(start.state_dict())
    linears = [[m for m in net if isinstance(m, nn.Linear)] for net in nets]
    depth = len(widths) - 1
    weights = [torch.stack([row[i].weight.detach().T for row in linears]).requires_grad_() for i in range(depth)]
    biases = [torch.stack([row[i].bias.detach()[None] for row in linears]).requires_grad_() for i in range(depth)]
    parameters = [*weights, *biases]
    state = [(torch.zeros_like(p), torch.zeros_like(p)) for p in parameters]
    rates = torch.tensor(lrs)[:, None, None]
    x, y = (each.expand(len(lrs), -1, -1) for each in (x, y))
    for step in range(steps):
        loss = (_forward(weights, biases, x) - y).square().mean(dim=(1, 2)).sum()
        gradients = torch.autograd.grad(loss, parameters)
        _adam(parameters, gradients, state, rates * one_cycle(step / steps, WARM_UP), step + 1)
    for i in range(depth):
        for row, weight, bias in zip(linears, weights[i].detach(), biases[i].detach(), strict=True):
            row[i].weight.data.copy_(weight.T)
            row[i].bias.data.copy_(bias[0])
    return nets


def _forward(weights: Sequence[Tensor], biases: Sequence[Tensor], x: Tensor) -> Tensor:
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = torch.baddbmm(bias, x, weight).relu()
    return torch.baddbmm(biases[-1], x, weights[-1])


@torch.no_grad()
def _adam(
    parameters: Sequence[Tensor],
    gradients: Sequence[Tensor],
    state: Sequence[tuple[Tensor, Tensor]],
    lr: Tensor,
    step: int,
) -> None:
    """One update of every network, each with its own row of `lr`."""
    scale = math.sqrt(1 - BETAS[1] ** step) / (1 - BETAS[0] ** step)
    for p, g, (mean, square) in zip(parameters, gradients, state, strict=True):
        mean.lerp_(g, 1 - BETAS[0])
        square.mul_(BETAS[1]).addcmul_(g, g, value=1 - BETAS[1])
        p.sub_(lr * scale * mean / (square.sqrt() + EPS * math.sqrt(1 - BETAS[1] ** step)))
