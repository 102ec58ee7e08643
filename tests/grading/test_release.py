"""What students get: stubs that run, visible checks, no solution, nothing hidden."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from lab_utils.grading.release import ReleaseError, release, with_variant
from lab_utils.practice import exercises
from tests.grading import small

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


def texts(notebook):
    return ["".join(cell["source"]) for cell in notebook["cells"]]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_is_released_without_its_solutions(path):
    chapter = json.loads(path.read_text(encoding="utf-8"))
    made = release(chapter, chapter=path.stem)
    nbformat.validate(nbformat.from_dict(made))
    code = "\n".join(text for text, cell in zip(texts(made), made["cells"], strict=True) if cell["cell_type"] == "code")
    for each in exercises(chapter):
        assert each.solution.strip() not in code
        assert re.sub(r" *# variant:.*", "", each.check).strip() in code
        assert f"# exercise: {each.id} (keep this line)" in code
    assert "solution" not in {cell["metadata"].get("exercise", {}).get("role") for cell in made["cells"]}


def test_released_stubs_run():
    space = {}
    for cell in release(small.chapter(), chapter="small")["cells"]:
        if cell["cell_type"] == "code" and cell["metadata"].get("exercise", {}).get("role") != "check":
            exec(cell["source"], space)
    assert space["double"](3) == 3


def test_only_and_no_prose():
    chapter = small.chapter()
    chapter["cells"].insert(0, {"cell_type": "markdown", "id": "long", "metadata": {}, "source": "A long story."})
    made = release(chapter, chapter="small", only=["layer"], prose=False)
    assert "A long story." not in texts(made)[1:]
    assert not any("def double" in text for text in texts(made))
    assert any("class Scale" in text for text in texts(made))
    with pytest.raises(ReleaseError, match="no exercise nothing in 'small'; it has double, layer"):
        release(chapter, chapter="small", only=["nothing"])


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_text_of_an_exercise_goes_with_it(path):
    """A task without its cell, "Exercise 7 (hard, 4 points)", would look like one that is to be done."""
    chapter = json.loads(path.read_text(encoding="utf-8"))
    second = exercises(chapter)[1]
    made = release(chapter, chapter=path.stem, only=[second.id])
    tasks = [text for text in texts(made) if re.match(r"\*\*Exercise \d", text)]
    assert len(tasks) == 1
    assert texts(made)[texts(made).index(tasks[0]) + 1].startswith(f"**Exercise `{second.id}`")
    assert "## Mastery check" in "\n".join(texts(made)), "the rest of the chapter stays"


def test_a_chapter_without_exercises_cannot_be_released():
    with pytest.raises(ReleaseError, match="no exercise"):
        release({"cells": [small.code("x = 1")], "metadata": {}}, chapter="empty")


DRAWN = "factor = 2  # variant: 2, 3, 5, 7, 11\n"


def drawn_chapter():
    chapter = small.chapter()
    for cell in chapter["cells"][1:4]:
        cell["source"] = DRAWN + cell["source"].replace("2 *", "factor *")
    return chapter


def test_a_variant_draws_the_same_number_for_all_cells_of_an_exercise():
    drawn = set()
    for seed in range(1, 30):
        cells = with_variant(drawn_chapter(), seed)["cells"]
        values = {re.search(r"factor = (\d+)", text)[1] for text in texts({"cells": cells[1:4]})}
        assert len(values) == 1
        drawn |= values
    assert drawn == {"2", "3", "5", "7", "11"}
    assert with_variant(drawn_chapter(), 4) == with_variant(drawn_chapter(), 4)
    assert "factor = 2\n" in texts(with_variant(drawn_chapter(), 0))[1], "the book's own number, and no comment"


def test_a_variant_draws_the_data_of_visible_checks_afresh():
    chapter = small.chapter()
    chapter["cells"][3]["source"] = (
        "x = torch.randn(3, generator=torch.Generator().manual_seed(4))\nassert double(0) == 0, 'x'"
    )
    chapter["cells"][1]["source"] = "torch.manual_seed(4)\n" + chapter["cells"][1]["source"]
    drawn = texts(with_variant(chapter, 2))
    assert "manual_seed(2004)" in drawn[3]
    assert "manual_seed(4)" in drawn[1], "what students see of the task stays"


def test_a_release_leaves_the_chapter_as_it_was():
    chapter = small.chapter()
    before = json.dumps(chapter)
    release(chapter, chapter="small", variant=3)
    assert json.dumps(chapter) == before
