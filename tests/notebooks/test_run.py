"""Every chapter runs as a reader's machine would run it: from the wheel, alone, offline, within time and memory.

Also: the runner catches what it is there to catch, on small planted notebooks.
"""

import importlib.metadata
import zipfile
from pathlib import Path

import pytest

from lab_utils.practice import ExerciseError, exercises
from tests.notebooks.files import CHAPTERS, ROOT, Notebook, cell, code, notebook, read
from tests.notebooks.runner import NotebookFailed, run
from tests.notebooks.wheel import build, install

CPU_SECONDS = 200  # 90 s on two quiet cores, and a little for those who count otherwise
MEMORY_MIB = 3 * 1024


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> Path:
    """The package as pip unpacks it, far from the checkout."""
    return install(wheel, tmp_path_factory.mktemp("site"))


def test_the_wheel_holds_all_that_the_package_needs(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tracked = [p for p in (ROOT / "lab_utils").rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    missing = {str(p.relative_to(ROOT)) for p in tracked} - set(names)
    assert not missing, f"not in the wheel: {sorted(missing)}"
    assert any(name.startswith("lab_utils/_data/fashion-mnist/") for name in names)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter(path, installed, tmp_path, capsys):
    done = run(read(path), tmp_path, package=installed, stubs=True)
    with capsys.disabled():
        print(
            f"\n{path.stem}: {done.cpu_seconds:.0f} CPU s, {done.wall_seconds:.0f} s, peak {done.peak_mib:.0f} MiB "
            f"(budget {CPU_SECONDS} CPU s, {MEMORY_MIB} MiB)"
        )
    assert done.package is not None
    assert Path(done.package).is_relative_to(installed), f"the chapter imported {done.package}, not the wheel"
    assert done.cpu_seconds <= CPU_SECONDS
    assert done.peak_mib <= MEMORY_MIB


def with_exercise(stub: str, solution: str, check: str, **mark: object) -> Notebook:
    """A notebook with one exercise."""
    texts = {"stub": stub, "solution": solution, "check": check}
    cells = []
    for role, text in texts.items():
        more = {"points": 1, "hint": "Add."} | mark if role == "stub" else {}
        cells.append(cell("code", text, f"sum-{role}", exercise={"id": "sum", "role": role} | more))
    return notebook(cells)


STUB = "def total(a, b):\n    raise NotImplementedError"
SOLUTION = "def total(a, b):\n    return a + b"
CHECK = "assert total(2, 3) == 5, 'total(2, 3) should be 5: add the two numbers'"


def test_a_sound_notebook_runs_from_the_wheel(installed, tmp_path):
    made = with_exercise(STUB, SOLUTION, CHECK)
    made["cells"] += code(
        "import os, lab_utils\nfrom lab_utils.page import claim, table",
        "claim('the folder is empty', measured=len(os.listdir('.')), equals=0)",
        "assert total(1, 1) == 2  # the solution is back after the stub was tried",
    )["cells"]
    done = run(made, tmp_path, package=installed, stubs=True)
    assert Path(done.package).is_relative_to(installed)
    assert 0 < done.cpu_seconds < 60
    assert 0 < done.wall_seconds < 120
    assert 20 < done.peak_mib < MEMORY_MIB


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "from lab_utils.page import claim\nclaim('two is three', measured=2, equals=3)",
            "the claim does not hold: two is three",
        ),
        ("import urllib.request\nurllib.request.urlopen('http://example.org/')", "the network is off"),
        ("import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)", "the network is off"),
        ("import warnings\nwarnings.warn('old', FutureWarning)", "FutureWarning"),
        ("1 / 0", "ZeroDivisionError"),
    ],
    ids=["broken claim", "web address", "network address", "warning", "error"],
)
def test_the_runner_catches(text, found, installed, tmp_path):
    with pytest.raises(NotebookFailed, match=found):
        run(code(text), tmp_path, package=installed)


def test_a_solution_that_fails_its_check_is_caught(installed, tmp_path):
    with pytest.raises(NotebookFailed, match="add the two numbers"):
        run(with_exercise(STUB, "def total(a, b):\n    return a", CHECK), tmp_path, package=installed)


def test_a_check_that_accepts_the_stub_is_caught(installed, tmp_path):
    with pytest.raises(NotebookFailed, match="exercise sum: the check accepts the stub"):
        run(with_exercise("x = 1", SOLUTION, "assert True, 'never'"), tmp_path, package=installed, stubs=True)


def test_exercises_are_read():
    (found,) = exercises(with_exercise(STUB, SOLUTION, CHECK))
    assert (found.id, found.points, found.hint, found.cells) == ("sum", 1.0, "Add.", (0, 1, 2))
    assert (found.stub, found.solution, found.check) == (STUB, SOLUTION, CHECK)


def test_chapters_have_sound_exercises():
    assert all(exercises(path) for path in CHAPTERS), "a chapter without an exercise"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda cells: cells.pop(1), "has no solution cell"),
        (lambda cells: cells.reverse(), "in this order"),
        (lambda cells: cells.append(cells[2]), "two check cells"),
        (lambda cells: cells[0]["metadata"]["exercise"].update(points=0), "points > 0"),
        (lambda cells: cells[0]["metadata"]["exercise"].update(hint=" "), "no hint"),
        (lambda cells: cells[0]["metadata"]["exercise"].update(role="stubb"), "stub|solution|check"),
        (lambda cells: cells[0].update(cell_type="markdown"), "not on code"),
        (lambda cells: cells[2].update(source="assert total(1, 1) == 2"), "messages that teach"),
        (lambda cells: cells[2].update(source="total(1, 1)"), "messages that teach"),
    ],
)
def test_unsound_exercises_are_refused(change, found):
    made = with_exercise(STUB, SOLUTION, CHECK)
    change(made["cells"])
    with pytest.raises(ExerciseError, match=found.replace("|", r"\|")):
        exercises(made)


def test_the_wheel_names_what_it_needs(wheel):
    """What a chapter imports besides the package comes with it: pip installs it on Colab."""
    text = zipfile.ZipFile(wheel)
    metadata = next(name for name in text.namelist() if name.endswith("METADATA"))
    lines = text.read(metadata).decode().splitlines()
    required = [line for line in lines if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert required
    for line in required:
        name = line.split(":")[1].split(";")[0].strip().split(">")[0].split("=")[0].strip()
        assert importlib.metadata.version(name)
