"""The channel over the system's `ssh` program, for what only that understands: ControlMaster, GSSAPI, smart cards."""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import AsyncExitStack

from nerotui.channels import launch
from nerotui.channels.askpass import answering
from nerotui.channels.attempt import Attempt
from nerotui.channels.overssh import OverSsh
from nerotui.channels.process import ProcessStream
from nerotui.channels.ssh_files import named_config
from nerotui.core.text import clean
from nerotui.errors import HostError, HostKeyError, LoginError, NoAgent, Unreachable

#: What `ssh` exits with when the failure is its own and not the command's.
_OWN_FAILURE = 255


class OpensshChannel(OverSsh):
    """A host reached by running `ssh`.

    Attributes:
        program: the `ssh` to run.
    """

    program = "ssh"

    def argv(self) -> list[str]:
        """The command line."""
        config = named_config()
        options = {
            "BatchMode": "no" if self._prompter else "yes",
            "StrictHostKeyChecking": "ask" if self._prompter else "yes",
            "ServerAliveInterval": "10",
            "ServerAliveCountMax": "3",
            "ForwardAgent": "no",
            "ForwardX11": "no",
            "ClearAllForwardings": "yes",
            "RequestTTY": "no",
            "RemoteCommand": "none",
        }
        argv = [self.program]
        argv += ["-F", str(config)] if config else []
        argv += [f"-o{name}={value}" for name, value in options.items()]
        argv += ["-l", self._user] if self._user else []
        argv += ["-p", str(self._port)] if self._port else []
        return [*argv, "--", self._address, launch.COMMAND_AFTER_NEWLINE]

    async def open(self, deadline: float) -> ProcessStream:
        """Runs `ssh` and waits until the far shell has said its first byte: then the log-in is behind us."""
        attempt = Attempt(self.host, self._prompter, self._limiter, deadline)
        async with attempt.running(), AsyncExitStack() as stack:
            slot = await stack.enter_async_context(attempt.turn(f"{self._address}:{self._port or ''}"))
            async with attempt.waived():
                await slot.work()
            attempt.step = f"`ssh {self._address}` to log in"
            env = dict(os.environ)
            if self._prompter is not None:
                env |= await stack.enter_async_context(answering(attempt))
            try:
                stream = await _LoggedIn.start(self.host, self.argv(), env=env)
            except OSError as error:
                raise Unreachable(
                    f"{self.host}: the program `{self.program}` cannot be started: {error.strerror}",
                    hint='install OpenSSH\'s client, or leave `connect = "openssh"` out',
                ) from error
            try:
                if not await stream.first_byte():
                    raise self._failure(await stream.settled(), stream.stderr_tail(), attempt)
            except BaseException:
                await asyncio.shield(stream.close(kill=True))
                raise
            return stream

    def _failure(self, status: int, stderr: str, attempt: Attempt) -> HostError:
        """What `ssh` said, as one of our errors."""
        lines = [text for line in stderr.splitlines() if (text := clean(line).strip()) and not text.startswith("@@@")]
        last = lines[-1] if lines else f"exit status {status}"
        if "UNKNOWN port" in last:  # through a jump host: what went wrong there was said first
            last = lines[0]
        place = re.search(r"Offending .*key in (\S+:\d+)", stderr)
        if "IDENTIFICATION HAS CHANGED" in stderr:
            where = f", not the one at {place[1]}" if place else ""
            return HostKeyError(
                f"{self.host}: its host key has CHANGED{where}. Someone may be in between, or it was set up anew",
                hint=_removal(stderr),
            )
        if "REVOKED HOST KEY" in stderr:
            return HostKeyError(
                f"{self.host}: its host key is revoked: a line in known_hosts says that it must not be trusted",
                hint="look at the lines with @revoked in known_hosts, and ask whoever put them there",
            )
        if "Host key verification failed" in stderr or "host key is known for" in stderr:
            return HostKeyError(
                f"{self.host}: its host key is not known and was not accepted: {lines[0] if lines else last}",
                hint=f"compare its fingerprint, then connect once with `ssh {self._address}` or from the console",
            )
        if "Permission denied" in stderr or "Too many authentication failures" in stderr:
            if attempt.given_up:
                return LoginError(f"{self.host}: not logged in: the question was left unanswered")
            return LoginError(
                f"{self.host}: ssh was not let in: {last}",
                hint=f"does `ssh {self._address}` work? In batch mode nothing can be asked: load the key (ssh-add)",
            )
        if status != _OWN_FAILURE:
            return NoAgent(f"{self.host}: ssh connected, but no shell answered there: {last}")
        return Unreachable(
            f"{self.host}: ssh could not connect: {last}", hint=f"see what `ssh -v {self._address}` says"
        )


def _removal(stderr: str) -> str:
    command = re.search(r"^\s*(ssh-keygen -f .*)$", stderr, re.M)
    advice = "ask its administrator; if the new key is right, remove the old one"
    return f"{advice}: {clean(command[1]).strip()}" if command else f"{advice} with ssh-keygen -R"


class _LoggedIn(ProcessStream):
    """A process whose first byte of output has been waited for."""

    _first = b""

    async def first_byte(self) -> bytes:
        self._first = await super().read(1)
        return self._first

    async def read(self, count: int) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        return await super().read(count)
