"""The add dialog: a command for the queue, filled in from the selected run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Label, Static

from nerotui.core.views.spans import line
from nerotui.tui.palette import Palette
from nerotui.tui.screens.dialog import Dialog, text_of
from nerotui.tui.screens.field import Field
from nerotui.tui.screens.wanted import Asked, Wanted, understood

#: Stands for a line's end inside a field, which has one line.
NEWLINE = "↵"


#: The form's lines: fields with their examples.
_LINES = (
    (("command", "python train.py --lr 0.1"),),
    (("host", "a host or a group"),),
    (("name", "made from the command"),),
    (("gpus", "the host's default; 0 hides them"),),
    (("dir", "where you are, if the host has it"),),
    (("setup", "source ~/venv/bin/activate"),),
    (("env", "SEED=3 OMP_NUM_THREADS=4"),),
    (("resume", "python train.py --resume {checkpoint}"),),
    (("checkpoint", "ckpt/*.pt"),),
    (("time", "2h30m; the host's default, else as long as it likes"),),
    (("deadline", "2026-12-01T12:00; said when it will not be done by then"),),
    (("stop", "nan(loss); no output for 30m"),),
)
#: Those that are shown while the host has a scheduler.
_CLUSTER = (
    (("partition", "its default"), ("account", "yours")),
    (("cpus", "its default"), ("memory", "16GB"), ("nodes", "1")),
    (("options", "more for its submit command: --constraint=a100"),),
)
_FIELDS = tuple(field for line in (*_LINES, *_CLUSTER) for field in line)


def shown_in_field(text: str) -> str:
    """A text on one line."""
    return text.replace("\n", NEWLINE)


class AddDialog(Dialog[bool]):
    """Asks for a run. What the host refuses is said in the dialog, with everything typed still there.

    Args:
        palette: colours and glyphs.
        wanted: what to fill in.
        submit: queues it; gives None, or a sentence that says why not.
        scheduler_of: the scheduler of a host or group; None where it has none.
    """

    DEFAULT_CSS = """
    AddDialog > #box { width: 84; }
    AddDialog Horizontal { height: 1; }
    AddDialog Label { width: 12; color: $text-muted; }
    AddDialog Label.-more { width: 10; margin-left: 2; }
    AddDialog Input { width: 1fr; }
    AddDialog .-cluster { display: none; }
    AddDialog.-scheduler .-cluster { display: block; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # Before anything else, so that what is typed after Tab in the same burst goes into the next field.
        Binding("tab,down", "step(True)", priority=True, show=False),
        Binding("shift+tab,up", "step(False)", priority=True, show=False),
    ]

    def __init__(
        self,
        palette: Palette,
        wanted: Wanted,
        submit: Callable[[Asked], Awaitable[str | None]],
        scheduler_of: Callable[[str], str | None],
    ) -> None:
        super().__init__(palette, "Add a run to the queue")
        self.wanted = wanted
        self._submit = submit
        self._scheduler_of = scheduler_of
        self._busy = False

    def body(self) -> ComposeResult:
        """One line a field, what is wrong, and the keys."""
        for fields in (*_LINES, *_CLUSTER):
            with Horizontal(classes="-cluster" if fields in _CLUSTER else ""):
                for at, (name, example) in enumerate(fields):
                    yield Label(name, classes="-more" if at else "")
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
        self._fit(self.wanted.host)
        self.type_into(self.query_one("#add-command", Input))

    @on(Input.Changed, "#add-host")
    def _host_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._fit(event.value)

    def _fit(self, host: str) -> None:
        """Shows what only a scheduler can be asked for where there is one."""
        self.set_class(self._scheduler_of(host.strip()) is not None, "-scheduler")

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
            asked = understood(replace(self.wanted, **values), self._scheduler_of(values["host"].strip()))
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
