"""The book's colours as Python sees them: read from the one style sheet that the site and the live figures use."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

STYLESHEET = Path(__file__).resolve().parents[1] / "web" / "palette.css"
_COLOUR = re.compile(r"--lab-([a-z]+):\s*(#[0-9a-f]{6})\s*;", re.IGNORECASE)


@cache
def stylesheet() -> str:
    """The palette as compact CSS (no comments, no line ends), small enough to travel with every output."""
    text = re.sub(r"/\*.*?\*/", "", STYLESHEET.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s*([{}:;,])\s*", r"\1", " ".join(text.split())).replace(";}", "}")


@cache
def palette(mode: str = "light") -> dict[str, str]:
    """The colours by name, such as {"ink": "#1f2328", ...}, of one colour mode ("light" or "dark")."""
    if mode not in ("light", "dark"):
        raise ValueError(f'expected the colour mode "light" or "dark", got {mode!r}')
    light, dark = STYLESHEET.read_text(encoding="utf-8").split("}")[:2]
    return {name: colour.lower() for name, colour in _COLOUR.findall(light if mode == "light" else dark)}


def themed(svg: str) -> str:
    """Replace each colour of the light palette in an SVG's style attributes by its variable, the colour as fallback.

    Black is Matplotlib's default for whatever has been given no colour, so it becomes ink: otherwise it would vanish
    on a dark page.
    """
    variables = {colour: f"var(--lab-{name},{colour})" for name, colour in palette().items()}
    variables["#000000"] = variables[palette()["ink"]]

    def recolour(style: re.Match[str]) -> str:
        return re.sub(r"#[0-9a-f]{6}\b", lambda hit: variables.get(hit[0].lower(), hit[0]), style[0], flags=re.I)

    return re.sub(r'style="[^"]*"', recolour, svg)
