"""Planted faults: each check must see the fault it is there for."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser

from tests.run import Totals, read_junit, read_tap
from tests.site.checks import axe_violations, bad_alternatives, broken_links, visit
from tests.site.conftest import serve
from theme.cells import mark_exercises
from theme.concepts import Concept, levels, read_map
from theme.execute import ChapterError, Results, code_key, execute_stale, inputs_key, merge
from theme.policy import META, with_policy

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(built_site: Path, tmp_path: Path) -> Path:
    """A page of the site to spoil, without its policy, which would hide some faults."""
    site = tmp_path / "site"
    site.mkdir()
    shutil.copytree(built_site / "_static", site / "_static")
    for name in ("index.html", "searchindex.js"):
        shutil.copy(built_site / name, site / name)
    page = site / "index.html"
    page.write_text(META.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
    return site


def spoil(site: Path, addition: str) -> None:
    page = site / "index.html"
    page.write_text(page.read_text(encoding="utf-8").replace("</article>", f"{addition}</article>"), encoding="utf-8")


@pytest.mark.parametrize("way", ["http", "file"])
def test_a_request_to_elsewhere_is_seen(browser: Browser, copy: Path, way: str) -> None:
    spoil(copy, '<img src="http://203.0.113.1/counter.png" alt="A counter that nobody asked for">')
    server = serve(copy)
    url = f"http://127.0.0.1:{server.server_port}/index.html" if way == "http" else (copy / "index.html").as_uri()
    seen = visit(browser, url)
    server.shutdown()
    server.server_close()
    assert seen.strangers(url) == ["http://203.0.113.1/counter.png"]


def test_an_error_in_a_script_is_seen(browser: Browser, copy: Path) -> None:
    spoil(copy, "<script>undefinedName();</script>")
    assert any("undefinedName" in error for error in visit(browser, (copy / "index.html").as_uri()).errors)


def test_a_script_added_after_the_build_is_blocked_and_seen(browser: Browser, copy: Path) -> None:
    page = copy / "index.html"
    page.write_text(with_policy(page.read_text(encoding="utf-8")), encoding="utf-8")
    spoil(copy, "<script>window.late = true;</script>")
    seen = visit(browser, page.as_uri())
    assert any(violation.startswith("script-src-elem") for violation in seen.violations)


def test_an_unlabelled_control_is_seen(browser: Browser, copy: Path) -> None:
    spoil(copy, "<input type='range'>")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto((copy / "index.html").as_uri())
        assert any(violation.startswith("label:") for violation in axe_violations(page))


@pytest.mark.parametrize(
    "picture",
    [
        '<img src="a.png">',
        '<img src="a.png" alt="../_images/a83f.png">',
        '<svg viewBox="0 0 1 1"></svg>',
        '<svg role="img" aria-label="Figure"></svg>',
    ],
)
def test_a_wrong_text_for_a_picture_is_seen(picture: str) -> None:
    assert len(bad_alternatives(f"<article>{picture}</article>")) == 1


def test_a_good_text_for_a_picture_passes() -> None:
    assert bad_alternatives('<article><svg role="img" aria-label="Accuracy rises"></svg></article>') == []


def test_a_wait_in_a_page_is_given_as_a_function() -> None:
    """The site's policy forbids `eval`, which Playwright needs to ask an expression a second time, but no function."""
    waits = [
        f"{path.name}: {first}"
        for path in Path(__file__).parent.glob("*.py")
        for first in re.findall(r"wait_for_function\(f?[\"'](.{0,40})", path.read_text(encoding="utf-8"))
    ]
    assert len(waits) > 10
    assert [wait for wait in waits if not re.search(r": \(\w*\) =>", wait)] == []


def test_a_link_to_nowhere_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<p id="here"></p><a href="#here">x</a><a href="#gone">x</a><a href="b.html">x</a>'
    )
    assert len(broken_links(tmp_path)) == 2


def small_house(folder: Path) -> Path:
    """A package with one function, a data file, and a notebook that shows the function's number."""
    package = folder / "lab_utils"
    package.mkdir()
    (package / "__init__.py").write_text("def height():\n    return 1\n")
    (folder / "data").mkdir()
    (folder / "data" / "table.csv").write_text("1\n")
    code = "import sys; sys.path.insert(0, '.')\nimport lab_utils\nlab_utils.height()"
    notebook = new_notebook(
        cells=[new_code_cell(code)], metadata={"kernelspec": {"name": "python3", "display_name": "p"}}
    )
    nbformat.write(notebook, folder / "chapter.ipynb")
    return folder / "chapter.ipynb"


