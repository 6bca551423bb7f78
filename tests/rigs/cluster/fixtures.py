"""Clusters as fixtures: import `clusters` and `cluster` into a conftest.py.

def test_it(cluster): ...                                              on each kind
@pytest.mark.parametrize("cluster", BATCH, indirect=True)              on those with a scheduler
@pytest.mark.parametrize("cluster", ["slurm"], indirect=True)          on one
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.rigs.cluster.cluster import KINDS, Cluster, lacking, start_cluster

BATCH = KINDS[1:]
#: One of each scheduler: for what accounting makes no difference to.
EACH = ("slurm", "gridengine")
SLURM = ("slurm", "slurm-noacct")


#: What runs, whichever conftest.py asked for it first.
_STARTED: dict[str, Cluster] = {}
_ENDS = ExitStack()


@pytest.fixture(scope="session")
def clusters() -> Iterator[Callable[[str], Cluster]]:
    """Gives the cluster of a kind; each is started when first asked for and runs until the session's end."""

    def of(kind: str) -> Cluster:
        if lack := lacking(kind):
            pytest.skip(lack)
        if kind not in _STARTED:
            _STARTED[kind] = _ENDS.enter_context(start_cluster(kind))
        return _STARTED[kind]

    yield of
    _STARTED.clear()
    _ENDS.close()


@pytest.fixture(params=KINDS)
def cluster(
    request: pytest.FixtureRequest, clusters: Callable[[str], Cluster], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cluster]:
    """A cluster without jobs, and nerotui told to read its ssh_config; what the test leaves running is ended."""
    cluster = clusters(request.param)
    monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(cluster.farm.config))
    yield cluster
    cluster.sweep()
