"""The last known state of each host, kept on this machine so that a host that is down can still be shown.

One file a host, readable by its user alone. Losing one costs nothing but the past; what cannot be read is ignored.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from nerotui import locations
from nerotui.config import HostConfig
from nerotui.core.records import Host, Run
from nerotui.fleet.change import Change
from nerotui.fleet.host import HostTask
from nerotui.fleet.model import Model

#: Another number means other contents: files with it are ignored.
VERSION = 1
#: Seconds between two writings of one host's file.
EVERY = 60.0


class Snapshot(msgspec.Struct, frozen=True):
    """A file's contents."""

    version: int
    identity: str
    host: Host
    hostname: str
    runs: list[Run]


class Cache:
    """Reads all files once, then writes those of hosts that changed, one at a time and rarely."""

    def __init__(self, model: Model, tasks: Mapping[str, HostTask]) -> None:
        self._model = model
        self._tasks = tasks
        self._changed: set[str] = set()
        self._written: dict[str, float] = {}
        self.loaded = asyncio.Event()

    async def run(self) -> None:
        """Reads, then writes for as long as it is not cancelled."""
        folder = await asyncio.to_thread(_folder)
        for name, task in self._tasks.items():
            snapshot = await asyncio.to_thread(_read, folder, task.config)
            if snapshot is not None:
                self._restore(name, snapshot)
        self.loaded.set()
        unsubscribe = self._model.changes.subscribe(self._hear)
        try:
            while True:
                await asyncio.sleep(EVERY / 12)
                for name in self._due():
                    await asyncio.to_thread(_write, folder, self._snapshot(name))
        finally:
            unsubscribe()

    def save(self) -> asyncio.Task[None]:
        """Writes what has changed since it was last written, as it is now; at the fleet's end, beside its farewells."""
        names = sorted(self._changed) if self.loaded.is_set() else ()
        return asyncio.create_task(_write_all([self._snapshot(name) for name in names]), name="last cache")

    def _hear(self, change: Change) -> None:
        for name in change.hosts:
            if self._tasks[name].is_up:
                self._changed.add(name)
        for run_id in change.runs:
            run = self._model.runs.get(run_id)
            if run is not None and not run.stale:
                self._changed.add(run.host)

    def _due(self) -> list[str]:
        now = time.monotonic()
        return [name for name in self._changed if now - self._written.get(name, 0.0) > EVERY]

    def _restore(self, name: str, snapshot: Snapshot) -> None:
        """Shows a host as it was last known, unless it has spoken meanwhile."""
        if self._model.hosts[name].seen is not None:
            return
        was = snapshot.host
        self._model.is_machine(name, snapshot.hostname)
        self._model.host(
            name,
            backend=was.backend,
            user=was.user,
            seen=was.seen,
            clock_skew=was.clock_skew,
            slots=was.slots,
            root=was.root,
            python=was.python,
            stats=was.stats,
        )
        self._model.report(name, [replace(run, host=name, stale=True, pending=None) for run in snapshot.runs])

    def _snapshot(self, name: str) -> Snapshot:
        """What is known of a host now. To be called on the loop."""
        task = self._tasks[name]
        self._changed.discard(name)
        self._written[name] = time.monotonic()
        hostname = str(task.hello.get("hostname") or "")
        return Snapshot(VERSION, _identity(task.config), self._model.hosts[name], hostname, self._model.reported(name))


async def _write_all(snapshots: Sequence[Snapshot]) -> None:
    """A disk that is busy takes its time even for a file that nobody waits for."""
    if snapshots:
        folder = await asyncio.to_thread(_folder)
        for snapshot in snapshots:
            await asyncio.to_thread(_write, folder, snapshot)


def _write(folder: Path, snapshot: Snapshot) -> None:
    path = folder / _file(snapshot.host.name)
    part = path.with_suffix(f".{os.getpid()}")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(snapshot))
        part.replace(path)
    except OSError:
        # A full or read-only disk here takes nothing away but the past; the fleet itself goes on.
        with contextlib.suppress(OSError):
            part.unlink()


def _folder() -> Path:
    folder = locations.cache_dir() / "hosts"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return folder  # reading finds nothing there, and writing is given up likewise
    return folder


def _read(folder: Path, config: HostConfig) -> Snapshot | None:
    try:
        snapshot = msgspec.json.decode((folder / _file(config.name)).read_bytes(), type=Snapshot)
    except (OSError, msgspec.MsgspecError):
        return None
    return snapshot if snapshot.version == VERSION and snapshot.identity == _identity(config) else None


def _file(name: str) -> str:
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
    return f"{safe[:80]}.{hashlib.sha256(name.encode()).hexdigest()[:8]}.json"


def _identity(config: HostConfig) -> str:
    """What makes it the same place: another machine, user or folder under an old name has another past."""
    return "\0".join(str(part) for part in (config.address, config.user, config.port, config.connect, config.root))
