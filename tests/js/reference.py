"""Writes reference.json, PyTorch's answers to what the JavaScript tests repeat: python -m tests.js.reference"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lab_utils.core import seeded
from lab_utils.live import export_layers

TARGET = Path(__file__).parent / "reference.json"


def numbers(tensor: Tensor) -> dict[str, Any]:
    """A tensor as JSON: shape and values to seven digits, which is what float32 holds."""
    return {"shape": list(tensor.shape), "data": [float(f"{v:.7g}") for v in tensor.detach().flatten().tolist()]}


def plain(layer: dict[str, Any]) -> dict[str, Any]:
    """An exported layer with its arrays as JSON."""
    return {k: numbers(torch.from_numpy(v)) if hasattr(v, "dtype") else v for k, v in layer.items()}


def small_networks() -> dict[str, nn.Sequential]:
    """One short network per kind of layer and setting; the last ones join many."""
    norm = nn.BatchNorm2d(3)
    norm.running_mean.uniform_(-1, 1)
    norm.running_var.uniform_(0.2, 2)
    nn.init.uniform_(norm.weight, 0.5, 2)
    nn.init.uniform_(norm.bias, -1, 1)
    return {
        "plain": nn.Sequential(nn.Conv2d(3, 5, 3)),
        "stride, padding, dilation": nn.Sequential(nn.Conv2d(3, 9, 3, stride=2, padding=2, dilation=2, bias=False)),
        "unequal sides": nn.Sequential(nn.Conv2d(3, 4, (3, 2), stride=(2, 1), padding=(0, 1), dilation=(1, 2))),
        "groups": nn.Sequential(nn.Conv2d(3, 6, 3, padding=1, groups=3)),
        "many outputs": nn.Sequential(nn.Conv2d(3, 20, 2)),
        "same": nn.Sequential(nn.Conv2d(3, 4, 5, padding="same")),
        "transposed": nn.Sequential(nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1)),
        "transposed, dilated groups": nn.Sequential(nn.ConvTranspose2d(3, 6, 2, stride=3, dilation=2, groups=3)),
        "batch norm, relu": nn.Sequential(norm, nn.ReLU()),
        "max pool": nn.Sequential(nn.MaxPool2d(3, stride=2, padding=1)),
        "dilated max pool": nn.Sequential(nn.MaxPool2d(2, stride=1, dilation=2)),
        "average pool": nn.Sequential(nn.AvgPool2d(3, stride=2, padding=1)),
        "average pool without padding": nn.Sequential(nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)),
        "global pool": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 4)),
        "flatten order": nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 7), nn.ReLU()),
    }


def network_cases() -> list[dict[str, Any]]:
    """Input, exported layers and output of each small network."""
    cases = []
    with seeded(0), torch.no_grad():
        for name, model in small_networks().items():
            x = torch.randn(1, 3, 8, 8)
            x[x.abs() < 0.4] = 0  # zeros take their own path in nn.js
            layers = [plain(layer) for layer in export_layers(model)]
            y = model.eval()(x)[0]
            cases.append({"name": name, "input": numbers(x[0]), "layers": layers, "output": numbers(y)})
    return cases


def layer_norm_case() -> dict[str, Any]:
    """A layer norm over twelve numbers, with its own factor and shift."""
    with seeded(1), torch.no_grad():
        norm = nn.LayerNorm(12)
        nn.init.uniform_(norm.weight, 0.5, 2)
        nn.init.uniform_(norm.bias, -1, 1)
        x = torch.randn(12)
        return {
            "scale": numbers(norm.weight),
            "shift": numbers(norm.bias),
            "eps": norm.eps,
            "input": numbers(x),
            "output": numbers(norm(x)),
        }


def arithmetic_row(setting: tuple[int, ...]) -> list[Any]:
    """The setting, then PyTorch's output size and a checksum of the sums; null where PyTorch refuses."""
    size, kernel, stride, padding, dilation, transposed, extra = setting
    x = torch.tensor([(7 * i) % 10 for i in range(size * size)], dtype=torch.float64).view(1, 1, size, size)
    w = torch.tensor([(3 * i) % 5 - 2 for i in range(kernel * kernel)], dtype=torch.float64).view(1, 1, kernel, kernel)
    try:
        if transposed:
            y = nn.functional.conv_transpose2d(x, w, None, stride, padding, extra, 1, dilation)
        else:
            y = nn.functional.conv2d(x, w, None, stride, padding, dilation)
    except RuntimeError:
        return [*setting, None, None]
    weights = torch.arange(y.numel(), dtype=torch.float64) % 97 + 1
    return [*setting, y.shape[-1], int((y.flatten() * weights).sum().round())]


def arithmetic_rows() -> list[list[Any]]:
    """Every setting of a grid that holds each slider's ends and middle."""
    plain_grid = itertools.product((1, 4, 7, 10), (1, 2, 3, 5), (1, 2, 4), (0, 1, 4), (1, 2, 3), (0,), (0,))
    other_grid = itertools.product((1, 4, 7), (1, 2, 3, 5), (1, 2, 4), (0, 1, 4), (1, 2), (1,), (0, 1, 3))
    allowed = (s for s in other_grid if s[6] < max(s[2], s[4]))
    return [arithmetic_row(s) for s in itertools.chain(plain_grid, allowed)]


def reference() -> dict[str, Any]:
    """All cases."""
    return {"networks": network_cases(), "layer_norm": layer_norm_case(), "arithmetic": arithmetic_rows()}


if __name__ == "__main__":
    TARGET.write_text(json.dumps(reference(), separators=(",", ":")) + "\n", encoding="utf-8")
