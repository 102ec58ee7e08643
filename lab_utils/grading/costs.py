"""What grading a class costs in time, told from the key's own right answers before anybody has handed in anything."""

from __future__ import annotations

from collections.abc import Mapping

CLASS = 500


def forecast(chapter: str, seconds: Mapping[str, float], *, cores: int, start: float = 0.0, count: int = CLASS) -> str:
    """What one right submission and a class of `count` take, and what the dearest exercise has in it.

    `seconds`: CPU seconds of each exercise's right answer; `cores` grade at once; `start`: seconds until a sandbox is
    ready. Raises ValueError where there is nothing to tell from.
    """
    if not seconds or cores < 1:
        raise ValueError(f"expected CPU seconds of some exercise and at least 1 core, got {seconds} and {cores} cores")
    whole, dearest = sum(seconds.values()), max(seconds, key=lambda name: seconds[name])
    machine = f"this machine's {cores} cores" if cores > 1 else "this machine's one core"

    def for_all(each: float) -> str:
        return f"about {duration(start + count * each / cores)}"

    text = f"{chapter}: one right submission takes {_short(whole)} CPU s"
    if len(seconds) == 1 or seconds[dearest] <= whole / 2:
        return f"{text}; a class of {count} takes {for_all(whole)} on {machine}"
    rest, left = ",".join(name for name in seconds if name != dearest), whole - seconds[dearest]
    text += (
        f", {_short(seconds[dearest])} of them for {dearest}; a class of {count} takes {for_all(whole)} on {machine}"
    )
    return f"{text}, or {for_all(left)} without {dearest}: --only {rest}"


def _short(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds >= 1 else f"{seconds:.2f}"


def duration(seconds: float) -> str:
    """Seconds in words: 40 s, 12 min, 1 h 10 min."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
