"""A group's run goes where it can start, else where the queue is shortest."""

from nerotui.agent.states import RunState
from nerotui.core.placement import Candidate, candidate, choose
from nerotui.core.records import Run


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
