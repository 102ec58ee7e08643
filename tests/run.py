"""Every check of the book, in order: `python -m tests.run`. Ends with one line, `N passed, N failed[, N skipped]`.

Style, types and the build count as one test each; pytest and node report their own numbers. A stage that dies without
a report is one failure, so that nothing can go missing in silence.
"""

import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "_build" / "reports"
PYTHON = sys.executable
JAVASCRIPT = ROOT / "tests" / "js"


@dataclass
class Totals:
    """How many tests passed, failed, were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        """The line that ends a run."""
        line = f"{self.passed} passed, {self.failed} failed"
        return f"{line}, {self.skipped} skipped" if self.skipped else line


def run(*command: str, threads: int | None = None) -> int:
    """Run a command from the root of the book; returns its exit status."""
    environment = {**os.environ, "GOMP_SPINCOUNT": "0", "LAB_SITE_IS_FRESH": "1"}
    if threads:
        environment["OMP_NUM_THREADS"] = environment["MKL_NUM_THREADS"] = str(threads)
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def check(*command: str) -> Totals:
    """A command that passes or fails as a whole."""
    return Totals(passed=1) if run(*command) == 0 else Totals(failed=1)


def read_junit(report: Path, status: int) -> Totals:
    """Totals of a JUnit file as pytest writes it; a bad status without a failure in the file is a failure."""
    if not report.exists():
        return Totals(failed=1)
    totals = Totals()
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        number = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
        failed = number["failures"] + number["errors"]
        totals += Totals(number["tests"] - failed - number["skipped"], failed, number["skipped"])
    if status != 0 and totals.failed == 0:
        totals += Totals(failed=1)
    return totals


def pytest(folder: str, *options: str) -> Totals:
    """One folder of tests, one torch thread per process."""
    report = REPORTS / f"{Path(folder).name}.xml"
    report.unlink(missing_ok=True)
    status = run(PYTHON, "-m", "pytest", "-q", folder, f"--junitxml={report}", *options, threads=1)
    return read_junit(report, status)


def read_tap(text: str, status: int) -> Totals:
    """Totals of node's own test runner."""
    found = dict(re.findall(r"^# (pass|fail|skipped) (\d+)$", text, flags=re.MULTILINE))
    totals = Totals(int(found.get("pass", 0)), int(found.get("fail", 0)), int(found.get("skipped", 0)))
    if totals.failed == 0 and (status != 0 or totals.passed == 0):
        totals += Totals(failed=1)
    return totals


def javascript() -> Totals:
    """Lint and unit tests of the live figures' modules, with node."""
    if not shutil.which("node") or not shutil.which("npm"):
        print("node and npm are missing: the JavaScript tests did not run")
        return Totals(failed=1) if os.environ.get("CI") else Totals(skipped=1)
    install = run("npm", "install", "--prefix", str(JAVASCRIPT), "--no-audit", "--no-fund", "--silent")
    lint = check("npm", "run", "--prefix", str(JAVASCRIPT), "lint")
    files = sorted(str(path) for path in JAVASCRIPT.glob("*.test.*js"))
    command = ["node", "--test", "--test-reporter=tap", *files]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    totals = read_tap(result.stdout, result.returncode)
    if totals.failed:
        print(result.stdout, result.stderr)
    return lint + totals + (Totals(failed=1) if install else Totals())


STAGES: dict[str, Callable[[], Totals]] = {
    "style": lambda: check(PYTHON, "-m", "ruff", "check", "."),
    "format": lambda: check(PYTHON, "-m", "ruff", "format", "--check", "."),
    "types": lambda: check(PYTHON, "-m", "mypy"),
    "javascript": javascript,
    "unit": lambda: pytest("tests/unit", "-n", "2", "--dist", "loadfile"),
    "book": lambda: check(PYTHON, "-m", "theme.build"),
    "notebooks": lambda: pytest("tests/notebooks"),
    "grading": lambda: pytest("tests/grading", "-n", "2", "--dist", "loadfile"),
    "site": lambda: pytest("tests/site", "-n", "2", "--dist", "loadfile"),
}


def main() -> int:
    """Run all stages, or those named on the command line; 0 only if nothing failed."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    chosen = sys.argv[1:] or list(STAGES)
    totals, times = Totals(), []
    for name in chosen:
        print(f"\n=== {name}", flush=True)
        start = time.perf_counter()
        stage = STAGES[name]()
        seconds = time.perf_counter() - start
        times.append(f"{name:<11} {seconds:6.1f} s   {stage}")
        totals += stage
    print("\n" + "\n".join(times))
    print(totals)
    return 1 if totals.failed else 0


if __name__ == "__main__":
    sys.exit(main())
