"""Pages and CSV files out of a folder of results: one page for the class, one for each student."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from lab_utils.grading import gradebooks
from lab_utils.grading.html import bar, document, escape, facts, histogram, table
from lab_utils.grading.likeness import similar_pairs
from lab_utils.grading.results import NOT_RUN, PASSED, ExerciseResult, Result
from lab_utils.grading.run import assignment_of, results

SHOWN_PAIRS = 50
LONGEST_NAME = 150  # bytes


@dataclass(frozen=True)
class Row:
    """One student of the class."""

    student: str
    name: str
    system: str
    source: str
    remarks: tuple[str, ...]
    problem: str
    result: Result | None
    file: str

    @property
    def earned(self) -> float:
        """Points earned; 0 where nothing could be graded."""
        return self.result.earned if self.result else 0.0


def report(
    out: Path, *, title: str | None = None, canvas: Path | None = None, moodle: Path | None = None
) -> list[Path]:
    """Write the pages and CSV files of a results folder; returns what was written, the class page first.

    `canvas` and `moodle` are gradebooks exported there: filled-in copies are written. Raises FileNotFoundError where
    the folder holds no results.
    """
    if not (out / "submissions.json").is_file():
        raise FileNotFoundError(f"{out} holds no results: expected a folder that `grade` wrote")
    assignment, rows = assignment_of(out), [_row(*each) for each in results(out)]
    title = title or str(assignment["chapter"])
    feedback = out / "feedback"
    feedback.mkdir(exist_ok=True)
    hints = {each["id"]: each["hint"] for each in assignment["exercises"]}
    pages = []
    for row in rows:
        page = feedback / f"{_safe(row.student)}.html"
        page.write_text(student_page(row, title, hints), encoding="utf-8")
        pages.append(page)
    overview = out / "class.html"
    overview.write_text(class_page(rows, assignment, title), encoding="utf-8")
    return [overview, *gradebooks.write(out, rows, assignment, title, canvas, moodle), *pages]


def _row(index: Mapping[str, Any], result: Result | None) -> Row:
    problem = str(index.get("problem", "")) or (result.problem if result else "not graded yet: run `grade … --resume`")
    return Row(
        student=str(index["student"]),
        name=str(index["name"]),
        system=str(index["system"]),
        source=str(index["source"]),
        remarks=tuple(index.get("remarks", ())),
        problem=problem,
        result=result if result and not result.problem else None,
        file=str(index.get("result", "")),
    )


def _safe(student: str) -> str:
    """A file name that a student's name cannot bend, and that no other student gets."""
    safe = re.sub(r"[^\w.-]+", "-", student).strip(".-")
    if safe and safe == student and len(safe.encode()) <= LONGEST_NAME:
        return safe
    kept = safe.encode()[:LONGEST_NAME].decode(errors="ignore")
    return f"{kept or 'student'}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"


def student_page(row: Row, title: str, hints: Mapping[str, str]) -> str:
    """What a student may see: points, the visible check's words, for hidden tests the author's hints alone."""
    if row.result is None:
        body = f"<p><strong>This file could not be graded:</strong> {escape(row.problem)}</p>"
        return document(f"{title}: {row.name}", body)
    parts = [facts({"points": f"{row.earned:g} of {row.result.points:g}"})]
    parts += [f"<p>{escape(each)}</p>" for each in row.remarks]
    parts += [_exercise(each, hints.get(each.id, "")) for each in row.result.exercises]
    parts.append("<p class='quiet'>Other inputs than those of the visible checks are tried when work is graded.</p>")
    return document(f"{title}: {row.name}", "".join(parts))


def _exercise(exercise: ExerciseResult, hint: str) -> str:
    head = f"<h2>{escape(exercise.id)}: {exercise.earned:g} of {exercise.points:g}</h2>"
    visible = "passes" if exercise.visible == PASSED else exercise.visible
    lines = [f"<p>Visible check: {escape(visible)}</p>", *(f"<p>{escape(each)}</p>" for each in exercise.remarks)]
    if exercise.answered and exercise.earned < exercise.points:
        lines.append(f"<p>Hint: {escape(hint)}</p>" if exercise.visible != PASSED and hint else "")
        rows = [[each.name, each.outcome, "" if each.outcome == PASSED else each.hint] for each in exercise.tests]
        lines.append(table(["tried", "outcome", "hint"], rows))
    return head + "".join(lines)


