"""The user's keys: from files, asked for their passphrase only once a server wants them, and from the agent."""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import Sequence
from pathlib import Path

import asyncssh

from nerotui.channels.attempt import Attempt
from nerotui.channels.threads import in_thread

_TRIES = 3
_MAGIC = b"openssh-key-v1\0"


class Keyring:
    """Keys that were opened with a passphrase, kept in memory by one program, so that it asks once a key."""

    def __init__(self) -> None:
        self._open: dict[Path, asyncssh.SSHKey] = {}
        self._asking: dict[Path, asyncio.Lock] = {}

    async def open(self, path: Path, attempt: Attempt) -> asyncssh.SSHKey:
        """The private key in a file.

        Raises:
            asyncssh.KeyImportError: nobody gave the right passphrase.
        """
        async with attempt.aside(), self._asking.setdefault(path, asyncio.Lock()):
            if path in self._open:
                return self._open[path]
            data = await in_thread(path.read_bytes)
            again = ""
            for _ in range(_TRIES):
                words = await attempt.ask_secret(f"{again}Passphrase for the key {path}", f"the passphrase of {path}")
                if words is None:
                    break
                try:
                    self._open[path] = await in_thread(asyncssh.import_private_key, data, words)
                except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
                    again = "That was not it. "
                else:
                    return self._open[path]
        raise asyncssh.KeyImportError(f"no passphrase for {path}")


class LockedKey(asyncssh.SSHKeyPair):
    """A key whose file is encrypted: offered by its public half, opened when a server asks for a signature."""

    def __init__(self, path: Path, public: asyncssh.SSHKey, keyring: Keyring, attempt: Attempt) -> None:
        algorithms = public.sig_algorithms
        super().__init__(public.algorithm, public.algorithm, algorithms, algorithms, public.public_data, None)
        self._path = path
        self._keyring = keyring
        self._attempt = attempt

    async def sign_async(self, data: bytes) -> bytes:
        """Signs, after asking for the passphrase if need be."""
        key = await self._keyring.open(self._path, self._attempt)
        return await in_thread(key.sign, data, self.sig_algorithm)


def load(paths: Sequence[Path], keyring: Keyring, attempt: Attempt) -> list[asyncssh.SSHKeyPair]:
    """The key pairs in files, in their order; what is missing or no key is passed over, as `ssh` does. Blocks."""
    pairs: list[asyncssh.SSHKeyPair] = []
    for path in paths:
        try:
            pairs += asyncssh.load_keypairs([str(path)])
        except OSError:
            continue
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
            if (public := public_half(path)) is not None:
                pairs.append(LockedKey(path, public, keyring, attempt))
    return pairs


def identities(paths: Sequence[Path]) -> list[bytes]:
    """The public halves of key files, by which the agent's keys are chosen under IdentitiesOnly. Blocks."""
    return [public.public_data for path in paths if (public := public_half(path)) is not None]


def public_half(path: Path) -> asyncssh.SSHKey | None:
    """A key file's public half: from the .pub beside it, itself (a .pub may be named), or an encrypted file's head."""
    for candidate in (path.with_name(path.name + ".pub"), path):
        try:
            return asyncssh.read_public_key(str(candidate))
        except (OSError, asyncssh.KeyImportError):
            continue
    try:
        return _embedded(path.read_bytes())
    except (OSError, ValueError, IndexError, struct.error):
        return None


def _embedded(data: bytes) -> asyncssh.SSHKey | None:
    """The public half in an OpenSSH private key file, which is never encrypted."""
    lines = data.strip().splitlines()
    if not lines or lines[0].strip() != b"-----BEGIN OPENSSH PRIVATE KEY-----":
        return None
    body = base64.b64decode(b"".join(lines[1:-1]))
    if not body.startswith(_MAGIC):
        return None
    at = len(_MAGIC)
    for _ in range(3):  # cipher, key derivation, its options
        at += 4 + struct.unpack_from(">I", body, at)[0]
    at += 4  # how many keys
    blob = body[at + 4 : at + 4 + struct.unpack_from(">I", body, at)[0]]
    name = blob[4 : 4 + struct.unpack_from(">I", blob)[0]]
    return asyncssh.import_public_key(name + b" " + base64.b64encode(blob))
