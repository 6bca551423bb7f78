"""Hosts that fail: each says what happened, in time, and costs the others nothing."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from nerotui.channels import Channel
from nerotui.channels.limiter import Limiter
from nerotui.channels.link import Link
from nerotui.channels.openssh import OpensshChannel
from nerotui.channels.ssh import SshChannel
from nerotui.errors import Disconnected, HostError, NoAgent, Unreachable
from tests.rigs.faulty import black_hole, refused, saying, silent
from tests.rigs.relay import Relay
from tests.rigs.sshd import SshFarm, SshHost, start_farm

pytestmark = pytest.mark.sshd


@pytest.fixture(params=["asyncssh", "openssh"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def channel(kind: str, name: str, limiter: Limiter | None = None) -> Channel:
    made = SshChannel if kind == "asyncssh" else OpensshChannel
    return made(name, prompter=None, limiter=limiter or Limiter())


async def failure(made: Channel, seconds: float = 10.0, *, python: str | None = None) -> HostError:
    """The error of a connection that must fail, and in time."""
    begun = time.monotonic()
    with pytest.raises(HostError) as caught:
        await Link.open(made, deadline=seconds, python=python)
    assert time.monotonic() - begun < seconds + 2
    return caught.value


@pytest.fixture
def aliased(ssh_config: SshFarm, request: pytest.FixtureRequest) -> Iterator[str]:
    """A name in the ssh_config for a server at another address."""
    with ExitStack() as stack:
        server: AbstractContextManager[tuple[str, int]] = request.param()
        address, port = stack.enter_context(server)
        name = f"alias-{port}"
        ssh_config.alias(name, ssh_config.hosts["h1"], HostName=address, Port=port)
        yield name


@pytest.mark.parametrize("aliased", [black_hole, silent], indirect=True, ids=["black hole", "silent"])
async def test_a_host_that_never_answers_is_given_up_in_time(aliased: str, kind: str) -> None:
    error = await failure(channel(kind, aliased), 1.0)
    assert isinstance(error, Unreachable)
    assert error.retry
    assert "no answer within 1 s" in str(error)


@pytest.mark.parametrize("aliased", [lambda: saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")], indirect=True, ids=["http"])
async def test_a_server_that_speaks_something_else_is_no_ssh_server(aliased: str, kind: str) -> None:
    error = await failure(channel(kind, aliased), 3.0)
    assert isinstance(error, Unreachable)


async def test_a_refused_port_says_so_at_once(ssh_config: SshFarm, kind: str) -> None:
    address, port = refused()
    ssh_config.alias(f"refused-{port}", ssh_config.hosts["h1"], HostName=address, Port=port)
    error = await failure(channel(kind, f"refused-{port}"), 5.0)
    assert isinstance(error, Unreachable)
    assert "refuse" in str(error)


async def test_an_unknown_name_says_so(ssh_config: SshFarm, kind: str) -> None:
    error = await failure(channel(kind, "no-such-host.invalid"))
    assert isinstance(error, Unreachable)
    assert "no-such-host.invalid" in str(error)


async def test_a_broken_ssh_config_names_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "broken"
    config.write_text("Host x\n  Port twenty\n")
    monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(config))
    error = await failure(channel("asyncssh", "x"))
    assert f"{config} line 2" in str(error)


async def test_black_holes_cost_the_others_nothing(ssh_config: SshFarm) -> None:
    limiter = Limiter()
    with ExitStack() as stack:
        bad = []
        for number in range(12):
            address, port = stack.enter_context(silent() if number % 2 else black_hole())
            ssh_config.alias(f"dead-{port}", ssh_config.hosts["h1"], HostName=address, Port=port)
            bad.append(asyncio.create_task(failure(channel("asyncssh", f"dead-{port}", limiter), 3.0)))
        await asyncio.sleep(0.3)
        begun = time.monotonic()
        for name in ("h1", "h2", "h3"):
            link = await Link.open(channel("asyncssh", name, limiter))
            await link.close()
        assert time.monotonic() - begun < 2.5
        assert all(isinstance(error, Unreachable) for error in await asyncio.gather(*bad))


async def test_a_crowd_at_one_default_sshd_all_get_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with start_farm(tmp_path / "farm", ()) as farm:
        host = farm.add_host("h1")
        text = (host.folder / "sshd_config").read_text()
        (host.folder / "sshd_config").write_text(text.replace("MaxStartups 200", "MaxStartups 10:30:100"))
        host.stop()
        host.start()
        monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
        limiter = Limiter()

        async def open_and_close() -> None:
            stream = await channel("asyncssh", "h1", limiter).open(20)
            await stream.close()

        await asyncio.gather(*(open_and_close() for _ in range(30)))


@pytest.fixture
def relayed(ssh_config: SshFarm) -> Iterator[tuple[str, Relay]]:
    """A host behind a relay."""
    host = ssh_config.hosts["h1"]
    with Relay((host.address, host.port)) as relay:
        name = f"relayed-{relay.port}"
        ssh_config.alias(name, host, HostName=relay.address, Port=relay.port)
        ssh_config.trust(
            host.known_hosts_line().replace(f"[{host.address}]:{host.port}", f"[{relay.address}]:{relay.port}")
        )
        yield name, relay


async def test_a_cut_line_is_noticed_at_once(relayed: tuple[str, Relay], kind: str) -> None:
    name, relay = relayed
    async with await Link.open(channel(kind, name)) as link:
        waiting = asyncio.create_task(link.request("stats", 10))
        relay.cut()
        async with asyncio.timeout(3):
            assert isinstance(await link.closed(), Disconnected)
        await asyncio.wait([waiting])
        with pytest.raises(Disconnected):
            await link.request("stats")


async def test_a_line_that_goes_dead_is_noticed_by_keep_alive(relayed: tuple[str, Relay], ssh_config: SshFarm) -> None:
    name, relay = f"impatient-{relayed[0]}", relayed[1]
    ssh_config.alias(
        name,
        ssh_config.hosts["h1"],
        HostName=relay.address,
        Port=relay.port,
        ServerAliveInterval=1,
        ServerAliveCountMax=2,
    )
    async with await Link.open(channel("asyncssh", name)) as link:
        relay.pause()
        async with asyncio.timeout(8):
            assert isinstance(await link.closed(), Disconnected)


async def test_a_pause_shorter_than_that_loses_nothing(relayed: tuple[str, Relay], kind: str) -> None:
    name, relay = relayed
    async with await Link.open(channel(kind, name)) as link:
        relay.pause()
        waiting = asyncio.create_task(link.request("stats", 10))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        relay.resume()
        assert (await waiting)["stats"]


async def test_two_seconds_of_latency_are_only_slow(relayed: tuple[str, Relay]) -> None:
    name, relay = relayed
    relay.slow(latency=0.03)
    async with await Link.open(channel("asyncssh", name), deadline=30) as link:
        relay.slow(latency=1.0)
        begun = time.monotonic()
        assert (await link.request("stats", 20))["stats"]
        assert time.monotonic() - begun > 1.9
        relay.slow()


async def test_a_connection_that_is_taken_and_dropped_is_tried_again_later(
    relayed: tuple[str, Relay], kind: str
) -> None:
    name, relay = relayed
    relay.refuse()
    error = await failure(channel(kind, name))
    assert isinstance(error, Unreachable)
    assert error.retry


def session_process(host: SshHost) -> int:
    """The sshd process that serves a host's newest session: the child of the listener's child, where it is split."""
    assert host.sshd is not None
    pid = host.sshd.pid
    while True:
        below = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
        sshds = [child for child in below if Path(f"/proc/{child}/comm").read_text().strip().startswith("sshd")]
        if not sshds:
            return pid
        pid = max(sshds)


async def test_a_session_killed_in_mid_request_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with start_farm(tmp_path / "farm", ("h1",)) as farm:
        monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
        async with await Link.open(channel("asyncssh", "h1")) as link:
            os.kill(session_process(farm.hosts["h1"]), signal.SIGKILL)
            async with asyncio.timeout(3):
                assert isinstance(await link.closed(), Disconnected)


class TestTheFarEnd:
    """The login works, and then the agent has it hard."""

    @pytest.fixture
    def host(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshHost]:
        with start_farm(tmp_path / "farm", ("h1",)) as farm:
            monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
            yield farm.hosts["h1"]

    async def test_a_missing_python_is_named(self, host: SshHost, kind: str) -> None:
        error = await failure(channel(kind, "h1"), python="/nonexistent/python")
        assert isinstance(error, NoAgent)
        assert "/nonexistent/python" in str(error)
        assert "python =" in error.hint

    async def test_start_up_files_that_print_do_no_harm(self, host: SshHost, kind: str) -> None:
        (host.home / ".bashrc").write_text("echo Welcome to h1!; printf '\\033[31mred\\0\\n'\n")
        async with await Link.open(channel(kind, "h1")) as link:
            assert (await link.request("stats"))["stats"]

    async def test_a_start_up_file_that_ends_the_shell_is_shown(self, host: SshHost) -> None:
        if Path(pwd.getpwuid(os.getuid()).pw_shell).name != "bash":
            pytest.skip("the user's shell is not bash, which reads ~/.bashrc under sshd")
        (host.home / ".bashrc").write_text("echo This account is closed; exit 1\n")
        error = await failure(channel("asyncssh", "h1"))
        assert isinstance(error, NoAgent)
        assert "This account is closed" in str(error)

    async def test_a_start_up_file_that_prints_for_ever_is_stopped(self, host: SshHost) -> None:
        (host.home / ".bashrc").write_text("yes spam\n")
        error = await failure(channel("asyncssh", "h1"))
        assert isinstance(error, NoAgent)
        assert "print without end" in str(error)

    async def test_a_start_up_file_that_hangs_is_given_up_on(self, host: SshHost) -> None:
        (host.home / ".bashrc").write_text("sleep 30\n")
        error = await failure(channel("asyncssh", "h1"), 1.5)
        assert isinstance(error, NoAgent)

    async def test_a_home_that_cannot_be_written_can_still_be_watched(self, host: SshHost) -> None:
        (host.home / ".nerotui").write_text("a file where the folder should be\n")
        async with await Link.open(channel("asyncssh", "h1")) as link:
            assert not link.hello["writable"]
            assert link.hello["root_error"]
            assert (await link.request("stats"))["stats"]

    @pytest.mark.root
    async def test_a_full_home_can_still_be_watched(self, host: SshHost) -> None:
        with mounted(host.home, "size=64k") as mount:
            (mount / "filler").write_bytes(b"x" * 60_000)
            async with await Link.open(channel("asyncssh", "h1")) as link:
                assert (await link.request("stats"))["stats"]

    @pytest.mark.root
    async def test_a_home_that_may_not_be_executed_from_works(self, host: SshHost) -> None:
        with mounted(host.home, "size=64m,noexec"):
            async with await Link.open(channel("asyncssh", "h1")) as link:
                assert (await link.request("stats"))["stats"]
                assert link.hello["writable"]

    @pytest.mark.root
    async def test_a_read_only_home_can_still_be_watched(self, host: SshHost) -> None:
        with mounted(host.home, "size=64k") as mount:
            subprocess_run("mount", "-o", "remount,ro", str(mount))
            async with await Link.open(channel("asyncssh", "h1")) as link:
                assert not link.hello["writable"]
                assert (await link.request("stats"))["stats"]


def subprocess_run(*argv: str) -> None:
    subprocess.run(argv, check=True, timeout=10)


class mounted:
    """A small file system of its own at a folder."""

    def __init__(self, folder: Path, options: str) -> None:
        if os.getuid() != 0 or shutil.which("mount") is None:
            pytest.skip("needs root, to mount a small file system")
        self.folder = folder
        self.options = options

    def __enter__(self) -> Path:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", self.options, "nerotui-test", str(self.folder)],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"needs the right to mount a file system: {done.stderr.decode()}")
        return self.folder

    def __exit__(self, *exc: object) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=True, timeout=10)
