"""Every chapter has the form that the book's readers and tools rely on; and each check can fail."""

import shutil
from pathlib import Path

import pytest

from tests.notebooks import colab_cell, form
from tests.notebooks.files import CHAPTERS, ROOT, Notebook, cell, code, notebook, read, source, write
from tests.notebooks.links import anchors, links, slug

HERE = Path("chapters/here.ipynb")


def test_there_are_chapters():
    assert CHAPTERS, "no notebook in chapters/"


@pytest.mark.parametrize("check", [*form.CHECKS, links], ids=lambda check: check.__name__)
def test_chapters(check):
    faults = [f"{path.name}: {fault}" for path in CHAPTERS for fault in check(read(path), path)]
    assert not faults, "\n".join(faults)


def sound() -> Notebook:
    """A small notebook in which no check finds a fault."""
    heads = "\n\n".join(f"## {name.capitalize()}" for name in form.SECTIONS)
    return notebook(
        [
            cell("code", colab_cell.expected(), "colab-install", tags=["remove-cell"]),
            cell("markdown", f"# Title\n\n{heads}\n\n" + "word " * 1600, "text"),
            cell("code", 'show(fig, alt="what it shows")\nclaim("it holds", measured=1, equals=1)', "picture"),
        ]
    )


@pytest.mark.parametrize("check", [*form.CHECKS, links], ids=lambda check: check.__name__)
def test_a_sound_notebook_passes(check):
    assert check(sound(), HERE) == []


def with_cell(kind: str, text: str, name: str = "more", **metadata: object) -> Notebook:
    made = sound()
    made["cells"].append(cell(kind, text, name, **metadata))
    return made


def without(text: str) -> Notebook:
    made = sound()
    for one in made["cells"]:
        one["source"] = source(one).replace(text, "")
    return made


def test_outputs_and_counts_are_found():
    made = sound()
    made["cells"][2] |= {"outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}], "execution_count": 3}
    assert len(form.stripped(made, HERE)) == 2


@pytest.mark.parametrize("name", ["text", "", "1a2b3c4d", "f47ac10b-58cc-4372-a567-0e02b2c3d479"])
def test_bad_cell_ids_are_found(name):
    assert len(form.cell_ids(with_cell("markdown", "words", name), HERE)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "```{note}\nA directive.\n```",
        ":::{tip}\nA directive.\n:::",
        "See {doc}`depth`.",
        "See {numref}`fig`.",
        "(label)=\n",
        "<div class='x'>boxed</div>",
        "<script>1</script>",
        "<a href='x'>link</a>",
        "<img src='x.png'>",
    ],
)
def test_what_only_some_readers_show_is_found(text):
    assert form.portable(with_cell("markdown", text), HERE)


@pytest.mark.parametrize(
    "text",
    [
        "<details>\n<summary>Hint</summary>\n\nx<sup>2</sup>\n\n</details>",
        '<a id="here"></a>',
        "$a<b>c$ and `<div>`",
        "```python\nx = '<div>'\n```",
        "5 < 7 > 3",
    ],
)
def test_portable_markdown_is_let_through(text):
    assert form.portable(with_cell("markdown", text), HERE) == []


def test_long_cells_are_found_a_quiz_too():
    long = "x = 1\n" * 21
    assert form.short_cells(with_cell("code", long), HERE)
    assert form.short_cells(with_cell("code", "mastery_check(\n" + long + ")"), HERE)


def test_too_few_words_and_too_much_code_are_found():
    assert form.proportion(code("x = 1"), HERE)
    assert form.proportion(with_cell("markdown", "word " * 4000), HERE)
    crowded = sound()
    crowded["cells"] += [cell("code", "x = 1\n" * 20, f"block-{i}") for i in range(9)]
    assert any("per line" in fault for fault in form.proportion(crowded, HERE))


def test_what_counts_as_prose_and_as_code():
    text = "Three plain words `not code` $n + m$ [link](a/b/c.md).\n\n```python\nnot = this\n```"
    assert form.count_words(notebook([cell("markdown", text, "a")])) == 4
    made = code("first", "# comment\n\nx = 1", "hidden = 1", "y = 2", "mastery_check('x', [])")
    made["cells"][2]["metadata"]["tags"] = ["hide-input"]
    made["cells"][3]["metadata"]["exercise"] = {"id": "e", "role": "stub"}
    assert form.count_code(made) == 1


def test_a_chapter_without_claims_is_found():
    assert form.claims(without('claim("it holds", measured=1, equals=1)'), HERE)


def test_missing_alt_texts_are_found():
    assert form.alt_texts(without(', alt="what it shows"'), HERE)
    assert form.alt_texts(with_cell("code", "lab_utils.show(fig)"), HERE)
    assert form.alt_texts(with_cell("markdown", "![](picture.png)"), HERE)


@pytest.mark.parametrize("name", form.SECTIONS)
def test_a_missing_section_is_found(name):
    assert form.sections(without(f"## {name.capitalize()}"), HERE) == [f"no section {name!r}"]


def test_a_second_title_is_found():
    assert form.sections(with_cell("markdown", "# Another"), HERE)


def test_a_colab_cell_out_of_step_is_found_and_cured(tmp_path):
    made = without("https://")
    assert form.colab_cell(made, HERE)
    assert colab_cell.rewrite(made, colab_cell.expected())
    assert form.colab_cell(made, HERE) == []
    assert not colab_cell.rewrite(made, colab_cell.expected())
    made["cells"][0]["metadata"]["tags"] = []
    assert "not hidden" in form.colab_cell(made, HERE)[0]


def test_the_fixer_adds_a_missing_cell_and_follows_a_fork(tmp_path):
    config = tmp_path / "_config.yml"
    config.write_text("repository: {url: https://github.com/you/fork/, branch: spring}\n")
    made = code("x = 1")
    assert colab_cell.rewrite(made, colab_cell.expected(config))
    assert "git+https://github.com/you/fork@spring" in source(made["cells"][0])
    assert [source(one) for one in made["cells"][1:]] == ["x = 1"]


def test_dead_links_are_found(tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "chapters").mkdir()
    (tmp_path / "pages" / "glossary.md").write_text("# Glossary\n\n(bengio2013)=\n\n## Kernel\n")
    shutil.copy(ROOT / "_config.yml", tmp_path)
    path = tmp_path / "chapters" / "one.ipynb"
    good = "[k](../pages/glossary.md#kernel) [b](../pages/glossary.md#bengio2013) [s](#a-heading) [w](https://x.org)"
    bad = "[a](../pages/none.md) [b](../pages/glossary.md#stride) [c](#nowhere) ![d](none.png)"
    made = notebook([cell("markdown", f"# A heading\n\n{good}", "a")])
    write(path, made)
    assert links(made, path) == []
    assert len(links(notebook([cell("markdown", f"# A heading\n\n{bad}", "a")]), path)) == 4


def test_anchors_are_those_of_the_site():
    terms = "```{glossary}\nkernel\n  A small weight tensor.\nfeature map\n  Words.\n```"
    text = f"# Why *depth* helps: `x`, $y$?\n\n{terms}\n"
    assert anchors(text) == {"why-depth-helps-x-y", "term-kernel", "term-feature-map"}
    assert slug("Exercise 1 (easy)") == "exercise-1-easy"
