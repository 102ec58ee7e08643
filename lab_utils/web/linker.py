"""Joins small ES modules into one script, so that a figure needs no bundler and no request.

A module may use named imports from relative paths (``import { a, b } from "./ui.js"``) and ``export`` in front of a
declaration. Every module becomes a block of the one script: imports and the word ``export`` are dropped, dependencies
come first, each once. Whatever needs more than that is refused with the reason.
"""

from __future__ import annotations

import re
from pathlib import Path


class LinkError(ValueError):
    """A module uses something that the linker cannot join; the message names the file and the line."""


IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"(\.{1,2}/[^"]+)";?[ \t]*\n', re.MULTILINE)
JSDOC = re.compile(
    r"^/\*\*.*?\*/[ \t]*\n|/\*\*.*?\*/", re.MULTILINE | re.DOTALL
)  # types serve the editor, not the page
DECLARATION = re.compile(
    r"^(export\s+)?(?:async\s+)?(?:function\*?|const|let|var|class)\s+([\w$]+|[\[{])", re.MULTILINE
)
REFUSED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^import\b.*$", re.MULTILINE), 'only `import { a, b } from "./file.js"` can be linked'),
    (re.compile(r"\bimport\s*\("), "a dynamic import would be a request at reading time"),
    (re.compile(r"^export\s+(?:default\b|\{|\*).*$", re.MULTILINE), "write `export` in front of the declaration"),
    (re.compile(r"</script|<!--", re.IGNORECASE), "this text would end or disturb the inline script; split the string"),
)


def link(*entries: Path) -> str:
    """Returns the text of one script that holds ``entries`` and all that they import, dependencies first.

    Modules are told apart by their path, so folders may hold files of the same name; the names that they declare share
    the one script.

    Raises ``LinkError`` for default, renamed or namespace imports, for a missing file or name, for a circular import,
    and for two modules that declare the same top-level name.
    """
    texts: dict[Path, str] = {}
    for entry in entries:
        _visit(Path(entry).resolve(), texts, ())
    owners: dict[str, Path] = {}
    for path, text in texts.items():
        for name in _declared(path, text):
            if name in owners:
                raise LinkError(f"{_shown(path)} and {_shown(owners[name])} both declare `{name}`; rename one of them")
            owners[name] = path
    return "\n".join(re.sub(r"^export\s+", "", text, flags=re.MULTILINE).strip() for text in texts.values()) + "\n"


def _visit(path: Path, texts: dict[Path, str], parents: tuple[Path, ...]) -> None:
    """Adds ``path`` after its imports to ``texts``: path -> text without its import lines."""
    if path in parents:
        chain = " -> ".join(_shown(p) for p in (*parents, path))
        raise LinkError(f"circular import: {chain}")
    if path in texts:
        return
    if not path.is_file():
        wanted = f", imported by {_shown(parents[-1])}" if parents else ""
        raise LinkError(f"no such module: {path}{wanted}")
    source = path.read_text(encoding="utf-8")
    body = IMPORT.sub("", JSDOC.sub("", source))
    for pattern, reason in REFUSED:
        if found := pattern.search(body):
            raise LinkError(f"{_shown(path)}: cannot link `{found.group(0).strip()}`: {reason}")
    for names, target in IMPORT.findall(source):
        dependency = (path.parent / target).resolve()
        _visit(dependency, texts, (*parents, path))
        _check_names(path, names, dependency)
    texts[path] = body


def _check_names(path: Path, names: str, dependency: Path) -> None:
    """Refuses renamed imports and names that ``dependency`` does not export."""
    exported = {n for export, n in DECLARATION.findall(dependency.read_text(encoding="utf-8")) if export}
    for name in filter(None, (part.strip() for part in names.split(","))):
        if not re.fullmatch(r"[\w$]+", name):
            raise LinkError(f"{_shown(path)}: cannot link `{name}`: an import keeps its name")
        if name not in exported:
            raise LinkError(f"{_shown(path)} imports `{name}`, which {_shown(dependency)} does not export")


def _shown(path: Path) -> str:
    """A module as a message names it: its folder tells apart files of the same name."""
    return f"{path.parent.name}/{path.name}"


def _declared(path: Path, text: str) -> list[str]:
    """The top-level names of a module: declarations that start in the first column."""
    names = [name for _, name in DECLARATION.findall(text)]
    if any(name in "[{" for name in names):
        raise LinkError(f"{_shown(path)}: a top-level declaration takes one name, not a pattern")
    return names
