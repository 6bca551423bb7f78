"""The fleet over real sshds: a line that dies without a word, and jump hosts."""

import asyncio
import time
from pathlib import Path

import pytest

from nerotui.config import Config, HostConfig
from nerotui.fleet import Fleet
from nerotui.fleet import host as host_module
from tests.fleet.rig import shell, until
from tests.rigs.relay import Relay
from tests.rigs.sshd import SshFarm

pytestmark = pytest.mark.sshd


def config(tmp_path: Path, *names: str) -> Config:
    return Config(hosts={name: HostConfig(name=name, root=str(tmp_path / name), dir="~") for name in names})


async def test_hosts_behind_others_are_hosts_like_any(ssh_config: SshFarm, tmp_path: Path) -> None:
    async with Fleet(config(tmp_path, "h1", "jumped", "twice")) as fleet:
        assert await fleet.settled(30) == []
        assert {name: host.error for name, host in fleet.hosts.items()} == dict.fromkeys(("h1", "jumped", "twice"))
        run, _ = await fleet.submit(shell("echo over two"), "twice")
        assert (await fleet.wait(run.id, 30)).state == "done"
        assert (await fleet.read_log(run.id, 0, 100))[0] == b"over two\n"


async def test_a_line_that_dies_without_a_word(
    ssh_config: SshFarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_module, "SILENCE", 0.5)
    monkeypatch.setattr(host_module, "ALIVE", 0.5)
    host = ssh_config.hosts["h1"]
    with Relay((host.address, host.port)) as relay:
        ssh_config.alias("relayed", host, HostName=relay.address, Port=relay.port)
        ssh_config.trust(host.known_hosts_line().replace(f"[{host.address}]:{host.port}", f"[127.0.0.1]:{relay.port}"))
        async with Fleet(config(tmp_path, "relayed", "h2")) as fleet:
            fleet.attend(0.2)
            assert await fleet.settled(30) == []
            assert fleet.hosts["relayed"].state == "up", fleet.hosts["relayed"].error
            run, _ = await fleet.submit(shell("for i in $(seq 1 40); do echo $i; sleep 0.1; done"), "relayed")
            follower = fleet.follow(run.id, offset=0)
            data = bytearray()

            async def read() -> None:
                async for chunk in follower:
                    data.extend(chunk.data)
                    if chunk.event == "end":
                        return

            reading = asyncio.create_task(read())
            relay.pause()
            await until(fleet, lambda: fleet.hosts["relayed"].state == "down")
            assert fleet.hosts["h2"].state == "up"
            relay.resume()
            await fleet.refresh("relayed")
            async with asyncio.timeout(40):
                await reading
            await follower.aclose()
            assert bytes(data) == b"".join(b"%d\n" % number for number in range(1, 41))
            relay.pause()
            began = time.monotonic()
        assert time.monotonic() - began < 4
        relay.resume()
