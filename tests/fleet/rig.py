"""Hosts for the fleet's tests: folders on this machine, each with a real agent behind a line that can fail."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nerotui.channels.fake import FakeChannel
from nerotui.config import Config, HostConfig
from nerotui.core.spec import RunSpec
from nerotui.fleet import Fleet


class Rig:
    """Makes hosts under a folder, and leaves nothing of them running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.channels: dict[str, FakeChannel] = {}

    def channel(self, host: HostConfig) -> FakeChannel:
        """A host's channel; the same for every fleet of the test."""
        if host.name not in self.channels:
            # The tests' interpreter, because a version manager's stand-in would want the real home.
            self.channels[host.name] = FakeChannel(host.name, self.folder / host.name, python=sys.executable)
        return self.channels[host.name]

    def config(self, *names: str, **more: Any) -> Config:
        """A configuration of these hosts."""
        return Config(hosts={name: HostConfig(name=name, dir="~") for name in names}, **more)

    def fleet(self, *names: str, groups: dict[str, tuple[str, ...]] | None = None, **more: Any) -> Fleet:
        """A fleet of these hosts, which need not be made before."""
        more.setdefault("cache", False)
        return Fleet(self.config(*names, groups=groups or {}), channels=self.channel, **more)

    def __getitem__(self, host: str) -> FakeChannel:
        return self.channel(HostConfig(name=host))

    def sweep(self) -> None:
        """Kills every process whose home lies in this folder."""
        deadline = time.monotonic() + 10
        while found := self._processes():
            assert time.monotonic() < deadline, f"cannot be killed: {found}"
            for pid in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

    def _processes(self) -> list[int]:
        mark = f"\0HOME={self.folder}/".encode()
        found = []
        for entry in os.scandir("/proc"):
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                with contextlib.suppress(OSError):
                    zombie = ") Z" in Path(entry.path, "stat").read_text()
                    if not zombie and mark in b"\0" + Path(entry.path, "environ").read_bytes():
                        found.append(int(entry.name))
        return found


async def until(fleet: Fleet, true: Callable[[], object], seconds: float = 20.0) -> None:
    """Waits, looking at each change, until something is true."""
    changed = asyncio.Event()
    stop = fleet.subscribe(lambda _: changed.set())
    try:
        async with asyncio.timeout(seconds):
            while not true():
                await changed.wait()
                changed.clear()
    finally:
        stop()


def shell(script: str, **more: Any) -> RunSpec:
    """A run of a small shell script."""
    return RunSpec(command=("/bin/sh", "-c", script), name=more.pop("name", "test"), **more)


def texts(fleet: Fleet) -> str:
    """All messages."""
    return "\n".join(message.text for message in fleet.messages)
