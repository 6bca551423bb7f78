"""The far end of a channel without a channel: the agent as a subprocess, spoken to over its pipes."""

import json
import os
import select
import struct
import subprocess
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, Self

from nerotui.channels.bundle import ANY, Bundle, bundles

MAGIC = b"\0nerotui 1\n"
PATIENCE = 20.0

Message = dict[str, Any]
Data = tuple[int, int, bytes]


def bootstrap() -> str:
    return resources.files("nerotui.agent").joinpath("bootstrap.py").read_text()


class Ended(Exception):
    """The agent closed its side."""


class Far:
    """An agent that was started and has been told nothing yet."""

    def __init__(self, python: str, *, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [python, "-S", "-E", "-u", "-c", bootstrap()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=cwd,
            env={**os.environ, **(env or {})},
        )
        self.before: list[Message | Data] = []
        self.hello: Message = {}
        self.held = b""
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pipes = [pipe for pipe in (self.process.stdin, self.process.stdout, self.process.stderr) if pipe]
        pipes[0].close()
        try:
            self.process.wait(5)
        finally:
            self.process.kill()
            self.process.wait()
            for pipe in pipes:
                pipe.close()

    def greet(
        self, root: Path, *, bundle: dict[str, Bundle] | None = None, env: dict[str, str] | None = None
    ) -> Message:
        """The bootstrap's dialogue up to hello; returns the bootstrap's own answer."""
        answer = self.offer(root, bundle=bundle, env=env)
        if "need" in answer:
            self.upload((bundle or bundles())[answer["variant"]].data)
        self.hello = self.message()
        assert self.hello["push"] == "hello", self.hello
        return answer

    def offer(
        self, root: Path, *, bundle: dict[str, Bundle] | None = None, env: dict[str, str] | None = None
    ) -> Message:
        offered = {name: one.sha for name, one in (bundle or bundles()).items()}
        self.send({"bundles": offered, "root": str(root), "kind": "serve", "env": env or {}})
        assert self.take(len(MAGIC)) == MAGIC
        return self.message()

    def upload(self, data: bytes) -> None:
        for at in range(0, len(data), 100_000):
            self.write(_frame(2, struct.pack(">IQ", 0, at) + data[at : at + 100_000]))
        self.write(_frame(2, struct.pack(">IQ", 0, len(data))))

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        while data:
            data = data[os.write(self.process.stdin.fileno(), data) :]

    def send(self, message: Message) -> None:
        self.write(_frame(1, json.dumps(message).encode()))

    def ask(self, op: str, **arguments: Any) -> int:
        """Sends a request and returns its number."""
        self._number += 1
        self.send({"id": self._number, "op": op, **arguments})
        return self._number

    def request(self, op: str, **arguments: Any) -> Message:
        """The reply to a request; what comes before it waits in `before`."""
        return self.reply(self.ask(op, **arguments))

    def reply(self, number: int) -> Message:
        deadline = time.monotonic() + PATIENCE
        for at, frame in enumerate(self.before):
            if isinstance(frame, dict) and frame.get("id") == number:
                del self.before[at]
                return frame
        while True:
            frame = self.fresh(deadline)
            if isinstance(frame, dict) and frame.get("id") == number:
                return frame
            self.before.append(frame)

    def ok(self, op: str, **arguments: Any) -> Any:
        reply = self.request(op, **arguments)
        assert "ok" in reply, reply
        return reply["ok"]

    def refused(self, op: str, **arguments: Any) -> Message:
        reply = self.request(op, **arguments)
        assert "error" in reply, reply
        error: Message = reply["error"]
        return error

    def frame(self, patience: float = PATIENCE) -> Message | Data:
        return self.before.pop(0) if self.before else self.fresh(time.monotonic() + patience)

    def message(self) -> Message:
        frame = self.frame()
        assert isinstance(frame, dict), frame
        return frame

    def until(self, wanted: Callable[[Message | Data], bool], patience: float = PATIENCE) -> Message | Data:
        deadline = time.monotonic() + patience
        while True:
            frame = self.before.pop(0) if self.before else self.fresh(deadline)
            if wanted(frame):
                return frame

    def push(self, kind: str, patience: float = PATIENCE) -> Message:
        found = self.until(lambda frame: isinstance(frame, dict) and frame.get("push") == kind, patience)
        assert isinstance(found, dict)
        return found

    def data(self, count: int, stream: int = 1) -> bytes:
        """The next `count` bytes of a stream, which must be without gaps."""
        found = b""
        expected = None
        while len(found) < count:
            frame = self.until(lambda frame: isinstance(frame, tuple) and frame[0] == stream)
            assert isinstance(frame, tuple)
            assert expected in (None, frame[1]), "a gap"
            found += frame[2]
            expected = frame[1] + len(frame[2])
        return found

    def quiet(self, seconds: float) -> bool:
        """Whether nothing comes for a while."""
        assert self.process.stdout
        return not self.before and not self.held and not select.select([self.process.stdout], [], [], seconds)[0]

    def take(self, count: int, deadline: float | None = None) -> bytes:
        assert self.process.stdout
        deadline = deadline or time.monotonic() + PATIENCE
        while len(self.held) < count:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self.process.stdout], [], [], left)[0]:
                raise TimeoutError(f"the agent said nothing more; {len(self.held)} of {count} bytes")
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data:
                raise Ended(self.errors())
            self.held += data
        found, self.held = self.held[:count], self.held[count:]
        return found

    def fresh(self, deadline: float) -> Message | Data:
        length = int.from_bytes(self.take(4, deadline), "big")
        assert 1 <= length <= 1 << 20
        body = self.take(length, deadline)
        if body[0] == 1:
            message: Message = json.loads(body[1:])
            return message
        stream, offset = struct.unpack_from(">IQ", body, 1)
        return stream, offset, body[13:]

    def errors(self) -> str:
        """What it wrote to stderr until it ended."""
        assert self.process.stderr
        self.process.wait(PATIENCE)
        return (self.process.stderr.read() or b"").decode("utf-8", "replace")

    def status(self, field: str) -> int:
        """A figure of /proc/PID/status in kB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise LookupError(field)

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def plain() -> dict[str, Bundle]:
    """The bundle without psutil, which any host may take."""
    return {ANY: bundles()[ANY]}


def _frame(kind: int, body: bytes) -> bytes:
    return struct.pack(">IB", len(body) + 1, kind) + body
