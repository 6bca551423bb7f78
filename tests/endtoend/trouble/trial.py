"""A trial: runs made to fail, through the process backend, and what was said of each, and when."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.agent.runs.rig import ENDED, Rig
from tests.endtoend.trouble.cases import CASES, HARMLESS, SOUND, Case, memory_limit, small_disk

#: Seconds that a case may take; the slowest is the one whose pace must be known for two minutes to be compared.
PATIENCE = 300.0


class Outcome(NamedTuple):
    """What came of a case.

    Attributes:
        found: kind, severity and seconds after its start of each finding, in order.
        took: seconds from start to end; None where it was killed because it would never end.
        state: how it ended.
    """

    case: Case
    found: list[tuple[str, str, float]]
    took: float | None
    state: str

    @property
    def right(self) -> tuple[str, str, float] | None:
        """The first of the right findings."""
        return next((one for one in self.found if one[0] in self.case.kinds), None)

    @property
    def wrong(self) -> list[tuple[str, str, float]]:
        """Warnings and errors that are not true of it."""
        known = self.case.kinds | self.case.also | HARMLESS
        return [one for one in self.found if one[0] not in known and one[1] != "info"]

    @property
    def early(self) -> float | None:
        """How many seconds before the end it was found; None where there was no end."""
        return None if self.took is None or self.right is None else self.took - self.right[2]


@contextmanager
def trial(folder: Path, cases: Iterable[Case], slots: int = 32) -> Iterator[list[Outcome]]:
    """Runs cases side by side, as many at once as there are, and gives what came of them."""
    before = os.environ.get("NEROTUI_SLOTS")
    os.environ["NEROTUI_SLOTS"] = str(slots)
    rig = Rig(folder)
    try:
        runs = {}
        for case in cases:
            deadline = None if case.within is None else time.time() + case.within
            run = rig.submit(case.command, **{"gpus": 0, "deadline": deadline, **(case.spec or {})})
            if not case.company:
                runs[run] = case
        yield list(_outcomes(rig, runs))
    finally:
        rig.close()
        if before is None:
            del os.environ["NEROTUI_SLOTS"]
        else:
            os.environ["NEROTUI_SLOTS"] = before


def everything(folder: Path) -> list[Outcome]:
    """All cases that can be made on this machine, sick and sound."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        made = [
            stack.enter_context(memory_limit(f"nerotui-{os.getpid()}")),
            stack.enter_context(small_disk(folder / "disk")),
        ]
        cases = [*CASES, *(case for case in made if case is not None), *SOUND]
        return stack.enter_context(trial(folder / "root", cases))


def _outcomes(rig: Rig, runs: dict[str, Case]) -> Iterator[Outcome]:
    deadline = time.monotonic() + PATIENCE
    left = dict(runs)
    while left and time.monotonic() < deadline:
        rig.store.contact()
        for run, case in list(left.items()):
            record = rig.record(run)
            if record["state"] in ENDED and rig.queue.of_run(run) is None:
                del left[run]
                yield _outcome(rig, run, case, record, record["ended"] - record["started"])
            elif case.lives and any(one["kind"] in case.kinds for one in record["findings"]):
                del left[run]
                outcome = _outcome(rig, run, case, record, None)
                rig.act(run, "kill", now=True)
                yield outcome
        time.sleep(0.2)
    for run, case in left.items():
        yield _outcome(rig, run, case, rig.record(run), None)


def _outcome(rig: Rig, run: str, case: Case, record: dict[str, Any], took: float | None) -> Outcome:
    started = record["started"] or record["created"]
    found = []
    for event in rig.store.show(run)["events"]:
        if event["kind"] == "finding":
            severity = event["text"].partition(":")[0]
            found.append((event["finding"], severity, max(0.0, event["time"] - started)))
    # A finding may have become worse than it was when it came.
    worst = {one["kind"]: one["severity"] for one in record["findings"]}
    found = [(kind, worst.get(kind, severity), at) for kind, severity, at in found]
    return Outcome(case, found, took, record["state"])
