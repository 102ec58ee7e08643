"""Which statements of a notebook an answer needs: so that grading it does not run the chapter.

A slice is found by names alone, without running anything, from the last statement to the first: one is taken if it
binds a name that is still wanted. What changes an object without binding a name (`model.eval()`, `table[3] = 4`)
counts as binding it, but leaves it wanted.
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

MAGIC = re.compile(r"^([^\S\n]*)[%!?].*$", re.MULTILINE)
MOST_TEXT = 50_000  # characters of one statement: indentation can make it hundreds of times what was written
DEEPEST = 15  # branches inside each other
MOST_STATEMENTS = 2000
MOST_ROUNDS = 100  # functions that lead to further functions
SHOWS = re.compile(r"^(show|say|claim|table|print|display|show_source|live\.\w+|practice\.\w+)\(")
_BUILTIN = frozenset(dir(builtins))


@dataclass(frozen=True)
class Statement:
    """One top-level statement: its text, the names it binds, may bind (in a branch) or only changes, and those that it
    reads now, before binding them itself, or later, when a function is called."""

    text: str
    binds: frozenset[str]
    may_bind: frozenset[str]
    changes: frozenset[str]
    reads: frozenset[str]
    reads_later: frozenset[str]


def statements(text: str) -> list[Statement]:
    """The top-level statements of a cell; IPython's own lines (%pip, !ls) do nothing. Raises SyntaxError."""
    with warnings.catch_warnings(action="ignore", category=SyntaxWarning):
        body = ast.parse(MAGIC.sub(r"\1pass", text)).body
        if len(body) > MOST_STATEMENTS:
            raise ValueError(f"expected at most {MOST_STATEMENTS} statements in a cell, got {len(body)}")
        return [_statement(node) for node in body]


def needed(before: Sequence[Statement], wanted: Sequence[Statement]) -> list[Statement]:
    """Those of `before` that `wanted` rests on, in their order. Raises ValueError for what would take for ever."""
    taken: set[int] = set()
    for _ in range(MOST_ROUNDS):
        bound_in_wanted = frozenset().union(*(each.binds | each.may_bind for each in wanted))
        later = _later(wanted) - bound_in_wanted | _later([before[position] for position in taken])
        more = _backwards(before, _unbound(wanted) | later)
        if more <= taken:
            return [before[position] for position in sorted(taken)]
        taken |= more
    raise ValueError(f"expected functions that lead to each other in at most {MOST_ROUNDS} steps")


def _unbound(wanted: Sequence[Statement]) -> set[str]:
    """Names that are read before anything in `wanted` has bound them."""
    bound: set[str] = set()
    missing: set[str] = set()
    for each in wanted:
        missing |= each.reads - bound
        bound |= each.binds | each.may_bind
    return missing


def _later(some: Sequence[Statement]) -> set[str]:
    """Names that functions and classes of these statements read when they run."""
    return set().union(*(each.reads_later for each in some))


def _backwards(before: Sequence[Statement], live: set[str]) -> set[int]:
    taken = set()
    # torch.manual_seed(0) says nothing about what torch is: names of modules are bound by their imports alone.
    modules = frozenset().union(*(each.binds for each in before if each.text.startswith(("import ", "from "))))
    for position in range(len(before) - 1, -1, -1):
        each = before[position]
        if (each.binds | each.may_bind | each.changes - modules) & live and not SHOWS.match(each.text):
            taken.add(position)
            live -= each.binds - each.reads  # in place: copies would make long notebooks slow
            live |= each.reads
    return taken


def _statement(node: ast.stmt) -> Statement:
    text = ast.unparse(node)
    if len(text) > MOST_TEXT:
        raise ValueError(f"expected a statement of at most {MOST_TEXT:,} characters")
    table = symtable.symtable(text, "<cell>", "exec")
    binds = {each.get_name() for each in table.get_symbols() if each.is_assigned() or each.is_imported()}
    return Statement(
        text=text,
        # What a branch binds may also not be bound: such a name stays wanted.
        binds=frozenset() if _branches(node) else frozenset(binds),
        may_bind=frozenset(binds) if _branches(node) else frozenset(),
        changes=frozenset(_changed(node)),
        reads=frozenset(_reads([node], set()) - _BUILTIN),
        reads_later=frozenset(_globals_inside(table) - _BUILTIN),
    )


def _branches(node: ast.stmt) -> bool:
    return isinstance(node, ast.If | ast.For | ast.While | ast.Try | ast.With | ast.Match)


def _reads(nodes: Sequence[ast.stmt], bound: set[str], level: int = 0) -> set[str]:
    """Names that a run of statements reads before it has bound them; `bound` is added to. Branches count as taken."""
    if level > DEEPEST:
        raise ValueError(f"expected at most {DEEPEST} branches inside each other")
    missing: set[str] = set()
    for node in nodes:
        parts = [each for name in ("body", "orelse", "finalbody") for each in getattr(node, name, [])]
        if not _branches(node) or isinstance(node, ast.Match | ast.Try):
            missing |= _names(node, ast.Load) - bound
        else:
            heads = [each for each in ast.iter_child_nodes(node) if each not in parts]
            missing |= set().union(*(_in_head(head, ast.Load) for head in heads)) - bound
            bound |= set().union(*(_in_head(head, ast.Store) for head in heads))
            missing |= _reads(parts, bound, level + 1)
        bound |= _names(node, ast.Store)
    return missing


def _in_head(head: ast.AST, context: type[ast.expr_context]) -> set[str]:
    """Names in the head of a branch: `for` target and range, `with` item, condition."""
    return {each.id for each in ast.walk(head) if isinstance(each, ast.Name) and isinstance(each.ctx, context)}


def _names(node: ast.stmt, context: type[ast.expr_context]) -> set[str]:
    """Names that a statement reads (ast.Load) or binds (ast.Store), those inside its functions apart."""
    symbols = symtable.symtable(ast.unparse(node), "<part>", "exec").get_symbols()
    if context is ast.Load:
        return {each.get_name() for each in symbols if each.is_referenced()}
    return {each.get_name() for each in symbols if each.is_assigned() or each.is_imported()}


def _globals_inside(table: symtable.SymbolTable) -> set[str]:
    names: set[str] = set()
    for inner in table.get_children():
        names |= {each.get_name() for each in inner.get_symbols() if each.is_global() and each.is_referenced()}
        names |= _globals_inside(inner)
    return names


def _changed(node: ast.stmt) -> set[str]:
    """Names whose objects a statement visibly changes: `a.b = …`, `a[b] = …`, `a.f(…)` and `f(a, …)` on their own."""
    names: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute | ast.Subscript) and isinstance(inner.ctx, ast.Store | ast.Del):
            names |= _root(inner)
        elif isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Call):
            names |= {each.id for each in inner.value.args[:1] if isinstance(each, ast.Name)}
            names |= _root(inner.value.func) if isinstance(inner.value.func, ast.Attribute) else set()
    return names - _BUILTIN


def _root(node: ast.AST) -> set[str]:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return {node.id} if isinstance(node, ast.Name) else set()
