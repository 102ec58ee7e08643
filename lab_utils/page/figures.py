"""Matplotlib figures on a page: one inline SVG that follows light and dark, with words for those who do not see it."""

from __future__ import annotations

import hashlib
import html
import io
import re
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from lab_utils.page.output import Output, emit, inline, styled
from lab_utils.page.palette import themed

SHORTEST_ALT = 20
SCROLL_BELOW = 480  # px: a wide figure scrolls sideways on a phone, where shrinking it would make its text unreadable
_FILE_NAME = re.compile(r"\S+\.(png|jpe?g|svg|gif|pdf|webp)", re.IGNORECASE)
_SAYS_NOTHING = re.compile(
    r"(an?\s+|the\s+)?(image|picture|photo|figure|plot|graph|chart|screenshot)\b\s*(of\b|\d|:|showing\b|$)|figure\b",
    re.IGNORECASE,
)
_SVG_SETTINGS: Any = {"svg.fonttype": "path", "svg.hashsalt": "deep-representations", "image.composite_image": False}
_CSS = """
:where(.lab-figure){margin:1.5em 0;padding:0;background:none;color:var(--lab-ink)}
:where(.lab-figure .lab-picture){overflow-x:auto}
:where(.lab-figure svg){display:block;width:100%;height:auto;margin:0 auto}
:where(.lab-figure figcaption){margin:.6em 0 0;max-width:50em;color:var(--lab-muted);font-size:.92em;line-height:1.5;
text-align:left}
"""


def show(fig: Figure, *, alt: str, caption: str = "", width: int | None = None) -> None:
    """Put a figure on the page, and close it.

    `alt` says in a sentence what there is to see; `caption` may hold **bold**, *italic* and `code`; `width` is the
    widest it may get, in CSS pixels (its own size otherwise). Raises ValueError for an alt text that says nothing.
    """
    emit(picture(fig, alt=alt, caption=caption, width=width))


def picture(fig: Figure, *, alt: str, caption: str = "", width: int | None = None) -> Output:
    """What `show` displays, for those who want the HTML itself; equal figures give equal bytes."""
    if not isinstance(fig, Figure):
        raise TypeError(f"expected a Matplotlib figure, got {type(fig).__name__}; pass ax.figure for an axes' figure")
    alt = check_alt(alt)
    try:
        svg = _svg(fig)
    finally:
        plt.close(fig)
    mark = "f" + hashlib.sha256(f"{svg}|{alt}|{caption}".encode()).hexdigest()[:10]
    svg, natural = _sized(_own_ids(themed(svg), mark), width)
    # A region that may scroll has to be reachable from the keyboard.
    tab = ' tabindex="0"' if natural > SCROLL_BELOW else ""
    words = f"<figcaption>{inline(caption)}</figcaption>" if caption else ""
    body = (
        f'<figure class="lab-figure"><div class="lab-picture" role="img" aria-label="{html.escape(alt)}"{tab}>'
        f"{svg}</div>{words}</figure>"
    )
    return Output(styled(_CSS, body), f"[figure] {alt}" + (f"\n{caption}" if caption else ""))


def check_alt(alt: str) -> str:
    """The alt text, stripped; ValueError where a reader who cannot see the figure would learn nothing from it."""
    text = " ".join(alt.split()) if isinstance(alt, str) else ""
    advice = 'say in a sentence what the reader should see, such as "Test accuracy rises from 0.80 to 0.91 in 5 epochs"'
    if _FILE_NAME.fullmatch(text):
        raise ValueError(f"the alt text is a file name: {text!r}; {advice}")
    if _SAYS_NOTHING.match(text):
        raise ValueError(f"the alt text starts with what a screen reader already says: {text!r}; {advice}")
    if len(text) < SHORTEST_ALT:
        raise ValueError(f"expected an alt text of at least {SHORTEST_ALT} characters, got {alt!r}; {advice}")
    return text


def _svg(fig: Figure) -> str:
    """The figure as an SVG element: transparent, dateless, its glyphs drawn as paths so that no font is needed."""
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context(_SVG_SETTINGS):
        fig.savefig(buffer, format="svg", transparent=True, metadata=nothing, bbox_inches="tight", pad_inches=0.03)
    text = buffer.getvalue()
    # Matplotlib's own <style> is written for a file of its own: on a page its * rule would reach everything.
    bare = re.sub(r"<style.*?</style>|<!--.*?-->|<defs>\s*</defs>", "", text[text.index("<svg") :], flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", bare).strip()


def _own_ids(svg: str, mark: str) -> str:
    """Keep only the ids that something refers to, and mark them with the figure, so that no two figures share one."""
    wanted = set(re.findall(r'(?:url\(|href=")#([^")]+)', svg))

    def renamed(hit: re.Match[str]) -> str:
        return f' id="{mark}-{hit[1]}"' if hit[1] in wanted else ""

    svg = re.sub(r'\sid="([^"]+)"', renamed, svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{mark}-\1)", svg)
    return re.sub(r'(?:xlink:)?href="#([^"]+)"', rf'href="#{mark}-\1"', svg)


def _sized(svg: str, width: int | None) -> tuple[str, float]:
    """The SVG as wide as its column allows, never wider than drawn; and its own width in CSS pixels."""
    found = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    if found is None:
        raise RuntimeError("Matplotlib wrote an SVG without a size in points")
    natural = float(found[1]) * 96 / 72 if width is None else float(width)
    style = f"max-width:{natural:.0f}px;stroke-linejoin:round;stroke-linecap:butt;fill:var(--lab-ink)"
    style += f";min-width:{SCROLL_BELOW}px" if natural > SCROLL_BELOW else ""
    svg = svg.replace(found[0], f'width="{natural:.0f}" style="{style}" aria-hidden="true" focusable="false"', 1)
    return re.sub(r'\s(xmlns:xlink|version)="[^"]*"', "", svg, count=2).replace("xlink:href", "href"), natural
