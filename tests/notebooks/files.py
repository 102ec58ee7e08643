"""Where the chapters lie, and small notebooks to try the checks on."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))

Notebook = dict[str, Any]


def read(path: Path) -> Notebook:
    """A notebook as the JSON that it is."""
    return json.loads(path.read_text(encoding="utf-8"))


def write(path: Path, notebook: Notebook) -> None:
    """Save as Jupyter does: one blank of indent, Unicode as it is, a line end at the end."""
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def source(cell: Notebook) -> str:
    """A cell's text, which may be stored as one string or as lines."""
    return "".join(cell["source"])


def cell(kind: str, text: str, name: str, **metadata: Any) -> Notebook:
    """One cell of a notebook in format 4.5."""
    made: Notebook = {"cell_type": kind, "id": name, "metadata": metadata, "source": text}
    return made | {"execution_count": None, "outputs": []} if kind == "code" else made


def notebook(cells: Sequence[Notebook]) -> Notebook:
    """A notebook for the python3 kernel."""
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return {"cells": list(cells), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def code(*texts: str) -> Notebook:
    """A notebook of code cells only."""
    return notebook([cell("code", text, f"code-{i}") for i, text in enumerate(texts)])
