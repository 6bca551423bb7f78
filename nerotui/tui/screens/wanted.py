"""What the add dialog's form says as text, and what that means: a run that is asked for, or one filled in again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from nerotui.agent import durations
from nerotui.core import moments, sizes
from nerotui.core.records import Run
from nerotui.core.spec import RunSpec
from nerotui.core.wishes import Wishes, check
from nerotui.errors import UsageError

#: Signs that a line is meant for a shell, outside quotes; such a line is given to `sh -c` whole.
_SHELL = frozenset("&|;<>()`$*~")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form says, still as text: the words of a run to be queued."""

    command: str = ""
    host: str = "local"
    name: str = ""
    gpus: str = ""
    dir: str = ""
    setup: str = ""
    env: str = ""
    resume: str = ""
    checkpoint: str = ""
    time: str = ""
    deadline: str = ""
    stop: str = ""
    #: What only a host with a scheduler is asked for; `options` are more for its program, as on a command line.
    partition: str = ""
    account: str = ""
    cpus: str = ""
    memory: str = ""
    nodes: str = ""
    options: str = ""
    #: What the selected run has and the form's lines cannot hold: rules that are tables, patterns of what it prints,
    #: the text of its script, how often it may go on by itself.
    rules: tuple[str | dict[str, Any], ...] = ()
    patterns: tuple[str, ...] = ()
    script: str | None = None
    attempts: int | None = None


class Asked(NamedTuple):
    """What the form means: a run, and where it is to go.

    A line with shell signs in it becomes `sh -c LINE`.
    """

    host: str
    spec: RunSpec


def _argv(text: str) -> tuple[str, ...]:
    if _for_a_shell(text):
        return ("sh", "-c", text)
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return tuple(lexer)
    except ValueError as error:
        raise ValueError(f"the command {text!r} has an open quote") from error


def _for_a_shell(text: str) -> bool:
    """Whether a line has a sign that only a shell understands, where a shell would look for it."""
    quote = ""
    skip = False
    for character in text:
        if skip:
            skip = False
        elif character == "\\" and quote != "'":
            skip = True
        elif quote:
            if character == quote:
                quote = ""
            elif quote == '"' and character in "$`":
                return True
        elif character in "'\"":
            quote = character
        elif character in _SHELL:
            return True
    return False


def understood(wanted: Wanted, scheduler: str | None = None) -> Asked:
    """The form's text as values; raises ValueError with a sentence.

    Args:
        wanted: the text.
        scheduler: the backend of the host that it is for; None where that has no scheduler to be asked for anything.
    """
    if not wanted.command.strip():
        raise ValueError("a command is needed: what should run?")
    gpus = wanted.gpus.strip()
    if gpus and not gpus.isdecimal():
        raise ValueError(f"gpus is a number, or empty for the host's default; not {gpus!r}")
    env: dict[str, str] = {}
    try:
        pairs = shlex.split(wanted.env)
    except ValueError as error:
        raise ValueError("the environment has an open quote") from error
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError(f"the environment is NAME=VALUE, several with spaces between them; not {pair!r}")
        env[name] = value
    spec = RunSpec(
        command=_argv(wanted.command.strip()),
        script=wanted.script,
        name=wanted.name.strip() or None,
        gpus=int(gpus) if gpus else None,
        dir=wanted.dir.strip() or None,
        setup=wanted.setup.strip() or None,
        env=env,
        resume=_argv(wanted.resume.strip()) if wanted.resume.strip() else None,
        checkpoint=wanted.checkpoint.strip() or None,
        time=durations.seconds(wanted.time) if wanted.time.strip() else None,
        deadline=moments.epoch(wanted.deadline) if wanted.deadline.strip() else None,
        stop=(*(rule.strip() for rule in wanted.stop.split(";") if rule.strip()), *wanted.rules),
        metrics=wanted.patterns,
        **msgspec.structs.asdict(_wishes(wanted, scheduler)),
    )
    return Asked(wanted.host.strip() or "local", spec)


def _wishes(wanted: Wanted, scheduler: str | None) -> Wishes:
    if scheduler is None:
        return Wishes(attempts=wanted.attempts)
    try:
        options = tuple(shlex.split(wanted.options))
    except ValueError as error:
        raise ValueError("the options have an open quote") from error
    wishes = Wishes(
        partition=wanted.partition.strip() or None,
        account=wanted.account.strip() or None,
        cpus=_count("cpus", wanted.cpus),
        memory=sizes.octets(wanted.memory) if wanted.memory.strip() else None,
        nodes=_count("nodes", wanted.nodes),
        slurm=options if scheduler == "slurm" else (),
        gridengine=options if scheduler == "gridengine" else (),
        attempts=wanted.attempts,
    )
    try:
        check(wishes)
    except UsageError as error:
        raise ValueError(str(error)) from None
    return wishes


def _count(name: str, text: str) -> int | None:
    text = text.strip()
    if text and not text.isdecimal():
        raise ValueError(f"{name} is a number, or empty for the cluster's default; not {text!r}")
    return int(text) if text else None


def _line(command: object) -> str:
    if not isinstance(command, (list, tuple)) or not command:
        return ""
    words = [str(word) for word in command]
    if words[:2] == ["sh", "-c"] and len(words) == 3:
        return words[2]
    return shlex.join(words)


def prefilled(run: Run | None, spec: Mapping[str, Any] | None, hosts: tuple[str, ...]) -> Wanted:
    """The form as the selected run would fill it in; `spec` is its run.json if that is at hand."""
    if run is None:
        return Wanted(host=hosts[0] if hosts else "local")
    spec = spec or {}
    gpus = spec.get("gpus", run.gpus_asked)
    rules = spec.get("stop") or ()
    return Wanted(
        command=_line(spec.get("command") or run.command),
        host=str(spec.get("group") or run.group or run.host),
        name=run.name,
        gpus="" if gpus is None else str(gpus),
        dir=str(spec.get("dir") or run.dir or ""),
        setup=str(spec.get("setup") or ""),
        env=" ".join(f"{name}={shlex.quote(str(value))}" for name, value in (spec.get("env") or {}).items()),
        resume=_line(spec.get("resume")),
        checkpoint=str(spec.get("checkpoint") or ""),
        time=durations.spelled(float(spec["time"])) if spec.get("time") else "",
        deadline=moments.spelled(float(spec["deadline"])) if spec.get("deadline") else "",
        stop="; ".join(rule for rule in rules if isinstance(rule, str) and ";" not in rule),
        rules=tuple(rule for rule in rules if not isinstance(rule, str) or ";" in rule),
        patterns=tuple(str(pattern) for pattern in spec.get("patterns") or ()),
        partition=str(spec.get("partition") or ""),
        account=str(spec.get("account") or ""),
        cpus=str(spec.get("cpus") or ""),
        memory=sizes.spelled(spec["memory"]) if spec.get("memory") else "",
        nodes=str(spec.get("nodes") or ""),
        options=shlex.join(map(str, spec.get(str(run.backend)) or ())),
        script=spec.get("script") or None,
        attempts=spec.get("attempts"),
    )
