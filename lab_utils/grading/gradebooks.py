"""Grades in the column layouts that Canvas and Moodle import."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from lab_utils.grading.results import Result


class Graded(Protocol):
    """What a row of the class has."""

    @property
    def student(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def system(self) -> str: ...
    @property
    def problem(self) -> str: ...
    @property
    def result(self) -> Result | None: ...
    @property
    def earned(self) -> float: ...


def write(
    out: Path,
    rows: Sequence[Graded],
    assignment: Mapping[str, Any],
    title: str,
    canvas: Path | None,
    moodle: Path | None,
) -> list[Path]:
    """grades.csv with every exercise; canvas.csv and moodle.csv, which fill in the given exports, if any."""
    paths = [_all(out / "grades.csv", rows, assignment)]
    paths.append(_canvas(out / "canvas.csv", rows, assignment, title, canvas))
    paths.append(_moodle(out / "moodle.csv", rows, assignment, moodle))
    return paths


def _all(path: Path, rows: Sequence[Graded], assignment: Mapping[str, Any]) -> Path:
    names = [each["id"] for each in assignment["exercises"]]
    lines = []
    for row in rows:
        earned = {each.id: f"{each.earned:g}" for each in row.result.exercises} if row.result else {}
        lines.append([row.student, row.name, f"{row.earned:g}", *(earned.get(name, "") for name in names), row.problem])
    return _write(path, ["student", "name", "points", *names, "problem"], lines)


def _identity(row: Graded) -> str:
    """The number by which the learning system knows the student; "" for files that did not come from one."""
    if row.system not in ("canvas", "moodle"):
        return ""
    return row.student.rpartition("_")[2]


def _canvas(path: Path, rows: Sequence[Graded], assignment: Mapping[str, Any], title: str, export: Path | None) -> Path:
    """Canvas wants Student, ID, SIS User ID, SIS Login ID, Section, the assignment; line two says how much it is."""
    points = sum(each["points"] for each in assignment["exercises"])
    if export is None:
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title]
        lines = [[row.name, _identity(row), "", "", "", f"{row.earned:g}"] for row in rows]
        return _write(path, head, [["    Points Possible", "", "", "", "", f"{points:g}"], *lines])
    head, lines = _read(export, "ID")
    column = next((i for i, name in enumerate(head) if name == title or name.startswith(f"{title} (")), None)
    if column is None:
        raise ValueError(
            f"{export} has no column {title!r}; --title names the assignment's column, one of {', '.join(head[5:])}"
        )
    _fill(export, lines, head.index("ID"), column, {_identity(row): row.earned for row in rows})
    return _write(path, head, lines)


def _moodle(path: Path, rows: Sequence[Graded], assignment: Mapping[str, Any], export: Path | None) -> Path:
    """Moodle's grading worksheet: Identifier, Full name, …, Grade, Maximum Grade."""
    points = sum(each["points"] for each in assignment["exercises"])
    if export is None:
        head = ["Identifier", "Full name", "Status", "Grade", "Maximum Grade"]
        lines = [
            [f"Participant {_identity(row)}", row.name, "Submitted", f"{row.earned:g}", f"{points:g}"] for row in rows
        ]
        return _write(path, head, lines)
    head, lines = _read(export, "Identifier")
    earned = {f"Participant {_identity(row)}": row.earned for row in rows}
    _fill(export, lines, head.index("Identifier"), head.index("Grade"), earned)
    return _write(path, head, lines)


def _fill(export: Path, lines: list[list[str]], identity: int, grade: int, earned: Mapping[str, float]) -> None:
    """Enter what was earned where the student is known. Raises ValueError where nobody is."""
    known = [line for line in lines if line[identity] in earned]
    if not known:
        raise ValueError(
            f"{export} holds none of the {len(earned)} students of these results: expected the export of this class, "
            "and submissions as Canvas or Moodle packed them, whose names hold the students' numbers"
        )
    for line in known:
        line[grade] = f"{earned[line[identity]]:g}"


def _read(path: Path, wanted: str) -> tuple[list[str], list[list[str]]]:
    if not path.is_file():
        raise ValueError(f"expected a CSV file exported from the gradebook, got {path}, which is no file here")
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *lines = list(csv.reader(file)) or [[]]
    if wanted not in head:
        raise ValueError(f"expected a column {wanted!r} in {path}, got {', '.join(head) or 'an empty file'}")
    return head, [line for line in lines if line]


def _write(path: Path, head: Sequence[str], lines: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows([[_inert(each) for each in line] for line in lines])
    return path


def _inert(text: str) -> str:
    """A spreadsheet would run a name that begins like a formula; a number, and a dash alone, are none."""
    harmless = re.fullmatch(r"-|[+-]?\d+(\.\d+)?", text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not harmless else text
