"""Reads notebooks that anybody may have made: what is no notebook is told in words, and never stops the others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LARGEST = 20 << 20
MOST_CELLS = 5000
MOST_CODE = 200_000  # characters, four times the longest chapter: parsing takes memory and time for each
MARK = re.compile(r"^#\s*exercise:\s*([\w-]+)", re.MULTILINE)


class SubmissionError(ValueError):
    """A file that cannot be graded; the message is for the student."""


@dataclass(frozen=True)
class Cell:
    """One code cell: its text, and which exercise it answers ("" for none) in which role."""

    text: str
    exercise: str = ""
    role: str = ""


def read(content: bytes) -> list[Cell]:
    """The code cells of a notebook file. Raises SubmissionError."""
    if len(content) > LARGEST:
        raise SubmissionError(
            f"the file has {len(content) >> 20} MiB, more than {LARGEST >> 20}: clear the outputs and hand it in again"
        )
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SubmissionError("the file is not UTF-8 text, so it is no notebook (.ipynb)") from error
    except (ValueError, RecursionError) as error:
        raise SubmissionError("the file is not valid JSON, so it is no notebook: was it cut off?") from error
    return code_cells(notebook)


def code_cells(notebook: Any) -> list[Cell]:
    """The code cells of a notebook's JSON, whatever state it is in. Raises SubmissionError."""
    cells = notebook.get("cells") if isinstance(notebook, Mapping) else None
    if not isinstance(cells, list):
        raise SubmissionError("the file holds no list of cells: hand in the .ipynb in notebook format 4")
    if len(cells) > MOST_CELLS:
        raise SubmissionError(f"the notebook has {len(cells)} cells, more than {MOST_CELLS}")
    found = [_cell(each) for each in cells if isinstance(each, Mapping) and each.get("cell_type") == "code"]
    if (length := sum(len(each.text) for each in found)) > MOST_CODE:
        raise SubmissionError(f"the notebook holds {length:,} characters of code, more than {MOST_CODE:,}")
    return found


def _cell(raw: Mapping[str, Any]) -> Cell:
    source = raw.get("source", "")
    text = "".join(part for part in source if isinstance(part, str)) if isinstance(source, list) else source
    text = text if isinstance(text, str) else ""
    metadata = raw.get("metadata")
    mark = metadata.get("exercise") if isinstance(metadata, Mapping) else None
    if isinstance(mark, Mapping) and isinstance(mark.get("id"), str):
        role = mark.get("role")
        return Cell(text, mark["id"], role if isinstance(role, str) else "")
    # Some editors drop what they do not know of a cell; the comment that the release put there survives them.
    found = MARK.search(text)
    return Cell(text, found[1], "stub") if found else Cell(text)


def answer(cells: Iterable[Cell], exercise: str) -> tuple[str | None, list[str]]:
    """The text that answers an exercise (None: no such cell), and remarks: of copies, the last with code counts."""
    found = [cell.text for cell in cells if cell.exercise == exercise and cell.role in ("stub", "answer", "solution")]
    if not found:
        return None, ["no cell with this exercise's mark was found"]
    written = [text for text in found if text.strip()] or found
    remarks = [f"{len(found)} cells answer this exercise; the last one was graded"] if len(found) > 1 else []
    return written[-1], remarks


def without_mark(text: str) -> str:
    """An answer without the line that the release put above it."""
    first, _, rest = text.strip().partition("\n")
    return rest.strip() if MARK.match(first) else text.strip()
