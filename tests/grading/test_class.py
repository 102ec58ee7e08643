"""A class: on this machine and on a cluster, stopped and gone on with, whatever happens to a worker."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab_utils.grading.collect import Submission, collect
from lab_utils.grading.run import grade_class, results
from tests.grading import small

pytestmark = pytest.mark.usefixtures("needs_bubblewrap")
ROOT = Path(__file__).resolve().parents[2]


def a_class(folder: Path, count: int) -> list[Submission]:
    """Students of three kinds, no two files alike."""
    kinds = [small.DOUBLE, "def double(x):\n    return x + 2", "import os\nos._exit(1)"]
    folder.mkdir()
    for number in range(count):
        text = f"# {number}\n" + kinds[number % 3]
        (folder / f"student{number:03}.ipynb").write_bytes(small.submission(double=text))
    return collect([folder])


def points(out: Path) -> list[float]:
    return [result.earned if result else -1 for _, result in results(out)]


def test_a_pool_grades_everybody_once_and_resumes(tmp_path):
    submissions = a_class(tmp_path / "in", 9)
    told = []
    first = grade_class(
        small.assignment(), submissions[:5], tmp_path / "out", workers=2, told=lambda *x: told.append(x)
    )
    assert (first.graded, first.before, first.failed) == (5, 0, ())
    assert told[-1] == (5, 5)
    assert len(first.cpu_seconds) == 5
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "graded").iterdir()}
    second = grade_class(small.assignment(), submissions, tmp_path / "out", workers=1)
    assert (second.graded, second.before) == (4, 5)
    assert {path: path.stat().st_mtime_ns for path in before} == before, "what was graded is not touched"
    assert points(tmp_path / "out") == [2, 0, 0] * 3
    assert not list((tmp_path / "out").rglob("*.part"))


def test_another_key_grades_anew(tmp_path, marker, sandbox):
    submissions = a_class(tmp_path / "in", 2)
    grade_class(small.assignment(), submissions, tmp_path / "out")
    again = grade_class(small.assignment(key=small.KEY + "\n# another"), submissions, tmp_path / "out")
    assert (again.graded, again.before) == (2, 0)


def test_ctrl_c_keeps_what_is_done(tmp_path):
    students = 100  # some ten seconds of work: the signal comes in the middle of it on a busy machine too
    a_class(tmp_path / "in", students)
    (tmp_path / "book").mkdir()
    (tmp_path / "key").mkdir()
    (tmp_path / "book" / "small.ipynb").write_text(json.dumps(small.chapter()))
    (tmp_path / "key" / "small.py").write_text(small.KEY)
    command = [
        sys.executable,
        "-m",
        "lab_utils.grading",
        "grade",
        "in",
        "--chapter",
        "small",
        "--key",
        "key",
        "--book",
        "book",
    ]
    command += ["--out", "out", "--workers", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL, start_new_session=True
    )
    graded = tmp_path / "out" / "graded"
    deadline = time.monotonic() + 240
    while (not graded.exists() or len(list(graded.glob("*.json"))) < 3) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(60) == 130
    done = len(list(graded.glob("*.json")))
    assert 3 <= done < students
    again = subprocess.run(
        [*command, "--resume", "--json"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(again.stdout)["graded_before"] == done
    assert points(tmp_path / "out") == [[2, 0, 0][number % 3] for number in range(students)]


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers on the loopback address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "5"}
    start = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-dashboard",
    ]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--host", "127.0.0.1", "--nthreads", "1"]
    worker += ["--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path / "dask")]
    quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    processes = [subprocess.Popen(start, **quiet)]
    time.sleep(2)
    processes += [subprocess.Popen(worker, **quiet) for _ in range(2)]
    yield address, processes[1:]
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.filterwarnings("ignore")  # the cluster's own libraries warn of their own affairs
def test_a_cluster_loses_nothing_with_a_worker(tmp_path, cluster):
    address, workers = cluster
    submissions = a_class(tmp_path / "in", 30)
    killed = []

    def kill_one(done, total):
        if done == 5 and not killed:
            killed.append(workers[0].pid)
            workers[0].kill()

    summary = grade_class(small.assignment(), submissions, tmp_path / "out", dask=address, told=kill_one)
    assert killed, "a worker was killed in mid-run"
    assert (summary.graded, summary.failed) == (30, ())
    assert points(tmp_path / "out") == [2, 0, 0] * 10
    assert len(list((tmp_path / "out" / "graded").glob("*.json"))) == 30, "each once"
