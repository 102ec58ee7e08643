"""Tables of measured rows: headed, captioned, numbers under each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lab_utils.page.output import Output, emit, inline, number, scalar, styled

_CSS = """
:where(.lab-table-scroll){overflow-x:auto;margin:1.5em 0;container-type:inline-size}
:where(table.lab-table){border-collapse:collapse;margin:0 auto;color:var(--lab-ink);background:none;
font-variant-numeric:tabular-nums;font-size:.95em;line-height:1.4}
:where(table.lab-table caption){caption-side:bottom;padding:.6em 0 0;color:var(--lab-muted);font-size:.95em;
text-align:left}
:where(table.lab-table caption span){display:block;position:sticky;left:0;max-width:100cqi}
:where(table.lab-table th,table.lab-table td){padding:.4em .9em;border:0;border-bottom:1px solid var(--lab-grid);
background:none;vertical-align:baseline}
:where(table.lab-table thead th){border-bottom:2px solid var(--lab-muted);vertical-align:bottom;font-weight:600}
:where(table.lab-table tbody th){font-weight:500}
"""


def table(
    rows: Sequence[Sequence[Any]],
    columns: Sequence[str],
    caption: str,
    *,
    align: str | None = None,
    digits: int | Sequence[int] = 3,
) -> None:
    """Put a table on the page; the first cell of each row is its header.

    Cells are text (with **bold**, *italic*, `code`), numbers (`digits` decimals, per table or per column) or None for a
    value that does not exist. `align` holds one letter per column, l, r or c; by default numbers go right.
    """
    emit(make_table(rows, columns, caption, align=align, digits=digits))


def make_table(
    rows: Sequence[Sequence[Any]],
    columns: Sequence[str],
    caption: str,
    *,
    align: str | None = None,
    digits: int | Sequence[int] = 3,
) -> Output:
    """What `table` displays; ValueError where rows, columns, align and digits do not fit together."""
    rows = [list(row) for row in rows]  # a zip would be spent after one look
    width = len(columns)
    decimals = [digits] * width if isinstance(digits, int) else list(digits)
    _check(rows, width, caption, align, decimals)
    cells = [[_cell(cell, decimals[i]) for i, cell in enumerate(row)] for row in rows]
    sides = align or "".join("r" if i and _numeric([row[i] for row in rows]) else "l" for i in range(width))
    head = "".join(_tag("th", inline(name), sides[i], "col") for i, name in enumerate(columns))
    body = "".join(
        "<tr>"
        + "".join(_tag("td" if i else "th", c, sides[i], "" if i else "row") for i, c in enumerate(row))
        + "</tr>"
        for row in ([inline(cell) for cell in row] for row in cells)
    )
    html = (
        f'<div class="lab-table-scroll" tabindex="0"><table class="lab-table">'
        f"<caption><span>{inline(caption)}</span></caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return Output(styled(_CSS, html), _plain([list(columns), *cells], sides) + f"\n{caption}")


def _check(rows: Sequence[Sequence[Any]], width: int, caption: str, align: str | None, decimals: list[int]) -> None:
    if not width or not rows:
        raise ValueError(f"expected at least one column and one row, got {width} columns and {len(rows)} rows")
    if not caption.strip():
        raise ValueError("expected a caption that says what the table measures, got an empty one")
    for i, row in enumerate(rows):
        if len(row) != width:
            raise ValueError(f"expected {width} cells in each row, got {len(row)} in row {i}: {list(row)!r}")
    if align is not None and (len(align) != width or set(align) - set("lrc")):
        raise ValueError(f'expected align with one of "l", "r", "c" for each of the {width} columns, got {align!r}')
    if len(decimals) != width:
        raise ValueError(f"expected digits for each of the {width} columns, got {len(decimals)}")


def _cell(value: Any, digits: int) -> str:
    return "–" if value is None else number(value if isinstance(value, str) else scalar(value), digits)


def _numeric(cells: Sequence[Any]) -> bool:
    return all(not isinstance(cell, str | bool) for cell in cells) and any(cell is not None for cell in cells)


def _tag(tag: str, content: str, side: str, scope: str) -> str:
    where = f' scope="{scope}"' if scope else ""
    side = {"l": "left", "r": "right", "c": "center"}[side]
    return f'<{tag}{where} style="text-align:{side}">{content}</{tag}>'


def _plain(rows: list[list[str]], sides: str) -> str:
    """The rows as text in columns, for a terminal."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    pad = {"l": str.ljust, "r": str.rjust, "c": str.center}
    return "\n".join(
        "  ".join(pad[side](c, w) for c, w, side in zip(row, widths, sides, strict=True)).rstrip() for row in rows
    )
