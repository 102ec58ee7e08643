"""Writes latent.json, PyTorch's answers to what latent.test.js repeats: python -m tests.js.latent_reference"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lab_utils.core import seeded
from lab_utils.live import export_layers
from tests.js.reference import numbers, plain

TARGET = Path(__file__).parent / "latent.json"
SIDE, CLASSES = 4, ("coat", "bag", "boot")


def decoder(seed: int) -> nn.Sequential:
    """A small decoder of pictures of 4 × 4."""
    with seeded(seed):
        return nn.Sequential(nn.Flatten(), nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, SIDE * SIDE))


def plane(name: str, seed: int, codes: Tensor) -> dict[str, Any]:
    """One network as the page gets it."""
    layers = [plain(layer) for layer in export_layers(decoder(seed))]
    return {"name": name, "layers": layers, "codes": numbers(codes), "view": [-4.0, 4.0, -2.0, 2.0]}


def reference() -> dict[str, Any]:
    """The figure's data, and decoded pictures of ten codes in each plane."""
    with seeded(0), torch.no_grad():
        labels = torch.arange(12) % 3
        codes = [torch.randn(12, 2), torch.randn(12, 2)]
        picks = [0, 3, 1, 4, 2, 5]
        pictures = torch.randint(0, 256, (len(picks), 1, SIDE, SIDE))
        asked = torch.randn(10, 2)
        data = {
            "classes": CLASSES,
            "labels": numbers(labels),
            "planes": [plane(name, seed, codes[seed]) for seed, name in enumerate(("one", "other"))],
            "picks": picks,
            "pictures": numbers(pictures),
            "side": SIDE,
            "start": [0, 4],
        }
        answers = [numbers(decoder(seed)(asked).sigmoid()) for seed in (0, 1)]
        scale = torch.tensor([0.5, 1])  # a view twice as wide as high: distances count as they are seen
        nearest = [int(torch.cdist(asked[:1] * scale, each * scale).argmin()) for each in codes]
        return {"data": data, "asked": numbers(asked), "answers": answers, "nearest": nearest}


if __name__ == "__main__":
    TARGET.write_text(json.dumps(reference(), separators=(",", ":")) + "\n", encoding="utf-8")
