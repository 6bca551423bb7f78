"""What the tests on clusters share."""

from tests.rigs.cluster.fixtures import cluster, clusters

__all__ = ["cluster", "clusters"]
