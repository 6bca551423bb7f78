"""status.json: the newest state of a run in one small file, written by whoever supervises it."""

import time
from typing import Any, Dict, Optional

from nerotui.agent import durable
from nerotui.agent.run.layout import RunFolder

#: No more often than this is the file written while only numbers change.
INTERVAL = 1.0
#: At least this often it is written while the run lives, as a proof of life.
HEARTBEAT = 60.0


class Status:
    """The status of one attempt. Writing is best effort: what it says can be worked out again from the attempts.

    Attributes:
        values: what it says.
        again: whether a predecessor of this attempt's has written it before.
        failed: why it could not be written last time.
    """

    def __init__(self, folder: RunFolder, attempt: int) -> None:
        self._path = folder.status
        self._written = 0.0
        self._urgent = False
        self._changed = True
        old = durable.read_json(self._path) or {}
        self.again = old.get("attempt") == attempt
        self.values: Dict[str, Any] = old if self.again else {"attempt": attempt}
        for name in ("metrics", "progress"):
            self.values.setdefault(name, old.get(name))
        self.failed: Optional[str] = None

    def set(self, urgent: bool = False, **values: Any) -> None:
        """Changes values; urgent ones are written at the next chance, without regard to the interval."""
        for name, value in values.items():
            if self.values.get(name) != value or name not in self.values:
                self.values[name] = value
                self._changed = True
                self._urgent = self._urgent or urgent

    @property
    def urgent(self) -> bool:
        """Whether a change waits that should be seen at once."""
        return self._urgent

    def due(self, now: float) -> bool:
        """Whether it should be written now."""
        since = now - self._written
        return self._urgent or since >= HEARTBEAT or (self._changed and since >= INTERVAL)

    def write(self, now: Optional[float] = None) -> None:
        """Writes it. A full disk is remembered in `failed`, and the next chance is taken."""
        now = time.time() if now is None else now
        self.values["last_seen"] = round(now, 3)
        self._written = now
        try:
            durable.replace(self._path, durable.to_json(self.values), durable=False)
        except OSError as error:
            self.failed = str(error)
            return
        self.failed = None
        self._changed = self._urgent = False
