"""A kill under way, of processes that no supervisor waits for: TERM, patience, KILL, step by step."""

import signal
from typing import Optional

from nerotui.agent.foreign.held import Held

#: How long a program may take to end by itself, seconds, where nobody says otherwise; at most.
GRACE = 10.0
LONGEST = 600.0
#: What does not die of SIGKILL in this time hangs in the kernel; nobody can wait for that.
PATIENCE = 30.0


class Killing:
    """Ends the processes of one run.

    Attributes:
        since: when it was asked for, seconds since the epoch.
        who: who asked.
        signal: what was sent last.
    """

    def __init__(self, held: Held, who: Optional[str], now: float, grace: float, at_once: bool) -> None:
        """Sends the first signal.

        Args:
            held: the processes.
            who: who asked.
            now: seconds since the epoch.
            grace: seconds before SIGKILL.
            at_once: whether there is no grace.
        """
        self.since = now
        self.who = who
        self.signal = "SIGKILL" if at_once else "SIGTERM"
        self._held = held
        self._quiet = 0
        self._deadline = now if at_once else now + min(grace, LONGEST)
        if not at_once:
            members = held.members()
            held.signal(signal.SIGTERM, members)
            # One that stands frozen takes the signal when it goes on.
            held.signal(signal.SIGCONT, members)

    def step(self, now: float) -> bool:
        """Looks who is left and does what is due; whether it is over."""
        left = self._held.members()
        self._quiet = 0 if left else self._quiet + 1
        if left and now >= self._deadline:
            self.signal = "SIGKILL"
            self._held.signal(signal.SIGKILL, left)
        return self._quiet >= 2 or now > self._deadline + PATIENCE
