"""Inside the sandbox: a process that has loaded torch and forks, for each session, a child in namespaces of its own.

Started by `sandbox.py` under bubblewrap. Each child gets a network, a process tree, a scratch folder, a user and limits
of its own before any of the student's code runs, so that it sees neither this process nor its siblings; when the
session ends, the kernel ends everything that the child ever started. The zygote never reads what a student wrote.

Protocol on the control socket (trusted side -> zygote), one JSON line each: {"spawn": id, "cpu_seconds": …} with the
session's socket attached, {"kill": id}; answers {"ended": id, "why": …, "cpu_seconds": …}, where it ended by "exit",
"memory", "time" or "failed".
"""

from __future__ import annotations

import array
import ctypes
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch

from lab_utils.grading import syscalls

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 2, 4, 0x4000, 0x40000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP, PR_SET_DUMPABLE = 1, 38, 24, 4
LAST_CAPABILITY = 40
SCRATCH = "/scratch"  # the one place where a session may write, besides /dev/shm
OUT_OF_TIME, NO_SESSION = 71, 70  # exit statuses of a session's outermost process
ENDS = {OUT_OF_TIME: "time", NO_SESSION: "failed"}
FIRST_UID = 64_000  # under root: users that own nothing, one for each session, so that process limits count apart
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Limits:
    """What one session may take: MiB of memory over all its processes, MiB of scratch, processes, MiB of a file."""

    memory_mib: int = 3000
    scratch_mib: int = 64
    processes: int = 48
    file_mib: int = 64


@dataclass
class _Running:
    """A session under way: its number, what its processes may compute together, what it has taken too much of."""

    number: int
    cpu_seconds: int
    over: str = ""


def main() -> None:
    """Load what every submission needs, then fork until the trusted side hangs up."""
    control = socket.socket(fileno=int(sys.argv[1]))
    limits = Limits(**json.loads(sys.argv[2]))
    torch.set_num_threads(1)
    _load()
    gc.freeze()  # else a child's first collection writes to, and so copies, every page that it shares with this process
    control.sendall(b'{"ready": true}')
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # with a handler, a child's end is written to `wake`
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    sessions: dict[int, _Running] = {}  # by the process id of the session's outermost process
    baseline = _private_mib(os.getpid())
    while True:
        watched: list[Any] = [control, woken]
        ready, _, _ = select.select(watched, [], [], 0.05 if sessions else None)
        if woken in ready:
            os.read(woken, 4096)
        if control in ready and not _command(control, sessions, limits):
            return
        _reap(control, sessions)
        for pid, session in sessions.items():
            if not session.over and (why := _over(pid, limits, baseline, session.cpu_seconds)):
                session.over = why
                _end(pid)


def _load() -> None:
    """Import once what a chapter imports, so that a fork has it at no cost."""
    import matplotlib

    matplotlib.use("Agg")
    for room in ("data", "ledger", "live", "measure", "models", "plotting", "practice", "training", "grading.child"):
        importlib.import_module(f"lab_utils.{room}")
    torch.optim.SGD([torch.zeros(1)], lr=0.1)  # the first one made imports a compiler, for more than a second


def _command(control: socket.socket, sessions: dict[int, _Running], limits: Limits) -> bool:
    """Carry out one command; False when the trusted side is gone."""
    size = array.array("i").itemsize
    text, ancillary, _, _ = control.recvmsg(4096, socket.CMSG_SPACE(size))
    if not text:
        return False
    command = json.loads(text)
    if "spawn" in command:
        handle = array.array("i", ancillary[0][2][:size])[0]
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            _outer(handle, limits, command["cpu_seconds"], FIRST_UID + command["spawn"] % 1000)
        os.close(handle)
        sessions[pid] = _Running(command["spawn"], command["cpu_seconds"])
    else:
        for pid, session in sessions.items():
            if session.number == command["kill"]:
                _end(pid)
    return True


def _reap(control: socket.socket, sessions: dict[int, _Running]) -> None:
    """Say which sessions have ended."""
    while sessions:
        pid, status, used = os.wait4(-1, os.WNOHANG)
        if pid == 0:
            return
        if (session := sessions.pop(pid, None)) is None:
            continue
        why = session.over or ENDS.get(os.waitstatus_to_exitcode(status), "exit")
        seconds = used.ru_utime + used.ru_stime
        control.sendall(json.dumps({"ended": session.number, "why": why, "cpu_seconds": seconds}).encode())


def _end(pid: int) -> None:
    """End a session by its process 1, so that the kernel ends all the rest and the times of all are counted."""
    with suppress(OSError):  # it may end by itself in this very moment
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(int(children[0]) if children else pid, signal.SIGKILL)


