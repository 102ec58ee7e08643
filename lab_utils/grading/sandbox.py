"""The trusted side of the sandbox: starts bubblewrap and the zygote in it, opens sessions, ends them in time."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import TracebackType
from typing import Any

from lab_utils.grading import wire
from lab_utils.grading.remote import OnTheirSide, Remote, StudentError, plain
from lab_utils.grading.walls import SandboxError, bubblewrap
from lab_utils.grading.zygote import Limits

LARGEST_REPLY = 64 << 20
PATIENCE = 4  # seconds by the clock for each of computing, for the machine may be busy


class Sandbox:
    """A zygote in its walls; `session()` opens a fresh process for one piece of a student's work. A context manager."""

    def __init__(self, limits: Limits | None = None, *, start_seconds: float = 120) -> None:
        self.limits = limits or Limits()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = bubblewrap(
            *(sys.executable, "-B", "-m", "lab_utils.grading.zygote"),
            *(str(theirs.fileno()), json.dumps(asdict(self.limits))),
        )
        self._told = tempfile.TemporaryFile()  # noqa: SIM115  # a pipe that nobody empties would fill and block
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stderr=self._told)
        theirs.close()
        self.control, self._opened = ours, 0
        self._ended: dict[int, str] = {}
        self.cpu_seconds = 0.0  # of all sessions that have ended
        self._news = threading.Condition()
        self._await_ready(start_seconds)
        threading.Thread(target=self._listen, daemon=True).start()

    def _await_ready(self, seconds: float) -> None:
        self.control.settimeout(seconds)
        try:
            ready = self.control.recv(4096)
        except TimeoutError:
            ready = b""
        self.control.settimeout(None)
        if not ready:
            self.process.kill()
            self.process.wait()
            self._told.seek(0)
            told = self._told.read().decode(errors="replace").strip()
            raise SandboxError(f"the sandbox did not start: {told or f'no answer in {seconds:g} s'}")

    def _listen(self) -> None:
        while True:
            try:
                text = self.control.recv(4096)
            except OSError:
                text = b""
            with self._news:
                if text:
                    news = json.loads(text)
                    self._ended[news["ended"]] = news["why"]
                    self.cpu_seconds += news["cpu_seconds"]
                self._news.notify_all()
            if not text:
                return

    def session(self, cpu_seconds: int = 20) -> Session:
        """A fresh child of the zygote, each of whose processes may compute for `cpu_seconds`."""
        self._opened += 1
        ours, theirs = socket.socketpair()
        message = json.dumps({"spawn": self._opened, "cpu_seconds": cpu_seconds}).encode()
        socket.send_fds(self.control, [message], [theirs.fileno()])
        theirs.close()
        return Session(self, self._opened, ours, PATIENCE * cpu_seconds)

    def end(self, number: int, wait: float = 60) -> str:
        """End a session and say how it ended: exit, time, memory or failed."""
        deadline = time.monotonic() + wait
        with self._news:
            if number not in self._ended:
                self.control.send(json.dumps({"kill": number}).encode())
            while number not in self._ended:
                left = deadline - time.monotonic()
                if left <= 0 or self.process.poll() is not None:
                    raise SandboxError("a session could not be ended; the sandbox has stopped")
                self._news.wait(min(left, 0.2))
            return self._ended.pop(number)

    def close(self) -> None:
        """End everything in the sandbox."""
        self.control.close()
        self.process.kill()
        self.process.wait()
        self._told.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Session:
    """One child: sends requests, reads answers within a time, and never trusts what comes back."""

    def __init__(self, sandbox: Sandbox, number: int, connection: socket.socket, seconds: float) -> None:
        self.sandbox, self.number, self.connection = sandbox, number, connection
        self.asked, self.why = 0, ""
        self.seconds = seconds  # by the clock, for all answers together: sleeping costs no computing
        self.seed = 0  # of the random state that each call starts from

    def ask(self, op: str, **given: Any) -> Any:
        """The decoded answer. Raises StudentError, wire.TimedOut, wire.Closed or wire.WireError."""
        if self.why:
            raise wire.Closed(self.why)
        self.asked += 1
        start = time.monotonic()
        try:
            if self.seconds <= 0:
                raise wire.TimedOut("no time is left")
            self.connection.settimeout(self.seconds)
            wire.send(self.connection, *wire.encode({"number": self.asked, "op": op, "with": given}))
            answer = wire.decode(*wire.receive(self.connection, start + self.seconds, LARGEST_REPLY), self._special)
            number = answer.get("number") if isinstance(answer, Mapping) else None
            if type(number) is not int or number != self.asked:
                raise wire.WireError("an answer to no question")
        except (wire.Closed, wire.TimedOut, wire.WireError):
            self.why = self.close()
            raise
        finally:
            self.seconds -= time.monotonic() - start
        if "raised" in answer:
            raise StudentError(answer["raised"])
        return answer.get("result")

    def close(self) -> str:
        """End the child and all it started; says how it had ended."""
        self.connection.close()
        self.why = self.why or self.sandbox.end(self.number)
        return self.why

    def _special(self, tree: Mapping[str, Any], inner: Callable[[Any], Any]) -> Any:
        """What an answer may hold besides plain values: things that stay where they are, and records as dicts."""
        if tree.get("$") == "kept" and type(tree["id"]) is int:
            return Remote(self, OnTheirSide({"$": "kept", "id": tree["id"]}), kind=plain(tree["type"])[:80])
        if tree.get("$") == "record":
            return {str(key): inner(item) for key, item in tree["fields"].items()}
        raise ValueError(f"unknown kind {tree.get('$')!r}")

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
