"""What every output of this room is: HTML for a page, and words for a terminal."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from IPython.display import display

from lab_utils.page.palette import stylesheet


@dataclass(frozen=True)
class Output:
    """One piece of a page: `html` where the reader sees a page, `text` where there is only a terminal."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class MarkdownOutput:
    """Markdown made by a cell; a terminal shows its source."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


def styled(css: str, body: str) -> str:
    """HTML that carries its own rules and the palette, so that it looks the same with and without the site's CSS.

    Rules should use :where() so that any rule of the site wins over them.
    """
    return f"<style>{stylesheet()}{' '.join(css.split())}</style>{body}"


def inline(text: str) -> str:
    """HTML of one line of text in which **bold**, *italic* and `code` are marked up and all else is escaped."""
    pieces = re.split(r"`([^`]+)`", text)
    return "".join(f"<code>{html.escape(p)}</code>" if i % 2 else _emphasis(p) for i, p in enumerate(pieces))


def _emphasis(text: str) -> str:
    escaped = html.escape(text, quote=False)
    bold = re.sub(r"\*\*(\S(?:.*?\S)?)\*\*", r"<strong>\1</strong>", escaped)
    return re.sub(r"\*(\S(?:.*?\S)?)\*", r"<em>\1</em>", bold)


def number(value: Any, digits: int = 3) -> str:
    """A measured value as readers see it: thousands separated, `digits` decimals, 1e-06 where decimals would say 0."""
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if value != 0 and abs(value) < 0.5 * 10**-digits:
        return f"{value:.{max(digits - 1, 0)}e}"
    return f"{value:,.{digits}f}"


def scalar(value: Any) -> Any:
    """A Python number or bool from a Python, NumPy or torch scalar; TypeError for anything else."""
    plain = value.item() if getattr(value, "size", None) == 1 or getattr(value, "numel", int)() == 1 else value
    if not isinstance(plain, bool | int | float):
        raise TypeError(f"expected one number (a Python, NumPy or torch scalar), got {type(value).__name__}: {value!r}")
    return plain


def emit(output: Output | MarkdownOutput) -> None:
    """Put an output on the page at once, wherever in a cell the call stands."""
    display(output)
