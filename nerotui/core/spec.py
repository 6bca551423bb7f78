"""What a user asks to be run, and how it is written down for a host."""

from __future__ import annotations

import re
import secrets
from pathlib import PurePosixPath
from typing import Any

import msgspec

from nerotui.core import patterns, rules, wishes
from nerotui.core.wishes import Wishes
from nerotui.errors import UsageError

#: The characters of a run's id: base32 without what is easily misread.
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
ID_LENGTH = 8

#: A time limit beyond this many seconds, three centuries, is a mistake.
FOREVER = 1e10

_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "fish"})
_LAUNCHERS = (
    frozenset({"env", "nice", "nohup", "exec", "time", "uv", "run", "torchrun", "accelerate", "launch"}) | _SHELLS
)
_SCRIPTS = frozenset({".py", ".sh"})
#: How scripts begin whose first word says nothing of what they are for.
_OPENINGS = frozenset({"for", "while", "until", "if", "case", "cd", "set", "export", "source", "eval", "trap", "echo"})


class RunSpec(Wishes, frozen=True, kw_only=True):
    """A command to be run once; what it asks of a scheduler is among the `Wishes`.

    Attributes:
        command: the argument list; of a script what it is called.
        script: the text of a job script of the user's own, which is run as it is instead of the command.
        name: what people call it; default made from the command.
        dir: its folder on the host; default the host's, the project's, or the current one.
        env: variables besides the host's own.
        setup: run by the user's shell before the command.
        gpus: how many GPUs it needs; default 1 where the host has any, 0 hides them.
        params: its parameters, for tables and curves.
        resume: the argument list of later attempts; "{checkpoint}" in it becomes the newest match of `checkpoint`.
        yield_signal: what asks the program to checkpoint and exit.
        grace: seconds between asking it to end and killing it.
        time: seconds that an attempt may run, frozen time not counted; None for as long as it likes.
        deadline: until when it is wanted, seconds since the epoch; it is told of, not ended, when it will be late.
        stop: its rules, as texts or tables of Neronet's five keys; see `nerotui.agent.diagnose.rules`.
        metrics: patterns for what it prints, tried first; see `nerotui.agent.metrics.pattern`.
        group: the group that it was given to.
        held: whether it waits until it is released.
        after: runs (by whole id) that must be done before it starts; `after_any` those that must be over, however.
        backend: what it is queued with; None for what its host has.
    """

    command: tuple[str, ...]
    script: str | None = None
    name: str | None = None
    dir: str | None = None
    env: dict[str, str] = msgspec.field(default_factory=dict)
    setup: str | None = None
    gpus: int | None = None
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    resume: tuple[str, ...] | None = None
    checkpoint: str | None = None
    yield_signal: str = "USR1"
    grace: float = 10.0
    time: float | None = None
    deadline: float | None = None
    stop: tuple[str | dict[str, Any], ...] = ()
    metrics: tuple[str, ...] = ()
    group: str | None = None
    held: bool = False
    after: tuple[str, ...] = ()
    after_any: tuple[str, ...] = ()
    backend: str | None = None


def new_id() -> str:
    """An id that no other run has: 40 random bits as 8 characters."""
    return "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))


def is_id(text: str) -> bool:
    """Whether a text has the form of a whole id."""
    return len(text) == ID_LENGTH and all(character in ALPHABET for character in text)


def default_name(command: tuple[str, ...]) -> str:
    """A name made from a command: the script or module that it runs, without path and ending.

    >>> default_name(("python3", "-u", "exp/train.py", "--lr", "0.1"))
    'train'
    """
    words = [word for word in command if word]
    previous = program = ""
    for word in words:
        path = PurePosixPath(word)
        if previous == "-m":
            return word.rpartition(".")[2]
        if re.fullmatch(r"-\w*c", previous):
            name = PurePosixPath(program).name
            return (_of_script(word) if name in _SHELLS else "") or name.rstrip("0123456789.") or name
        previous = word
        if (
            word.startswith("-")
            or "=" in word.partition("/")[0]
            or path.name in _LAUNCHERS
            or path.name.startswith("python")
        ):
            program = program if word.startswith("-") else word
            continue
        return path.stem if path.suffix in _SCRIPTS else path.name
    return PurePosixPath(words[0]).name if words else "run"


def _of_script(text: str) -> str:
    """A name for a shell's script: the first file that it runs, else its first command; "" where neither says much."""
    words = re.findall(r"[\w./+~-]+", text)
    for word in words:
        if PurePosixPath(word).suffix in _SCRIPTS:
            return PurePosixPath(word).stem
    first = re.match(r"\s*([\w./-]+)(?:[\s;|&]|$)", text)
    return "" if first is None or first[1] in _OPENINGS else default_name(tuple(words))


def document(spec: RunSpec, *, run_id: str, created: float, who: str) -> dict[str, Any]:
    """What a host is given, and keeps as run.json.

    Raises:
        UsageError: the command is empty, or a value makes no sense.
    """
    if not spec.command or not spec.command[0]:
        raise UsageError("there is no command to run", hint="nerotui run -- python train.py")
    if spec.gpus is not None and spec.gpus < 0:
        raise UsageError(f"a run cannot have {spec.gpus} GPUs")
    if spec.grace < 0:
        raise UsageError(f"a grace of {spec.grace:g} seconds makes no sense")
    if spec.time is not None and not 0 < spec.time < FOREVER:
        raise UsageError(f"a time limit of {spec.time:g} seconds makes no sense")
    if spec.deadline is not None and not 0 < spec.deadline < FOREVER:
        raise UsageError(f"a deadline {spec.deadline:g} seconds after 1970 makes no sense")
    if spec.script is not None and not spec.script.startswith("#!"):
        raise UsageError("the script's first line does not say what runs it", hint="it begins like: #!/bin/bash")
    for run in (*spec.after, *spec.after_any):
        if not is_id(run):
            raise UsageError(f"{run!r} is no run's whole id")
    wishes.check(spec)
    rules.check(spec.stop)
    patterns.check(spec.metrics)
    for key in spec.env:
        if not key or "=" in key or "\0" in key:
            raise UsageError(f"'{key}' cannot be the name of a variable")
    return {
        "id": run_id,
        "name": spec.name or default_name(spec.command),
        "command": list(spec.command),
        "dir": spec.dir,
        "env": dict(spec.env),
        "setup": spec.setup,
        "gpus": spec.gpus,
        "params": dict(spec.params),
        "resume": list(spec.resume) if spec.resume else None,
        "checkpoint": spec.checkpoint,
        "yield_signal": spec.yield_signal,
        "grace": spec.grace,
        "time": spec.time,
        "deadline": spec.deadline,
        "stop": list(spec.stop),
        "patterns": list(spec.metrics),
        "group": spec.group,
        "script": spec.script,
        "after": list(spec.after),
        "after_any": list(spec.after_any),
        "backend": spec.backend,
        **wishes.spelled(spec),
        "created": created,
        "who": who,
        "shell": None,
    }
