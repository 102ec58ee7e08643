"""What a chapter's file must look like. Each check takes a notebook and returns the faults that it found, in words."""

import ast
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

from tests.notebooks.colab_cell import expected
from tests.notebooks.files import Notebook, source

LONGEST_CELL = 20
WORDS = (1500, 4000)
WORDS_PER_LINE = 10
SECTIONS = (
    "objectives",
    "common mistakes",
    "key takeaways",
    "vocabulary",
    "questions you might have",
    "practice",
    "mastery check",
    "looking back",
    "further reading",
)
TAGS = {"details", "summary", "sub", "sup", "br"}
_MYST = re.compile(r"^\s*(```+|~~~+|:::+)\s*\{|\{[a-z][\w:+-]*\}`|^\s*\([\w-]+\)=\s*$|^%\s|^\+\+\+", re.MULTILINE)
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]*)([^>]*)>")
_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_MATH = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)


def code_cells(notebook: Notebook) -> list[Notebook]:
    """The cells that run."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def prose(notebook: Notebook) -> str:
    """All Markdown of the notebook."""
    return "\n\n".join(source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown")


def python(text: str) -> str:
    """A cell's code without IPython's own lines, so that Python's parser reads it."""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", text, flags=re.MULTILINE)


def calls(notebook: Notebook, name: str) -> list[ast.Call]:
    """All calls of a function, by its plain name or as an attribute (`show(…)`, `lab_utils.show(…)`)."""
    nodes = [node for cell in code_cells(notebook) for node in ast.walk(ast.parse(python(source(cell))))]
    found = [node for node in nodes if isinstance(node, ast.Call)]
    return [call for call in found if name in (getattr(call.func, "id", ""), getattr(call.func, "attr", ""))]


def stripped(notebook: Notebook, path: Path) -> list[str]:
    """Outputs belong to the build, not to the source."""
    faults = []
    for cell in code_cells(notebook):
        if cell.get("outputs"):
            faults.append(f"cell {cell.get('id')} has outputs; clear them before committing")
        if cell.get("execution_count") is not None:
            faults.append(f"cell {cell.get('id')} has the execution count {cell['execution_count']}")
    return faults


