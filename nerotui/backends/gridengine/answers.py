"""What Grid Engine's programs print, as jobs, files and queues."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from xml.etree import ElementTree

from nerotui.agent.states import RunState
from nerotui.backends.jobs import Files, Job, Unreadable
from nerotui.core.records import Partition
from nerotui.core.text import clean

_S = RunState

#: Exit statuses above this are signals.
_SIGNALLED = 128

#: What `failed` of an accounting record means, where it says more than the exit status. Only what was seen or is
#: documented in accounting(5).
_FAILED: Mapping[int, tuple[RunState, str]] = {
    25: (_S.PREEMPTED, "it was taken off its host to be started again"),
    26: (_S.FAILED, "its output file could not be opened"),
    37: (_S.TIMEOUT, "a limit that it was submitted with was reached (h_rt, h_cpu or h_vmem)"),
}

#: A job's states and waits, in the order in which they are looked for in a state such as `hRwq`.
_LETTERS: tuple[tuple[str, RunState, str], ...] = (
    ("E", _S.HELD, "it could not be started; clear its error to let it wait again"),
    ("d", _S.STOPPING, "it is being deleted"),
    ("z", _S.DONE, ""),
    ("s", _S.PAUSED, "suspended"),
    ("S", _S.PAUSED, "suspended with its queue"),
    ("T", _S.PAUSED, "suspended because its host is overloaded"),
)


def xml(text: str, program: str) -> ElementTree.Element:
    """The document that a program printed.

    Raises:
        Unreadable: it is none.
    """
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise Unreadable(f"{program}: its answer cannot be read: {error}") from None


def job_of(entry: ElementTree.Element) -> Job:
    """A job of `qstat -xml -r`."""
    texts = {child.tag: (child.text or "").strip() for child in entry}
    raw, tasks = texts.get("state", ""), texts.get("tasks") or None
    state, reason = _state(raw)
    if state is _S.HELD and raw == "hqw" and texts.get("predecessor_jobs"):
        state, reason = _S.QUEUED, "it waits for another job to end"
    asked = {child.get("name"): (child.text or "").strip() for child in entry.iter("hard_request")}
    waits = state in (_S.QUEUED, _S.HELD)
    number = texts.get("JB_job_number", "?")
    single = tasks is not None and tasks.isdigit() and not waits
    return Job(
        id=f"{number}.{tasks}" if single else number,
        raw=clean(raw),
        state=state,
        name=clean(texts.get("full_job_name") or texts.get("JB_name", "")),
        reason=reason or None,
        user=texts.get("JB_owner") or None,
        queue=texts.get("queue_name", "").partition("@")[0] or None,
        nodes=texts.get("queue_name", "").partition("@")[2] or None,
        submitted=_stamp(texts.get("JB_submission_time")),
        started=_stamp(texts.get("JAT_start_time")),
        limit=_real(asked.get("h_rt")),
        gpus=whole(asked.get("gpu")),
        priority=_real(texts.get("JAT_prio")),
        tasks=None if single else tasks,
    )


def _state(raw: str) -> tuple[RunState | None, str]:
    """The state of letters such as `r`, `hqw`, `Eqw`, `Rr`, `dr`: what matters most to a user comes first."""
    for letter, state, reason in _LETTERS:
        if letter in raw:
            return state, reason
    if "h" in raw and "w" in raw:
        return _S.HELD, "held"
    if "w" in raw or (raw.startswith("R") and raw.endswith("q")):
        return _S.QUEUED, ""
    if "t" in raw:
        return _S.STARTING, ""
    return (_S.RUNNING, "") if "r" in raw else (None, "")


def records(text: str) -> Iterator[dict[str, str]]:
    """The blocks of `qacct -j`, each begun by a line of `=`."""
    record: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("====="):
            if "jobnumber" in record:
                yield record
            record = {}
            continue
        key, _, value = line.partition(" ")
        if key:
            record[key] = value.strip()
    if "jobnumber" in record:  # what stands last may be the sum over all jobs
        yield record


def accounted(record: Mapping[str, str]) -> Job:
    """A job of a record of `qacct -j`."""
    failed, status = _leading(record.get("failed", "")), _leading(record.get("exit_status", ""))
    signal = status - _SIGNALLED if status > _SIGNALLED else None
    if failed in _FAILED:
        state, reason = _FAILED[failed]
    elif signal in (9, 15) and failed == 100:
        state, reason = _S.KILLED, "it was deleted, or its host killed it"
    elif status or failed:
        what = f"signal {signal}" if signal else f"exit code {status}" if status else clean(record.get("failed", ""))
        state, reason = _S.FAILED, what
    else:
        state, reason = _S.DONE, ""
    task = record.get("taskid", "undefined")
    number = record.get("jobnumber", "?")
    return Job(
        id=number if task == "undefined" else f"{number}.{task}",
        raw=" ".join(f"failed {record.get('failed', '?')}, exit status {record.get('exit_status', '?')}".split()),
        state=state,
        name=clean(record.get("jobname", "")),
        reason=reason or None,
        user=record.get("owner"),
        queue=record.get("qname"),
        nodes=record.get("hostname"),
        submitted=_long_stamp(record.get("qsub_time")),
        started=_long_stamp(record.get("start_time")),
        ended=_long_stamp(record.get("end_time")),
        exit_code=None if signal else status,
        signal=signal,
    )


def files_of(number: str, texts: Mapping[str, str]) -> Files:
    """Where a job of `qstat -j` writes."""
    name, folder = texts.get("job_name", ""), texts.get("cwd") or texts.get("sge_o_home")
    task = ".$TASK_ID" if "job-array tasks" in texts else ""
    merged = texts.get("merge", "n").startswith("y")
    out = _path(texts.get("stdout_path_list"), folder, f"{name}.o{number}{task}", texts)
    err = None if merged else _path(texts.get("stderr_path_list"), folder, f"{name}.e{number}{task}", texts)
    return Files(out=out, err=err, dir=folder)


def queue_of(entry: ElementTree.Element, known: Mapping[str, Partition]) -> Partition:
    """A queue with what its entry for one host adds to what is known of it."""
    texts = {child.tag: (child.text or "").strip() for child in entry}
    has = {child.get("name"): (child.text or "").strip() for child in entry.iter("resource")}
    name = clean(texts.get("name", "?").partition("@")[0])
    so_far = known.get(name) or Partition(name=name, up=False, cpus=0, cpus_free=0)
    usable = not set(texts.get("state", "")) & set("adcuEsSDoC")
    total, used = whole(texts.get("slots_total")) or 0, whole(texts.get("slots_used")) or 0
    free = max(0, total - used) if usable else 0
    gpus, limit = _size(has.get("gpu")), _real(has.get("h_rt"))
    return Partition(
        name=name,
        up=so_far.up or usable,
        nodes=so_far.nodes + 1,
        nodes_free=so_far.nodes_free + (usable and used == 0 and total > 0),
        cpus=(so_far.cpus or 0) + total,
        cpus_free=(so_far.cpus_free or 0) + free,
        gpus_free=_sum(so_far.gpus_free, gpus if usable else 0) if gpus is not None else so_far.gpus_free,
        memory=_sum(so_far.memory, _size(has.get("mem_total"))),
        memory_free=_sum(so_far.memory_free, _size(has.get("mem_free"))),
        limit=limit if limit is not None and limit != math.inf else so_far.limit,
    )


def _sum(before: int | None, more: int | None) -> int | None:
    return before if more is None else (before or 0) + more


def _size(text: str | None) -> int | None:
    """A size such as `21.474G`."""
    match = re.fullmatch(r"([0-9.]+)([KMGTkmgt]?)", text or "")
    if match is None:
        return None
    return int(float(match[1]) * 1024 ** " KMGT".index(match[2].upper() or " "))


def _path(listed: str | None, folder: str | None, default: str, found: Mapping[str, str]) -> str | None:
    """A path of a `NONE:HOST:PATH` list, with the pseudo variables that it may hold, under the job's folder."""
    path = default
    if listed:
        path = listed.split(",")[0].split(":")[-1]
        known = {
            "HOME": found.get("sge_o_home", ""),
            "USER": found.get("owner", ""),
            "JOB_ID": found.get("job_number", ""),
            "JOB_NAME": found.get("job_name", ""),
        }
        path = re.sub(r"\$(\w+)", lambda match: known.get(match[1], match[0]), path)
        if path.endswith("/"):
            path += default
    if path.startswith("/"):
        return path
    return f"{folder}/{path}" if folder else None


def _stamp(text: str | None) -> float | None:
    """Seconds since the epoch of a time such as `2026-11-21T14:30:23`, in UTC."""
    return _parsed(text, "%Y-%m-%dT%H:%M:%S")


def _long_stamp(text: str | None) -> float | None:
    """Seconds since the epoch of a time such as `Sat Nov 21 14:30:22 2026`, in UTC."""
    return _parsed(text, "%a %b %d %H:%M:%S %Y")


def _parsed(text: str | None, form: str) -> float | None:
    try:
        return datetime.strptime(text or "", form).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _leading(text: str) -> int:
    """The number that a value begins with, as in `139                  (Segmentation fault)`; 0 without one."""
    return whole(text.split(" ")[0]) or 0


def whole(text: str | None) -> int | None:
    """A whole number; None where it is none."""
    return int(text) if text and text.isdigit() else None


def _real(text: str | None) -> float | None:
    """A number, or a time such as `1:00:00`."""
    try:
        if match := re.fullmatch(r"(\d+):(\d+):(\d+)", text or ""):
            return int(match[1]) * 3600.0 + int(match[2]) * 60 + int(match[3])
        return float(text or "")
    except ValueError:
        return None