def _outer(handle: int, limits: Limits, cpu_seconds: int, uid: int) -> NoReturn:
    """Leave the zygote's namespaces; the next fork is process 1 of a tree of its own, and dies with this one."""
    try:
        os.setsid()
        apart = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
        if os.getuid() == 0:
            _check(_libc.unshare(apart))
        else:
            _new_user_namespace(apart)
        pid = os.fork()
        if pid == 0:
            _inner(handle, limits, cpu_seconds, uid)
        os.close(handle)
        _, status = os.waitpid(pid, 0)
        os._exit(OUT_OF_TIME if os.waitstatus_to_exitcode(status) == -signal.SIGXCPU else 0)
    except BaseException as error:  # whatever it is, no student code may run without its walls
        os.write(2, f"no session: {error!r}\n".encode())
        os._exit(NO_SESSION)


def _inner(handle: int, limits: Limits, cpu_seconds: int, uid: int) -> NoReturn:
    """Process 1 of the session: its own mounts, no privilege, limits, then the student's code."""
    from lab_utils.grading.child import Server

    _mount(b"none", b"/", None, MS_REC | MS_PRIVATE)
    _mount(b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV)
    for place in (SCRATCH.encode(), b"/dev/shm"):
        options = f"size={limits.scratch_mib}m,nr_inodes=4096,mode=1777".encode()
        _mount(b"tmpfs", place, b"tmpfs", MS_NOSUID | MS_NODEV, options)
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        _libc.prctl(PR_SET_DUMPABLE, 1)  # changing user cleared it, and with it the right to write one's own uid_map
        _new_user_namespace(0)
    # No namespaces inside this one: what a student could win with them is the kernel's own bugs.
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.chdir(SCRATCH)
    _drop_privileges()
    _limit(limits, cpu_seconds)
    syscalls.refuse(_libc)
    connection = _only(handle)
    try:
        Server(connection).serve()
    finally:
        os._exit(0)


def _new_user_namespace(also: int) -> None:
    """Enter a user namespace (and those in `also`) in which this process is the only user there is."""
    user, group = os.getuid(), os.getgid()
    _check(_libc.unshare(CLONE_NEWUSER | also))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _only(handle: int) -> socket.socket:
    """The session's socket as the one open file besides /dev/null."""
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(handle, 3) if handle != 3 else None
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.closerange(4, 4096)
    return socket.socket(fileno=3)


def _limit(limits: Limits, cpu_seconds: int) -> None:
    for what, most in (
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_FSIZE, limits.file_mib << 20),
        (resource.RLIMIT_DATA, limits.memory_mib << 20),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        resource.setrlimit(what, (most, most))
    # Soft before hard: the first sends a signal of its own, by which the end is known for what it was.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 2))
    with suppress(OSError):  # a kernel may not let us; the limits above hold all the same
        Path("/proc/self/oom_score_adj").write_text("1000")


def _drop_privileges() -> None:
    """No capability, now or ever again."""

    class Header(ctypes.Structure):
        _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]

    for number in range(LAST_CAPABILITY + 1):
        _libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    nothing = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(ctypes.byref(Header(0x20080522, 0)), nothing))


def _mount(source: bytes, place: bytes, kind: bytes | None, flags: int, options: bytes | None = None) -> None:
    _check(_libc.mount(source, place, kind, ctypes.c_ulong(flags), options))


def _check(result: int) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _over(root: int, limits: Limits, baseline: float, cpu_seconds: int) -> str:
    """What a session has taken too much of, "memory" or "time", over all its processes together; "" if nothing."""
    rows = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError, IndexError, ValueError):  # a process that has just ended
                rows[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()
    tree, grew = {root}, True
    while grew:
        more = {pid for pid, row in rows.items() if int(row[1]) in tree} - tree
        tree, grew = tree | more, bool(more)
    if sum(max(0.0, _private_mib(pid) - baseline) for pid in tree) > limits.memory_mib:
        return "memory"
    # User and system time of each, and of its children that have ended: fields 14 to 17 of proc(5).
    ticks = sum(int(each) for pid in tree & rows.keys() for each in rows[pid][11:15])
    return "time" if ticks / os.sysconf("SC_CLK_TCK") > cpu_seconds else ""


def _private_mib(pid: int) -> float:
    """Anonymous and shared-memory pages of one process, in MiB; 0 once it is gone."""
    with suppress(OSError):  # a process that has just ended
        rows = (row.split() for row in Path(f"/proc/{pid}/status").read_text().splitlines())
        return sum(int(row[1]) for row in rows if row and row[0] in ("RssAnon:", "RssShmem:")) / 1024
    return 0.0


if __name__ == "__main__":
    main()
