"""Tables without a header: portable Markdown must write an empty header row, and a page must not show one."""

from docutils import nodes
from sphinx.application import Sphinx


def drop_empty_headers(app: Sphinx, doctree: nodes.document) -> None:
    """Remove header rows in which every cell is empty; screen readers would announce them."""
    for head in list(doctree.findall(nodes.thead)):
        if not head.astext().strip():
            head.parent.remove(head)


def register(app: Sphinx) -> None:
    """Once per page, when it has been read."""
    app.connect("doctree-read", drop_empty_headers)
