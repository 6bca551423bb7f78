"""What dialogs say before something is done to a run: whose it is, where it is, and how it would be done."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from nerotui.agent.states import RunState
from nerotui.core.records import Run
from nerotui.core.views.spans import plain
from nerotui.tui.palette import Palette
from nerotui.tui.screens.stakes import kill_question
from nerotui.tui.widgets.bars import FooterLine
from tests.tui.scene import NOW, Scene, app


def job(state: RunState = RunState.RUNNING, **fields: object) -> Run:
    known: dict[str, object] = {"id": "k3f9ab2c", "name": "fit", "host": "triton", "backend": "slurm", "job": "4711"}
    return Run(state=state, nodes="node3", **(known | fields))  # type: ignore[arg-type]


def text(question: object) -> str:
    return "\n".join(plain(line) for line in question.lines)  # type: ignore[attr-defined]


def killing(*runs: Run) -> str:
    return text(kill_question(Palette(), runs, now=NOW, short=lambda run_id: run_id[:4]))


def test_a_kill_names_job_and_node_and_who_ends_it() -> None:
    said = killing(job())
    assert "job 4711 on node3" in said
    assert "Slurm ends what is left" in said
    assert "nerotui did not start" not in said


def test_what_nerotui_did_not_start_is_said_first() -> None:
    said = killing(job(foreign=True))
    assert "nerotui did not start it." in said
    assert "Slurm is asked to cancel its job." in said
    assert "nerotui did not start 1." in killing(job(foreign=True), job(id="m7qa2xyz"))
    assert "nerotui did not start them." in killing(job(foreign=True), job(id="m7qa2xyz", foreign=True))
    plain_host = Run(id="k3f9ab2c", name="fit", host="gpu01", state=RunState.RUNNING, pid=7, foreign=True)
    assert "nerotui did not start it." in killing(plain_host)
    assert "SIGTERM to the whole process tree" in killing(plain_host)


async def test_of_what_nerotui_did_not_start_there_is_nothing_to_remove() -> None:
    scene = Scene()
    ended = job(RunState.DONE, foreign=True)
    scene.run_records = {ended.id: ended}
    console = app(scene=scene)
    async with console.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("D")
        await pilot.pause()
        said = "".join(segment.text for segment in console.screen.query_one(FooterLine).strip(0))
        await pilot.press("y")
    assert "nothing to remove" in said
    assert scene.done == []


@pytest.mark.parametrize(("typed", "asked"), [("1h30m", 5400.0), ("none", None)])
async def test_a_time_limit_is_asked_for_and_sent(typed: str, asked: float | None) -> None:
    scene = Scene()
    console = app(scene=scene)
    async with console.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("j", "T")
        await pilot.pause()
        await write(pilot, "a while")
        assert "is no duration" in str(console.screen.query_one("#problem", Static).render())
        await write(pilot, typed)
        await pilot.pause()
    assert scene.done == [("k3f9ab2c", "limit", {"seconds": asked})]


async def write(pilot: Pilot[str], typed: str) -> None:
    console = pilot.app
    console.screen.query_one("#limit", Input).value = typed
    await pilot.press("enter")
    await pilot.pause()
