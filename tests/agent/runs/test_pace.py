"""Where an attempt took up its run's work is on record, for whoever tells how long it still takes."""

import os
import signal

from tests.agent.runs.rig import Rig, until

TRAIN = "for e in $(seq $0 9); do echo epoch $e/9 loss 0.$e; sleep 0.3; done; sleep $1"


def test_an_attempt_knows_where_it_took_up_the_work(rig: Rig) -> None:
    run = rig.submit(["sh", "-c", TRAIN, "1", "0"], resume=["sh", "-c", TRAIN, "5", "1000"])
    first = rig.end(run)["progress"]
    assert (first["at"], first["of"]) == (9, 9)
    assert first["start"] < 9
    rig.act(run, "retry")

    def far() -> bool:
        rig.store.contact()
        progress = rig.record(run)["progress"] or {}
        return bool(rig.record(run)["attempt"] == 2 and progress.get("start", 0) > 4 and progress["at"] == 9)

    until(far)
    second = rig.record(run)["progress"]
    assert 5 <= second["start"] < 9
    assert second["since"] > first["since"]
    before = rig.supervisor(run)
    os.kill(before, signal.SIGKILL)
    until(lambda: (rig.store.contact(), rig.supervisor(run) != before)[1])
    until(lambda: "adopted" in rig.events(run))
    rig.act(run, "kill", now=True)
    assert rig.end(run)["progress"] == second
