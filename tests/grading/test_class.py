"""A class: on this machine and on a cluster, stopped and gone on with, whatever happens to a worker."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from lab_utils.grading.collect import Submission, collect
from lab_utils.grading.release import release
from lab_utils.grading.run import grade_class, results
from tests.grading import small

pytestmark = pytest.mark.usefixtures("needs_bubblewrap")
ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


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


def test_a_variant_other_than_the_released_one_is_told(tmp_path):
    """`grade` without the `--variant` of `release` would hold answers to numbers that the students never saw."""
    notebook = json.loads(small.submission())
    notebook["metadata"] = release(small.chapter(), chapter="small", variant=3)["metadata"]
    (tmp_path / "ada.ipynb").write_text(json.dumps(notebook, indent=1))
    for variant, told in ((3, 0), (0, 1)):
        out = tmp_path / f"out{variant}"
        grade_class(small.assignment(variant=variant), collect([tmp_path / "ada.ipynb"]), out)
        remarks = [text for row, _ in results(out) for text in row["remarks"]]
        assert remarks == ["handed in from a release with --variant 3, graded with --variant 0"] * told


def test_another_key_grades_anew(tmp_path, marker, sandbox):
    submissions = a_class(tmp_path / "in", 2)
    grade_class(small.assignment(), submissions, tmp_path / "out")
    again = grade_class(small.assignment(key=small.KEY + "\n# another"), submissions, tmp_path / "out")
    assert (again.graded, again.before) == (2, 0)


def running(folder: Path, students: int, workers: int) -> tuple[subprocess.Popen, list[str], Path]:
    """A `grade` that has some results, as a program of its own; also its command and where its results lie."""
    a_class(folder / "in", students)
    for name, file, text in (("book", "small.ipynb", json.dumps(small.chapter())), ("key", "small.py", small.KEY)):
        (folder / name).mkdir()
        (folder / name / file).write_text(text)
    command = [sys.executable, "-m", "lab_utils.grading", "grade", "in", "--chapter", "small", "--key", "key"]
    command += ["--book", "book", "--out", "out", "--workers", str(workers)]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background of a shell ignore it
    process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stderr=subprocess.DEVNULL, start_new_session=True)
    signal.signal(signal.SIGINT, before)
    graded = folder / "out" / "graded"
    deadline = time.monotonic() + 240
    while (not graded.exists() or len(list(graded.glob("*.json"))) < 3) and time.monotonic() < deadline:
        time.sleep(0.02)
    return process, command, graded


def test_ctrl_c_keeps_what_is_done(tmp_path):
    students = 100  # some ten seconds of work: the signal comes in the middle of it on a busy machine too
    process, command, graded = running(tmp_path, students, 1)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 130
    done = len(list(graded.glob("*.json")))
    assert 3 <= done < students
    again = subprocess.run(
        [*command, "--resume", "--json"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert json.loads(again.stdout)["graded_before"] == done
    assert points(tmp_path / "out") == [[2, 0, 0][number % 3] for number in range(students)]


@pytest.mark.parametrize(("how", "status"), [(signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_nothing_outlives_a_grader(tmp_path, how, status):
    """Workers and their sandboxes end with it, however it ends; what is done is whole."""
    process, _, graded = running(tmp_path, 300, 2)
    below = psutil.Process(process.pid).children(recursive=True)
    assert sum("zygote" in " ".join(each.cmdline()) for each in below) >= 2, "each worker has a sandbox"
    process.send_signal(how)
    assert process.wait(60) == status
    _, left = psutil.wait_procs(below, timeout=30)
    assert [each.cmdline() for each in left] == []
    assert 3 <= len([json.loads(each.read_text()) for each in graded.glob("*.json")]) < 300


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers on the loopback address."""
    from distributed.utils import json_load_robust

    told = str(tmp_path / "scheduler.json")  # where the scheduler says which port it found free
    environment = {**ENVIRONMENT, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "5"}
    common = ["--host", "127.0.0.1", "--scheduler-file", told, "--no-dashboard"]
    start = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", *common]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *common]
    worker += ["--local-directory", str(tmp_path / "dask")]
    quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    processes = [subprocess.Popen(each, **quiet) for each in (start, worker, worker)]
    yield json_load_robust(told, timeout=240)["address"], processes[1:]
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
