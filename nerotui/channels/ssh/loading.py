"""Loading asyncssh: a tenth of a second, so never on the event loop, in two parts and without what is not used."""

from __future__ import annotations

import ctypes.util
import importlib
import importlib.util
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_PACKAGE = "asyncssh"
_lock = threading.Lock()
_bare: ModuleType | None = None
_begun = False


def begun() -> bool:
    """Whether loading is under way or over. Says so once to whoever asks first."""
    global _begun
    first, _begun = not _begun, True
    return not first or _PACKAGE in sys.modules


def settings() -> ModuleType:
    """The part that reads ssh_config; it needs a twentieth of asyncssh. Blocks.

    The package's own start imports all the rest, so until `connecting` runs it the package stands there empty.
    """
    global _bare
    with _lock:
        if _PACKAGE not in sys.modules:
            spec = importlib.util.find_spec(_PACKAGE)
            assert spec is not None
            _bare = sys.modules[_PACKAGE] = importlib.util.module_from_spec(spec)
        return importlib.import_module("nerotui.channels.ssh.settings")


def connecting() -> ModuleType:
    """The part that connects, with all of asyncssh. Blocks."""
    global _bare
    with _lock, _without_extras():
        if _bare is not None:
            package, _bare = _bare, None
            assert package.__spec__ is not None
            assert package.__spec__.loader is not None
            try:
                package.__spec__.loader.exec_module(package)
            except BaseException:
                del sys.modules[_PACKAGE]
                raise
        return importlib.import_module("nerotui.channels.ssh.connect")


@contextmanager
def _without_extras() -> Iterator[None]:
    """Leaves out what asyncssh can do without, and nerotui does not use.

    Looking for two libraries that are hardly ever there (liboqs, nettle) forks ldconfig and gcc; what they would add
    are a key exchange and a MAC beside those that every server has. X.509 certificates are refused anyway.
    """
    find = ctypes.util.find_library
    x509 = f"{_PACKAGE}.crypto.x509"

    def find_others(name: str) -> str | None:
        return None if "oqs" in name or "nettle" in name else find(name)

    ctypes.util.find_library = find_others
    if hide := x509 not in sys.modules:
        sys.modules[x509] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        ctypes.util.find_library = find
        if hide:
            del sys.modules[x509]
