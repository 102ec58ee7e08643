"""The concept map: what rests on what in the whole book, as a drawing and as a list, both from `pages/concepts.yml`."""

import re
from collections import defaultdict
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

WIDTH, HEIGHT, GAP_X, GAP_Y, TOP, MARGIN = 232, 34, 56, 12, 46, 20
LETTERS = 33


@dataclass(frozen=True)
class Concept:
    """One node: its name (a heading of the glossary), the chapter that teaches it, the names it needs."""

    name: str
    chapter: str
    needs: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """The glossary heading's anchor, by the rule of GitHub and MyST."""
        return re.sub(r"[^\w\- ]", "", self.name.lower()).replace(" ", "-")


@dataclass(frozen=True)
class Map:
    """The whole map: concepts in the book's order, chapter titles, and where the written chapters are."""

    concepts: dict[str, Concept]
    chapters: dict[str, str]
    written: dict[str, str]


def read_map(path: Path) -> Map:
    """Read `path`; raises ValueError for a concept that needs an unknown one or stands in an unknown chapter."""
    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    concepts = {c["name"]: Concept(c["name"], c["chapter"], tuple(c.get("needs", ()))) for c in raw["concepts"]}
    for concept in concepts.values():
        unknown = [name for name in concept.needs if name not in concepts]
        if unknown or concept.chapter not in raw["chapters"]:
            raise ValueError(
                f"expected known concepts and a known chapter for {concept.name!r}, got {unknown or concept.chapter}"
            )
    return Map(concepts, raw["chapters"], raw["written"])


def levels(concepts: dict[str, Concept]) -> dict[str, int]:
    """Longest chain of prerequisites below each concept; raises ValueError for a circle."""
    found: dict[str, int] = {}

    def level(name: str, above: tuple[str, ...]) -> int:
        if name in above:
            raise ValueError(f"expected prerequisites without a circle, got {' → '.join((*above, name))}")
        if name not in found:
            found[name] = 1 + max((level(need, (*above, name)) for need in concepts[name].needs), default=-1)
        return found[name]

    for name in concepts:
        level(name, ())
    return found


def places(concepts: dict[str, Concept]) -> dict[str, tuple[int, int]]:
    """Upper left corner of each node: columns by level; within a column near the mean row of its prerequisites."""
    column = levels(concepts)
    rows: dict[str, float] = {}
    corner: dict[str, tuple[int, int]] = {}
    members: dict[int, list[str]] = defaultdict(list)
    for name in concepts:
        members[column[name]].append(name)
    for number in sorted(members):
        wish = {
            name: sum(rows[n] for n in concepts[name].needs) / max(1, len(concepts[name].needs))
            for name in members[number]
        }
        for row, name in enumerate(sorted(members[number], key=lambda n: wish[n])):
            rows[name] = row
            corner[name] = (MARGIN + number * (WIDTH + GAP_X), TOP + row * (HEIGHT + GAP_Y))
    return corner


def draw(book: Map) -> str:
    """The drawing: prerequisites left of what needs them, every node a link."""
    corner = places(book.concepts)
    width = max(x for x, _ in corner.values()) + WIDTH + MARGIN
    height = max(y for _, y in corner.values()) + HEIGHT + MARGIN
    edges = [_edge(corner[need], corner[c.name]) for c in book.concepts.values() for need in c.needs]
    boxes = [_box(concept, corner[concept.name], book) for concept in book.concepts.values()]
    return (
        '<div class="concept-map" role="region" tabindex="0" aria-label="Concept map, scrolls sideways">'
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="group" '
        'aria-label="Concepts of the book, prerequisites to the left">'
        f'<text class="column" x="{MARGIN}" y="24">STARTS HERE → EACH COLUMN RESTS ON THOSE TO ITS LEFT</text>'
        f"{''.join(edges)}{''.join(boxes)}</svg></div>"
    )


def _edge(start: tuple[int, int], end: tuple[int, int]) -> str:
    x, y = start[0] + WIDTH, start[1] + HEIGHT / 2
    u, v = end[0], end[1] + HEIGHT / 2
    bend = GAP_X * 0.6
    return f'<path d="M{x} {y}C{x + bend} {y} {u - bend} {v} {u} {v}"/>'


def _box(concept: Concept, place: tuple[int, int], book: Map) -> str:
    x, y = place
    kind = "node written" if concept.chapter in book.written else "node"
    label = f"{concept.name}, chapter {book.chapters[concept.chapter]}"
    place_on_page = nodes.make_id(concept.name)  # in HTML written by hand docutils' own names count: hebb-s-rule
    text = concept.name if len(concept.name) <= LETTERS else concept.name[: LETTERS - 1] + "…"
    return (
        f'<a class="{kind}" href="glossary.html#{place_on_page}" aria-label="{escape(label)}">'
        f"<title>{escape(label)}</title>"
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="7"/>'
        f'<text x="{x + 11}" y="{y + 22}">{escape(text)}</text></a>'
    )


def listing(book: Map) -> str:
    """The same map in MyST: by chapter, each concept with what it needs."""
    lines = []
    for chapter, title in book.chapters.items():
        heading = (
            f"[Chapter {title}]({book.written[chapter]})"
            if chapter in book.written
            else f"Chapter {title} (not written yet)"
        )
        lines += [f"**{heading}**", ""]
        for concept in (c for c in book.concepts.values() if c.chapter == chapter):
            needs = ", ".join(_link(book.concepts[name]) for name in concept.needs)
            lines.append(f"- {_link(concept)}" + (f" rests on {needs}" if needs else ""))
        lines.append("")
    return "\n".join(lines)


def _link(concept: Concept) -> str:
    return f"[{concept.name}](glossary.md#{concept.anchor})"


class ConceptMap(SphinxDirective):
    """`{concept-map} drawing` or `{concept-map} list`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The drawing as HTML, the list as parsed Markdown."""
        path = Path(self.env.doc2path(self.env.docname)).parent / "concepts.yml"
        self.env.note_dependency(str(path))
        book = read_map(path)
        if self.arguments[0] == "drawing":
            return [nodes.raw("", draw(book), format="html")]
        return self.parse_text_to_nodes(listing(book))


def register(app: Sphinx) -> None:
    """Make the directive known."""
    app.add_directive("concept-map", ConceptMap)
