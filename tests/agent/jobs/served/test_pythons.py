"""A scheduler's run on the oldest and the newest interpreter that a cluster may have."""

from pathlib import Path

import pytest

from tests.agent.jobs.served.conftest import end_all
from tests.agent.jobs.served.site import Site
from tests.agent.serve.far import Far, plain
from tests.pythons import interpreters


@pytest.mark.parametrize("version", ["3.6", "3.7", "3.13"])
def test_a_run_from_its_submission_to_its_end(tmp_path: Path, version: str) -> None:
    python = interpreters().get(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine")
    root = tmp_path / "root ä"
    with Far(python, env={"NEROTUI_HOSTNAME": "login"}) as far:
        far.greet(root, bundle=plain())
        site = Site(far, root)
        try:
            script = "#!/bin/sh\n#SBATCH -p main\necho here ä; exit 3\n"
            answer = site.submit("aaaa2222", ["x.sh"], script=script)
            said = far.ok("exec", argv=["sh", "-c", 'cat; echo "$0" >&2', "ä"], stdin="17\n", run="aaaa2222", attempt=1)
            assert said == {"code": 0, "out": "17\n", "err": "ä\n"}
            assert "packed" in far.ok("exec", argv=["cat"], stdin="ä" * 100_000)
            assert far.ok("exec", argv=["sleep", "9"], timeout=0.2)["code"] is None
            assert far.ok("exec", argv=["no-such-program"])["code"] is None
            far.ok("job", run="aaaa2222", attempt=1, job={"scheduler": "slurm", "id": "17", "argv": [answer["script"]]})
            assert site.start("aaaa2222").wait(20) == 3
            assert site.log("aaaa2222") == "here ä\n"
            assert site.judge("aaaa2222", 1, "timeout", "another opinion")["state"] == "failed"
            assert site.act("aaaa2222", "retry")["attempt"] == 2
            assert site.judge("aaaa2222", 2, "killed", "cancelled")["state"] == "killed"
        finally:
            site.close()
            end_all(root)
