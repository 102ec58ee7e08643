"""Grades a class: every submission once, on this machine's cores or on a Dask cluster, each result kept when it comes.

A result is one file, written whole or not at all and named by what it rests on (submission, chapter, key, variant), so
that a stopped run goes on where it left off and two identical files are graded once.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab_utils.grading.collect import Submission
from lab_utils.grading.mark import Assignment, Marker
from lab_utils.grading.notebooks import SubmissionError
from lab_utils.grading.results import Result
from lab_utils.grading.workers import Todo, on_dask, on_this_machine, result_name

RELEASED = re.compile(rb'"assignment"\s*:\s*\{[^{}]{0,200}?"variant"\s*:\s*(\d{1,9})\b')


@dataclass(frozen=True)
class Summary:
    """What a run did: how many were graded now, had been graded before, could not be graded; CPU seconds of each."""

    graded: int
    before: int
    failed: tuple[str, ...]
    cpu_seconds: tuple[float, ...]
    interrupted: bool = False


def grade_class(
    assignment: Assignment,
    submissions: Sequence[Submission],
    out: Path,
    *,
    workers: int = 1,
    dask: str | None = None,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> Summary:
    """Grade `submissions` into the folder `out`; `told(done, total)` hears of progress.

    What `out` already holds is not graded again. Ctrl-C keeps every result that has come. A submission whose grading
    fails for reasons of this machine is tried again, then named in `Summary.failed`, and does not stop the others.
    """
    (out / "graded").mkdir(parents=True, exist_ok=True)
    todo, index, before = _sort_out(assignment, submissions, out)
    _write(out / "submissions.json", json.dumps(index, indent=1, ensure_ascii=False))
    _write(out / "assignment.json", json.dumps(_describe(assignment), indent=1, ensure_ascii=False))
    total = len(todo) + before
    told(before, total)
    seconds: list[float] = []
    failed: list[str] = []
    interrupted = False
    runner = on_dask(assignment, todo, dask) if dask else on_this_machine(assignment, todo, workers)
    try:
        for name, graded in runner:
            if graded is None:
                failed.append(name)
            else:
                _write(out / "graded" / name, graded.result)
                seconds.append(graded.cpu_seconds)
            told(before + len(seconds) + len(failed), total)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        runner.close()
    return Summary(len(seconds), before, tuple(failed), tuple(seconds), interrupted)


def _sort_out(assignment: Assignment, submissions: Sequence[Submission], out: Path) -> tuple[Todo, list[Any], int]:
    """What is to be graded, by the name of its result; the index of the class; how many results are there already."""
    todo: Todo = {}
    index, before = [], 0
    for each in submissions:
        row: dict[str, Any] = {"student": each.student, "name": each.name, "source": each.source, "system": each.system}
        try:
            content = each.read()
            name = result_name(assignment, content)
            row |= {"result": name, "remarks": [*each.remarks, *_other_variant(content, assignment.variant)]}
            if (out / "graded" / name).exists():
                before += 1
            else:
                todo.setdefault(name, each)
        except SubmissionError as error:
            row |= {"problem": str(error), "remarks": list(each.remarks)}
        index.append(row)
    return todo, index, before


def _other_variant(content: bytes, variant: int) -> list[str]:
    """A remark where the file says that it was released with another variant; it is searched, not parsed, here."""
    hit = RELEASED.search(content)
    if hit is None or int(hit[1]) == variant:
        return []
    return [f"handed in from a release with --variant {int(hit[1])}, graded with --variant {variant}"]


def _describe(assignment: Assignment) -> dict[str, Any]:
    marker = Marker(assignment)
    rows = [{"id": each.id, "points": each.points, "hint": each.hint} for each in marker.exercises]
    return {"chapter": assignment.chapter, "variant": assignment.variant, "basis": assignment.basis, "exercises": rows}


def _write(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8", errors="replace")  # file names may hold what is no text
    part.replace(path)


def results(out: Path) -> list[tuple[dict[str, Any], Result | None]]:
    """Each student's row of the index and their result (None where there is none yet). Raises FileNotFoundError."""
    index = json.loads((out / "submissions.json").read_text(encoding="utf-8"))
    rows = []
    for row in index:
        path = out / "graded" / str(row.get("result", ""))
        found = Result.from_json(path.read_text(encoding="utf-8")) if path.is_file() else None
        rows.append((row, found))
    return rows


def assignment_of(out: Path) -> dict[str, Any]:
    """What was graded into this folder."""
    return json.loads((out / "assignment.json").read_text(encoding="utf-8"))
