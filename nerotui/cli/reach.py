"""The steps to a host, one by one, for the doctor: what ssh makes of its name, address, port, greeting."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator

from nerotui.cli.check import Check
from nerotui.config import HostConfig
from nerotui.core.text import clean
from nerotui.core.views.format import duration

#: Seconds for each step.
STEP = 5.0


async def steps(host: HostConfig) -> AsyncIterator[Check]:
    """Goes towards the host step by step and stops at the first that fails."""
    settings = await ssh_settings(host)
    if settings is None:
        yield Check(
            "ssh config", "note", "not read here: there is no ssh program to ask", "nerotui reads it by itself."
        )
        settings = {}
    name = host.address or settings.get("hostname") or host.name
    name = settings.get("hostname") or name
    port = int(host.port or settings.get("port") or 22)
    user = host.user or settings.get("user") or ""
    via = settings.get("proxyjump") or ""
    if not via and settings.get("proxycommand", "none") != "none":
        via = f"the command {settings['proxycommand']!r}"
    place = clean((f"{user}@" if user else "") + f"{name}:{port}" + (f" through {via}" if via else ""))
    yield Check("ssh config", "ok", place)
    if via:
        return
    try:
        async with asyncio.timeout(STEP):
            found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError) as error:
        yield Check(
            "address", "bad", f"{clean(name)}: {_words(error)}", "Check the name, or HostName in ~/.ssh/config."
        )
        return
    yield Check("address", "ok", ", ".join(dict.fromkeys(str(entry[4][0]) for entry in found)))
    async for check in _greeting(name, port):
        yield check


async def _greeting(name: str, port: int) -> AsyncIterator[Check]:
    try:
        async with asyncio.timeout(STEP):
            reader, writer = await asyncio.open_connection(name, port)
    except (OSError, TimeoutError) as error:
        hint = "Is the machine on, is sshd running there, does a VPN or firewall stand between?"
        yield Check("port", "bad", f"{clean(name)} port {port}: {_words(error)}", hint)
        return
    yield Check("port", "ok", f"{port} is open")
    try:
        async with asyncio.timeout(STEP):
            line = await reader.readline()
    except (OSError, TimeoutError, ValueError) as error:
        yield Check(
            "greeting", "bad", f"no SSH greeting: {_words(error)}", "Something accepts connections but is no sshd."
        )
        return
    finally:
        writer.close()
    text = clean(line.decode(errors="replace").strip())
    good = text.startswith("SSH-")
    yield Check("greeting", "ok" if good else "bad", text or "the connection was closed without one")


async def ssh_settings(host: HostConfig) -> dict[str, str] | None:
    """What the system's ssh would do for this host, by keyword; None where there is no ssh."""
    program = shutil.which("ssh")
    if program is None:
        return None
    named = os.environ.get("NEROTUI_SSH_CONFIG")
    chosen = ["-F", named] if named else []
    process = await asyncio.create_subprocess_exec(
        program,
        *chosen,
        "-G",
        "--",
        host.address or host.name,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    output, _ = await process.communicate()
    pairs = (line.partition(" ") for line in output.decode(errors="replace").splitlines())
    return {keyword: value for keyword, _, value in pairs}


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {duration(STEP)}"
    if isinstance(error, socket.gaierror):
        return str(error.strerror).lower()
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return str(error)