def cell_ids(notebook: Notebook, path: Path) -> list[str]:
    """Ids are there, unique, and words: a random id changes whenever a tool makes the cell anew."""
    ids = [str(cell.get("id", "")) for cell in notebook["cells"]]
    faults = [
        f"the id {name!r} is used {ids.count(name)} times" for name in sorted({i for i in ids if ids.count(i) > 1})
    ]
    faults += [f"cell {i} has no id" for i, name in enumerate(ids) if not name]
    random = [name for name in ids if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", name) and re.search(r"\d", name)]
    return faults + [f"the id {name!r} was drawn at random; name the cell" for name in random]


def portable(notebook: Notebook, path: Path) -> list[str]:
    """CommonMark, tables, $math$ and <details> only, so that one file reads right in every reader."""
    faults = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "markdown":
            continue
        text = _without_code(source(cell))
        faults += [f"cell {cell.get('id')}: MyST only: {hit[0].strip()!r}" for hit in _MYST.finditer(source(cell))]
        for hit in _TAG.finditer(_MATH.sub("", text)):
            anchor = hit[1] == "a" and re.fullmatch(r'\s+id="[\w-]+"\s*', hit[2])
            if hit[1].lower() not in TAGS and not anchor and hit[0] != "</a>":
                faults.append(f"cell {cell.get('id')}: HTML that not every reader shows: {hit[0]!r}")
    return faults


def short_cells(notebook: Notebook, path: Path) -> list[str]:
    """One idea per cell: 20 lines at most, and one question of a mastery check."""
    long = [(cell, _lines(source(cell))) for cell in code_cells(notebook)]
    return [
        f"cell {cell.get('id')} has {n} lines of code, more than {LONGEST_CELL}" for cell, n in long if n > LONGEST_CELL
    ]


def proportion(notebook: Notebook, path: Path) -> list[str]:
    """1,500 to 4,000 words, and at least ten for each line of code.

    Words are runs of letters in Markdown cells, outside code and math. Lines of code are neither blank nor comments;
    the first (Colab) cell, cells hidden from the reader, exercise cells and the mastery check do not count.
    """
    words, lines = count_words(notebook), count_code(notebook)
    faults = [] if WORDS[0] <= words <= WORDS[1] else [f"expected {WORDS[0]} to {WORDS[1]} words of prose, got {words}"]
    if words < WORDS_PER_LINE * lines:
        faults.append(f"expected {WORDS_PER_LINE} words of prose per line of code, got {words} words for {lines} lines")
    return faults


def count_words(notebook: Notebook) -> int:
    """Words of prose (see `proportion`)."""
    text = re.sub(r"\]\([^)]*\)", "]", _MATH.sub(" ", _without_code(prose(notebook))))
    return len(_WORD.findall(_TAG.sub(" ", text)))


def count_code(notebook: Notebook) -> int:
    """Lines of code that the reader is meant to read (see `proportion`)."""
    return sum(_lines(source(cell)) for cell in code_cells(notebook)[1:] if not (_is_apart(cell) or _is_quiz(cell)))


def claims(notebook: Notebook, path: Path) -> list[str]:
    """A chapter whose sentences nothing checks is not finished."""
    return [] if calls(notebook, "claim") else ["no claim(…): tie the chapter's numbers to checks"]


def alt_texts(notebook: Notebook, path: Path) -> list[str]:
    """Every figure says in words what it shows (how well, `show` itself judges when it runs)."""
    missing = [c for c in calls(notebook, "show") if not any(k.arg == "alt" for k in c.keywords)]
    pictures = re.findall(r"!\[\s*\]\([^)]*\)", prose(notebook))
    return [f"no alt= in `{ast.unparse(c)[:80]}`" for c in missing] + [f"no alt text in {p}" for p in pictures]


def sections(notebook: Notebook, path: Path) -> list[str]:
    """The headings that every chapter has, in whatever words surround them; one title."""
    headings = [text.lower() for _, text in _headings(notebook)]
    titles = [text for level, text in _headings(notebook) if level == 1]
    faults = [f"no section {name!r}" for name in SECTIONS if not any(name in heading for heading in headings)]
    return faults + ([] if len(titles) == 1 else [f"expected one title (#), got {titles}"])


def colab_cell(notebook: Notebook, path: Path) -> list[str]:
    """The first cell installs the package from the address in `_config.yml`, and is not shown on the site."""
    first = notebook["cells"][0]
    faults = []
    if source(first).rstrip() != expected():
        faults.append("the first cell is out of step with _config.yml; run `python -m tests.notebooks.colab_cell`")
    if "remove-cell" not in first["metadata"].get("tags", []):
        faults.append("the first cell is not hidden on the site; tag it remove-cell")
    return faults


def _headings(notebook: Notebook) -> list[tuple[int, str]]:
    tokens = MarkdownIt().parse(prose(notebook))
    return [(int(a.tag[1]), b.content) for a, b in pairwise(tokens) if a.type == "heading_open"]


def _without_code(text: str) -> str:
    text = re.sub(r"^(```+|~~~+).*?^\1\s*$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(`+).+?\1", "", text)


def _lines(text: str) -> int:
    return sum(1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def _is_quiz(cell: Notebook) -> bool:
    return "mastery_check(" in source(cell) or "mastery-check" in cell["metadata"].get("tags", [])


def _is_apart(cell: Notebook) -> bool:
    hidden = {"remove-cell", "remove-input", "hide-input", "hide-cell"} & set(cell["metadata"].get("tags", []))
    return bool(hidden) or "exercise" in cell["metadata"]


Check = Callable[[Notebook, Path], list[str]]
CHECKS: tuple[Check, ...] = (
    stripped,
    cell_ids,
    portable,
    short_cells,
    proportion,
    claims,
    alt_texts,
    sections,
    colab_cell,
)
