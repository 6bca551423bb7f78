"""Jobs as a scheduler tells them, and what a scheduler's file must offer: argument lists and parsers, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from nerotui.agent.states import RunState
from nerotui.core.records import Partition, Record
from nerotui.errors import RunError


class Command(Record, frozen=True, kw_only=True):
    """A program of the scheduler to be run on the host: an argument list, never a shell's line.

    Attributes:
        stdin: what it reads.
        timeout: seconds after which it is given up.
    """

    argv: tuple[str, ...]
    stdin: str = ""
    timeout: float = 20.0


class Output(Record, frozen=True, kw_only=True):
    """What a command gave back. `code` is negative where a signal ended it, None where it could not be started."""

    code: int | None
    out: str = ""
    err: str = ""


class Job(Record, frozen=True, kw_only=True):
    """One job, or one task of an array, as its scheduler last told.

    Attributes:
        id: what the scheduler's commands take: "15", "15_2", "7.3".
        raw: the scheduler's own word for its state.
        state: the same in nerotui's words; None where nerotui does not know the word, which is then shown as it is.
        reason: why it waits or how it ended, in plain words; None where there is nothing to say.
        run: the id of the nerotui run that it carries out; None for a foreign job.
        limit: seconds that it may run; None for no limit or an unknown one.
        expected: when the scheduler expects to start it.
        restarts: how often it was put back and started again.
        tasks: of an array's entry that stands for several waiting tasks, which: "2-5%2".
    """

    id: str
    raw: str
    state: RunState | None
    name: str = ""
    reason: str | None = None
    run: str | None = None
    user: str | None = None
    queue: str | None = None
    nodes: str | None = None
    submitted: float | None = None
    started: float | None = None
    ended: float | None = None
    expected: float | None = None
    limit: float | None = None
    exit_code: int | None = None
    signal: int | None = None
    dir: str | None = None
    priority: float | None = None
    restarts: int = 0
    tasks: str | None = None


class Files(Record, frozen=True, kw_only=True):
    """Where a job writes: its output, its errors where they go elsewhere, its folder."""

    out: str | None = None
    err: str | None = None
    dir: str | None = None


class Unreadable(RunError):
    """A scheduler's program failed, or said something that cannot be read; the message holds its own words."""


class Scheduler(Protocol):
    """A kind of scheduler: pure functions from wishes to argument lists, and from outputs to values.

    What a parser cannot make sense of is `Unreadable`, and never an empty answer: no job is thought gone because
    a program failed.
    """

    name: str
    #: The program whose presence on a host tells that it has this scheduler.
    program: str

    def jobs(self, user: str) -> Command:
        """Asks for all jobs of a user that the scheduler still knows: one query, whatever their number."""
        ...

    def read_jobs(self, output: Output) -> list[Job]:
        """The jobs in the answer."""
        ...

    def ended(self, ids: Sequence[str], user: str) -> Command:
        """Asks the accounting about jobs that the scheduler does not list any more."""
        ...

    def read_ended(self, output: Output) -> list[Job]:
        """The jobs in the answer; those that are not in it are not known there (yet)."""
        ...

    def files(self, job: str) -> Command:
        """Asks where a job writes."""
        ...

    def read_files(self, output: Output) -> Files:
        """The paths in the answer."""
        ...

    def act(self, action: str, job: Job, args: Mapping[str, Any]) -> Command | None:
        """What changes a job: None where this scheduler has no such thing.

        Args:
            action: one of `nerotui.agent.states.ACTIONS`, or "limit" (args: seconds).
            job: as last told.
            args: as the action takes them.
        """
        ...

    def refusal(self, action: str, output: Output) -> str | None:
        """Why an action was refused, in plain words; None where it was carried out."""
        ...

    def submit(self, script: str, run: Mapping[str, Any]) -> Command:
        """Hands in a job script.

        Args:
            script: its path on the host.
            run: the run's document, whose wishes become options.
        """
        ...

    def read_submitted(self, output: Output) -> str:
        """The new job's id.

        Raises:
            Refused: in the scheduler's own words.
        """
        ...

    def partitions(self) -> Command:
        """Asks what there is, and what of it is free."""
        ...

    def read_partitions(self, output: Output) -> list[Partition]:
        """The partitions in the answer."""
        ...


#: Marks the jobs that carry out a run of nerotui's, in the comment that schedulers keep for users.
MARK = "nerotui:"


def run_of(comment: str) -> str | None:
    """The run whose id a comment holds."""
    for word in comment.split():
        if word.startswith(MARK):
            return word[len(MARK) :] or None
    return None


def said(output: Output) -> str:
    """What a program said of its failure, in one line: its errors, else its output, else its exit code."""
    for text in (output.err, output.out):
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if lines:
            return "; ".join(lines[:3])
    return "no answer" if output.code is None else f"exit code {output.code}"


def need(output: Output, program: str) -> str:
    """A program's output.

    Raises:
        Unreadable: it failed.
    """
    if output.code != 0:
        raise Unreadable(f"{program}: {said(output)}")
    return output.out


def decoded(text: str, program: str) -> Any:
    """The JSON that a program printed.

    Raises:
        Unreadable: it is none.
    """
    try:
        return msgspec.json.decode(text.encode("utf-8", "surrogateescape"))
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise Unreadable(f"{program}: its answer cannot be read: {error}") from None
