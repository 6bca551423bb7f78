"""The JSON that scripts rely on, version 1: records turned into plain values, key by key.

Bytes are integers, times ISO 8601 with a zone, durations seconds, percentages 0 to 100; what is unknown is null;
non-finite numbers are the strings "NaN", "Infinity", "-Infinity".
"""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from nerotui.core.records import Finding, Host, Partition, Run, Series, Told

#: The keys of a host and of a run, in the order printed. Keys may be added within version 1, never taken away.
HOST_KEYS = (
    *("name", "state", "age_s", "error", "backend", "cpu_percent", "memory", "disks", "gpus"),
    *("partitions", "jobs_age_s", "jobs_note"),
)
RUN_KEYS = (
    *("id", "name", "host", "state", "reason", "attempt", "exit_code", "signal", "created", "started", "ended"),
    *("command", "params", "metrics", "findings", "dir", "gpus", "user", "last_seen", "stale", "pending"),
    *("time_limit", "deadline", "backend", "job", "job_state", "queue", "nodes", "expected", "checked", "foreign"),
    *("log_path", "after", "attempts"),
)


def number(value: float | None) -> float | str | None:
    """A number as JSON can hold it: whole ones as integers, non-finite ones as strings."""
    if value is None or isinstance(value, bool):
        return value
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def moment(epoch: float | None) -> str | None:
    """A time as ISO 8601 with milliseconds, in UTC."""
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds")


def plain(value: Any) -> Any:
    """Any value from a host's JSON, made safe for `json.dumps(allow_nan=False)`."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def host_json(host: Host, now: float) -> dict[str, Any]:
    """A HOST object. `age_s` is the age of the newest word from the host, `jobs_age_s` of its scheduler's."""
    stats = host.stats
    return {
        "name": host.name,
        "state": host.state,
        "age_s": None if host.seen is None else round(max(0.0, now - host.seen), 3),
        "error": host.error,
        "backend": host.backend,
        "cpu_percent": number(stats.cpu_percent) if stats else None,
        "memory": {"used": stats.memory.used, "total": stats.memory.total} if stats and stats.memory else None,
        "disks": [{"path": disk.path, "free": disk.free, "total": disk.total} for disk in stats.disks] if stats else [],
        "gpus": [
            {
                "index": gpu.index,
                "name": gpu.name,
                "memory_used": gpu.memory_used,
                "memory_total": gpu.memory_total,
                "utilization": number(gpu.utilization),
                "temperature": number(gpu.temperature),
                "power": number(gpu.power),
            }
            for gpu in (stats.gpus if stats else ())
        ],
        "partitions": [partition_json(partition) for partition in host.partitions],
        "jobs_age_s": None if host.jobs_seen is None else round(max(0.0, now - host.jobs_seen), 3),
        "jobs_note": host.jobs_note,
    }


def partition_json(partition: Partition) -> dict[str, Any]:
    """A partition or queue of a HOST object: what there is, and what of it is free."""
    return {
        "name": partition.name,
        "default": partition.default,
        "up": partition.up,
        "nodes": {"free": partition.nodes_free, "total": partition.nodes},
        "cpus": {"free": partition.cpus_free, "total": partition.cpus},
        "gpus": {"free": partition.gpus_free, "total": partition.gpus},
        "memory": {"free": partition.memory_free, "total": partition.memory},
        "limit": number(partition.limit),
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding of a RUN object."""
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "message": finding.message,
        "advice": finding.advice,
        "since": moment(finding.since),
        "series": finding.series,
        "x": number(finding.x),
        "evidence": plain(finding.evidence),
    }


def told_json(told: Told) -> dict[str, Any]:
    """A finding of `nerotui diagnose`: `at` and `gone` hold what is known of line, offset, step, epoch and time."""
    places = {
        name: None
        if place is None
        else {key: moment(value) if key == "t" else plain(value) for key, value in place.items()}
        for name, place in (("at", told.at), ("gone", told.gone))
    }
    return finding_json(told) | {"since": None} | places | {"rule": told.rule, "action": told.action}


def run_json(run: Run) -> dict[str, Any]:
    """A RUN object."""
    return {
        "id": run.id,
        "name": run.name,
        "host": run.host,
        "state": str(run.state),
        "reason": run.reason,
        "attempt": run.attempt,
        "exit_code": run.exit_code,
        "signal": run.signal,
        "created": moment(run.created),
        "started": moment(run.started),
        "ended": moment(run.ended),
        "command": list(run.command),
        "params": plain(run.params),
        "metrics": {
            name: {
                "last": number(metric.last),
                "x": number(metric.x),
                "min": number(metric.min),
                "max": number(metric.max),
            }
            for name, metric in run.metrics.items()
        },
        "findings": [finding_json(finding) for finding in run.findings],
        "dir": run.dir,
        "gpus": list(run.gpus),
        "user": run.user,
        "last_seen": moment(run.last_seen),
        "stale": run.stale,
        "pending": {"action": run.pending.action, "since": moment(run.pending.since)} if run.pending else None,
        "time_limit": number(run.time_limit),
        "deadline": moment(run.deadline),
        "backend": run.backend,
        "job": run.job,
        "job_state": run.job_state,
        "queue": run.queue,
        "nodes": run.nodes,
        "expected": moment(run.expected),
        "checked": moment(run.checked),
        "foreign": run.foreign,
        "log_path": run.log_path,
        "after": list(run.after),
        "attempts": run.attempts,
    }


def snapshot_json(hosts: Iterable[Host], runs: Sequence[Run], now: float) -> dict[str, Any]:
    """What `--once --json` prints."""
    return {
        "time": moment(now),
        "hosts": [host_json(host, now) for host in hosts],
        "runs": [run_json(run) for run in runs],
    }


def series_json(series: Series) -> dict[str, Any]:
    """One series: every point as the run wrote it, in order."""
    return {
        "name": series.name,
        "x": series.x,
        "points": [[number(x), number(value)] for x, value, _ in series.points],
    }
