"""Credit without errors sent back as such: by targets, by settling, or by trying."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lab_utils.core import generator
from lab_utils.training.credit.chain import Chain, Credit, Pass, chain_of, forward, losses, outer_products, output_error
from lab_utils.training.credit.feedback import Rule


class PredictiveCoding(Rule):
    """Each layer predicts the next; activities settle until prediction errors balance, then weights reduce them.

    The energy is half the squared prediction error of each hidden layer's input v[l], v[l] − (W h(v[l−1]) + b), plus
    `nudge` times the cross-entropy at the output. `steps` of size `rate` descend it in all v at once, from the forward
    pass on. The error that a synapse needs is its own unit's, and all units act at once. With a small nudge and
    settled activities the directions, divided by the nudge, are backprop's. Source: Whittington & Bogacz, "An
    approximation of the error backpropagation algorithm in a predictive coding network with local Hebbian synaptic
    plasticity", Neural Computation 2017, section 2.2, with the cross-entropy of the class at the output.
    """

    def __init__(self, *, steps: int = 15, rate: float = 0.3, nudge: float = 1.0) -> None:
        if steps < 1 or not 0 < rate < 1 or not 0 < nudge <= 1:
            raise ValueError(
                f"expected at least 1 step, a rate between 0 and 1 and a nudge up to 1, got {steps}, {rate}, {nudge}"
            )
        self.steps, self.rate, self.nudge = steps, rate, nudge

    def __call__(self, net: nn.Module, x: Tensor, y: Tensor) -> Credit:
        chain = chain_of(net)
        loss = losses(forward(chain, x).logits, y)
        h, errors = self.settle(chain, x.flatten(1), y)
        return Credit(outer_products([error / self.nudge for error in errors], h), loss.mean().item())

    @torch.no_grad()
    def settle(self, chain: Chain, x: Tensor, y: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Settled activities that go into each layer, and minus the prediction error (B, n) at each layer's output."""
        weights, drive = chain.weights, chain.layers[0](x)  # the input is given, so its prediction never changes
        values = [drive]
        for layer in chain.layers[1:-1]:
            values.append(layer(chain.activation(values[-1])))
        for _ in range(self.steps):
            h, errors = self._errors(chain, drive, values, y)
            for level, value in enumerate(values):
                push = (errors[level + 1] @ weights[level + 1]) * chain.slope(h[level])
                values[level] = value - self.rate * (push - errors[level])
        h, errors = self._errors(chain, drive, values, y)
        return [x, *h], errors

    def _errors(
        self, chain: Chain, drive: Tensor, values: list[Tensor], y: Tensor
    ) -> tuple[list[Tensor], list[Tensor]]:
        h = [chain.activation(value) for value in values]
        predictions = [drive, *(layer(each) for layer, each in zip(chain.layers[1:], h, strict=True))]
        hidden = [prediction - value for prediction, value in zip(predictions[:-1], values, strict=True)]
        return h, [*hidden, self.nudge * output_error(predictions[-1], y)]


