"""Random changes to a batch of images that leave its labels true. Each draws from the generator it is given."""

from __future__ import annotations

import math
from functools import partial
from typing import Any, Protocol

import torch
from torch.nn import functional as F

from lab_utils.core import expect_images


class _Augmentation(Protocol):
    def __call__(self, x: torch.Tensor, generator: torch.Generator) -> torch.Tensor: ...


def flip(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Mirror each image (B, C, H, W) left to right with probability one half."""
    expect_images(x)
    chosen = torch.rand(len(x), generator=generator) < 0.5
    return torch.where(chosen[:, None, None, None].to(x.device), x.flip(-1), x)


def translate(x: torch.Tensor, generator: torch.Generator, *, pixels: int = 2) -> torch.Tensor:
    """Move each image (B, C, H, W) by up to `pixels` in each direction, filling the border with zeros."""
    expect_images(x)
    B, _, H, W = x.shape
    padded = F.pad(x, (pixels, pixels, pixels, pixels))
    offsets = torch.randint(2 * pixels + 1, (2, B, 1), generator=generator)
    rows = offsets[0] + torch.arange(H)  # (B, H): which padded rows each image takes
    columns = offsets[1] + torch.arange(W)  # (B, W)
    batch = torch.arange(B)[:, None, None]
    moved = padded.permute(0, 2, 3, 1)[batch, rows[:, :, None], columns[:, None, :]]  # (B, H, W, C)
    return moved.permute(0, 3, 1, 2)


def rotate(x: torch.Tensor, generator: torch.Generator, *, degrees: float = 10.0) -> torch.Tensor:
    """Turn each image (B, C, H, W) about its middle by its own angle, drawn evenly from -degrees to +degrees."""
    expect_images(x)
    _expect_within(0, degrees, 180, "degrees")
    return turn(x, (2 * torch.rand(len(x), generator=generator) - 1) * degrees)


def turn(x: torch.Tensor, degrees: torch.Tensor) -> torch.Tensor:
    """Images (B, C, H, W) turned counter-clockwise, each by its own of `degrees` (B,); zeros come in at the corners.

    Values between pixels are interpolated linearly, so multiples of 90 degrees are `torch.rot90` up to rounding.
    """
    expect_images(x)
    if degrees.shape != (len(x),):
        raise ValueError(f"expected an angle for each of {len(x)} images, got angles of shape {tuple(degrees.shape)}")
    H, W = x.shape[2:]
    cos, sin = torch.cos(torch.deg2rad(degrees)), torch.sin(torch.deg2rad(degrees))
    nothing = torch.zeros_like(cos)
    # torch measures both axes from -1 to 1: H / W keeps angles true where the image is not square.
    rows = [torch.stack([cos, -sin * H / W, nothing], 1), torch.stack([sin * W / H, cos, nothing], 1)]
    return _resample(x, torch.stack(rows, 1), "zeros")


def crop(x: torch.Tensor, generator: torch.Generator, *, smallest: float = 0.7) -> torch.Tensor:
    """Cut a random window of the same proportions out of each image (B, C, H, W) and enlarge it to the full size.

    The window's share of the area is drawn evenly from `smallest` to 1 (Szegedy et al., 2015, section 6, who also vary
    the proportions).
    """
    expect_images(x)
    _expect_within(0, smallest, 1, "smallest", open_below=True)
    side = (smallest + (1 - smallest) * torch.rand(len(x), generator=generator)).sqrt()
    across, down = (2 * torch.rand(2, len(x), generator=generator) - 1) * (1 - side)
    nothing = torch.zeros_like(side)
    rows = [torch.stack([side, nothing, across], 1), torch.stack([nothing, side, down], 1)]
    return _resample(x, torch.stack(rows, 1), "border")


def erase(
    x: torch.Tensor,
    generator: torch.Generator,
    *,
    probability: float = 0.5,
    smallest: float = 0.02,
    largest: float = 0.3,
) -> torch.Tensor:
    """Fill a random rectangle of an image (B, C, H, W) with noise, in each image with `probability`.

    Random erasing (Zhong et al., 2020, algorithm 1): the rectangle's share of the area lies between `smallest` and
    `largest`, its height is 0.3 to 1/0.3 times its width (less where it would not fit), and each pixel in it is drawn
    evenly from 0 to 1.
    """
    expect_images(x)
    _expect_within(0, probability, 1, "probability")
    _expect_within(0, smallest, largest, "smallest")
    _expect_within(smallest, largest, 1, "largest")
    B, _, H, W = x.shape
    chosen, share, shape, down, across = torch.rand(5, B, generator=generator)
    area = (smallest + (largest - smallest) * share) * H * W
    proportion = torch.exp((2 * shape - 1) * math.log(1 / 0.3))  # height / width, as often above 1 as below
    height = (area * proportion).sqrt().round().clamp(max=H)
    width = (area / proportion).sqrt().round().clamp(max=W)
    mask = rectangles((H, W), (down * (H - height + 1)).floor(), (across * (W - width + 1)).floor(), height, width)
    mask &= (chosen < probability)[:, None, None, None]
    noise = torch.rand(x.shape, generator=generator, dtype=x.dtype)
    return torch.where(mask.to(x.device), noise.to(x.device), x)


def rectangles(
    size: tuple[int, int], top: torch.Tensor, left: torch.Tensor, height: torch.Tensor, width: torch.Tensor
) -> torch.Tensor:
    """Masks (B, 1, H, W) that are true inside one rectangle each; what reaches past the image of `size` is cut off."""
    rows, columns = torch.arange(size[0]), torch.arange(size[1])
    down = (rows >= top[:, None]) & (rows < (top + height)[:, None])  # (B, H)
    across = (columns >= left[:, None]) & (columns < (left + width)[:, None])  # (B, W)
    return (down[:, :, None] & across[:, None, :])[:, None]


def colour_jitter(
    x: torch.Tensor,
    generator: torch.Generator,
    *,
    brightness: float = 0.4,
    contrast: float = 0.4,
    saturation: float = 0.4,
    hue: float = 0.1,
) -> torch.Tensor:
    """Photos (B, 3, H, W) in [0, 1] under other light: each with its own brightness, contrast, saturation and hue.

    The first three are multiplied by a factor from 1 - setting to 1 + setting; the hue is turned by up to `hue` of the
    colour circle. torchvision's functions do the work, in this order.
    """
    from torchvision.transforms.v2 import functional  # slow to import, and only photos need it

    expect_images(x, channels=3)
    for name, value, most in (("brightness", brightness, 1), ("contrast", contrast, 1), ("saturation", saturation, 1)):
        _expect_within(0, value, most, name)
    _expect_within(0, hue, 0.5, "hue")
    reach = torch.tensor([brightness, contrast, saturation, hue])
    draws = (2 * torch.rand(len(x), 4, generator=generator) - 1) * reach
    photos = []
    for photo, draw in zip(x, draws.tolist(), strict=True):  # torchvision takes one factor for a whole batch
        photo = functional.adjust_brightness(photo, 1 + draw[0])
        photo = functional.adjust_contrast(photo, 1 + draw[1])
        photo = functional.adjust_saturation(photo, 1 + draw[2])
        photos.append(functional.adjust_hue(photo, draw[3]))
    return torch.stack(photos)


def compose(*augmentations: _Augmentation) -> _Augmentation:
    """Apply several augmentations one after the other."""

    def applied(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        for augmentation in augmentations:
            x = augmentation(x, generator)
        return x

    applied.__name__ = f"compose({', '.join(name_of(each) for each in augmentations)})"
    return applied


def name_of(augmentation: Any) -> str:
    """What tells an augmentation from others in every process: "flip", or "translate(pixels=3)" of a partial one."""
    if isinstance(augmentation, partial):
        settings = [
            *map(repr, augmentation.args),
            *(f"{key}={value!r}" for key, value in augmentation.keywords.items()),
        ]
        return f"{name_of(augmentation.func)}({', '.join(settings)})"
    return getattr(augmentation, "__name__", type(augmentation).__name__)


def _resample(x: torch.Tensor, matrices: torch.Tensor, outside: str) -> torch.Tensor:
    """Images read off at the places that an affine map (B, 2, 3) sends their pixels to.

    The places are those of `F.affine_grid`, which takes four times as long on a CPU.
    """
    matrices = matrices.to(x)[:, None, None]  # (B, 1, 1, 2, 3)
    H, W = x.shape[2:]
    down, across = ((2 * torch.arange(n).to(x) + 1) / n - 1 for n in (H, W))  # pixel middles, from -1 to 1
    places = matrices[..., 0] * across[:, None] + matrices[..., 1] * down[:, None, None] + matrices[..., 2]
    return F.grid_sample(x, places, padding_mode=outside, align_corners=False)  # places (B, H, W, 2)


def _expect_within(low: float, value: float, high: float, name: str, *, open_below: bool = False) -> None:
    if not (low < value if open_below else low <= value) or not value <= high:
        bounds = f"above {low} and up to {high}" if open_below else f"from {low} to {high}"
        raise ValueError(f"expected {name} {bounds}, got {value}")
