"""Which files of metrics are this run's: found where programs write them, and proved to be its own.

A file is a run's if, since the attempt began,
 - a process of the run holds it open to write to it; this finds files outside the run's directory too;
 - or it was changed below the run's directory at a moment at which no other run lived in that directory;
 - or it lies under a path that the run's command names (`--out runs/a`) and no such other run's does.
What cannot be proved yet is looked at again; nothing is lost by that, for a file is read from its beginning.
"""

import os
import stat as stats
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from nerotui.agent.run.layout import Root
from nerotui.agent.supervise.neighbours import directory, inside, named, neighbours

if TYPE_CHECKING:
    from nerotui.agent.metrics.files.finding import Walk

#: Seconds between looks at first, and later, as a share of the attempt's age and at most.
FIRST, PART, MOST = 1.0, 0.1, 30.0
#: No more of a core than this goes into it over time.
SHARE = 0.00003
#: Folders looked into at once, and when the run is over; files followed at most; descriptors looked at in one process.
FOLDERS, ALL, FILES, DESCRIPTORS = 8, 256, 64, 1024
#: How far a file's time may lie before the attempt's: clocks of file systems tick coarsely.
TICK = 0.02


class File(NamedTuple):
    """A file to follow.

    Attributes:
        path: where it is.
        label: by what points name it: its path in the run's directory, or the whole where it lies elsewhere. A
            checkpoint's number is left out, for the next one goes on with the same history.
    """

    path: str
    label: str


class Discovery:
    """Looks for the files of one attempt."""

    def __init__(
        self, root: Root, run: str, spec: Dict[str, Any], began: float, pids: Callable[[], Iterable[int]]
    ) -> None:
        """Looks below the directory of a run.

        Args:
            root: nerotui's folder, which is never looked into.
            run: the run's id.
            spec: what was asked.
            began: when the attempt's command started, seconds since the epoch.
            pids: the processes of the run, as far as they are known.
        """
        self._root, self._run, self._spec = root, run, spec
        self._began = began - TICK
        self._pids = pids
        self._top = directory(spec)
        self._walk: Optional["Walk"] = None
        self._begun = False
        self._runs = os.path.realpath(root.runs)
        self._known: Dict[str, str] = {}
        self._rejected: Dict[str, Tuple[int, int]] = {}
        self._next = 0.0
        self._over = False

    def over(self) -> None:
        """The run is over: the next look is the last, whenever the one before was."""
        self._next, self._over = 0.0, True

    def look(self, now: float) -> List[File]:
        """The files that are new, if it is time to look for them."""
        if now < self._next:
            return []
        began = time.process_time()
        if not self._begun and not self._begin():
            return []
        left = False
        if self._walk is not None:
            self._walk.again()
            left = self._walk.go_on(ALL if self._over else FOLDERS)
        found = self._proved(self._changed())
        spent = time.process_time() - began
        pause = FIRST if left else max(FIRST, min(MOST, (now - self._began) * PART))
        self._next = now + max(pause, spent / SHARE if now - self._began > MOST else 0.0)
        return found

    def _begin(self) -> bool:
        """Gets ready, unless the run was over at once and nothing came to its directory, as with many small ones."""
        if self._over and (self._top is None or not self._touched(self._top)):
            return False
        from nerotui.agent.metrics.files.finding import Walk

        self._begun = True
        if self._top is not None:
            own = os.path.realpath(self._root.path)
            inner = ("runs", "queue", "code", "bundle", "cache")
            self._walk = Walk(self._top, {own} if self._top != own else {own + "/" + name for name in inner})
        return True

    def _touched(self, folder: str) -> bool:
        try:
            return os.stat(folder).st_mtime >= self._began
        except OSError:
            return False

    def _changed(self) -> Dict[str, os.stat_result]:
        """Files below the directory that were changed since the attempt began and are not followed yet."""
        if self._walk is None:
            return {}
        return {
            path: status
            for path, status in self._walk.files()
            if status.st_mtime >= self._began and status.st_size and self._fresh(path, status)
        }

    def _fresh(self, path: str, status: os.stat_result) -> bool:
        return self._known.get(self._label(path)) != path and self._rejected.get(path) != (
            status.st_ino,
            min(status.st_size, 1 << 16),
        )

    def _proved(self, changed: Dict[str, os.stat_result]) -> List[File]:
        held = self._held_open()
        for path, status in held.items():
            if self._fresh(path, status):
                changed[path] = status
        mine: List[str] = [path for path in changed if path in held]
        rest = [path for path in changed if path not in held]
        if rest and self._top is not None:
            others = neighbours(self._root, self._run, self._top, self._began)
            names = named(self._spec, self._top) if others else []
            for path in rest:
                when = changed[path].st_mtime
                alive = [other for other in others if other.began - 1 <= when <= other.over + TICK]
                places = [place for place in names if inside(path, place)]
                theirs = [place for other in alive for place in other.places if inside(path, place)]
                if not alive or (places and not theirs):
                    mine.append(path)
        return self._opened(mine, changed)

    def _opened(self, mine: List[str], changed: Dict[str, os.stat_result]) -> List[File]:
        """Those of them that hold metrics; of checkpoints the newest."""
        if not mine:
            return []
        from nerotui.agent.metrics.files.anyfile import told
        from nerotui.agent.metrics.files.finding import beginning_of, reader_of

        found: Dict[str, File] = {}
        for path in sorted(mine, key=lambda path: (changed[path].st_mtime, path)):
            label = self._label(path)
            if label not in self._known and len(self._known) >= FILES:
                continue
            beginning = beginning_of(path)
            # What is packed comes out in large pieces, if it is written on at all: it is read when the run is over.
            if not told(path, beginning) or (beginning[:2] == b"\x1f\x8b" and not self._over):
                continue
            if reader_of(path, beginning) is None:
                self._rejected[path] = (changed[path].st_ino, min(changed[path].st_size, 1 << 16))
                continue
            self._known[label] = path
            found[label] = File(path, label)
        return list(found.values())

    def _label(self, path: str) -> str:
        from nerotui.agent.metrics.files.finding import logical

        inner = self._top is not None and inside(path, self._top)
        return logical(os.path.relpath(path, self._top) if inner else path)

    def _held_open(self) -> Dict[str, os.stat_result]:
        """Files of likely names that the run's processes write to."""
        found: Dict[str, os.stat_result] = {}
        seen: Set[str] = set()
        for pid in self._pids():
            folder = "/proc/{}/fd".format(pid)
            try:
                numbers = os.listdir(folder)
            except OSError:
                continue  # it is gone, or took another user's rights
            for number in numbers[:DESCRIPTORS]:
                path = _target(folder + "/" + number)
                if path is None or path in seen:
                    continue
                seen.add(path)
                status = _written(folder + "/" + number, path)
                if status is not None and status.st_mtime >= self._began and not inside(path, self._runs):
                    found[path] = status
        return found


def _target(link: str) -> Optional[str]:
    from nerotui.agent.metrics.files.finding import candidate

    try:
        path = os.readlink(link)
    except OSError:
        return None
    return path if path[:1] == "/" and candidate(os.path.basename(path)) else None


def _written(link: str, path: str) -> Optional[os.stat_result]:
    """What is known of a file that is open for writing; None where it is only read, empty, or gone."""
    try:
        # A descriptor's link shows by its permissions how the file was opened.
        if not os.lstat(link).st_mode & stats.S_IWUSR:
            return None
        status = os.stat(path)
    except OSError:
        return None
    return status if stats.S_ISREG(status.st_mode) and status.st_size else None
