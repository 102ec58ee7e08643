"""The questions of a mastery check, and what they must hold to be fair: feedback for every wrong answer."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab_utils.page.output import inline, number

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TAGS = re.compile(r"&lt;(/?(?:sup|sub|i|em|b|strong|var))&gt;")


class QuestionError(ValueError):
    """A question that cannot be asked fairly; the message names the question and what is missing."""


@dataclass(frozen=True)
class Choice:
    """One answer to choose. A wrong one needs feedback: what the reader who chose it has probably mixed up."""

    text: str
    correct: bool = False
    feedback: str = ""


@dataclass(frozen=True)
class Question:
    """A question with answers to choose: exactly one is right, or with `multiple=True` one or more.

    Texts may hold `code`, **bold**, *italic*, Unicode math and <sup>, <sub>, <i>, <b>, <var>. `explanation` follows
    the right answer.
    """

    id: str
    prompt: str
    choices: Sequence[Choice]
    multiple: bool = False
    explanation: str = ""

    def check(self) -> None:
        """Raise QuestionError where the question is not fair."""
        _check_common(self.id, self.prompt)
        right = sum(choice.correct for choice in self.choices)
        if len(self.choices) < 2:
            raise QuestionError(f"question {self.id!r}: expected at least two choices, got {len(self.choices)}")
        if not right or (right > 1 and not self.multiple):
            wanted = "at least one" if self.multiple else "exactly one"
            raise QuestionError(f"question {self.id!r}: expected {wanted} correct choice, got {right}")
        texts = [choice.text for choice in self.choices]
        if len(set(texts)) < len(texts):
            raise QuestionError(f"question {self.id!r}: two choices have the same text")
        for choice in self.choices:
            if not choice.correct and not choice.feedback.strip():
                raise QuestionError(f"question {self.id!r}: the wrong choice {choice.text!r} has no feedback")

    def data(self) -> dict[str, Any]:
        """What the page needs, texts as HTML."""
        choices = [{"text": html(c.text), "correct": c.correct, "feedback": html(c.feedback)} for c in self.choices]
        kind = "multiple" if self.multiple else "single"
        return {"kind": kind, "prompt": html(self.prompt), "choices": choices, "explanation": html(self.explanation)}

    def answer(self) -> str:
        """The right answer as HTML, for a page without JavaScript."""
        return "; ".join(html(choice.text) for choice in self.choices if choice.correct)


@dataclass(frozen=True)
class NumberQuestion:
    """A question whose answer is a number, right within `tolerance`.

    `traps` maps typical wrong values to feedback (what was probably forgotten); `otherwise` answers any other wrong
    value. A unit is shown behind the field.
    """

    id: str
    prompt: str
    answer_value: float
    otherwise: str
    tolerance: float = 0
    unit: str = ""
    traps: Mapping[float, str] = field(default_factory=dict)
    explanation: str = ""

    def check(self) -> None:
        """Raise QuestionError where the question is not fair."""
        _check_common(self.id, self.prompt)
        if not math.isfinite(self.answer_value) or not self.tolerance >= 0:
            got = f"{self.answer_value} ± {self.tolerance}"
            raise QuestionError(f"question {self.id!r}: expected a finite answer and a tolerance >= 0, got {got}")
        if not self.otherwise.strip():
            raise QuestionError(f"question {self.id!r}: no feedback for wrong values (otherwise)")
        for value, feedback in self.traps.items():
            if abs(value - self.answer_value) <= self.tolerance:
                raise QuestionError(f"question {self.id!r}: the trap {value} counts as the right answer")
            if not feedback.strip():
                raise QuestionError(f"question {self.id!r}: the wrong value {value} has no feedback")

    def data(self) -> dict[str, Any]:
        """What the page needs, texts as HTML."""
        traps = [{"value": value, "feedback": html(text)} for value, text in self.traps.items()]
        return {
            "kind": "number",
            "prompt": html(self.prompt),
            "answer": self.answer_value,
            "tolerance": self.tolerance,
            "unit": self.unit,
            "traps": traps,
            "otherwise": html(self.otherwise),
            "explanation": html(self.explanation),
        }

    def answer(self) -> str:
        """The right answer as HTML, for a page without JavaScript."""
        near = f" (± {self.tolerance:g})" if self.tolerance else ""
        whole = float(self.answer_value).is_integer()
        return (
            f"{number(int(self.answer_value)) if whole else f'{self.answer_value:g}'} {html(self.unit)}".strip() + near
        )


def html(text: str) -> str:
    """One line of question text as HTML: light Markdown and the few tags that inline math needs, all else escaped."""
    return _TAGS.sub(r"<\1>", inline(text))


def fingerprint(data: Mapping[str, Any]) -> str:
    """Twelve characters that change with the question, so that progress on an older wording is not shown for it."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:12]


def _check_common(name: str, prompt: str) -> None:
    if not _ID.fullmatch(name):
        raise QuestionError(f'expected a question id such as "shared-weights" (a-z, 0-9, hyphens), got {name!r}')
    if not prompt.strip():
        raise QuestionError(f"question {name!r}: the prompt is empty")
