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
        cluster: what the scheduler calls the cluster, where it says so.
        limit: seconds that it may run; None for no limit or an unknown one.
        expected: when the scheduler expects to start it.
        restarts: how often it was put back and started again.
        gpus: how many GPUs it asked for, where the scheduler tells.
        nice: by how much its owner set it back.
        tasks: of an array's entry that stands for several waiting tasks, which: "2-5%2".
        out: where its output goes, and `err` its errors where they go elsewhere, as far as the list of jobs tells.
    """

    id: str
    raw: str
    state: RunState | None
    name: str = ""
    reason: str | None = None
    run: str | None = None
    user: str | None = None
    cluster: str | None = None
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
    gpus: int | None = None
    nice: int = 0
    tasks: str | None = None
    out: str | None = None
    err: str | None = None


class Files(Record, frozen=True, kw_only=True):
    """Where a job writes: its output, its errors where they go elsewhere, its folder."""

    out: str | None = None
    err: str | None = None
    dir: str | None = None


class Unreadable(RunError):
    """A scheduler's program failed, or said something that cannot be read; the message holds its own words."""


class NotOffered(Unreadable):
    """This version of a scheduler's program cannot answer in the form asked for; another has to do."""


class Array(Record, frozen=True, kw_only=True):
    """Runs that are handed in together: task n of the job, from 1, carries out the n-th of them.

    Attributes:
        size: how many.
        output: the beginning of the path of each task's output; the task's number comes behind it.
    """

    size: int
    output: str


class Scheduler(Protocol):
    """A kind of scheduler: pure functions from wishes to argument lists, and from outputs to values.

    What a parser cannot make sense of is `Unreadable`, and never an empty answer: no job is thought gone because
    a program failed.
    """

    name: str
    #: What people call it.
    title: str
    #: The variable of a job's environment that holds its task's number.
    task: str

    def jobs(self, user: str, *, other: bool = False) -> Command:
        """Asks for all jobs of a user that the scheduler still knows: one query, whatever their number.

        Args:
            user: whose.
            other: in another form, where the version does not know the usual one.
        """
        ...

    def read_jobs(self, output: Output) -> list[Job]:
        """The jobs in the answer.

        Raises:
            NotOffered: it has to be asked for in the other form.
            Unreadable: in the scheduler's own words.
        """
        ...

    def ended(self, ids: Sequence[str], user: str) -> Command:
        """Asks the accounting about jobs that the scheduler does not list any more."""
        ...

    def read_ended(self, output: Output) -> list[Job]:
        """The jobs in the answer; those that are not in it are not known there (yet)."""
        ...

    def files(self, jobs: Sequence[str]) -> Command | None:
        """Asks where jobs write whose paths the list of jobs does not tell; it may ask about the first alone."""
        ...

    def read_files(self, output: Output) -> dict[str, Files]:
        """The paths in the answer, by the job's id."""
        ...

    def act(self, action: str, job: Job, args: Mapping[str, Any], others: Sequence[Job] = ()) -> Command | None:
        """What changes a job: None where this scheduler has no such thing.

        Args:
            action: one of `nerotui.agent.states.ACTIONS`.
            job: as last told.
            args: as the action takes them.
            others: all jobs of the user, for a place among them.
        """
        ...

    def refusal(self, action: str, output: Output) -> str | None:
        """Why an action was refused, in plain words; None where it was carried out."""
        ...

    def transient(self, output: Output) -> bool:
        """Whether what was refused may be granted in a second: the job is between two states."""
        ...

    def forbidden(self, action: str, output: Output) -> bool:
        """Whether an action was refused because this site never grants it to this user, whatever the job."""
        ...

    def submit(
        self, script: str, run: Mapping[str, Any], wait: Sequence[str] = (), array: Array | None = None
    ) -> Command:
        """Hands in a job script.

        Args:
            script: its path on the host, in its run's folder; of an array the text.
            run: the run's document, whose wishes become options; of an array the first one's.
            wait: the jobs that it has to wait for.
            array: where it is one.
        """
        ...

    def read_submitted(self, output: Output) -> str:
        """The new job's id.

        Raises:
            Refused: in the scheduler's own words.
            Unreadable: it cannot be told whether there is a new job.
        """
        ...

    def task_id(self, job: str, task: int) -> str:
        """The id of an array's task."""
        ...

    def is_task(self, job: str, waiting: Job) -> bool:
        """Whether an array's task is among those that an entry of the list stands for."""
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
    """The run whose id a comment holds; with a `*` behind it, that of an array's first run."""
    for word in comment.split():
        if word.startswith(MARK):
            return word[len(MARK) :] or None
    return None


def in_tasks(task: str, tasks: str) -> bool:
    """Whether a task is among those of a text such as `2-5,8,10-20:2%3`."""
    if not task.isdigit():
        return False
    for part in tasks.partition("%")[0].split(","):
        span, _, step = part.partition(":")
        first, _, last = span.partition("-")
        if first.isdigit() and int(first) <= int(task) <= int(last if last.isdigit() else first):
            return (int(task) - int(first)) % int(step if step.isdigit() else 1) == 0
    return False


def folder_of(path: str) -> str:
    """The folder that a file of the host lies in."""
    return path.rpartition("/")[0]


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
