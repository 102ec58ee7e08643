"""The optimizers that every library has, each as the few lines of its formula; torch.optim takes the same steps.

They are for reading, and for small problems: `Recipe` trains with torch's own, which do all parameters at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import Any

import torch
from torch import Tensor


class Optimizer:
    """Walks over the parameters; a rule says in `update` what one gradient does to one of them.

    `state[i]` is what the rule remembers of parameter i. `weight_decay` adds weight_decay · w to each gradient (L2).
    Raises ValueError for settings that make no sense, and for parameters that cannot learn.
    """

    def __init__(self, params: Iterable[Tensor], *, lr: float, weight_decay: float = 0.0) -> None:
        self.params = _learnable(params)
        self.lr = _checked("lr", lr, 0.0)
        self.weight_decay = _checked("weight_decay", weight_decay, 0.0)
        self.state: list[dict[str, Any]] = [{} for _ in self.params]

    def zero_grad(self) -> None:
        """Forget the gradients: backward() adds to what is there."""
        for w in self.params:
            w.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Change every parameter that has a gradient, in place."""
        for w, state in zip(self.params, self.state, strict=True):
            if w.grad is not None:
                self.update(w, w.grad + self.weight_decay * w, state)

    def update(self, w: Tensor, g: Tensor, state: dict[str, Any]) -> None:
        """Move `w` in place by its gradient `g`."""
        raise NotImplementedError(f"expected {type(self).__name__} to have a rule of its own in `update`")


class SGD(Optimizer):
    """A step against the gradient (Robbins & Monro, 1951)."""

    def update(self, w: Tensor, g: Tensor, state: dict[str, Any]) -> None:
        w -= self.lr * g


class Momentum(Optimizer):
    """A heavy ball: the velocity sums past gradients, each counting `momentum` times less a step (Polyak, 1964)."""

    def __init__(
        self, params: Iterable[Tensor], *, lr: float, momentum: float = 0.9, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, lr=lr, weight_decay=weight_decay)
        self.momentum = _checked("momentum", momentum, 0.0, below=1.0)

    def update(self, w: Tensor, g: Tensor, state: dict[str, Any]) -> None:
        state["v"] = self.momentum * state.get("v", 0.0) + g
        w -= self.lr * state["v"]


class Nesterov(Momentum):
    """Momentum that looks ahead: the gradient counts once more (Nesterov, 1983; as in Sutskever et al., 2013)."""

    def update(self, w: Tensor, g: Tensor, state: dict[str, Any]) -> None:
        state["v"] = self.momentum * state.get("v", 0.0) + g
        w -= self.lr * (g + self.momentum * state["v"])


class AdaGrad(Optimizer):
    """Each weight's step shrinks with all the squared gradients that it has seen (Duchi et al., 2011)."""

    def __init__(self, params: Iterable[Tensor], *, lr: float, eps: float = 1e-10, weight_decay: float = 0.0) -> None:
        super().__init__(params, lr=lr, weight_decay=weight_decay)
        self.eps = _checked("eps", eps, 0.0)

    def update(self, w: Tensor, g: Tensor, state: dict[str, Any]) -> None:
        state["sum"] = state.get("sum", 0.0) + g**2
        w -= self.lr * g / (state["sum"].sqrt() + self.eps)


class RMSProp(Optimizer):
    """AdaGrad that forgets: a running mean of squared gradients in place of their sum (Tieleman & Hinton, 2012)."""

    def __init__(
        self,
        params: Iterable[Tensor],
        *,
        lr: float,
        decay: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr=lr, weight_decay=weight_decay)
        self.decay, self.eps = _checked("decay", decay, 0.0, below=1.0), _checked("eps", eps, 0.0)

    def update(self, w: Tensor, g: Tensor, state: dict[str, Any]) -> None:
        state["s"] = self.decay * state.get("s", 0.0) + (1 - self.decay) * g**2
        w -= self.lr * g / (state["s"].sqrt() + self.eps)


class Adam(Optimizer):
    """Momentum's mean over RMSProp's root, both freed of their start at zero (Kingma & Ba, 2015, algorithm 1)."""

    def __init__(
        self,
        params: Iterable[Tensor],
        *,
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr=lr, weight_decay=weight_decay)
        self.beta1, self.beta2 = (_checked("betas", beta, 0.0, below=1.0) for beta in betas)
        self.eps = _checked("eps", eps, 0.0)

    def update(self, w: Tensor, g: Tensor, state: dict[str, Any]) -> None:
        t = state["t"] = state.get("t", 0) + 1
        state["m"] = self.beta1 * state.get("m", 0.0) + (1 - self.beta1) * g
        state["s"] = self.beta2 * state.get("s", 0.0) + (1 - self.beta2) * g**2
        mean = state["m"] / (1 - self.beta1**t)
        mean_square = state["s"] / (1 - self.beta2**t)
        w -= self.lr * mean / (mean_square.sqrt() + self.eps)


class AdamW(Adam):
    """Adam whose weight decay shrinks the weight itself, past the root (Loshchilov & Hutter, 2019, algorithm 2)."""

    def __init__(
        self,
        params: Iterable[Tensor],
        *,
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps)
        self.decoupled_decay = _checked("weight_decay", weight_decay, 0.0)

    def update(self, w: Tensor, g: Tensor, state: dict[str, Any]) -> None:
        w *= 1 - self.lr * self.decoupled_decay
        super().update(w, g, state)


BY_NAME: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adagrad": AdaGrad,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
}


def _learnable(params: Iterable[Tensor]) -> list[Tensor]:
    """The parameters as a list, each a leaf that collects gradients, none twice."""
    if isinstance(params, Tensor):
        raise TypeError("expected a list of parameters, got one tensor; write [w]")
    found = list(params)
    if not found:
        raise ValueError("expected at least one parameter, got none; model.parameters() can be walked only once")
    for w in found:
        if not (isinstance(w, Tensor) and w.is_leaf and w.requires_grad):
            what = f"a tensor of shape {tuple(w.shape)}" if isinstance(w, Tensor) else type(w).__name__
            raise ValueError(f"expected leaf tensors with requires_grad=True, got {what} that no gradient reaches")
    if len({id(w) for w in found}) < len(found):
        raise ValueError(f"expected {len(found)} different parameters, got one of them twice")
    return found


def _checked(name: str, value: Any, smallest: float, *, below: float = math.inf) -> float:
    if not isinstance(value, Real) or isinstance(value, bool) or not smallest <= float(value) < below:
        rest = "" if below == math.inf else f" and below {below}"
        raise ValueError(f"expected {name} to be a finite number of at least {smallest}{rest}, got {value!r}")
    return float(value)
