"""Keys of hosts: unknown, hashed, changed, of another kind, revoked; asked about or refused, and never let pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from nerotui.errors import HostKeyError
from tests.channels.person import Person
from tests.channels.reach import command, hostname
from tests.rigs.sshd import SshFarm

pytestmark = pytest.mark.sshd


async def test_an_unknown_key_is_asked_about_and_kept(farm: SshFarm) -> None:
    farm.known_hosts.write_text("# mine, without a newline at the end")
    shown = command("ssh-keygen", "-lf", farm.hosts["h1"].folder / "hostkey.pub").split()[1]
    person = Person()
    assert await hostname("h1", person) == "h1"
    [(name, _, algorithm, fingerprint)] = person.keys
    assert (name, algorithm, fingerprint) == ("h1", "ssh-ed25519", shown)
    assert (
        farm.known_hosts.read_text() == "# mine, without a newline at the end\n" + farm.hosts["h1"].known_hosts_line()
    )
    assert await hostname("h1") == "h1"
    command("ssh", "-F", farm.config, "h1", "true")


async def test_a_new_known_hosts_file_is_the_users_alone(farm: SshFarm) -> None:
    farm.known_hosts.unlink()
    assert await hostname("h1", Person()) == "h1"
    assert farm.known_hosts.stat().st_mode & 0o777 == 0o600


async def test_hashed_names_are_found_and_new_ones_hashed(farm: SshFarm) -> None:
    command("ssh-keygen", "-q", "-H", "-f", farm.known_hosts)
    assert await hostname("h1") == "h1"
    other = farm.add_host("h2", known=False)
    assert await hostname("h2", Person()) == "h2"
    assert other.address not in farm.known_hosts.read_text()
    command("ssh", "-F", farm.config, "h2", "true")


async def test_an_unknown_key_is_refused_where_nobody_can_be_asked(farm: SshFarm) -> None:
    farm.known_hosts.write_text("")
    with pytest.raises(HostKeyError, match=r"h1: .* not known .*SHA256:.* nobody here to ask") as caught:
        await hostname("h1")
    assert not caught.value.retry
    assert farm.known_hosts.read_text() == ""


async def test_a_key_that_the_user_does_not_accept_is_refused(farm: SshFarm) -> None:
    farm.known_hosts.write_text("")
    with pytest.raises(HostKeyError, match="was not accepted"):
        await hostname("h1", Person(accepts=False))
    assert farm.known_hosts.read_text() == ""


async def test_a_changed_key_is_refused_and_never_asked_about(farm: SshFarm) -> None:
    farm.known_hosts.write_text("# first\n" + farm.known_hosts.read_text())
    farm.hosts["h1"].new_host_key()
    person = Person()
    with pytest.raises(HostKeyError, match=rf"CHANGED.*{farm.known_hosts}:2") as caught:
        await hostname("h1", person)
    assert person.keys == []
    assert not caught.value.retry
    command("sh", "-c", caught.value.hint.partition("if the new key is right: ")[2])
    assert await hostname("h1", person) == "h1"


async def test_a_key_of_another_kind_than_the_known_one_counts_as_changed(farm: SshFarm, tmp_path: Path) -> None:
    other = tmp_path / "ecdsa"
    command("ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", other)
    host = farm.hosts["h1"]
    algorithm, key = other.with_suffix(".pub").read_text().split()[:2]
    farm.known_hosts.write_text(f"[{host.address}]:{host.port} {algorithm} {key}\n")
    with pytest.raises(HostKeyError, match="CHANGED"):
        await hostname("h1", Person())


async def test_a_revoked_key_is_refused(farm: SshFarm) -> None:
    farm.known_hosts.write_text("@revoked " + farm.hosts["h1"].known_hosts_line())
    with pytest.raises(HostKeyError, match="revoked"):
        await hostname("h1", Person())
