"""What `nerotui track` does: a command under this host's supervisor, or a script that tells of its own stages."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from typing import Any

from nerotui.agent.errors import AgentError
from nerotui.agent.foreign import track
from nerotui.agent.jobs.queues import TRACK
from nerotui.agent.processes import identity, processes
from nerotui.agent.processes.system import interpreter_command
from nerotui.agent.processes.tree import Tree
from nerotui.agent.run import attempts
from nerotui.agent.run.layout import Root
from nerotui.agent.run.runs import Store
from nerotui.cli.output import remark
from nerotui.core.spec import RunSpec, document, new_id
from nerotui.core.text import clean

#: Signals that are meant for the command.
_PASSED = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCONT")
)
#: How often the log is looked at, seconds.
_LOOK = 0.05
_BLOCK = 1 << 16


def command(root: str, words: Sequence[str], name: str | None, params: dict[str, Any]) -> int:
    """Runs a command as a run of this machine, its output copied to standard output; returns its exit code."""
    try:
        run, store = _submit(root, tuple(words), name, params, {})
    except (AgentError, OSError) as error:
        said = error.message if isinstance(error, AgentError) else str(error)
        return _untracked(words, f"nothing can be kept in {clean(root)}: {clean(said)}")
    with contextlib.suppress(OSError):
        track.keep_job(Root(store.root).run(run))
    front = _Front(store.root, run)
    front.listen()
    code = front.run()
    if front.ran:
        return code
    # Nothing of it was started, so that it can be done without.
    _forget(store, run)
    return _untracked(words, "the run could not be started")


def start(root: str, name: str, params: dict[str, Any]) -> str:
    """Makes the calling script a run; returns its id.

    Raises:
        AgentError, OSError: it cannot be kept.
    """
    who = track.caller()
    if track.has_begun(Root(os.path.abspath(os.path.expanduser(root))), name):
        raise AgentError("refused", f"{name!r} is running already", f"nerotui track --finish {name}")
    shown = tuple(processes.command_line(who.pid)) or ("sh",)
    run, store = _submit(root, shown, name, params, {"staged": True})
    track.begin(Root(store.root), run, who)
    track.say(track.find(Root(store.root), run), f"nerotui: {' '.join(shown)} (process {who.pid}) began {name}")
    return run


def progress(root: str, name: str, words: Sequence[str]) -> None:
    """Adds what a script tells of its progress."""
    track.advance(track.find(Root(os.path.abspath(os.path.expanduser(root))), name), list(words))


def finish(root: str, name: str, code: int) -> None:
    """Ends the run of a script."""
    stage = track.find(Root(os.path.abspath(os.path.expanduser(root))), name)
    track.say(stage, f"nerotui: {name} ended with exit code {code}")
    track.finish(stage, code)


class _Front:
    """Stands where the command would: passes its output and signals on."""

    def __init__(self, root: str, run: str) -> None:
        self._place = Root(root)
        self._folder = self._place.run(run)
        self._run = run
        self._log: int | None = None
        self._deaf = False
        self._early: list[int] = []
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def ran(self) -> bool:
        """Whether the command was started, as far as its record can tell."""
        known = attempts.read(self._folder.attempts)
        return any(tried.ran or tried.exit_code is not None for tried in known.tries.values()) or bool(known.ended)

    def listen(self) -> None:
        """From here on signals are the command's. One that is ignored, as under nohup, stays ignored."""
        for number in _PASSED:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda told, _frame: self._pass_on(told))

    def run(self) -> int:
        """Has it supervised to its end; returns its exit code."""
        root = self._place.path
        line = [*interpreter_command(), "supervise", self._run, "--queue", track.QUEUE, "--root", root]
        # A session of its own: what is typed at the terminal comes here first, and from here to the command once.
        self._child = subprocess.Popen(
            line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True, cwd="/"
        )
        while self._child.poll() is None:
            self._copy()
            for number in [self._early.pop(0) for _ in list(self._early)]:
                self._pass_on(number)
            time.sleep(_LOOK)
        code = self._child.returncode
        if code < 0 and self.ran:
            return self._outlived()
        self._copy()
        return code if code >= 0 else 128 - code

    def _outlived(self) -> int:
        """Its supervisor was killed: stays with the command to its end; its exit code, which needs no supervisor."""
        while True:
            known = attempts.read(self._folder.attempts)
            tried = known.tries[1]
            shell = known.child(tried)
            self._copy()
            if tried.exit_code is not None:
                return tried.exit_code
            if shell is None or identity.alive(shell) is False:
                return 1
            time.sleep(_LOOK)

    def _pass_on(self, number: int) -> None:
        known = attempts.read(self._folder.attempts)
        tried = known.tries.get(1)
        shell = known.child(tried) if tried is not None and tried.ran else None
        members = Tree(self._run, 1, shell).members() if shell is not None else []
        if members:
            Tree(self._run, 1, shell).signal(number, members)
        elif self._child is None or self._child.poll() is None:
            self._early.append(number)  # there is nothing yet that it could end

    def _copy(self) -> None:
        """Copies what is new in the log."""
        if self._log is None:
            try:
                self._log = os.open(self._folder.log, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return
        while data := os.read(self._log, _BLOCK):
            while data and not self._deaf:
                try:
                    data = data[os.write(1, data) :]
                except OSError:
                    self._deaf = True  # nobody reads it any more; the log has it, and the command goes on


def _submit(
    root: str, words: tuple[str, ...], name: str | None, params: dict[str, Any], more: dict[str, Any]
) -> tuple[str, Store]:
    store = Store(root)
    spec = RunSpec(command=words, name=name, params=params, dir=os.getcwd())
    run = new_id()
    who = _who()
    made = {**document(spec, run_id=run, created=time.time(), who=who), "backend": TRACK, **more}
    store.submit(made, who, False)
    return run, store


def _forget(store: Store, run: str) -> None:
    """Takes a run back of which nothing was started; where that fails, it stays in sight as one that waits."""
    with contextlib.suppress(AgentError, OSError):
        store.act(run, "remove", _who(), None)


def _untracked(words: Sequence[str], why: str) -> int:
    """Becomes the command: that it runs matters more than that it is watched."""
    remark(f"nerotui: {why}; it runs untracked")
    try:
        os.execvp(words[0], list(words))
    except FileNotFoundError:
        remark(f"nerotui: there is no program {clean(words[0])!r}")
        return 127
    except OSError as error:
        remark(f"nerotui: {clean(words[0])}: {error.strerror}")
        return 126


def _who() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "?"
    return f"{user}@{socket.gethostname()}"
