"""Exports a trained network as the plain layer list that ``nn.js`` runs in the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

Layer = dict[str, Any]


def _pair(value: int | tuple[int, ...]) -> list[int]:
    return [value, value] if isinstance(value, int) else [int(v) for v in value]


def _array(tensor: Tensor | None) -> Any:
    return None if tensor is None else tensor.detach().cpu().float().numpy()


def _conv(layer: nn.Conv2d) -> Layer:
    dilation, kernel = _pair(layer.dilation), _pair(layer.kernel_size)
    if layer.padding_mode != "zeros":
        raise ValueError(f"expected padding_mode='zeros', got {layer.padding_mode!r}")
    padding = [0, 0] if layer.padding == "valid" else layer.padding
    if padding == "same":
        reach = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        if any(r % 2 for r in reach):
            raise ValueError("expected padding that is equal on both sides, got 'same' with an even kernel")
        padding = [r // 2 for r in reach]
    return {
        "kind": "conv",
        "weight": _array(layer.weight),
        "bias": _array(layer.bias),
        "stride": _pair(layer.stride),
        "padding": _pair(padding),  # type: ignore[arg-type]
        "dilation": dilation,
        "groups": layer.groups,
    }


def _conv_transpose(layer: nn.ConvTranspose2d) -> Layer:
    return _conv(layer) | {"kind": "conv_transpose", "output_padding": _pair(layer.output_padding)}  # type: ignore[arg-type]


def _batch_norm(layer: nn.BatchNorm2d) -> Layer:
    """Folds the running statistics into one factor and one shift per channel, in double precision."""
    if layer.running_mean is None or layer.running_var is None:
        raise ValueError("expected running statistics, got track_running_stats=False")
    scale = (layer.running_var.double() + layer.eps).rsqrt()
    shift = -layer.running_mean.double() * scale
    if layer.affine:
        scale, shift = scale * layer.weight.double(), shift * layer.weight.double() + layer.bias.double()
    return {"kind": "batch_norm", "scale": _array(scale), "shift": _array(shift)}


def _max_pool(layer: nn.MaxPool2d) -> Layer:
    if layer.ceil_mode:
        raise ValueError("expected ceil_mode=False, got True")
    return {
        "kind": "max_pool",
        "kernel": _pair(layer.kernel_size),
        "stride": _pair(layer.stride),
        "padding": _pair(layer.padding),
        "dilation": _pair(layer.dilation),
    }


def _avg_pool(layer: nn.AvgPool2d) -> Layer:
    if layer.ceil_mode or layer.divisor_override is not None:
        raise ValueError("expected ceil_mode=False and no divisor_override")
    return {
        "kind": "avg_pool",
        "kernel": _pair(layer.kernel_size),
        "stride": _pair(layer.stride),
        "padding": _pair(layer.padding),
        "count_include_pad": layer.count_include_pad,
    }


def _global_pool(layer: nn.AdaptiveAvgPool2d) -> Layer:
    if layer.output_size not in (1, (1, 1)):
        raise ValueError(f"expected output_size=1 (global average pooling), got {layer.output_size}")
    return {"kind": "avg_pool"}


def _flatten(layer: nn.Flatten) -> Layer:
    if layer.start_dim != 1 or layer.end_dim != -1:
        raise ValueError(f"expected Flatten(1, -1), got Flatten({layer.start_dim}, {layer.end_dim})")
    return {"kind": "flatten"}


def _linear(layer: nn.Linear) -> Layer:
    return {"kind": "linear", "weight": _array(layer.weight), "bias": _array(layer.bias)}


EXPORTERS: dict[type[nn.Module], Callable[..., Layer]] = {
    nn.Conv2d: _conv,
    nn.ConvTranspose2d: _conv_transpose,
    nn.BatchNorm2d: _batch_norm,
    nn.ReLU: lambda layer: {"kind": "relu"},
    nn.MaxPool2d: _max_pool,
    nn.AvgPool2d: _avg_pool,
    nn.AdaptiveAvgPool2d: _global_pool,
    nn.Flatten: _flatten,
    nn.Linear: _linear,
}
DROPPED = (nn.Dropout, nn.Dropout2d, nn.Identity)  # they do nothing at test time


def export_layers(model: nn.Sequential) -> list[Layer]:
    """The layers of a flat ``nn.Sequential`` as dicts with float32 weights, in order, as they act at test time.

    Raises ``TypeError`` for a model that is not sequential or for a layer that ``nn.js`` does not know, and
    ``ValueError`` for a setting that it does not support; both name the layer.
    """
    if not isinstance(model, nn.Sequential):
        raise TypeError(f"expected a flat nn.Sequential, got {type(model).__name__}")
    layers = []
    for name, layer in model.named_children():
        if isinstance(layer, DROPPED):
            continue
        export = next((f for kind, f in EXPORTERS.items() if isinstance(layer, kind)), None)
        if export is None:
            known = ", ".join(kind.__name__ for kind in (*EXPORTERS, *DROPPED))
            raise TypeError(f"layer {name} is a {type(layer).__name__}; a live figure runs only {known}")
        try:
            layers.append({"name": name, **export(layer)})
        except ValueError as error:
            raise ValueError(f"layer {name} ({type(layer).__name__}): {error}") from None
    return layers
