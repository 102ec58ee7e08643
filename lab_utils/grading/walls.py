"""The walls: a bubblewrap command line, in which a student's code finds a system and this package, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from lab_utils.core import data_path
from lab_utils.grading.zygote import SCRATCH

PACKAGE = Path(__file__).resolve().parents[1]
CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_SYS_PTRACE")  # the zygote's, under root
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": SCRATCH,
    "TMPDIR": SCRATCH,
    "LANG": "C.UTF-8",
    "PYTHONPATH": str(PACKAGE.parent),
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    # Memory in huge pages, where the system offers them: a fork copies an entry for each page, and that is its cost.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "PYTHONMALLOC": "malloc",
    "MPLBACKEND": "Agg",
    "MPLCONFIGDIR": SCRATCH,
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "LAB_STATIC": "1",
}


class SandboxError(RuntimeError):
    """The sandbox cannot be had on this machine; the message says what to do."""


def _system_binds() -> list[str]:
    """Read-only parts of the system and of this Python; nothing of anybody's home."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for place in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        path = Path(place)
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), place]
        elif path.is_dir():
            arguments += ["--ro-bind", place, place]
    huge_pages = "/sys/kernel/mm/transparent_hugepage"  # where the C library reads whether there are any
    for place in ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/ssl/openssl.cnf", huge_pages):
        arguments += ["--ro-bind-try", place, place]
    return arguments


def readable_inside(place: Path) -> bool:
    """Does the sandbox show this place to a student's code? A key must not lie there."""
    shown = [Path("/usr"), *_python_places()]
    return any(place.resolve().is_relative_to(each.resolve()) for each in shown)


def _python_places() -> list[Path]:
    """The interpreter, its libraries, and the folders that this process imports the package from."""
    places = {Path(sys.prefix), Path(sys.base_prefix), Path(sysconfig.get_path("stdlib"))}
    places |= {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}
    places |= {Path(os.path.realpath(sys.executable)).parent}
    places |= {PACKAGE, data_path("ledger").parent}
    return [p for p in sorted(places) if p.is_dir() and not p.is_relative_to("/usr")]


def _python_binds() -> list[str]:
    chosen = _python_places()
    above = sorted({parent for place in chosen for parent in place.parents if parent != Path("/")})
    # Made by name, for bubblewrap would make them for root's eyes only, and sessions are not root.
    folders = [part for each in above for part in ("--perms", "0755", "--dir", str(each))]
    folders += [] if Path("/tmp") in above else ["--symlink", SCRATCH, "/tmp"]
    return folders + [part for place in chosen for part in ("--ro-bind", str(place), str(place))]


def bubblewrap(*command: str) -> list[str]:
    """The command line that runs `command` with no network, no home and nothing writable but a private /tmp."""
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError(
            "grading runs students' code in bubblewrap, which is not installed here: "
            "`sudo apt install bubblewrap` (Debian, Ubuntu), `sudo dnf install bubblewrap` (Fedora). "
            "macOS and Windows have none: grade in a Linux virtual machine or container"
        )
    environment = [part for name, value in ENVIRONMENT.items() for part in ("--setenv", name, value)]
    return [
        *(program, *_namespaces(), "--die-with-parent", "--new-session", "--clearenv"),
        *_system_binds(),
        *("--dev", "/dev", "--proc", "/proc", "--tmpfs", "/dev/shm", "--tmpfs", SCRATCH),
        *_python_binds(),
        *("--remount-ro", "/", "--chdir", "/", *environment, "--", *command),
    ]


def try_out() -> None:
    """Put up the walls once around nothing. Raises SandboxError where this machine does not allow it."""
    done = subprocess.run(bubblewrap("/usr/bin/true"), capture_output=True, text=True, check=False, timeout=60)
    if done.returncode != 0:
        told = done.stderr.strip() or f"exit status {done.returncode}"
        raise SandboxError(
            f"bubblewrap cannot make a sandbox here: {told}. Expected user namespaces to be allowed: "
            "see `sysctl user.max_user_namespaces`, on Ubuntu `sysctl kernel.apparmor_restrict_unprivileged_userns`; "
            "in a container, its security options"
        )


def _namespaces() -> list[str]:
    """Root needs no user namespace: the zygote hands each session to a user that owns nothing."""
    walls = ["--unshare-net", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"]
    if os.getuid() != 0:
        return [*walls, "--unshare-user"]
    return [*walls, "--cap-drop", "ALL", *(part for name in CAPABILITIES for part in ("--cap-add", name))]
