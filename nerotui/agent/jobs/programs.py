"""Runs a program of the host for a link, a scheduler's mostly: no shell, a deadline, and a bound on what it may say."""

import base64
import codecs
import errno
import json
import os
import select
import signal
import subprocess
import threading
import time
import zlib
from typing import Any, Dict, List, Optional

from nerotui.agent.jobs import schedulers

#: Answers longer than this are packed, bytes.
PLAIN = 1 << 16
#: No program may say more than this, bytes.
MOST = 1 << 26
#: Of its errors so many bytes are kept.
ERRORS = 1 << 16
#: A program that is gone may have left others behind that hold its output open; they are listened to for so long,
#: seconds.
AFTERMATH = 1.0
#: What the loop looks for besides output: the program's end, and whether it was called off, seconds.
STEP = 0.05

#: The variables of nerotui's own runs are none of a program's that it starts.
_RUNS_OWN = ("NEROTUI_RUN_ID", "NEROTUI_RUN_DIR", "NEROTUI_METRICS", "NEROTUI_ATTEMPT")

Answer = Dict[str, Any]


class _Text:
    """Output as it comes: as text while it is short, then as the packed answer that it becomes."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._plain: List[str] = []
        self._packer: Any = None
        self._packed: List[bytes] = []
        self.size = 0

    def add(self, data: bytes, final: bool = False) -> None:
        self.size += len(data)
        text = self._decoder.decode(data, final)
        if self._packer is None and self.size > PLAIN:
            # Lists of jobs repeat themselves; a higher level costs twice the time for half the bytes.
            self._packer = zlib.compressobj(3)
            self._pack('{"out":"')
            kept, self._plain = self._plain, []
            for part in kept:
                self._pack(json.dumps(part)[1:-1])
        if self._packer is None:
            self._plain.append(text)
        else:
            self._pack(json.dumps(text)[1:-1])

    def answer(self, code: Optional[int], err: str) -> Answer:
        self.add(b"", final=True)
        rest: Answer = {"code": code, "err": err}
        if self._packer is None:
            return dict(rest, out="".join(self._plain))
        self._pack('",' + json.dumps(rest)[1:])
        self._packed.append(self._packer.flush())
        return {"packed": base64.b64encode(b"".join(self._packed)).decode("ascii")}

    def start(self) -> str:
        """What it began with, for the record; empty where it was too much to be kept."""
        return "".join(self._plain)

    def _pack(self, text: str) -> None:
        part = self._packer.compress(text.encode("ascii"))
        if part:
            self._packed.append(part)


class Program:
    """One call of a program.

    Attributes:
        out: what it said, as text; empty where that was too much to be kept.
        err: its errors.
        code: its exit code, negative for a signal; None where it could not be started, or was ended by its caller.
    """

    def __init__(
        self,
        argv: List[str],
        stdin: Optional[str],
        timeout: float,
        env: Dict[str, str],
        called_off: threading.Event,
    ) -> None:
        """Runs it to its end.

        Args:
            argv: its arguments, the first one names it.
            stdin: what it reads; nothing if None.
            timeout: seconds after which it is killed, with all that it has started.
            env: variables besides this process's own.
            called_off: set when nobody wants its answer any more: it is killed.
        """
        self.code: Optional[int] = None
        self.err = ""
        self._text = _Text()
        self._errors: List[bytes] = []
        self._errors_size = 0
        self._called_off = called_off
        try:
            process = self._start(argv, stdin is not None, env)
        except OSError as error:
            self.err = _not_started(argv[0], error)
            return
        said = "its reading failed"
        try:
            said = self._attend(process, (stdin or "").encode("utf-8", "surrogateescape"), timeout)
        finally:
            _end(process, kill=bool(said))
        self.err = b"".join(self._errors).decode("utf-8", "surrogateescape")
        if said:
            self.err = "{}{}nerotui: {}".format(self.err, "\n" if self.err else "", said)
        else:
            self.code = process.returncode

    @property
    def out(self) -> str:
        """What it said, as text; empty where that was too much to be kept."""
        return self._text.start()

    def answer(self) -> Answer:
        """{"code", "out", "err"}, or {"packed": …} with the same as JSON, compressed, in base64."""
        return self._text.answer(self.code, self.err)

    def _start(self, argv: List[str], reads: bool, env: Dict[str, str]) -> "subprocess.Popen[bytes]":
        variables = {name: value for name, value in os.environ.items() if name not in _RUNS_OWN}
        variables["PATH"] = schedulers.path()
        variables.update(env)
        home = os.path.expanduser("~")
        return subprocess.Popen(
            argv,
            stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=home if os.path.isdir(home) else "/",
            env=variables,
            start_new_session=True,
        )

    def _attend(self, process: "subprocess.Popen[bytes]", stdin: bytes, timeout: float) -> str:
        """Reads until it is over; says why it had to be ended before, if so."""
        assert process.stdout is not None
        assert process.stderr is not None
        deadline = time.monotonic() + timeout
        over: Optional[float] = None
        out, err = process.stdout.fileno(), process.stderr.fileno()
        poll = select.poll()
        left = {out, err}
        for fd in left:
            poll.register(fd, select.POLLIN)
        feed = process.stdin.fileno() if process.stdin is not None else -1
        if feed >= 0:
            os.set_blocking(feed, False)
            poll.register(feed, select.POLLOUT)
        while left or over is None:
            for fd, _what in poll.poll(STEP * 1000) if left or feed >= 0 else ():
                if fd == feed:
                    stdin = _fed(feed, stdin)
                    if not stdin and process.stdin is not None:
                        poll.unregister(feed)
                        process.stdin.close()
                        feed = -1
                    continue
                data = os.read(fd, 1 << 16)
                if not data:
                    poll.unregister(fd)
                    left.discard(fd)
                elif fd == out:
                    self._text.add(data)
                else:
                    self._complain(data)
            now = time.monotonic()
            if over is None and _ended(process):
                over = now
            if over is not None and (not left or now > over + AFTERMATH):
                break
            if not left:
                time.sleep(STEP / 5)
            if self._called_off.is_set():
                return "it was called off"
            if now > deadline:
                return "it was killed because it took longer than {:g} s".format(timeout)
            if self._text.size + self._errors_size > MOST:
                return "it was killed because it said more than {} MiB".format(MOST >> 20)
        return ""

    def _complain(self, data: bytes) -> None:
        if self._errors_size < ERRORS:
            self._errors.append(data[: ERRORS - self._errors_size])
        self._errors_size += len(data)


def _fed(fd: int, data: bytes) -> bytes:
    """What is left to be written of a program's input; nothing where it reads no more."""
    try:
        return data[os.write(fd, data[: 1 << 16]) :] if data else b""
    except BlockingIOError:
        return data
    except BrokenPipeError:
        return b""


def _ended(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it is over. It is not waited for yet: as long as it is a zombie its number is nobody else's."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(process: "subprocess.Popen[bytes]", kill: bool) -> None:
    """Nothing is left open of it; where its time was up, nothing of it lives on."""
    if kill:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # all of it is gone, or what is left became somebody else's
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                pass  # what it never read


def _not_started(program: str, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "there is no program {} on {}".format(program, os.uname().nodename)
    return "{} cannot be run on {}: {}".format(program, os.uname().nodename, error.strerror or error)
