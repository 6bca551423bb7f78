"""The add dialog: a command for the queue, filled in from the selected run."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Label, Static

from nerotui.agent import durations
from nerotui.core import moments
from nerotui.core.records import Run
from nerotui.core.views.spans import line
from nerotui.tui.palette import Palette
from nerotui.tui.screens.dialog import Dialog, text_of
from nerotui.tui.screens.field import Field

#: Stands for a line's end inside a field, which has one line.
NEWLINE = "↵"

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
    #: What the selected run has and the form's lines cannot hold: rules that are tables, patterns of what it prints.
    rules: tuple[str | dict[str, Any], ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form means.

    Attributes:
        command: the argument list; a line with shell signs in it becomes `sh -c LINE`.
        resume: likewise, for the next attempts; None where there is none.
        time: seconds that an attempt may run; None for the host's default.
        deadline: until when it is wanted, seconds since the epoch.
        stop: its rules.
        patterns: for what it prints.
    """

    command: tuple[str, ...]
    host: str
    name: str | None
    gpus: int | None
    dir: str | None
    setup: str | None
    env: dict[str, str]
    resume: tuple[str, ...] | None
    checkpoint: str | None
    time: float | None
    deadline: float | None
    stop: tuple[str | dict[str, Any], ...]
    patterns: tuple[str, ...]


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


def understood(wanted: Wanted) -> Asked:
    """The form's text as values; raises ValueError with a sentence."""
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
    return Asked(
        command=_argv(wanted.command.strip()),
        host=wanted.host.strip() or "local",
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
        patterns=wanted.patterns,
    )


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
    )


_FIELDS = (
    ("command", "python train.py --lr 0.1"),
    ("host", "a host or a group"),
    ("name", "made from the command"),
    ("gpus", "the host's default; 0 hides them"),
    ("dir", "where you are, if the host has it"),
    ("setup", "source ~/venv/bin/activate"),
    ("env", "SEED=3 OMP_NUM_THREADS=4"),
    ("resume", "python train.py --resume {checkpoint}"),
    ("checkpoint", "ckpt/*.pt"),
    ("time", "2h30m; the host's default, else as long as it likes"),
    ("deadline", "2026-12-01T12:00; said when it will not be done by then"),
    ("stop", "nan(loss); no output for 30m"),
)


def shown_in_field(text: str) -> str:
    """A text on one line."""
    return text.replace("\n", NEWLINE)


class AddDialog(Dialog[bool]):
    """Asks for a run. What the host refuses is said in the dialog, with everything typed still there.

    Args:
        palette: colours and glyphs.
        wanted: what to fill in.
        submit: queues it; gives None, or a sentence that says why not.
    """

    DEFAULT_CSS = """
    AddDialog > #box { width: 84; }
    AddDialog Horizontal { height: 1; }
    AddDialog Label { width: 12; color: $text-muted; }
    AddDialog Input { width: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # Before anything else, so that what is typed after Tab in the same burst goes into the next field.
        Binding("tab,down", "step(True)", priority=True, show=False),
        Binding("shift+tab,up", "step(False)", priority=True, show=False),
    ]

    def __init__(self, palette: Palette, wanted: Wanted, submit: Callable[[Asked], Awaitable[str | None]]) -> None:
        super().__init__(palette, "Add a run to the queue")
        self.wanted = wanted
        self._submit = submit
        self._busy = False

    def body(self) -> ComposeResult:
        """One line a field, what is wrong, and the keys."""
        for name, example in _FIELDS:
            with Horizontal():
                yield Label(name)
                value = shown_in_field(getattr(self.wanted, name))
                yield Field(value, placeholder=example, id=f"add-{name}")
        yield Static("", id="problem", markup=False)
        yield Static(
            text_of(
                self.palette,
                line(
                    ("Enter", "accent"),
                    " queue it    ",
                    ("Tab", "accent"),
                    " next field    ",
                    ("Esc", "accent"),
                    " leave it",
                ),
            ),
            id="choices",
        )

    def on_mount(self) -> None:
        """Begins at the command."""
        self.type_into(self.query_one("#add-command", Input))

    def action_step(self, forward: bool) -> None:
        """The next field, or the one before."""
        if forward:
            self.focus_next(Input)
        else:
            self.focus_previous(Input)

    def complete(self, wanted: Wanted) -> None:
        """Fills in what is known by now, where nothing was typed yet."""
        before, self.wanted = self.wanted, wanted
        if not self.query(Input):
            return
        for name, _ in _FIELDS:
            field = self.query_one(f"#add-{name}", Input)
            if field.value == shown_in_field(getattr(before, name)):
                field.value = shown_in_field(getattr(wanted, name))
                field.cursor_position = len(field.value)

    @on(Input.Submitted)
    async def _enter(self, event: Input.Submitted) -> None:
        event.stop()
        if self._busy:
            return
        values: dict[str, Any] = {
            name: self.query_one(f"#add-{name}", Input).value.replace(NEWLINE, "\n") for name, _ in _FIELDS
        }
        try:
            asked = understood(replace(self.wanted, **values))
        except ValueError as error:
            self._say(str(error))
            return
        self._busy = True
        self._say("")
        self.run_worker(self._send(asked), exclusive=True)

    async def _send(self, asked: Asked) -> None:
        problem = await self._submit(asked)
        self._busy = False
        if problem is None:
            self.dismiss(True)
        else:
            self._say(problem)

    def _say(self, problem: str) -> None:
        self.query_one("#problem", Static).update(problem)