def shown(chapter: Path) -> str:
    """Bring the stored results up to date as the build does; returns what the page would show."""
    results = Results(chapter.parent / "executed", inputs_key(chapter.parent))
    execute_stale([chapter], results)
    merged = merge(nbformat.read(chapter, as_version=4), nbformat.read(results.path(chapter), as_version=4))
    return merged.cells[0].outputs[0]["data"]["text/plain"]


def test_a_figure_never_outlives_its_function(tmp_path: Path) -> None:
    chapter = small_house(tmp_path)
    assert shown(chapter) == "1"
    (tmp_path / "lab_utils" / "__init__.py").write_text("def height():\n    return 2\n")
    assert shown(chapter) == "2"


def test_prose_does_not_count_code_and_data_do(tmp_path: Path) -> None:
    chapter = small_house(tmp_path)
    key = inputs_key(tmp_path)
    notebook = nbformat.read(chapter, as_version=4)
    before = code_key(notebook)
    notebook.cells.append(nbformat.v4.new_markdown_cell("More words."))
    assert code_key(notebook) == before
    notebook.cells.append(new_code_cell("1 + 1"))
    assert code_key(notebook) != before
    (tmp_path / "data" / "table.csv").write_text("2\n")
    assert inputs_key(tmp_path) != key


def test_a_failing_chapter_fails_every_time(tmp_path: Path) -> None:
    chapter = small_house(tmp_path)
    broken = new_code_cell("raise ValueError('the claim does not hold')")
    nbformat.write(new_notebook(cells=[broken], metadata=nbformat.read(chapter, as_version=4).metadata), chapter)
    for _ in range(2):
        with pytest.raises(ChapterError, match="the claim does not hold"):
            shown(chapter)


def test_a_solution_is_folded_under_its_name() -> None:
    cell = new_code_cell("answer = 42", metadata={"exercise": {"id": "a", "role": "solution", "points": 1}})
    marked = mark_exercises(new_notebook(cells=[cell])).cells[0].metadata
    assert "hide-input" in marked["tags"]
    assert marked["mystnb"]["code_prompt_show"] == "Show solution"


def test_concepts_have_glossary_entries_and_no_circle() -> None:
    book = read_map(ROOT / "pages" / "concepts.yml")
    lines = (ROOT / "pages" / "glossary.md").read_text(encoding="utf-8").splitlines()
    headings = [line[4:] for line in lines if line.startswith("### ")]
    groups = [line[3:] for line in lines if line.startswith("## ")]
    assert set(book.concepts) <= set(headings)
    slugs = [Concept(heading, "").anchor for heading in (*headings, *groups)]
    assert len(slugs) == len(set(slugs))
    first, second = list(book.concepts)[:2]
    looped = dict(book.concepts)
    looped[first] = type(looped[first])(first, "depth", (second,))
    looped[second] = type(looped[second])(second, "depth", (first,))
    with pytest.raises(ValueError, match="without a circle"):
        levels(looped)


def test_a_warning_fails_the_build_every_time(tmp_path: Path) -> None:
    book = tmp_path / "book"
    shutil.copytree(ROOT / "theme", book / "theme", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "lab_utils" / "web", book / "lab_utils" / "web", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "_config.yml", book / "_config.yml")
    (book / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    (book / "index.md").write_text("# A book\n\nA link to [nowhere](gone.md).\n")
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-m", "theme.build"], cwd=book, capture_output=True, text=True, check=False
        )
        assert run.returncode == 1
        assert "gone.md" in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("text", "status", "expected"),
    [
        ("# tests 3\n# pass 2\n# fail 1\n# skipped 0\n", 1, Totals(2, 1, 0)),
        ("# tests 0\n# pass 0\n# fail 0\n# skipped 0\n", 0, Totals(0, 1, 0)),
        ("SyntaxError", 1, Totals(0, 1, 0)),
    ],
)
def test_totals_of_node(text: str, status: int, expected: Totals) -> None:
    assert read_tap(text, status) == expected


def test_totals_of_pytest(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    assert read_junit(report, 0) == Totals(failed=1)
    suite = '<testsuite tests="5" failures="1" errors="1" skipped="1"/>'
    report.write_text(f"<testsuites>{suite}</testsuites>")
    assert read_junit(report, 1) == Totals(2, 2, 1)
    report.write_text('<testsuites><testsuite tests="2" failures="0" errors="0" skipped="0"/></testsuites>')
    assert read_junit(report, 3) == Totals(2, 1, 0)
    assert str(Totals(2, 1)) == "2 passed, 1 failed"
    assert str(Totals(2, 0, 4)) == "2 passed, 0 failed, 4 skipped"
