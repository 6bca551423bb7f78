"""When the bridge tells the screen: what matters at once, samples of load once a second, all of them together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec
from textual.message import Message

from nerotui.core.records import Host, Run, Stats
from nerotui.fleet import Change
from nerotui.tui.bridge import PACE_SAMPLES, Bridge
from nerotui.tui.messages import FleetChanged
from nerotui.tui.outlet import BEAT
from tests.tui import scene


class _Told(Bridge):
    """A bridge whose fleet is a dictionary."""

    def __init__(self) -> None:
        super().__init__(scene.config())
        self.known = {name: Host(name=name, state="up", stats=Stats(time=0.0)) for name in ("a", "b")}
        self.told: asyncio.Queue[FleetChanged] = asyncio.Queue()
        self._post = self._take

    @property
    def hosts(self) -> Mapping[str, Host]:
        return self.known

    @property
    def runs(self) -> Mapping[str, Run]:
        return {}

    def change(self, host: str, **fields: object) -> None:
        self.known[host] = msgspec.structs.replace(self.known[host], **fields)
        self._changed(Change(hosts=frozenset([host]), runs=frozenset(), messages=()))

    def _take(self, message: Message) -> None:
        assert isinstance(message, FleetChanged)
        self.told.put_nowait(message)


async def test_samples_of_several_hosts_are_told_together() -> None:
    bridge = _Told()
    for host in "ab":
        bridge.change(host)
    async with asyncio.timeout(PACE_SAMPLES * 3):
        first = await bridge.told.get()
        for second in (1.0, 2.0, 3.0):
            for host in "ab":
                bridge.change(host, stats=Stats(time=second))
        begun = asyncio.get_running_loop().time()
        then = await bridge.told.get()
    assert asyncio.get_running_loop().time() - begun > PACE_SAMPLES / 2
    assert first.reach
    assert not then.reach
    assert first.hosts == then.hosts == frozenset("ab")


async def test_a_host_that_goes_away_is_told_while_samples_wait() -> None:
    bridge = _Told()
    bridge.change("a")
    await bridge.told.get()
    bridge.change("a", stats=Stats(time=1.0))
    bridge.change("b", state="down", error="b: gone")
    async with asyncio.timeout(PACE_SAMPLES / 2):
        assert (await bridge.told.get()).reach


async def test_what_runs_report_keeps_to_the_beat_until_the_user_does_something() -> None:
    bridge, loop = _Told(), asyncio.get_running_loop()
    news = Change(runs=frozenset(["abcd2345"]))
    async with asyncio.timeout(5 * BEAT):
        bridge._changed(news)
        await bridge.told.get()
        began = loop.time()  # just after a beat: the next one is as far away as it can be
        bridge._changed(news)
        await bridge.told.get()
        assert loop.time() - began > BEAT / 2
        began = loop.time()
        bridge._doing()
        bridge._changed(news)
        await bridge.told.get()
    assert loop.time() - began < BEAT / 2
