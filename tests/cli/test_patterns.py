"""The patterns of a project's nerotui.toml find metrics in its runs and in plain files, and are checked first."""

import json
from pathlib import Path

from tests.cli.conftest import Nerotui
from tests.cli.test_verbs import Runs

PRINTED = "@1 q=0.5\n@2 q=0.25\n"


def test_a_projects_patterns_read_its_runs_and_its_files(nerotui: Nerotui, tmp_path: Path) -> None:
    runs = Runs(nerotui)
    (tmp_path / "nerotui.toml").write_text("[defaults]\nmetrics = ['@(?P<step>\\d+) q=(?P<quality>\\S+)']\n")
    (tmp_path / "train.log").write_text(PRINTED)
    run_id = runs.run(command=("cat", "train.log"))
    runs.until_state(run_id, "done")
    for source in (run_id, "train.log"):
        printed = json.loads(runs.do("metrics", source, "--json"))["series"]
        assert printed == [{"name": "quality", "x": "step", "points": [[1, 0.5], [2, 0.25]]}]


def test_a_pattern_that_cannot_be_used_is_refused_before_anything_is_queued(nerotui: Nerotui, tmp_path: Path) -> None:
    (tmp_path / "nerotui.toml").write_text("[defaults]\nmetrics = ['loss (?P<loss>\\S+']\n")
    refused = nerotui("run", "--", "true")
    assert refused.code == 2
    assert "nerotui.toml:2: the pattern cannot be used" in refused.err
    assert "\nloss (?P<loss>\\S+\n     ^" in refused.err
    (tmp_path / "nerotui.toml").unlink()
    assert json.loads(nerotui("ls", "--json").out)["runs"] == []
