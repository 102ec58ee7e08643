"""Errors sent back through a network: by the transposed weights, by random ones, or straight from the output."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from lab_utils.core import generator
from lab_utils.training.credit.chain import Chain, Credit, Pass, chain_of, forward, losses, outer_products, output_error


class Rule:
    """Finds directions in which to change the weights: `rule(net, x, y)` for x (B, ...) and labels y (B,)."""

    def __call__(self, net: nn.Module, x: Tensor, y: Tensor) -> Credit:
        """Directions for every parameter, in the order of net.parameters(), to be descended like gradients."""
        raise NotImplementedError(f"expected {type(self).__name__} to have a rule of its own in `__call__`")

    def adapt(self, credit: Credit, lr: float, weight_decay: float) -> None:
        """Called after the weights moved: what else the rule has to learn, such as its feedback weights."""


class OutputOnly(Rule):
    """The hidden layers keep their initial weights; the last layer learns by its exact gradient (the delta rule)."""

    def __call__(self, net: nn.Module, x: Tensor, y: Tensor) -> Credit:
        chain = chain_of(net)
        run = forward(chain, x)
        loss, error = losses(run.logits, y), output_error(run.logits, y)
        frozen = [torch.zeros_like(p) for layer in chain.layers[:-1] for p in layer.parameters()]
        return Credit([*frozen, *outer_products([error], run.h[-1:])], loss.mean().item())


class Backprop(Rule):
    """The exact gradient, layer by layer from the output, with one feature after another to take away.

    `derivative="one"` puts 1 for the activation's slope. `signals="sign"` lets a hidden unit hear only the sign of its
    error, times the layer's mean size. `stale` in [0, 1] is the share of the stored activity that
    the next example of the batch has overwritten when the error arrives. `spikes`, a seed, lets the hidden units send
    −1 or +1 at random, with their tanh value as mean, in the forward pass. Source of the rule: Rumelhart, Hinton &
    Williams, "Learning representations by back-propagating errors", Nature 1986.
    """

    def __init__(
        self,
        *,
        derivative: Literal["exact", "one"] = "exact",
        signals: Literal["graded", "sign"] = "graded",
        stale: float = 0.0,
        spikes: int | None = None,
    ) -> None:
        if derivative not in ("exact", "one") or signals not in ("graded", "sign") or not 0 <= stale <= 1:
            raise ValueError(
                f"expected derivative 'exact' or 'one', signals 'graded' or 'sign', stale from 0 to 1, "
                f"got {derivative!r}, {signals!r}, {stale}"
            )
        self.derivative, self.signals, self.stale = derivative, signals, stale
        self.spikes = None if spikes is None else generator(spikes)

    def __call__(self, net: nn.Module, x: Tensor, y: Tensor) -> Credit:
        chain = chain_of(net)
        if self.spikes is not None and not isinstance(chain.activation, nn.Tanh):
            raise ValueError(f"expected tanh units to send spikes of −1 and +1, got {chain.activation}")
        run = forward(chain, x, self.spikes)
        loss, error = losses(run.logits, y), output_error(run.logits, y)
        errors = self.send_back(chain, run, error)
        present = [(1 - self.stale) * h + self.stale * h.roll(1, 0) for h in run.h] if self.stale else run.h
        return Credit(outer_products(errors, present), loss.mean().item())

    def backward_weights(self, chain: Chain) -> list[Tensor]:
        """The matrices (outputs, inputs) of layers 2 and on, through which errors go back: here the layers' own."""
        return chain.weights[1:]

    def send_back(self, chain: Chain, run: Pass, error: Tensor) -> list[Tensor]:
        """The error (B, n) at each layer's output, from that at the logits."""
        errors = [error]
        for weight, h in zip(reversed(self.backward_weights(chain)), reversed(run.means[1:]), strict=True):
            arriving = errors[0] @ weight
            if self.signals == "sign":
                arriving = arriving.sign() * arriving.abs().mean()
            errors.insert(0, arriving * self.slope(chain, h))
        return errors

    def slope(self, chain: Chain, h: Tensor) -> Tensor:
        """The activation's slope where its output is h."""
        return chain.slope(h) if self.derivative == "exact" else torch.ones_like(h)


class FeedbackAlignment(Backprop):
    """Backprop whose errors go back through other weights B, in `feedback`, than the layers' own.

    `kind="random"`: drawn once by `seed` as the layers' own were, and never changed (Lillicrap, Cownden, Tweed &
    Akerman, Nature Communications 2016). "sign": as large as those, with the signs of the layers' present weights
    (Liao, Leibo & Poggio, AAAI 2016). "learned": random at first, then changed by the same local product as the
    forward weights (Kolen & Pollack, 1994; Akrout et al., NeurIPS 2019): with some weight decay the two become equal.
    Further keywords take features away as in `Backprop`.
    """

    def __init__(
        self,
        net: nn.Module,
        *,
        seed: int,
        kind: Literal["random", "sign", "learned"] = "random",
        **taken_away: Any,
    ) -> None:
        super().__init__(**taken_away)
        if kind not in ("random", "sign", "learned"):
            raise ValueError(f"expected kind 'random', 'sign' or 'learned', got {kind!r}")
        self.kind = kind
        draw = generator(seed)
        self.feedback = [_like_initial(weight.shape, weight, draw) for weight in chain_of(net).weights[1:]]

    def backward_weights(self, chain: Chain) -> list[Tensor]:
        if self.kind == "sign":
            return [b.abs() * w.sign() for b, w in zip(self.feedback, chain.weights[1:], strict=True)]
        return self.feedback

    def adapt(self, credit: Credit, lr: float, weight_decay: float) -> None:
        if self.kind == "learned":
            for b, gradient in zip(self.feedback, credit.gradients[2::2], strict=True):
                b -= lr * (gradient + weight_decay * b)


class DirectFeedbackAlignment(Backprop):
    """Every hidden layer hears the output's error at once, through fixed random weights of its own in `feedback`.

    Each is (classes, units), drawn by `seed`. Source: Nøkland, "Direct Feedback Alignment Provides Learning in Deep
    Neural Networks", NeurIPS 2016.
    """

    def __init__(self, net: nn.Module, *, seed: int) -> None:
        super().__init__()
        draw = generator(seed)
        weights = chain_of(net).weights
        classes = len(weights[-1])
        self.feedback = [_like_initial(torch.Size((classes, len(w))), w, draw) for w in weights[:-1]]

    def send_back(self, chain: Chain, run: Pass, error: Tensor) -> list[Tensor]:
        hidden = zip(self.feedback, run.means[1:], strict=True)
        return [*((error @ b) * self.slope(chain, h) for b, h in hidden), error]


def _like_initial(shape: torch.Size, weight: Tensor, draw: torch.Generator) -> Tensor:
    """Uniform numbers in ±1/√fan-in, as torch draws the weights of a linear layer with so many inputs."""
    reach = shape[1] ** -0.5
    return (2 * torch.rand(shape, generator=draw, dtype=weight.dtype) - 1) * reach
