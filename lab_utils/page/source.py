"""Source code on a page: what the reader sees is what runs, not a copy of it."""

from __future__ import annotations

import ast
import html
import inspect
import textwrap
from typing import Any

from pygments.lexers import PythonLexer
from pygments.token import Token

from lab_utils.page.output import Output, emit, styled

# The first row that contains the token decides; everything else is ink.
_COLOURS = (
    (Token.Comment, "muted"),
    (Token.Literal.String.Doc, "muted"),
    (Token.Literal.String, "green"),
    (Token.Literal.Number, "orange"),
    (Token.Keyword, "pink"),
    (Token.Operator.Word, "pink"),
    (Token.Name.Function, "blue"),
    (Token.Name.Class, "blue"),
    (Token.Name.Decorator, "ochre"),
    (Token.Name.Builtin, "sky"),
)
_CSS = """
:where(.lab-source){margin:1.2em 0;border:1px solid var(--lab-grid);border-radius:6px;background:var(--lab-panel);
color:var(--lab-ink);overflow:hidden}
:where(.lab-source figcaption){margin:0;padding:.45em 1em;border-bottom:1px solid var(--lab-grid);font-size:.85em;
color:var(--lab-muted);text-align:left}
:where(.lab-source figcaption code){color:inherit;background:none;border:0;padding:0}
:where(.lab-source pre){margin:0;padding:.8em 1em;overflow-x:auto;background:none;color:inherit;border:0;
font-size:.87em;line-height:1.5}
:where(.lab-source pre code){background:none;border:0;padding:0;color:inherit;font-size:inherit}
"""


def show_source(obj: Any, *, docstring: bool = True) -> None:
    """Put the source of a function or class on the page, as it stands in its module; without docstrings if asked.

    Raises TypeError where there is no Python source to show (built-in functions, instances).
    """
    emit(source(obj, docstring=docstring))


def source(obj: Any, *, docstring: bool = True) -> Output:
    """What `show_source` displays."""
    if not (inspect.isclass(obj) or inspect.isroutine(obj)):
        kind = type(obj).__name__
        raise TypeError(
            f"expected a function or class, got an instance of {kind}; pass {kind} itself to see its source"
        )
    try:
        code = textwrap.dedent(inspect.getsource(obj)).rstrip()
    except (OSError, TypeError) as error:
        raise TypeError(f"{obj!r} has no Python source to show") from error
    code = code if docstring else _without_docstrings(code)
    origin, name = html.escape(obj.__module__), html.escape(obj.__qualname__)
    body = (
        f'<figure class="lab-source"><figcaption>Source of <code>{name}</code>, from <code>{origin}</code></figcaption>'
        f'<pre tabindex="0"><code>{_highlighted(code)}</code></pre></figure>'
    )
    return Output(styled(_CSS, body), f"# {obj.__module__}\n{code}")


def _highlighted(code: str) -> str:
    """Escaped HTML with one coloured span per token that is not ink."""
    pieces = []
    for token, text in PythonLexer(stripnl=False).get_tokens(code):
        colour = next((name for family, name in _COLOURS if token in family), None)
        escaped = html.escape(text, quote=False)
        pieces.append(f'<span style="color:var(--lab-{colour})">{escaped}</span>' if colour else escaped)
    return "".join(pieces).rstrip("\n")


def _without_docstrings(code: str) -> str:
    """The code without its docstrings (a docstring that is a whole body stays: without it the code would not run)."""
    drop: set[int] = set()
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if ast.get_docstring(node) is None or len(node.body) == 1:
            continue
        first, following = node.body[0], node.body[1]
        # The blank lines between a class's docstring and its first member go with it.
        decorators = [d.lineno for d in getattr(following, "decorator_list", [])]
        start = min([following.lineno, *decorators])
        between = code.splitlines()[(first.end_lineno or 0) : start - 1]
        blank = next((i for i, line in enumerate(between) if line.strip()), len(between))
        drop.update(range(first.lineno, (first.end_lineno or first.lineno) + blank + 1))
    return "\n".join(line for i, line in enumerate(code.splitlines(), start=1) if i not in drop)
