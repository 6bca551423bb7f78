"""An SSH server in this process that asks: for a password, or question by question. It runs real commands.

OpenSSH's own can ask for a password only where it may read the system's accounts.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import asyncssh


class LoginServer:
    """Runs in a thread of its own. A context manager.

    Attributes:
        asked: what the client answered, in order.
    """

    def __init__(
        self,
        folder: Path,
        *,
        password: str | None = None,
        questions: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Makes a server.

        Args:
            folder: for its host key, and the HOME of what runs there.
            password: what lets one in.
            questions: instead, question and right answer, all asked at once (keyboard-interactive).
            environment: for what runs there, beside HOME and PATH.
        """
        self.folder = folder
        self.address = "127.0.0.1"
        self.port = 0
        self.asked: list[str] = []
        self.password = password
        self.questions = dict(questions or {})
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **(environment or {})}
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self._running: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="login server")
        self._key = asyncssh.generate_private_key("ssh-ed25519")

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        self._server = self._do(self._listen())
        self.port = self._server.get_port()
        return self

    def __exit__(self, *exc: object) -> None:
        self._do(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def known_hosts_line(self) -> str:
        return f"[{self.address}]:{self.port} {self._key.export_public_key().decode().strip()}\n"

    async def _listen(self) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            self.address,
            0,
            server_host_keys=[self._key],
            server_factory=lambda: _Door(self),
            process_factory=self._run,
            encoding=None,
        )

    async def _shut(self) -> None:
        self._server.close()
        await self._server.wait_closed()
        for connection in list(self.connections):
            connection.abort()
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await self._serve(process)
        finally:
            self._running.discard(task)

    async def _serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        command = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            process.command or "",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment,
        )
        assert command.stdin is not None
        assert command.stdout is not None
        assert command.stderr is not None
        pumps = [
            asyncio.create_task(_pump(process.stdin, command.stdin)),
            asyncio.create_task(_pump(command.stdout, process.stdout)),
            asyncio.create_task(_pump(command.stderr, process.stderr)),
        ]
        try:
            await asyncio.wait(pumps[1:])
            process.exit(await command.wait())
        finally:
            if command.returncode is None:
                command.kill()
            for pump in pumps:
                pump.cancel()
            await asyncio.wait(pumps)
            await command.wait()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


async def _pump(source: Any, sink: Any) -> None:
    try:
        while data := await source.read(1 << 16):
            sink.write(data)
            await sink.drain()
    except (OSError, asyncssh.Error):
        pass
    finally:
        if isinstance(sink, asyncio.StreamWriter):
            sink.close()


class _Door(asyncssh.SSHServer):
    def __init__(self, server: LoginServer) -> None:
        self._server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._server.connections.add(conn)
        self._connection = conn

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return self._server.password is not None

    def validate_password(self, username: str, password: str) -> bool:
        self._server.asked.append(password)
        return password == self._server.password

    def kbdint_auth_supported(self) -> bool:
        return bool(self._server.questions)

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return "One-time login", "", "", [(question, False) for question in self._server.questions]

    def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        self._server.asked.extend(responses)
        return list(responses) == list(self._server.questions.values())
