"""Runs a notebook as a reader's machine would: fresh kernel, empty folder, no network, only the package it is given."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from lab_utils.practice import exercises
from tests.notebooks.files import Notebook, cell, source

# Python imports a module of this name when it starts, so that it also holds in processes that the kernel starts.
GUARD = """
import socket

_connect, _connect_ex, _look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


def _local(address):
    return not isinstance(address, tuple) or str(address[0]).startswith("127.") or address[0] in ("::1", "localhost")


def _guard(function):
    def connect(self, address):
        if not _local(address):
            raise OSError(f"the network is off in this test: a connection to {address!r} was tried")
        return function(self, address)
    return connect


def _getaddrinfo(host, *arguments, **keywords):
    if host is not None and not _local((host,)):
        raise OSError(f"the network is off in this test: the address of {host!r} was asked for")
    return _look_up(host, *arguments, **keywords)


socket.socket.connect, socket.socket.connect_ex = _guard(_connect), _guard(_connect_ex)
socket.getaddrinfo = _getaddrinfo
"""
CELL_SECONDS = 600  # a cell that hangs; what a chapter may take is counted in processor time
SETUP = "import warnings as _w\n_w.filterwarnings('error', module=r'(__main__|lab_utils)(\\.|$)')"
REPORT = """
import json, re, resource, sys
from pathlib import Path
own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
status = Path("/proc/self/status")
# Linux counts the parent's memory into ru_maxrss of a forked process; its own high-water mark does not.
peak = re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1] if status.exists() else own.ru_maxrss
if sys.platform == "darwin": peak = own.ru_maxrss / 1024
package = getattr(sys.modules.get("lab_utils"), "__file__", None)
seconds = sum(u.ru_utime + u.ru_stime for u in (own, children))
print(json.dumps({"cpu_seconds": seconds, "peak_mib": float(peak) / 1024, "package": package}))
"""


class NotebookFailed(AssertionError):
    """A cell of the notebook raised; the message holds the cell and the error."""


@dataclass(frozen=True)
class Run:
    """What a run took, and which `lab_utils` it imported (None: none)."""

    cpu_seconds: float
    wall_seconds: float
    peak_mib: float
    package: str | None


def run(notebook: Notebook, folder: Path, *, package: Path, stubs: bool = False) -> Run:
    """Run a notebook in `folder` (made, must be empty) with `package` first on the import path.

    Warnings raised by the notebook's own code and by `lab_utils` are errors. With `stubs=True` each exercise is then
    tried with its stub in place of the solution, and its check has to refuse that. Raises NotebookFailed.
    """
    workplace, guard = folder / "empty", folder / "guard"
    workplace.mkdir(parents=True)
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONWARNINGS", "MPLBACKEND")}
    environment |= {"PYTHONPATH": os.pathsep.join([str(guard), str(package)]), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"LAB_STATIC": "1", "LAB_STRICT": "1"}  # nobody to press buttons; off the ledger's band is a failure
    prepared = nbformat.from_dict(_prepared(notebook, stubs))
    place = {"metadata": {"path": str(workplace)}}
    client = NotebookClient(prepared, kernel_name="python3", timeout=CELL_SECONDS, resources=place)
    start = time.perf_counter()
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        raise NotebookFailed(str(error)) from error
    wall = time.perf_counter() - start
    measured = json.loads(prepared.cells[-1].outputs[-1]["text"].splitlines()[-1])
    return Run(wall_seconds=wall, **measured)


def _prepared(notebook: Notebook, stubs: bool) -> Notebook:
    """The notebook between a cell that turns warnings into errors and one that reports; its own cells unchanged."""
    trials = {exercise.cells[2]: exercise for exercise in exercises(notebook)} if stubs else {}
    cells = [cell("code", SETUP, "test-setup")]
    for position, original in enumerate(notebook["cells"]):
        cells.append({**original, "source": source(original)})  # files hold lists of lines, nbclient wants text
        if position in trials:
            exercise = trials[position]
            texts = json.dumps([exercise.stub, exercise.check, exercise.solution])
            cells.append(cell("code", _trial(exercise.id, texts), f"test-{exercise.id}"))
    cells.append(cell("code", REPORT, "test-report"))
    return {**notebook, "cells": cells}


def _trial(name: str, texts: str) -> str:
    """Code that runs a stub and its check, insists that one of them raises, and puts the solution back."""
    return (
        f"import json as _json\n_stub, _check, _solution = _json.loads({texts!r})\n"
        "_shell = get_ipython()\n"
        "_outcomes = []\n"
        "_show, _shell.showtraceback = _shell.showtraceback, lambda *a, **k: None\n"
        "for _text in (_stub, _check):\n    _outcomes.append(not _shell.run_cell(_text).success)\n"
        "_shell.showtraceback = _show\n"
        f"assert any(_outcomes), 'exercise {name}: the check accepts the stub'\n"
        "_shell.run_cell(_solution).raise_error()"
    )
