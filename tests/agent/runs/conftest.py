"""Fixtures of the tests of runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.runs.rig import Rig, rigs


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A host's root, with nothing left alive of it after the test."""
    yield from rigs(tmp_path / "root")
