"""Pictures that stand in the page itself."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image


def png_source(grey: np.ndarray) -> str:
    """The `src` of an image element with grey pixels, uint8 (H, W), as a PNG. Raises ValueError for anything else."""
    if grey.ndim != 2 or grey.dtype != np.uint8:
        raise ValueError(f"expected uint8 pixels of shape (H, W), got {grey.dtype} of shape {grey.shape}")
    memory = io.BytesIO()
    Image.fromarray(grey).save(memory, "PNG")
    return f"data:image/png;base64,{base64.b64encode(memory.getvalue()).decode('ascii')}"
