"""What grading a submission gives: plain values that turn into JSON and back, the same on every machine."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

PASSED, WRONG, RAISED, SLOW, STOPPED, NO_ANSWER, NOT_RUN = (
    "passed",
    "wrong result",
    "raised an error",
    "took too long",
    "stopped: it ended its process, or used more memory than allowed",
    "gave something that is no answer",
    "not run",
)


@dataclass(frozen=True)
class TestResult:
    """One hidden test. `outcome` is one of the fixed phrases of this module: nothing that a student's code can word."""

    __test__ = False

    name: str
    outcome: str
    weight: float
    hint: str


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise: what it earned, what the visible check said, and each hidden test."""

    id: str
    points: float
    earned: float
    answered: bool
    visible: str
    tests: tuple[TestResult, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """One submission. `problem` says why nothing could be graded, where that is so."""

    chapter: str
    submission: str
    basis: str
    exercises: tuple[ExerciseResult, ...] = ()
    problem: str = ""
    fingerprints: dict[str, list[int]] = field(default_factory=dict)

    @property
    def points(self) -> float:
        """What could be earned."""
        return sum(each.points for each in self.exercises)

    @property
    def earned(self) -> float:
        """What was earned."""
        return round(sum(each.earned for each in self.exercises), 4)

    def to_json(self) -> str:
        """Text that is the same for the same result."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Result:
        """The reverse of `to_json`. Raises ValueError for anything else."""
        try:
            raw: dict[str, Any] = json.loads(text)
            exercises = tuple(
                ExerciseResult(
                    **{
                        **each,
                        "tests": tuple(TestResult(**test) for test in each["tests"]),
                        "remarks": tuple(each["remarks"]),
                    }
                )
                for each in raw["exercises"]
            )
            return cls(**{**raw, "exercises": exercises})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not a result of this grader") from error
