"""What Slurm's programs print, as jobs and partitions: 22.05 and later, whose JSON holds lists and flagged numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from nerotui.agent.states import RunState
from nerotui.backends.jobs import Job, run_of
from nerotui.backends.slurm.words import OVER, REASONS, STATES
from nerotui.core.records import Partition
from nerotui.core.text import clean

_S = RunState

#: Separates fields where the answer is no JSON: a control character that no sane name holds.
FIELD = "\x1f"

#: What is asked of `sacct`; comment and name, which may hold anything, come behind them.
ACCOUNTED = ("JobID", "State", "ExitCode", "Submit", "Start", "End", "TimelimitRaw", "NodeList", "Partition", "WorkDir")

#: What is asked of `squeue`; comment and name, which may hold anything, come last.
LISTED = (
    *("JobArrayID", "JobID", "State", "Reason", "SubmitTime", "StartTime", "EndTime", "TimeLimit", "NodeList"),
    *("BatchHost", "Partition", "PriorityLong", "UserName", "Cluster", "exit_code", "RestartCnt", "Nice"),
    *("tres-alloc", "tres-per-node", "STDOUT", "STDERR", "WorkDir", "Comment", "Name"),
)

#: What is asked of `sinfo`; the sizes are of one node.
SINFO = ("Partition", "Available", "Time", "Nodes", "StateLong", "CPUsState", "Memory", "AllocMem", "Gres", "GresUsed")

#: The reasons of jobs that wait until somebody releases them; some are sentences.
_HELD = re.compile(r"JobHeld|JobHoldMaxRequeue|(job|launch[ _]failed)[ _]requeued[ _](in[ _])?held")


def duration(text: str) -> float | None:
    """Seconds of a time as Slurm writes it: `infinite`, `30`, `1:00`, `2:30:00`, `1-12:00:00`."""
    match = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+)(?::(\d+))?", text.strip())
    if match is None:
        return None
    days, first, middle, last = (int(group) if group else None for group in match.groups())
    if days is not None:  # days-hours[:minutes[:seconds]]
        parts = [part for part in (first, middle, last) if part is not None] + [0, 0]
        return days * 86400.0 + parts[0] * 3600 + parts[1] * 60 + parts[2]
    if first is not None and last is not None:
        return first * 3600.0 + (middle or 0) * 60 + last
    if first is not None:
        return first * 60.0 + (middle or 0)
    if last is not None:
        return (middle or 0) * 60.0 + last
    return (middle or 0) * 60.0


def job_of(entry: Mapping[str, Any]) -> Job:
    """A job of `squeue --json`."""
    raws = _words(entry.get("job_state"))
    raw = raws[0] if raws else "?"
    state = _state(raws, str(entry.get("state_reason") or ""))
    array, task = _number(entry.get("array_job_id")), _number(entry.get("array_task_id"))
    number = int(array or _number(entry.get("job_id")) or 0)
    start, end = _time(entry.get("start_time")), _time(entry.get("end_time"))
    waits = state in (_S.QUEUED, _S.HELD)
    over = raw in OVER
    refused = str(entry.get("state_reason") or "") == "BadConstraints"
    code, signal = _exit(entry.get("exit_code")) if over and not refused else (None, None)
    minutes = _number(entry.get("time_limit"))
    return Job(
        id=f"{number}_{int(task)}" if array and task is not None else str(number),
        raw=" ".join(raws),
        state=state,
        name=clean(str(entry.get("name") or "")),
        reason=_reason(raw, str(entry.get("state_reason") or ""), code, signal),
        run=run_of(str(entry.get("comment") or "")),
        user=str(entry.get("user_name") or "") or None,
        cluster=str(entry.get("cluster") or "") or None,
        queue=str(entry.get("partition") or "") or None,
        nodes=str(entry.get("nodes") or "") or None,
        submitted=_time(entry.get("submit_time")),
        started=None if waits else start,
        ended=end if over else None,
        expected=start if waits else None,
        limit=None if minutes is None else minutes * 60.0,
        exit_code=code,
        signal=signal,
        dir=str(entry.get("current_working_directory") or "") or None,
        priority=_number(entry.get("priority")),
        restarts=int(_number(entry.get("restart_cnt")) or 0),
        gpus=_gpus_asked(str(entry.get("tres_req_str") or "")),
        nice=int(_number(entry.get("nice")) or 0),
        tasks=str(entry.get("array_task_string") or "") or None,
        out=written(entry, "standard_output"),
        err=written(entry, "standard_error"),
    )


def written(entry: Mapping[str, Any], key: str) -> str | None:
    """Where a job of `squeue --json` writes, with the patterns filled in that its description can fill.

    22.05 tells it as it was given, and nothing where Slurm chooses.
    """
    array, task = _number(entry.get("array_job_id")), _number(entry.get("array_task_id"))
    expanded = "stdout_expanded" if key == "standard_output" else "stderr_expanded"  # since 24.11
    given = str(entry.get(expanded) or entry.get(key) or "")
    if not given:
        if key == "standard_error" or not entry.get("batch_flag", True):
            return None
        given = "slurm-%A_%a.out" if array else "slurm-%j.out"
    if array and task is None:
        return None  # several tasks that wait: each will have its own
    nodes = str(entry.get("batch_host") or entry.get("nodes") or "")
    values = {
        "%": "%",
        "A": str(int(array or _number(entry.get("job_id")) or 0)),
        "a": str(int(task)) if task is not None else "4294967294",
        "j": str(int(_number(entry.get("job_id")) or 0)),
        "J": str(int(_number(entry.get("job_id")) or 0)),
        "N": nodes,
        "n": "0",
        "s": "batch",
        "t": "0",
        "u": str(entry.get("user_name") or ""),
        "x": str(entry.get("name") or ""),
    }

    def fill(match: re.Match[str]) -> str:
        value = values.get(match[2])
        return match[0] if value is None else value.rjust(min(int(match[1] or 0), 10), "0")

    path = re.sub(r"%(\d*)([a-zA-Z%])", fill, given.replace("\\", ""))
    if path.startswith("/"):
        return path
    folder = str(entry.get("current_working_directory") or "")
    return f"{folder}/{path}" if folder else None


def listed(record: str) -> Job | None:
    """A job of a record of `squeue --Format`; None for one that is none."""
    fields = record.split(FIELD, len(LISTED) - 1)
    if len(fields) != len(LISTED):
        return None
    told = {name: "" if text in ("(null)", "N/A", "n/a") else text for name, text in zip(LISTED, fields, strict=True)}
    array, _, task = told["JobArrayID"].partition("_")
    limit = duration(told["TimeLimit"])
    code, _, signal = told["exit_code"].partition(":")  # a wait status up to 22.05
    return job_of(
        {
            "job_id": _int(told["JobID"]),
            "array_job_id": _int(array) if task else 0,
            "array_task_id": _int(task) if task.isdigit() else None,
            "array_task_string": task.strip("[]") if task.startswith("[") else "",
            "job_state": told["State"],
            "state_reason": told["Reason"],
            "submit_time": _stamp(told["SubmitTime"]),
            "start_time": _stamp(told["StartTime"]),
            "end_time": _stamp(told["EndTime"]),
            "time_limit": None if limit is None else limit / 60,
            "nodes": told["NodeList"],
            "batch_host": told["BatchHost"],
            "partition": told["Partition"],
            "priority": _int(told["PriorityLong"]),
            "user_name": told["UserName"],
            "cluster": told["Cluster"],
            "exit_code": _int(signal) or _int(code) << 8 if signal else _int(code),
            "restart_cnt": _int(told["RestartCnt"]),
            "nice": _int(told["Nice"]),
            "tres_req_str": told["tres-alloc"] + "," + _per_node(told["tres-per-node"]),
            "standard_output": told["STDOUT"],
            "standard_error": told["STDERR"] if told["STDERR"] != told["STDOUT"] else "",
            "current_working_directory": told["WorkDir"],
            "comment": told["Comment"],
            "name": told["Name"],
        }
    )


def _per_node(tres: str) -> str:
    """What a job that waits asks for on each node, `gres:gpu:a100:2`, as it is written of one that runs."""
    count = _gpus(tres.replace("gres:", "").replace("gres/", "").replace("=", ":"))
    return f"gres/gpu={count}" if count else ""


def _int(text: str) -> int:
    return int(text) if text.lstrip("-").isdigit() else 0


def accounted(line: str) -> Job | None:
    """A job of a line of `sacct`; None for a line that is none."""
    fields = line.split(FIELD, len(ACCOUNTED) + 1)
    if len(fields) != len(ACCOUNTED) + 2:
        return None
    values = dict(zip(ACCOUNTED, fields, strict=False))
    comment, name = fields[len(ACCOUNTED)], fields[len(ACCOUNTED) + 1]
    raw, _, by = values["State"].partition(" by ")
    first, _, second = values["ExitCode"].partition(":")
    code = int(first) if first.isdigit() else None
    signal = int(second) if second.isdigit() and second != "0" else None
    state = STATES.get(raw)
    over = raw in OVER
    minutes = values["TimelimitRaw"]
    return Job(
        id=values["JobID"],
        raw=raw,
        state=state,
        name=clean(name),
        reason=_reason(raw, "", code if over else None, signal) if not by else f"cancelled by {_who(by)}",
        run=run_of(comment),
        queue=values["Partition"] or None,
        nodes=values["NodeList"] if values["NodeList"] != "None assigned" else None,
        submitted=_stamp(values["Submit"]),
        started=_stamp(values["Start"]),
        ended=_stamp(values["End"]) if over else None,
        limit=int(minutes) * 60.0 if minutes.isdigit() else None,
        exit_code=(code if signal is None else None) if over else None,
        signal=signal if over else None,
        dir=values["WorkDir"] or None,
    )


def _state(raws: Sequence[str], reason: str) -> RunState | None:
    """The state of a job; of a list, which newer versions give, the flag (COMPLETING) says more than the base."""
    for raw in (*raws[1:], *raws[:1]):
        state = STATES.get(raw)
        if state is None:
            continue
        if state is _S.QUEUED and _HELD.match(reason):
            return _S.HELD
        return state
    return None


def _reason(raw: str, reason: str, code: int | None, signal: int | None) -> str | None:
    if raw == "COMPLETED" or not raw:
        return None
    if raw == "CANCELLED":
        why = REASONS.get(reason) if reason == "DependencyNeverSatisfied" else None
        return why or "it was cancelled"
    if raw == "NODE_FAIL":
        return "its node failed"
    if raw == "TIMEOUT":
        return "its time limit was reached"
    if raw == "OUT_OF_MEMORY":
        return "it used more memory than it had asked for"
    if raw == "PREEMPTED":
        return "it had to make way for a job with a higher priority"
    plain = REASONS.get(reason, clean(reason))
    if reason == "BadConstraints":
        return plain  # its exit status, 1, is Slurm's own
    if signal is not None:
        return f"signal {signal}"
    return f"exit code {code}" if code else plain or None


def _who(user: str) -> str:
    """A user by the number that accounting keeps."""
    return "an administrator" if user.strip() == "0" else f"user {clean(user)}"


def _words(value: object) -> list[str]:
    """A state: one word up to 22.05, a list since 23.02."""
    if isinstance(value, list):
        return [str(word) for word in value]
    return [str(value)] if value else []


def _number(value: object) -> float | None:
    """A number: plain up to 22.05, with flags since 23.02."""
    if isinstance(value, dict):
        return None if not value.get("set") or value.get("infinite") else float(value.get("number") or 0)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)


def _time(value: object) -> float | None:
    """Seconds since the epoch; 0 stands for none, and what lies after 2100 for nobody knows."""
    number = _number(value)
    return number if number and number < 4.1e9 else None


def _exit(value: object) -> tuple[int | None, int | None]:
    """(exit code, signal) of a raw wait status (22.05) or of the table that newer versions give."""
    if isinstance(value, dict):
        signal = value.get("signal")
        number = _number(signal.get("id") if isinstance(signal, dict) else None)
        code = _number(value.get("return_code"))
        if number:
            return None, int(number)
        return (None if code is None else int(code)), None
    status = _number(value)
    if status is None:
        return None, None
    status = int(status)
    return (None, status & 127) if status & 127 else (status >> 8, None)


def _stamp(text: str) -> float | None:
    """A local time of sacct's as seconds since the epoch.

    It carries no zone; the command is run with TZ=UTC, so that it is UTC.
    """
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _gpus(gres: str) -> int:
    """How many GPUs a node of this kind has: `gpu:a100:2(S:0),nvme:1`."""
    total = 0
    for part in re.sub(r"\([^)]*\)", "", gres).split(","):
        words = part.split(":")
        if words[0] == "gpu":
            total += int(words[-1]) if words[-1].isdigit() else 1
    return total


def _gpus_asked(tres: str) -> int | None:
    """How many GPUs a job asks for: `cpu=1,mem=64M,node=1,billing=1,gres/gpu=2,gres/gpu:a100=2`."""
    for part in tres.split(","):
        name, _, count = part.partition("=")
        if name == "gres/gpu" and count.isdigit():
            return int(count)
    return None


def _megabytes(text: str) -> int:
    return int(text.rstrip("+")) << 20 if text.rstrip("+").isdigit() else 0


def partition_of(line: str, known: Mapping[str, Partition]) -> Partition | None:
    """A partition with what one line of `sinfo` adds to what is known of it; None for a line that is none."""
    fields = [field.strip() for field in line.split(FIELD)]
    if len(fields) != len(SINFO):
        return None
    marked, up, limit, nodes, state, cpus, memory, taken, gres, used = fields
    name = marked.rstrip("*")
    so_far = known.get(name) or Partition(
        name=clean(name), cpus=0, cpus_free=0, gpus=0, gpus_free=0, memory=0, memory_free=0
    )
    count = int(nodes) if nodes.isdigit() else 0
    counts = [int(part) if part.isdigit() else 0 for part in cpus.split("/")]  # allocated, idle, other, total
    idle, total = (counts[1], counts[3]) if len(counts) == 4 else (0, 0)
    usable = state in ("idle", "mixed", "allocated")  # neither down nor draining, and answering (no mark behind it)
    free_gpus = max(0, _gpus(gres) - _gpus(used)) if usable else 0
    free_memory = max(0, _megabytes(memory) - _megabytes(taken)) if usable else 0
    return Partition(
        name=clean(name),
        default=marked.endswith("*"),
        up=up == "up",
        limit=duration(limit),
        nodes=so_far.nodes + count,
        nodes_free=so_far.nodes_free + (count if state == "idle" else 0),
        cpus=(so_far.cpus or 0) + total,
        cpus_free=(so_far.cpus_free or 0) + idle,
        gpus=(so_far.gpus or 0) + count * _gpus(gres),
        gpus_free=(so_far.gpus_free or 0) + count * free_gpus,
        memory=(so_far.memory or 0) + count * _megabytes(memory),
        memory_free=(so_far.memory_free or 0) + count * free_memory,
    )
