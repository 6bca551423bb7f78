"""What is known of all hosts and runs at this moment, and who hears of its changes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from nerotui.core.prefixes import Prefixes
from nerotui.core.records import Host, Message, Pending, Run, Severity
from nerotui.fleet.change import Changes

#: Older messages are forgotten.
MESSAGES = 500


class Model:
    """Hosts by name, runs by id, messages; changed in place by what hosts report.

    A run that several hosts report (they share a home) is shown once: as the host says that it belongs to, if that
    one answers, else as any other that answers, else as last known.

    Attributes:
        hosts: in the order of the configuration.
        runs: by full id; shown with the action that is pending, if one is.
    """

    def __init__(self, hosts: Iterable[Host]) -> None:
        self.hosts: dict[str, Host] = {host.name: host for host in hosts}
        self.runs: dict[str, Run] = {}
        self.messages: list[Message] = []
        self.changes = Changes()
        self.prefixes = Prefixes()
        self._rank = {name: place for place, name in enumerate(self.hosts)}
        self._hostnames: dict[str, str] = {}
        self._of_host: dict[str, dict[str, None]] = {name: {} for name in self.hosts}
        self._shared: dict[str, dict[str, Run]] = {}
        self._pending: dict[str, Pending] = {}

    def host(self, name: str, **fields: Any) -> Host:
        """Changes fields of a host's record."""
        host = self.hosts[name] = replace(self.hosts[name], **fields)
        self.changes.host(name)
        return host

    def say(self, severity: Severity, text: str, *, host: str | None = None, run: str | None = None) -> None:
        """Adds a message."""
        message = Message(time=time.time(), severity=severity, text=text, host=host, run=run)
        self.messages.append(message)
        if len(self.messages) > MESSAGES:
            del self.messages[: len(self.messages) - MESSAGES]
        self.changes.message(message)

    def is_machine(self, name: str, hostname: str) -> None:
        """Notes what the machine behind a host calls itself, which its runs name as theirs."""
        self._hostnames[name] = hostname

    def ids(self, host: str) -> Iterable[str]:
        """The ids of the runs that a host reported."""
        return self._of_host[host].keys()

    def reported(self, host: str) -> list[Run]:
        """A host's runs as it last reported them."""
        return [self._shared.get(run_id, {}).get(host) or self.runs[run_id] for run_id in tuple(self._of_host[host])]

    def report(self, host: str, runs: Iterable[Run], gone: Iterable[str] = (), *, full: bool = False) -> None:
        """Takes a host's report.

        Args:
            host: who reports.
            runs: what is new or changed.
            gone: ids of runs that are not there any more.
            full: whether what is not in `runs` is gone.
        """
        mine = self._of_host[host]
        before = set(mine) if full else set()
        for run in runs:
            before.discard(run.id)
            mine[run.id] = None
            self._take(host, run)
        for run_id in (*before, *gone):
            if run_id in mine:
                del mine[run_id]
                self._drop(host, run_id)

    def away(self, host: str) -> None:
        """Marks what a host reported as last known, because it does not answer any more."""
        for run_id in self._of_host[host]:
            if others := self._shared.get(run_id):
                others[host] = replace(others[host], stale=True)
                self._show(run_id, self._best(others))
            elif not (run := self.runs[run_id]).stale:
                self._show(run_id, replace(run, stale=True))

    def pending(self, run_id: str, pending: Pending | None) -> None:
        """Shows, or no longer shows, an action that the host has not confirmed."""
        run = self.runs.get(run_id)
        if pending is not None:
            self._pending[run_id] = pending
        elif (old := self._pending.pop(run_id, None)) is None or run is None:
            return
        elif run.pending == old:
            run = replace(run, pending=None)
        if run is not None:
            self._show(run_id, run)

    def _take(self, host: str, run: Run) -> None:
        others = self._shared.get(run.id)
        if others is None:
            shown = self.runs.get(run.id)
            if shown is None or shown.host == host:
                self._show(run.id, run)
                return
            others = self._shared[run.id] = {shown.host: shown}
        others[host] = run
        self._show(run.id, self._best(others))

    def _drop(self, host: str, run_id: str) -> None:
        if others := self._shared.get(run_id):
            others.pop(host, None)
            self._show(run_id, self._best(others))
            if len(others) == 1:
                del self._shared[run_id]
        else:
            self.runs.pop(run_id, None)
            self._pending.pop(run_id, None)
            self.prefixes.discard(run_id)
            self.changes.run(run_id)

    def _best(self, reports: dict[str, Run]) -> Run:
        def order(host: str) -> tuple[bool, bool, int]:
            run = reports[host]
            return (run.stale, self._hostnames.get(host) != run.hostname, self._rank[host])

        return reports[min(reports, key=order)]

    def _show(self, run_id: str, run: Run) -> None:
        if (pending := self._pending.get(run_id)) is not None and (run.pending is None or pending.away):
            run = replace(run, pending=pending)
        before = self.runs.get(run_id)
        if before is None:
            self.prefixes.add(run_id)
        elif before == run:
            return
        self.runs[run_id] = run
        self.changes.run(run_id)
