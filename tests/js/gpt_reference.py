"""Writes gpt_reference.json, torch's answers to what gpt.test.js repeats: python -m tests.js.gpt_reference"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lab_utils.live.gpt.export import export_gpt
from lab_utils.models import GPT, next_probabilities

TARGET = Path(__file__).parent / "gpt_reference.json"
VOCABULARY, CONTEXT, WIDTH, DEPTH, HEADS = 7, 12, 8, 2, 2
VARIANTS: dict[str, dict[str, Any]] = {
    "none": {"positions": "none"},
    "sinusoidal": {"positions": "sinusoidal"},
    "learned": {"positions": "learned"},
    "rotary": {"positions": "rotary"},
    "attention only": {"positions": "rotary", "expand": 0},
    "no residuals": {"positions": "learned", "residual": False},
}


def numbers(values: Tensor | np.ndarray) -> dict[str, Any]:
    """Shape and values to eight digits, which is what float32 holds."""
    array = np.asarray(values, dtype=np.float64)
    return {"shape": list(array.shape), "data": [float(f"{v:.8g}") for v in array.ravel()]}


def plain(value: Any) -> Any:
    """Exported weights as JSON."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return numbers(value) if isinstance(value, np.ndarray) else value


def shaken(model: nn.Module, seed: int) -> nn.Module:
    """The model with every weight, bias and norm at random and large enough to matter."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(0.5 * torch.randn(weight.shape, generator=generator) + (0.8 if weight.ndim == 1 else 0))
    return model.eval()


def case(name: str, seed: int) -> dict[str, Any]:
    """One network with its logits and attention, all heads on, and its logits with two heads off."""
    model: Any = shaken(GPT(VOCABULARY, CONTEXT, WIDTH, DEPTH, HEADS, **VARIANTS[name]), seed)
    ids = torch.randint(VOCABULARY, (1, CONTEXT), generator=torch.Generator().manual_seed(seed))
    with torch.no_grad(), model.without([(0, 1), (1, 0)]):
        cut = model(ids)[0]
    with torch.no_grad():
        return {
            "name": name,
            "network": plain(export_gpt(model)),
            "ids": ids[0].tolist(),
            "logits": numbers(model(ids)[0]),
            "attention": numbers(model.attend(ids)[:, 0]),
            "off": ["0.1", "1.0"],
            "cut": numbers(cut),
        }


def draws() -> list[dict[str, Any]]:
    """Distributions over the next character, as the book's own sampling has them."""
    logits = torch.tensor([1.5, -0.3, 2.2, 0.0, 2.1, -4.0])
    cases = []
    for temperature, top_k in ((1.0, 6), (0.5, 6), (2.0, 3), (1.0, 1), (0.1, 2), (0.0, 3)):
        p = next_probabilities(logits, temperature=temperature, top_k=top_k)
        settings = {"temperature": temperature, "topK": top_k}
        cases.append({"logits": numbers(logits)["data"], **settings, "p": numbers(p)["data"]})
    return cases


def reference() -> dict[str, Any]:
    """All cases."""
    return {"networks": [case(name, seed) for seed, name in enumerate(VARIANTS)], "draws": draws()}


if __name__ == "__main__":
    TARGET.write_text(json.dumps(reference(), separators=(",", ":")) + "\n", encoding="utf-8")
