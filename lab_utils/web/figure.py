"""Wraps a linked module and its data into one ``<figure>`` that runs on a page, over file:// and in a notebook."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from lab_utils.web.linker import link

WEB = Path(__file__).parent
DTYPES = ("float32", "float16", "int8", "uint8", "int32")  # what boot.js can read back


def encode(value: Any) -> Any:
    """Turns ``value`` into JSON-ready data; arrays and tensors become base64 of their little-endian bytes.

    Float64 arrays are narrowed to float32. Raises ``TypeError`` for a dtype that the page cannot read back.
    """
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    if hasattr(value, "detach"):  # a torch tensor, known by its method so that this module needs no torch
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        array = value.astype(np.float32) if value.dtype == np.float64 else value
        if array.dtype.name not in DTYPES:
            raise TypeError(f"expected an array of dtype {', '.join(DTYPES)}, got {array.dtype.name}")
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        text = base64.b64encode(little.tobytes()).decode("ascii")
        return {"$array": array.dtype.name, "shape": list(array.shape), "base64": text}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    return value


@lru_cache(maxsize=64)
def _read(path: Path, _changed_ns: int) -> str:
    return path.read_text(encoding="utf-8")


def _style(sheets: Sequence[Path]) -> str:
    """Palette, shared controls, then the figure's own sheet, as one ``<style>`` element."""
    paths = (WEB / "palette.css", WEB / "ui.css", *sheets)
    return "<style>\n" + "\n".join(_read(p, p.stat().st_mtime_ns).strip() for p in paths) + "\n</style>"


def figure_html(
    module: Path,
    data: Mapping[str, Any] | None = None,
    *,
    label: str,
    caption: str = "",
    fallback: str = "",
    css: Sequence[Path] = (),
) -> str:
    """One self-contained ``<figure>``: style, data block, and one inline module script that mounts it.

    ``module`` exports ``mount(root, data)``; ``data`` is JSON with NumPy arrays or tensors (see ``encode``); ``label``
    names the figure to a screen reader; ``caption`` is plain text below it; ``fallback`` is HTML for a reader without
    JavaScript. The same figure may stand on one page several times: a script mounts the figures of its kind that are
    not mounted yet, so the text is the same on every build and holds no id. Raises ``LinkError`` for a module that
    cannot be linked.
    """
    code = link(module, WEB / "boot.js") + f"boot({json.dumps(module.stem)}, mount);\n"
    # "<" can only stand inside JSON strings: escaped, no text of the data can end the script element.
    block = json.dumps(encode(data or {}), allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    note = f"<noscript>{fallback}<p>This figure answers when JavaScript is switched on.</p></noscript>"
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return (
        # JupyterLab takes no arrow key or Space from an element with data-lm-suppress-shortcuts.
        f'<figure class="lab-live" data-lab="{escape(module.stem)}" data-lm-suppress-shortcuts="true" '
        f'aria-label="{escape(label)}">\n{_style(css)}\n'
        f'<div class="lab-live-body">{note}</div>\n{words}\n'
        f'<script type="application/json" class="lab-live-data">{block}</script>\n'
        f'<script type="module">\n{code}</script>\n</figure>'
    )


@dataclass(frozen=True)
class LiveFigure:
    """A live figure as a cell's value: Jupyter shows its HTML, a terminal its label."""

    module: Path
    data: Mapping[str, Any]
    label: str
    caption: str = ""
    fallback: str = ""
    css: tuple[Path, ...] = ()

    def html(self) -> str:
        """The self-contained ``<figure>`` (see ``figure_html``)."""
        return figure_html(
            self.module, self.data, label=self.label, caption=self.caption, fallback=self.fallback, css=self.css
        )

    def page(self, title: str = "", *, theme: str = "light") -> str:
        """A complete HTML document with nothing but this figure, to save and open without a server."""
        return (
            f'<!doctype html>\n<html lang="en" data-theme="{escape(theme)}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title or self.label)}'
            "</title><style>body{max-width:45rem;margin:1rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif;"
            "background:var(--lab-paper);color:var(--lab-ink)}</style></head>"
            f"<body><main><h1>{escape(title or self.label)}</h1>\n{self.html()}\n</main></body></html>\n"
        )

    def _repr_html_(self) -> str:
        return self.html()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"LiveFigure({self.label!r})"
