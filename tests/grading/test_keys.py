"""The demonstration keys: they grade as they should, and are nowhere but in their folder."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lab_utils.grading.__main__ import main
from lab_utils.grading.key import read
from lab_utils.grading.mark import Assignment, Marker
from lab_utils.grading.sandbox import Sandbox
from lab_utils.grading.verify import verify
from lab_utils.grading.walls import PACKAGE, readable_inside
from tests.grading import small
from tests.notebooks import wheel as wheels

ROOT = Path(__file__).resolve().parents[2]
KEYS = ROOT / "demonstration-key"
CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("*.ipynb"))


def test_every_chapter_has_a_key():
    assert sorted(path.stem for path in KEYS.glob("*.py")) == CHAPTERS


@pytest.mark.usefixtures("needs_bubblewrap")
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_key_grades_as_it_should(chapter):
    notebook = (ROOT / "chapters" / f"{chapter}.ipynb").read_text(encoding="utf-8")
    marker = Marker(Assignment(chapter, notebook, read(KEYS, chapter)))
    assert len(marker.exercises) >= 6
    with Sandbox() as sandbox:
        faults = [f"{each.exercise}, {each.trial}: {each.fault}" for each in verify(marker, sandbox) if each.fault]
    assert faults == []


def test_a_bad_key_is_found_out(sandbox):
    """A key whose test accepts everything, and one that refuses the solution."""
    for change, fault in (
        (("same(student.double(x), 2 * x)", "True"), "earns"),
        (("2 * x)", "3 * x)"), "the solution earns"),
    ):
        marker = Marker(small.assignment(key=small.KEY.replace(*change)))
        assert any(fault in each.fault for each in verify(marker, sandbox))


def test_a_variable_of_the_chapter_named_like_the_answer_is_not_computed(sandbox):
    """The check calls the answer: what the chapter keeps under that name elsewhere is not its business."""
    chapter = small.chapter()
    chapter["cells"].insert(0, small.code("double = 1 / 0"))
    marker = Marker(small.assignment(notebook=json.dumps(chapter)))
    assert [each.fault for each in verify(marker, sandbox) if each.fault] == []


def test_a_key_in_sight_of_students_is_refused(tmp_path, capsys):
    assert readable_inside(PACKAGE / "grading")
    assert readable_inside(Path(sys.prefix) / "keys")
    assert not readable_inside(KEYS)
    out = [
        "grade",
        str(tmp_path),
        "--chapter",
        "cnns",
        "--out",
        str(tmp_path / "out"),
        "--book",
        str(ROOT / "chapters"),
    ]
    assert main([*out, "--book", str(ROOT / "chapters"), "--key", str(PACKAGE)]) == 2
    assert "move it" in capsys.readouterr().err


def traces(chapter):
    """Lines that stand in a key and nowhere else."""
    lines = (KEYS / f"{chapter}.py").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.startswith("def ") and "(student, draw)" in line]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_key_stays_in_its_folder(chapter):
    marks = traces(chapter)
    assert len(marks) >= 6
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    for name in tracked:
        path = ROOT / name
        if (
            name
            and path.is_file()
            and KEYS not in path.parents
            and path.suffix in (".ipynb", ".py", ".md", ".html", ".js", ".json")
        ):
            text = path.read_text(encoding="utf-8")
            assert not any(mark in text for mark in marks), name


def test_no_key_is_in_the_wheel_or_on_the_site(tmp_path):
    marks = [mark for chapter in CHAPTERS for mark in traces(chapter)]
    with zipfile.ZipFile(wheels.build(tmp_path)) as wheel:
        assert not any("demonstration" in name for name in wheel.namelist())
        texts = [wheel.read(name).decode() for name in wheel.namelist() if name.endswith(".py")]
    site = ROOT / "_build" / "html"
    texts += [
        path.read_text(encoding="utf-8")
        for path in site.rglob("*")
        if path.suffix in (".html", ".js", ".ipynb", ".txt", ".md")
    ]
    assert texts
    assert not any(mark in text for text in texts for mark in marks)
