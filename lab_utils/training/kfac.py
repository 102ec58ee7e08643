"""K-FAC: natural gradient descent that a network can afford, one Kronecker product a layer (Martens & Grosse, 2015)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass
class Block:
    """What K-FAC keeps of one linear layer with D_in inputs and D_out outputs.

    `inputs` A (D_in + 1, D_in + 1) is the mean of a aᵀ, a the layer's input and a 1 for the bias; `slopes` G (D_out,
    D_out) that of g gᵀ, g the gradient of an example's log-likelihood at the layer's output. A ⊗ G stands for the
    layer's part of the Fisher matrix, which would have (D_out · (D_in + 1))² numbers.
    """

    layer: nn.Linear
    inputs: Tensor | None = None
    slopes: Tensor | None = None
    roots: tuple[Tensor, Tensor] | None = None
    velocity: Tensor | None = None

    def gradient(self) -> Tensor:
        """The gradient of weight and bias side by side, (D_out, D_in + 1)."""
        parts = [_slope(self.layer.weight)]
        if self.layer.bias is not None:
            parts.append(_slope(self.layer.bias)[:, None])
        return torch.cat(parts, dim=1)

    def observe(self, a: Tensor, g: Tensor, keep: float) -> None:
        """Blend the factors of a batch, from a (B, D_in) and g (B, D_out), into the running means."""
        if self.layer.bias is not None:
            a = torch.cat([a, a.new_ones(len(a), 1)], dim=1)
        A, G = a.T @ a / len(a), g.T @ g / len(g)
        self.inputs = A if self.inputs is None else keep * self.inputs + (1 - keep) * A
        self.slopes = G if self.slopes is None else keep * self.slopes + (1 - keep) * G

    def factorise(self, damping: float) -> None:
        """Cholesky factors of both, the damping shared between them by their mean eigenvalues (section 6.3)."""
        if self.inputs is None or self.slopes is None:
            raise ValueError("expected factors that have been observed, got none")
        sizes = [(m.trace() / len(m)).clamp(min=1e-12) for m in (self.inputs, self.slopes)]
        share = (sizes[0] / sizes[1]).sqrt()
        self.roots = _root(self.inputs, share * damping**0.5), _root(self.slopes, damping**0.5 / share)

    def natural(self, gradient: Tensor) -> Tensor:
        """G⁻¹ · gradient · A⁻¹ (D_out, D_in + 1): what (A ⊗ G)⁻¹ makes of the gradient."""
        if self.roots is None:
            raise ValueError("expected `observe(logits, generator)` before the first step, got none")
        A, G = self.roots
        return torch.cholesky_solve(torch.cholesky_solve(gradient, G).T, A).T

    def move(self, change: Tensor) -> None:
        """Add `change` (D_out, D_in + 1) to weight and bias."""
        inputs = self.layer.in_features
        self.layer.weight.add_(change[:, :inputs])
        if self.layer.bias is not None:
            self.layer.bias.add_(change[:, inputs])


class KFAC:
    """For networks whose weights all lie in linear layers. In the loop, `observe` goes between forward and backward:

    `logits = model(x); optimizer.observe(logits, generator); optimizer.zero_grad(); loss.backward(); optimizer.step()`

    `observe` measures the factors with labels drawn from the model's own answers (the Fisher matrix; with the true
    labels it would be the "empirical" one) in every `every`-th update, and does nothing in the others. `decay` is that
    of the running means, `damping` is added to the curvature, and `trust` bounds lr² · step · gradient, by which the
    answers may change in one update (Ba, Grosse & Martens, 2017).
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        lr: float,
        momentum: float = 0.9,
        damping: float = 0.01,
        decay: float = 0.95,
        every: int = 10,
        trust: float = 1e-2,
    ) -> None:
        self.blocks = _blocks(model)
        for name, value in (("lr", lr), ("damping", damping), ("trust", trust)):
            if not 0 < value < float("inf"):
                raise ValueError(f"expected {name} to be finite and above 0, got {value}")
        for name, value in (("momentum", momentum), ("decay", decay)):
            if not 0 <= value < 1:
                raise ValueError(f"expected {name} from 0 up to, but not including, 1, got {value}")
        if every < 1:
            raise ValueError(f"expected to observe every 1 or more updates, got {every}")
        self.lr, self.momentum, self.damping = lr, momentum, damping
        self.decay, self.every, self.trust = decay, every, trust
        self.updates = self.observations = 0
        self._seen: dict[nn.Module, tuple[Tensor, Tensor]] = {}
        for block in self.blocks:
            block.layer.register_forward_hook(self._remember)

    @property
    def numbers_stored(self) -> int:
        """How many numbers it keeps between updates, beside weights and gradients."""
        kept = [(b.inputs, b.slopes, b.velocity, *(b.roots or ())) for b in self.blocks]
        return sum(each.numel() for tensors in kept for each in tensors if each is not None)

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for block in self.blocks:
            block.layer.zero_grad()

    def observe(self, logits: Tensor, generator: torch.Generator) -> None:
        """Measure the factors from the forward pass that gave logits (B, K), if it is time to."""
        if self.updates % self.every:
            return
        if len(self._seen) < len(self.blocks):
            raise ValueError("expected logits of a forward pass in training mode since the last update, got none")
        if logits.ndim != 2 or not torch.isfinite(logits).all():
            raise ValueError(f"expected finite logits of shape (B, K), got shape {tuple(logits.shape)}, or NaN in them")
        labels = torch.multinomial(logits.detach().softmax(1), 1, generator=generator)[:, 0]
        outputs = [self._seen[block.layer][1] for block in self.blocks]
        slopes = torch.autograd.grad(F.cross_entropy(logits, labels, reduction="sum"), outputs, retain_graph=True)
        self.observations += 1
        keep = min(1 - 1 / self.observations, self.decay)
        for block, g in zip(self.blocks, slopes, strict=True):
            block.observe(self._seen[block.layer][0], g, keep)
            block.factorise(self.damping)
        self._seen.clear()

    @torch.no_grad()
    def step(self) -> None:
        """Change the weights by the natural gradient, with momentum."""
        gradients = [block.gradient() for block in self.blocks]
        steps = [block.natural(g) for block, g in zip(self.blocks, gradients, strict=True)]
        change = self.lr**2 * sum((s * g).sum().item() for s, g in zip(steps, gradients, strict=True))
        shrink = min(1.0, (self.trust / change) ** 0.5) if change > 0 else 1.0
        for block, s in zip(self.blocks, steps, strict=True):
            block.velocity = shrink * s if block.velocity is None else self.momentum * block.velocity + shrink * s
            block.move(-self.lr * block.velocity)
        self.updates += 1

    def _remember(self, layer: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> None:
        """A forward hook: the layer's inputs and outputs, where the next `observe` will want them."""
        if layer.training and torch.is_grad_enabled() and self.updates % self.every == 0:
            self._seen[layer] = (inputs[0].detach(), output)


def _blocks(model: nn.Module) -> list[Block]:
    """One block a linear layer; ValueError if the model keeps weights anywhere else."""
    layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
    covered = {id(p) for layer in layers for p in layer.parameters()}
    others = [name for name, p in model.named_parameters() if id(p) not in covered]
    if others or not layers:
        found = ", ".join(others) or "no such layer"
        raise ValueError(f"expected a model whose weights all lie in nn.Linear layers, got {found}")
    return [Block(layer) for layer in layers]


def _root(factor: Tensor, damping: Tensor) -> Tensor:
    return torch.linalg.cholesky(factor + damping * torch.eye(len(factor), dtype=factor.dtype))


def _slope(parameter: Tensor) -> Tensor:
    if parameter.grad is None:
        raise ValueError(f"expected a gradient for every weight, got none for one of shape {tuple(parameter.shape)}")
    return parameter.grad
