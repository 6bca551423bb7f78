"""Which files the user's patterns mean: `*`, `?`, `[…]`, and `**` for folders at any depth; never without an end."""

import collections
import fnmatch
import os
import re
from typing import Deque, Dict, List, NamedTuple, Optional, Pattern, Sequence, Set, Tuple

#: Folders looked into at most, and logs followed at most; beyond that the user is told.
FOLDERS = 4000
LOGS = 500
#: A folder changed so recently may change again within the same tick of its clock, nanoseconds.
YOUNG = 2_000_000_000

_MAGIC = re.compile(r"[*?\[]")


class Found(NamedTuple):
    """What one look found.

    Attributes:
        paths: the logs, those written last first.
        notes: sentences on what was left out.
    """

    paths: List[str]
    notes: List[str]


class _Folder(NamedTuple):
    stamp: int
    folders: List[str]
    files: List[str]


class Globs:
    """Looks for the files of some patterns again and again; a folder that did not change is not read again."""

    def __init__(self, patterns: Sequence[str], beside: str, limit: int = FOLDERS, most: int = LOGS) -> None:
        """Finds nothing yet.

        Args:
            patterns: as the user wrote them; `~` is the home, which relative ones begin at too.
            beside: a folder that is never looked into: nerotui's own.
            limit: folders looked into at most.
            most: files found at most.
        """
        home = os.path.expanduser("~")
        self._patterns = [os.path.normpath(os.path.join(home, os.path.expanduser(one))) for one in patterns if one]
        self._beside = os.path.realpath(beside)
        self._limit, self._most = limit, most
        lasts = [os.path.basename(pattern) for pattern in self._patterns]
        self._lasts = [_matcher("*" if last == "**" else last) for last in lasts]
        self._known: Dict[str, _Folder] = {}
        self._looked: Dict[str, _Folder] = {}
        self._cut = False

    def look(self, now: float) -> Found:
        """The files that there are now."""
        self._looked, self._cut = {}, False
        found: Dict[str, None] = {}
        notes: List[str] = []
        for pattern in self._patterns:
            self._find(pattern, found, now)
            if self._cut:
                notes.append("only {} folders were looked into for {}: a narrower pattern finds all".format(
                    self._limit, pattern
                ))  # fmt: skip
                self._cut = False
        self._known = self._looked
        dated = []
        for path in found:
            try:
                status = os.stat(path)
            except OSError:
                dated.append((0.0, path))  # it may not be read; whoever follows it says why
                continue
            dated.append((status.st_mtime, path))
        dated.sort(reverse=True)
        if len(dated) > self._most:
            notes.append("{} logs match `watch`: only the {} written last are followed".format(len(dated), self._most))
        return Found([path for _, path in dated[: self._most]], notes)

    def _find(self, pattern: str, found: Dict[str, None], now: float) -> None:
        """The files of one pattern, level by level: what lies deep is what is left out where there is too much."""
        parts = tuple(part for part in pattern.split("/") if part)
        line: Deque[Tuple[str, int]] = collections.deque([("/", 0)])
        seen: Set[Tuple[int, int, int]] = set()
        looked = 0
        while line:
            folder, at = line.popleft()
            while at < len(parts) - 1 and not _MAGIC.search(parts[at]):
                folder, at = os.path.join(folder, parts[at]), at + 1
            if at == len(parts) - 1 and not _MAGIC.search(parts[at]):
                path = os.path.join(folder, parts[at])
                if os.path.lexists(path) and not os.path.isdir(path):
                    found[path] = None
                continue
            try:
                status = os.stat(folder)
            except OSError:
                continue
            key = (status.st_dev, status.st_ino, at)
            if key in seen or os.path.realpath(folder) == self._beside:
                continue  # a link that leads back to where we were
            seen.add(key)
            looked += 1
            if looked > self._limit:
                self._cut = True
                return
            inside = self._inside(folder, status.st_mtime_ns, now)
            if inside is not None:
                self._step(folder, inside, parts, at, line, found)

    def _step(
        self,
        folder: str,
        inside: _Folder,
        parts: Tuple[str, ...],
        at: int,
        line: Deque[Tuple[str, int]],
        found: Dict[str, None],
    ) -> None:
        part, last = parts[at], at == len(parts) - 1
        if part == "**":
            if last:
                found.update((os.path.join(folder, name), None) for name in inside.files)
            else:
                line.append((folder, at + 1))
            line.extend((os.path.join(folder, name), at) for name in inside.folders if name[:1] != ".")
            return
        wanted = _matcher(part)
        names = inside.files if last else inside.folders
        for name in names:
            if wanted.match(name) and (name[:1] != "." or part[:1] == "."):
                path = os.path.join(folder, name)
                if last:
                    found[path] = None
                else:
                    line.append((path, at + 1))

    def _inside(self, folder: str, stamp: int, now: float) -> Optional[_Folder]:
        """The folders in a folder, and those of its files that any pattern could end with."""
        known = self._looked.get(folder) or self._known.get(folder)
        if known is None or known.stamp != stamp:
            folders, files = [], []
            try:
                for entry in os.scandir(folder):
                    try:
                        if entry.is_dir():
                            folders.append(entry.name)
                        elif any(last.match(entry.name) for last in self._lasts):
                            files.append(entry.name)
                    except OSError:
                        continue
            except OSError:
                return None
            young = now * 1e9 - stamp < YOUNG
            known = _Folder(-1 if young else stamp, sorted(folders), sorted(files))
        self._looked[folder] = known
        return known


def _matcher(part: str) -> "Pattern[str]":
    return re.compile(fnmatch.translate(part))
