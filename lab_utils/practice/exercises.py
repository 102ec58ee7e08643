"""Computational exercises of a notebook: cells whose metadata say `exercise: {id, role, points, hint}`."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROLES = ("stub", "solution", "check")


class ExerciseError(ValueError):
    """An exercise whose cells do not fit together; the message names the exercise and what is missing."""


@dataclass(frozen=True)
class Exercise:
    """One exercise: the cell that the reader fills in, a worked solution, and the cell that checks either.

    `cells` gives the positions of (stub, solution, check) in the notebook.
    """

    id: str
    points: float
    hint: str
    stub: str
    solution: str
    check: str
    cells: tuple[int, int, int]


def exercises(notebook: str | Path | Mapping[str, Any]) -> list[Exercise]:
    """The exercises of a notebook (a path, or its JSON), in order of their stubs.

    Raises ExerciseError where an id lacks one of stub, solution and check or has one twice, where the three are out of
    order (the solution must precede the check, so that the notebook runs from top to bottom), where points are not
    positive, the hint is empty, or a check asserts without a message.
    """
    whole = notebook if isinstance(notebook, Mapping) else json.loads(Path(notebook).read_text(encoding="utf-8"))
    found: dict[str, dict[str, int]] = {}
    for position, cell in enumerate(whole["cells"]):
        if (mark := cell.get("metadata", {}).get("exercise")) is not None:
            _note(found, mark, position, cell)
    return [_exercise(name, places, whole["cells"]) for name, places in found.items()]


def _note(found: dict[str, dict[str, int]], mark: Any, position: int, cell: Mapping[str, Any]) -> None:
    """Enter one marked cell under its exercise and role."""
    if not isinstance(mark, Mapping) or not mark.get("id") or mark.get("role") not in ROLES:
        raise ExerciseError(f"cell {position}: expected exercise: {{id, role: {'|'.join(ROLES)}}}, got {mark!r}")
    if cell["cell_type"] != "code":
        raise ExerciseError(
            f"cell {position}: exercise {mark['id']!r} is marked on a {cell['cell_type']} cell, not on code"
        )
    places = found.setdefault(str(mark["id"]), {})
    if mark["role"] in places:
        raise ExerciseError(
            f"exercise {mark['id']!r} has two {mark['role']} cells, {places[mark['role']]} and {position}"
        )
    places[str(mark["role"])] = position


def _exercise(name: str, places: Mapping[str, int], cells: list[Any]) -> Exercise:
    missing = [role for role in ROLES if role not in places]
    if missing:
        raise ExerciseError(f"exercise {name!r} has no {' and no '.join(missing)} cell")
    order = (places["stub"], places["solution"], places["check"])
    if list(order) != sorted(order):
        raise ExerciseError(f"exercise {name!r}: expected stub, solution and check in this order, got cells {order}")
    mark = cells[order[0]]["metadata"]["exercise"]
    points, hint = mark.get("points"), str(mark.get("hint") or "").strip()
    if isinstance(points, bool) or not isinstance(points, int | float) or not points > 0:
        raise ExerciseError(f"exercise {name!r}: expected points > 0 on the stub, got {points!r}")
    if not hint:
        raise ExerciseError(f"exercise {name!r}: the stub has no hint")
    stub, solution, check = ("".join(cells[place]["source"]) for place in order)
    try:
        tree = ast.parse(check)
    except SyntaxError as error:
        raise ExerciseError(f"exercise {name!r}: the check is not plain Python ({error})") from error
    asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    if not asserts or any(node.msg is None for node in asserts):
        raise ExerciseError(f"exercise {name!r}: expected asserts with messages that teach in the check, got {check!r}")
    return Exercise(name, float(points), hint, stub, solution, check, order)
