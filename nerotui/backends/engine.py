"""Giving runs to any scheduler on a host, and seeing to their jobs. It keeps nothing: the truth is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nerotui.agent.states import LIVE, WAITING
from nerotui.backends import arrays
from nerotui.backends.asking import Asking, Declined
from nerotui.backends.jobs import Array, Command, Job, Output, Unreadable, folder_of, said
from nerotui.backends.process import PATIENCE
from nerotui.channels.link import Link
from nerotui.core.records import Run
from nerotui.errors import Refused

Record = dict[str, Any]


class BatchBackend(Asking):
    """A host whose runs are given to a scheduler.

    A run's queue entry on the host is the only permission to start an attempt, so that handing in a second job for
    it, after a cut or a crash, is harmless.
    """

    async def judge(self, link: Link, run: Run, end: Record) -> Record:
        """Puts the scheduler's evidence that an attempt is over on the host's record."""
        reply = await link.request("judge", PATIENCE, run=run.id, attempt=run.attempt, end=end, who=None, job=run.job)
        record: Record = reply["run"]
        return record

    async def submit(
        self, link: Link, document: Record, *, who: str, held: bool, wait: Sequence[str] = (), again: bool = False
    ) -> tuple[Record, list[str]]:
        """Puts a run on the host's record and hands in its job. A refusal leaves no run behind.

        Args:
            link: the way to the host.
            document: the run, as `nerotui.core.spec.document` makes it.
            who: who asks.
            held: whether it waits until it is released.
            wait: the jobs that its own has to wait for.
            again: whether the connection broke when it was given before.

        Raises:
            Declined: the scheduler said no.
            RunError: the host refused.
            HostError: no answer; whether the run was taken is not known.
        """
        document = {**document, "backend": self.name}
        reply = await link.request("submit", PATIENCE, spec=document, who=who, held=held)
        record, notes = reply["run"], [str(note) for note in reply.get("notes") or ()]
        if record.get("job") or record.get("state") not in WAITING:
            return record, notes
        if again and (kept := await self.recovered(link, record)) is not None:
            return kept, notes
        try:
            return await self.hand_in(link, record, {**document, "held": held}, str(reply["script"]), wait), notes
        except Unreadable as error:
            unsure = f"whether {self.scheduler.title} took its job is not known; it is looked for ({error})"
            return record, [*notes, unsure]
        except Declined:
            await link.request("act", PATIENCE, run=document["id"], action="remove", who=who, attempt=None, args={})
            raise

    async def submit_array(
        self, link: Link, documents: Sequence[Record], *, who: str, again: bool = False
    ) -> list[tuple[Record, list[str]]]:
        """Puts runs on the host's record and hands them in as one job. A refusal leaves none of them behind.

        Args:
            link: the way to the host.
            documents: the runs, which wish the same of the scheduler.
            who: who asks.
            again: whether the connection broke when they were given before.

        Raises:
            Declined: the scheduler said no.
            RunError: the host refused one of them, and then none was handed in.
        """
        documents = [{**document, "backend": self.name} for document in documents]
        replies: list[Record] = []
        try:
            for document in documents:
                replies.append(await link.request("submit", PATIENCE, spec=document, who=who, held=False))
            job = await self._array(link, documents, replies, again)
        except Refused as error:
            for document, _ in zip(documents, replies, strict=False):
                await link.request("act", PATIENCE, run=document["id"], action="remove", who=who, attempt=None, args={})
            raise error
        found = []
        for at, (document, reply) in enumerate(zip(documents, replies, strict=True), 1):
            argv = self.scheduler.submit(str(reply["script"]), document).argv
            record = await self.note(link, reply["run"], self.scheduler.task_id(job, at), argv)
            found.append((record, [str(note) for note in reply.get("notes") or ()]))
        return found

    async def _array(self, link: Link, documents: list[Record], replies: list[Record], again: bool) -> str:
        """Hands an array in; its job's id."""
        first, scripts = documents[0]["id"], [str(reply["script"]) for reply in replies]
        if again:
            answer = ((await link.request("show", PATIENCE, run=first)).get("job") or {}).get("answer") or {}
            if answer.get("code") == 0:
                return self.scheduler.read_submitted(Output(code=0, out=str(answer.get("out") or "")))
        folder = f"{folder_of(folder_of(folder_of(scripts[0])))}/arrays"
        made = await self.ask(link, Command(argv=("mkdir", "-p", "-m", "700", folder)))
        if made.code != 0:
            raise Refused(f"{link.host}: {said(made)}")
        array = Array(size=len(documents), output=f"{folder}/{first}.")
        text = arrays.script(self.scheduler.task, scripts, array.output)
        output = await self.ask(link, self.scheduler.submit(text, documents[0], (), array), run=first, attempt=1)
        try:
            return self.scheduler.read_submitted(output)
        except Refused as error:
            raise Declined(f"{link.host}: {error}", hint=error.hint) from None

    async def preview(self, link: Link, document: Record, wait: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        """The job script and the command that would hand it in; nothing is done."""
        document = {**document, "backend": self.name}
        reply = await link.request("submit", PATIENCE, spec=document, who="", held=False, dry=True)
        path = str(reply.get("path") or f"runs/{document['id']}/job.sh")
        document["dir"] = reply.get("dir") or document.get("dir")
        return str(reply.get("script") or ""), self.scheduler.submit(path, document, wait).argv

    async def hand_in(self, link: Link, record: Record, document: Record, script: str, wait: Sequence[str]) -> Record:
        """Hands in the job of a run that waits on the host's record; the record with the job's id.

        Raises:
            Declined: the scheduler said no.
            Unreadable: whether there is a new job cannot be told.
        """
        command = self.scheduler.submit(script, document, wait)
        attempt = int(record.get("attempt") or 1)
        output = await self.ask(link, command, run=record["id"], attempt=attempt)
        try:
            job = self.scheduler.read_submitted(output)
        except Refused as error:
            raise Declined(f"{link.host}: {error}", hint=error.hint) from None
        return await self.note(link, record, job, command.argv)

    async def note(self, link: Link, record: Record, job: str, argv: Sequence[str]) -> Record:
        """Puts a job's id on the host's record of its run."""
        kept = {"scheduler": self.name, "id": job, "argv": list(argv)}
        attempt = int(record.get("attempt") or 1)
        reply = await link.request("job", PATIENCE, run=record["id"], attempt=attempt, job=kept)
        found: Record = reply["run"]
        return found

    async def recovered(self, link: Link, record: Record, jobs: Sequence[Job] | None = None) -> Record | None:
        """The record of a run whose job was handed in, with the id that a cut or a crash kept from it.

        Args:
            link: the way to the host.
            record: of the run, which has no job.
            jobs: all jobs of the user; None to ask for them.
        """
        shown = await link.request("show", PATIENCE, run=record["id"])
        told = shown.get("job") or {}
        answer, kept = told.get("answer") or {}, told.get("kept") or {}
        attempt = int(record.get("attempt") or 1)
        argv = kept.get("argv") or self.scheduler.submit(str(told.get("script") or ""), shown["spec"]).argv
        if answer.get("attempt") == attempt and answer.get("code") == 0:
            output = Output(code=0, out=str(answer.get("out") or ""), err=str(answer.get("err") or ""))
            return await self.note(link, record, self.scheduler.read_submitted(output), argv)
        if jobs is None:
            jobs = await self.jobs(link, str(link.hello.get("user") or ""))
        for job in jobs:
            alive = job.state is None or job.state in WAITING | LIVE
            # A job that was put back by its scheduler carries out the next attempt as well.
            if alive and (job.run == record["id"] or (kept.get("id") and job.id == kept["id"])):
                return await self.note(link, record, job.id, argv)
            if alive and job.run == f"{record['id']}*" and attempt == 1:
                first = job.id if not job.tasks else self.scheduler.task_id(job.id, 1)
                return await self.note(link, record, first, argv)
        return None

    async def again(self, link: Link, run_id: str, wait: Sequence[str]) -> Record:
        """Hands in another job for a run that waits on the host's record without one.

        Raises:
            Declined: the scheduler said no.
        """
        shown = await link.request("show", PATIENCE, run=run_id)
        record, script = shown["run"], (shown.get("job") or {}).get("script")
        if record.get("state") not in WAITING or not script:
            return dict(record)
        return await self.hand_in(link, record, {**shown["spec"], "held": record["state"] == "held"}, script, wait)
