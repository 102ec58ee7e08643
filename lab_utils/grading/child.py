"""The student's side of the border: runs what the grader sends and answers calls. Nothing here is secret or trusted.

It stands in a sandbox of its own (`zygote`), for one exercise of one submission. Whatever the student's code does to
this module, it can only change what it answers, which is all that a wrong function could do as well.
"""

from __future__ import annotations

import importlib
import linecache
import random
import socket
import traceback
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from lab_utils.grading import wire

NAME = "__main__"


class Server:
    """Answers messages about one namespace until the grader hangs up."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.kept: list[Any] = []
        self.module = types.ModuleType(NAME)
        self.space = self.module.__dict__

    def serve(self) -> None:
        """Answer until the other side closes."""
        while True:
            try:
                tree, arrays = wire.receive(self.connection)
            except wire.Closed:
                return
            request = wire.decode(tree, arrays, self._special)
            text, raw = self._answer(request)
            wire.send(self.connection, text, raw)

    def _answer(self, request: Mapping[str, Any]) -> tuple[bytes, list[bytes]]:
        number = request["number"]
        try:
            result = getattr(self, f"on_{request['op']}")(**request["with"])
            return wire.encode({"number": number, "result": result}, self._keep)
        except BaseException as error:  # SystemExit and the like are answers too
            return wire.encode({"number": number, "raised": describe(error)})

    def on_execute(self, text: str, name: str) -> None:
        """Run one statement or cell in the namespace."""
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        exec(compile(text, name, "exec"), self.space)

    def on_call(self, target: Any, path: list[str], args: list[Any], kwargs: dict[str, Any], seed: int) -> Any:
        """Call a function of the namespace, or a method of something kept; lists stand for generators."""
        function = self.space[target] if isinstance(target, str) else target
        for step in path:
            function = getattr(function, step)
        seed_everything(seed)
        result = function(*args, **kwargs)
        return list(result) if isinstance(result, types.GeneratorType | map | filter | zip) else result

    def on_call_in_place(self, target: Any, path: list[str], args: list[Any], kwargs: dict[str, Any], seed: int) -> Any:
        """Call, and send the arguments back as the call left them."""
        return self.on_call(target, path, args, kwargs, seed), args

    def on_attribute(self, target: Any, path: list[str]) -> Any:
        """A value of the namespace, or an attribute of something kept."""
        value = self.space[target] if isinstance(target, str) else target
        for step in path:
            value = getattr(value, step)
        return value

    def on_evaluate(self, text: str, seed: int, names: dict[str, Any]) -> Any:
        """The value of an expression of the test's author, with `names` bound for it."""
        seed_everything(seed)
        return eval(compile(text, "<test>", "eval"), {**self.space, **names})

    def _keep(self, value: Any) -> Any:
        self.kept.append(value)
        return {"$": "kept", "id": len(self.kept) - 1, "type": type(value).__name__}

    def _special(self, tree: Mapping[str, Any], inner: Callable[[Any], Any]) -> Any:
        if tree["$"] == "kept":
            return self.kept[tree["id"]]
        if tree["$"] == "named":
            return _look_up(tree["path"])
        if tree["$"] == "record":
            module, _, name = tree["type"].partition(":")
            cls = getattr(importlib.import_module(module), name)
            return cls(**{key: inner(item) for key, item in tree["fields"].items()})
        raise ValueError(f"unknown kind {tree['$']!r}")


def _look_up(path: str) -> Any:
    """`torch.nn.functional.mse_loss` and the like."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def seed_everything(seed: int) -> None:
    """Each call starts from the same random state, whatever was drawn before it."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  # the state that a student's np.random calls draw from
    torch.manual_seed(seed)


def describe(error: BaseException) -> dict[str, Any]:
    """An exception as a reader of a notebook wants it: kind, message, and the last line of their own code."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename.startswith("<")]
    line = f"line {frames[-1].lineno}: {frames[-1].line}" if frames else ""
    if isinstance(error, SyntaxError):
        line = f"line {error.lineno}: {(error.text or '').strip()}"
    message = error.msg if type(error) is SyntaxError else _safe_text(error)
    return {"type": type(error).__name__, "message": str(message)[:2000], "line": line[:300]}


def _safe_text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:  # a student's __str__ may do anything
        return "(its message could not be read)"
