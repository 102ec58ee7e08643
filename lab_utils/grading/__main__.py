"""The instructor's command line: python -m lab_utils.grading, or deep-representations-grading."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import torch
from tqdm.std import tqdm

from lab_utils.grading.check import check
from lab_utils.grading.collect import CollectError, collect
from lab_utils.grading.costs import duration, forecast
from lab_utils.grading.key import KeyFault, read
from lab_utils.grading.mark import Assignment, Marker
from lab_utils.grading.notebooks import SubmissionError
from lab_utils.grading.release import ReleaseError, release
from lab_utils.grading.report import report
from lab_utils.grading.run import Summary, grade_class
from lab_utils.grading.sandbox import Sandbox
from lab_utils.grading.verify import SOLUTION, Verdict, verify
from lab_utils.grading.walls import SandboxError, readable_inside, try_out
from lab_utils.practice import ExerciseError

GOOD, FAULTS, USAGE, UNFINISHED, INTERRUPTED = 0, 1, 2, 3, 130
FLOW = """\
from a chapter to grades:

  1  release cnns --out term1               the notebook that students get; no solution in it
  2  students answer, and run the visible checks in the notebook, or: check cnns.ipynb
  3  verify cnns --key my-key               before you trust a key: solutions, stubs, wrong answers
  4  grade submissions.zip --chapter cnns --key my-key --out results
  5  report results                         a page for the class, one for each student, CSV for Canvas and Moodle

exit status: 0 done; 1 done, with faults (a check failed, a key is wrong); 2 wrong use; 3 not all could be graded;
130 stopped with Ctrl-C or a signal to end, what was done is kept. COMMAND --help tells more.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    given = _parser().parse_args(arguments)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended from outside is stopped as with Ctrl-C
    try:
        return int(given.run(given))
    except (
        CollectError,
        ExerciseError,
        KeyFault,
        ReleaseError,
        SandboxError,
        SubmissionError,
        OSError,
        ValueError,
    ) as error:
        print(f"{given.command}: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print(f"{given.command}: stopped", file=sys.stderr)
        return INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lab_utils.grading",
        description="Release a chapter's exercises, grade what students hand in, and report.",
        epilog=FLOW,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_release(commands.add_parser("release", help="make the notebook that students get"))
    _add_check(commands.add_parser("check", help="run the visible checks of a notebook (for students)"))
    _add_grade(commands.add_parser("grade", help="grade submissions with a key, in a sandbox"))
    _add_report(commands.add_parser("report", help="pages and CSV files out of graded results"))
    _add_verify(commands.add_parser("verify", help="prove that a key grades as it should"))
    return parser


def _add_release(parser: argparse.ArgumentParser) -> None:
    parser.description = "Write the student's notebook of each chapter: no solution, stubs and visible checks kept."
    parser.add_argument("chapters", nargs="+", metavar="CHAPTER", help="chapter name, such as cnns")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for CHAPTER.ipynb")
    parser.add_argument("--no-prose", action="store_true", help="keep the exercises only; the book's page has the rest")
    parser.add_argument("--force", action="store_true", help="write over notebooks that are there already")
    _choices(parser)
    parser.set_defaults(run=_release)


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.description = "Run the visible checks of your own notebook, with no more of its code than they need."
    parser.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--json", action="store_true", help="print JSON, for machines")
    parser.set_defaults(run=_check)


def _add_grade(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Grade notebooks, folders or a zip archive from Canvas or Moodle as it comes. Each submission's code runs in a "
        "sandbox (bubblewrap, Linux). One result file each; what is there already is not graded again with --resume."
    )
    parser.add_argument("submissions", nargs="+", type=Path, metavar="SUBMISSIONS")
    parser.add_argument("--chapter", required=True, metavar="CHAPTER", help="chapter that was assigned")
    parser.add_argument("--out", type=Path, required=True, metavar="RESULTS", help="folder for the results")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (default: all cores)"
    )
    parser.add_argument("--dask", metavar="ADDRESS", help="grade on the Dask cluster whose scheduler is here")
    parser.add_argument("--resume", action="store_true", help="go on in a folder that holds results")
    parser.add_argument("--json", action="store_true", help="print JSON, for machines")
    _keyed(parser)
    _choices(parser)
    parser.set_defaults(run=_grade)


def _add_report(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Make class.html, feedback/STUDENT.html, grades.csv, canvas.csv and moodle.csv in a folder of results."
    )
    parser.add_argument("results", type=Path, metavar="RESULTS", help="folder that `grade` wrote")
    parser.add_argument("--title", help="the assignment's name in the pages and CSV columns (default: the chapter's)")
    parser.add_argument("--canvas", type=Path, metavar="CSV", help="gradebook exported from Canvas, to be filled in")
    parser.add_argument(
        "--moodle", type=Path, metavar="CSV", help="grading worksheet downloaded from Moodle, to be filled in"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for machines")
    parser.set_defaults(run=_report)


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Every solution must earn full marks, every stub none, every plausible wrong answer of the key less than all."
    )
    parser.add_argument("chapters", nargs="+", metavar="CHAPTER")
    parser.add_argument("--json", action="store_true", help="print JSON, for machines")
    _keyed(parser)
    _choices(parser)
    parser.set_defaults(run=_verify)


def _keyed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--key", type=Path, required=True, metavar="KEY", help="folder with CHAPTER.py, the hidden tests"
    )


def _choices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--variant", type=int, default=0, metavar="SEED", help="draw numbers afresh (default: the book's own)"
    )
    parser.add_argument("--only", default="", metavar="ID,...", help="these exercises only")
    parser.add_argument(
        "--book", type=Path, default=Path("chapters"), metavar="DIR", help="folder of chapters (default: chapters)"
    )


