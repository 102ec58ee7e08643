"""What each head does on text in general: how much of its attention goes where, against looking everywhere alike."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

CLEAR = 0.25  # a habit is named where it draws this much more attention than chance would
FIRST = 16  # earlier places have too few others to look at for a share to mean much


def relations(ids: Tensor, letters: Tensor) -> dict[tuple[str, str], Tensor]:
    """For each habit (tag, name), which place i (row) would look at which j (column): boolean (B, T, T).

    ``ids`` (B, T) are characters, ``letters`` (V,) says which of them are letters.
    """
    length = ids.shape[1]
    back = torch.arange(length)[:, None] - torch.arange(length)  # i - j
    word = letters[ids]
    breaks = (~word).long().cumsum(1)  # places with the same count and a letter stand in one word
    alike = ids[:, :, None] == ids[:, None, :]
    followed = torch.zeros_like(alike)
    followed[:, :, 1:] = alike[:, :, :-1]  # the character before j is the one at i
    everywhere = torch.ones_like(alike)
    return {
        ("self", "the character itself"): (back == 0) & everywhere,
        ("prev", "the character just before"): (back == 1) & everywhere,
        ("2-3", "the characters two and three back"): ((back == 2) | (back == 3)) & everywhere,
        ("4-8", "the characters four to eight back"): ((back >= 4) & (back <= 8)) & everywhere,
        ("word", "earlier letters of the same word"): (back > 0)
        & (breaks[:, :, None] == breaks[:, None, :])
        & word[:, None, :],
        ("same", "earlier places with the same character"): (back > 0) & alike,
        ("copy", "what followed the same character earlier"): (back > 0) & followed,
        ("gaps", "earlier spaces, line ends and stops"): (back > 0) & ~word[:, None, :],
    }


def head_roles(attention: Tensor, ids: Tensor, characters: str) -> list[list[dict[str, Any]]]:
    """For each layer and head its clearest habit: tag, name, share of attention, and the share by chance.

    ``attention`` is (depth, B, heads, T, T), causal, its rows adding up to one; ``ids`` (B, T), T > 16. The clearest
    habit is the one whose share lies furthest above chance; none is named below 0.25 above. Raises ``ValueError``
    for other shapes.
    """
    depth, _, heads = attention.shape[:3]
    if ids.ndim != 2 or ids.shape[1] <= FIRST or attention.shape[1:] != (len(ids), heads, *2 * ids.shape[1:]):
        raise ValueError(
            f"expected attention (depth, B, heads, T, T) for ids (B, T), T > {FIRST}, got {tuple(attention.shape)} "
            f"for {tuple(ids.shape)}"
        )
    letters = torch.tensor([character.isalpha() for character in characters])
    uniform = torch.ones(ids.shape[1], ids.shape[1]).tril()
    uniform = uniform / uniform.sum(1, keepdim=True)
    found: list[list[dict[str, Any]]] = [[{} for _ in range(heads)] for _ in range(depth)]
    best = torch.full((depth, heads), CLEAR)
    for row in found:
        for head in range(heads):
            row[head] = {"tag": "wide", "name": "", "share": 0.0, "chance": 0.0}
    for (tag, name), where in relations(ids, letters).items():
        chance = float((where * uniform)[:, FIRST:].sum(-1).mean())
        shares = (attention * where[:, None]).sum(-1)[..., FIRST:].mean(dim=(1, 3))  # (depth, heads)
        for layer, head in (shares - chance > best).nonzero().tolist():
            best[layer, head] = shares[layer, head] - chance
            found[layer][head] = {"tag": tag, "name": name, "share": float(shares[layer, head]), "chance": chance}
    return found
