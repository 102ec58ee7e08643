"""The self-marked quiz at the end of a chapter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab_utils.practice.questions import NumberQuestion, Question, QuestionError, fingerprint, html
from lab_utils.web import LiveFigure

HERE = Path(__file__).parent


def mastery_check(chapter: str, questions: Sequence[Question | NumberQuestion]) -> LiveFigure:
    """A quiz that answers on the page itself: marks, gives feedback, lets the reader try again, remembers progress.

    `chapter` is the notebook's name, such as "cnns": progress is kept in the reader's own browser under chapter,
    question id and wording. Without JavaScript the questions stand there with their answers folded away. Raises
    QuestionError for questions that are not fair or share an id.
    """
    if not questions:
        raise QuestionError(f"the mastery check of {chapter!r} has no questions")
    seen: set[str] = set()
    for question in questions:
        question.check()
        if question.id in seen:
            raise QuestionError(f"two questions have the id {question.id!r}; an id names one question")
        seen.add(question.id)
    return LiveFigure(
        HERE / "quiz.js",
        {"chapter": chapter, "questions": [_entry(question) for question in questions]},
        label=f"Mastery check: {len(questions)} questions",
        fallback=_fallback(questions),
        css=(HERE / "quiz.css",),
    )


def _entry(question: Question | NumberQuestion) -> dict[str, Any]:
    data = question.data()
    return {"id": question.id, "mark": fingerprint(data), **data}


def _fallback(questions: Sequence[Question | NumberQuestion]) -> str:
    """The questions as a list, each with its answer in <details>."""
    items = []
    for question in questions:
        choices = question.choices if isinstance(question, Question) else []
        listed = "".join(f"<li>{html(choice.text)}</li>" for choice in choices)
        why = f" {html(question.explanation)}" if question.explanation else ""
        answer = f"<details><summary>Answer</summary><p>{question.answer()}.{why}</p></details>"
        items.append(f"<li><p>{html(question.prompt)}</p>{f'<ul>{listed}</ul>' if listed else ''}{answer}</li>")
    return f'<ol class="lab-quiz-list">{"".join(items)}</ol>'
