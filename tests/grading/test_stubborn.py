"""What would stop a class rather than a student: the trusted side neither falls over nor waits for ever."""

import csv
import json
import os
import struct
import threading
import time
from concurrent.futures import Future

import pytest

from lab_utils.grading import gradebooks, wire, workers
from lab_utils.grading.collect import collect
from lab_utils.grading.likeness import fingerprint
from lab_utils.grading.mark import Marker
from lab_utils.grading.notebooks import SubmissionError, read
from lab_utils.grading.remote import OnTheirSide, Remote
from lab_utils.grading.report import _safe
from lab_utils.grading.results import PASSED, SLOW
from lab_utils.grading.run import grade_class
from lab_utils.grading.slices import needed, statements
from tests.grading import small

HALF = "\ud800"  # half a character, which no file can hold


def odd_number():
    """An answer whose number is a tensor, so that comparing it is no truth."""
    number = '{"$": "tensor", "dtype": "uint8", "shape": [2], "at": 0}'
    text = f'{{"value": {{"$": "dict", "items": [["number", {number}]]}}, "arrays": [2]}}'.encode()
    return f"import os\nos.write(3, {struct.pack('<I', len(text)) + text + b'ab'!r})"


@pytest.mark.parametrize(
    "answer",
    [
        f"raise ValueError({HALF!a})",
        f"raise type({HALF!a}, (Exception,), {{}})()",
        f"x = '{HALF}'",
        f"{HALF} + 1 - 2 * 3 / 4 ( {HALF}",
        odd_number(),
    ],
    ids=["message", "kind", "text", "no token", "number"],
)
def test_a_result_can_always_be_written(answer, marker, sandbox):
    result = marker.mark(small.submission(double=answer, layer=small.LAYER), sandbox)
    assert [each.earned for each in result.exercises] == [0, 3]
    assert result.to_json().encode()


def test_sleeping_does_not_stretch_the_time(marker, sandbox):
    """Each answer is in time; all together are not."""
    sleeper = "import time\n\n\ndef double(x):\n    time.sleep(5)\n    return 2 * x"
    start = time.monotonic()
    double = marker.mark(small.submission(double=sleeper), sandbox).exercises[0]
    assert time.monotonic() - start < 20
    assert double.visible == PASSED
    assert double.tests[0].outcome == SLOW


@pytest.mark.parametrize(
    "ask",
    [
        "os.memfd_create('free')",
        "ctypes.CDLL(None, use_errno=True).shmget(0, 4096, 0o1600) >= 0 or 1 / 0",
    ],
)
def test_no_memory_that_nobody_is_charged_for(ask, marker, sandbox):
    answer = f"import os, ctypes\ntry:\n    {ask}\nexcept Exception as error:\n    raise RuntimeError('refused')"
    assert "refused" in marker.mark(small.submission(double=answer), sandbox).exercises[0].visible


def test_many_processes_share_one_time(sandbox):
    """Six that compute for three seconds each stay below the limit of one, four seconds, and not of all."""
    crowd = "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n        break\n"
    crowd += "while time.process_time() < 3:\n    pass"
    before = sandbox.cpu_seconds
    with sandbox.session(4) as session, pytest.raises(wire.Closed):
        session.ask("execute", text=crowd + "\nwhile True:\n    time.sleep(1)", name="<crowd>")
    assert session.why == "time"
    assert sandbox.cpu_seconds - before < 8


