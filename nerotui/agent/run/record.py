"""A run as others see it, worked out from what its files prove."""

import os
from typing import Any, Dict, List, Optional, Sequence

from nerotui.agent import durable, fresh
from nerotui.agent.jobs import files
from nerotui.agent.processes import identity
from nerotui.agent.queue.queue import CLAIMED, HELD, WAITS, Entry
from nerotui.agent.run import attempts, ending
from nerotui.agent.run.attempts import Attempts, Try
from nerotui.agent.run.layout import RunFolder
from nerotui.agent.run.requests import Requests
from nerotui.agent.states import ENDED, RunState

Record = Dict[str, Any]

#: Of a command so many characters are told: no single argument that Linux takes is longer. All of it is in run.json.
LONGEST = 1 << 17

_ENDED = frozenset(state.value for state in ENDED)


def derive(folder: RunFolder, spec: Dict[str, Any], entry: Optional[Entry], position: Optional[int]) -> Record:
    """The record of a run: its state proved by queue entry and attempts, its numbers from status.json.

    Args:
        folder: the run's folder.
        spec: its run.json.
        entry: its entry in the queue.
        position: its place in line.
    """
    known = attempts.read(folder.attempts)
    status = durable.read_json(folder.status) or {}
    record = described(spec)
    attempt = entry.attempt if entry is not None else max(known.newest, 1)
    same = status.get("attempt") == attempt
    for name in ("metrics", "progress"):
        record[name] = status.get(name) or record[name]
    record["findings"] = status.get("findings") or [] if same else []
    record.update(attempt=attempt, position=position, last_seen=status.get("last_seen"))
    limit = durable.read_json(folder.limit)
    if limit is not None:
        record["time_limit"] = limit.get("seconds")
    if entry is not None and entry.kind in (WAITS, HELD):
        record["state"] = RunState.HELD.value if entry.kind == HELD else RunState.QUEUED.value
        before = known.end(attempt - 1) or {}
        if same and entry.kind == HELD and status.get("reason"):
            record["reason"] = status["reason"]
        elif before.get("next") is not None:
            record["reason"] = before.get("reason")
    elif entry is None and not known.newest:
        record["state"] = RunState.HELD.value if spec.get("held") else RunState.QUEUED.value
    else:
        _lived(record, known, attempt, status if same else {}, entry)
        _pending(record, folder, attempt)
    _where(record, folder, attempt, entry, known)
    _log(record, folder)
    return record


def described(spec: Dict[str, Any]) -> Record:
    """A record of which no more is known than what was asked for."""
    return {
        "id": spec.get("id"),
        "name": spec.get("name") or spec.get("id"),
        "state": RunState.QUEUED.value,
        "reason": None,
        "attempt": 1,
        "exit_code": None,
        "signal": None,
        "created": spec.get("created"),
        "started": None,
        "ended": None,
        "command": _cut(spec.get("command") or ()),
        "params": spec.get("params") or {},
        "metrics": {},
        "progress": None,
        "findings": [],
        "dir": spec.get("dir"),
        "gpus": [],
        "gpus_asked": spec.get("gpus"),
        "time_limit": spec.get("time"),
        "deadline": spec.get("deadline"),
        "user": spec.get("user"),
        "hostname": spec.get("hostname"),
        "pid": None,
        "position": None,
        "group": spec.get("group"),
        "log_size": None,
        "log_time": None,
        "paused_s": 0.0,
        "last_seen": None,
        "pending": None,
        "backend": spec.get("backend") or "process",
        "job": None,
        "node": None,
        "after": list(spec.get("after") or []) + list(spec.get("after_any") or []),
        "attempts": spec.get("attempts") or 1,
        "foreign": False,
        "log_path": None,
    }


def weight(record: Record) -> int:
    """At least as many bytes as a record has on its way, told without writing it down."""
    names = ("name", "reason", "dir", "user", "hostname", "group", "error", "job", "node", "backend")
    text = [str(record.get(name) or "") for name in names]
    text += record["command"] + record["after"]
    text += ["{}{}".format(name, value) for name, value in record["params"].items()]
    text += [str(finding) for finding in record["findings"]]
    # A character may need six bytes, and each of a metric's four numbers two dozen.
    return 2000 + 6 * sum(map(len, text)) + sum(6 * len(name) + 150 for name in record["metrics"])


