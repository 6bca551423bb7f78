"""The system's `ssh` as a channel, against real sshds and a host that asks."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerotui.channels.limiter import Limiter
from nerotui.channels.link import Link
from nerotui.channels.openssh import OpensshChannel
from nerotui.errors import HostKeyError, LoginError, Unreachable
from tests.channels.person import Person
from tests.channels.reach import command, ssh_agent
from tests.rigs.login import LoginServer
from tests.rigs.sshd import SshFarm, make_key, start_farm

pytestmark = pytest.mark.sshd


@pytest.fixture
def farm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshFarm]:
    with start_farm(tmp_path / "farm", ("h1",)) as farm:
        monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
        yield farm


async def home_of(name: str, person: Person | None = None) -> str:
    channel = OpensshChannel(name, prompter=person, limiter=Limiter())
    async with await Link.open(channel, deadline=10) as link:
        return Path(link.hello["home"]).parent.name


@pytest.mark.parametrize(("name", "answers"), [("h1", "h1"), ("jumped", "h2"), ("twice", "h3")])
async def test_a_host_is_reached_as_ssh_reaches_it(ssh_config: SshFarm, name: str, answers: str) -> None:
    assert await home_of(name) == answers


@pytest.fixture
def control_master(farm: SshFarm) -> Iterator[SshFarm]:
    """The farm with connection sharing switched on."""
    with tempfile.TemporaryDirectory() as folder:  # a socket's path must be short
        text = farm.config.read_text()
        farm.config.write_text(f"{text}  ControlMaster auto\n  ControlPath {folder}/%C\n  ControlPersist 20\n")
        yield farm
        subprocess.run(["ssh", "-F", str(farm.config), "-O", "exit", "h1"], capture_output=True, check=True, timeout=10)


async def test_a_control_master_is_used(control_master: SshFarm) -> None:
    for _ in range(2):
        assert await home_of("h1") == "h1"
    assert control_master.hosts["h1"].log.count("Accepted publickey") == 1


async def test_an_unknown_key_is_refused_or_asked_about(farm: SshFarm) -> None:
    farm.known_hosts.write_text("")
    with pytest.raises(HostKeyError, match="not known"):
        await home_of("h1")
    with pytest.raises(HostKeyError, match="not known and was not accepted"):
        await home_of("h1", Person(accepts=False))
    person = Person()
    assert await home_of("h1", person) == "h1"
    [(name, address, algorithm, fingerprint)] = person.keys
    host = farm.hosts["h1"]
    assert (name, address, algorithm) == ("h1", f"[{host.address}]:{host.port}", "ED25519")
    assert fingerprint.startswith("SHA256:")
    assert await home_of("h1") == "h1"


async def test_a_changed_key_is_refused(farm: SshFarm) -> None:
    farm.hosts["h1"].new_host_key()
    person = Person()
    with pytest.raises(HostKeyError, match=rf"CHANGED.*{farm.known_hosts}:1") as caught:
        await home_of("h1", person)
    assert person.keys == []
    assert "ssh-keygen" in caught.value.hint
    assert not caught.value.retry


async def test_a_wrong_key_is_a_login_error(farm: SshFarm) -> None:
    make_key(farm.key)
    with pytest.raises(LoginError, match=r"h1: ssh was not let in: .*Permission denied"):
        await home_of("h1")


async def test_an_encrypted_keys_passphrase_is_asked_for(farm: SshFarm) -> None:
    make_key(farm.key, passphrase="open sesame")
    authorized = farm.hosts["h1"].folder / "authorized_keys"
    authorized.write_text(farm.key.with_suffix(".pub").read_text())
    person = Person(["open sesame"])
    assert await home_of("h1", person) == "h1"
    assert "passphrase" in person.prompts[0]


@pytest.fixture
def asking(farm: SshFarm, tmp_path: Path) -> Iterator[LoginServer]:
    with LoginServer(tmp_path / "asking" / "home", password="hunter2") as server:
        farm.alias("asking", farm.hosts["h1"], HostName=server.address, Port=server.port)
        farm.trust(server.known_hosts_line())
        yield server


async def test_a_password_is_asked_for(asking: LoginServer) -> None:
    person = Person(["wrong", "hunter2"])
    assert await home_of("asking", person) == "asking"
    assert asking.asked == ["wrong", "hunter2"]


async def test_without_anybody_to_ask_it_is_a_login_error(asking: LoginServer) -> None:
    with pytest.raises(LoginError) as caught:
        await home_of("asking")
    assert "ssh-add" in caught.value.hint


async def test_giving_up_is_a_login_error(asking: LoginServer) -> None:
    with pytest.raises(LoginError, match="left unanswered"):
        await home_of("asking", Person([None]))


async def test_the_hosts_own_questions_are_asked(asking: LoginServer) -> None:
    asking.password = None
    asking.questions = {"Code from your phone:": "123456"}
    assert await home_of("asking", Person(["123456"])) == "asking"


async def test_a_program_that_is_not_there_is_said(farm: SshFarm) -> None:
    channel = OpensshChannel("h1", prompter=None, limiter=Limiter())
    channel.program = "no-such-ssh"
    with pytest.raises(Unreachable, match="`no-such-ssh` cannot be started"):
        await channel.open(5)


async def test_a_revoked_key_is_refused(farm: SshFarm) -> None:
    farm.known_hosts.write_text("@revoked " + farm.hosts["h1"].known_hosts_line())
    with pytest.raises(HostKeyError, match=r"h1: its host key is revoked"):
        await home_of("h1", Person())


async def test_keys_of_the_agent_are_used(farm: SshFarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ssh_agent(tmp_path / "agent") as environment:
        monkeypatch.setenv("SSH_AUTH_SOCK", environment["SSH_AUTH_SOCK"])
        command("ssh-add", "-q", farm.key)
        farm.key.unlink()
        assert await home_of("h1") == "h1"


async def test_a_broken_jump_host_is_named(farm: SshFarm) -> None:
    farm.alias("behind", farm.hosts["h1"], ProxyJump="gone.invalid")
    with pytest.raises(Unreachable, match=r"behind: ssh could not connect: .*gone\.invalid"):
        await home_of("behind")


def test_the_connection_is_kept_alive_and_carries_nothing_else() -> None:
    argv = OpensshChannel("h1", user="kim", port=2222, prompter=None, limiter=Limiter()).argv()
    for option in ("ServerAliveInterval=10", "ServerAliveCountMax=3", "ForwardAgent=no", "ClearAllForwardings=yes"):
        assert f"-o{option}" in argv
    assert argv[argv.index("-l") + 1] == "kim"
    assert argv[argv.index("-p") + 1] == "2222"


def test_an_address_is_never_an_option() -> None:
    argv = OpensshChannel("-oProxyCommand=evil", prompter=None, limiter=Limiter()).argv()
    assert argv.index("--") < argv.index("-oProxyCommand=evil")
