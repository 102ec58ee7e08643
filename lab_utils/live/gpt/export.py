"""A GPT's weights as a page computes with them: half precision where that loses nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

ROTARY_BASE = 10_000.0  # Su et al., "RoFormer", 2021, section 3.3.2


def export_gpt(model: nn.Module) -> dict[str, Any]:
    """The weights of a pre-norm GPT (``lab_utils.models.GPT``), for ``decoder.js``.

    Arrays are float16 where every number of them fits exactly, else float32, so that page and torch compute with the
    same weights. Raises ``TypeError`` for a module that lacks a part of a GPT, ``ValueError`` for weights that are not
    finite, rotary heads of odd size, or a read-out that is not the embedding.
    """
    wanted = ("embed", "blocks", "norm", "context", "positions")
    if missing := [name for name in wanted if not hasattr(model, name)]:
        raise TypeError(f"expected a GPT with {', '.join(wanted)}, got {type(model).__name__} without {missing[0]}")
    for name, weight in model.named_parameters():
        if not torch.isfinite(weight).all():
            raise ValueError(f"expected finite weights, got NaN or infinity in {name}")
    if getattr(model, "head", None) is not None:
        raise ValueError("expected a GPT whose embedding reads out too (tied=True), got one with a head of its own")
    blocks: Any = model.blocks
    heads = blocks[0].attention.heads
    return {
        "context": model.context,
        "heads": heads,
        "residual": blocks[0].residual,
        "token": _array(model.embed.weight),  # type: ignore[union-attr, arg-type]
        "position": _added(model),
        "rotary": _turns(model, heads) if model.positions == "rotary" else None,
        "blocks": [_block(block) for block in blocks],
        "norm": _norm(model.norm),  # type: ignore[arg-type]
    }


def _array(tensor: Tensor) -> np.ndarray:
    full = tensor.detach().cpu().float().numpy()
    with np.errstate(over="ignore"):  # too large for half precision is not equal, and stays float32
        half = full.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), full) else full


def _added(model: nn.Module) -> np.ndarray | None:
    """What is added to the embedding at each place (context, C), if anything is."""
    table: Any = {"learned": "place", "sinusoidal": "waves"}.get(str(model.positions))
    return _array(getattr(model, table)) if table else None


def _turns(model: Any, heads: int) -> dict[str, np.ndarray]:
    """Cosine and sine for each place and pair of features, (context, D/2), in torch's own precision."""
    size = model.embed.embedding_dim // heads
    if size % 2:
        raise ValueError(f"expected an even number of features a head for rotary positions, got {size}")
    frequencies = ROTARY_BASE ** (-torch.arange(0, size, 2) / size)
    angles = torch.arange(model.context)[:, None] * frequencies
    return {"cos": angles.cos().numpy(), "sin": angles.sin().numpy()}


def _linear(layer: nn.Linear) -> dict[str, Any]:
    return {"weight": _array(layer.weight), "bias": None if layer.bias is None else _array(layer.bias)}


def _norm(layer: nn.LayerNorm) -> dict[str, Any]:
    return {"scale": _array(layer.weight), "shift": _array(layer.bias), "eps": layer.eps}


def _block(block: Any) -> dict[str, Any]:
    thinks = bool(block.expand)
    return {
        "norm1": _norm(block.norm1),
        "qkv": _linear(block.attention.qkv),
        "out": _linear(block.attention.out),
        "norm2": _norm(block.norm2) if thinks else None,
        "up": _linear(block.mlp[0]) if thinks else None,
        "down": _linear(block.mlp[2]) if thinks else None,
    }
