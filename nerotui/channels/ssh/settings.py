"""What the user's ssh_config says about one host."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asyncssh.config import ConfigParseError, SSHClientConfig

from nerotui.channels.ssh_files import config_files
from nerotui.errors import Unreachable

DEFAULT_PORT = 22
_GLOBAL_KNOWN_HOSTS = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
_DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk")


@dataclass(frozen=True)
class Settings:
    """A host's settings, read once a connection.

    Attributes:
        files: the ssh_config files that were read.
        hostname: what to connect to.
        known_as: the name and port that its key is known by; a HostKeyAlias stands for itself, whatever the port.
        jumps: the machines to go through, first to last, as ProxyJump names them.
        proxy_command: whether a ProxyCommand makes the connection.
        identities: private key files, existing or not; `identities_only` to offer no other key of the agent.
        known_hosts: files with host keys; new ones go to the first; empty where UserKnownHostsFile is "none".
        config: the rest, for asyncssh.
    """

    files: tuple[Path, ...]
    hostname: str
    port: int
    user: str
    known_as: tuple[str, int]
    jumps: tuple[str, ...]
    proxy_command: bool
    identities: tuple[Path, ...]
    identities_only: bool
    known_hosts: tuple[Path, ...]
    own_known_hosts: Path | None
    config: dict[str, Any]

    @property
    def plain(self) -> bool:
        """Whether a plain TCP connection, made by ourselves, is what the configuration means; jump hosts apart."""
        return not (self.proxy_command or self.config["CanonicalizeHostname"] or self.config["BindAddress"])

    @property
    def address(self) -> str:
        """Where it is, for a person and for counting connections."""
        return f"{self.hostname}:{self.port}"


def read(host: str, target: str, user: str | None, port: int | None) -> Settings:
    """Reads the settings for `target`; blocks, and may run programs where the file says `Match exec`.

    Args:
        host: the host's name in nerotui, for the error text.
        target: the name that the file's Host lines are held against.
        user: instead of what the file says.
        port: instead of what the file says.

    Raises:
        Unreachable: a file cannot be understood; the text names file and line.
    """
    files = tuple(config_files())
    local_user = getpass.getuser()
    arguments = (local_user, () if user is None else user, target, () if port is None else port)
    try:
        config = SSHClientConfig.load(None, files, False, False, False, *arguments)
        if config.has_match_final():
            config = SSHClientConfig.load(None, files, False, False, True, *arguments)
    except (ConfigParseError, OSError, UnicodeDecodeError, RecursionError) as error:
        raise Unreachable(
            f"{host}: the SSH configuration cannot be read: {error}",
            hint='mend that line, or set `connect = "openssh"` for this host',
        ) from error
    get: Any = config.get
    hostname = str(get("Hostname") or target)
    folder = Path("~/.ssh").expanduser()
    identities = tuple(Path(name).expanduser() for name in get("IdentityFile") or ())
    user_files = get("UserKnownHostsFile")
    own = [Path(name).expanduser() for name in user_files] if user_files is not None else [folder / "known_hosts"]
    other = [Path(name).expanduser() for name in get("GlobalKnownHostsFile") or _GLOBAL_KNOWN_HOSTS]
    port_number, alias = int(get("Port") or DEFAULT_PORT), get("HostKeyAlias")
    command = get("ProxyCommand")
    jump = get("ProxyJump")
    return Settings(
        files=files,
        hostname=hostname,
        port=port_number,
        user=str(get("User") or local_user),
        known_as=(str(alias), DEFAULT_PORT) if alias else (hostname, port_number),
        jumps=_jumps(jump),
        proxy_command=bool(command) and command.lower() != "none" and not jump,
        identities=identities or tuple(folder / name for name in _DEFAULT_KEYS),
        identities_only=bool(get("IdentitiesOnly")),
        known_hosts=(*own, *other),
        own_known_hosts=own[0] if own else None,
        config={
            name: get(name)
            for name in (
                "Ciphers",
                "HostKeyAlgorithms",
                "CertificateFile",
                "ServerAliveInterval",
                "ServerAliveCountMax",
                "CanonicalizeHostname",
                "BindAddress",
                "AddressFamily",
            )
        },
    )


def parse_jump(spec: str) -> tuple[str, str | None, int | None]:
    """Splits "[user@]host[:port]" or an ssh:// URL into host, user, port.

    Raises:
        ValueError: the port is no number.
    """
    rest = spec.removeprefix("ssh://").rstrip("/")
    user, _, rest = rest.rpartition("@")
    if rest.startswith("["):
        name, _, port = rest[1:].partition("]")
        port = port.removeprefix(":")
    elif rest.count(":") == 1:
        name, _, port = rest.partition(":")
    else:
        name, port = rest, ""
    return name, user or None, int(port) if port else None


def _jumps(value: Any) -> tuple[str, ...]:
    specs: Sequence[str] = str(value or "").split(",")
    return tuple(spec.strip() for spec in specs if spec.strip() and spec.strip().lower() != "none")
