"""Fixtures of the channels' tests: the sshds, and channels to them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs.sshd import SshFarm, ssh_config, sshd_farm, start_farm

__all__ = ["ssh_config", "sshd_farm"]


@pytest.fixture
def farm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshFarm]:
    """One host of the test's own, to spoil."""
    with start_farm(tmp_path / "farm", ("h1",)) as farm:
        monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
        yield farm
