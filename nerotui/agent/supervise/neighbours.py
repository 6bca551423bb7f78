"""Other runs in the same directory: when each of them lived, so that none takes what another has written."""

import os
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set

from nerotui.agent import durable
from nerotui.agent.queue.queue import CLAIMED, parse
from nerotui.agent.run import attempts
from nerotui.agent.run.layout import Root, is_id

_EVER = float("inf")


class Neighbour(NamedTuple):
    """Another run's attempt: when it began, when it was over, and the places that its command names."""

    began: float
    over: float
    places: List[str]


def neighbours(root: Root, run: str, top: str, since: float) -> List[Neighbour]:
    """The attempts of other runs that lived after a moment in a directory, in one above it or in one below.

    Args:
        root: nerotui's folder, which hosts may share.
        run: who asks.
        top: its directory, without symbolic links.
        since: the moment.
    """
    found: List[Neighbour] = []
    for other in sorted(_recent(root, since) - {run}):
        folder = root.run(other)
        spec = durable.read_json(folder.spec) or {}
        place = directory(spec)
        if place is None or not overlap(place, top):
            continue
        known = attempts.read(folder.attempts)
        status = durable.read_json(folder.status) or {}
        for tried in known.tries.values():
            began = known.ran_at(tried)
            if began is None:
                continue
            end = known.end(tried.attempt)
            over = end["time"] if end is not None else known.exited_at(tried)
            if over is None and status.get("final") and status.get("attempt") in (None, tried.attempt):
                over = status.get("ended")
            if over is None or over >= since:
                found.append(Neighbour(began, _EVER if over is None else float(over), named(spec, place)))
    return found


def directory(spec: Dict[str, Any]) -> Optional[str]:
    """Where a run's command runs, without symbolic links."""
    place = spec.get("dir")
    return os.path.realpath(os.path.expanduser(place)) if isinstance(place, str) and place else None


def overlap(one: str, other: str) -> bool:
    """Whether one of two folders is the other, or lies in it."""
    return inside(one, other) or inside(other, one)


def inside(path: str, folder: str) -> bool:
    """Whether a path is a folder's, or the folder itself."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def named(spec: Dict[str, Any], place: str) -> List[str]:
    """The paths below its directory, or elsewhere, that a run's command names: `--out runs/seed-1`, `out=runs/a`."""
    words: Set[str] = set()
    command = spec.get("command")
    for word in command if isinstance(command, list) else []:
        for part in str(word).split():
            words.update(part.split("="))
    found = []
    for word in sorted(words):
        path = os.path.realpath(os.path.join(place, os.path.expanduser(word.strip("'\""))))
        if len(word) > 1 and not inside(place, path) and os.path.lexists(path):
            found.append(path)
    return found


def _recent(root: Root, since: float) -> Set[str]:
    """Runs that may have lived since then: what is claimed on any host, and the folders that something was done to."""
    found = set(claimed(root))
    for name in durable.names(root.runs):
        try:
            if is_id(name) and os.stat(root.runs + "/" + name).st_mtime >= since - 1:
                found.add(name)
        except OSError:
            continue  # it has just been taken away
    return found


def claimed(root: Root) -> Iterator[str]:
    """The runs that are worked on now, on any host with this root."""
    for host in durable.names(root.queues):
        for name in durable.names(root.queue(host).line):
            entry = parse(name) if name.startswith(CLAIMED) else None
            if entry is not None:
                yield entry.run
