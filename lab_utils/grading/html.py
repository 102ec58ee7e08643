"""The few pieces that the reports' pages are made of. What comes from students is escaped here, and only here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#d5dae0;--fill:#2a6fb0;--quiet:#59636e}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#14181d;--line:#3a424c;--fill:#7ab8f5;--quiet:#9aa4b0}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
body{max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}a{color:var(--fill)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td{overflow-wrap:anywhere;min-width:5.5rem}
th{white-space:nowrap}
dl{display:flex;flex-wrap:wrap;gap:1rem 2.5rem}dt,.quiet{color:var(--quiet);font-size:.9rem}
dd{margin:0;font-size:1.4rem}
.bar{display:inline-block;width:8rem;height:.7rem;border:1px solid var(--line)}
.bar i{display:block;height:100%;background:var(--fill)}
.wrap{overflow-x:auto}svg{width:100%;height:auto;max-width:40rem}
svg rect{fill:var(--fill)}svg text{fill:var(--ink);font-size:11px}
"""


def document(title: str, body: str) -> str:
    """A whole page that asks for nothing and runs nothing, whatever is in it."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, raw: bool = False) -> str:
    """A table of texts; with `raw`, or where a cell is a `bar`, of HTML made here."""
    top = "".join(f"<th scope='col'>{escape(each)}</th>" for each in head)
    lines = "".join("<tr>" + "".join(f"<td>{_cell(each, raw)}</td>" for each in row) + "</tr>" for row in rows)
    return f"<div class='wrap'><table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>"


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def _cell(text: str, raw: bool) -> str:
    return text if raw or isinstance(text, Html) else escape(text)


def bar(share: float) -> Html:
    """A share from 0 to 1 as a bar."""
    return Html(f"<span class='bar' aria-hidden='true'><i style='width:{100 * min(max(share, 0), 1):.0f}%'></i></span>")


def facts(numbers: Mapping[str, str]) -> str:
    """A few numbers with their names."""
    return (
        "<dl>" + "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in numbers.items()) + "</dl>"
    )


def histogram(values: Sequence[float], most: float, bins: int = 10) -> str:
    """How many students earned how much: `bins` equal steps from 0 to `most`, full marks in the last."""
    counts = [0] * bins
    for value in values:
        counts[min(int(bins * value / most), bins - 1)] += 1
    tallest, wide, high = max(counts), 52, 120
    bars = []
    for i, count in enumerate(counts):
        left, tall = 10 + i * wide, high * count / tallest
        bars.append(
            f"<rect x='{left}' y='{20 + high - tall:.1f}' width='{wide - 6}' height='{tall:.1f}'/>"
            f"<text x='{left + (wide - 6) / 2}' y='{14 + high - tall:.1f}' text-anchor='middle'>{count}</text>"
            f"<text x='{left}' y='{high + 36}'>{most * i / bins:g}</text>"
        )
    words = "Students by points: " + ", ".join(f"{n} from {most * i / bins:g}" for i, n in enumerate(counts))
    size = f"0 0 {20 + bins * wide} {high + 44}"
    return f"<svg viewBox='{size}' role='img' aria-label='{words}'>{''.join(bars)}</svg>"
