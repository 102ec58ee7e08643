"""Exercise cells: their metadata says what they are, the site shows them accordingly.

A notebook's cell carries `exercise: {id, role, points, hint}`. The site collapses a solution under "Show solution"; the
notebook itself needs no second tag for that.
"""

import nbformat
from nbformat import NotebookNode
from sphinx.application import Sphinx

PROMPTS = {"solution": ("Show solution", "Hide solution")}


def mark_exercises(notebook: NotebookNode) -> NotebookNode:
    """Collapse each solution cell and let its label say what is behind it."""
    for cell in notebook.cells:
        role = cell.metadata.get("exercise", {}).get("role")
        if cell.cell_type != "code" or role is None:
            continue
        tags = set(cell.metadata.get("tags", []))
        tags.add(f"exercise-{role}")
        if role in PROMPTS:
            tags.add("hide-input")
            show, hide = PROMPTS[role]
            cell.metadata["mystnb"] = {"code_prompt_show": show, "code_prompt_hide": hide}
        cell.metadata["tags"] = sorted(tags)
    return notebook


def mark_source(app: Sphinx, docname: str, source: list[str]) -> None:
    """Apply `mark_exercises` to a notebook as Sphinx reads it."""
    if str(app.env.doc2path(docname)).endswith(".ipynb"):
        source[0] = nbformat.writes(mark_exercises(nbformat.reads(source[0], as_version=4)))


def register(app: Sphinx) -> None:
    """After the outputs are in (priority 100), before myst-nb parses."""
    app.connect("source-read", mark_source, priority=200)
