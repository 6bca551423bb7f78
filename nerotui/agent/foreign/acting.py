"""What people ask of a run that nerotui did not start: freeze, thaw, kill, each of exactly the processes they saw."""

import os
from typing import Any, Dict, Optional

from nerotui.agent.errors import AgentError
from nerotui.agent.foreign import holders
from nerotui.agent.foreign.held import alive
from nerotui.agent.foreign.killing import GRACE, Killing
from nerotui.agent.foreign.run import ForeignRun, refuse
from nerotui.agent.states import ACTIONS, RunState

_POSSIBLE = ("freeze", "thaw", "kill")


def act(
    run: ForeignRun, action: str, who: Optional[str], attempt: Optional[int], args: Dict[str, Any], now: float
) -> None:
    """Carries out an action; a kill goes on in `run.killing`.

    Args:
        run: the run.
        action: what is asked.
        who: who asks.
        attempt: the attempt that is meant; None for whichever there is.
        args: of a kill: grace (seconds), now; of any: pid, the process that the asker saw.
        now: seconds since the epoch.

    Raises:
        AgentError: bad_request, illegal.
    """
    if action not in ACTIONS:
        raise AgentError("bad_request", "no action {!r}".format(action), "one of " + ", ".join(sorted(ACTIONS)))
    run.look(now)
    record = run.record(now)
    if action not in _POSSIBLE:
        raise refuse(action, record)
    state = RunState(record["state"])
    if state not in ACTIONS[action]:
        raise AgentError("illegal", "cannot {} {}: it is {}".format(action, run.id, state.value), "")
    meant = (attempt if attempt is not None else record["attempt"], args.get("pid") or record["pid"])
    if meant != (record["attempt"], record["pid"]):
        raise _another(record)
    _prove(run, record)
    if action == "kill":
        _kill(run, who, args, now)
    elif action == "freeze":
        calm = run.tree().freeze()
        run.note("frozen", "frozen where it stands" if calm else "frozen but for what hangs in the kernel", who)
    else:
        run.tree().thaw()
        run.note("thawed", "goes on", who)
    run.look(now)


def _kill(run: ForeignRun, who: Optional[str], args: Dict[str, Any], now: float) -> None:
    if run.killing is not None:
        raise AgentError("illegal", "{} is being killed".format(run.id), "give it a moment")
    grace = args.get("grace")
    seconds = float(grace) if isinstance(grace, (int, float)) and grace >= 0 else GRACE
    run.note("kill", "asked to kill it", who)
    run.killing = Killing(run.tree(), who, now, seconds, bool(args.get("now")))


def _prove(run: ForeignRun, record: Dict[str, Any]) -> None:
    """Refuses unless each process that would be signalled writes this very log at this moment."""
    key = run.log.log.key
    try:
        status = os.stat(run.path)
        key = (status.st_dev, status.st_ino)
    except FileNotFoundError:
        pass  # it was deleted: who holds the file that it was writes it still
    except OSError as error:
        raise AgentError("illegal", "{} cannot be looked at: {}".format(run.path, error.strerror), "")
    if key is None:
        raise _another(record)
    found = holders.scan({holders.name_of(run.path): {key}})
    writing = found.holdings.get(key, [])
    known = {(one.stat.pid, one.stat.start) for one in writing}
    known.update((feeder.pid, feeder.start) for one in writing for feeder in found.feeders.get(one.pipe, ()))
    if (
        not run.roots
        or run.roots[0].pid != record["pid"]
        or any((one.pid, one.start) not in known or not alive(one) for one in run.roots)
    ):
        raise _another(record)


def _another(record: Dict[str, Any]) -> AgentError:
    message = "another process than before writes the log of {}, or none does".format(record["name"])
    return AgentError("illegal", message, "look at it again")
