"""The first cell of every chapter, which installs the package on Colab; its address comes from `_config.yml`.

`python -m tests.notebooks.colab_cell` rewrites the cell in all chapters, so that a fork changes one line and runs this.
"""

from pathlib import Path

import yaml

from tests.notebooks.files import CHAPTERS, ROOT, Notebook, cell, read, source, write

TEMPLATE = """\
import sys

if "google.colab" in sys.modules:  # elsewhere the package is already there
    %pip install -q "git+{url}@{branch}"
"""
NAME = "colab-install"


def expected(config: Path = ROOT / "_config.yml") -> str:
    """The text that the first cell should have."""
    repository = yaml.safe_load(config.read_text(encoding="utf-8"))["repository"]
    return TEMPLATE.format(url=repository["url"].rstrip("/"), branch=repository["branch"]).rstrip()


def rewrite(notebook: Notebook, text: str) -> bool:
    """Give the notebook this first cell, adding it where there is none; returns whether anything changed."""
    cells = notebook["cells"]
    first = cells[0] if cells else None
    if first is None or first["cell_type"] != "code" or "google.colab" not in source(first):
        cells.insert(0, cell("code", text, NAME, tags=["remove-cell"]))
        return True
    if source(first).rstrip() == text:
        return False
    first["source"] = text.splitlines(keepends=True)
    return True


def main() -> None:
    """Rewrite the chapters that are out of step, and name them."""
    for path in CHAPTERS:
        notebook = read(path)
        if rewrite(notebook, expected()):
            write(path, notebook)
            print(f"rewrote the first cell of {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
