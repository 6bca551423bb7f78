"""What nerotui knows of hosts and runs, as frozen values.

Sizes are bytes, times are seconds since the epoch, durations seconds, percentages 0 to 100; what is unknown is None.
The names are those of the JSON that scripts rely on; `nerotui.cli` turns times into ISO 8601 there.

Annotations are not postponed here: msgspec would have to compile each field's text at the first record that it reads.
"""

from typing import Any, Literal

import msgspec

from nerotui.agent.states import ENDED, LIVE, WAITING, RunState

HostStatus = Literal["up", "down", "connecting"]
Severity = Literal["info", "warning", "error"]


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of all records: frozen, named fields, equal by value.

    No record can hold itself, so the garbage collector need not walk through 100,000 of them each time that it looks.
    """


class Memory(Record, frozen=True, kw_only=True):
    """Used and total bytes of memory or swap."""

    used: int | None = None
    total: int | None = None


class Disk(Record, frozen=True, kw_only=True):
    """Free and total bytes of the file system that holds `path`."""

    path: str
    free: int | None = None
    total: int | None = None


class GpuProcess(Record, frozen=True, kw_only=True):
    """A compute process on a GPU, its owner, and the run that it belongs to if it is one of nerotui's."""

    pid: int
    user: str | None = None
    memory: int | None = None
    run: str | None = None
    name: str | None = None


class Gpu(Record, frozen=True, kw_only=True):
    """One GPU; `power` in watts, `temperature` in °C. `error` says why fields are unknown."""

    index: int
    name: str | None = None
    uuid: str | None = None
    memory_used: int | None = None
    memory_total: int | None = None
    utilization: float | None = None
    temperature: float | None = None
    power: float | None = None
    processes: tuple[GpuProcess, ...] = ()
    held_by: str | None = None
    error: str | None = None


class Stats(Record, frozen=True, kw_only=True):
    """One sample of a host. `source` names where each group of numbers came from, `errors` what failed and why."""

    time: float
    cpu_percent: float | None = None
    cores: int | None = None
    load: tuple[float, float, float] | None = None
    memory: Memory | None = None
    swap: Memory | None = None
    disks: tuple[Disk, ...] = ()
    net_sent: float | None = None
    net_received: float | None = None
    gpus: tuple[Gpu, ...] = ()
    source: dict[str, str] = {}
    errors: dict[str, str] = {}


class Partition(Record, frozen=True, kw_only=True):
    """What a scheduler's partition or queue has, and what of it is free now; memory in bytes, limit in seconds."""

    name: str
    default: bool = False
    up: bool = True
    nodes: int = 0
    nodes_free: int = 0
    cpus: int | None = None
    cpus_free: int | None = None
    gpus: int | None = None
    gpus_free: int | None = None
    memory: int | None = None
    memory_free: int | None = None
    limit: float | None = None


class Host(Record, frozen=True, kw_only=True):
    """A machine, how it is reached, and its newest sample.

    Attributes:
        error: why it is not up, as one sentence; `hint` says what to do.
        retry_at: when the next connection is tried, seconds since the epoch.
        seen: when the host last said anything. The age that is shown is now - seen.
        clock_skew: the host's clock minus this machine's, seconds.
        python: version of the interpreter that runs the agent there.
        note: what is up but limited, as one sentence: "home is read-only: watching only".
        home: the user's home there, which is written `~` wherever a path is shown.
        partitions: what its scheduler has, as last asked; () on a host without one.
        jobs_seen: when its scheduler last told of the user's jobs; their age is now - jobs_seen.
        jobs_note: what its scheduler does not tell at present, as one sentence: "Slurm's controller does not answer".
    """

    name: str
    state: HostStatus = "connecting"
    backend: str | None = None
    address: str | None = None
    user: str | None = None
    error: str | None = None
    hint: str | None = None
    retry_at: float | None = None
    seen: float | None = None
    connected: float | None = None
    clock_skew: float | None = None
    note: str | None = None
    slots: int | None = None
    root: str | None = None
    python: str | None = None
    home: str | None = None
    stats: Stats | None = None
    partitions: tuple[Partition, ...] = ()
    jobs_seen: float | None = None
    jobs_note: str | None = None


class Metric(Record, frozen=True, kw_only=True):
    """The newest value of a metric, where it stood, and its least and greatest finite values."""

    last: float | None = None
    x: float | None = None
    min: float | None = None
    max: float | None = None


class Progress(Record, frozen=True, kw_only=True):
    """How far a run says it is: `at` of `of`, counted in `unit` ("epoch", "step"); `of` None where it does not say.

    Attributes:
        start: where this attempt stood when its progress was first seen.
        since: when that was, seconds since the epoch; `paused_s` how long the attempt had stood frozen by then.
    """

    unit: str
    at: float
    of: float | None = None
    start: float | None = None
    since: float | None = None
    paused_s: float = 0.0


class Finding(Record, frozen=True, kw_only=True):
    """Something noticed: what kind, how bad, in one sentence, since when.

    Attributes:
        advice: what to do, in one sentence.
        series: the metric that it is about; `x` where on that metric's axis it is to be marked.
        evidence: texts, or lines of the log as {"line": offset, "text": …}.
    """

    kind: str
    severity: Severity
    message: str
    advice: str = ""
    since: float | None = None
    x: float | None = None
    series: str | None = None
    evidence: tuple[str | dict[str, Any], ...] = ()


