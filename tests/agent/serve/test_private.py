"""What lies under a root is its user's alone, however generous the login's umask is."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.runs.rig import Rig, until
from tests.agent.serve.far import Far
from tests.pythons import interpreters


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """New files are for everybody unless they say otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize("version", [min(interpreters(), key=lambda v: int(v[2:])), "this"])
def test_a_used_root_is_private(tmp_path: Path, version: str) -> None:
    root = tmp_path / "above" / "root"
    rig = Rig(root)
    try:
        with Far(interpreters().get(version, sys.executable), env={"NEROTUI_SLOTS": "2"}) as agent:
            agent.greet(root)
            report = 'echo step 1 loss 0.5; echo "{\\"step\\": 1, \\"acc\\": 0.5}" >> $NEROTUI_METRICS'
            work = {
                "aaaaaaaa": f"{report}; umask > own.mask; exit 3",
                "aaaaaaab": f"{report}; sleep 1000 & wait",
                "aaaaaaac": "true",
            }
            for run, command in work.items():
                spec = {"id": run, "name": run, "command": ["sh", "-c", command], "dir": str(tmp_path)}
                agent.ok("submit", spec=spec, who="me", held=run == "aaaaaaac")
            rig.reach("aaaaaaab", "running")
            until(lambda: (root / "runs" / "aaaaaaab" / "stats.jsonl").exists())
            agent.ok("act", run="aaaaaaab", action="freeze", who="me")
            rig.reach("aaaaaaab", "paused")
            agent.ok("act", run="aaaaaaab", action="kill", who="me")
            rig.end("aaaaaaab")
            rig.end("aaaaaaaa")
            agent.ok("act", run="aaaaaaaa", action="retry", who="me")
            until(lambda: rig.record("aaaaaaaa")["attempt"] == 2)
            rig.end("aaaaaaaa")
            agent.ok("act", run="aaaaaaac", action="kill", who="me")
        found = {path: stat.S_IMODE(path.lstat().st_mode) for path in [root, *root.rglob("*")] if not path.is_symlink()}
        assert {str(path.relative_to(root)): oct(mode) for path, mode in found.items() if mode & 0o077} == {}
        names = {path.name for path in found}
        assert {"lock", "line", "settings.json", "errors.log", "facts.json", "status.json", "1.jsonl", "log"} <= names
        assert {"stats.jsonl", "metrics.jsonl", "environment", "1.end", "2.jsonl", "asked", "__pycache__"} <= names
        assert any(path.suffix == ".pyc" for path in found)
        # The run's own files are as its user's umask has them.
        assert (tmp_path / "own.mask").read_text().strip() == "0000"
        assert stat.S_IMODE((tmp_path / "own.mask").stat().st_mode) == 0o666
    finally:
        rig.close()
