"""Reaching the rig's hosts over asyncssh, and telling which of them answered."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nerotui.channels.limiter import Limiter
from nerotui.channels.link import Link
from nerotui.channels.ssh import SshChannel
from tests.channels.person import Person


def channel(
    name: str, prompter: Person | None = None, limiter: Limiter | None = None, *, user: str | None = None
) -> SshChannel:
    return SshChannel(name, user=user, prompter=prompter, limiter=limiter or Limiter())


async def hostname(name: str, prompter: Person | None = None, limiter: Limiter | None = None) -> str:
    """Connects, and returns which machine answered."""
    async with await Link.open(channel(name, prompter, limiter), deadline=10) as link:
        return host_of(link)


def host_of(link: Link) -> str:
    """The name of the rig's host that answered: its home lies in the host's folder."""
    return Path(link.hello["home"]).parent.name


def command(*argv: object) -> str:
    """Runs a program that must succeed; what it printed."""
    return subprocess.run([str(arg) for arg in argv], capture_output=True, text=True, check=True, timeout=20).stdout


@contextmanager
def ssh_agent(socket: Path) -> Iterator[dict[str, str]]:
    """An ssh-agent without keys; the variable that names it."""
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 5
        while not socket.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield {"SSH_AUTH_SOCK": str(socket)}
    finally:
        agent.terminate()
        agent.wait(5)
