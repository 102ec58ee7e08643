"""What a class costs: told before it is graded, and afterwards."""

import io
import json
import re

import pytest
from tqdm.std import tqdm

from lab_utils.grading import __main__ as program
from lab_utils.grading.costs import duration, forecast
from tests.grading import small


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (89, "89 s"), (91, "2 min"), (3600, "60 min"), (5390, "1 h 30 min"), (9000, "2 h 30 min")],
)
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words


def test_a_forecast_names_the_dearest_exercise_and_how_to_leave_it_out():
    told = forecast("cnns", {"a": 0.1, "train": 15.8, "b": 0.1}, cores=2, start=10)
    assert "one right submission takes 16.0 CPU s, 15.8 of them for train" in told
    assert "a class of 500 takes about 67 min on this machine's 2 cores" in told  # 10 + 500 x 16 / 2 s
    assert told.endswith("or about 60 s without train: --only a,b")  # 10 + 500 x 0.2 / 2 s


def test_a_forecast_where_nothing_stands_out():
    told = forecast("small", {"a": 0.2, "b": 0.2}, cores=1)
    assert (
        told
        == "small: one right submission takes 0.40 CPU s; a class of 500 takes about 3 min on this machine's one core"
    )
    with pytest.raises(ValueError, match=r"got \{\}"):
        forecast("small", {}, cores=1)


@pytest.fixture
def places(tmp_path):
    """A book and a key of the small chapter, whose right answer to `double` computes for a while."""
    chapter = small.chapter()
    slow = "import time\nstart = time.process_time()\nwhile time.process_time() < start + 0.3:\n    pass\n"
    for cell in chapter["cells"]:
        if cell["metadata"].get("exercise") == {"id": "double", "role": "solution"}:
            cell["source"] = slow + small.DOUBLE
    for folder, name, text in (("book", "small.ipynb", json.dumps(chapter)), ("key", "small.py", small.KEY)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
    return ["--book", str(tmp_path / "book"), "--key", str(tmp_path / "key")]


@pytest.mark.usefixtures("needs_bubblewrap")
def test_verify_measures_what_answers_cost(places, capsys):
    assert program.main(["verify", "small", *places]) == 0
    told = capsys.readouterr().out
    taken = re.search(r"small: one right submission takes ([\d.]+) CPU s, ([\d.]+) of them for double; ", told)
    assert 0.3 <= float(taken[2]) <= float(taken[1]) < 5
    assert told.endswith("--only layer\n")
    assert program.main(["verify", "small", "--json", "--only", "layer", *places]) == 0
    trials = json.loads(capsys.readouterr().out)
    assert all(0 < each["cpu_seconds"] < 1 for each in trials)
    assert {each["exercise"] for each in trials} == {"layer"}


def test_the_estimate_does_not_count_what_was_graded_before():
    with tqdm(unit="submission", file=io.StringIO()) as bar:
        for done in (40, 41):
            program._move(bar, done, 100)
        told = bar.format_dict | {"elapsed": 10.0}
    assert (told["n"], told["total"], told["initial"]) == (41, 100, 40)
    assert "09:50" in bar.format_meter(**told), "59 are left, at 10 s each"


@pytest.mark.usefixtures("needs_bubblewrap")
def test_grading_tells_what_it_took(places, tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "one.ipynb").write_bytes(small.submission(double=small.DOUBLE))
    grade = ["grade", str(tmp_path / "in"), "--chapter", "small", "--out", str(tmp_path / "out"), "--workers", "1"]
    assert program.main([*grade, *places]) == 0
    told = capsys.readouterr().out
    assert re.search(r"1 graded now, 0 before; CPU time: median 0\.\d\d s each, 1 s in all", told)
    assert program.main([*grade, *places, "--resume"]) == 0
    assert "0 graded now, 1 before\n" in capsys.readouterr().out
