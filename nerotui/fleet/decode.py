"""What comes over the wire, as records. Remote text is cleaned here, once, before anything can show it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import msgspec

from nerotui.core.records import Diagnosis, Event, Load, Run, RunDetail, Series, Stats
from nerotui.core.text import clean
from nerotui.errors import NoAgent

Message = dict[str, Any]

_TEXT_FIELDS = ("name", "reason", "dir", "user", "hostname", "group", "signal", "job", "node")
#: What has a value of its own where a host says nothing of it.
_DEFAULTED = ("after", "attempts", "foreign")
_NESTED_FIELDS = ("params", "progress", "findings", "pending")

#: Texts that many runs share are kept once.
_TEXTS: dict[str, str] = {}
_KEPT = 10_000


def run(message: Message, host: str) -> Run:
    """A run as its host reported it. To be called, as all of these, where `understanding` is around."""
    message["host"] = host
    for key in _TEXT_FIELDS:
        if (text := message.get(key)) is not None:
            message[key] = _shared(text)
    for key in _DEFAULTED:
        if message.get(key, key) is None:
            del message[key]
    if command := message.get("command"):
        message["command"] = [_shared(word) for word in command]
    for key in _NESTED_FIELDS:
        if nested := message.get(key):
            message[key] = _cleaned(nested)
    if (metrics := message.get("metrics")) and not all(name.isprintable() for name in metrics):
        message["metrics"] = {clean(name): metric for name, metric in metrics.items()}
    found: Run = msgspec.convert(message, Run, strict=False)
    if not found.id.isalnum() or not found.id.isascii():
        raise ValueError("a run's id must be letters and digits")
    return found


#: What is read in the log of a job that nerotui did not start.
_READ = ("metrics", "progress", "findings", "log_size", "log_time")


def read_of(message: Message, known: Run) -> Run:
    """A run with what its host read in its log."""
    shell = {"id": known.id, "name": "", "state": known.state.value}
    read = run({**shell, **{key: message[key] for key in _READ if message.get(key) is not None}}, known.host)
    return msgspec.structs.replace(known, **{key: getattr(read, key) for key in _READ if key in message})


def stats(message: Message) -> Stats:
    """A sample of a host."""
    return msgspec.convert(_cleaned(message), Stats, strict=False)


def detail(message: Message, host: str) -> RunDetail:
    """The answer to `show`."""
    events = tuple(msgspec.convert(_cleaned(event), Event, strict=False) for event in message.get("events") or ())
    why = message.get("why")
    return RunDetail(
        run=run(message["run"], host),
        spec=_cleaned(message.get("spec") or {}),
        facts=_cleaned(message.get("facts") or {}),
        events=events,
        why=None if why is None else clean(str(why)),
    )


def series(items: list[Message]) -> tuple[Series, ...]:
    """The series of a push of points."""
    return tuple(
        msgspec.convert({**item, "name": clean(str(item.get("name", "")))}, Series, strict=False) for item in items
    )


def load(message: Message) -> Load:
    """The answer to `load`."""
    return msgspec.convert(message, Load, strict=False)


def diagnosis(message: Message) -> Diagnosis:
    """The answer to `diagnose`."""
    return msgspec.convert(_cleaned(message), Diagnosis, strict=False)


@contextlib.contextmanager
def understanding(host: str, what: str) -> Iterator[None]:
    """Around the reading of what a host said.

    Raises:
        NoAgent: it came in a form that this version does not understand.
    """
    try:
        yield
    except (msgspec.ValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NoAgent(
            f"{host}: {what} came in a form that this nerotui does not understand: {clean(str(error))}",
            hint="is another version of nerotui writing there?",
        ) from error


def _shared(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if len(_TEXTS) > _KEPT:
        _TEXTS.clear()
    value = clean(value)
    return _TEXTS.setdefault(value, value) if len(value) < 200 else value


def _cleaned(value: Any) -> Any:
    """The same JSON with every text cleaned; line ends may stay."""
    if isinstance(value, str):
        return clean(value, lines=True)
    if isinstance(value, dict):
        return {clean(key): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return value
