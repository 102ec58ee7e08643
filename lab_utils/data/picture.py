"""A reader's own picture, made to look like the pictures that a network was trained on; every step can be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

BACKGROUND = 0.15  # brightness below which a pixel of a dark-background picture counts as background


@dataclass(frozen=True)
class PreparedPicture:
    """One picture after each step, all values in [0, 1].

    `gray` and `dark` (on a dark ground) are (H, W), `cropped` is smaller, `x` is (1, 1, 28, 28): ready for a network.
    """

    gray: np.ndarray
    dark: np.ndarray
    cropped: np.ndarray
    x: torch.Tensor


def prepare_picture(picture: Image.Image | Path | str, *, size: int = 28) -> PreparedPicture:
    """Turn a photo or drawing of one garment into what Fashion-MNIST's pictures are.

    Grey; bright on black (inverted if its border is bright, and stretched to the full range); cut to what is not
    background; scaled so that the longer side is `size` pixels and centred, as Xiao et al. (2017, section 2) did.
    Raises ValueError for a file that is no picture and for a picture without anything on it.
    """
    gray = _gray(picture)
    dark = 1 - gray if _border(gray) > 0.5 else gray
    dark = dark - _border(dark)
    if dark.max() < BACKGROUND:
        raise ValueError("expected a picture that stands out from its background, got an even one")
    dark = np.clip(dark / dark.max(), 0, 1)
    cropped = _crop(dark)
    return PreparedPicture(gray, dark, cropped, _centred(cropped, size))


def resize_only(picture: Image.Image | Path | str, *, size: int = 28) -> torch.Tensor:
    """What is usually tried first: grey and squeezed to `size`, no more. Shape (1, 1, size, size)."""
    small = Image.fromarray((_gray(picture) * 255).round().astype(np.uint8)).resize((size, size), Image.Resampling.BOX)
    return torch.from_numpy(np.asarray(small, np.float32) / 255)[None, None]


def _gray(picture: Image.Image | Path | str) -> np.ndarray:
    if not isinstance(picture, Image.Image):
        try:
            picture = Image.open(picture)
        except UnidentifiedImageError as error:
            raise ValueError(f"expected a picture such as a JPEG or PNG file, got {picture}") from error
    upright = ImageOps.exif_transpose(picture)
    if upright.has_transparency_data:
        upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright.convert("RGBA"))
    return np.asarray(upright.convert("L"), np.float32) / 255


def _border(gray: np.ndarray) -> float:
    """The median brightness of the outermost pixels: the background, if the garment does not fill the frame."""
    return float(np.median(np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])))


def _crop(dark: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero((dark > BACKGROUND).any(1)), np.flatnonzero((dark > BACKGROUND).any(0))
    return dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _centred(cropped: np.ndarray, size: int) -> torch.Tensor:
    height, width = cropped.shape
    scale = size / max(height, width)
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = Image.fromarray((cropped * 255).round().astype(np.uint8)).resize(target, Image.Resampling.BOX)
    frame = Image.new("L", (size, size))
    frame.paste(small, ((size - target[0]) // 2, (size - target[1]) // 2))
    return torch.from_numpy(np.asarray(frame, np.float32) / 255)[None, None]


def simulated_photo(image: torch.Tensor, place: torch.Tensor, *, paper: int = 235) -> Image.Image:
    """A photo as a phone might take it, simulated from an image (1, 28, 28) in [0, 1]: dark on a bright, wide sheet.

    `place` (2,) in [0, 1] says how far to the right and down the garment lies; `paper` is the sheet's grey level.
    """
    sheet = Image.new("L", (320, 240), paper)
    garment = Image.fromarray((paper * (1 - image[0])).round().to(torch.uint8).numpy()).resize((140, 140))
    sheet.paste(garment, (int(place[0] * 180), int(place[1] * 100)))
    return sheet
