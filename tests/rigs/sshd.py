"""Real sshds as several hosts on this machine: each its own address, host key, home and environment.

    @pytest.fixture(scope="session")
    def sshd_farm(...)      h1 h2 h3: direct · jumped: h2 by way of h1 · twice: h3 by way of h1 and then h2

Import the fixture into a conftest.py, or use `start_farm` directly. All files lie in a folder of the farm's own; the
ssh_config holds every option, since ProxyJump hands on the file but not what stands on a command line.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SSHD = next((path for path in ("/usr/sbin/sshd", shutil.which("sshd")) if path and os.access(path, os.X_OK)), None)
DEADLINE = 10.0

_SSHD_CONFIG = """\
ListenAddress {address}:{port}
HostKey {folder}/hostkey
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding yes
X11Forwarding no
PrintMotd no
PrintLastLog no
UseDNS no
MaxSessions 64
MaxStartups 200
LogLevel VERBOSE
Subsystem sftp internal-sftp
SetEnv {environment}
{extra}
"""


@dataclass
class SshHost:
    """One sshd.

    Attributes:
        home: the HOME of what runs there.
        sshd: the listening process; sessions are its children's children.
    """

    name: str
    address: str
    port: int
    folder: Path
    sshd: subprocess.Popen[bytes] | None = None

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> None:
        """Starts the listener and waits until it takes connections."""
        assert SSHD is not None
        with (self.folder / "log").open("ab") as log:
            self.sshd = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", str(self.folder / "sshd_config")], stdin=subprocess.DEVNULL, stderr=log
            )
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                socket.create_connection((self.address, self.port), timeout=1).close()
                return
            except OSError:
                assert self.sshd.poll() is None, self.log
                assert time.monotonic() < deadline, self.log
                time.sleep(0.01)

    def stop(self) -> None:
        """Stops the listener; sessions under way live on."""
        if self.sshd is not None:
            self.sshd.terminate()
            self.sshd.wait(DEADLINE)
            self.sshd = None

    def new_host_key(self) -> None:
        """Gives the host another key, as a machine that was set up anew has."""
        make_key(self.folder / "hostkey")
        if self.sshd is not None:
            self.stop()
            self.start()

    def known_hosts_line(self) -> str:
        algorithm, key = (self.folder / "hostkey.pub").read_text().split()[:2]
        return f"[{self.address}]:{self.port} {algorithm} {key}\n"


@dataclass
class SshFarm:
    """Several hosts and one user's ssh files for them."""

    folder: Path
    hosts: dict[str, SshHost] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """The ssh_config; NEROTUI_SSH_CONFIG is to name it."""
        return self.folder / "ssh_config"

    @property
    def key(self) -> Path:
        return self.folder / "id"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def add_host(
        self,
        name: str,
        *,
        environment: Mapping[str, str] | None = None,
        extra: str = "",
        known: bool = True,
        user: str | None = None,
    ) -> SshHost:
        """Starts one more host.

        Args:
            name: its name in the ssh_config.
            environment: for what runs there, beside HOME, PATH and NEROTUI_HOSTNAME.
            extra: lines for its sshd_config.
            known: whether its key is in known_hosts.
            user: who logs in; default oneself.
        """
        address = f"127.0.0.{11 + len(self.hosts)}"
        host = SshHost(name, address, free_port(address), self.folder / name)
        host.home.mkdir(parents=True, exist_ok=True)
        make_key(host.folder / "hostkey")
        shutil.copy(self.key.with_suffix(".pub"), host.folder / "authorized_keys")
        path = os.pathsep.join(("/usr/local/bin", "/usr/bin", "/bin", str(Path(sys.executable).parent)))
        values = {
            "NEROTUI_HOSTNAME": name,
            "NEROTUI_MACHINE_ID": f"{name}-machine",
            "HOME": str(host.home),
            "PATH": path,
            "LANG": "C.UTF-8",
        }
        values |= environment or {}
        (host.folder / "sshd_config").write_text(
            _SSHD_CONFIG.format(
                address=address,
                port=host.port,
                folder=host.folder,
                environment=" ".join(f'"{key}={value}"' for key, value in values.items()),
                extra=extra,
            )
        )
        host.start()
        self.hosts[name] = host
        if known:
            self.trust(host.known_hosts_line())
        self.alias(name, host, **({"User": user} if user else {}))
        return host

    def trust(self, line: str) -> None:
        """Adds a line to known_hosts."""
        with self.known_hosts.open("a") as file:
            file.write(line)

    def alias(self, name: str, host: SshHost, **options: object) -> None:
        """Adds a Host section: another name for a host, with options such as ProxyJump="h1" or Port=relay.port."""
        merged = {"HostName": host.address, "Port": host.port, **options}
        section = f"Host {name}\n" + "".join(f"  {key} {value}\n" for key, value in merged.items())
        text = self.config.read_text()
        start = text.index("Host *\n")
        self.config.write_text(text[:start] + section + text[start:])

    def nerotui_config(self, path: Path, hosts: Mapping[str, Mapping[str, object]], *, more: str = "") -> Path:
        """Writes a nerotui config.toml for hosts of this farm: {"h1": {"slots": 2}, "h2": {}}.

        Each host gets a root of its own under its home.
        """
        lines = []
        for name, keys in hosts.items():
            lines.append(f"[hosts.{name}]")
            lines += [f"{key} = {_toml(value)}" for key, value in keys.items()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n" + more)
        return path

    def stop(self) -> None:
        for host in self.hosts.values():
            host.stop()


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def make_key(path: Path, passphrase: str = "") -> None:
    """A fresh ed25519 key pair."""
    path.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", str(path)], check=True)


def free_port(address: str = "127.0.0.1") -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind((address, 0))
        return int(sock.getsockname()[1])


@contextmanager
def start_farm(folder: Path, names: tuple[str, ...] = ("h1", "h2", "h3")) -> Iterator[SshFarm]:
    """Hosts that run until the block is left."""
    if SSHD is None:
        pytest.skip("needs sshd (openssh-server)")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    farm = SshFarm(folder)
    make_key(farm.key)
    farm.known_hosts.touch()
    farm.config.write_text(
        "Host *\n"
        f"  User {getpass.getuser()}\n"
        f"  IdentityFile {farm.key}\n"
        "  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {farm.known_hosts}\n"
        "  GlobalKnownHostsFile /dev/null\n"
        "  StrictHostKeyChecking yes\n"
    )
    try:
        for name in names:
            farm.add_host(name)
        if {"h1", "h2", "h3"} <= set(names):
            farm.alias("jumped", farm.hosts["h2"], ProxyJump="h1")
            farm.alias("twice", farm.hosts["h3"], ProxyJump="h1,h2")
        yield farm
    finally:
        farm.stop()


@pytest.fixture(scope="session")
def sshd_farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshFarm]:
    """Three sshds for the whole session; tests share them and keep to roots of their own."""
    with start_farm(tmp_path_factory.mktemp("sshd")) as farm:
        yield farm


@pytest.fixture
def ssh_config(sshd_farm: SshFarm, monkeypatch: pytest.MonkeyPatch) -> SshFarm:
    """The farm, with nerotui told to read its ssh_config."""
    monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(sshd_farm.config))
    return sshd_farm
