"""Hostile and broken answers: none gains, reads the key, reaches out, harms, or stops what comes after it."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab_utils.grading.results import NO_ANSWER, NOT_RUN, PASSED, RAISED, SLOW, STOPPED, WRONG
from tests.grading import small
from tests.grading.attacks import ATTACKS

PHRASES = {NOT_RUN, PASSED, RAISED, SLOW, STOPPED, NO_ANSWER, WRONG}


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[int, list[str]]]:
    """A door on this machine that nobody in the sandbox may reach, by stream or datagram."""
    heard: list[str] = []
    stream, datagram = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stream.bind(("127.0.0.1", 0))
    port = stream.getsockname()[1]
    datagram.bind(("127.0.0.1", port))
    stream.listen()
    threading.Thread(target=_hear, args=(stream.accept, heard), daemon=True).start()
    threading.Thread(target=_hear, args=(lambda: datagram.recv(100), heard), daemon=True).start()
    yield port, heard
    stream.close()
    datagram.close()


def _hear(wait, heard):
    try:
        heard.append(str(wait()))
    except OSError:
        return


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_gains_nothing_and_harms_nobody(attack, marker, sandbox, listener):
    port, heard = listener
    hostile = small.submission(double=ATTACKS[attack].replace("PORT", str(port)), layer=small.LAYER)
    result = marker.mark(hostile, sandbox)
    double, layer = result.exercises
    assert double.earned == 0
    assert layer.earned == 3, "the student's other answers are graded on their own"
    text = result.to_json()
    assert small.CANARY not in text
    assert {each.outcome for each in double.tests} <= PHRASES, "hidden tests speak in fixed phrases"
    assert double.visible, "the student is told something"
    assert heard == []
    assert marker.mark(small.submission(double=small.DOUBLE), sandbox).exercises[0].earned == 2, (
        "and the next is graded"
    )
    assert _below(sandbox.process.pid) == 1, "nothing is left running but the zygote"


def _below(pid: int) -> int:
    """How many processes there are below one, bubblewrap's own not counted."""
    children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return sum((_name(child) != "bwrap") + _below(child) for child in children)


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def test_hidden_inputs_stay_out_of_results(marker, sandbox):
    tell = "def double(x):\n    if x == 2:\n        return 4\n    raise ValueError(f'the input was {x}')"
    result = marker.mark(small.submission(double=tell), sandbox)
    assert result.exercises[0].visible == PASSED
    assert {each.outcome for each in result.exercises[0].tests} == {RAISED}
    assert "the input was" not in result.to_json()


def test_results_are_the_same_every_time(marker, sandbox):
    content = small.submission(
        double="import random\n\n\ndef double(x):\n    return 2 * x + random.random()", layer=small.LAYER
    )
    assert len({marker.mark(content, sandbox).to_json() for _ in range(3)}) == 1


def test_what_is_no_notebook_is_told(marker, sandbox):
    for broken in (
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b'{"cells": 3}',
        b"[" * 1_000_000,
        json.dumps({"cells": [{"cell_type": "code"}] * 6000}).encode(),
        json.dumps({"cells": [{"cell_type": "code", "source": "x" * 2_000_000}]}).encode(),
        b'"' + b"x" * (21 << 20) + b'"',
    ):
        result = marker.mark(broken, sandbox)
        assert result.problem
        assert result.exercises == ()


def test_odd_notebooks_are_read_as_far_as_they_go(marker, sandbox):
    odd = json.loads(small.submission(double=small.DOUBLE, layer=small.LAYER))
    odd["cells"] += [
        None,
        7,
        {},
        {"cell_type": "code", "source": None},
        {"cell_type": "code", "source": [1, "x = 1"], "metadata": [], "outputs": "no list"},
        {"cell_type": "code", "source": "}", "metadata": {"exercise": {"id": 3}}},
        {"cell_type": "code", "source": "", "metadata": {"exercise": {"id": "double", "role": "stub"}}},
    ]
    result = marker.mark(json.dumps(odd).encode(), sandbox)
    assert result.earned == 5
    assert "2 cells answer this exercise" in result.exercises[0].remarks[0]
