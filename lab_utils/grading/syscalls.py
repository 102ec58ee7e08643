"""What a session may not ask of the kernel: memory that nobody is charged for, and doors that are often broken."""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
KILL, REFUSE, ALLOW = 0x80000000, 0x00050000 | errno.EPERM, 0x7FFF0000
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
X32 = 0x40000000  # calls of another numbering, from here on
# memfd_create, memfd_secret, shmget, msgget, io_uring_setup, userfaultfd, bpf, perf_event_open, add_key, request_key,
# keyctl: files, segments and queues in memory outlive or escape the count of what processes hold.
REFUSED = {
    "x86_64": (0xC000003E, (319, 447, 29, 68, 425, 323, 321, 298, 248, 249, 250)),
    "aarch64": (0xC00000B7, (279, 447, 194, 186, 425, 282, 280, 241, 217, 218, 219)),
}


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]


def refuse(libc: ctypes.CDLL) -> None:
    """Refuse them to this process and all that it starts. Elsewhere than on x86-64 and ARM64 this does nothing."""
    if platform.machine() not in REFUSED:
        return
    architecture, numbers = REFUSED[platform.machine()]
    steps = [_step(LOAD, 4), _step(EQUAL, architecture, 1, 0), _step(RETURN, KILL), _step(LOAD, 0)]
    steps.append(_step(AT_LEAST, X32, len(numbers) + 1, 0))
    steps += [_step(EQUAL, number, len(numbers) - i, 0) for i, number in enumerate(numbers)]
    program = _Program(len(steps) + 2, b"".join([*steps, _step(RETURN, ALLOW), _step(RETURN, REFUSE)]))
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel takes no system call filter")


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
