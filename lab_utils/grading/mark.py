"""Marks one submission: what it needs runs in the sandbox, tests and points stay here."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lab_utils.grading import key as keys
from lab_utils.grading import wire
from lab_utils.grading.forbidden import names_used, way_round
from lab_utils.grading.likeness import fingerprint
from lab_utils.grading.notebooks import Cell, SubmissionError, answer, code_cells, read, without_mark
from lab_utils.grading.release import with_variant
from lab_utils.grading.remote import StudentError
from lab_utils.grading.results import (
    NO_ANSWER,
    NOT_RUN,
    PASSED,
    RAISED,
    SLOW,
    STOPPED,
    WRONG,
    ExerciseResult,
    Result,
    TestResult,
)
from lab_utils.grading.sandbox import Sandbox, Session
from lab_utils.grading.slices import MAGIC, Statement, needed, statements
from lab_utils.grading.student import Student
from lab_utils.practice import Exercise, exercises

DEFINES = re.compile(r"(@|def |class |async )")


@dataclass(frozen=True)
class Assignment:
    """A chapter with its key: all that grading needs, as text, so that it travels to any worker."""

    chapter: str
    notebook: str
    key: str
    variant: int = 0
    only: tuple[str, ...] = ()

    @property
    def basis(self) -> str:
        """Names what a result rests on besides the submission: chapter, key, variant, choice."""
        return keys.digest(self.notebook, self.key, str(self.variant), ",".join(self.only))


class Marker:
    """An assignment made ready: chapter read, key loaded. `mark(content, sandbox)` does one submission."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        notebook = with_variant(json.loads(assignment.notebook), assignment.variant)
        self.exercises = [each for each in exercises(notebook) if not assignment.only or each.id in assignment.only]
        self.key = keys.load(assignment.key, assignment.chapter)
        self.setup = [each for cell in code_cells(notebook) if not cell.exercise for each in statements(cell.text)]
        self.given = {each.text for each in self.setup}
        # Most cells of a submission are the chapter's own: they are taken apart once for all students.
        self.known = {cell.text: _lenient(cell.text) for cell in code_cells(notebook) if not cell.exercise}
        self._check()

    def _check(self) -> None:
        """The key must fit the chapter."""
        known = {each.id for each in exercises(json.loads(self.assignment.notebook))}
        for name in self.assignment.only:
            if name not in known:
                raise keys.KeyFault(
                    f"no exercise {name!r} in {self.assignment.chapter}; it has {', '.join(sorted(known))}"
                )
        used = {*self.key.tests, *self.key.wrong_answers, *self.key.forbidden, *self.key.seconds}
        if unknown := sorted(used - known):
            raise keys.KeyFault(
                f"the key of {self.assignment.chapter} names exercises that it lacks: {', '.join(unknown)}"
            )
        if without := [each.id for each in self.exercises if not self.key.tests.get(each.id)]:
            raise keys.KeyFault(f"the key of {self.assignment.chapter} has no hidden test for {', '.join(without)}")

    def mark(self, content: bytes, sandbox: Sandbox, only: str | None = None) -> Result:
        """The result of one notebook file; `only` names a single exercise to mark."""
        base = Result(self.assignment.chapter, hashlib.sha256(content).hexdigest(), self.assignment.basis)
        try:
            cells = read(content)
        except SubmissionError as error:
            return replace(base, problem=str(error))
        texts = [cell.text for cell in cells if cell.role != "check"]
        theirs = {text: self.known[text] if text in self.known else _lenient(text) for text in texts}
        done = tuple(self._exercise(each, cells, theirs, sandbox) for each in self.exercises if only in (None, each.id))
        prints = {each.id: fingerprint(answer(cells, each.id)[0] or "") for each in self.exercises}
        return replace(base, exercises=done, fingerprints=prints)

    def _exercise(
        self, exercise: Exercise, cells: Sequence[Cell], theirs: Mapping[str, list[Statement]], sandbox: Sandbox
    ) -> ExerciseResult:
        tests = self.key.tests[exercise.id]
        text, remarks = answer(cells, exercise.id)
        untouched = text is None or without_mark(text) == exercise.stub.strip()
        failed = [TestResult(each.name, NOT_RUN, each.weight, each.hint) for each in tests]
        nothing = ExerciseResult(exercise.id, exercise.points, 0.0, not untouched, "", tuple(failed), tuple(remarks))
        if untouched or text is None:
            return replace(nothing, visible="no answer yet")
        try:
            plan = self._plan(exercise, theirs, text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return replace(nothing, visible=f"the answer is not valid Python: {_what(error)[:200]}")
        if refused := self._refused(exercise, plan):
            return replace(nothing, visible=refused)
        with sandbox.session(self.key.seconds.get(exercise.id, keys.SECONDS)) as session:
            visible, ready = _visible(session, plan, exercise.check)
            done = [_hidden(session, each, self.assignment.variant, ready) for each in tests]
        share = sum(each.weight for each in done if each.outcome == PASSED) / sum(each.weight for each in done)
        earned = round(exercise.points * share, 4)
        return replace(nothing, earned=earned, visible=visible, tests=tuple(done))

    def _plan(self, exercise: Exercise, theirs: Mapping[str, list[Statement]], text: str) -> Plan:
        """The chapter's own statements that the check needs, the student's that the answer needs, and the answer."""
        # With the stub before the check: what the answer defines is not the chapter's variable of that name.
        setup = needed(self.setup, [*statements(exercise.stub), *statements(exercise.check)])
        have = {each.text for each in setup}  # what both need runs once
        others = [each for cell, parts in theirs.items() if cell != text for each in parts]
        helpers = [each for each in needed(others, statements(text)) if each.text not in have]
        return Plan(setup, helpers, MAGIC.sub(r"\1pass", text))

    def _refused(self, exercise: Exercise, plan: Plan) -> str:
        """What an answer, with what it takes along, uses of that which it was asked to do without; "" if nothing."""
        if not (forbidden := self.key.forbidden.get(exercise.id)):
            return ""
        own = "\n".join([*(each.text for each in plan.helpers if each.text not in self.given), plan.answer])
        lent = needed(self.setup, statements(own))  # what a function of the chapter does for the answer counts as well
        functions = "\n".join(each.text for each in lent if DEFINES.match(each.text))
        if names := [*names_used(own, forbidden), *names_used(functions, forbidden)]:
            return f"this exercise asks you to do without {', '.join(dict.fromkeys(names))}"
        if found := way_round(own):
            return (
                f"your code has `{found}`, which can reach a function without writing its name. This exercise asks you "
                "to do without some functions, so names must be written where they are used, as in x.shape or F.relu"
            )
        return ""


@dataclass(frozen=True)
class Plan:
    """What runs before the tests, in order."""

    setup: Sequence[Statement]
    helpers: Sequence[Statement]
    answer: str


def _lenient(text: str) -> list[Statement]:
    """The statements of a cell that need not even be Python."""
    try:
        return statements(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _what(error: Exception) -> str:
    """An error in words; of a syntax error, the line of the cell rather than of a file that nobody has."""
    return f"{error.msg} (line {error.lineno})" if isinstance(error, SyntaxError) and error.lineno else str(error)


def _visible(session: Session, plan: Plan, check: str) -> tuple[str, bool]:
    """What the student could have seen: run before any hidden value exists on their side. Also: is the answer there?"""
    try:
        for number, each in enumerate([*plan.setup, *plan.helpers]):
            session.ask("execute", text=each.text, name=f"<setup {number}>")
        session.ask("execute", text=plan.answer, name="<your answer>")
    except StudentError as error:
        return f"your code raised {_words(error)}", False
    except (wire.Closed, wire.TimedOut, wire.WireError) as error:
        return f"your code {_outcome(error, session)}", False
    try:
        session.ask("execute", text=check, name="<check>")
    except StudentError as error:
        return (error.message or "the visible check failed") if error.kind == "AssertionError" else _words(error), True
    except (wire.Closed, wire.TimedOut, wire.WireError) as error:
        return f"in the visible check, your code {_outcome(error, session)}", False
    return PASSED, True


def _words(error: StudentError) -> str:
    return f"{error.kind}: {error.message[:300]}" + (f" ({error.line})" if error.line else "")


def _hidden(session: Session, test: keys.Test, variant: int, ready: bool) -> TestResult:
    """One hidden test. Whatever the student's side says of it, only a fixed phrase comes out."""
    outcome = _try(session, test, variant) if ready else NOT_RUN
    return TestResult(test.name, outcome, test.weight, test.hint)


def _try(session: Session, test: keys.Test, variant: int) -> str:
    if session.why:  # it ended in an earlier test
        return NOT_RUN
    session.seed = variant
    try:
        test.run(Student(session), test.generator(variant))
    except (StudentError, wire.Closed, wire.TimedOut, wire.WireError) as error:
        return _outcome(error, session)
    except Exception:  # a wrong kind of answer breaks a test's arithmetic in any way it likes
        return WRONG
    return PASSED


def _outcome(error: Exception, session: Session) -> str:
    if isinstance(error, StudentError):
        return RAISED
    if isinstance(error, wire.TimedOut) or session.why == "time":
        return SLOW
    return STOPPED if isinstance(error, wire.Closed) else NO_ANSWER
