"""What each layer answers: activations read through forward hooks, and nothing left behind in the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lab_utils.evaluate import evaluating


@contextmanager
def watching(model: nn.Module, layers: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """Evaluate `model` inside the block; each forward pass fills the yielded dict with the outputs of `layers`.

    Outputs stay attached to the graph, so gradients can be taken with respect to them. A layer that runs twice in a
    pass leaves its last output; of a tuple (recurrent and attention layers) the first tensor counts. Hooks and modes
    are undone when the block ends, also after an error.
    """
    named = named_layers(model, layers)
    seen: dict[str, Tensor] = {}
    handles = [module.register_forward_hook(_recorder(seen, name)) for name, module in named.items()]
    try:
        with evaluating(model):
            yield seen
    finally:
        for handle in handles:
            handle.remove()


def named_layers(model: nn.Module, layers: Sequence[str]) -> dict[str, nn.Module]:
    """The submodules called `layers`, in that order ("" is the model itself); an unknown name raises ValueError."""
    if isinstance(layers, str):
        raise TypeError(f"expected a sequence of layer names, got the string {layers!r}; write [{layers!r}]")
    known = dict(model.named_modules())
    for name in layers:
        if name not in known:
            exist = ", ".join(repr(other) for other in known if other)
            raise ValueError(f"expected a layer of {type(model).__name__}, one of {exist}; got {name!r}")
    return {name: known[name] for name in layers}


def output_of(seen: dict[str, Tensor], layer: str, *, maps: bool = False) -> Tensor:
    """What `watching` saw of `layer`; ValueError if it never ran, or gave no `maps` (B, C, H, W) that are wanted."""
    if layer not in seen:
        raise ValueError(f"expected a layer that the forward pass calls, got {layer!r}, which it never does")
    if maps and seen[layer].ndim != 4:
        raise ValueError(f"expected maps of shape (B, C, H, W) from {layer!r}, got {tuple(seen[layer].shape)}")
    return seen[layer]


def leaf_layers(model: nn.Module) -> list[str]:
    """Names of the submodules that contain no other module, in the order in which they were defined."""
    return [name for name, module in model.named_modules() if not any(True for _ in module.children())]


def batches(x: Tensor, batch_size: int) -> tuple[Tensor, ...]:
    """`x` cut along its first axis into pieces of at most `batch_size`; ValueError if there is nothing to cut."""
    if batch_size < 1:
        raise ValueError(f"expected a batch_size of at least 1, got {batch_size}")
    if x.ndim == 0 or len(x) == 0:
        raise ValueError(f"expected at least one example along the first axis, got shape {tuple(x.shape)}")
    return x.split(batch_size)


def activations(
    model: nn.Module, x: Tensor, layers: Sequence[str] | None = None, *, batch_size: int = 128
) -> dict[str, Tensor]:
    """Outputs of the named `layers` (default: every module without children) for the inputs `x`, without gradients.

    `x` is (B, ...) on the model's device and of its dtype; each value is (B, ...) on that device, for a convolution
    (B, C, H, W). It is a copy: an in-place ReLU after a layer does not change what is reported for the layer. Raises
    ValueError for an unknown name, listing those that exist, and for a layer whose first axis is not the batch.
    """
    names = leaf_layers(model) if layers is None else layers
    collected: dict[str, list[Tensor]] = {name: [] for name in names}
    with watching(model, names) as seen, torch.no_grad():
        for batch in batches(x, batch_size):
            seen.clear()
            model(batch)
            for name in names:
                if name in seen:  # a module may be defined and never called
                    collected[name].append(_checked(seen[name], len(batch), name))
    return {name: torch.cat(parts) for name, parts in collected.items() if parts}


def _recorder(seen: dict[str, Tensor], name: str) -> Any:
    """A forward hook that keeps the output and passes a copy on, so that in-place layers leave the record alone."""

    def record(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Any:
        if isinstance(output, Tensor):
            seen[name] = output
            return output.clone()
        if isinstance(output, tuple) and output and isinstance(output[0], Tensor):
            seen[name] = output[0]
            return (output[0].clone(), *output[1:])
        raise TypeError(f"expected layer {name!r} to return a tensor or a tuple of them, got {type(output).__name__}")

    return record


def _checked(output: Tensor, count: int, name: str) -> Tensor:
    if output.ndim == 0 or len(output) != count:
        raise ValueError(f"expected {count} examples first in the output of {name!r}, got shape {tuple(output.shape)}")
    return output
