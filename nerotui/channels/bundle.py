"""The bundle: the agent's files and what it can use on the host, as one zip that is pushed once per version.

The same files always make the same bytes, so that the checksum names the version. The zips are cached on this machine,
because making them takes longer than most hosts take to answer.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import nerotui.agent
from nerotui import locations

#: Where psutil's extension does not fit, or the host's platform is unknown.
ANY = "any"

_PSUTIL = ("__init__.py", "_common.py", "_ntuples.py", "_pslinux.py", "_psposix.py")
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Bundle(NamedTuple):
    """One variant: the zip's SHA-256 in hex, and its bytes."""

    sha: str
    data: bytes


@cache
def bundles() -> dict[str, Bundle]:
    """The variants by name: "any", and "linux-x86_64-glibc" (or another machine) where psutil's files fit it.

    Blocks, the first time that a version is used for a tenth of a second: call it in a thread. The bytes stay in
    memory, so that a program that runs while nerotui is upgraded goes on pushing what it began with.
    """
    sources = _sources()
    stamp = _stamp(sources)
    folder = locations.cache_dir() / "bundles"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return _cached(folder, stamp)
    made = {name: Bundle(hashlib.sha256(data).hexdigest(), data) for name, data in _build(sources).items()}
    with contextlib.suppress(OSError):  # without a cache it is made again next time
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.zip"):
            old.unlink(missing_ok=True)
        for bundle in made.values():
            _write(folder / f"{bundle.sha}.zip", bundle.data)
        index = {"stamp": stamp, "variants": {name: bundle.sha for name, bundle in made.items()}}
        _write(folder / "index.json", json.dumps(index).encode())
    return made


def _cached(folder: Path, stamp: str) -> dict[str, Bundle]:
    """What an earlier program kept.

    Raises:
        OSError, ValueError, KeyError, TypeError: nothing, something else, or something damaged is there.
    """
    index = json.loads((folder / "index.json").read_text())
    if index["stamp"] != stamp:
        raise ValueError("made of other files")
    found = {}
    for name, sha in index["variants"].items():
        data = (folder / f"{sha}.zip").read_bytes()
        if hashlib.sha256(data).hexdigest() != sha:
            raise ValueError(f"{sha}.zip is damaged")
        found[name] = Bundle(sha, data)
    return found


def _sources() -> dict[str, Path]:
    """The files that can be in a bundle, by their names there."""
    agent = Path(nerotui.agent.__path__[0])
    found = {f"nerotui/agent/{path.relative_to(agent).as_posix()}": path for path in agent.rglob("*.py")}
    found["pynvml.py"] = _installed("pynvml")
    psutil = _installed("psutil").parent
    found |= {f"psutil/{name}": psutil / name for name in _PSUTIL}
    found |= {f"psutil/{extension.name}": extension for extension in psutil.glob("*.abi3.so")}
    return found


def _installed(module: str) -> Path:
    """A module's file, found without importing it. nerotui requires both, so they are there."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin)


def _stamp(sources: Mapping[str, Path]) -> str:
    """What changes when any source does."""
    marks = [
        (name, str(path), stat.st_size, stat.st_mtime_ns) for name, path in sources.items() if (stat := path.stat())
    ]
    return hashlib.sha256(repr(sorted(marks)).encode()).hexdigest()


def _build(sources: Mapping[str, Path]) -> dict[str, bytes]:
    files = {"nerotui/__init__.py": b'"""The agent\'s part of nerotui."""\n'}
    files |= {name: path.read_bytes() for name, path in sources.items()}
    plain = {name: data for name, data in files.items() if not name.startswith("psutil/")}
    made = {ANY: _zip(plain)}
    if machine := _psutil_machine():
        made[f"linux-{machine}-glibc"] = _zip(files)
    return made


def _psutil_machine() -> str | None:
    """The machine whose Linux hosts can load this machine's psutil: "x86_64"; None where none can."""
    import importlib.metadata  # a tenth of what a command may take to start, and needed once a version

    wheel = importlib.metadata.distribution("psutil").read_text("WHEEL") or ""
    machines = {line.rpartition("-abi3-manylinux_2_")[2].partition("_")[2] for line in wheel.splitlines()} - {""}
    return machines.pop() if len(machines) == 1 else None


def _zip(files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name])
    return held.getvalue()


def _write(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
