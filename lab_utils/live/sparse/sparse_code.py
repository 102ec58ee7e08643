"""A sparse code of natural photos, learned in the page: atoms become edges, and any patch is a sum of a few of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lab_utils.web import LiveFigure, png_source

HERE = Path(__file__).parent
CAPTION = (
    "Press Run: the atoms start as noise and learn to rebuild patches of the photos, each from as few atoms as the "
    "price λ allows. Framed atoms make up the chosen patch (blue: added, orange: subtracted). Change λ as it learns, "
    "choose other patches, and look at the photo rebuilt from its codes alone."
)
LIMITS = {"penalty": (0.1, 10.0), "seed": (0, 20)}
COUNTS = (36, 64, 100)  # of atoms
SMALLEST, LARGEST = 4, 420  # sides of a photo, in patches and in pixels
SIZES = (6, 12)  # sides of a patch


def _photo(name: str, values: ArrayLike, size: int) -> np.ndarray:
    """A whitened photo as int8 (rows, columns), 127 at its largest value."""
    image = np.asarray(values)
    image = image.reshape(image.shape[-2:]) if image.ndim > 2 and image.size == math.prod(image.shape[-2:]) else image
    if image.ndim != 2 or not all(SMALLEST * size <= side <= LARGEST for side in image.shape):
        raise ValueError(
            f"expected photo {name!r} of shape (H, W) or (1, 1, H, W), sides from {SMALLEST * size} to {LARGEST}, "
            f"got {np.asarray(values).shape}"
        )
    if image.dtype.kind != "f" or not np.isfinite(image).all() or image.min() == image.max():
        raise ValueError(f"expected photo {name!r} as finite floats that differ, got {image.dtype} or NaN or one value")
    return np.asarray((127 * image / np.abs(image).max()).round().astype(np.int8))


def _atoms(learned: ArrayLike, size: int) -> np.ndarray:
    """Atoms as int8 (K, size²), each 127 at its largest value."""
    rows = np.asarray(learned)
    if rows.ndim != 2 or rows.shape[1] != size**2 or not 4 <= len(rows) <= 144:
        raise ValueError(f"expected learned of shape (K, {size**2}), K from 4 to 144, got {rows.shape}")
    most = np.abs(rows).max(axis=1, keepdims=True)
    if rows.dtype.kind != "f" or not np.isfinite(rows).all() or (most == 0).any():
        raise ValueError(f"expected learned as finite floats, no atom zero, got {rows.dtype} or NaN or an empty atom")
    return np.asarray((127 * rows / most).round().astype(np.int8))


def _settings(penalty: float, atoms: int, size: int, seed: int) -> dict[str, Any]:
    """The start, checked."""
    for name, value in (("penalty", penalty), ("seed", seed)):
        low, high = LIMITS[name]
        kind = Real if name == "penalty" else Integral
        if not isinstance(value, kind) or isinstance(value, bool) or not low <= value <= high:
            words = "a number" if name == "penalty" else "a whole number"
            raise ValueError(f"expected {name} to be {words} from {low:g} to {high:g}, got {value!r}")
    if atoms not in COUNTS:
        raise ValueError(f"expected atoms to be one of {', '.join(map(str, COUNTS))}, got {atoms!r}")
    if not isinstance(size, Integral) or not SIZES[0] <= size <= SIZES[1]:
        raise ValueError(f"expected size to be a whole number from {SIZES[0]} to {SIZES[1]}, got {size!r}")
    return {"penalty": float(penalty), "atoms": int(atoms), "seed": int(seed), "speed": 1}


def _sheet(atoms: np.ndarray, size: int) -> str:
    """All atoms in one picture for a reader without JavaScript, as HTML."""
    across = math.ceil(math.sqrt(len(atoms)))
    down = math.ceil(len(atoms) / across)
    sheet = np.zeros((down * (size + 1) + 1, across * (size + 1) + 1), np.uint8)
    for k, atom in enumerate(atoms):
        top, left = (k // across) * (size + 1) + 1, (k % across) * (size + 1) + 1
        sheet[top : top + size, left : left + size] = (atom.reshape(size, size).astype(int) + 128).clip(0, 255)
    words = f"{len(atoms)} atoms of {size} by {size} pixels, learned from patches of natural photos"
    return (
        f'<img class="lab-sparse-still" alt="{words}: most are edges or gratings of one place, direction and width" '
        f'src="{png_source(sheet)}"><p>{words}.</p>'
    )


def sparse_code(
    photos: Mapping[str, ArrayLike],
    learned: ArrayLike | None = None,
    *,
    penalty: float = 2.5,
    atoms: int = 64,
    size: int = 10,
    seed: int = 0,
    caption: str = CAPTION,
) -> LiveFigure:
    """A live figure that learns a sparse code of whitened ``photos``, name -> (H, W) or (1, 1, H, W) floats.

    Patches of ``size``² pixels, their mean taken away, all divided by one number so that their pixels have variance 1,
    are coded by FISTA (Beck & Teboulle, 2009) with energy ½‖x − aD‖² + ``penalty`` · Σ|a|; the atoms are moved by block
    coordinate descent (Mairal et al., 2009), as in ``lab_utils.training.learn_atoms``, from noise of ``seed`` (0 to
    20). ``atoms`` is 36, 64 or 100. ``learned`` (K, size²) are atoms of a longer training: a reader can go on from
    them, and they stand for the figure without JavaScript. Raises ``ValueError`` for what is unknown, of the wrong
    shape, not finite or out of range.
    """
    start = _settings(penalty, atoms, size, seed)
    if not isinstance(photos, Mapping) or not 1 <= len(photos) <= 4:
        raise ValueError(f"expected photos as a mapping of 1 to 4 names to arrays, got {type(photos).__name__}")
    stored = None if learned is None else _atoms(learned, size)
    return LiveFigure(
        module=HERE / "sparse_code.js",
        data={
            "start": start,
            "limits": LIMITS,
            "size": size,
            "names": list(photos),
            "photos": [_photo(name, values, size) for name, values in photos.items()],
            "learned": stored,
        },
        label="Sparse coding: atoms learned from photos",
        caption=caption,
        fallback="<p>Atoms learned from photos, and patches rebuilt from a few of them.</p>"
        if stored is None
        else _sheet(stored, size),
        css=(HERE / "sparse_code.css",),
    )
