"""Small patches of natural photographs, whitened as the eye roughly does it: what sparse coding learns from."""

from __future__ import annotations

import torch
from torch import Tensor

from lab_utils.core import generator
from lab_utils.data.photos import PHOTOS, photo

LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue (ITU-R BT.601)
CUTOFF = 0.4  # cycles per pixel: 0.8 of the finest grating that pixels can hold
BORDER = 8  # the Fourier transform takes the photo for periodic, which spoils its edges


def whitened_photo(name: str, *, height: int = 427) -> Tensor:
    """The photo "china" or "flower" in grey, its frequencies made about equally strong: (1, 1, height − 16, W − 16).

    The filter is |f| · exp(−(f / f₀)⁴) with f₀ = 0.4 cycles a pixel: the amplitudes of natural images fall as 1/|f|,
    and the exponential keeps out the noise of the finest detail. Mean 0, standard deviation 1. Source: Olshausen &
    Field, "Sparse coding with an overcomplete basis set: a strategy employed by V1?", Vision Research 1997, section 4.
    """
    if height < 4 * BORDER:
        raise ValueError(f"expected a height of at least {4 * BORDER} pixels, got {height}")
    image = _grey(name, height).double()
    rows, columns = (torch.fft.fftfreq(n, dtype=torch.float64) for n in image.shape)
    frequency = torch.hypot(rows[:, None], columns[None, :])  # cycles per pixel
    whitened = torch.fft.ifft2(torch.fft.fft2(image) * frequency * torch.exp(-((frequency / CUTOFF) ** 4))).real
    inner = whitened[BORDER:-BORDER, BORDER:-BORDER]
    return ((inner - inner.mean()) / inner.std())[None, None].float()


def photo_patches(count: int, *, size: int = 12, seed: int = 0, whiten: bool = True) -> Tensor:
    """`count` random square patches of both photos, rows (count, size²): each of mean 0, all together of variance 1.

    `whiten=False` takes them from the grey photos as they are. Patches may overlap: the two photos hold half a million
    places, but only some 3,700 patches of 12×12 side by side.
    """
    smallest = 427 - 2 * BORDER
    if count < 1 or not 2 <= size <= smallest:
        raise ValueError(f"expected a positive count and a size from 2 to {smallest}, got {count} and {size}")
    draw = generator(seed)
    parts = []
    for number, name in enumerate(PHOTOS):
        image = whitened_photo(name)[0, 0] if whiten else _grey(name, 427)
        share = count // len(PHOTOS) + (number < count % len(PHOTOS))
        tops = torch.randint(image.shape[0] - size + 1, (share,), generator=draw)
        lefts = torch.randint(image.shape[1] - size + 1, (share,), generator=draw)
        parts.append(_cut(image, tops, lefts, size))
    patches = torch.cat(parts)[torch.randperm(count, generator=draw)]
    patches = patches - patches.mean(dim=1, keepdim=True)
    return patches / patches.pow(2).mean().sqrt()


def _grey(name: str, height: int) -> Tensor:
    """Brightness (H, W) of a photo in [0, 1]."""
    return torch.einsum("chw,c->hw", photo(name, height=height)[0], torch.tensor(LUMINANCE))


def _cut(image: Tensor, tops: Tensor, lefts: Tensor, size: int) -> Tensor:
    """Square patches of an image (H, W), one a row: (N, size²)."""
    step = torch.arange(size)
    rows = (tops[:, None] + step)[:, :, None]  # (N, size, 1)
    columns = (lefts[:, None] + step)[:, None, :]  # (N, 1, size)
    return image[rows, columns].flatten(1)
