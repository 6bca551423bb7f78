"""What a connection asks for is asked in the console, never stored; a no leaves that host down and the others alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.rigs.login import LoginServer
from tests.rigs.relay import Relay
from tests.rigs.sshd import SshFarm, make_key, start_farm
from tests.tui.e2e.remote import Remote, host_rows
from tests.tui.e2e.terminal import Terminal, needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.sshd, pytest.mark.timeout(120)]

#: What no file and no command line may hold.
SECRET = "correct-horse-battery"


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[SshFarm]:
    """One good host, and whatever a test adds."""
    with start_farm(tmp_path / "farm", ("good",)) as farm:
        yield farm


def up(terminal: Terminal, name: str) -> str:
    """Waits until a host is up and shows numbers."""
    return terminal.wait_for(lambda screen: any("cpu" in row for row in host_rows(screen, name)))


def down(name: str, screen: str) -> bool:
    """Whether a host is shown to be down."""
    return any("down" in row for row in host_rows(screen, name))


def fingerprint(farm: SshFarm, name: str) -> str:
    """A host key's fingerprint, as its administrator reads it."""
    from nerotui.channels.ssh.known_hosts import fingerprint

    return fingerprint((farm.hosts[name].folder / "hostkey.pub").read_text())


def accept(terminal: Terminal, question: str, answer: str = "y") -> None:
    """Answers a question about a key: at first it hears no yes, so that nothing typed before is one."""

    def gone(screen: str) -> bool:
        if question in screen:
            terminal.send(answer)
        return question not in screen

    terminal.wait_for(question)
    terminal.wait_for(gone)


def nowhere(folder: Path, secret: str, *, but: Path | None = None) -> None:
    """No file under a folder holds a secret, and no process of this machine shows it."""
    for path in folder.rglob("*"):
        if path.is_file() and path != but:
            assert secret.encode() not in path.read_bytes(), path
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            shown = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        assert secret.encode() not in shown, entry


def test_an_unknown_key_is_shown_and_remembered_once_accepted(farm: SshFarm, tmp_path: Path) -> None:
    host = farm.add_host("new", known=False)
    remote = Remote(tmp_path / "home", farm, {"good": {}, "new": {}})
    with remote.console(size=(80, 24)) as terminal:
        screen = terminal.wait_for("Unknown host key")
        assert fingerprint(farm, "new") in screen
        assert f"new ({host.address}:{host.port})" in screen
        terminal.send("enter")
        terminal.wait_for("Unknown host key", gone=True)
        terminal.wait_for("new down")
        terminal.wait_for("good ")
        terminal.send("ctrl+r")
        accept(terminal, "Unknown host key")
        terminal.wait_for("down", gone=True)
    assert host.known_hosts_line() in farm.known_hosts.read_text()
    with remote.console() as terminal:
        up(terminal, "new")
        assert "Unknown host key" not in terminal.screen()


def test_a_no_is_remembered_and_the_host_says_why_it_is_down(farm: SshFarm, tmp_path: Path) -> None:
    host = farm.add_host("new", known=False)
    farm.alias("twin", host)  # another way to the same door
    remote = Remote(tmp_path / "home", farm, {"good": {}, "new": {}, "twin": {}})
    with remote.console() as terminal:
        terminal.wait_for("Unknown host key")
        terminal.send("n")
        terminal.wait_for("Unknown host key", gone=True)
        for name in ("new", "twin"):
            terminal.wait_for(partial(down, name))
            rows = " ".join(host_rows(terminal.screen(), name))
            assert "Ctrl-R connects" in rows
            assert "the host key of" in rows
        up(terminal, "good")
        assert "Unknown host key" not in terminal.screen(), "asked once for both"
        terminal.send("1", "j", "j")
        told = terminal.wait_for("was not accepted")
        assert "compare the fingerprint" in re.sub(r"\s*│.*\n\s*", " ", told)
        # The user may change their mind, for this host alone.
        terminal.send("ctrl+r")
        accept(terminal, "Unknown host key")
        up(terminal, "new")


def test_a_changed_key_is_refused_with_what_to_do_and_never_asked_about(farm: SshFarm, tmp_path: Path) -> None:
    host = farm.add_host("moved")
    host.new_host_key()
    remote = Remote(tmp_path / "home", farm, {"good": {}, "moved": {}})
    with remote.console(size=(200, 60)) as terminal:
        up(terminal, "good")
        terminal.wait_for(partial(down, "moved"))
        terminal.send("1", "j", "j", "5", "z")
        terminal.wait_for("1 Hosts", gone=True)
        what_to_do = f"ssh-keygen -R '[{host.address}]:{host.port}' -f {farm.known_hosts}"
        screen = terminal.wait_for(lambda screen: what_to_do in " ".join(screen.split()))
        assert "CHANGED" in screen
        assert fingerprint(farm, "moved") in screen
        assert "Someone may be in between" in screen
        assert "Unknown host key" not in screen


