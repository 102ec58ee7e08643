"""Type a text and a small GPT answers in the page: where each head looks, what comes next, what a head is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lab_utils.evaluate import evaluating
from lab_utils.live.gpt.export import export_gpt
from lab_utils.live.gpt.roles import head_roles
from lab_utils.web import LiveFigure, png_source

HERE = Path(__file__).parent
LAST_OF_ONE_UNIT = 0xFFFF  # beyond it, JavaScript takes a character for two
TEXT = "Alice began to wonder wh"
PROMPTS: Mapping[str, str] = {
    "Alice": TEXT,
    "a play": "HAMLET:\nMy lord, I ",
    "blank verse": "Of Man's first disobedience, and the ",
    "nonsense, twice": "qzvkpj wxgmfb ydhtcn qzvkpj wxgmfb yd",
}
CAPTION = (
    "The book's own GPT runs in this page. Type, and see from any character where each head of each layer looks, how "
    "surprising each character was, and what may come next; draw from it with temperature and top-k; switch heads off "
    "and compare."
)


def gpt(
    model: nn.Module,
    characters: str,
    *,
    text: str = TEXT,
    prompts: Mapping[str, str] = PROMPTS,
    sample: Tensor | None = None,
    head: tuple[int, int] | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    seed: int = 0,
    caption: str = CAPTION,
) -> LiveFigure:
    """A live figure in which ``model``, a ``lab_utils.models.GPT``, reads and continues what the reader types.

    ``characters`` are the V characters in the order of their ids; ``text`` stands there first; ``prompts`` are other
    starts, by their labels; ``sample`` (B, T) are ids of text that the model was not trained on, from which each
    head's habit is measured (``head_roles``). ``head`` (layer, head), from 0, is on view first, else the one of the
    clearest habit; ``temperature`` is 0 to 2, ``top_k`` 1 to V; ``seed`` fixes what is drawn. Raises ``ValueError``
    for what does not fit, and what ``export_gpt`` raises.
    """
    network = export_gpt(model)
    _check(network, characters, (text, *prompts.values()), head, temperature, top_k)
    roles = None if sample is None else _roles(model, sample, characters)
    return LiveFigure(
        module=HERE / "gpt.js",
        data={
            "network": network,
            "characters": characters,
            "text": text,
            "prompts": [{"label": label, "text": start} for label, start in prompts.items()],
            "roles": roles,
            **{"seed": seed, "temperature": float(temperature), "top_k": top_k or len(characters)},
            "head": list(head or _clearest(roles)),
        },
        label="The book's own GPT: type, and see where it looks",
        caption=caption,
        fallback=_still(model, text, characters),
        css=(HERE / "gpt.css",),
    )


def _check(
    network: dict[str, Any],
    characters: str,
    texts: Sequence[str],
    head: tuple[int, int] | None,
    temperature: float,
    top_k: int | None,
) -> None:
    """Raise ValueError for a setting that this network cannot have."""
    vocabulary, depth, heads = network["token"].shape[0], len(network["blocks"]), network["heads"]
    if len(characters) != vocabulary or len(set(characters)) != vocabulary:
        raise ValueError(f"expected {vocabulary} different characters, one for each id, got {characters!r}")
    if wide := [character for character in characters if ord(character) > LAST_OF_ONE_UNIT]:
        raise ValueError(f"expected characters of 16 bits, got {wide[0]!r}")
    for text in texts:
        if not text or set(text) - set(characters):
            raise ValueError(f"expected text of characters that the model knows, got {text!r}")
    if head is not None and not (len(head) == 2 and 0 <= head[0] < depth and 0 <= head[1] < heads):
        raise ValueError(f"expected head below ({depth}, {heads}), as (layer, head), got {head}")
    if not 0 <= temperature <= 2:
        raise ValueError(f"expected temperature from 0 to 2, got {temperature}")
    if top_k is not None and not 1 <= top_k <= vocabulary:
        raise ValueError(f"expected top_k from 1 to {vocabulary}, or None, got {top_k}")


def _roles(model: Any, sample: Tensor, characters: str) -> list[list[dict[str, Any]]]:
    """Attention on the sample, and the habits in it; ``attend`` checks the ids."""
    return head_roles(model.attend(sample), sample, characters)


def _clearest(roles: list[list[dict[str, Any]]] | None) -> tuple[int, int]:
    """The head whose habit stands out most from chance; the first where none was measured."""
    places = [(layer, head) for layer, row in enumerate(roles or []) for head in range(len(row))]
    return max(places, key=lambda at: _margin(roles[at[0]][at[1]]), default=(0, 0))  # type: ignore[index]


def _margin(role: dict[str, Any]) -> float:
    return role["share"] - role["chance"]


def _still(model: Any, text: str, characters: str) -> str:
    """For readers without JavaScript: all attention maps as one picture, and the likeliest next characters."""
    ids = torch.tensor([[characters.index(character) for character in text[-model.context :]]])
    with evaluating(model), torch.no_grad():
        p = model(ids)[0, -1].softmax(0)
        maps = model.attend(ids)[:, 0]  # (depth, heads, T, T)
    names = {" ": "space", "\n": "line end"}
    likeliest = p.topk(min(6, len(p)))
    rows = "".join(
        f"<tr><td>{escape(names.get(characters[i], characters[i]))}</td><td>{100 * share:.1f} %</td></tr>"
        for share, i in zip(likeliest.values.tolist(), likeliest.indices.tolist(), strict=True)
    )
    return (
        f'<img class="lab-gpt-still" src="{_mosaic(maps)}" alt="Attention maps of all heads, '
        f'a row of maps for each layer, on the text {escape(repr(text))}"><table><caption>What comes after '
        f"{escape(repr(text))}</caption><thead><tr><th>character</th><th>probability</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _mosaic(maps: Tensor) -> str:
    """The maps (depth, heads, T, T) side by side as a PNG: the darker, the more is looked."""
    depth, heads, length = maps.shape[:3]
    scale, gap = max(1, 96 // length), 4
    side = length * scale + gap
    sheet = np.full((depth * side - gap, heads * side - gap), 255, dtype=np.uint8)
    for layer in range(depth):
        for head in range(heads):
            grey = 235 - 235 * maps[layer, head].clamp(0, 1).sqrt().numpy()
            tile = np.kron(np.rint(grey).astype(np.uint8), np.ones((scale, scale), dtype=np.uint8))
            top, left = layer * side, head * side
            sheet[top : top + side - gap, left : left + side - gap] = tile
    return png_source(sheet)
