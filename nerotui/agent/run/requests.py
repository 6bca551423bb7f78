"""Actions asked of a run's supervisor: one small file each in the run's folder, gone when carried out."""

import os
import time
from typing import Any, Dict, List, NamedTuple, Optional

from nerotui.agent import durable
from nerotui.agent.run.layout import RunFolder, make_folder


class Request(NamedTuple):
    """One action on record: what, by whom, when, and how."""

    action: str
    attempt: int
    time: float
    who: Optional[str]
    args: Dict[str, Any]
    path: str


#: What a request's file holds.
_KEPT = ("action", "attempt", "time", "who", "args")


class Requests:
    """What is asked about one attempt."""

    def __init__(self, folder: RunFolder, attempt: int) -> None:
        self._folder = folder.asked
        self._attempt = attempt

    def ask(self, action: str, who: Optional[str], args: Dict[str, Any]) -> None:
        """Puts a request on record, durably."""
        self.put(self.form(action, who, args))

    def form(self, action: str, who: Optional[str], args: Dict[str, Any]) -> Request:
        """A request of this moment, which is on no record yet."""
        now = time.time()
        name = "{}.{:017d}.{}".format(self._attempt, int(now * 1e6), action)
        return Request(action, self._attempt, now, who, args, os.path.join(self._folder, name))

    def put(self, request: Request) -> None:
        """Puts a request on record, durably.

        Raises:
            OSError: the disk did not take it.
        """
        make_folder(self._folder)
        durable.replace(request.path, durable.to_json({name: getattr(request, name) for name in _KEPT}))

    def pending(self) -> List[Request]:
        """What is asked and not yet carried out, oldest first."""
        found = []
        prefix = "{}.".format(self._attempt)
        for name in sorted(durable.names(self._folder)):
            if not name.startswith(prefix) or len(name.split(".")) != 3:
                continue
            path = os.path.join(self._folder, name)
            body = durable.read_json(path)
            if body is not None:
                args = body.get("args")
                found.append(
                    Request(
                        str(body.get("action")),
                        self._attempt,
                        float(body.get("time") or 0),
                        body.get("who"),
                        args if isinstance(args, dict) else {},
                        path,
                    )
                )
        return found

    def find(self, action: str) -> Optional[Request]:
        """The oldest request for an action."""
        for request in self.pending():
            if request.action == action:
                return request
        return None

    def done(self, request: Request) -> None:
        """Takes a request off the record of what is still to be done; the run's history keeps it."""
        durable.discard(request.path)

    def clear(self) -> None:
        """Takes all requests off: the attempt is over."""
        for request in self.pending():
            self.done(request)
