"""Every number that an exercise of the book may draw: the solution passes its check with each of them."""

import json

import pytest

from lab_utils.grading.notebooks import code_cells
from lab_utils.grading.release import DRAWN
from lab_utils.grading.slices import needed, statements
from lab_utils.practice import exercises
from tests.notebooks.files import CHAPTERS


def drawable(path):
    """(exercise, line as it stands, line with one of its choices) for all exercises of a chapter."""
    for each in exercises(json.loads(path.read_text())):
        for hit in DRAWN.finditer(each.check):
            for choice in hit[4].split(","):
                yield each, hit[0], hit[1] + choice.strip()


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_solution_holds_for_every_choice(path):
    setup = [
        each for cell in code_cells(json.loads(path.read_text())) if not cell.exercise for each in statements(cell.text)
    ]
    lines = list(drawable(path))
    assert len({each.id for each, _, _ in lines}) >= 3, "at least three exercises of a chapter draw their numbers"
    for each, old, new in lines:
        check = each.check.replace(old, new)
        space = {"__name__": "__main__"}
        for part in needed(setup, statements(each.solution + "\n" + check)):
            exec(part.text, space)
        exec(each.solution, space)
        exec(compile(check, f"{each.id} with {new}", "exec"), space)
