"""Fashion-MNIST (Xiao, Rasul & Vollgraf, 2017): 70,000 grey pictures of garments, 28×28, in ten classes."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from pathlib import Path

import numpy as np
import torch

from lab_utils.core import DataError, data_path
from lab_utils.data.split import ImageData, Split, hold_out

FASHION_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

# SHA-256 of the *uncompressed* content: recompressing a file changes its bytes, not its images.
CHECKSUMS = {
    "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
}
RESTORE = "restore it with `git checkout -- data/fashion-mnist`, or install the package again"


def fashion_mnist(*, validation: float = 0.1, seed: int = 0, folder: Path | None = None) -> ImageData:
    """The complete set in memory: 60,000 training images, a seeded share kept for validation, and 10,000 test images.

    `validation` is the share of the training images to keep back (0 keeps none); `seed` decides which. `folder` reads
    the four files from elsewhere. Raises DataError naming the file if one is missing, truncated or altered.
    """
    folder = folder if folder is not None else data_path("fashion-mnist")
    train, kept = hold_out(_read_split(folder, "train"), share=validation, seed=seed)
    return ImageData(train, kept, _read_split(folder, "t10k"), FASHION_CLASSES)


def _read_split(folder: Path, prefix: str) -> Split:
    images = _read_idx(folder / f"{prefix}-images-idx3-ubyte.gz")
    labels = _read_idx(folder / f"{prefix}-labels-idx1-ubyte.gz")
    x = torch.from_numpy(images).to(torch.float32).div_(255).unsqueeze(1)  # (N, 28, 28) bytes -> (N, 1, 28, 28)
    return Split(x, torch.from_numpy(labels).to(torch.int64))


def _read_idx(path: Path) -> np.ndarray:
    """One gzipped IDX file as bytes in its own shape, once its content is known to be the original."""
    if not path.exists():
        raise DataError(f"{path} is missing; {RESTORE}")
    try:
        content = gzip.decompress(path.read_bytes())
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is not a whole gzip file ({error}); {RESTORE}") from error
    found, expected = hashlib.sha256(content).hexdigest(), CHECKSUMS[path.name]
    if found != expected:
        raise DataError(f"{path} has been altered: expected content with SHA-256 {expected}, got {found}; {RESTORE}")
    dimensions = content[3]  # IDX header: two zero bytes, a type code, the number of dimensions, each size big-endian
    shape = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape).copy()
