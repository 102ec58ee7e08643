"""In which number format a network computes while it trains."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

from lab_utils.training.recipe import Recipe


def autocast(recipe: Recipe, place: torch.device) -> AbstractContextManager[object]:
    """Run the block in bfloat16 where the recipe allows it and the hardware computes in it, else as it is."""
    if recipe.precision == "auto" and computes_in_bfloat16(place):
        return torch.autocast(place.type, dtype=torch.bfloat16)
    return nullcontext()


def computes_in_bfloat16(place: torch.device) -> bool:
    """Whether bfloat16 arithmetic is native there: elsewhere it is emulated and slower than float32."""
    if place.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # torch has no public question for this; a version without the private one falls back to float32.
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return place.type == "cpu" and bool(supported())
