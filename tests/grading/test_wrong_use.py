"""Wrong uses of the command line: each message says what was expected, what came and what to do; nothing is begun."""

import json

import pytest

from lab_utils.grading import __main__ as program
from lab_utils.grading.collect import CollectError, collect
from tests.grading import small


@pytest.fixture
def given(tmp_path, monkeypatch):
    """A folder with book, key and submissions to work in."""
    monkeypatch.chdir(tmp_path)
    for folder, name, text in (
        ("book", "small.ipynb", json.dumps(small.chapter())),
        ("key", "small.py", small.KEY),
        ("in", "one.ipynb", small.submission(double=small.DOUBLE).decode()),
        ("unzipped", "all.zip", "PK"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_text("no archive")
    return tmp_path


GRADE = {"--chapter": "small", "--key": "key", "--book": "book", "--out": "out", "--workers": "1"}


def grade(*places, **changed):
    options = {**GRADE, **{f"--{name}": value for name, value in changed.items()}}
    return program.main(["grade", *places, *(part for pair in options.items() for part in pair)])


@pytest.mark.parametrize(
    ("places", "changed", "words"),
    [
        (["nowhere.zip"], {}, ["expected a notebook, a folder or a zip archive", "nowhere.zip, which does not exist"]),
        (["empty"], {}, ["expected notebooks (.ipynb) in empty, got nothing"]),
        (["unzipped"], {}, ["got .zip", "give zip archives by their own names"]),
        (["broken.zip"], {}, ["broken.zip is no readable zip archive", "download it again"]),
        (["in"], {"key": "keys"}, ["expected --key to be a folder with small.py", "got keys"]),
        (["in"], {"key": "empty"}, ["expected empty/small.py", "keys in this folder: none"]),
        (["in"], {"chapter": "smal"}, ["no chapter 'smal'", "chapters in book: small"]),
        (["in"], {"book": "empty"}, ["run it where the book lies, or say --book"]),
        (["in"], {"only": "duble"}, ["no exercise 'duble'", "double, layer"]),
        (["in"], {"workers": "0"}, ["--workers of at least 1, got 0"]),
    ],
)
def test_what_cannot_be_graded_is_told(given, capsys, places, changed, words):
    assert grade(*places, **changed) == program.USAGE
    told = capsys.readouterr().err
    assert all(each in told for each in words), told
    assert not (given / "out").exists()


@pytest.mark.parametrize(
    ("script", "words"), [(None, "apt install bubblewrap"), ("echo no right >&2; exit 1", "no right")]
)
def test_without_a_sandbox_no_worker_is_started(given, monkeypatch, capsys, script, words):
    """Missing, or forbidden by the machine: told once and at once, not once for each submission."""
    monkeypatch.setenv("PATH", str(given))
    if script:
        (given / "bwrap").write_text(f"#!/bin/sh\n{script}\n")
        (given / "bwrap").chmod(0o755)
    assert grade("in") == program.USAGE
    assert words in capsys.readouterr().err
    assert not (given / "out").exists()


def test_a_student_is_told_which_file_was_expected(given, capsys):
    assert program.main(["check", "nowhere.ipynb"]) == program.USAGE
    assert "expected your notebook (.ipynb), got nowhere.ipynb" in capsys.readouterr().err


def test_folders_given_one_by_one_are_as_many_students(tmp_path):
    """`grade class/*`: the folder of one student of Moodle's archive, given by itself, still says whose it is."""
    for name in ("Ada_1_assignsubmission_file", "Bo_2_assignsubmission_file", "plain", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "work.ipynb").write_text("{}")
    found = collect([tmp_path / "Ada_1_assignsubmission_file", tmp_path / "Bo_2_assignsubmission_file"])
    assert [each.student for each in found] == ["Ada_1", "Bo_2"]
    with pytest.raises(CollectError, match="two places hold a file for one student, 'work'"):
        collect([tmp_path / "plain", tmp_path / "other"])


@pytest.mark.usefixtures("needs_bubblewrap")
def test_a_slip_of_the_pen_is_told_with_its_line(marker, sandbox):
    found = marker.mark(small.submission(double="def double(x):\n    return x["), sandbox).exercises[0]
    assert found.visible == "the answer is not valid Python: '[' was never closed (line 3)"
    later = marker.mark(small.submission(double="def double(x):\n    return eval('2x')"), sandbox).exercises[0]
    assert "unknown" not in later.visible
    assert "<string>" not in later.visible


@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        ("canvas", None, "expected a CSV file exported from the gradebook, got book.csv"),
        ("canvas", "Student,ID,small\nZoe,7,\n", "holds none of the 1 students"),
        ("moodle", "Identifier,Grade\nParticipant 7,\n", "holds none of the 1 students"),
        ("moodle", "Student,ID\n", "expected a column 'Identifier' in book.csv, got Student, ID"),
        ("canvas", "Student,ID,other\nAda,1,\n", "has no column 'small'; --title names"),
    ],
)
def test_the_gradebook_of_another_class_is_not_filled_in(given, capsys, option, text, words):
    (given / "out").mkdir()
    (given / "out" / "assignment.json").write_text('{"chapter": "small", "exercises": []}')
    row = {"student": "Ada_1", "name": "Ada", "system": "canvas", "source": "a.ipynb", "problem": "not a notebook"}
    (given / "out" / "submissions.json").write_text(json.dumps([row]))
    if text is not None:
        (given / "book.csv").write_text(text)
    assert program.main(["report", "out", f"--{option}", "book.csv"]) == program.USAGE
    assert words in capsys.readouterr().err