def class_page(rows: Sequence[Row], assignment: Mapping[str, Any], title: str) -> str:
    """Distribution, hardest exercises, common errors, answers alike, and every student's line."""
    graded = [row for row in rows if row.result]
    points = sum(each["points"] for each in assignment["exercises"])
    parts = [_numbers(rows, graded, points)]
    if graded:
        parts += [
            "<h2>Distribution</h2>",
            histogram([row.earned for row in graded], points),
            "<h2>Exercises, the hardest first</h2>",
            _hardest(graded, assignment),
            "<h2>What went wrong most often</h2>",
            _common(graded),
            "<h2>Answers alike</h2>",
            _alike(graded),
        ]
    parts += ["<h2>Students</h2>", _students(rows, points)]
    return document(f"{title}: the class", "".join(parts))


def _numbers(rows: Sequence[Row], graded: Sequence[Row], points: float) -> str:
    shown = {"submissions": str(len(rows)), "graded": str(len(graded)), "points to earn": f"{points:g}"}
    if graded:
        earned = [row.earned for row in graded]
        shown |= {"mean": f"{mean(earned):.2f}", "median": f"{median(earned):g}"}
    return facts(shown)


def _hardest(graded: Sequence[Row], assignment: Mapping[str, Any]) -> str:
    lines = []
    for exercise in assignment["exercises"]:
        found = [each for row in graded if row.result for each in row.result.exercises if each.id == exercise["id"]]
        share = mean(each.earned / each.points for each in found)
        answered, full = sum(each.answered for each in found), sum(each.earned >= each.points for each in found)
        lines.append((share, [exercise["id"], bar(share), f"{share:.0%}", str(answered), str(full)]))
    return table(
        ["exercise", "", "points earned", "answered", "full marks"],
        [line for _, line in sorted(lines, key=lambda x: x[0])],
    )


def _common(graded: Sequence[Row]) -> str:
    """Hidden tests that failed and what visible checks said, most frequent first."""
    count: Counter[tuple[str, str]] = Counter()
    for row in graded:
        for exercise in row.result.exercises if row.result else ():
            if not exercise.answered:
                continue
            if exercise.visible != PASSED:
                count[exercise.id, f"visible check: {exercise.visible[:160]}"] += 1
            count.update(
                (exercise.id, f"{each.name}: {each.outcome}")
                for each in exercise.tests
                if each.outcome not in (PASSED, NOT_RUN)  # what kept a test from running has a line of its own
            )
    rows = [[exercise, what, str(number)] for (exercise, what), number in count.most_common(15)]
    return table(["exercise", "what", "students"], rows) if rows else "<p>Nothing did.</p>"


def _alike(graded: Sequence[Row]) -> str:
    """Pairs to look at, with a warning: alike is no proof of anything."""
    prints = {row.student: row.result.fingerprints for row in graded if row.result}
    same = [files for files in _by_file(graded).values() if len(files) > 1]
    pairs = similar_pairs(prints)
    words = "<p class='quiet'>Short answers are alike by nature; what many share is left out. Look, then conclude.</p>"
    parts = [f"<p>The same file, byte for byte: {escape(', '.join(files))}</p>" for files in same]
    if pairs:
        rows = [[one, other, f"{share:.0%}"] for share, one, other in pairs[:SHOWN_PAIRS]]
        parts.append(table(["student", "student", "rare parts shared"], rows))
    return words + ("".join(parts) or "<p>None found.</p>")


def _by_file(graded: Sequence[Row]) -> dict[str, list[str]]:
    files: dict[str, list[str]] = {}
    for row in graded:
        files.setdefault(row.file, []).append(row.name)
    return files


def _students(rows: Sequence[Row], points: float) -> str:
    lines = []
    for row in sorted(rows, key=lambda row: (row.earned, row.name)):
        link = f"<a href='feedback/{escape(_safe(row.student))}.html'>{escape(row.name)}</a>"
        note = "; ".join([*([row.problem] if row.result is None else []), *row.remarks])
        lines.append([link, f"{row.earned:g}", bar(row.earned / points if points else 0), escape(note)])
    return table(["student", "points", "", "remarks"], lines, raw=True)
