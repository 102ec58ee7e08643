"""How a hidden test sees the student's work: names to call, objects that stay on their side, values that come back."""

from __future__ import annotations

from typing import Any

from lab_utils.grading.remote import OnTheirSide, Remote
from lab_utils.grading.sandbox import Session


class Student:
    """`student.output_size(28, 3)` calls the student's function; a module that it returns can be called in turn.

    Arguments and results are numbers, text, tensors, and lists, tuples and dicts of them; what cannot cross (a module,
    an optimizer) stays on the student's side as a `Remote`. Arrays arrive as copies: `f.in_place(x)` shows what a call
    did to its arguments.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Remote:
        if name.startswith("__"):
            raise AttributeError(name)
        return Remote(self._session, name)

    def run(self, text: str) -> None:
        """Run statements of the test's author in the student's namespace: a set-up that needs their class or function.

        The student's side reads them: they must hold nothing that gives an answer away.
        """
        self._session.ask("execute", text=text, name="<test>")

    def evaluate(self, expression: str, **names: Any) -> Any:
        """An expression of the test's author, evaluated among the student's names and `names`.

        The student's side reads it: it must hold nothing that gives an answer away.
        """
        return self._session.ask("evaluate", text=expression, seed=self._session.seed, names=names)


def named(path: str) -> OnTheirSide:
    """Something that the student's side imports for itself, such as named("torch.nn.functional.mse_loss")."""
    return OnTheirSide({"$": "named", "path": path})
