"""From logits to text: the next-character distribution, and drawing from it again and again."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lab_utils.evaluate import evaluating


def next_probabilities(logits: Tensor, *, temperature: float = 1.0, top_k: int | None = None) -> Tensor:
    """Probabilities (..., V) out of `logits` (..., V): softmax(logits / temperature), over the `top_k` highest alone.

    A temperature below 1 sharpens, above 1 flattens; at 0 the highest logit takes all. Raises ValueError for logits
    with NaN or without a finite highest one.
    """
    _expect_logits(logits)
    if not 0 <= temperature < float("inf"):
        raise ValueError(f"expected a finite temperature of at least 0, got {temperature}")
    if top_k is not None and not 1 <= top_k <= logits.shape[-1]:
        raise ValueError(f"expected top_k from 1 to {logits.shape[-1]}, or None, got {top_k}")
    if temperature < torch.finfo(logits.dtype).tiny:  # nothing so small divides
        return nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
    if top_k is not None:
        kept = logits.topk(top_k).indices  # of equal logits it keeps top_k, not more
        logits = torch.full_like(logits, -torch.inf).scatter(-1, kept, logits.gather(-1, kept))
    # The difference to the highest cannot overflow upwards, however small the temperature.
    return ((logits - logits.amax(-1, keepdim=True)) / temperature).softmax(-1)


def _expect_logits(logits: Tensor) -> None:
    if not logits.is_floating_point():
        raise TypeError(f"expected floating-point logits, got {logits.dtype}")
    if logits.ndim == 0 or logits.shape[-1] == 0:
        raise ValueError(f"expected logits (..., V), V at least 1, got {tuple(logits.shape)}")
    highest = logits.amax(-1)  # NaN where any is
    if not torch.isfinite(highest).all():
        raise ValueError(
            f"expected logits without NaN and with a finite highest one, got {highest.tolist()} as highest"
        )


@torch.no_grad()
def generate(
    model: nn.Module,
    ids: Tensor,
    count: int,
    *,
    context: int,
    generator: torch.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
) -> Tensor:
    """Go on after `ids` (B, T): draw `count` characters one by one from what `model` expects next; (B, T + count).

    The model sees the last `context` characters, however long the text grows.
    """
    if ids.ndim != 2 or ids.shape[1] == 0:
        raise ValueError(f"expected ids of shape (B, T), T at least 1, got {tuple(ids.shape)}")
    if count < 0 or context < 1:
        raise ValueError(f"expected a count of at least 0 and a context of at least 1, got {count} and {context}")
    with evaluating(model):
        for _ in range(count):
            logits = model(ids[:, -context:])[:, -1]
            chosen = next_probabilities(logits, temperature=temperature, top_k=top_k)
            ids = torch.cat([ids, torch.multinomial(chosen, 1, generator=generator)], dim=1)
    return ids
