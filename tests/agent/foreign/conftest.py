"""An agent, and programs started by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.foreign.hand import Hand
from tests.agent.serve.conftest import far, python, root, unpacked

__all__ = ["far", "hand", "python", "root", "unpacked"]


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    """Someone at a shell, of whose programs nothing is left after the test."""
    made = Hand(tmp_path / "exp")
    yield made
    made.sweep()
