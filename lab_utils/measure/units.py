"""Single units: the slope of their activation function, and which of them no gradient can reach any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lab_utils.evaluate import evaluating
from lab_utils.measure.activations import batches, named_layers

POINTWISE = (
    nn.ReLU, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish,
    nn.Sigmoid, nn.Tanh, nn.Softplus,
)  # fmt: skip


def slope(activation: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    """The derivative φ'(z), in z's shape, of a function that treats each number of z by itself.

    By automatic differentiation; at the kink of a ReLU torch takes the derivative from the left: 0.
    """
    if not z.is_floating_point():
        raise TypeError(f"expected floating-point z, got {z.dtype}")
    with torch.enable_grad():
        z = z.detach().clone().requires_grad_()
        out = activation(z)
        if out.shape != z.shape:
            raise ValueError(f"expected a result of z's shape {tuple(z.shape)}, got {tuple(out.shape)}")
        return torch.autograd.grad(out.sum(), z)[0]


def dead_units(
    model: nn.Module,
    x: Tensor,
    layers: Sequence[str] | None = None,
    *,
    below: float = 1e-6,
    batch_size: int = 1000,
) -> dict[str, Tensor]:
    """Which units of each activation layer are dead: |φ'(z)| < `below` for every one of the inputs x (N, ...).

    No gradient passes through such a unit, whatever input of x is shown, so its own incoming weights learn nothing more
    from x (in a later layer, a change below it may still wake it). For ReLU it means: never on. A layer's result is
    bool (D,), or (C,) for maps (B, C, H, W), where a channel is dead if it is so at all places. `layers` defaults to
    every activation of the kinds in `POINTWISE`.
    """
    if layers is None:
        layers = [name for name, module in model.named_modules() if isinstance(module, POINTWISE)]
    modules = named_layers(model, layers)
    if not modules:
        raise ValueError(f"expected a network with activation layers, found none in {type(model).__name__}")
    for name, module in modules.items():
        if not isinstance(module, POINTWISE):
            raise TypeError(f"expected an activation layer, got {type(module).__name__} as {name!r}")
    steepest: dict[str, Tensor] = {}
    handles = [module.register_forward_hook(_recorder(steepest, name)) for name, module in modules.items()]
    try:
        with evaluating(model), torch.no_grad():
            for batch in batches(x, batch_size):
                model(batch)
    finally:
        for handle in handles:
            handle.remove()
    return {name: steepest[name] < below for name in modules if name in steepest}


def _recorder(steepest: dict[str, Tensor], name: str) -> Any:
    """A forward hook that keeps, for each unit, the largest |φ'| seen so far."""

    def record(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        size = slope(module.forward, inputs[0]).abs()  # forward: calling the module would call this hook again
        largest = size.transpose(0, 1).flatten(start_dim=1).amax(dim=1)
        steepest[name] = torch.maximum(steepest[name], largest) if name in steepest else largest

    return record
