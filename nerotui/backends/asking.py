"""Asking a scheduler on a host: its programs are run there, and their answers read here."""

from __future__ import annotations

import asyncio
import base64
import json
import zlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from nerotui.backends.jobs import Command, Files, Job, NotOffered, Output, Scheduler
from nerotui.backends.process import PATIENCE
from nerotui.channels.link import Link
from nerotui.core.records import Partition
from nerotui.errors import Refused

T = TypeVar("T")

#: Answers of more characters are read beside the loop, so that a key is still answered at once.
LARGE = 1 << 18
#: So many jobs are asked of the accounting at once: an argument list has an end.
CHUNK = 500


class Declined(Refused):
    """The scheduler said no, in its own words; asking again in another folder would change nothing."""


class Forbidden(Declined):
    """The site does not let this user do that, whatever the job: there is no use in trying again."""


class Asking:
    """The questions that a scheduler is asked."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.name = scheduler.name
        self._other = False

    async def ask(self, link: Link, command: Command, **kept: Any) -> Output:
        """Runs one of the scheduler's programs on the host.

        Args:
            link: the way to the host.
            command: what to run.
            kept: run and attempt, where the answer has to be on the host's record before it is told.
        """
        reply = await link.request(
            "exec",
            command.timeout + PATIENCE,
            argv=list(command.argv),
            timeout=command.timeout,
            **({"stdin": command.stdin} if command.stdin else {}),
            **kept,
        )
        if packed := reply.get("packed"):
            reply = json.loads(zlib.decompress(base64.b64decode(packed)))
        code = reply.get("code")
        return Output(
            code=None if code is None else int(code), out=str(reply.get("out") or ""), err=str(reply.get("err") or "")
        )

    async def jobs(self, link: Link, user: str) -> list[Job]:
        """All jobs of a user that the scheduler knows; one query.

        Raises:
            Unreadable: it does not answer, or not in a form that can be read.
        """
        output = await self.ask(link, self.scheduler.jobs(user, other=self._other))
        try:
            found = await _read(self.scheduler.read_jobs, output)
        except NotOffered:
            if self._other:
                raise
            self._other = True
            return await self.jobs(link, user)
        # Some versions tell of all users' jobs, whatever they are asked.
        return [job for job in found if job.user in (None, user) or not user]

    async def ended(self, link: Link, ids: Sequence[str], user: str) -> dict[str, Job]:
        """What the accounting says of jobs, by their id; those that it does not know are not in it.

        Raises:
            Unreadable: it is switched off, or does not answer.
        """
        found: dict[str, Job] = {}
        for at in range(0, len(ids), CHUNK):
            wanted = set(ids[at : at + CHUNK])
            output = await self.ask(link, self.scheduler.ended(sorted(wanted), user))
            found |= {job.id: job for job in await _read(self.scheduler.read_ended, output) if job.id in wanted}
        return found

    async def files(self, link: Link, ids: Sequence[str]) -> dict[str, Files]:
        """Where jobs write whose paths the list of jobs does not tell."""
        command = self.scheduler.files(ids)
        return {} if command is None else self.scheduler.read_files(await self.ask(link, command))

    async def partitions(self, link: Link) -> list[Partition]:
        """What there is, and what of it is free."""
        return self.scheduler.read_partitions(await self.ask(link, self.scheduler.partitions()))


async def _read(parser: Callable[[Output], T], output: Output) -> T:
    return await asyncio.to_thread(parser, output) if len(output.out) > LARGE else parser(output)
