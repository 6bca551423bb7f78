"""The user's known_hosts files: which keys a host may have, from which line, and how a new one is added."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
import os
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT = 22


@dataclass(frozen=True)
class KnownKey:
    """A line of a known_hosts file that speaks of the host in question.

    Attributes:
        key: "ssh-ed25519 AAAA…", as `ssh-keygen` prints it without a comment.
        marker: "", "cert-authority" or "revoked".
    """

    path: Path
    line: int
    marker: str
    key: str

    @property
    def algorithm(self) -> str:
        """Such as "ssh-ed25519"."""
        return self.key.partition(" ")[0]

    @property
    def place(self) -> str:
        """File and line, for a person."""
        return f"{self.path}:{self.line}"


def names(host: str, port: int) -> tuple[str, ...]:
    """The names under which a host is looked up, as OpenSSH does: with the port first where it is not the usual one."""
    return (host,) if port == DEFAULT_PORT else (f"[{host}]:{port}", host)


def lookup(paths: Iterable[Path], host: str, port: int) -> list[KnownKey]:
    """The lines about a host. Files that cannot be read and lines that make no sense say nothing.

    Args:
        paths: the files, the user's own first.
        host: the name or address that was connected to, or its HostKeyAlias.
        port: what was connected to.
    """
    files = [(path, lines) for path in paths if (lines := _lines(path))]
    for name in names(host, port):
        found = [key for path, lines in files for key in _matching(path, lines, name.lower())]
        if found:
            return found
    return []


def append(path: Path, host: str, port: int, key: str) -> None:
    """Adds a host's key to the user's file; its name is hashed where the file's other names are.

    Raises:
        OSError: the file cannot be written.
    """
    name = names(host, port)[0].lower()
    lines = _lines(path)
    if any(line.lstrip().startswith("|1|") for line in lines):
        name = _hashed(name, os.urandom(20))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "rb+", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        torn = False
        if size:
            file.seek(size - 1)
            torn = file.read(1) != b"\n"
        file.write((b"\n" if torn else b"") + f"{name} {key}\n".encode())


def remedy(known: Sequence[KnownKey], host: str, port: int) -> str:
    """The command that takes a host's old keys out of the user's file."""
    return shlex.join(["ssh-keygen", "-R", names(host, port)[0], "-f", str(known[0].path)])


def fingerprint(key: str) -> str:
    """A key's "SHA256:…", as `ssh-keygen -l` prints it."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _matching(path: Path, lines: Sequence[str], name: str) -> list[KnownKey]:
    found = []
    for number, line in enumerate(lines, 1):
        fields = line.split()
        if not fields or fields[0].startswith("#"):
            continue
        marker = fields.pop(0)[1:] if fields[0].startswith("@") else ""
        if len(fields) >= 3 and marker in ("", "cert-authority", "revoked") and _names_host(fields[0], name):
            found.append(KnownKey(path, number, marker, f"{fields[1]} {fields[2]}"))
    return found


def _names_host(patterns: str, name: str) -> bool:
    """Whether a line's first field means a host: a hash, or patterns of which none that begins with `!` may match."""
    if patterns.startswith("|1|"):
        salt, _, _ = patterns[3:].partition("|")
        try:
            return hmac.compare_digest(_hashed(name, base64.b64decode(salt, validate=True)), patterns)
        except binascii.Error:
            return False
    named = False
    for pattern in patterns.lower().split(","):
        # "[host]:port" is meant literally; fnmatch would take the brackets for a set.
        if fnmatch.fnmatchcase(name, pattern.lstrip("!").replace("[", "[[]")):
            if pattern.startswith("!"):
                return False
            named = True
    return named


def _hashed(name: str, salt: bytes) -> str:
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"
