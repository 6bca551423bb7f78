"""What a run's folder and its scheduler say of it, as one run: pure, so that every case can be tried.

The folder wins for what a supervisor proved: running, paused, stopping, ended. The scheduler wins for what waits, for
what is just starting, and for ends of which no supervisor left a word.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from typing import Any

from msgspec.structs import replace

from nerotui.agent.states import ENDED, LIVE, WAITING, RunState
from nerotui.backends.jobs import Job, Scheduler
from nerotui.core.records import Run
from nerotui.core.text import clean

_S = RunState

End = dict[str, Any]

#: What slurmstepd writes into a job's output as it ends it, and what it means; a line's first that matches counts.
_WRITTEN: tuple[tuple[str, RunState, str], ...] = (
    (r"DUE TO TIME LIMIT", _S.TIMEOUT, "its time limit was reached"),
    (r"DUE TO PREEMPTION", _S.PREEMPTED, "it had to make way for a job with a higher priority"),
    (r"DUE TO JOB REQUEUE", _S.PREEMPTED, "it was put back into the queue"),
    (r"DUE TO NODE FAIL", _S.PREEMPTED, "its node failed"),
    (r"oom-kill event|Exceeded job memory limit", _S.OOM, "it used more memory than it had asked for"),
    (r"CANCELLED AT", _S.KILLED, "its job was cancelled"),
)

#: What a supervisor puts on record when its scheduler ended it and did not say why.
_GENERAL = re.compile(r"(Slurm|Grid Engine) (cancelled|ended) its job|its supervisor was told to end")

#: And when its scheduler may start the same job again.
_MAYBE_BACK = re.compile(r"Slurm gave its place|its job was put back|its node failed")


@functools.lru_cache(maxsize=1 << 14)
def foreign_id(scheduler: str, cluster: str, job: str) -> str:
    """The id of a run that is somebody's job: the same whoever looks, for as long as the job lives."""
    seen = "\0".join((scheduler, cluster, job)).encode("utf-8", "surrogateescape")
    return base64.b32encode(hashlib.sha256(seen).digest()).decode().lower()[:8]


def foreign(job: Job, run_id: str, host: str, scheduler: Scheduler, checked: float, before: Run | None = None) -> Run:
    """A job that nerotui did not start, as a run.

    Args:
        job: as last told.
        run_id: see `foreign_id`.
        host: nerotui's name of the host.
        scheduler: whose job it is.
        checked: when that was told, seconds since the epoch.
        before: the run as known so far, whose log, metrics and findings stay.
    """
    state = job.state or (_S.RUNNING if job.started else _S.QUEUED)
    name = f"{job.name} [{job.tasks}]" if job.tasks else job.name
    known = before or Run(id=run_id, name=name, host=host, state=state)
    over = state in ENDED
    return replace(
        known,
        name=name or known.name or job.id,
        state=state,
        reason=job.reason or (f"{scheduler.title} says {job.raw}" if job.state is None else None),
        exit_code=job.exit_code,
        signal=_signal(job.signal),
        created=job.submitted or known.created,
        started=job.started or (None if state in WAITING else known.started),
        ended=(job.ended or known.ended or checked) if over else None,
        dir=job.dir or known.dir,
        gpus_asked=job.gpus if job.gpus is not None else known.gpus_asked,
        time_limit=job.limit or known.time_limit,
        user=job.user or known.user,
        attempt=job.restarts + 1,
        last_seen=checked if state in LIVE else known.last_seen,
        stale=False,
        backend=scheduler.name,
        job=job.id,
        job_state=job.raw,
        queue=job.queue or known.queue,
        nodes=job.nodes,
        expected=job.expected,
        checked=checked,
        foreign=True,
        log_path=job.out or known.log_path,
    )


def shown(run: Run, job: Job | None, checked: float | None, scheduler: str, why: str | None = None) -> Run:
    """A run of nerotui's as its row shows it.

    Args:
        run: as its folder has it.
        job: as last told; None where the scheduler does not list it.
        checked: when it last told of it.
        scheduler: what people call it.
        why: why the run has no job that could start it, where that is known.
    """
    if job is None:
        return run if run.over else replace(run, checked=checked, position=None, reason=why or run.reason)
    told = replace(
        run,
        # What was listed before a run's end says nothing of its job now.
        job_state=None if run.over and job.state not in ENDED else job.raw or run.job_state,
        queue=job.queue or run.queue,
        nodes=job.nodes or run.nodes,
        time_limit=run.time_limit if run.time_limit is not None else job.limit,
        checked=checked,
        position=None,
    )
    if run.over:
        return told
    end = _end(run, job, scheduler)
    if run.waiting:
        if end is not None:
            # A job that ran and started nothing may have a successor, which the host alone knows yet.
            return ended(told, end, job) if job.state is _S.KILLED else replace(told, reason=end["reason"])
        if job.state is None:
            return replace(told, reason=f"{scheduler} says {job.raw}", expected=job.expected)
        if job.state in WAITING:
            held = _S.HELD in (run.state, job.state)
            reason = job.reason if job.state is _S.HELD or not held else run.reason
            return replace(told, state=_S.HELD if held else _S.QUEUED, reason=reason, expected=job.expected)
        if run.state is _S.HELD:
            return told  # its job finds nothing to start
        return replace(told, state=_S.STARTING, reason="its job has started; its supervisor has not spoken yet")
    if job.state in WAITING:
        back = f"put back into the queue{f': {job.reason}' if job.reason else ''}"
        return replace(told, state=job.state, reason=back, expected=job.expected)
    if job.state is _S.STARTING:
        return replace(told, state=_S.STARTING, reason="its job has started again; its supervisor has not spoken yet")
    if job.state is _S.PAUSED and run.state is _S.RUNNING:
        return replace(told, state=_S.PAUSED, reason=f"suspended by {scheduler}")
    return told


