"""What a network costs: parameters and multiply-adds, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lab_utils.evaluate import evaluating
from lab_utils.measure.activations import leaf_layers, named_layers

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
NORMS = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm, nn.RMSNorm)


@dataclass(frozen=True)
class LayerRow:
    """One line of a network's bill. `output_shape` leaves the batch axis out; `multiply_adds` are for one example."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def parameter_count(model: nn.Module, *, trainable: bool = False) -> int:
    """How many numbers `model` learns; shared ones count once. `trainable=True` leaves frozen ones out."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad or not trainable)


def layer_table(model: nn.Module, input_shape: Sequence[int]) -> list[LayerRow]:
    """One row per leaf layer, in the order in which a forward pass calls them.

    `input_shape` is that of one example, (C, H, W) for images. A multiply-add is one product with a weight and its
    addition. A convolution makes C_in / groups · k_h · k_w for each output number, a transposed one C_out / groups ·
    k_h · k_w for each input number, a dense layer D_in for each output number, a normalisation one (scale and shift)
    for each output number. Bias, activations, pooling and additions of maps count zero. A layer that is called twice
    has two rows, and its parameters stand in the first. Raises ValueError for a layer with weights but no such rule.
    """
    rows: list[LayerRow] = []
    charged: set[int] = set()

    def record(name: str) -> Any:
        def hook(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            fresh = [p for p in module.parameters() if id(p) not in charged]
            charged.update(id(p) for p in fresh)
            work = _multiply_adds(name, module, inputs[0], output)
            shape = tuple(output.shape[1:])
            rows.append(LayerRow(name, type(module).__name__, shape, sum(p.numel() for p in fresh), work))

        return hook

    leaves = named_layers(model, leaf_layers(model))
    handles = [module.register_forward_hook(record(name)) for name, module in leaves.items()]
    try:
        with evaluating(model), torch.no_grad():
            model(_one_example(model, input_shape))
    finally:
        for handle in handles:
            handle.remove()
    return rows


def multiply_adds(model: nn.Module, input_shape: Sequence[int]) -> int:
    """Multiply-adds of one forward pass of one example of `input_shape`, counted as in `layer_table`."""
    return sum(row.multiply_adds for row in layer_table(model, input_shape))


def output_shape(model: nn.Module, input_shape: Sequence[int]) -> tuple[int, ...]:
    """Shape of what `model` makes of one example of `input_shape`, both without the batch axis."""
    with evaluating(model), torch.no_grad():
        return tuple(model(_one_example(model, input_shape)).shape[1:])


def _one_example(model: nn.Module, input_shape: Sequence[int]) -> Tensor:
    like = next(model.parameters(), torch.empty(0))
    return torch.zeros(1, *input_shape, device=like.device, dtype=like.dtype)


def _multiply_adds(name: str, module: nn.Module, x: Tensor, output: Any) -> int:
    if isinstance(module, CONVOLUTIONS):
        return output.numel() * module.in_channels // module.groups * math.prod(module.kernel_size)
    if isinstance(module, TRANSPOSED):
        return x.numel() * module.out_channels // module.groups * math.prod(module.kernel_size)
    if isinstance(module, nn.Linear):
        return output.numel() * module.in_features
    if isinstance(module, NORMS):
        return output.numel()
    if isinstance(module, nn.PReLU) or not any(True for _ in module.parameters()):
        return 0
    raise ValueError(
        f"expected convolutions, dense layers and norms to hold the weights, got {type(module).__name__} "
        f"at {name!r}, for which no rule of multiply-adds is known"
    )
