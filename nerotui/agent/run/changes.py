"""Which runs may read otherwise than at the last look; cheap while nothing happens, whatever their number."""

from typing import Dict, Optional, Set, Tuple

from nerotui.agent.queue.queue import CLAIMED
from nerotui.agent.run.layout import Root, RunFolder
from nerotui.agent.run.lines import Line, stamp_of


class Changes:
    """What was seen at the last look."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._line = Line()
        self._ids: Set[str] = set()
        self._live: Dict[str, Tuple[int, ...]] = {}
        self._bells: Dict[str, Optional[int]] = {}
        self._jobs: Dict[str, Optional[int]] = {}

    def look(self, ids: Set[str], line: Line) -> Tuple[Set[str], Set[str]]:
        """The runs that are new or may read otherwise, and those that are gone."""
        found, gone = ids - self._ids, self._ids - ids
        if ids != self._ids:
            self._ids = set(ids)
        old, self._line = self._line, line
        if line is not old:
            for run in set(old.entries) | set(line.entries):
                if old.entries.get(run) != line.entries.get(run) or old.positions.get(run) != line.positions.get(run):
                    found.add(run)
        live = {}
        for entry in line.claims:
            stamps = live[entry.run] = _stamps(self._root.run(entry.run), line.elsewhere(entry.run))
            if self._live.get(entry.run) != stamps:
                found.add(entry.run)
        self._live = live
        return (found | self._submitted(line)) & ids, gone

    def _submitted(self, line: Line) -> Set[str]:
        """The waiting runs that got a job since the last look."""
        rung = False
        for host in line.scheduled:
            stamp, young = stamp_of(host + "/jobs", elsewhere=True)
            if stamp != self._bells.get(host):
                self._bells[host] = None if young else stamp
                rung = True
        if not rung:
            return set()
        waiting = [run for run, entry in line.entries.items() if entry.kind != CLAIMED and line.elsewhere(run)]
        old, self._jobs = self._jobs, {run: stamp_of(self._root.run(run).job)[0] for run in waiting}
        return {run for run, stamp in self._jobs.items() if stamp != old.get(run)}


def _stamps(folder: RunFolder, elsewhere: bool) -> Tuple[int, ...]:
    """What changes when something happens to a run that lives, perhaps on another host.

    There its supervisor writes the status at every change, so that one file need be asked for anew.
    """
    rest = [stamp_of(path)[0] or 0 for path in (folder.attempts, folder.asked)]
    return tuple([stamp_of(folder.status, elsewhere)[0] or 0] + rest)
