"""The bundle: the agent's files and what it can use on the host, as one zip that is pushed once per version.

The same files always make the same bytes, so that the checksum names the version.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.resources
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable

#: Where psutil's extension does not fit, or the host's platform is unknown.
ANY = "any"

_PSUTIL = ("__init__.py", "_common.py", "_ntuples.py", "_pslinux.py", "_psposix.py")
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Bundle:
    """One variant: the zip's bytes and their SHA-256 in hex."""

    data: bytes
    sha: str


@cache
def bundles() -> dict[str, Bundle]:
    """The variants by name: "any", and "linux-x86_64-glibc" (or another machine) where psutil's files fit it.

    Takes tens of milliseconds the first time: call it in a thread.
    """
    plain = {"nerotui/__init__.py": b'"""The agent\'s part of nerotui."""\n'}
    for name, file in _python_files(importlib.resources.files("nerotui.agent"), "nerotui/agent/"):
        plain[name] = file.read_bytes()
    plain["pynvml.py"] = _site_file("nvidia-ml-py", "pynvml.py")
    made = {ANY: _zip(plain)}
    if extension := _psutil_extension():
        variant, file_name = extension
        fitted = {f"psutil/{name}": _site_file("psutil", f"psutil/{name}") for name in (*_PSUTIL, file_name)}
        made[variant] = _zip(plain | fitted)
    return made


def _python_files(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _python_files(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".py"):
            yield prefix + entry.name, entry


def _psutil_extension() -> tuple[str, str] | None:
    """The variant that this machine's own psutil fits, and its extension's name; None where it fits no Linux host."""
    distribution = importlib.metadata.distribution("psutil")
    tags = [line.split()[1] for line in (distribution.read_text("WHEEL") or "").splitlines() if line[:4] == "Tag:"]
    machines = {tag.split("_", 3)[-1] for tag in tags if "-abi3-manylinux_2" in tag}
    names = [file.name for file in distribution.files or () if file.name.endswith(".abi3.so")]
    if len(machines) != 1 or len(names) != 1:
        return None
    return f"linux-{machines.pop()}-glibc", names[0]


def _site_file(distribution: str, path: str) -> bytes:
    return importlib.metadata.distribution(distribution).locate_file(path).read_bytes()  # type: ignore[attr-defined,no-any-return]


def _zip(files: dict[str, bytes]) -> Bundle:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name])
    data = held.getvalue()
    return Bundle(data, hashlib.sha256(data).hexdigest())
