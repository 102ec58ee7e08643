"""Links of a chapter: to files, to headings, to entries of the glossary and the bibliography."""

import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.notebooks.files import Notebook, read, source

_ANCHOR = re.compile(r'id="([\w-]+)"|^\(([\w.-]+)\)=\s*$|\{#([\w.-]+)\}', re.MULTILINE)


def links(notebook: Notebook, path: Path) -> list[str]:
    """Relative links that lead nowhere: a file that is missing, or a heading or entry that the file does not have."""
    text = _prose(notebook)
    faults = []
    for target in _targets(MarkdownIt().enable("table").parse(text)):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        name, _, fragment = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists():
            faults.append(f"the link {target!r} leads to no file")
        elif fragment and fragment.lower() not in anchors(text if file == path else _page(file)):
            faults.append(f"the link {target!r} leads to no heading or entry of {file.name}")
    return faults


def anchors(text: str) -> set[str]:
    """What a #fragment can point to: headings as slugs, explicit targets, glossary terms."""
    tokens = MarkdownIt().enable("table").parse(text)
    heads = [b.content for a, b in pairwise(tokens) if a.type == "heading_open"]
    found = {slug(head) for head in heads}
    found |= {name.lower() for hit in _ANCHOR.findall(text) for name in hit if name}
    for block in re.findall(r"^(```+|:::+)\{glossary\}[^\n]*\n(.*?)^\1\s*$", text, flags=re.DOTALL | re.MULTILINE):
        terms = [line for line in block[1].splitlines() if line.strip() and not line[0].isspace() and line[0] != ":"]
        found |= {f"term-{slug(term)}" for term in terms}
    return found


def slug(heading: str) -> str:
    """A heading's anchor as GitHub and MyST make it: lower case, blanks to hyphens, other signs dropped."""
    plain = re.sub(r"[*`$]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain))


def _prose(notebook: Notebook) -> str:
    return "\n\n".join(source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown")


def _page(file: Path) -> str:
    return _prose(read(file)) if file.suffix == ".ipynb" else file.read_text(encoding="utf-8")


def _targets(tokens: list[Token]) -> list[str]:
    """Addresses of links and pictures, at any depth."""
    found = []
    for token in tokens:
        address = token.attrGet("href") or token.attrGet("src")
        if token.type in ("link_open", "image") and address:
            found.append(unquote(str(address)))
        found += _targets(token.children or [])
    return found
