"""What was costly to find out and is true again under the same key: kept under a root for all its runs."""

import json
import os
from typing import Any, Callable, Dict, List

from nerotui.agent import durable
from nerotui.agent.run.layout import make_folder

#: More of them than this and the oldest half goes.
MOST = 200

Value = Dict[str, Any]


class Known:
    """One folder of kept values. Losing it costs time, nothing else."""

    def __init__(self, folder: str) -> None:
        """Keeps values in a folder, which need not exist yet."""
        self._folder = folder

    def get(self, kind: str, key: Any, find: Callable[[], Value]) -> Value:
        """What is kept under a key; found out and kept where there is nothing.

        Args:
            kind: what it is, a word.
            key: all that it depends on, as JSON can hold it.
            find: finds it out.
        """
        import hashlib  # late: the library under it is as large as a supervisor may be

        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        path = "{}/{}-{}.json".format(self._folder, kind, digest[:32])
        try:
            known = durable.read_json(path)
        except OSError:
            known = None
        if known is not None and known.get("key") == key:
            return dict(known["value"])
        value = find()
        try:
            make_folder(self._folder)
            durable.replace(path, durable.to_json({"key": key, "value": value}), durable=False)
            self._clear()
        except OSError:
            pass  # a full disk: it is found out again next time
        return value

    def _clear(self) -> None:
        names = durable.names(self._folder)
        if len(names) <= MOST:
            return
        dated = sorted((os.stat(path).st_mtime, path) for path in (os.path.join(self._folder, name) for name in names))
        for _, path in dated[: len(dated) // 2]:
            durable.discard(path)


def stamps(paths: List[str]) -> List[Any]:
    """What changes when one of these files or folders does, as JSON can hold it."""
    found: List[Any] = []
    for path in paths:
        try:
            status = os.lstat(path)
        except OSError:
            found.append([path, None, None])
        else:
            found.append([path, status.st_mtime_ns, status.st_size])
    return found
