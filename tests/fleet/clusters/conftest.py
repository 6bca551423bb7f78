"""What the tests of the Python API on clusters share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endtoend.clusters.site import Site
from tests.rigs.cluster.cluster import Cluster
from tests.rigs.cluster.fixtures import cluster, clusters

__all__ = ["cluster", "clusters", "site"]


@pytest.fixture
def site(cluster: Cluster, tmp_path: Path) -> Iterator[Site]:
    """A user of a cluster, who has no runs there yet."""
    site = Site(cluster, tmp_path)
    yield site
    site.fleet.close()
