"""What a site refused once is explained on its key, and clusters are asked what they have only while somebody looks."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from nerotui.agent.states import RunState
from nerotui.core.records import Host, Run
from nerotui.errors import Refused
from nerotui.tui.actions import BY_ID
from nerotui.tui.footer import keys_now
from nerotui.tui.keys import Keymap
from nerotui.tui.overview import Overview
from nerotui.tui.refused import explanations, refused
from nerotui.tui.widgets.keylist import KeyList
from tests.tui.clusterscene import ClusterScene
from tests.tui.scene import app

DENIED = "this site lets only administrators do that"


def run(state: RunState, host: str = "triton") -> Run:
    return Run(id="k3f9ab2c", name="fit", host=host, state=state, backend="slurm")


@pytest.mark.parametrize(
    ("kind", "action", "state"),
    [
        ("freeze", "pause", RunState.RUNNING),
        ("hold", "pause", RunState.QUEUED),
        ("release", "resume", RunState.HELD),
        ("move up", "earlier", RunState.QUEUED),
        ("kill", "kill", RunState.RUNNING),
    ],
)
def test_a_refusal_belongs_to_a_key_and_a_host(kind: str, action: str, state: RunState) -> None:
    refusals = {"triton": {kind: DENIED}}
    assert refused(BY_ID[action], [run(state)], refusals)
    assert not refused(BY_ID[action], [run(state), run(state, "gpu01")], refusals)
    assert not refused(BY_ID[action], [], refusals)
    assert explanations(refusals) == {action: f"On triton: {DENIED}."}


def test_longer_may_be_refused_where_shorter_is_not() -> None:
    refusals = {"triton": {"limit up": DENIED, "move up": DENIED}}
    assert not refused(BY_ID["limit"], [run(RunState.RUNNING)], refusals)
    assert not refused(BY_ID["later"], [run(RunState.QUEUED)], refusals)
    assert set(explanations(refusals)) == {"limit", "earlier"}


def test_what_cannot_be_asked_of_what_nerotui_did_not_start_is_not_offered() -> None:
    log = Run(id="k3f9ab2c", name="by-hand", host="gpu01", state=RunState.RUNNING, foreign=True)
    job = Run(id="m7qa2xyz", name="job", host="triton", state=RunState.RUNNING, foreign=True, job="15", backend="slurm")
    offered = {name for name in ("pause", "yield", "kill", "limit") if not refused(BY_ID[name], [log], {})}
    assert offered == {"pause", "kill"}
    assert not refused(BY_ID["yield"], [job], {})
    assert refused(BY_ID["remove"], [job], {})
    assert not refused(BY_ID["yield"], [log, job], {})


def test_the_footer_does_not_offer_what_was_refused() -> None:
    offered = dict(keys_now(Keymap(), "runs", [RunState.RUNNING], readonly=False))
    assert "p" in offered
    left = keys_now(Keymap(), "runs", [RunState.RUNNING], readonly=False, refused=lambda one: one.id == "pause")
    assert "p" not in dict(left)


async def test_the_list_of_keys_explains_it() -> None:
    console = app(scene=ClusterScene())
    async with console.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("question_mark", *"freeze")
        await pilot.pause()
        keys = console.screen.query_one(KeyList)
        said = "".join(segment.text for y in range(keys.size.height) for segment in keys.strip(y))
    assert "On triton: this site lets only administrators do that" in " ".join(said.split())


class Clusters:
    """A fleet that counts how often it is asked."""

    def __init__(self) -> None:
        known = {"backend": "slurm", "state": "up"}
        self.hosts: dict[str, Host] = {
            "triton": Host(name="triton", **known),  # type: ignore[arg-type]
            "away": Host(name="away", backend="slurm", state="down"),
            "gpu01": Host(name="gpu01", backend="process", state="up"),
        }
        self.asked: list[str] = []
        self.told = asyncio.Event()

    async def survey(self, host: str) -> None:
        self.asked.append(host)
        self.told.set()
        raise Refused("sinfo: not for you")


async def test_clusters_that_are_up_are_asked_once_and_again_when_they_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nerotui.tui.overview.SOON", 0.01)
    fleet = Clusters()
    overview = Overview(cast(Any, fleet))

    async def asked(*names: str) -> None:
        async with asyncio.timeout(5):
            while fleet.asked != list(names):
                fleet.told.clear()
                await fleet.told.wait()

    task = asyncio.create_task(overview.run())
    try:
        await asked("triton")
        await asyncio.sleep(0.02)  # what is newer than SOON is not asked again
        overview.want("gpu01")
        overview.want("triton")
        await asked("triton", "triton")
        overview.seen = False
        fleet.hosts["away"] = Host(name="away", backend="slurm", state="up")
        overview.changed()
        await asyncio.sleep(0.05)
        assert fleet.asked == ["triton", "triton"]
        overview.seen = True
        overview.changed()
        await asked("triton", "triton", "away")
    finally:
        task.cancel()
        await asyncio.wait([task])
