"""Two colour photographs that scikit-learn ships, for what grey 28×28 pictures cannot show."""

from __future__ import annotations

import torch
from sklearn.datasets import load_sample_image
from torch.nn import functional as F

PHOTOS = ("china", "flower")


def photo(name: str, *, height: int = 213) -> torch.Tensor:
    """The photograph "china" (a pagoda by a lake) or "flower" (a dahlia) as one image (1, 3, height, W) in [0, 1].

    The originals are 427×640; they keep their proportions. Both are licensed CC BY; pages/credits.md names the authors.
    """
    if name not in PHOTOS:
        raise ValueError(f"expected a photo among {', '.join(PHOTOS)}, got {name!r}")
    if not 1 <= height <= 427:
        raise ValueError(f"expected a height from 1 to 427 pixels, got {height}")
    pixels = torch.from_numpy(load_sample_image(f"{name}.jpg").copy())  # (427, 640, 3) bytes
    x = pixels.permute(2, 0, 1)[None].float() / 255
    size = (height, round(height * x.shape[3] / x.shape[2]))
    return F.interpolate(x, size=size, mode="bilinear", antialias=True).clamp(0, 1)
