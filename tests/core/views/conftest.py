"""Records to look at."""

from collections.abc import Callable
from typing import Any

import pytest

from nerotui.agent.states import RunState
from nerotui.core.records import Run

MakeRun = Callable[..., Run]


@pytest.fixture
def make_run() -> MakeRun:
    """Makes a run; only what a test is about must be said."""

    def make(run_id: str = "k3f9aaaa", state: str = "running", **fields: Any) -> Run:
        defaults: dict[str, Any] = {"name": f"run-{run_id}", "host": "gpu01"}
        return Run(id=run_id, state=RunState(state), **(defaults | fields))

    return make