def _chapter(given: argparse.Namespace, name: str) -> str:
    path = given.book / f"{name}.ipynb"
    if not path.is_file():
        there = ", ".join(sorted(each.stem for each in given.book.glob("*.ipynb")))
        found = f"chapters in {given.book}: {there}" if there else "run it where the book lies, or say --book DIR"
        raise ReleaseError(f"no chapter {name!r}: expected {path}; {found}")
    return path.read_text(encoding="utf-8")


def _only(given: argparse.Namespace) -> tuple[str, ...]:
    return tuple(sorted(each.strip() for each in given.only.split(",") if each.strip()))


def _assignment(given: argparse.Namespace, name: str) -> Assignment:
    if readable_inside(given.key):
        raise KeyFault(f"{given.key} lies where students' code can read it (Python, the package, its data): move it")
    return Assignment(name, _chapter(given, name), read(given.key, name), given.variant, _only(given))


def _release(given: argparse.Namespace) -> int:
    given.out.mkdir(parents=True, exist_ok=True)
    for name in given.chapters:
        path = given.out / f"{name}.ipynb"
        if path.exists() and not given.force:
            raise ReleaseError(f"{path} is there already; --force writes over it")
        chapter = json.loads(_chapter(given, name))
        student = release(chapter, chapter=name, variant=given.variant, only=_only(given), prose=not given.no_prose)
        path.write_text(json.dumps(student, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"wrote {path}")
    return GOOD


def _check(given: argparse.Namespace) -> int:
    found = []
    for each in check(given.notebook):
        found.append(each)
        if not given.json:
            print(
                f"{'✓' if each.passed else '✗'} {each.exercise}{'' if each.passed else ': ' + each.words}", flush=True
            )
    passed = sum(each.passed for each in found)
    if given.json:
        print(json.dumps([vars(each) for each in found], ensure_ascii=False))
    else:
        print(f"{passed} of {len(found)} visible checks pass. Passing is necessary, not the whole grade.")
    return GOOD if found and passed == len(found) else FAULTS


def _grade(given: argparse.Namespace) -> int:
    if given.workers < 1:
        raise ValueError(f"expected --workers of at least 1, got {given.workers}")
    if (given.out / "graded").exists() and not given.resume:
        raise ValueError(f"{given.out} holds results; --resume goes on there, or give another --out")
    assignment = _assignment(given, given.chapter)
    Marker(assignment)  # a key that does not fit is told before anything starts
    submissions = collect(given.submissions)
    if not given.dask:
        try_out()  # else each submission would fail in its turn
    with tqdm(unit="submission", disable=given.json or None) as bar:
        summary = grade_class(
            *(assignment, submissions, given.out),
            workers=given.workers,
            dask=given.dask,
            told=lambda done, total: _move(bar, done, total),
        )
    _tell(given, summary, len(submissions))
    if summary.interrupted and not given.json:
        print("stopped: what was done is kept, --resume goes on", file=sys.stderr)
    return INTERRUPTED if summary.interrupted else UNFINISHED if summary.failed else GOOD


def _move(bar: tqdm, done: int, total: int) -> None:
    if bar.total is None:  # what was graded before took no time of this run, and must not shorten the estimate
        bar.initial = done
    bar.total, bar.n = total, done
    bar.refresh()


def _tell(given: argparse.Namespace, summary: Summary, count: int) -> None:
    took = summary.cpu_seconds
    middle, whole = median(took) if took else 0.0, sum(took)
    if given.json:
        told: dict[str, object] = {"submissions": count, "graded": summary.graded, "graded_before": summary.before}
        told |= {
            "failed": list(summary.failed),
            "interrupted": summary.interrupted,
            "median_cpu_seconds": round(middle, 3),
            "cpu_seconds": round(whole, 3),
        }
        print(json.dumps(told))
        return
    spent = f"; CPU time: median {middle:.2f} s each, {duration(whole)} in all" if took else ""
    print(f"{count} submissions: {summary.graded} graded now, {summary.before} before{spent}")
    if summary.failed:
        print(f"{len(summary.failed)} could not be graded on this machine; run again with --resume", file=sys.stderr)
    print(f"next: python -m lab_utils.grading report {given.out}")


def _report(given: argparse.Namespace) -> int:
    written = report(given.results, title=given.title, canvas=given.canvas, moodle=given.moodle)
    print(json.dumps([str(each) for each in written]) if given.json else "\n".join(f"wrote {each}" for each in written))
    return GOOD


def _verify(given: argparse.Namespace) -> int:
    verdicts: list[tuple[str, Verdict]] = []
    torch.set_num_threads(1)  # as in grading, for sums and seconds depend on it
    begun = time.monotonic()
    with Sandbox() as sandbox:
        start = time.monotonic() - begun
        for name in given.chapters:
            for each in verify(Marker(_assignment(given, name)), sandbox):
                verdicts.append((name, each))
                if not given.json:
                    mark, told = "✗" if each.fault else "✓", each.fault or f"{each.earned:g} of {each.points:g}"
                    print(
                        f"{mark} {name}/{each.exercise} {each.trial}: {told}, {each.cpu_seconds:.2f} CPU s", flush=True
                    )
    faults = sum(bool(each.fault) for _, each in verdicts)
    if given.json:
        print(json.dumps([{"chapter": name, **vars(each)} for name, each in verdicts], ensure_ascii=False))
    else:
        print(f"{len(verdicts)} trials, {faults} faults")
        for name in given.chapters:
            right = {v.exercise: v.cpu_seconds for chapter, v in verdicts if (chapter, v.trial) == (name, SOLUTION)}
            print(forecast(name, right, cores=os.cpu_count() or 1, start=start))
    return FAULTS if faults else GOOD


if __name__ == "__main__":
    sys.exit(main())
