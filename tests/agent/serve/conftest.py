"""An agent to talk to, on the interpreter that runs the tests."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.serve.far import Far
from tests.pythons import interpreters


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root where this version was before: unpacked, and its bytecode kept."""
    place = tmp_path_factory.mktemp("unpacked")
    with Far(sys.executable) as agent:
        agent.greet(place)
        agent.ok("stats")
    return place / "bundle"


@pytest.fixture
def far(root: Path, unpacked: Path) -> Iterator[Far]:
    shutil.copytree(unpacked, root / "bundle")
    root.chmod(0o700)
    with Far(sys.executable) as agent:
        agent.greet(root)
        yield agent


@pytest.fixture(params=[f"3.{minor}" for minor in range(6, 14)])
def python(request: pytest.FixtureRequest) -> str:
    """Each interpreter that the agent must run on."""
    found = interpreters().get(request.param)
    if found is None:
        pytest.skip(f"there is no Python {request.param} on this machine")
    return found
