"""The first bytes of the agent: takes the bundle over stdin where the host lacks it, then becomes `serve`.

Run as `python3 -S -E -u -c TEXT`, so it is kept short and stands alone.
"""

import sys

sys.path[:] = [p for p in sys.path if p]  # -c puts the current folder first, and a home may hold a json.py

import json  # noqa: E402
import os  # noqa: E402

TYPE_CHECKING = False  # importing typing would cost every connection 5 ms
if TYPE_CHECKING:
    from typing import Any, Dict, Tuple

MARK = ".complete"


def _read(count: int) -> bytes:
    parts = []
    while count:
        part = os.read(0, min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _frame() -> "Tuple[int, bytes]":
    length = int.from_bytes(_read(4), "big")
    if not 1 <= length <= 1 << 20:
        raise ValueError("a frame of %d bytes" % length)
    body = _read(length)
    return body[0], body[1:]


def _say(message: "Dict[str, Any]") -> None:
    body = b"\1" + json.dumps(message).encode()
    body = len(body).to_bytes(4, "big") + body
    while body:
        body = body[os.write(1, body) :]


def _fail(message: str, hint: str = "") -> None:
    _say({"error": {"code": "bundle", "message": message, "hint": hint}})
    sys.exit(1)


def _variant(names: "Any") -> str:
    system = os.uname()
    try:
        libc = "glibc" if os.confstr("CS_GNU_LIBC_VERSION") else "musl"
    except (ValueError, OSError, AttributeError):
        libc = "musl"
    name = "-".join((system.sysname.lower(), system.machine, libc))
    return name if name in names else "any"


def _whole(folder: str) -> bool:
    """Whether every file that the bundle brought is there with its size; says that it is in use."""
    try:
        with open(os.path.join(folder, MARK)) as marks:
            try:
                os.utime(marks.fileno())
            except OSError:
                pass  # a root that can only be read
            for line in marks:
                size, name = line.rstrip("\n").split(" ", 1)
                if os.stat(os.path.join(folder, name)).st_size != int(size):
                    return False
            return True
    except (OSError, ValueError):
        return False


def _receive(sha: str) -> bytes:
    import hashlib

    parts = []
    while True:
        kind, body = _frame()
        if kind != 2:
            raise ValueError("a frame of kind %d inside the bundle" % kind)
        if len(body) <= 12:
            break
        parts.append(body[12:])
    data = b"".join(parts)
    found = hashlib.sha256(data).hexdigest()
    if found != sha:
        _fail(
            "the agent's bundle arrived damaged: %d bytes with checksum %s" % (len(data), found[:12]), "connect again"
        )
    return data


def _unpack(data: bytes, base: str, sha: str) -> str:
    """Puts the bundle in place whole or not at all; several may do so at once."""
    import io
    import shutil
    import time
    import zipfile

    mask = os.umask(0o077)
    fresh = os.path.join(base, ".%s.%d.%s" % (sha, os.getpid(), os.urandom(4).hex()))
    try:
        os.makedirs(fresh)
        for name in os.listdir(base):  # what was killed half way
            if name[0] == "." and os.stat(os.path.join(base, name)).st_mtime < time.time() - 86400:
                shutil.rmtree(os.path.join(base, name), ignore_errors=True)
        marks = []
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                path = os.path.join(fresh, entry.filename)
                if entry.filename.endswith("/"):
                    continue
                os.makedirs(os.path.join(os.path.dirname(path), "__pycache__"), exist_ok=True)  # as private as the rest
                with open(path, "xb") as file:
                    file.write(archive.read(entry))
                marks.append("%d %s\n" % (entry.file_size, entry.filename))
        with open(os.path.join(fresh, MARK), "x") as file:
            file.write("".join(marks))
        final = os.path.join(base, sha)
        try:
            os.rename(fresh, final)
        except OSError:
            if not _whole(final):  # damaged, or half of it was cleaned away: put aside, and the new one in its place
                os.rename(final, fresh + ".old")
                os.rename(fresh, final)
        return final
    finally:
        os.umask(mask)
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(fresh + ".old", ignore_errors=True)


class _Memory:
    """Imports the bundle's Python files from the archive in memory, where no file can be written."""

    def __init__(self, data: bytes) -> None:
        import io
        import zipfile
        from importlib.machinery import ModuleSpec  # here, for once this finder is in place it would ask itself

        self.spec = ModuleSpec
        archive = zipfile.ZipFile(io.BytesIO(data))
        self.files = {name: archive.read(name) for name in archive.namelist() if name.endswith(".py")}

    def find_spec(self, name: str, path: "Any" = None, target: "Any" = None) -> "Any":
        """Finds a module of the bundle."""
        base = name.replace(".", "/")
        for file, package in ((base + "/__init__.py", True), (base + ".py", False)):
            if file in self.files:
                loader: "Any" = self
                spec = self.spec(name, loader, origin="<nerotui>/" + file, is_package=package)
                spec.has_location = True
                return spec
        return None

    def create_module(self, spec: "Any") -> None:
        """Leaves it to Python."""

    def exec_module(self, module: "Any") -> None:
        """Runs it."""
        origin = module.__spec__.origin
        exec(compile(self.files[origin[10:]], origin, "exec"), module.__dict__)


def _main() -> None:
    os.write(1, b"\0nerotui 1\n")
    try:
        ask = json.loads(_frame()[1].decode())
        os.environ.update(ask.get("env") or {})
        root = os.path.abspath(os.path.expanduser(ask.get("root") or "~/.nerotui"))
        name = _variant(ask["bundles"])
        sha = ask["bundles"][name]
        base = os.path.join(root, "bundle")
        folder = os.path.join(base, sha)
        if _whole(folder):
            _say({"have": sha})
        else:
            _say({"need": sha, "variant": name})
            data = _receive(sha)
            try:
                folder = _unpack(data, base, sha)
            except OSError:
                folder = ""
                sys.meta_path.insert(0, _Memory(data))
    except EOFError:
        _fail("the connection ended before the agent's bundle had arrived whole", "connect again")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        _fail("what came over the channel is not nerotui's: %s" % error)
    if folder:
        sys.path.insert(0, folder)
    from nerotui.agent.__main__ import main

    sys.exit(main([ask.get("kind", "serve"), "--root", root]))


if __name__ == "__main__":
    _main()
