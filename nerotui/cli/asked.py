"""What the options of `nerotui run` mean: the run that is asked for, and the runs that it waits for."""

import os
import shlex
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from nerotui.agent.durations import seconds
from nerotui.cli.session import pairs
from nerotui.cli.wishes import wishes_of
from nerotui.core.text import clean
from nerotui.errors import UsageError

if TYPE_CHECKING:
    from nerotui.config import Config
    from nerotui.core.spec import RunSpec
    from nerotui.fleet import Fleet

#: The options that name runs to wait for.
_AFTER = ("after", "after_any")


def spec_of(command: tuple[str, ...], options: dict[str, Any]) -> "RunSpec":
    """The run that is asked for.

    Args:
        command: the argument list; of a script its arguments.
        options: of `nerotui run`.

    Raises:
        UsageError: an option cannot be read, or does not go with another.
    """
    from nerotui.core.spec import RunSpec

    script = _script(options["script"])
    return RunSpec(
        command=command if script is None else (script.called, *command),
        script=None if script is None else script.text,
        name=options["name"] or (None if script is None else script.name),
        dir=options["folder"],
        env=pairs(options["env"], "--env"),
        setup=options["setup"],
        gpus=options["gpus"],
        params={name: parameter(text) for name, text in pairs(options["params"], "--param").items()},
        resume=_words(options["resume"]),
        checkpoint=options["checkpoint"],
        grace=options["grace"],
        stop=options["stop"],
        time=_limit(options["limit"]),
        deadline=_deadline(options["deadline"]),
        held=options["held"],
        attempts=_attempts(options),
        **wishes_of(options),
    )


async def waited_for(
    fleet: "Fleet", config: "Config", host: str, options: dict[str, Any]
) -> tuple[str, dict[str, tuple[str, ...]]]:
    """The runs that are waited for by their ids, and their host, which is then its host as well.

    Raises:
        UsageError: they are not on one host, or not on one that was asked for.
    """
    found = {name: [await fleet.resolve(text, changing=False) for text in options[name]] for name in _AFTER}
    runs = [run for each in found.values() for run in each]
    places = config.members([host])
    for run in runs:
        if run.host not in places or run.host != runs[0].host:
            where = " and ".join(dict.fromkeys(clean(each.host) for each in runs))
            what = f"{run.id} is on {clean(run.host)}: a run waits only for runs of its own host"
            raise UsageError(what, hint=f"--host {where}" if where == run.host else f"these are on {where}")
    return runs[0].host if runs else host, {name: tuple(run.id for run in each) for name, each in found.items()}


class _Script(NamedTuple):
    """A job script of the user's own: what its file and its job are called, its text."""

    called: str
    name: str
    text: str


def _script(path: str | None) -> _Script | None:
    if path is None:
        return None
    from nerotui.core.jobscripts import name_of

    try:
        with click.open_file(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise UsageError(f"--script {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--script {path}: it is not UTF-8 text") from None
    called = "script" if path == "-" else os.path.basename(path)
    return _Script(called, name_of(text) or os.path.splitext(called)[0], text)


def _attempts(options: dict[str, Any]) -> int | None:
    wanted: int | None = options["attempts"]
    if wanted is not None and wanted > 1 and options["resume"] is None:
        raise UsageError("--attempts needs a command that goes on", hint="--resume 'python train.py --resume last.pt'")
    return wanted


def parameter(text: str) -> Any:
    """A parameter as a number or truth value where it reads like one."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)


def _limit(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return seconds(text)
    except ValueError as error:
        raise UsageError(f"--time: {error}") from None


def _deadline(text: str | None) -> float | None:
    if text is None:
        return None
    from nerotui.core.moments import epoch

    try:
        found = epoch(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--deadline: {error}") from None
    if found <= time.time():
        raise UsageError(f"--deadline: {text} is over already")
    return found


def _words(command: str | None) -> tuple[str, ...] | None:
    if command is None:
        return None
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError(f"--resume {command!r} cannot be split into words: {error}") from None
