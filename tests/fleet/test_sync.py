"""The fleet for plain scripts."""

import threading
from pathlib import Path

import pytest

import nerotui
from nerotui.fleet.sync import SyncFleet
from tests.fleet.rig import Rig


def test_a_script_runs_and_reads(rig: Rig) -> None:
    with SyncFleet(rig.fleet("one"), 20) as fleet:
        assert fleet.hosts["one"].state == "up"
        run = fleet.submit(["/bin/sh", "-c", "echo step 1 loss 0.5"], host="one", name="small")
        assert b"".join(chunk.data for chunk in fleet.follow(run.id, offset=0)) == b"step 1 loss 0.5\n"
        assert fleet.wait(run.id, 30).state == nerotui.RunState.DONE
        assert fleet.find("small").id == run.id
        assert fleet.read_log(run.id)[1] == 16
        assert [(series.name, series.points[0][:2]) for series in fleet.points(run.id)] == [("loss", (1, 0.5))]
        assert fleet.show(run.id).run.name == "small"
        with pytest.raises(nerotui.IllegalAction):
            fleet.act(run.id, "kill")
        assert run.id in fleet.runs
    with pytest.raises(nerotui.NerotuiError, match="closed"):
        fleet.why(run.id)
    assert "nerotui" not in [thread.name for thread in threading.enumerate()]


def test_connect_reads_the_users_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(nerotui.UsageError, match="no host or group is called 'gpu1'"):
        nerotui.connect("gpu1")
    with nerotui.connect(timeout=20) as fleet:
        assert list(fleet.hosts) == ["local"]
