"""Nothing of a run lives on after its job: who waits for the supervisor's death, and what happens then.

A scheduler that kills the supervisor without warning does not always reach the run, which has a session of its own.
"""

import os
from typing import List

#: It reads one line, which the supervisor writes when all is over. Without it the supervisor is dead.
_TEXT = 'trap "" TERM INT HUP USR1 USR2; read over && exit 0; exec "$@"'


#: Set for what it becomes: the job is over, so nothing more may be started.
GUARDING = "NEROTUI_GUARDING"


class Guard:
    """A small shell beside the supervisor.

    Attributes:
        pid: the shell, a child of this process that is none of the run's.
    """

    def __init__(self, command: List[str]) -> None:
        """Starts it.

        Args:
            command: what it becomes when this process dies: another supervisor of the same run.
        """
        reading, self._writing = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                os.setsid()
                os.dup2(reading, 0)
                os.execve(
                    "/bin/sh", ["/bin/sh", "-c", _TEXT, "nerotui-guard"] + command, dict(os.environ, **{GUARDING: "1"})
                )
            finally:
                os._exit(127)
        os.close(reading)

    def dismiss(self) -> None:
        """Lets it go: all is over."""
        try:
            os.write(self._writing, b"\n")
        except BrokenPipeError:
            pass  # somebody has ended it
        os.close(self._writing)
