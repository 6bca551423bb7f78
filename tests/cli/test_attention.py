"""Status lines, and what `--check` calls a person for."""

import pytest

from nerotui.agent.states import RunState
from nerotui.cli.attention import counts, fill, needs_attention
from nerotui.core.records import Disk, Finding, Stats
from nerotui.errors import UsageError
from tests.cli.records import NOW, a_host, a_run, away, ended, waiting

CALM = a_host(stats=None)


def test_a_status_line() -> None:
    runs = [a_run(1), waiting(2, 1), waiting(3, 2), ended(4, RunState.FAILED), ended(5, RunState.OOM), ended(6)]
    numbers = counts([CALM, away()], runs, NOW)
    assert fill("{running} run {queued} wait {failed} fail", numbers) == "1 run 2 wait 2 fail"
    assert fill("{up}/{hosts} {done} {{x}} {oom}", numbers) == "1/2 1 {x} 1"


@pytest.mark.parametrize("form", ["{nope}", "{", "{running!r:>x", "{0}", "{}", "{running.real}", "{running:d}d {x}"])
def test_a_wrong_format_is_refused(form: str) -> None:
    with pytest.raises(UsageError):
        fill(form, counts((), (), 0.0))


def test_nothing_calls_when_all_is_well() -> None:
    fine = a_run(1, findings=(Finding(kind="x", severity="info", message="m"),))
    assert needs_attention([CALM], [fine, waiting(2, 1), ended(3), ended(4, RunState.KILLED)], NOW) == []


def test_what_went_wrong_in_the_last_day_calls_and_then_rests() -> None:
    failed = ended(1, RunState.FAILED, reason="exit code 1")
    assert needs_attention([], [failed], NOW) == [f"{failed.id} {failed.name} on gpu1: failed, exit code 1"]
    assert needs_attention([], [failed], NOW + 2 * 86400) == []


def test_findings_full_disks_and_lost_gpus_call() -> None:
    full = a_host(stats=Stats(time=NOW, disks=(Disk(path="/", free=2, total=100), Disk(path="/x", free=9, total=100))))
    assert needs_attention([full], [], NOW) == ["gpu1: / has 2% of its space left"]
    assert needs_attention([a_host()], [], NOW) == ["gpu1: GPU 1: lost: Xid 79"]
    assert needs_attention([], [a_run(1)], NOW) == [f"{a_run(1).id} {a_run(1).name} on gpu1: loss is nan"]


def test_a_scheduler_that_does_not_answer_calls() -> None:
    triton = a_host("triton", stats=None, backend="slurm", jobs_note="Slurm does not answer: timed out")
    assert needs_attention([triton], [], NOW) == ["triton: Slurm does not answer: timed out"]
