"""The agent runs on every Python from 3.6 on, as it lies in a bundle."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import nerotui
from tests.agent.runs.rig import Rig
from tests.pythons import interpreters

DRIVE = Path(__file__).with_name("drive.py")


@pytest.mark.parametrize("version", interpreters())
def test_runs_live_on_every_python(version: str, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    package = Path(nerotui.__file__).parent
    shutil.copytree(package / "agent", bundle / "nerotui" / "agent", ignore=shutil.ignore_patterns("__pycache__"))
    (bundle / "nerotui" / "__init__.py").touch()
    rig = Rig(tmp_path / "root")
    try:
        done = subprocess.run(
            [interpreters()[version], "-S", "-E", "-W", "error", DRIVE, bundle, rig.path],
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.stderr == ""
        found = json.loads(done.stdout)
        states = [found[run]["state"] for run in sorted(found)]
        assert states == ["done", "failed", "killed", "done", "timeout"]
        assert found["aaaaaaaa"]["metrics"]["loss"]["last"] == 0.5
        assert rig.log("aaaaaaae").endswith("term\n")  # before that the shell may say of its sleep: Terminated
        assert rig.log("aaaaaaad") == "1\n2\n"
        errors = Path(rig.queue.folder.errors)
        assert errors.read_text() == ""
    finally:
        rig.close()
