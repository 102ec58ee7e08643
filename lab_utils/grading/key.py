"""The key of a chapter: hidden tests, what an answer may not call, and wrong answers that the tests must catch.

A key is a folder of Python files, one a chapter, each of which makes `key = Key()` and fills it. It is run by the
grader alone, on the trusted side, and never travels to a student: keep it out of `chapters/`, the site and the package.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

SECONDS = 20
HiddenTest = Callable[["Any", torch.Generator], None]


class KeyFault(ValueError):
    """A key that does not fit its chapter; the message says what is wrong."""


@dataclass(frozen=True)
class Test:
    """One hidden test: `run(student, draw)` asserts; `weight` is its share of the points beside the others'."""

    __test__ = False  # not pytest's

    exercise: str
    name: str
    run: HiddenTest
    hint: str
    weight: float = 1.0

    def generator(self, variant: int) -> torch.Generator:
        """The same numbers for the same test and variant, on every machine."""
        return torch.Generator().manual_seed(zlib.crc32(f"{self.exercise}/{self.name}".encode()) + variant)


@dataclass
class Key:
    """What the author of a chapter's key writes."""

    tests: dict[str, list[Test]] = field(default_factory=dict)
    wrong_answers: dict[str, dict[str, str]] = field(default_factory=dict)
    forbidden: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seconds: dict[str, int] = field(default_factory=dict)

    def test(self, exercise: str, *, hint: str, weight: float = 1.0) -> Callable[[HiddenTest], HiddenTest]:
        """Decorate a function (student, draw) of plain asserts; its name, in words, is the test's name."""
        if not weight > 0 or not hint.strip():
            raise KeyFault(f"{exercise}: expected a weight above 0 and a hint, got weight {weight} and hint {hint!r}")

        def enter(function: HiddenTest) -> HiddenTest:
            name = function.__name__.strip("_").replace("_", " ")
            if any(each.name == name for each in self.tests.get(exercise, [])):
                raise KeyFault(f"{exercise}: two hidden tests are called {name!r}")
            self.tests.setdefault(exercise, []).append(Test(exercise, name, function, hint, weight))
            return function

        return enter

    def wrong(self, exercise: str, what: str, answer: str) -> None:
        """A plausible wrong answer, as a student would write it in the cell: `verify` wants it to lose points."""
        self.wrong_answers.setdefault(exercise, {})[what] = answer

    def forbid(self, exercise: str, *names: str) -> None:
        """Names that an answer may not use: the library function that is to be written, with what stands in for it.

        `*` and `?` stand for anything: `*max_pool?d*`. Where names are forbidden, ways to reach a name without writing
        it (`getattr` with a name that is computed, `eval`, `__dict__`) are refused too. The exercise's text should say
        what is forbidden.
        """
        self.forbidden[exercise] = names

    def limit(self, exercise: str, *, seconds: int) -> None:
        """Seconds for which the student's code may compute, check and tests together, where `SECONDS` are not right."""
        if not isinstance(seconds, int) or seconds < 1:
            raise KeyFault(f"{exercise}: expected a limit of at least 1 whole second, got {seconds!r}")
        self.seconds[exercise] = seconds


def same(found: Any, expected: torch.Tensor, *, tolerance: float = 1e-5) -> bool:
    """Is `found` a tensor of the expected shape with the expected numbers?

    Tests use this rather than `torch.allclose`, which broadcasts: what a student's side returns may be chosen so that
    broadcasting takes all the memory there is.
    """
    if not isinstance(found, torch.Tensor) or found.shape != expected.shape:
        return False
    return torch.allclose(found.double(), expected.double(), rtol=tolerance, atol=tolerance)


def empty(student: Any, network: Any) -> None:
    """Set every weight that `network`, on the student's side, admits to in `parameters()` to zero.

    What it still knows then, it keeps elsewhere: in weights that were left out of the count, or as a rule that nothing
    has learned. A test that counts weights asks once more afterwards and expects no better than a guess.
    """
    student.evaluate("sum(each.data.zero_().numel() for each in network.parameters())", network=network)


def read(folder: Path, chapter: str) -> str:
    """The text of a chapter's key. Raises KeyFault."""
    path = folder / f"{chapter}.py"
    if not folder.is_dir():
        raise KeyFault(f"expected --key to be a folder with {chapter}.py, got {folder}, which is no folder here")
    if not path.is_file():
        there = ", ".join(sorted(each.stem for each in folder.glob("*.py"))) or "none"
        raise KeyFault(f"no key for {chapter!r}: expected {path}; keys in this folder: {there}")
    return path.read_text(encoding="utf-8")


def load(text: str, chapter: str) -> Key:
    """Run a key's text. Raises KeyFault."""
    space: dict[str, Any] = {"__name__": f"key_{chapter}"}
    try:
        exec(compile(text, f"<key of {chapter}>", "exec"), space)
    except Exception as error:  # a key is a program: whatever stops it is told, with its cause
        raise KeyFault(f"the key of {chapter!r} does not run: {type(error).__name__}: {error}") from error
    if not isinstance(space.get("key"), Key):
        raise KeyFault(f"the key of {chapter!r} makes no `key = Key()`")
    return space["key"]


def digest(*texts: str) -> str:
    """A short name for what a result depends on besides the submission."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
