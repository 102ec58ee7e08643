"""Build the book: `python -m theme.build`. The exit status is 0 only for a whole book without a warning, every time."""

import argparse
import shutil
import sys
import time
from pathlib import Path

from jupyter_book.sphinx import build_sphinx

ROOT = Path(__file__).resolve().parent.parent


def build(root: Path, output: Path) -> int:
    """Build the book of `root` into `output`/html; returns 0 or 1.

    After a failure the pages that were read are forgotten: Sphinx reports a page's warnings only when it reads the
    page, so that a second run would otherwise call the same book good.
    """
    pages = output / ".doctrees"
    status = build_sphinx(
        str(root),
        str(output / "html"),
        path_config=root / "_config.yml",
        confoverrides={"latex_individualpages": False},
        noconfig=True,
        doctreedir=str(pages),
        warningiserror=True,
        keep_going=True,
    )
    if status != 0:
        shutil.rmtree(pages, ignore_errors=True)
    return 0 if status == 0 else 1


def main() -> int:
    """Read the command line, build, say where the book is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "_build", help="folder for the results (default: _build)")
    arguments = parser.parse_args()
    start = time.perf_counter()
    output = arguments.output.resolve()
    status = build(ROOT, output)
    seconds = time.perf_counter() - start
    if status:
        print(f"the book was not built ({seconds:.0f} s)", file=sys.stderr)
    else:
        print(f"built in {seconds:.0f} s: open {output / 'html' / 'index.html'}")
    return status


if __name__ == "__main__":
    sys.exit(main())
