"""Answers for the system's `ssh`: the program that it runs to ask something hands the question to the prompter.

The way is a socket in a folder that only the user can enter; nothing that is answered is written anywhere.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from nerotui.channels.attempt import Attempt
from nerotui.core.text import clean

_PROGRAM = """\
#!/bin/sh
exec "$NEROTUI_ASKPASS_PYTHON" -S -E -c '
import os, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect(os.path.join(os.path.dirname(sys.argv[1]), "socket"))
line.sendall(sys.argv[2].encode() + bytes(1))
answer = b""
while True:
    part = line.recv(4096)
    if not part:
        break
    answer += part
if answer[:1] == b"+":
    os.write(1, answer[1:] + bytes([10]))
else:
    sys.exit(1)
' "$0" "$1"
"""
_HOST_KEY = re.compile(
    r"authenticity of host '(?P<address>[^']+)'.*?(?P<algorithm>\S+) key fingerprint is:?\s+(?P<fingerprint>\S+?)\.?\s",
    re.S,
)


@asynccontextmanager
async def answering(attempt: Attempt) -> AsyncIterator[dict[str, str]]:
    """Listens for questions while the block runs; the environment that makes `ssh` ask here."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="nerotui-"))
    program = folder / "askpass"
    program.write_text(_PROGRAM)
    program.chmod(0o700)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            question = (await reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace")
            answer = await _answer(question, attempt)
            if answer is not None:
                writer.write(b"+" + answer.encode())
                await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, folder / "socket")
    try:
        yield {
            "SSH_ASKPASS": str(program),
            "SSH_ASKPASS_REQUIRE": "force",
            "NEROTUI_ASKPASS_PYTHON": sys.executable,
            "DISPLAY": os.environ.get("DISPLAY", "none:0"),  # before OpenSSH 8.4 nothing is asked without one
        }
    finally:
        server.close()
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _answer(question: str, attempt: Attempt) -> str | None:
    asked = _HOST_KEY.search(question)
    if asked:
        address = asked["address"].partition(" ")[0]
        return "yes" if await attempt.ask_host_key(address, asked["algorithm"], asked["fingerprint"]) else "no"
    return await attempt.ask_secret(clean(question).strip().rstrip(":"), "a password")
