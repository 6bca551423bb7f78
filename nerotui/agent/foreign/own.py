"""Logs that a run of nerotui's wrote although it is over by now: a pattern of `watch` may match those as well."""

import os
from typing import Dict, NamedTuple, Optional

from nerotui.agent import durable
from nerotui.agent.run.layout import Root, is_id

#: A run writes its log to its end: the two lie no further apart than this, seconds. What somebody else wrote below the
#: same directory hardly ends in the same minute.
APART = 60.0


class _Life(NamedTuple):
    folder: str
    began: float
    status: str


class OwnRuns:
    """Where the runs under a root worked, and until when."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._stamp = 0.0
        self._known: Dict[str, Optional[_Life]] = {}

    def wrote(self, path: str, time: float) -> bool:
        """Whether a file that was last written at `time` is probably one of theirs."""
        self._read()
        folder = os.path.realpath(os.path.dirname(path)) + "/"
        for life in self._known.values():
            if life is None or not folder.startswith(life.folder) or time < life.began - APART:
                continue
            ended = _changed(life.status)
            if ended is not None and abs(time - ended) <= APART:
                return True
        return False

    def _read(self) -> None:
        """Reads what is asked of the runs that are new; that never changes."""
        stamp = _changed(self._root.runs)
        if stamp is None or stamp == self._stamp:
            return
        self._stamp = stamp
        names = [name for name in durable.names(self._root.runs) if is_id(name)]
        self._known = {name: self._known[name] if name in self._known else self._life(name) for name in names}

    def _life(self, run: str) -> Optional[_Life]:
        folder = self._root.run(run)
        spec = durable.read_json(folder.spec) or {}
        if not spec.get("dir"):
            return None
        place = os.path.realpath(os.path.expanduser(str(spec["dir"])))
        return _Life(place.rstrip("/") + "/", float(spec.get("created_here") or 0.0), folder.status)


def _changed(path: str) -> Optional[float]:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None
