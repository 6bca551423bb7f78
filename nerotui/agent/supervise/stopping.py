"""Bringing a run to an end that was asked for: signal, patience, KILL; also out of a frozen state."""

import signal
from typing import Any, Dict

from nerotui.agent.durations import spelled
from nerotui.agent.processes.tree import Calm, Tree
from nerotui.agent.run.requests import Request
from nerotui.agent.supervise.timelimit import seconds_of

_S = signal.Signals


class Stopping:
    """One kill or yield under way, carried on step by step.

    Kill: TERM, after a grace KILL until nothing is left. Yield: first the run's own signal to whoever handles it, and
    time to write a checkpoint; then like a kill. Timeout: the same with the time that is left, all of which the run may
    use. A kill that says "checkpoint" (a rule's stop) begins like a yield.

    Attributes:
        request: what was asked.
        impatient: whether it is at the stage where nothing can be waited for.
        told: what was done, for the run's history; `step` returns it as it happens.
    """

    def __init__(self, tree: Tree, request: Request, spec: Dict[str, Any], left: float) -> None:
        """Begins with the next `step`.

        Args:
            tree: the run's processes.
            request: what is asked.
            spec: the run's run.json.
            left: seconds until the run's time limit.
        """
        self.request = request
        self.impatient = False
        self._tree = tree
        self._killer = Calm(tree, signal.SIGKILL)
        patient = request.action == "yield" or (request.action == "timeout" and left > 0)
        self._stage = "yield" if patient or request.args.get("checkpoint") else "term"
        self._deadline = 0.0
        self._grace = seconds_of(request.args.get("grace"), seconds_of(spec.get("grace"), 10.0))
        self._patience = left if request.action == "timeout" else seconds_of(request.args.get("wait"), 60.0)
        self._yield_signal = yield_signal(spec, request.args)
        if request.args.get("now"):
            self._stage = "kill"

    @property
    def asking(self) -> bool:
        """Whether the run has only been asked to checkpoint so far."""
        return self._stage == "yield" or (self._stage == "term" and self._deadline > 0)

    def due(self, now: float) -> float:
        """Seconds until the next step."""
        return max(0.0, self._deadline - now)

    def hurry(self, now: float, asked: float, told: float) -> None:
        """Leaves at most so long after the run was asked to checkpoint, and so long after it was told to end."""
        self._patience, self._grace = min(self._patience, asked), min(self._grace, told)
        if self._deadline:
            self._deadline = min(self._deadline, now + (told if self._stage == "kill" else asked))

    def step(self, now: float) -> str:
        """Does what is due; returns a sentence where something was done that people should know."""
        if now < self._deadline:
            return ""
        if self._stage == "yield":
            self._stage, self._deadline = "term", now + self._patience
            catchers = self._tree.catchers(self._yield_signal)
            if not catchers and self.request.action == "timeout":
                return ""  # its time is not up yet
            if not catchers:
                name = _S(self._yield_signal).name
                return "no process of the run handles {}; {}".format(name, self._term(now))
            self._tree.signal(self._yield_signal, catchers)
            self._tree.signal(signal.SIGCONT)
            patience = spelled(round(self._patience, 1))
            return "sent {}, waiting up to {} for it to end".format(_S(self._yield_signal).name, patience)
        if self._stage == "term":
            return self._term(now)
        first = not self.impatient
        self.impatient = True
        self._killer.step()
        return "sent SIGKILL" if first else ""

    def _term(self, now: float) -> str:
        self._stage, self._deadline = "kill", now + self._grace
        self._tree.signal(signal.SIGTERM)
        self._tree.signal(signal.SIGCONT)
        return "sent SIGTERM, SIGKILL follows after {}".format(spelled(round(self._grace, 1)))


def yield_signal(spec: Dict[str, Any], args: Dict[str, Any]) -> int:
    """The signal that asks a run to checkpoint and exit: a request's own, else the run's."""
    text = str(args.get("signal") or spec.get("yield_signal") or "USR1").upper()
    try:
        return int(signal.Signals[text if text.startswith("SIG") else "SIG" + text])
    except KeyError:
        return int(signal.SIGUSR1)
