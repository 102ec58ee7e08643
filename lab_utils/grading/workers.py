"""Who grades: processes of this machine, or the workers of a Dask cluster, each with a sandbox of its own."""

from __future__ import annotations

import ctypes
import hashlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import torch

from lab_utils.grading.collect import Submission
from lab_utils.grading.mark import Assignment, Marker
from lab_utils.grading.notebooks import SubmissionError
from lab_utils.grading.sandbox import Sandbox
from lab_utils.grading.walls import SandboxError
from lab_utils.grading.zygote import PR_SET_PDEATHSIG

ATTEMPTS = 3
Todo = dict[str, Submission]


@dataclass(frozen=True)
class Graded:
    """A result, and the CPU seconds that it took: on this side and in the sandbox."""

    result: str
    cpu_seconds: float


def result_name(assignment: Assignment, content: bytes) -> str:
    """The file name of a submission's result."""
    return hashlib.sha256(content + assignment.basis.encode()).hexdigest()[:32] + ".json"


class _Ready(threading.local):
    """What a thread keeps between calls: a cluster's worker may have several threads."""

    def __init__(self) -> None:
        self.shops: dict[str, tuple[Marker, Sandbox]] = {}


_ready = _Ready()


def grade(assignment: Assignment, content: bytes) -> Graded:
    """Grade one notebook file in this thread's sandbox, which is started at the first call and kept."""
    marker, sandbox = _workshop(assignment)
    own, theirs = time.thread_time(), sandbox.cpu_seconds
    try:
        result = marker.mark(content, sandbox)
    except (SandboxError, OSError):
        _ready.shops.pop(assignment.basis)[1].close()
        raise
    return Graded(result.to_json(), time.thread_time() - own + sandbox.cpu_seconds - theirs)


def _workshop(assignment: Assignment) -> tuple[Marker, Sandbox]:
    if assignment.basis not in _ready.shops:
        for _, old in _ready.shops.values():
            old.close()
        _ready.shops.clear()
        torch.set_num_threads(1)  # threads that wait for each other cost more than they bring, and sums depend on them
        _ready.shops[assignment.basis] = (Marker(assignment), Sandbox())
    return _ready.shops[assignment.basis]


def on_this_machine(assignment: Assignment, todo: Todo, workers: int) -> Generator[tuple[str, Graded | None]]:
    """Results as they come; None for what failed `ATTEMPTS` times for reasons of this machine."""
    tries: Counter[str] = Counter()
    left = dict(todo)
    while left:
        # What was lost with a process is tried alone, so that whatever ends processes takes no other with it.
        fresh = {name: each for name, each in left.items() if not tries[name]}
        some, at_once = (fresh, workers) if fresh else (left, 1)
        for name, graded in _one_pool(assignment, some, at_once, tries):
            if graded is not None or tries[name] >= ATTEMPTS:
                del left[name]
                yield name, graded


def _one_pool(
    assignment: Assignment, todo: Mapping[str, Submission], workers: int, tries: Counter[str]
) -> Generator[tuple[str, Graded | None]]:
    """One try of each, few notebooks in memory at a time; ends early when the pool has lost a process."""
    waiting = _contents(assignment, todo)
    running: dict[Future[Graded], str] = {}
    pool = ProcessPoolExecutor(
        min(workers, len(todo)), get_context("spawn"), initializer=_end_with, initargs=(os.getpid(),)
    )
    ahead = 2 * workers if workers > 1 else 1
    try:
        while True:
            for name, content in waiting:
                tries[name] += 1 if content is not None else ATTEMPTS
                if content is None:
                    yield name, None
                else:
                    running[pool.submit(grade, assignment, content)] = name
                if len(running) >= ahead:
                    break
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), _taken(future)
    except BrokenProcessPool:
        return
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with(parent: int) -> None:
    """A worker, and with it its sandbox, is ended by the kernel when the grader is gone, however that came."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before the kernel knew
        os._exit(1)


def _taken(future: Future[Graded]) -> Graded | None:
    """What a future holds; None where the machine or the grader, not the student, failed."""
    try:
        return future.result()
    except Exception:  # whatever it is, it must not stop the others
        return None


def _contents(assignment: Assignment, todo: Mapping[str, Submission]) -> Iterator[tuple[str, bytes | None]]:
    """Each submission as it was when its result got its name; None where it has changed or gone since."""
    for name, submission in list(todo.items()):
        try:
            content = submission.read()
        except SubmissionError:
            content = b""
        yield name, content if result_name(assignment, content) == name else None


def on_dask(assignment: Assignment, todo: Todo, address: str) -> Generator[tuple[str, Graded | None]]:
    """Results as they come from a Dask cluster; the work of a lost worker is given to another."""
    from distributed import Client, as_completed  # an extra: only who grades on a cluster needs it

    with Client(address, timeout="30s", set_as_default=False) as client, client.as_current():
        shared = client.scatter(assignment, broadcast=True)
        ahead = max(8, 4 * len(client.scheduler_info()["workers"]))
        running = as_completed()
        for name, content in _contents(assignment, todo):
            if content is None:
                yield name, None
                continue
            running.add(client.submit(grade, shared, content, key=name, retries=ATTEMPTS - 1))
            if running.count() >= ahead:
                yield _finished(next(running))
        for future in running:
            yield _finished(future)


def _finished(future: Any) -> tuple[str, Graded | None]:
    return future.key, future.result() if future.status == "finished" else None
