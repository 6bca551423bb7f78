"""What the fleet's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.rig import Rig
from tests.rigs.sshd import ssh_config, sshd_farm

__all__ = ["rig", "ssh_config", "sshd_farm"]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Hosts that are gone after the test."""
    made = Rig(tmp_path / "hosts")
    yield made
    made.sweep()
