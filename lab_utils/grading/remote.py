"""Names for what lives on the student's side: functions to call, objects that stay there, errors that come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lab_utils.grading import wire


class Asks(Protocol):
    """A session, as a Remote needs it."""

    seed: int

    def ask(self, op: str, **given: Any) -> Any:
        """The decoded answer to one request."""


class StudentError(Exception):
    """What the student's code raised: `kind`, `message` and `line` are the student's own words."""

    def __init__(self, told: Any) -> None:
        told = told if isinstance(told, Mapping) else {}
        self.kind, self.message, self.line = (plain(told.get(key))[:2000] for key in ("type", "message", "line"))
        super().__init__(f"{self.kind}: {self.message}")


def plain(text: Any) -> str:
    """Text that any file can hold: half characters (lone surrogates) would stop whoever writes them down."""
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else ""


class Remote:
    """Something on the student's side: a name of the notebook, or an object that a call left there.

    Calling it calls it there; an attribute is a Remote again until `value()` fetches it. `parameters()` and other
    generators come back as lists.
    """

    def __init__(self, session: Asks, target: Any, path: tuple[str, ...] = (), kind: str = "") -> None:
        self._session, self._target, self._path, self._kind = session, target, path, kind

    def __getattr__(self, name: str) -> Remote:
        if name.startswith("__"):
            raise AttributeError(name)
        return Remote(self._session, self._target, (*self._path, name))

    def __bool__(self) -> bool:
        raise wire.WireError(f"expected a value, got {self!r}")  # else any object would satisfy `assert`

    def __eq__(self, other: object) -> bool:
        raise wire.WireError(f"expected a value, got {self!r}")  # else any object would satisfy `!=`

    __hash__ = object.__hash__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("call", args=list(args), kwargs=kwargs)

    def in_place(self, *args: Any, **kwargs: Any) -> tuple[Any, list[Any]]:
        """The result, and the arguments as the call left them."""
        return self._ask("call_in_place", args=list(args), kwargs=kwargs)

    def to_wire(self) -> Mapping[str, Any]:
        """How it travels back, as an argument. Raises WireError for an attribute: fetch or call it instead."""
        if self._path or not isinstance(self._target, OnTheirSide):
            raise wire.WireError(f"expected an object that a call returned as an argument, got {self!r}")
        return self._target.tree

    def value(self) -> Any:
        """The value itself, where it can cross."""
        return self._session.ask("attribute", **self._here)

    @property
    def _here(self) -> dict[str, Any]:
        return {"target": self._target, "path": list(self._path)}

    def _ask(self, op: str, **given: Any) -> Any:
        return self._session.ask(op, **self._here, **given, seed=self._session.seed)

    def __repr__(self) -> str:
        return f"<{self._kind or '.'.join([str(self._target), *self._path])} on the student's side>"


@dataclass(frozen=True)
class OnTheirSide:
    """Names an object of the student's side in a message: by number, or by import path."""

    tree: Mapping[str, Any]

    def to_wire(self) -> Mapping[str, Any]:
        """How it travels."""
        return self.tree
