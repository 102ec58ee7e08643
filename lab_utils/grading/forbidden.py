"""Reads whether an answer keeps to what it was asked to do without: a library function that is to be written by hand.

Names are looked for in the code as it stands, without running it. What reaches a name without writing it is refused
too, where an exercise forbids names at all: else one line would do, `getattr(F, "max_" + "pool2d")`. Code can hide
what it does in more ways than a list can hold, so this keeps the honest honest; it does not replace reading an answer.
"""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BUILTINS = _names("eval exec compile globals locals vars breakpoint getattr __import__")
ATTRIBUTES = _names(
    "attrgetter methodcaller import_module importlib builtins sys os inspect gc ctypes pickle load loads runpy ops jit "
    "fx overrides get_type_hints ForwardRef evaluate_forward_ref grading f2py"
)
PRIVATE = _names("_C _VF")  # the bare library below torch
IMPORTS = _names(
    "torch numpy math cmath itertools functools collections typing dataclasses random time copy statistics abc enum "
    "string operator contextlib warnings numbers fractions matplotlib lab_utils __future__"
)
SPECIAL = _names(
    "__init__ __post_init__ __name__ __class__ __call__ __len__ __getitem__ __setitem__ __iter__ __next__ __enter__ "
    "__exit__ __repr__ __str__ __eq__ __hash__ __doc__ __version__"
)
DOTTED = re.compile(r"[\w.]+")


def names_used(text: str, forbidden: Sequence[str]) -> list[str]:
    """Names in the code that are forbidden: as they are, after a dot, in an import, or as a string of their own.

    `*` and `?` in a forbidden name stand for anything after a dot, in imports and strings: `*max_pool?d*`. Comments
    and docstrings may mention what they like, and a function's own variable may have any name. Raises SyntaxError.
    """
    tree = ast.parse(text)
    bare = _read_from_outside(symtable.symtable(text, "<answer>", "exec"))
    bare |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    reached = {name for name in _written(tree) if any(fnmatchcase(name, each) for each in forbidden)}
    return sorted(reached | bare.intersection(forbidden))


def _written(tree: ast.AST) -> Iterator[str]:
    """Names after a dot, in imports, and strings that are a name (`getattr(F, "max_pool2d")`)."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings and the like
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (part for name in _imported(node) for part in name.split("."))
        elif isinstance(node, ast.MatchClass):
            yield from node.kwd_attrs
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield from node.value.split(".") if DOTTED.fullmatch(node.value) else ()


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    names = [each.name for each in node.names]
    return [node.module or "", *names] if isinstance(node, ast.ImportFrom) else names


def way_round(text: str) -> str:
    """The first piece of code that reaches a name without writing it; "" where there is none. Raises SyntaxError."""
    tree = ast.parse(text)
    plain = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and _plain_getattr(node)}
    builtins = BUILTINS & _read_from_outside(symtable.symtable(text, "<answer>", "exec"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            bad = node.func.id in builtins and id(node.func) not in plain
        elif isinstance(node, ast.Name):
            bad = (node.id in builtins and id(node) not in plain) or _special(node.id)
        elif isinstance(node, ast.Attribute):
            bad = _reaches(node.attr)
        elif isinstance(node, ast.MatchClass):
            bad = any(_reaches(name) for name in node.kwd_attrs)
        else:
            bad = isinstance(node, ast.Import | ast.ImportFrom) and _imports_too_much(node)
        if bad:
            return ast.unparse(node)[:80]
    return ""


def _plain_getattr(node: ast.Call) -> bool:
    """`getattr(x, "shape")` says what it reads, and may stay where that is no way round either."""
    name = node.args[1] if len(node.args) > 1 else None
    if not isinstance(node.func, ast.Name) or node.func.id != "getattr":
        return False
    return isinstance(name, ast.Constant) and isinstance(name.value, str) and not _reaches(name.value)


def _reaches(name: str) -> bool:
    return name.lstrip("_") in ATTRIBUTES or name in PRIVATE or _special(name)


def _special(name: str) -> bool:
    """`__dict__` and its kin, but not `__init__`."""
    return name.startswith("__") and name.endswith("__") and name not in SPECIAL


def _imports_too_much(node: ast.Import | ast.ImportFrom) -> bool:
    """Modules that no answer needs, and `*`, after which names no longer say where they come from."""
    roots = [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
    if any(each.partition(".")[0] not in IMPORTS for each in roots):
        return True
    return any(each == "*" or any(_reaches(part) for part in each.split(".")) for each in _imported(node))


def _read_from_outside(table: symtable.SymbolTable) -> set[str]:
    """Names that are not a function's own: `vars` may be a variable there, and then it is not the builtin.

    A class body is no function: `vars = vars` reads the builtin there.
    """
    own = table.get_type() == "function"
    names = {each.get_name() for each in table.get_symbols() if each.is_referenced() and (not own or each.is_global())}
    return names.union(*(_read_from_outside(each) for each in table.get_children()))
