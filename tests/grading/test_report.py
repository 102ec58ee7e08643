"""Reports: right numbers, nothing hidden, nothing that a student's text or name could smuggle in."""

import csv
import json

import pytest

from lab_utils.grading import gradebooks
from lab_utils.grading.collect import Submission
from lab_utils.grading.likeness import fingerprint, likeness, similar_pairs
from lab_utils.grading.mark import Marker
from lab_utils.grading.report import report
from lab_utils.grading.run import grade_class
from lab_utils.grading.workers import result_name
from tests.grading import small

EVIL = "raise ValueError('<script>alert(1)</script><img src=x onerror=alert(2)>')"


@pytest.fixture(scope="module")
def results(tmp_path_factory, marker, sandbox):
    out = tmp_path_factory.mktemp("class") / "results"
    handed_in = {
        "Ann_11": small.submission(double=small.DOUBLE, layer=small.LAYER),
        "Bob_12": small.submission(double="def double(x):\n    return x + 2", layer=small.LAYER),
        "=cmd|' /C calc'!A0_13": small.submission(double=EVIL),
        "Dan_14": b"no notebook",
    }
    submissions = [
        Submission(name, name.rpartition("_")[0], f"{name}_7_x.ipynb", "canvas", lambda content=content: content)
        for name, content in handed_in.items()
    ]
    (out / "graded").mkdir(parents=True)
    for content in handed_in.values():  # marked here, so that this test needs no pool
        name = result_name(marker.assignment, content)
        (out / "graded" / name).write_text(marker.mark(content, sandbox).to_json(), encoding="utf-8")
    summary = grade_class(marker.assignment, submissions, out)
    assert (summary.graded, summary.before) == (0, 4)
    return out


def rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.reader(file))


def test_grades(results):
    report(results)
    head, *lines = rows(results / "grades.csv")
    assert head == ["student", "name", "points", "double", "layer", "problem"]
    earned = {line[1]: line[2] for line in lines}
    assert earned["Ann"] == "5"
    assert earned["Bob"] == "3"
    assert earned["Dan"] == "0"
    assert "not valid JSON" in lines[[line[1] for line in lines].index("Dan")][5]


def test_canvas_and_moodle_layouts(results, tmp_path):
    report(results, title="Homework 1")
    head, possible, *lines = rows(results / "canvas.csv")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 1"]
    assert possible[5] == "5"
    assert ["Ann", "11", "", "", "", "5"] in lines
    book = tmp_path / "gradebook.csv"
    book.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (900)\n    Points Possible,,,,,5\n"
        '"Doe, Ann",11,,a,S,\n"Eve, X",99,,e,S,2\n'
    )
    sheet = tmp_path / "worksheet.csv"
    sheet.write_text("Identifier,Full name,Grade,Maximum Grade\nParticipant 12,Bob,,5\nParticipant 99,Eve,1,5\n")
    report(results, title="Homework 1", canvas=book, moodle=sheet)
    assert rows(results / "canvas.csv")[2:] == [
        ["Doe, Ann", "11", "", "a", "S", "5"],
        ["Eve, X", "99", "", "e", "S", "2"],
    ]
    assert rows(results / "moodle.csv")[1:] == [
        ["Participant 12", "Bob", "3", "5"],
        ["Participant 99", "Eve", "1", "5"],
    ]
    with pytest.raises(ValueError, match="has no column 'Other'"):
        report(results, title="Other", canvas=book)


def test_names_are_inert_in_spreadsheets_and_pages(results):
    report(results)
    names = [line[1] for line in rows(results / "grades.csv")[1:]]
    assert "'=cmd|' /C calc'!A0" in names
    pages = [results / "class.html", *(results / "feedback").iterdir()]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "<img" not in text
        assert "default-src 'none'" in text
    assert any("&lt;script&gt;" in page.read_text(encoding="utf-8") for page in pages)


def test_feedback_speaks_in_hints(results):
    report(results)
    text = (results / "feedback" / "Bob_12.html").read_text(encoding="utf-8")
    assert "Two times each number." in text
    assert "wrong result" in text
    assert small.CANARY not in text
    for page in (results / "feedback").iterdir():
        assert "assert" not in page.read_text(encoding="utf-8")


def test_the_class_page_counts(results):
    report(results)
    text = (results / "class.html").read_text(encoding="utf-8")
    assert "double" in text
    assert "feedback/Ann_11.html" in text
    assert len(json.loads((results / "submissions.json").read_text())) == 4


def test_a_folder_without_results_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no results"):
        report(tmp_path)


LONG = """
def f(xs):
    total = 0
    for x in xs:
        if x > 3:
            total += x * 2
        else:
            total -= x
    return total / len(xs)
"""


def test_likeness_sees_through_names_and_comments():
    renamed = (
        LONG.replace("total", "sum_")
        .replace("xs", "values")
        .replace("x ", "v ")
        .replace("return", "# the mean\n    return")
    )
    assert likeness(fingerprint(LONG), fingerprint(renamed)) > 0.9
    assert likeness(fingerprint(LONG), fingerprint("def g(a):\n    return [b**2 for b in a if b] + [1, 2, 3]")) < 0.2
    assert likeness([], []) == 0


def test_what_all_share_makes_nobody_alike():
    own = {f"s{i}": {"e": [*range(100), *range(1000 * (i + 1), 1000 * (i + 1) + 30)]} for i in range(20)}
    assert similar_pairs(own) == []
    own["copy"] = own["s3"]
    (share, one, other), *rest = similar_pairs(own)
    assert (one, other, rest) == ("copy", "s3", [])
    assert share == 1


ONE_TEST = """
from lab_utils.grading.key import Key

key = Key()
key.test("double", hint="h")(lambda student, draw: None)
"""


def test_the_key_has_to_fit(marker):
    with pytest.raises(Exception, match="names exercises that it lacks: nowhere"):
        Marker(small.assignment(key=small.KEY + '\nkey.forbid("nowhere", "x")'))
    with pytest.raises(Exception, match="no hidden test for layer"):
        Marker(small.assignment(key=ONE_TEST))
    with pytest.raises(Exception, match="does not run: NameError"):
        Marker(small.assignment(key="boom"))


def test_a_dash_for_nothing_is_no_formula(tmp_path):
    """Moodle exports one where a date is missing; what was not filled in comes back as it was."""
    path = gradebooks._write(tmp_path / "moodle.csv", ["Grade", "Last modified (grade)"], [["1", "-"], ["2", "-1+1"]])
    assert path.read_text().split() == ["Grade,Last", "modified", "(grade)", "1,-", "2,'-1+1"]
