"""The author's proof of a key: solutions earn everything, stubs nothing, every plausible wrong answer loses points."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lab_utils.grading.mark import Marker
from lab_utils.grading.release import release, with_variant
from lab_utils.grading.results import PASSED, ExerciseResult
from lab_utils.grading.sandbox import Sandbox
from lab_utils.practice import exercises

FEWEST_WRONG = 3
SOLUTION = "solution"


@dataclass(frozen=True)
class Verdict:
    """One trial of one exercise: `fault` says what is wrong with the key, or is empty. Seconds are of both sides."""

    exercise: str
    trial: str
    earned: float
    points: float
    fault: str
    cpu_seconds: float = 0.0


def verify(marker: Marker, sandbox: Sandbox) -> Iterator[Verdict]:
    """Try each exercise of an assignment with its solution, its stub and the key's wrong answers."""
    assignment = marker.assignment
    chapter = json.loads(assignment.notebook)
    solutions = {each.id: each.solution for each in exercises(with_variant(chapter, assignment.variant))}
    for exercise in marker.exercises:
        # A comment more, or the stub would be told from an answer before any test has run.
        trials = {SOLUTION: solutions[exercise.id], "stub": f"{exercise.stub}\n# tried"}
        wrong = marker.key.wrong_answers.get(exercise.id, {})
        trials |= {f"wrong: {what}": text for what, text in wrong.items()}
        for trial, text in trials.items():
            student = _with_answer(chapter, assignment.chapter, assignment.variant, exercise.id, text)
            own, theirs = time.thread_time(), sandbox.cpu_seconds
            (found,) = marker.mark(student, sandbox, only=exercise.id).exercises
            took = time.thread_time() - own + sandbox.cpu_seconds - theirs
            yield Verdict(exercise.id, trial, found.earned, found.points, _fault(trial, found), round(took, 3))
        if len(wrong) < FEWEST_WRONG:
            fault = f"expected at least {FEWEST_WRONG} plausible wrong answers in the key, got {len(wrong)}"
            yield Verdict(exercise.id, "wrong answers", 0, exercise.points, fault)


def _fault(trial: str, found: ExerciseResult) -> str:
    if trial == SOLUTION and found.earned < found.points:
        failed = [f"{each.name}: {each.outcome}" for each in found.tests if each.outcome != PASSED]
        return f"the solution earns {found.earned:g} of {found.points:g} ({'; '.join(failed)}; check: {found.visible})"
    if trial == SOLUTION and found.visible != PASSED:
        return f"the solution fails the visible check: {found.visible}"
    if trial == "stub" and found.earned > 0:
        return f"the stub earns {found.earned:g}"
    if trial == "stub" and found.visible == PASSED:
        return "the stub passes the visible check"
    if trial.startswith("wrong") and found.earned >= found.points:
        return "this wrong answer earns full marks"
    return ""


def _with_answer(chapter: dict[str, Any], name: str, variant: int, exercise: str, text: str) -> bytes:
    """A student's notebook with one exercise answered. The other answers stay stubs."""
    notebook = release(chapter, chapter=name, variant=variant)
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("exercise", {})
        if mark.get("id") == exercise and mark.get("role") == "stub":
            cell["source"] = f"# exercise: {exercise} (keep this line)\n{text.strip()}\n"
    return json.dumps(notebook).encode()
