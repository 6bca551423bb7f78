"""The dry run: what would have been said of a log or a run, and when; and rules on the command line and in files."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Nerotui
from tests.cli.test_verbs import Runs

TROUBLE = """\
step 1 loss 0.9
step 2 loss 0.5
step 3 loss nan
step 4 loss 0.4
Traceback (most recent call last):
  File "/home/me/train.py", line 7, in step
    x = rows[9]
IndexError: list index out of range
"""


@pytest.fixture
def runs(nerotui: Nerotui) -> Runs:
    return Runs(nerotui)


def test_a_log_tells_line_by_line_what_would_have_been_said(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(TROUBLE)
    text = runs.do("diagnose", "train.log", "--stop", "nan(loss) then kill").splitlines()
    assert text[0] == "train.log: 4 points, 8 lines"
    assert "error  line 3, step 3: loss is nan since step 3" in text
    assert "    nan at step 3, 0.5 before" in text
    assert "    no more from line 4, step 4" in text
    assert "kill by the rule  line 3, step 3: loss is nan at step 3 (nan(loss) then kill)" in text
    assert "error  line 5, step 4: IndexError: list index out of range (train.py:7 in step)" in text


def test_scripts_get_places_and_times(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(TROUBLE)
    told = json.loads(runs.do("diagnose", "train.log", "--json"))
    assert (told["version"], told["points"], told["lines"]) == (1, 4, 8)
    nan, failure = told["findings"]
    assert (nan["kind"], nan["at"]["line"], nan["gone"]["line"]) == ("nan", 3, 4)
    assert (failure["kind"], failure["gone"], failure["rule"]) == ("traceback", None, None)


def test_a_run_is_diagnosed_from_its_own_record(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(TROUBLE)
    run_id = runs.run(command=("sh", "-c", "cat train.log; exit 3"))
    runs.until_state(run_id, "failed")
    told = json.loads(runs.do("diagnose", run_id, "--json", "--stop", "loss < 0.6"))["findings"]
    assert {(one["kind"], one["at"]["line"]) for one in told} >= {("nan", 3), ("traceback", 5), ("rule", 2)}
    assert all(one["at"]["t"] for one in told if one["kind"] in ("nan", "rule"))
    assert "IndexError" in runs.do("show", run_id)


def test_nothing_wrong_is_said_to_be_so(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "good.log").write_text("".join(f"step {at} loss {1 / at}\n" for at in range(1, 40)))
    assert runs.do("diagnose", "good.log").splitlines()[1:] == [
        "nothing to find",
        "no line begins with a time: silences and durations cannot be told",
    ]
    (tmp_path / "good.log").write_text("".join(f"10:00:{at} step {at} loss {1 / at}\n" for at in range(10, 40)))
    assert runs.do("diagnose", "good.log").splitlines()[1:] == ["nothing to find"]
    assert json.loads(runs.do("diagnose", "good.log", "--json"))["findings"] == []


def test_a_rule_that_cannot_be_read_is_refused_before_anything_is_queued(nerotui: Nerotui, runs: Runs) -> None:
    done = nerotui("run", "--stop", "loss >> 5", "--", "true")
    assert done.code == 2
    assert done.err.splitlines()[:3] == [
        "nerotui: --stop: the rule cannot be read: here a number must stand",
        "    loss >> 5",
        "          ^",
    ]
    assert json.loads(runs.do("ls", "--json"))["runs"] == []


def test_a_rule_in_a_file_is_refused_with_its_line(nerotui: Nerotui, tmp_path: Path) -> None:
    (tmp_path / "nerotui.toml").write_text('[defaults]\nstop = [\n  "nan(loss)",\n  "val_loss > five",\n]\n')
    done = nerotui("run", "--", "true")
    assert done.code == 2
    lines = done.err.splitlines()
    assert lines[0].endswith("nerotui.toml:4: the rule cannot be read: here a number must stand")
    assert lines[1:3] == ["    val_loss > five", "               ^"]


def test_rules_of_file_and_command_line_are_both_kept(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "nerotui.toml").write_text(
        '[defaults]\nstop = ["nan(loss)"]\n[defaults.conditions.over]\nvariablename = "error_rate"\nkillvalue = 50\n'
        'comparator = "gt"\nwhen = "time 10"\naction = "kill"\n'
    )
    run_id = runs.run("--stop", "no output for 1h", command=("echo", "error_rate 70"))
    runs.until_state(run_id, "done")
    (line,) = [line for line in runs.do("show", run_id).splitlines() if line.startswith("rules")]
    assert line.split(None, 1)[1] == "nan(loss) · error_rate > 50 after 10m then kill · no output for 1h"
