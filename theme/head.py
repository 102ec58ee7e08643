"""What a page says about itself: description, social card, the day its source last changed."""

import datetime
import html
import subprocess
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx

LONGEST = 200
SHORTEST = 40
CARD = ("_static/card.png", 1200, 630)
CARD_ALT = "Deep Representations: a boot from Fashion-MNIST and what eight small filters see in it"


def first_sentences(doctree: nodes.document | None) -> str:
    """The first real paragraph of a page, cut at a word; empty for a generated page."""
    if doctree is None:
        return ""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if len(text) >= SHORTEST:
            return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
    return ""


@cache
def last_change(root: Path, source: Path) -> str:
    """Day of the last commit that touched `source`; without git or history, the day of the file on this disk."""
    command = ["git", "-C", str(root), "log", "-1", "--format=%cs", "--", str(source)]
    try:
        day = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        day = ""
    if day:
        return day
    return datetime.datetime.fromtimestamp(source.stat().st_mtime, tz=datetime.UTC).date().isoformat()


def card_tags(title: str, description: str, address: str, base: str) -> str:
    """Open Graph and Twitter tags; addresses are absolute, as readers of such tags demand."""
    picture, width, height = CARD
    properties = {
        "og:type": "article",
        "og:site_name": "Deep Representations",
        "og:title": title,
        "og:description": description,
        "og:url": address,
        "og:image": urljoin(base, picture),
        "og:image:width": str(width),
        "og:image:height": str(height),
        "og:image:alt": CARD_ALT,
    }
    lines = [f'<meta property="{name}" content="{html.escape(value)}">' for name, value in properties.items()]
    lines.append('<meta name="twitter:card" content="summary_large_image">')
    lines.append(f'<meta name="description" content="{html.escape(description)}">')
    return "\n    ".join(lines)


def describe(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Fill the page's head and its "last changed" line."""
    book = app.config.html_title
    own = (app.env.metadata.get(page) or {}).get("description")
    description = str(
        own or first_sentences(doctree) or f"{book}: an interactive textbook whose every figure is measured"
    )
    title = html.unescape(nodes_free(context.get("title", "")) or book)
    title = book if page == app.config.root_doc else f"{title} · {book}"
    address = urljoin(app.config.html_baseurl, f"{page}.html")
    context["metatags"] = context.get("metatags", "") + card_tags(title, description, address, app.config.html_baseurl)
    icon = context["pathto"]("_static/touch-icon.png", 1)
    context["metatags"] += f'\n    <link rel="apple-touch-icon" href="{icon}">'
    if doctree is not None:
        context["last_updated"] = last_change(Path(app.srcdir), Path(app.env.doc2path(page)))


def nodes_free(title: str) -> str:
    """A title without the markup that Sphinx leaves in it."""
    return "".join(part.split(">", 1)[-1] for part in title.split("<"))


def register(app: Sphinx) -> None:
    """Called for each page as it is written."""
    app.connect("html-page-context", describe)
