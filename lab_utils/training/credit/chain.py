"""A dense network taken apart: what every rule of credit assignment needs to see of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Each activation with its slope, written in terms of the activation's own output.
SLOPES: dict[type[nn.Module], Callable[[Tensor], Tensor]] = {
    nn.Tanh: lambda h: 1 - h**2,
    nn.ReLU: lambda h: (h > 0).to(h.dtype),
    nn.Identity: torch.ones_like,
}


@dataclass(frozen=True)
class Chain:
    """The linear layers of a network in order, and the activation between them with its slope."""

    layers: list[nn.Linear]
    activation: nn.Module
    slope: Callable[[Tensor], Tensor]

    @property
    def weights(self) -> list[Tensor]:
        """Weight (outputs, inputs) of each layer, without a graph."""
        return [layer.weight.detach() for layer in self.layers]


@dataclass(frozen=True)
class Pass:
    """One forward pass: `h[l]` (B, n) goes into linear layer l (the first is the input), `logits` (B, K) come out.

    `means[l]` is the activation that h[l] was drawn from where units spike, and h[l] itself where they do not.
    """

    h: list[Tensor]
    means: list[Tensor]
    logits: Tensor


@dataclass(frozen=True)
class Credit:
    """What a rule found: for each of net.parameters() the direction to descend, and the batch's mean loss in nats."""

    gradients: list[Tensor]
    loss: float


def chain_of(net: nn.Module) -> Chain:
    """Take apart a `models.MLP`: linear layers with biases and one kind of activation (tanh, ReLU or none) between."""
    modules = [module for module in net.modules() if not isinstance(module, nn.Sequential | nn.Flatten)]
    layers = [module for module in modules if isinstance(module, nn.Linear) and module.bias is not None]
    between = [module for module in modules if type(module) in SLOPES]
    kinds = {type(module) for module in between}
    if not layers or len(layers) + len(between) != len(modules) or len(kinds) > 1 or len(between) != len(layers) - 1:
        got = ", ".join(type(module).__name__ for module in modules)
        raise ValueError(
            f"expected linear layers with one kind of activation (Tanh, ReLU, Identity) between, got {got}"
        )
    activation = between[0] if between else nn.Identity()
    return Chain(layers, activation, SLOPES[type(activation)])


@torch.no_grad()
def forward(chain: Chain, x: Tensor, spikes: torch.Generator | None = None) -> Pass:
    """The forward pass of inputs x (B, ...). With `spikes`, hidden units send only −1 or +1, with their value as mean.

    Such spikes need values in [−1, 1], which tanh gives.
    """
    h = [x.flatten(1)]
    means = h.copy()
    for layer in chain.layers[:-1]:
        means.append(chain.activation(layer(h[-1])))
        sent = means[-1] if spikes is None else 2 * torch.bernoulli((1 + means[-1]) / 2, generator=spikes) - 1
        h.append(sent)
    return Pass(h, means, chain.layers[-1](h[-1]))


def losses(logits: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy (B,) of each example in nats, for logits (B, K) and labels y (B,)."""
    if y.dtype != torch.int64 or y.shape != logits.shape[:1]:
        raise ValueError(f"expected int64 labels of shape ({len(logits)},), got {tuple(y.shape)} of {y.dtype}")
    return F.cross_entropy(logits.detach(), y, reduction="none")


def output_error(logits: Tensor, y: Tensor) -> Tensor:
    """The gradient (B, K) of each example's cross-entropy with respect to its logits: what was said − what is true."""
    return logits.detach().softmax(1) - F.one_hot(y, logits.shape[1])


def outer_products(errors: list[Tensor], h: list[Tensor]) -> list[Tensor]:
    """Gradients of weights and biases, layer by layer: mean over the batch of (error after) × (activity before).

    Both factors are known at the synapse: this product is what every rule here has in common. They differ in where
    the errors (B, n) come from.
    """
    gradients = []
    for error, before in zip(errors, h, strict=True):
        gradients += [error.T @ before / len(error), error.mean(0)]
    return gradients