def _cut(command: Sequence[str]) -> List[str]:
    """A command without what is beyond the limit, which only a script given as an argument reaches."""
    left = LONGEST
    kept: List[str] = []
    for word in command:
        if len(word) > left:
            return kept + [word[:left] + "…"]
        kept.append(word)
        left -= len(word)
    return kept


def _lived(record: Record, known: Attempts, attempt: int, status: Dict[str, Any], entry: Optional[Entry]) -> None:
    """The state of an attempt that was claimed, and all that is known of its life."""
    tried = known.tries.get(attempt)
    for name in ("pid", "paused_s", "ended"):
        record[name] = status.get(name) or record[name]
    if tried is not None and tried.ran:
        record["started"] = known.ran_at(tried)
        record["gpus"] = known.record(tried).get("gpus") or []
    end = known.end(attempt)
    if end is not None and end.get("next") is not None and entry is not None:
        record["state"] = RunState.STOPPING.value  # in a moment its next attempt is in line
    elif end is not None:
        record.update({name: end.get(name) for name in ("state", "reason", "exit_code", "signal")})
        record.update(ended=end.get("time"), gpus=[], pid=None)
    elif tried is not None and tried.exit_code is not None and _supervised(entry):
        # What it left behind is being cleared away; then its supervisor says how it ended.
        record["state"] = RunState.STOPPING.value
    elif tried is not None and tried.exit_code is not None:
        # Nobody was left to put the end in words: the exit code alone tells it.
        record.update(ending.judge(tried.exit_code, b""), ended=known.exited_at(tried), gpus=[], pid=None)
    elif entry is None:
        record.update(state=RunState.LOST.value, ended=None, gpus=[], pid=None)
        record["reason"] = status.get("reason") or "its processes are gone and left no exit code"
    elif tried is None or not tried.ran:
        record["state"] = RunState.STARTING.value
    elif record["backend"] != "process" and _deserted(known, tried, entry):
        record.update(state=RunState.LOST.value, ended=None, gpus=[], pid=None)
        record["reason"] = "its supervisor and its processes are gone and left no exit code"
    else:
        state = status.get("state")
        record["state"] = state if state in ("paused", "stopping") else RunState.RUNNING.value


def _where(record: Record, folder: RunFolder, attempt: int, entry: Optional[Entry], known: Attempts) -> None:
    """Which job carries out an attempt, and on which host its supervisor is or was."""
    if entry is not None and entry.claimant is not None:
        record["node"] = entry.claimant.place.hostname
    if record["backend"] == "process":
        return
    job = files.job_of(folder, attempt)
    record["job"] = job.get("id")
    record["node"] = record["node"] or job.get("node")


def _supervised(entry: Optional[Entry]) -> bool:
    """Whether somebody may still be busy with the end of an attempt."""
    return entry is not None and entry.claimant is not None and identity.alive(entry.claimant) is not False


def _deserted(known: Attempts, tried: Try, entry: Entry) -> bool:
    """Whether nothing lives on, here, of an attempt that no other supervisor will take over."""
    if entry.claimant is None or identity.alive(entry.claimant) is not False:
        return False
    from nerotui.agent.processes.tree import Tree  # late: supervisors hardly ever die

    shell = known.child(tried)
    if shell is not None and identity.alive(shell) is not False:
        return False
    return not Tree(entry.run, entry.attempt, shell).members()


def _pending(record: Record, folder: RunFolder, attempt: int) -> None:
    if record["state"] in _ENDED:
        return
    for request in Requests(folder, attempt).pending():
        if request.action in ("kill", "yield", "timeout") and record["state"] == RunState.STOPPING.value:
            continue
        record["pending"] = {"action": request.action, "since": request.time}


def _log(record: Record, folder: RunFolder) -> None:
    try:
        found = os.stat(folder.log) if record["backend"] == "process" else fresh.status(folder.log)
    except OSError:
        return
    record["log_size"], record["log_time"] = found.st_size, found.st_mtime


def claims(entries: List[Entry]) -> Dict[str, Entry]:
    """The claimed entries, by run."""
    return {entry.run: entry for entry in entries if entry.kind == CLAIMED}
