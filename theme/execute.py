"""Runs the chapters whose results are stale, in parallel, and hands the results to Sphinx.

A chapter's results are stored under two keys: one of everything its code may import or read (the package, the data, the
versions of the libraries, the interpreter) and one of its own code cells. So an edit of the prose runs nothing, an edit
of the package runs everything again, and no page can show a figure that its code no longer makes.
"""

import asyncio
import hashlib
import json
import os
import platform
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging

log = logging.getLogger(__name__)
INPUTS = ("lab_utils", "data")
LIBRARIES = ("torch", "torchvision", "numpy", "matplotlib", "scikit-learn", "ipython", "ipykernel")
CELL_SECONDS = 600
KEPT_KEYS = 6


class ChapterError(SphinxError):
    """A chapter's code raised; the message carries the cell and its traceback."""

    category = "Chapter failed"


def inputs_key(root: Path) -> str:
    """Hash of all that a chapter's code may import or read: names and bytes of the package and data, versions."""
    digest = hashlib.sha256()
    for folder in INPUTS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(root).as_posix().encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    versions = [platform.python_version(), platform.machine()]
    versions += [f"{name}=={metadata.version(name)}" for name in LIBRARIES]
    digest.update("\n".join(versions).encode())
    return digest.hexdigest()[:16]


def code_key(notebook: NotebookNode) -> str:
    """Hash of a notebook's code cells, in order; Markdown and metadata do not count."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()[:16]


class Results:
    """The stored results of one build's inputs, as executed notebooks under `folder`/`key`."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self.here = folder / key

    def path(self, source: Path) -> Path:
        """Where the results of the notebook at `source` belong."""
        return self.here / f"{source.stem}-{code_key(nbformat.read(source, as_version=4))}.ipynb"

    def stale(self, sources: list[Path]) -> list[Path]:
        """Those notebooks of `sources` that have no stored results for their present code."""
        return [source for source in sources if not self.path(source).exists()]

    def store(self, source: Path, executed: NotebookNode) -> None:
        """Keep `executed` as the results of `source`; a partly written file never carries the final name."""
        target = self.path(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".part")
        nbformat.write(executed, partial)
        partial.replace(target)

    def forget_oldest(self) -> None:
        """Keep the few most recent keys: going back and forth between two versions stays cheap."""
        folders = sorted((p for p in self.folder.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime)
        for old in folders[:-KEPT_KEYS]:
            shutil.rmtree(old)


def execute(source: Path, threads: int) -> NotebookNode:
    """Run one notebook in a fresh kernel, in its own folder, with `threads` threads; raises ChapterError."""
    notebook = nbformat.read(source, as_version=4)
    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    done = [0]
    start = time.perf_counter()

    def report(cell: NotebookNode, cell_index: int) -> None:
        done[0] += 1
        if done[0] % 10 == 0 or done[0] == total:
            _say(f"{source.stem}: {done[0]} of {total} code cells, {time.perf_counter() - start:.0f} s")

    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(source.parent)}},
        on_cell_complete=report,
    )
    try:
        asyncio.run(client.async_execute(env=_kernel_environment(threads)))
    except CellExecutionError as error:
        raise ChapterError(f"{source.name}\n{error}") from error
    return notebook


def execute_stale(sources: list[Path], results: Results) -> None:
    """Run the stale notebooks of `sources` side by side, one per core; all are tried before an error is raised."""
    stale = results.stale(sources)
    if not stale:
        return
    cores = os.cpu_count() or 1
    workers = min(len(stale), cores)
    _say(f"running {len(stale)} of {len(sources)} notebooks, {workers} at a time: " + ", ".join(p.stem for p in stale))
    with ThreadPoolExecutor(workers) as pool:
        jobs = {source: pool.submit(execute, source, max(1, cores // workers)) for source in stale}
    errors = [job.exception() for job in jobs.values() if job.exception() is not None]
    for source, job in jobs.items():
        if job.exception() is None:
            results.store(source, job.result())
    if errors:
        raise ChapterError("\n\n".join(str(error) for error in errors))
    results.forget_oldest()


def merge(notebook: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """Put the outputs of `executed` into `notebook`, code cell by code cell."""
    outputs = [cell for cell in executed.cells if cell.cell_type == "code"]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, ran in zip(code, outputs, strict=True):
        cell.outputs = ran.outputs
        cell.execution_count = ran.execution_count
    return notebook


def _kernel_environment(threads: int) -> dict[str, str]:
    """The child's environment: a fixed number of threads that do not spin, and the interpreter of this build first."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    count = str(threads)
    return {
        **os.environ,
        "LAB_STATIC": "1",  # no progress bars, no controls that need a kernel
        "PATH": path,
        "OMP_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "GOMP_SPINCOUNT": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def _say(message: str) -> None:
    print(f"[chapters] {message}", flush=True)


def _results(app: Sphinx) -> Results:
    return Results(Path(app.outdir).parent / "executed", app.config.lab_inputs)


def key_the_build(app: Sphinx, config: Config) -> None:
    """The key is a setting that Sphinx watches: when it changes, every page is read anew."""
    config.lab_inputs = inputs_key(Path(app.srcdir))


def run_before_reading(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run the stale notebooks among the pages about to be read."""
    paths = [Path(env.doc2path(name)) for name in docnames]
    execute_stale([path for path in paths if path.suffix == ".ipynb"], _results(app))


def insert_results(app: Sphinx, docname: str, source: list[str]) -> None:
    """Give Sphinx the notebook with its stored outputs."""
    path = Path(app.env.doc2path(docname))
    if path.suffix == ".ipynb":
        notebook = nbformat.reads(source[0], as_version=4)
        executed = nbformat.read(_results(app).path(path), as_version=4)
        source[0] = nbformat.writes(merge(notebook, executed))


def register(app: Sphinx) -> None:
    """Execution before reading; outputs before any other change to the source (priority 100)."""
    app.add_config_value("lab_inputs", "", "env", str)
    app.connect("config-inited", key_the_build, priority=10)
    app.connect("env-before-read-docs", run_before_reading)
    app.connect("source-read", insert_results, priority=100)
