"""What the bridge tells the main screen. Each is frozen news; the screen decides what to draw."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from textual.message import Message

from nerotui.core.records import Load, RunDetail, Severity
from nerotui.core.views.spans import Notice

if TYPE_CHECKING:
    from nerotui.fleet import LogChunk, PointBatch


@dataclass
class Ready(Message):
    """The fleet is there: hosts and last known runs can be shown."""


@dataclass
class FleetChanged(Message):
    """Hosts, runs (new, changed or gone) or messages changed; the values are in the bridge's dictionaries.

    Attributes:
        reach: whether a host came, went or says something else of itself; otherwise they sent samples of their load.
    """

    hosts: frozenset[str]
    runs: frozenset[str]
    messages: bool
    reach: bool = True


@dataclass
class LogBegan(Message):
    """Another run's log comes next, or the same one anew; `notice` stands there until bytes come."""

    run: str | None
    notice: Notice | None


@dataclass
class LogArrived(Message):
    """Bytes of the followed run's log. No more come until `taken` is set."""

    run: str
    chunks: list[LogChunk]
    taken: asyncio.Event


@dataclass
class PointsArrived(Message):
    """Points of a run that is drawn. No more come until `taken` is set."""

    run: str
    batches: list[PointBatch]
    taken: asyncio.Event


@dataclass
class PointsFailed(Message):
    """A run's points cannot be had; the notice says why."""

    run: str
    notice: Notice


@dataclass
class DetailArrived(Message):
    """Everything that the host holds of the selected run."""

    detail: RunDetail


@dataclass
class TreeArrived(Message):
    """The processes of a run, as its host described them at that time; or why they cannot be had."""

    run: str
    processes: list[dict[str, Any]]
    at: float
    notice: Notice | None = None


@dataclass
class LoadArrived(Message):
    """The load of the selected run and its host over time."""

    run: str
    load: Load


@dataclass
class Said(Message):
    """A sentence for the user: what was done, or why not.

    Attributes:
        kind: in the last line for a while, or over the panes.
        kept: whether the findings pane keeps it among the messages, if it stands over the panes.
    """

    text: str
    severity: Severity = "info"
    run: str | None = None
    host: str | None = None
    kind: Literal["toast", "footer"] = "footer"
    kept: bool = True
