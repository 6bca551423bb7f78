"""Which files below a folder may hold metrics: told by their names, newest folders first, within hard limits.

A run may have been started in a home on a file server with a million files. So a walk takes no more than so many
folders and entries, goes no deeper than programs put their files, and passes over what holds data, code or packages.
"""

import heapq
import os
import re
import stat as stats
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from nerotui.agent.metrics.files import BEGINNING, open_reader

#: Folders looked into; entries of one folder; entries altogether; how deep below the first.
FOLDERS = 256
ENTRIES = 2000
ALL_ENTRIES = 20000
DEPTH = 6

_TABLES = (".csv", ".tsv", ".jsonl", ".ndjson")
_DOCUMENT = re.compile(
    r"(?:^|[^a-z])(?:trainer_state|metrics?|log|logs|history|progress|results?|scalars|training|stats)"
    r"(?:[^a-z].*)?\.json$|^log$|^log\.txt\.json$",
    re.IGNORECASE,
)
_PASSED_OVER = frozenset(
    ["node_modules", "__pycache__", "site-packages", "venv", "env", "data", "dataset", "datasets", "wandb"]
)
#: MLflow's store: files of any name lie in RUN/metrics and below it, and nothing else of it is looked into.
_STORE = re.compile(r"(?:^|/)mlruns(?:/[^/]+){2}/metrics(?:/|$)")
_STORED = re.compile(r"(?:^|/)mlruns(?:/[^/]+){2}$")
_CHECKPOINT = re.compile(r"^checkpoint-\d+$")

_HELD_BACK = frozenset(["val", "valid", "validation", "test", "testing", "eval", "evaluation", "dev"])
_SPLITS = ("val", "test", "eval", "dev", "train")

Found = Tuple[str, os.stat_result]


def candidate(name: str) -> bool:
    """Whether a file of this name may hold metrics."""
    low = name.lower()
    if low.endswith(".gz"):
        low = low[:-3]
    return "tfevents" in low or low.endswith(_TABLES) or _DOCUMENT.search(low) is not None


def logical(path: str) -> str:
    """The path without what tells a checkpoint from the one before: each holds the whole history up to it."""
    folder, name = os.path.split(path)
    above, last = os.path.split(folder)
    return os.path.join(above, "checkpoint-*", name) if _CHECKPOINT.match(last) else path


def split_of(path: str) -> str:
    """What is put before the names in a file that says by its place that its metrics are of data held back.

    Keras writes event files to train/ and validation/, CatBoost a learn_error.tsv and a test_error.tsv, each under the
    same names.
    """
    folder, name = os.path.split(path)
    told = os.path.basename(folder) if "tfevents" in name else re.split(r"[^a-zA-Z]", name)[0]
    return told + "/" if told.lower() in _HELD_BACK else ""


def with_split(name: str, split: str) -> str:
    """A metric's name behind what its file says, unless it says that itself."""
    return name if not split or name.lower().startswith(_SPLITS) else split + name


def reader_of(path: str, beginning: bytes) -> Optional[Any]:
    """A reader for a file that was found, None where it holds no metrics after all."""
    if beginning[:2] == b"\x1f\x8b" and path.lower().endswith(".gz"):
        import zlib

        try:
            inner = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(beginning, BEGINNING)
        except zlib.error:
            return None
        if reader_of(path[:-3], inner) is None:
            return None
    reader = open_reader(path, beginning)
    if reader is None and beginning.lstrip()[:1] == b"{":
        return _json_lines(beginning)
    return reader


def beginning_of(path: str) -> bytes:
    """The first bytes of a file, b"" where it cannot be read or is none."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, BEGINNING) if stats.S_ISREG(os.fstat(fd).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(fd)


def _json_lines(beginning: bytes) -> Optional[Any]:
    """JSON lines are a run's metrics if they say where they stand, or hold nothing else; else they are data."""
    from nerotui.agent.metrics.jsonlines import JsonReader, parse
    from nerotui.agent.metrics.words import strong

    lines = beginning.split(b"\n", 4)[:-1][:3]
    found = [parse(line) for line in lines if line.strip()]
    metrics = [record for record in found if record and any(name not in ("t", "step", "epoch") for name in record)]
    if not metrics or len(metrics) < len(found):
        return None
    for record in metrics:
        if "step" not in record and "epoch" not in record and not any(map(strong, record)):
            return None
    if any(word in lines[0] for word in (b'"text"', b'"prompt"', b'"image_id"', b'"question"', b'"label"')):
        return None
    return JsonReader()


class _Folder(NamedTuple):
    """A folder that was looked into: when it last changed by then, and how deep it lies."""

    changed: float
    depth: int


class Walk:
    """Looks into folders, the newest first, as far as the limits allow, and again into those that changed."""

    def __init__(self, top: str, passed_over: Set[str]) -> None:
        """Walks below a folder.

        Args:
            top: the folder.
            passed_over: paths of folders that are not looked into.
        """
        self._passed_over = passed_over
        self._seen: Dict[str, _Folder] = {}
        self._waiting: List[Tuple[float, int, str]] = [(0.0, 0, top)]
        self._entries = 0
        self._files: Set[str] = set()

    def files(self) -> List[Found]:
        """All files found so far that are still there."""
        found = []
        for path in sorted(self._files):
            try:
                status = os.stat(path)
            except OSError:
                self._files.discard(path)
                continue
            if stats.S_ISREG(status.st_mode):
                found.append((path, status))
        return found

    def go_on(self, folders: int) -> bool:
        """Looks into so many more folders; whether some are left."""
        while self._waiting and folders > 0:
            _, depth, path = heapq.heappop(self._waiting)
            folders -= 1
            self._into(path, depth)
        return bool(self._waiting)

    def again(self) -> None:
        """Puts the folders in line that changed since they were looked into."""
        for path, known in list(self._seen.items()):
            try:
                changed = os.stat(path).st_mtime
            except OSError:
                del self._seen[path]
                continue
            if changed != known.changed:
                del self._seen[path]
                heapq.heappush(self._waiting, (-changed, known.depth, path))

    def _into(self, path: str, depth: int) -> None:
        if path in self._seen or len(self._seen) >= FOLDERS or self._entries >= ALL_ENTRIES:
            return
        try:
            self._seen[path] = _Folder(os.stat(path).st_mtime, depth)
            stored = _STORE.search(path) is not None
            for entry in _some(path):
                self._entries += 1
                name = entry.name
                if (stored or candidate(name)) and not entry.is_dir():
                    self._files.add(entry.path)
                elif depth < DEPTH and self._worth(entry):
                    heapq.heappush(self._waiting, (-entry.stat().st_mtime, depth + 1, entry.path))
        except OSError:
            return  # gone meanwhile, or not ours to read

    def _worth(self, entry: "os.DirEntry[str]") -> bool:
        name = entry.name.lower()
        if name[0] == "." or name in _PASSED_OVER or entry.path in self._passed_over:
            return False
        if name == "system" and _STORE.search(entry.path):
            return False  # what MLflow samples of the machine
        if name != "metrics" and _STORED.search(os.path.dirname(entry.path)):
            return False
        return entry.is_dir(follow_symlinks=False)


def _some(path: str) -> Iterator["os.DirEntry[str]"]:
    entries = os.scandir(path)
    try:
        for count, entry in enumerate(entries):
            if count >= ENTRIES:
                return
            yield entry
    finally:
        entries.close()
