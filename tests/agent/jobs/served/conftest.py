"""Fixtures of the tests of schedulers' runs: an agent on a login node, and the scheduler that a test plays itself."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerotui.agent.processes import processes
from tests.agent.jobs.served.site import Site
from tests.agent.serve.far import Far


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root where this version was before."""
    place = tmp_path_factory.mktemp("unpacked")
    with Far(sys.executable) as agent:
        agent.greet(place)
        agent.ok("stats")
    return place / "bundle"


@pytest.fixture
def site(tmp_path: Path, unpacked: Path) -> Iterator[Site]:
    """A login node whose nodes share its root; what was started is ended with the test."""
    root = tmp_path / "root"
    root.mkdir(mode=0o700)
    shutil.copytree(unpacked, root / "bundle", copy_function=os.link)
    with Far(sys.executable, env={"NEROTUI_HOSTNAME": "login"}) as agent:
        agent.greet(root)
        site = Site(agent, root)
        try:
            yield site
        finally:
            site.close()
            end_all(root)


def end_all(root: Path) -> None:
    """Ends whatever was started under a root."""
    for pid in processes.pids():
        if pid != os.getpid() and any(str(root) in word for word in processes.command_line(pid)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