class TargetPropagation(Rule):
    """Each layer is given a target to reach, found by a learned inverse of the layer above (difference target prop).

    The last hidden layer's target lies `step` down the loss's gradient. Below, the target moves as the inverse g says:
    t[l−1] = h[l−1] + g(t[l]) − g(h[l]). `inverses` are linear layers with the net's activation; they learn with
    rate `inverse_lr` to undo their layer from activities with noise of standard deviation `noise`, drawn by `seed`.
    Source: Lee, Zhang, Fischer & Bengio, "Difference Target Propagation", ECML 2015.
    """

    def __init__(
        self, net: nn.Module, *, seed: int, step: float = 1.0, inverse_lr: float = 0.05, noise: float = 0.1
    ) -> None:
        if not step > 0 or not inverse_lr > 0 or not noise >= 0:
            raise ValueError(f"expected positive step and inverse_lr, noise >= 0, got {step}, {inverse_lr}, {noise}")
        self.step, self.inverse_lr, self.noise = step, inverse_lr, noise
        self.draw = generator(seed)
        self.inverses: list[tuple[Tensor, Tensor]] = []
        for weight in chain_of(net).weights[1:-1]:
            reach = len(weight) ** -0.5
            start = (2 * torch.rand(weight.T.shape, generator=self.draw) - 1) * reach
            self.inverses.append((start, torch.zeros(weight.shape[1])))

    @torch.no_grad()
    def __call__(self, net: nn.Module, x: Tensor, y: Tensor) -> Credit:
        chain = chain_of(net)
        run = forward(chain, x)
        loss, error = losses(run.logits, y), output_error(run.logits, y)
        self._learn_inverses(chain, run)
        targets = self.targets(chain, run, error)
        hidden = zip(run.h[1:], targets, strict=True)
        # Descending ½‖h − t‖² / step makes the update of the last hidden layer the exact one, whatever the step.
        errors = [(h - target) * chain.slope(h) / self.step for h, target in hidden]
        return Credit(outer_products([*errors, error], run.h), loss.mean().item())

    def targets(self, chain: Chain, run: Pass, error: Tensor) -> list[Tensor]:
        """The activity (B, n) that each hidden layer should have had, first layer first."""
        targets = [run.h[-1] - self.step * (error @ chain.weights[-1])]
        for (weight, bias), before, after in zip(
            reversed(self.inverses), reversed(run.h[1:-1]), reversed(run.h[2:]), strict=True
        ):
            undone = [chain.activation(value @ weight.T + bias) for value in (targets[0], after)]
            targets.insert(0, before + undone[0] - undone[1])
        return targets

    def _learn_inverses(self, chain: Chain, run: Pass) -> None:
        for (weight, bias), layer, h in zip(self.inverses, chain.layers[1:-1], run.h[1:-1], strict=True):
            shaken = h + self.noise * torch.randn(h.shape, generator=self.draw)
            after = chain.activation(layer(shaken))
            back = chain.activation(after @ weight.T + bias)
            error = (back - shaken) * chain.slope(back)
            change, shift = outer_products([error], [after])
            weight -= self.inverse_lr * change
            bias -= self.inverse_lr * shift


class NodePerturbation(Rule):
    """Every unit shakes at random; if the loss fell, each does more of what it did: one number reaches all synapses.

    The three factors are the activity before the synapse, the shake after it, and the change of loss, broadcast. The
    mean over shakes of standard deviation `noise` is the gradient, to first order; one shake is far from it. `samples`
    shakes are averaged, drawn by `seed`. Source: Werfel, Xie & Seung, "Learning Curves for Stochastic Gradient Descent
    in Linear Feedforward Networks", Neural Computation 2005; Williams (1992) for the idea.
    """

    def __init__(self, *, seed: int, noise: float = 0.01, samples: int = 1) -> None:
        if not noise > 0 or samples < 1:
            raise ValueError(f"expected positive noise and at least 1 sample, got {noise} and {samples}")
        self.noise, self.samples = noise, samples
        self.draw = generator(seed)

    def __call__(self, net: nn.Module, x: Tensor, y: Tensor) -> Credit:
        chain = chain_of(net)
        run = forward(chain, x)
        loss = losses(run.logits, y)
        errors = [torch.zeros(len(x), layer.out_features) for layer in chain.layers]
        for _ in range(self.samples):
            shakes, shaken = self._shake(chain, x, y)
            for error, shake in zip(errors, shakes, strict=True):
                error += (shaken - loss)[:, None] * shake / (self.noise**2 * self.samples)
        return Credit(outer_products(errors, run.h), loss.mean().item())

    @torch.no_grad()
    def _shake(self, chain: Chain, x: Tensor, y: Tensor) -> tuple[list[Tensor], Tensor]:
        """One shake (B, n) of every layer's output, and the loss (B,) of each example under it."""
        shakes: list[Tensor] = []
        h = x.flatten(1)
        for number, layer in enumerate(chain.layers):
            z = layer(h)
            shakes.append(self.noise * torch.randn(z.shape, generator=self.draw))
            h = z + shakes[-1] if number == len(chain.layers) - 1 else chain.activation(z + shakes[-1])
        return shakes, losses(h, y)
