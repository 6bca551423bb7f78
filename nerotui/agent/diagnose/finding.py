"""A finding: something noticed in a run, how bad it is, since when, on what evidence, and what to do about it."""

import re
from typing import Any, Dict, List, Optional

#: {"kind", "severity", "message", "advice", "since", "x", "series", "evidence"}.
Finding = Dict[str, Any]

#: Every kind that there is.
KINDS = (
    "nan", "explosion", "divergence", "oscillation", "plateau", "no_progress", "overfitting", "no_validation",
    "vanishing_gradient", "exploding_gradient", "slower", "siblings", "late", "traceback", "cuda_oom", "nccl",
    "cuda_error", "worker_killed", "segfault", "disk_full", "quota", "permission", "host_oom", "oom_killer",
    "time_limit", "preempted", "node_failure", "cancelled", "connection_lost", "endless_warning", "no_gpu", "stall",
    "input_bound", "waiting", "gpu_memory_full", "memory_full", "disk_filling", "gpu_shared", "throttled", "rule",
)  # fmt: skip

#: Worst first.
SEVERITIES = {"error": 0, "warning": 1, "info": 2}

#: What one line of evidence may show.
WIDE = 200

_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0a-\x1f\x7f-\x9f]")


def finding(
    kind: str,
    severity: str,
    message: str,
    advice: str,
    since: float,
    x: Optional[float] = None,
    series: Optional[str] = None,
    evidence: Optional[List[Any]] = None,
) -> Finding:
    """A finding.

    Args:
        kind: what it is, in one word or two joined by "_".
        severity: "error", "warning" or "info".
        message: what was noticed, in one sentence.
        advice: what to do, in one sentence.
        since: seconds since the epoch.
        x: where on the axis of `series` it is to be marked.
        series: the metric that it is about.
        evidence: texts, or lines of the log as {"line": offset, "text": …}.
    """
    return {
        "kind": kind,
        "severity": severity,
        "message": message,
        "advice": advice,
        "since": since,
        "x": x,
        "series": series,
        "evidence": evidence or [],
    }


def clean(line: bytes) -> str:
    """A line of a log as it may be shown: no control characters, and not too long."""
    text = _CONTROL.sub("", line.decode("utf-8", "replace")).replace("\t", " ").strip()
    return text if len(text) <= WIDE else text[: WIDE - 1] + "…"


def number(value: float) -> str:
    """A number as short as it can be understood."""
    return "{:.4g}".format(value)


def span(seconds: float) -> str:
    """A duration in words: 40 s, 12 min, 3.5 h."""
    if seconds < 120:
        return "{:.0f} s".format(seconds)
    if seconds < 7200:
        return "{:.0f} min".format(seconds / 60)
    if seconds < 172800:
        return "{:.3g} h".format(seconds / 3600)
    return "{:.3g} days".format(seconds / 86400)
