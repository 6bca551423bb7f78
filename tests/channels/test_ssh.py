"""The asyncssh channel against real sshds: configuration, jump hosts, keys and passwords of users."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from nerotui.channels.limiter import Limiter
from nerotui.channels.link import Link
from nerotui.channels.ssh.stream import SshStream
from nerotui.errors import LoginError, Unreachable
from tests.channels.person import Person
from tests.channels.reach import channel, command, host_of, hostname, ssh_agent
from tests.rigs.login import LoginServer
from tests.rigs.sshd import SshFarm, make_key, start_farm

pytestmark = pytest.mark.sshd


@pytest.mark.parametrize(("name", "answers"), [("h1", "h1"), ("jumped", "h2"), ("twice", "h3")])
async def test_a_host_is_reached_as_the_ssh_config_says(ssh_config: SshFarm, name: str, answers: str) -> None:
    assert await hostname(name) == answers


async def test_included_files_and_patterns_count(ssh_config: SshFarm, tmp_path: Path) -> None:
    host = ssh_config.hosts["h2"]
    included = tmp_path / "included"
    included.write_text(f"Host node-?\n  HostName {host.address}\n  Port {host.port}\n")
    config = tmp_path / "config"
    config.write_text(f"Include {included}\n{ssh_config.config.read_text()}")
    os.environ["NEROTUI_SSH_CONFIG"] = str(config)
    assert await hostname("node-7") == "h2"


async def test_the_users_own_files_count_with_what_they_include(
    farm: SshFarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, folder = farm.hosts["h1"], tmp_path / "home" / ".ssh"
    monkeypatch.delenv("NEROTUI_SSH_CONFIG")
    (folder / "conf.d").mkdir(parents=True)
    shutil.copy(farm.key, folder / "work key")
    (folder / "config").write_text("Include conf.d/*.conf\nHost *\n  IdentitiesOnly yes\n  Port 1\n")
    (folder / "conf.d" / "a.conf").write_text(
        f'Host gpu* !gpu9\n  HostName {host.address}\n  Port {host.port}\n  IdentityFile "~/.ssh/work key"\n'
    )
    (folder / "known_hosts").write_text(host.known_hosts_line())
    assert await hostname("gpu1") == "h1"
    with pytest.raises(Unreachable, match="gpu9"):
        await hostname("gpu9")


async def test_the_ssh_configs_user_logs_in_unless_another_is_named(asking: LoginServer, farm: SshFarm) -> None:
    farm.alias("as-kim", farm.hosts["h1"], HostName=asking.address, Port=asking.port, User="kim")
    person = Person([None, None])
    for user in (None, "alex"):
        with pytest.raises(LoginError):
            await Link.open(channel("as-kim", person, user=user))
    assert [prompt.split()[2] for prompt in person.prompts] == ["kim", "alex"]


@pytest.mark.parametrize(
    ("options", "cipher"), [({}, "aes128-gcm@openssh.com"), ({"Ciphers": "aes256-ctr"}, "aes256-ctr")], ids=str
)
async def test_the_fastest_cipher_is_preferred_unless_the_ssh_config_says_otherwise(
    farm: SshFarm, options: dict[str, str], cipher: str
) -> None:
    farm.alias("wanted", farm.hosts["h1"], **options)
    stream = await channel("wanted").open(10)
    try:
        assert isinstance(stream, SshStream)
        assert stream.cipher == cipher
    finally:
        await stream.close()


async def test_hosts_behind_one_jump_host_share_its_connection(ssh_config: SshFarm) -> None:
    ssh_config.alias("also-jumped", ssh_config.hosts["h3"], ProxyJump="h1")
    before = ssh_config.hosts["h1"].log.count("Accepted publickey")
    limiter = Limiter()
    links = await asyncio.gather(
        Link.open(channel("jumped", limiter=limiter)), Link.open(channel("also-jumped", limiter=limiter))
    )
    assert sorted(map(host_of, links)) == ["h2", "h3"]
    assert ssh_config.hosts["h1"].log.count("Accepted publickey") == before + 1
    await links[0].close()
    assert (await links[1].request("stats"))["stats"]
    await links[1].close()


async def test_a_broken_jump_host_is_named(farm: SshFarm) -> None:
    farm.alias("behind", farm.hosts["h1"], ProxyJump="gone.invalid")
    with pytest.raises(
        Unreachable, match=r"behind: its jump host .* gone\.invalid: the name gone\.invalid is not known"
    ):
        await hostname("behind")


async def test_a_proxy_command_makes_the_connection(ssh_config: SshFarm) -> None:
    command = f"ssh -F {ssh_config.config} -W %h:%p h1"
    ssh_config.alias("proxied", ssh_config.hosts["h2"], ProxyCommand=command)
    assert await hostname("proxied") == "h2"


def open_files() -> Counter[str]:
    """What this process has open, sockets and pipes told by their numbers."""
    found: Counter[str] = Counter()
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the folder being listed
            found[os.readlink(entry)] += 1
    return found


async def test_opening_and_dropping_leaves_nothing_behind(ssh_config: SshFarm) -> None:
    limiter = Limiter(total=2, per_address=1)

    async def drop(name: str, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), await Link.open(channel(name, limiter=limiter)) as link:
                await link.closed()

    await drop("twice", 0.1)
    before = open_files()
    names = ("h1", "jumped", "twice")
    await asyncio.gather(*(drop(names[number % 3], number * 0.03) for number in range(24)))
    async with asyncio.timeout(10):
        assert await hostname("twice", limiter=limiter) == "h3"
    await asyncio.sleep(0.05)  # asyncio closes sockets a turn or two later
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert open_files() - before == Counter()


async def test_a_wildcard_proxy_jump_does_not_lead_through_itself(farm: SshFarm) -> None:
    text = farm.config.read_text()
    farm.config.write_text(text + "  ProxyJump h1\n")
    assert await hostname("h1") == "h1"


async def test_a_wrong_key_is_a_login_error(farm: SshFarm, tmp_path: Path) -> None:
    make_key(tmp_path / "stranger")
    shutil.copy(tmp_path / "stranger", farm.key)
    farm.key.with_suffix(".pub").unlink()
    with pytest.raises(LoginError, match=r"h1: .* is not let in") as caught:
        await hostname("h1")
    assert not caught.value.retry


async def test_an_encrypted_key_is_asked_for_once(farm: SshFarm) -> None:
    make_key(farm.key, passphrase="open sesame")
    shutil.copy(farm.key.with_suffix(".pub"), farm.hosts["h1"].folder / "authorized_keys")
    farm.key.with_suffix(".pub").unlink()  # the public half is in the file's head
    with pytest.raises(LoginError, match="the passphrase of") as refused:
        await hostname("h1")
    assert "open sesame" not in str(refused.value)
    limiter = Limiter()
    person = Person(["wrong", "open sesame"])
    names = await asyncio.gather(hostname("h1", person, limiter), hostname("h1", person, limiter))
    assert list(names) == ["h1", "h1"]
    assert len(person.prompts) == 2
    assert await hostname("h1", person, limiter) == "h1"
    assert len(person.prompts) == 2


async def test_an_encrypted_key_that_the_host_does_not_want_is_not_asked_for(farm: SshFarm, tmp_path: Path) -> None:
    make_key(tmp_path / "other", passphrase="secret")
    text = farm.config.read_text()
    farm.config.write_text(text.replace("  IdentityFile", f"  IdentityFile {tmp_path / 'other'}\n  IdentityFile"))
    person = Person()
    assert await hostname("h1", person) == "h1"
    assert person.prompts == []


async def test_keys_of_the_agent_are_used(farm: SshFarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_key(farm.key, passphrase="secret")
    shutil.copy(farm.key.with_suffix(".pub"), farm.hosts["h1"].folder / "authorized_keys")
    command("ssh-keygen", "-q", "-p", "-P", "secret", "-N", "", "-f", farm.key)
    with ssh_agent(tmp_path / "agent") as environment:
        monkeypatch.setenv("SSH_AUTH_SOCK", environment["SSH_AUTH_SOCK"])
        command("ssh-add", "-q", farm.key)
        farm.key.unlink()  # IdentitiesOnly with the .pub beside it: only the agent has the private half
        assert await hostname("h1") == "h1"


async def test_too_many_keys_are_a_login_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with start_farm(tmp_path / "farm", ()) as farm, ssh_agent(tmp_path / "agent") as environment:
        farm.add_host("h1", extra="MaxAuthTries 2")
        farm.config.write_text(farm.config.read_text().replace("IdentitiesOnly yes", "IdentitiesOnly no"))
        monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
        monkeypatch.setenv("SSH_AUTH_SOCK", environment["SSH_AUTH_SOCK"])
        for number in range(4):
            make_key(tmp_path / f"key{number}")
            command("ssh-add", "-q", tmp_path / f"key{number}")
        with pytest.raises(LoginError, match="too many keys") as caught:
            await hostname("h1")
        assert "IdentitiesOnly" in caught.value.hint


async def test_what_the_host_says_before_the_login_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "banner").write_text("Accounts of \x1b[31mformer\x1b[m members are closed\n")
    with start_farm(tmp_path / "farm", ()) as farm:
        host = farm.add_host("h1", extra=f"Banner {tmp_path / 'banner'}")
        monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
        (host.folder / "authorized_keys").write_text("")
        with pytest.raises(LoginError, match=r"it says .Accounts of former members are closed."):
            await hostname("h1")


async def test_certificates_count_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_key(tmp_path / "ca")
    with start_farm(tmp_path / "farm", ()) as farm:
        folder = farm.folder / "h1"
        extra = f"TrustedUserCAKeys {tmp_path / 'ca'}.pub\nHostCertificate {folder / 'hostkey'}-cert.pub"
        host = farm.add_host("h1", extra=extra, known=False)
        command(
            "ssh-keygen", "-q", "-s", tmp_path / "ca", "-I", "h1", "-h", "-n", host.address, f"{folder}/hostkey.pub"
        )
        command("ssh-keygen", "-q", "-s", tmp_path / "ca", "-I", "me", "-n", getpass.getuser(), f"{farm.key}.pub")
        host.stop()
        host.start()
        (folder / "authorized_keys").write_text("")
        farm.trust("@cert-authority * " + (tmp_path / "ca.pub").read_text())
        monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
        assert await hostname("h1") == "h1"


async def test_a_host_key_alias_is_looked_up_without_a_port(farm: SshFarm) -> None:
    host = farm.hosts["h1"]
    farm.known_hosts.write_text("")
    farm.alias("tunnelled", host, HostKeyAlias="the-real-name")
    assert await hostname("tunnelled", Person()) == "h1"
    assert farm.known_hosts.read_text().startswith("the-real-name ssh-ed25519")
    command("ssh", "-F", farm.config, "tunnelled", "true")
    assert await hostname("tunnelled") == "h1"


async def test_a_file_that_includes_itself_is_an_error_and_no_more(farm: SshFarm) -> None:
    farm.config.write_text(f"Include {farm.config}\n")
    with pytest.raises(Unreachable, match="SSH configuration cannot be read"):
        await hostname("h1")


@pytest.fixture
def asking(farm: SshFarm, tmp_path: Path) -> Iterator[LoginServer]:
    """A host that asks for a password."""
    with LoginServer(tmp_path / "asking" / "home", password="hunter2") as server:
        farm.alias("asking", farm.hosts["h1"], HostName=server.address, Port=server.port)
        farm.trust(server.known_hosts_line())
        yield server


async def test_a_password_is_asked_for_until_it_is_right(asking: LoginServer) -> None:
    person = Person(["wrong", "hunter2"])
    assert await hostname("asking", person) == "asking"
    assert asking.asked == ["wrong", "hunter2"]
    assert "Password of" in person.prompts[0]


async def test_a_password_that_nobody_can_give_is_a_login_error(asking: LoginServer) -> None:
    with pytest.raises(LoginError, match="takes a password, and there is nobody here to ask"):
        await hostname("asking")


async def test_giving_up_is_a_login_error(asking: LoginServer) -> None:
    person = Person([None])
    with pytest.raises(LoginError, match="left unanswered"):
        await hostname("asking", person)
    assert len(person.prompts) == 1


async def test_wrong_passwords_never_reach_the_error(asking: LoginServer) -> None:
    with pytest.raises(LoginError) as caught:
        await hostname("asking", Person(["pass-1", "pass-2", "pass-3", "pass-4"]))
    assert "pass-" not in str(caught.value) + caught.value.hint
    assert len(asking.asked) == 3


async def test_the_hosts_own_questions_are_asked(asking: LoginServer) -> None:
    asking.password = None
    asking.questions = {"\x1b[31mCode from your phone:": "123456", "Favourite colour?": "blue"}
    person = Person(["123456", "blue"])
    assert await hostname("asking", person) == "asking"
    assert person.prompts == ["One-time login Code from your phone:", "One-time login Favourite colour?"]


async def test_the_clock_stands_still_while_a_person_thinks(asking: LoginServer) -> None:
    class Slow(Person):
        async def secret(self, host: str, prompt: str, echo: bool) -> str | None:
            await asyncio.sleep(1.5)
            return await super().secret(host, prompt, echo)

    stream = await channel("asking", Slow(["hunter2"])).open(1.2)
    await stream.close()