class Told(Finding, frozen=True, kw_only=True):
    """A finding of a dry run, or a rule that would have acted.

    Attributes:
        at: where: any of line, offset, step, epoch, and t (seconds since the epoch), as far as they are known.
        gone: where it went away again; None where it stayed.
        rule: the rule, of one that would have acted; `action` what it would have done.
    """

    at: dict[str, Any] = {}
    gone: dict[str, Any] | None = None
    rule: str | None = None
    action: str | None = None


class Diagnosis(Record, frozen=True, kw_only=True):
    """What a dry run would have told of, in order, over so many points and lines, of which `timed` bear a time."""

    told: tuple[Told, ...] = ()
    points: int = 0
    lines: int = 0
    timed: int = 0


class Pending(Record, frozen=True, kw_only=True):
    """An action asked for and not yet confirmed by the host.

    Attributes:
        away: the host is not connected; a running console keeps the action until `until`.
    """

    action: str
    since: float
    away: bool = False
    until: float | None = None


class Run(Record, frozen=True, kw_only=True):
    """One run, as its host last reported it.

    Attributes:
        host: nerotui's name of the host it is shown under; `hostname` is the machine's own name.
        command: the argument list.
        gpus: indices of the GPUs it holds now; `gpus_asked` how many it asked for.
        time_limit: seconds that an attempt may run; None for no limit.
        deadline: until when it is wanted, seconds since the epoch.
        position: place in its host's queue, 1 = next; None when it does not wait.
        frozen: whether PAUSED means frozen in place (SIGSTOP).
        last_seen: last proof of life, seconds since the epoch.
        stale: whether its host is away, so that this is the last known and not the present state.
        backend: what it was given to there: "process", "slurm", "gridengine", or "track"; None where that is not said.
        job: the scheduler's id of the job that carries it out.
        job_state: the scheduler's own word for that job's state, as it is.
        queue: the partition or queue that it waits or runs in.
        node: the machine whose supervisor watches it.
        nodes: the nodes that it runs on, as the scheduler writes them.
        expected: when the scheduler expects to start it, seconds since the epoch.
        checked: when the scheduler last told of its job; the age of what it says is now - checked.
        foreign: whether nerotui did not start it. Its id is made from its host and job, or from its log's path.
        log_path: where a foreign run's log is on its host.
        after: ids of the runs that it waits for.
        attempts: the most attempts that it makes by itself.
    """

    id: str
    name: str
    host: str
    state: RunState
    reason: str | None = None
    attempt: int = 1
    exit_code: int | None = None
    signal: str | None = None
    created: float | None = None
    started: float | None = None
    ended: float | None = None
    command: tuple[str, ...] = ()
    params: dict[str, Any] = {}
    metrics: dict[str, Metric] = {}
    progress: Progress | None = None
    findings: tuple[Finding, ...] = ()
    dir: str | None = None
    gpus: tuple[int, ...] = ()
    gpus_asked: int | None = None
    time_limit: float | None = None
    deadline: float | None = None
    user: str | None = None
    hostname: str | None = None
    pid: int | None = None
    position: int | None = None
    group: str | None = None
    log_size: int | None = None
    log_time: float | None = None
    paused_s: float = 0.0
    last_seen: float | None = None
    stale: bool = False
    pending: Pending | None = None
    backend: str | None = None
    job: str | None = None
    job_state: str | None = None
    queue: str | None = None
    node: str | None = None
    nodes: str | None = None
    expected: float | None = None
    checked: float | None = None
    foreign: bool = False
    log_path: str | None = None
    after: tuple[str, ...] = ()
    attempts: int = 1

    @property
    def waiting(self) -> bool:
        """Whether it is in the queue."""
        return self.state in WAITING

    @property
    def live(self) -> bool:
        """Whether a process of it may exist."""
        return self.state in LIVE

    @property
    def over(self) -> bool:
        """Whether its attempt ended."""
        return self.state in ENDED


class Preview(Record, frozen=True, kw_only=True):
    """What queueing a run would do, before anything is done.

    Attributes:
        host: the host that it would be given to.
        document: its run.json.
        script: the job script, on a host with a scheduler; `argv` the command that would hand it in there.
    """

    host: str
    document: dict[str, Any] = {}
    script: str | None = None
    argv: tuple[str, ...] = ()


class Event(Record, frozen=True, kw_only=True):
    """One line of a run's history: when, what, who asked."""

    time: float
    kind: str
    text: str
    who: str | None = None


class RunDetail(Record, frozen=True, kw_only=True):
    """Everything the host holds of a run apart from log and points."""

    run: Run
    spec: dict[str, Any]
    facts: dict[str, Any]
    events: tuple[Event, ...]
    why: str | None = None


class Series(Record, frozen=True, kw_only=True):
    """A metric's points in the order written: `x` names the axis, points are (x, value, time)."""

    name: str
    x: str
    points: tuple[tuple[float, float, float], ...]


class Load(Record, frozen=True, kw_only=True):
    """The load of a run and of its host over time: equally long tuples; percentages, None where unknown."""

    times: tuple[float, ...] = ()
    cpu: tuple[float | None, ...] = ()
    gpu: tuple[float | None, ...] = ()
    memory: tuple[float | None, ...] = ()


class Message(Record, frozen=True, kw_only=True):
    """Something that happened to the fleet, for the messages list."""

    time: float
    severity: Severity
    text: str
    host: str | None = None
    run: str | None = None
