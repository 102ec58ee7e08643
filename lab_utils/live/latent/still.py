"""What a reader without JavaScript sees: both planes as sheets of decoded pictures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import torch

from lab_utils.web import png_source

TILES = 8


def still(networks: Sequence[Any], names: Sequence[str], views: Sequence[Sequence[float]], side: int) -> str:
    """One picture for each network: what places of its plane decode to, rows from the top of the view."""
    pictures = []
    for net, name, (left, right, bottom, top) in zip(networks, names, views, strict=True):
        across = left + (torch.arange(TILES) + 0.5) / TILES * (right - left)
        up = top - (torch.arange(TILES) + 0.5) / TILES * (top - bottom)
        codes = torch.stack([across.repeat(TILES), up.repeat_interleave(TILES)], dim=1)
        with torch.no_grad():
            tiles = net.decode(codes).view(TILES, TILES, side, side)
        brightness = tiles.permute(0, 2, 1, 3).reshape(TILES * side, TILES * side)
        sheet = (brightness * 255).round().to(torch.uint8).numpy()
        words = f"{TILES} by {TILES} places of the plane of the {name}, decoded"
        pictures.append(
            f'<img alt="{escape(words)}" width="{TILES * side}" src="{png_source(sheet)}"><p>{escape(words)}.</p>'
        )
    return "".join(pictures)
