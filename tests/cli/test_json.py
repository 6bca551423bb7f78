"""What `--json` prints is what scripts were promised."""

import json
import math
from datetime import datetime
from typing import Any

import msgspec
import pytest

from nerotui.cli import jsonform
from nerotui.core.records import Partition, Pending, Series
from tests.cli.records import NOW, a_host, a_run, away, ended

#: The promised keys of version 1.
HOST = {
    *("name", "state", "age_s", "error", "backend", "cpu_percent", "memory", "disks", "gpus"),
    *("partitions", "jobs_age_s", "jobs_note"),
}
GPU = {"index", "name", "memory_used", "memory_total", "utilization", "temperature", "power"}
RUN = {
    *("id", "name", "host", "state", "reason", "attempt", "exit_code", "signal", "created", "started", "ended"),
    *("command", "params", "metrics", "findings", "dir", "gpus", "user", "last_seen", "stale", "pending"),
    *("time_limit", "deadline", "backend", "job", "job_state", "queue", "nodes", "expected", "checked", "foreign"),
    *("log_path", "after", "attempts"),
}


def strict(value: dict[str, Any]) -> dict[str, Any]:
    """Through text and back, refusing what is no JSON."""
    text = json.dumps(value, allow_nan=False)
    loaded: dict[str, Any] = msgspec.json.decode(text)
    return loaded


def test_a_snapshot_has_the_promised_keys() -> None:
    snapshot = strict(jsonform.snapshot_json([a_host(), away()], [a_run(), ended(2)], NOW))
    assert set(snapshot) == {"time", "hosts", "runs"}
    assert [set(host) for host in snapshot["hosts"]] == [HOST, HOST]
    assert [set(run) for run in snapshot["runs"]] == [RUN, RUN]
    assert set(snapshot["hosts"][0]["gpus"][0]) == GPU
    assert set(snapshot["hosts"][0]["disks"][0]) == {"path", "free", "total"}
    assert set(snapshot["hosts"][0]["memory"]) == {"used", "total"}
    assert set(snapshot["runs"][0]["findings"][0]) >= {"kind", "severity", "message", "advice", "x"}
    assert tuple(snapshot["hosts"][0]) == jsonform.HOST_KEYS
    assert tuple(snapshot["runs"][0]) == jsonform.RUN_KEYS


def test_sizes_are_integers_and_times_have_a_zone() -> None:
    snapshot = strict(jsonform.snapshot_json([a_host()], [ended(1)], NOW))
    assert snapshot["hosts"][0]["memory"] == {"used": 12 << 30, "total": 64 << 30}
    assert snapshot["hosts"][0]["age_s"] == 2
    for moment in (
        snapshot["time"],
        *(snapshot["runs"][0][key] for key in ("created", "started", "ended", "last_seen")),
    ):
        assert datetime.fromisoformat(moment).utcoffset() is not None


def test_what_is_unknown_is_null() -> None:
    host = strict(jsonform.host_json(away(), NOW))
    assert (host["cpu_percent"], host["memory"], host["disks"], host["gpus"]) == (None, None, [], [])
    assert host["error"].startswith("gpu4: no answer")
    lost = strict(jsonform.host_json(a_host(), NOW))["gpus"][1]
    assert {lost[key] for key in GPU - {"index"}} == {None}
    run = strict(jsonform.run_json(a_run()))
    assert (run["ended"], run["exit_code"], run["signal"], run["pending"]) == (None, None, None, None)


def test_numbers_that_json_lacks_are_strings() -> None:
    run = strict(jsonform.run_json(a_run()))
    assert run["metrics"]["loss"] == {"last": "NaN", "x": 31, "min": 0.5, "max": "Infinity"}
    assert run["params"] == {"lr": 0.1, "bad": "Infinity"}
    series = Series(name="loss", x="step", points=((0, 1.5, NOW), (1, -math.inf, NOW), (2.5, math.nan, NOW)))
    assert strict(jsonform.series_json(series)) == {
        "name": "loss",
        "x": "step",
        "points": [[0, 1.5], [1, "-Infinity"], [2.5, "NaN"]],
    }


def test_a_pending_action_is_named() -> None:
    run = strict(jsonform.run_json(a_run(pending=Pending(action="kill", since=NOW, away=True))))
    assert run["pending"] == {"action": "kill", "since": jsonform.moment(NOW)}


def test_what_a_scheduler_says() -> None:
    gpu = Partition(
        name="gpu", default=True, nodes=2, nodes_free=1, cpus=8, cpus_free=4, gpus=4, gpus_free=3, limit=60.0
    )
    host = strict(jsonform.host_json(a_host(backend="slurm", partitions=(gpu,), jobs_seen=NOW - 40), NOW))
    assert host["jobs_age_s"] == 40
    assert host["partitions"] == [
        {
            "name": "gpu",
            "default": True,
            "up": True,
            "nodes": {"free": 1, "total": 2},
            "cpus": {"free": 4, "total": 8},
            "gpus": {"free": 3, "total": 4},
            "memory": {"free": None, "total": None},
            "limit": 60,
        }
    ]
    job = a_run(
        backend="slurm", job="15_2", queue="gpu", nodes="n[1-2]", checked=NOW, foreign=True, after=("abcdefgh",)
    )
    run = strict(jsonform.run_json(job))
    assert (run["backend"], run["job"], run["queue"], run["nodes"]) == ("slurm", "15_2", "gpu", "n[1-2]")
    assert (run["foreign"], run["after"], run["attempts"], run["expected"]) == (True, ["abcdefgh"], 1, None)
    assert run["checked"] == jsonform.moment(NOW)


@pytest.mark.parametrize(
    ("value", "said"), [(3.0, 3), (0.5, 0.5), (1e300, 1e300), (None, None), (-0.0, 0), (7, 7), (math.nan, "NaN")]
)
def test_numbers(value: float | None, said: object) -> None:
    assert jsonform.number(value) == said
