"""Finds the submissions in what an instructor has: notebooks, folders, or a zip as Canvas or Moodle makes it.

Nothing is ever unpacked to disk, so that no name in an archive can lead anywhere; each file is read in its turn.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

from lab_utils.grading.notebooks import LARGEST, SubmissionError

MOST_FILES = 100_000
CANVAS = re.compile(r"^(?P<name>[^_/]+)_(?:LATE_)?(?P<id>\d+)_(?P<file>\d{1,20})_(?P<rest>.+)$")
MOODLE = re.compile(r"^(?P<name>.+?)_(?P<id>\d+)_assignsubmission_file_?(?P<rest>.*)$")


class CollectError(ValueError):
    """What was given holds no submissions; the message says what was expected."""


@dataclass(frozen=True)
class Submission:
    """One student's file: who, where from, and how to read it. `read()` raises SubmissionError."""

    student: str
    name: str
    source: str
    system: str
    read: Callable[[], bytes] = field(compare=False, repr=False)
    remarks: tuple[str, ...] = ()


def collect(places: Iterable[Path]) -> list[Submission]:
    """All submissions in files, folders and zip archives, one a student, in the order of their names.

    Where a student has several notebooks the newest counts: the highest file number on Canvas, else the last by name.
    Raises CollectError where a place does not exist or nothing is found.
    """
    places = list(places)
    found: list[Submission] = []
    for place in places:
        if not place.exists():
            raise CollectError(f"expected a notebook, a folder or a zip archive, got {place}, which does not exist")
        here = _zip(place) if place.suffix.lower() == ".zip" else _files(place)
        _apart(found, here)
        found += here
    if not found:
        other = sorted(
            {p.suffix or p.name for place in places if place.is_dir() for p in place.rglob("*") if p.is_file()}
        )
        raise CollectError(
            f"expected notebooks (.ipynb) in {', '.join(map(str, places))}, got {', '.join(other[:8]) or 'nothing'}; "
            "give zip archives by their own names"
        )
    chosen: dict[str, Submission] = {}
    for each in sorted(found, key=_age):
        older = chosen.get(each.student)
        remark = (*each.remarks, f"an earlier file was set aside: {older.source}") if older else each.remarks
        chosen[each.student] = replace(each, remarks=remark)
    return [chosen[student] for student in sorted(chosen)]


def _apart(before: list[Submission], here: list[Submission]) -> None:
    """Two places that hold a file of one name: `grade class/*` would take a whole class for one student."""
    names = {each.student: each.source for each in before if each.system == "files"}
    for each in here:
        if each.system == "files" and each.student in names:
            raise CollectError(
                f"two places hold a file for one student, {each.student!r}: {names[each.student]} and {each.source}; "
                "give the folder above them, whose folders' names say whose they are"
            )


def _age(submission: Submission) -> tuple[int, str]:
    number = CANVAS.match(PurePosixPath(submission.source).name)
    return (int(number["file"]) if number else 0, submission.source)


def _files(place: Path) -> list[Submission]:
    paths = [place] if place.is_file() else sorted(place.rglob("*"))
    wanted = [p for p in paths if p.suffix == ".ipynb" and ".ipynb_checkpoints" not in p.parts]
    return [_submission(_relative(path, place), str(path), partial(_read_file, path)) for path in wanted]


def _relative(path: Path, place: Path) -> str:
    named = any(pattern.match(place.name) for pattern in (MOODLE, CANVAS))  # the folder of one student, by itself
    return path.name if path == place else path.relative_to(place.parent if named else place).as_posix()


def _read_file(path: Path) -> bytes:
    """The content of a regular file; a link may point anywhere, so it is not followed."""
    try:  # without waiting, for what looks like a file may be a pipe by now
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise SubmissionError("the file is a link or cannot be read: hand in the notebook itself") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise SubmissionError("this is no ordinary file: hand in the notebook itself")
    with os.fdopen(handle, "rb") as file:
        return file.read(LARGEST + 1)


def _zip(place: Path) -> list[Submission]:
    try:
        with zipfile.ZipFile(place) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise CollectError(
            f"{place} is no readable zip archive ({error}): download it again, or unpack it and give the folder"
        ) from error
    if len(members) > MOST_FILES:
        raise CollectError(f"{place} holds {len(members)} files, more than {MOST_FILES}")
    notebooks = [m for m in members if m.filename.endswith(".ipynb") and not m.is_dir()]
    kept = [m for m in notebooks if not {".ipynb_checkpoints", "__MACOSX"} & set(PurePosixPath(m.filename).parts)]
    return [_submission(m.filename, f"{place.name}/{m.filename}", partial(_read_member, place, m)) for m in kept]


def _read_member(place: Path, member: zipfile.ZipInfo) -> bytes:
    """At most LARGEST + 1 bytes, whatever size the archive claims: a zip bomb stops there."""
    if member.external_attr >> 28 == 0o12:
        raise SubmissionError("the file is a link: hand in the notebook itself")
    try:
        with zipfile.ZipFile(place) as archive, archive.open(member) as file:
            return file.read(LARGEST + 1)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise SubmissionError("the file cannot be read from the archive: it is damaged or encrypted") from error
    except Exception as error:  # zlib and lzma raise kinds of their own
        raise SubmissionError("the file cannot be read from the archive: it is damaged") from error


def _submission(inner: str, source: str, read: Callable[[], bytes]) -> Submission:
    """Who handed in the file of this name."""
    parts = PurePosixPath(inner).parts
    for part in parts:
        for system, pattern in (("moodle", MOODLE), ("canvas", CANVAS)):
            if hit := pattern.match(part):
                return Submission(f"{hit['name']}_{hit['id']}", hit["name"], source, system, read)
    student = parts[0] if len(parts) > 1 else PurePosixPath(inner).stem
    return Submission(student, student, source, "files", read)
