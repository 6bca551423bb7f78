"""Logs that a run of nerotui's wrote although it is over by now: a pattern of `watch` may match those as well."""

import os
from typing import Dict, List, NamedTuple, Optional

from nerotui.agent import durable
from nerotui.agent.run.layout import Root, is_id

#: What a run wrote is as old as the run, give or take so many seconds: clocks of file systems differ.
SLACK = 60.0


class _Life(NamedTuple):
    folder: str
    began: float
    ended: float


class OwnRuns:
    """Where the runs under a root worked, and when. Each is read once after its end."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._stamp = 0
        self._known: Dict[str, _Life] = {}

    def wrote(self, path: str, time: float) -> bool:
        """Whether a file that was last written at `time` is probably one of theirs."""
        self._read()
        folder = os.path.realpath(os.path.dirname(path)) + "/"
        for life in self._known.values():
            if life.began - SLACK <= time <= life.ended + SLACK and folder.startswith(life.folder):
                return True
        return False

    def _read(self) -> None:
        stamp = _changed(self._root.runs)
        if stamp is None or stamp == self._stamp:
            return
        self._stamp = stamp
        names = [name for name in durable.names(self._root.runs) if is_id(name)]
        self._known = {name: self._known[name] for name in names if name in self._known}
        for name in self._unknown(names):
            life = self._life(name)
            if life is not None:
                self._known[name] = life

    def _unknown(self, names: List[str]) -> List[str]:
        return [name for name in names if name not in self._known]

    def _life(self, run: str) -> Optional[_Life]:
        folder = self._root.run(run)
        spec = durable.read_json(folder.spec)
        ended = _changed(folder.status)
        if spec is None or ended is None or not spec.get("dir"):
            return None
        place = os.path.realpath(os.path.expanduser(str(spec["dir"])))
        if place == os.path.expanduser("~"):
            return None  # all that the user has lies there
        return _Life(place.rstrip("/") + "/", float(spec.get("created_here") or 0.0), ended / 1e9)


def _changed(path: str) -> Optional[int]:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None