def test_sessions_that_end_while_they_are_ended(sandbox):
    for _ in range(40):
        session = sandbox.session(2)
        session.connection.close()
        sandbox.end(session.number)
    assert sandbox.process.poll() is None


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 200_000,
        "# \n" * 60_000,
        "x;" * 100_000,
        "\n".join(" " * i + "if 1:" for i in range(95)) + "\n" + " " * 95 + "x;" * 90_000,
        "'" + "\\'" * 99_000,
        "{" * 190,
        "-" * 100_000 + "1",
    ],
    ids=["lines", "comments", "statements", "indents", "quotes", "braces", "signs"],
)
def test_reading_a_cell_takes_no_time(text):
    start = time.process_time()
    fingerprint(text)
    try:
        found = statements(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found = []
    assert sum(len(each.text) for each in found) < 1_000_000
    assert time.process_time() - start < 4


def test_long_chains_of_functions_are_refused():
    before = [each for i in range(1500) for each in statements(f"def a{i}(): return a{i + 1}")]
    start = time.process_time()
    with pytest.raises(ValueError, match="steps"):
        needed(before, statements("a0()"))
    assert time.process_time() - start < 4
    assert len(needed(before, statements("a1450()"))) == 50


def test_a_mark_may_hold_anything():
    deep = json.loads("[" * 900 + "]" * 900)
    cell = {"cell_type": "code", "source": "x", "metadata": {"exercise": {"id": "double", "role": deep}}}
    text = json.dumps({"cells": [cell]})
    assert read(text.encode())[0].role == ""


def test_an_array_is_used_once():
    tree = [{"$": "tensor", "dtype": "uint8", "shape": [4], "at": 0}] * 2
    with pytest.raises(wire.WireError):
        wire.decode(tree, [b"abcd"], lambda *_: None)


def test_keys_that_collide_are_few():
    same_hash = [i * (2**61 - 1) for i in range(20_000)]
    for tree in ({"$": "set", "items": same_hash}, {"$": "dict", "items": [[each, 1] for each in same_hash]}):
        with pytest.raises(wire.WireError):
            wire.decode(tree, [], lambda *_: None)


def test_truths_are_zero_or_one():
    tree = {"$": "tensor", "dtype": "bool", "shape": [2], "at": 0}
    assert wire.decode(tree, [b"\xff\x00"], lambda *_: None).double().tolist() == [1, 0]


def test_an_object_satisfies_no_assertion():
    remote = Remote(None, OnTheirSide({}))
    for claim in (lambda: bool(remote), lambda: remote != 3, lambda: remote == 3, lambda: not remote):
        with pytest.raises(wire.WireError, match="expected a value"):
            claim()


def test_helpers_are_no_way_round_what_is_forbidden(sandbox):
    marker = Marker(small.assignment(key=small.KEY + "\nkey.forbid('double', 'add')"))
    notebook = json.loads(small.submission(double="def double(x):\n    return helper(x, x)"))
    notebook["cells"].insert(1, small.code("helper = torch.add"))
    found = marker.mark(json.dumps(notebook).encode(), sandbox).exercises[0]
    assert found.earned == 0
    assert "do without add" in found.visible


def test_files_that_are_none(tmp_path):
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "secret")
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    found = collect([tmp_path])
    assert len(found) == 3
    for each in found:
        with pytest.raises(SubmissionError, match="hand in the notebook itself"):
            each.read()


def test_names_that_are_no_text_and_files_that_change(tmp_path):
    """A file name in another encoding, and a student who writes while the class is graded."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / os.fsdecode(b"M\xfcller.ipynb")).write_bytes(b"{}")
    (folder / "late.ipynb").write_bytes(small.submission(double=small.DOUBLE))
    submissions = collect([folder])
    (late,) = (each for each in submissions if each.student == "late")
    reads = iter([late.read(), b"changed"])
    object.__setattr__(late, "read", lambda: next(reads))
    todo = {workers.result_name(small.assignment(), next(reads)): late}
    assert list(workers._contents(small.assignment(), todo)) == [(next(iter(todo)), None)]
    summary = grade_class(small.assignment(), [s for s in submissions if s is not late], tmp_path / "out")
    assert summary.graded == 1


@pytest.mark.parametrize("error", [ValueError("odd"), OSError(), RecursionError()])
def test_no_error_of_one_stops_the_others(error):
    future = Future()
    future.set_exception(error)
    assert workers._taken(future) is None


def test_each_thread_has_a_sandbox_of_its_own():
    seen = [workers._ready.shops]
    thread = threading.Thread(target=lambda: seen.append(workers._ready.shops))
    thread.start()
    thread.join()
    assert seen[0] is not seen[1]


def test_pages_of_two_students_are_two_files():
    names = ["Jo Ann", "Jo-Ann", "Jo/Ann", "..", "", "x" * 400, "x" * 401, "é" * 200]
    pages = [_safe(each) for each in names]
    assert len(set(pages)) == len(names)
    assert all(0 < len(each.encode()) < 200 and "/" not in each for each in pages)
    assert _safe("Bob_12") == "Bob_12"


@pytest.mark.parametrize("text", ["=1+cmd|' /C calc'!A0", "-2+3+cmd", "@x", "\r=1", "=x"])
def test_spreadsheets_run_no_name(tmp_path, text):
    path = gradebooks._write(tmp_path / "grades.csv", ["name", "points"], [[text, "-1.5"]])
    with path.open(newline="") as file:
        assert list(csv.reader(file))[1] == [f"'{text}", "-1.5"]