def verdict(run: Run, job: Job, scheduler: str) -> End | None:
    """The end of an attempt that its scheduler proves, for the run's folder; None where there is nothing to say.

    Args:
        run: as its folder has it.
        job: as last told, or as accounting has it.
        scheduler: what people call it.
    """
    if run.over:
        return _refined(run, job)
    return _end(run, job, scheduler)


def gone(run: Run, output: str | None, scheduler: str) -> End:
    """The end of an attempt whose job the scheduler knows no more, not even in its accounts.

    Args:
        run: as its folder has it.
        output: the end of what the scheduler wrote into the job's output.
        scheduler: what people call it.
    """
    written = evidence(output)
    if run.waiting:
        if written is None and (lines := [line.strip() for line in (output or "").splitlines() if line.strip()]):
            return _ending(_S.FAILED, f"its job never started it: {clean(lines[-1])}")
        return _ending(_S.KILLED, f"its job was taken out of {scheduler}'s queue before it started")
    if written is not None:
        return _ending(*written)
    return _ending(_S.LOST, f"its job is gone from {scheduler}, which does not say how it ended")


def evidence(output: str | None) -> tuple[RunState, str] | None:
    """State and reason of the newest line in a job's output that tells how it ended."""
    for line in reversed((output or "").splitlines()):
        for pattern, state, reason in _WRITTEN:
            if re.search(pattern, line):
                return state, reason
    return None


def general(run: Run) -> bool:
    """Whether the scheduler may know better how an attempt ended than the supervisor, which only heard its signal."""
    return run.state is _S.KILLED and _GENERAL.match(run.reason or "") is not None


def _end(run: Run, job: Job, scheduler: str) -> End | None:
    """The end that a job's own end means for an attempt that is not over in its folder."""
    if job.state not in ENDED:
        return None
    if run.waiting:
        if run.state is _S.HELD and job.state is _S.DONE:
            return None  # its job found it held and had nothing to do; the next release hands in another
        reason = job.reason or "it ended without starting the run"
        state = _S.KILLED if job.state is _S.KILLED else _S.FAILED
        return _ending(state, reason if state is _S.KILLED else f"its job never started it: {reason}", job)
    if job.state is _S.DONE:
        return _ending(_S.LOST, f"its job ended well, says {scheduler}, but its supervisor left no word")
    if job.state is _S.LOST:  # a node that failed
        return _ending(_S.LOST, job.reason or "its node failed", job)
    return _ending(job.state, job.reason, job)


def _refined(run: Run, job: Job) -> End | None:
    """A better reason for an end that a supervisor could tell only in general."""
    if job.state not in ENDED or job.state is _S.DONE:
        return None
    if run.state is _S.PREEMPTED and _MAYBE_BACK.match(run.reason or ""):
        return _ending(_S.PREEMPTED, run.reason)  # whoever waits for this run need not expect it back
    shot = run.state in (_S.FAILED, _S.KILLED) and run.signal == "SIGKILL" and job.state is _S.OOM
    if not general(run) and not shot:
        return None
    if job.state is _S.LOST:
        return _ending(_S.PREEMPTED, job.reason)
    if job.state in (_S.TIMEOUT, _S.PREEMPTED, _S.OOM):
        return _ending(job.state, job.reason)
    if job.state is _S.KILLED and (job.reason or "").startswith("cancelled by"):
        return _ending(_S.KILLED, job.reason)
    return None


def ended(run: Run, end: End, job: Job | None) -> Run:
    """A run as its row shows it while its end is not on the host's record yet."""
    return replace(
        run,
        state=RunState(end["state"]),
        reason=end["reason"],
        exit_code=end["exit_code"],
        signal=end["signal"],
        ended=job.ended if job is not None else None,
    )


def _ending(state: RunState, reason: str | None, job: Job | None = None) -> End:
    return {
        "state": state.value,
        "reason": reason or state.value,
        "exit_code": job.exit_code if job is not None else None,
        "signal": _signal(job.signal) if job is not None else None,
    }


def _signal(number: int | None) -> str | None:
    import signal

    if number is None:
        return None
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
