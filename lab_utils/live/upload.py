"""A control for those who have a kernel: choose a picture file, and something is done with it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any

from IPython.display import clear_output, display
from PIL import Image, UnidentifiedImageError


def ask_for_picture(answer: Callable[[Image.Image], None]) -> None:
    """Show a file chooser in JupyterLab or Colab and call `answer` with each picture chosen.

    Where nobody can choose (a site being built, LAB_STATIC=1), nothing is shown: a control that needs a kernel would
    be dead there. A file that is no picture gets a sentence, not a traceback.
    """
    if os.environ.get("LAB_STATIC") == "1":
        return
    try:
        import ipywidgets
    except ImportError:
        print("Install ipywidgets to choose a file here, or give the path of one in the next cell.")
        return
    chooser = ipywidgets.FileUpload(accept="image/*", multiple=False, description="Choose a picture")
    output = ipywidgets.Output()

    def on_choice(change: dict[str, Any]) -> None:
        with output:
            clear_output(wait=True)
            try:
                answer(Image.open(io.BytesIO(_content(change["new"]))))
            except (UnidentifiedImageError, ValueError) as error:
                print(f"That file cannot be used: {error}")

    chooser.observe(on_choice, names="value")
    display(chooser, output)


def _content(value: Any) -> bytes:
    """The bytes of the first file chosen: ipywidgets 8 gives a tuple of files, version 7 (Colab) a dictionary."""
    files = list(value.values()) if isinstance(value, dict) else list(value)
    return bytes(files[0]["content"])
