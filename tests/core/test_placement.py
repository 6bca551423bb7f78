"""A group's run goes where it can start, else where the queue is shortest."""

from typing import Any

from nerotui.agent.states import RunState
from nerotui.core.placement import Candidate, candidate, choose, cluster
from nerotui.core.records import Partition, Run


def host(name: str, **values: int) -> Candidate:
    return Candidate(name=name, **values)


def chosen(*hosts: Candidate, gpus: int | None = None) -> str | None:
    found = choose(hosts, gpus)
    return found.name if found else None


def test_a_free_slot_comes_first() -> None:
    assert chosen(host("a", slots=1, busy=1), host("b", slots=4, busy=3)) == "b"


def test_else_the_shortest_queue_for_its_slots() -> None:
    assert chosen(host("a", slots=1, busy=1, waiting=1), host("b", slots=4, busy=4, waiting=3)) == "b"


def test_between_equals_the_groups_order_decides() -> None:
    assert chosen(host("b"), host("a")) == "b"


def test_a_host_without_enough_gpus_never_takes_it() -> None:
    assert chosen(host("a", slots=9), host("b", gpus=2, busy=5), gpus=2) == "b"
    assert chosen(host("a", gpus=1), gpus=2) is None
    assert chosen() is None


def test_gpus_that_others_use_are_not_free() -> None:
    busy = Candidate(name="a", slots=2, gpus=2, gpus_free=0)
    free = Candidate(name="b", slots=2, gpus=2, gpus_free=1)
    assert chosen(busy, free) == "b"
    assert chosen(busy, free, gpus=0) == "a"


def test_what_is_held_is_in_nobodys_way() -> None:
    runs = [
        Run(id=str(number), name="r", host="a", state=state)
        for number, state in enumerate(
            (RunState.RUNNING, RunState.PAUSED, RunState.QUEUED, RunState.HELD, RunState.DONE)
        )
    ]
    assert candidate("a", runs, slots=None, gpus=2) == Candidate(name="a", slots=2, busy=2, waiting=1, gpus=2)


def partition(name: str = "main", **more: Any) -> Partition:
    return Partition(name=name, **{"default": True, "cpus": 8, "cpus_free": 4, "gpus": 4, "gpus_free": 2, **more})


def on_cluster(*states: str) -> list[Run]:
    return [Run(id=f"run{at}", name="x", host="c", state=RunState(state)) for at, state in enumerate(states)]


def test_a_cluster_with_room_takes_a_run_at_once() -> None:
    free = cluster("c", on_cluster("running"), [partition()], partition=None, gpus=2)
    full = cluster("d", [], [partition(gpus_free=0)], partition=None, gpus=2)
    busy = Candidate(name="plain", slots=2, busy=2, gpus=2)
    assert choose([busy, full, free], 2) == free
    # Without any that has room, the shortest queue for each that runs.
    queued = cluster("e", on_cluster("running", "queued", "queued"), [partition(gpus_free=0)], partition=None, gpus=2)
    assert choose([queued, busy], 2) == busy


def test_a_cluster_is_judged_by_the_partition_that_is_asked_for() -> None:
    partitions = [partition(), partition("big", default=False, gpus=8, gpus_free=8)]
    assert choose([cluster("c", [], partitions, partition=None, gpus=6)], 6) is None
    assert choose([cluster("c", [], partitions, partition="big", gpus=6)], 6) is not None
    # What is not told is no reason against it: an outage, or a scheduler that does not count GPUs.
    assert choose([cluster("c", [], [], partition=None, gpus=6)], 6) is not None
    assert choose([cluster("c", [], [partition(gpus=None)], partition=None, gpus=6)], 6) is not None
