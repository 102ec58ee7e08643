"""Stored maps: 2,000 test garments laid out in the plane by methods that take too long, or too much, for a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lab_utils.core import DataError, data_path

RESTORE = (
    "restore it with `git checkout -- data/fashion-maps.json`, install the package again, "
    "or measure it anew with `python experiments/autoencoders_maps.py`"
)


@dataclass(frozen=True)
class FashionMaps:
    """Places (N, 2) of the first N test pictures by name of the method, their labels `y`, and what made them."""

    points: Mapping[str, torch.Tensor]
    y: torch.Tensor
    settings: Mapping[str, Any]


def fashion_maps(path: Path | None = None) -> FashionMaps:
    """The stored maps "pca", "t-sne" and "umap" of the first 2,000 test pictures of Fashion-MNIST, in their order.

    `path` reads another file. Raises DataError where the file is missing or is not what it should be.
    """
    path = path if path is not None else data_path("fashion-maps.json")
    if not path.exists():
        raise DataError(f"{path} is missing; {RESTORE}")
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        points = {name: torch.tensor(places, dtype=torch.float32) for name, places in stored["points"].items()}
        y = torch.tensor(stored["y"])
        settings = stored["settings"]
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} does not hold maps ({error!r}); {RESTORE}") from error
    for name, places in points.items():
        if places.shape != (len(y), 2) or not torch.isfinite(places).all():
            raise DataError(f"{path}: expected {len(y)} finite places for {name}, got {tuple(places.shape)}; {RESTORE}")
    return FashionMaps(points, y, settings)
