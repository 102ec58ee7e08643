"""The student's notebook out of a chapter: solutions gone, stubs and visible checks kept, nothing hidden in it."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Collection
from functools import partial
from typing import Any

from lab_utils.practice import exercises

Notebook = dict[str, Any]
SEED = re.compile(r"\bmanual_seed\((\d+)\)")
DRAWN = re.compile(r"^([^\S\n]*\w+\s*=\s*)(.+?)(\s*#\s*variant:\s*)(.+?)[^\S\n]*$", re.MULTILINE)
TASK = re.compile(r"\*\*Exercise \d")
NOTE = (
    "**Exercise `{id}`, {points:g} {unit}.** Write your answer in the next cell and keep its first line. The check "
    "below it can be run as often as you like; passing it is necessary, not the grade: other inputs are tried too. "
    "Calling a function of `lab_utils` that does the same is no answer."
)


class ReleaseError(ValueError):
    """A chapter or a choice that cannot be released."""


def release(
    notebook: Notebook, *, chapter: str, variant: int = 0, only: Collection[str] = (), prose: bool = True
) -> Notebook:
    """A copy for students. `only` keeps the named exercises, `prose=False` them alone; `variant` draws numbers.

    Raises ReleaseError for an exercise that the chapter lacks.
    """
    found = {each.id: each for each in exercises(notebook)}
    if not found:
        raise ReleaseError(f"the chapter {chapter!r} has no exercise")
    if unknown := sorted(set(only) - set(found)):
        raise ReleaseError(f"no exercise {', '.join(unknown)} in {chapter!r}; it has {', '.join(found)}")
    chosen = set(only) or set(found)
    drawn = with_variant(notebook, variant)
    asked = _without_tasks_of_others(drawn["cells"], chosen)
    cells = [cell for each in asked for cell in _student_cells(each, chosen, found)]
    if not prose:
        cells = _without_prose(cells)
    metadata = {**copy.deepcopy(notebook["metadata"]), "assignment": {"chapter": chapter, "variant": variant}}
    return {**notebook, "metadata": metadata, "cells": cells}


def _without_tasks_of_others(cells: list[Notebook], chosen: set[str]) -> list[Notebook]:
    """No text of an exercise that was not chosen: it stands before the stub and begins with its number."""
    stubs = [cell["metadata"].get("exercise", {}) for cell in cells[1:]] + [{}]
    return [
        cell
        for cell, following in zip(cells, stubs, strict=True)
        if following.get("role") != "stub" or following["id"] in chosen or not TASK.match(_text(cell))
    ]


def _student_cells(cell: Notebook, chosen: set[str], found: dict[str, Any]) -> list[Notebook]:
    mark = cell["metadata"].get("exercise")
    if not mark:
        return [_shown(cell)]
    if mark["id"] not in chosen or mark["role"] == "solution":
        return []
    if mark["role"] == "check":
        return [_shown(cell)]
    exercise = found[mark["id"]]
    unit = "point" if exercise.points == 1 else "points"
    note = {
        "cell_type": "markdown",
        "id": f"{cell['id']}-note",
        "metadata": {},
        "source": NOTE.format(id=exercise.id, points=exercise.points, unit=unit),
    }
    marked = f"# exercise: {mark['id']} (keep this line)\n" + _text(cell)
    return [note, {**_shown(cell), "source": marked}]


def _shown(cell: Notebook) -> Notebook:
    """A cell without outputs, its code open: students work in it."""
    cell = copy.deepcopy(cell)
    if cell["cell_type"] == "code":
        cell |= {"outputs": [], "execution_count": None}
    return cell


def _without_prose(cells: list[Notebook]) -> list[Notebook]:
    """Exercises, their headings, and the code that all cells share: the Colab cell and the imports."""
    kept = []
    for position, cell in enumerate(cells):
        following = cells[position + 1] if position + 1 < len(cells) else None
        exercise = bool(cell["metadata"].get("exercise")) or str(cell["id"]).endswith("-note")
        introduces = following is not None and str(following["id"]).endswith("-note")
        imports = cell["cell_type"] == "code" and re.search(r"^(import|from) ", _text(cell), re.MULTILINE)
        if exercise or introduces or imports or position == 0:
            kept.append(cell)
    return kept


def with_variant(notebook: Notebook, variant: int) -> Notebook:
    """The notebook with fresh data and numbers: visible checks draw from other seeds, and an exercise's line
    `pixels = 4  # variant: 3, 4, 5` gets one of those values, and no comment.

    Variant 0 is the book's own. The same name and choices in one exercise draw the same value in all its cells.
    """
    drawn = copy.deepcopy(notebook)
    for cell in drawn["cells"]:
        if mark := cell["metadata"].get("exercise"):
            cell["source"] = DRAWN.sub(partial(_draw, exercise=mark["id"], variant=variant), _text(cell))
            if mark["role"] == "check":
                cell["source"] = SEED.sub(lambda hit: f"manual_seed({int(hit[1]) + 1000 * variant})", cell["source"])
    return drawn


def _draw(hit: re.Match[str], exercise: str, variant: int) -> str:
    choices = [each.strip() for each in hit[4].split(",")]
    drawn = random.Random(f"{variant}/{exercise}/{hit[1].strip()}/{hit[4]}").choice(choices)
    return f"{hit[1]}{drawn if variant else hit[2]}"


def _text(cell: Notebook) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)