def login(farm: SshFarm, name: str, server: LoginServer) -> None:
    """Makes a server that asks one of the farm's hosts."""
    farm.alias(name, farm.hosts["good"], HostName=server.address, Port=server.port)
    farm.trust(server.known_hosts_line())


def test_a_password_is_hidden_asked_again_and_stored_nowhere(farm: SshFarm, tmp_path: Path) -> None:
    with LoginServer(tmp_path / "far", password=SECRET) as server:
        login(farm, "asking", server)
        remote = Remote(tmp_path / "home", farm, {"good": {}, "asking": {}})
        with remote.console() as terminal:
            screen = terminal.wait_for("asking asks")
            assert "Password of" in screen
            terminal.type("wrong\n")
            terminal.wait_for("That was not it")
            terminal.type(SECRET)
            screen = terminal.wait_for("•" * len(SECRET))
            assert SECRET not in screen
            terminal.send("enter")
            up(terminal, "asking")
            up(terminal, "good")
            assert server.asked == ["wrong", SECRET]
            nowhere(tmp_path, SECRET)
            assert SECRET not in terminal.tmux("capture-pane", "-p", "-S", "-")


def test_the_hosts_own_questions_are_asked_one_after_the_other(farm: SshFarm, tmp_path: Path) -> None:
    with LoginServer(tmp_path / "far", questions={"Code: ": SECRET, "Colour: ": "blue"}) as server:
        login(farm, "asking", server)
        remote = Remote(tmp_path / "home", farm, {"good": {}, "asking": {}})
        with remote.console(size=(80, 24)) as terminal:
            terminal.wait_for("One-time login Code:")
            terminal.type(f"{SECRET}\n")
            terminal.wait_for("One-time login Colour:")
            terminal.type("blue\n")
            terminal.wait_for("asks", gone=True)
            terminal.wait_for("asking connecting", gone=True)
            terminal.wait_for("down", gone=True)
            assert server.asked == [SECRET, "blue"]
            nowhere(tmp_path, SECRET)


def test_cancelling_leaves_that_host_down_with_a_sentence_and_the_others_alone(farm: SshFarm, tmp_path: Path) -> None:
    with LoginServer(tmp_path / "far", password=SECRET) as server:
        login(farm, "asking", server)
        remote = Remote(tmp_path / "home", farm, {"good": {}, "asking": {}})
        with remote.console() as terminal:
            terminal.wait_for("asking asks")
            terminal.send("escape")
            terminal.wait_for("asking asks", gone=True)
            screen = terminal.wait_for(partial(down, "asking"))
            assert "not logged in" in " ".join(host_rows(screen, "asking"))
            up(terminal, "good")
            assert server.asked == []
            terminal.send("ctrl+r")
            terminal.wait_for("asking asks")
            terminal.type(f"{SECRET}\n")
            up(terminal, "asking")


def test_a_passphrase_is_asked_once_for_all_hosts_that_want_the_key(farm: SshFarm, tmp_path: Path) -> None:
    farm.add_host("second")
    make_key(farm.key, passphrase=SECRET)
    for host in farm.hosts.values():
        (host.folder / "authorized_keys").write_text(farm.key.with_suffix(".pub").read_text())
    remote = Remote(tmp_path / "home", farm, {"good": {}, "second": {}})
    with remote.console() as terminal:
        screen = terminal.wait_for("Passphrase for the key")
        assert str(farm.key) in screen.replace("\n", "") or farm.key.name in screen
        terminal.send("escape")
        for name in ("good", "second"):
            terminal.wait_for(partial(down, name))
        assert "Passphrase" not in terminal.screen(), "a no holds for the key, not for one host"
        terminal.send("ctrl+r")
        terminal.wait_for("Passphrase for the key")
        terminal.type(f"{SECRET}\n")
        up(terminal, "good")
        up(terminal, "second")
        nowhere(tmp_path, SECRET)


def test_a_question_waits_until_nothing_else_is_being_typed(farm: SshFarm, tmp_path: Path) -> None:
    """What is typed for a filter must not become a password or a yes."""
    with LoginServer(tmp_path / "far", password=SECRET) as server, Relay((server.address, server.port)) as relay:
        login(farm, "asking", server)
        farm.alias("slow", farm.hosts["good"], HostName=relay.address, Port=relay.port)
        farm.trust(server.known_hosts_line().replace(f":{server.port}", f":{relay.port}"))
        relay.pause()
        remote = Remote(tmp_path / "home", farm, {"good": {}, "slow": {}})
        with remote.console() as terminal:
            up(terminal, "good")
            terminal.send("slash")
            terminal.wait_for("filter; !word")
            relay.resume()
            accepted = relay.passed
            terminal.wait_for(lambda _: relay.passed > accepted + 1000)
            terminal.type("yes-please")
            terminal.wait_for("yes-please")
            assert "slow asks" not in terminal.screen()
            terminal.send("enter")
            terminal.wait_for("slow asks")
            assert server.asked == []
            terminal.send("escape")
            terminal.wait_for("slow asks", gone=True)
