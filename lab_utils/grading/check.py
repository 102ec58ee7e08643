"""What a student runs: the visible checks of a notebook, on their own machine, with no key and no hidden test."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab_utils.grading.child import describe
from lab_utils.grading.notebooks import Cell, SubmissionError, answer, read
from lab_utils.grading.slices import Statement, needed, statements


@dataclass(frozen=True)
class Visible:
    """One exercise: whether its visible check passes, and if not, in words, why."""

    exercise: str
    passed: bool
    words: str


def check(path: Path) -> Iterator[Visible]:
    """Run each exercise's check, with the statements that it and the answer need. Raises SubmissionError.

    This runs the notebook's code in this process: it is meant for one's own.
    """
    if not path.is_file():
        raise SubmissionError(f"expected your notebook (.ipynb), got {path}, which is no file here")
    cells = read(path.read_bytes())
    names = list(dict.fromkeys(cell.exercise for cell in cells if cell.exercise))
    for name in names:
        checks = [cell.text for cell in cells if cell.exercise == name and cell.role == "check"]
        text, _ = answer(cells, name)
        if not checks:
            yield Visible(name, False, "its check cell is missing: copy it again from the notebook you were given")
        elif text is None:
            yield Visible(name, False, "its answer cell is missing: copy it again from the notebook you were given")
        else:
            yield _run(name, cells, text, checks[-1])


def _run(name: str, cells: list[Cell], text: str, check_text: str) -> Visible:
    try:
        own = [*_parsed(text), *_parsed(check_text)]
        others = [each for cell in cells if cell.role != "check" and cell.text != text for each in _lenient(cell.text)]
        space: dict[str, object] = {"__name__": "__main__"}
        for each in [*needed(others, own), *own]:
            exec(compile(each.text, "<your notebook>", "exec"), space)
    except AssertionError as error:
        return Visible(name, False, str(error) or "the check failed")
    except Exception as error:  # whatever a student's code raises is what they want to hear of
        told = describe(error)
        return Visible(
            name, False, f"{told['type']}: {told['message']}" + (f" ({told['line']})" if told["line"] else "")
        )
    return Visible(name, True, "")


def _parsed(text: str) -> list[Statement]:
    with warnings.catch_warnings(action="ignore", category=SyntaxWarning):
        return statements(text)


def _lenient(text: str) -> list[Statement]:
    try:
        return _parsed(text)
    except (SyntaxError, ValueError, RecursionError):
        return []
