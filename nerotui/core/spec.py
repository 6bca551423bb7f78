"""What a user asks to be run, and how it is written down for a host."""

from __future__ import annotations

import secrets
from pathlib import PurePosixPath
from typing import Any

import msgspec

from nerotui.errors import UsageError

#: The characters of a run's id: base32 without what is easily misread.
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
ID_LENGTH = 8

#: Characters of a script given on the command line that make its name.
SCRIPT = 24

_LAUNCHERS = frozenset({"env", "nice", "nohup", "exec", "time", "sh", "bash", "zsh", "uv", "run", "torchrun"})


class RunSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A command to be run once.

    Attributes:
        command: the argument list.
        name: what people call it; default made from the command.
        dir: its folder on the host; default the host's, the project's, or the current one.
        env: variables besides the host's own.
        setup: run by the user's shell before the command.
        gpus: how many GPUs it needs; default 1 where the host has any, 0 hides them.
        params: its parameters, for tables and curves.
        resume: the argument list of later attempts; "{checkpoint}" in it becomes the newest match of `checkpoint`.
        yield_signal: what asks the program to checkpoint and exit.
        grace: seconds between asking it to end and killing it.
        group: the group that it was given to.
        held: whether it waits until it is released.
    """

    command: tuple[str, ...]
    name: str | None = None
    dir: str | None = None
    env: dict[str, str] = {}
    setup: str | None = None
    gpus: int | None = None
    params: dict[str, Any] = {}
    resume: tuple[str, ...] | None = None
    checkpoint: str | None = None
    yield_signal: str = "USR1"
    grace: float = 10.0
    group: str | None = None
    held: bool = False


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
    previous = ""
    for word in words:
        path = PurePosixPath(word)
        if previous == "-m":
            return word.rpartition(".")[2]
        if previous == "-c":
            return " ".join(word.split())[:SCRIPT].rstrip()
        previous = word
        if (
            word.startswith("-")
            or "=" in word.partition("/")[0]
            or path.name in _LAUNCHERS
            or path.name.startswith("python")
        ):
            continue
        return path.stem if path.suffix in {".py", ".sh"} else path.name
    return PurePosixPath(words[0]).name if words else "run"


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
        "group": spec.group,
        "created": created,
        "who": who,
        "shell": None,
    }
