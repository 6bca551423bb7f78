"""The once-only start of an attempt: record, child, go, proof, command. Each step leaves what the next one needs."""

import os
import signal
import time
from typing import Any, Dict, List, NamedTuple, Optional

from nerotui.agent import durable
from nerotui.agent.processes import identity
from nerotui.agent.processes.identity import Identity
from nerotui.agent.run import attempts
from nerotui.agent.run.attempts import Try
from nerotui.agent.run.command import arguments, environment, failing
from nerotui.agent.run.layout import RunFolder, make_folder

#: Signals that a command must find as a login shell would have left them.
_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE", "SIGXFSZ")
)

#: What waits around the command. In the foreground, for a job in the background would ignore SIGINT; with handlers that
#: do nothing, for an ignored signal would be inherited. Its own standard error is closed, or "Killed" would be added to
#: the log.
_AROUND = (
    "trap : TERM INT HUP; mv=$1 pending=$2; shift 2; exec 3>&2 2>/dev/null; "
    '(exec "$@" 2>&3 3>&-); code=$?; "$mv" "$pending" "${pending%pending}$code" </dev/null >/dev/null; exit $code'
)


class NotOurs(Exception):
    """The attempt has been started before, or its try cannot be judged from here: nothing may be started."""


class Started(NamedTuple):
    """A child that waits for the go, or went."""

    tried: Try
    path: str
    child: Identity
    go: int


def prepare(
    folder: RunFolder,
    attempt: int,
    supervisor: Identity,
    gpus: Optional[List[int]],
    spec: Dict[str, Any],
    in_job: bool = False,
) -> Started:
    """Makes the record of a new try and the child that waits to become the command.

    Args:
        folder: the run's folder.
        attempt: the attempt's number.
        supervisor: this process.
        gpus: the GPUs that it holds; None on a host without any.
        spec: the run's run.json.
        in_job: whether a scheduler's job is around it, whose environment counts and who hands out the GPUs.

    Raises:
        NotOurs: an earlier try ran, may have run, or may still do so.
    """
    tried = _next_try(folder, attempt)
    known = attempts.read(folder.attempts)
    path = known.path(tried)
    record = {"supervisor": supervisor.token(), "gpus": gpus or [], "time": round(time.time(), 3)}
    try:
        durable.create(path, durable.to_json(record))
    except FileExistsError:
        raise NotOurs("another supervisor has made try {} of attempt {}".format(tried.number, attempt))
    attempts.make_room(path)
    pending = path + ".exit.pending"
    make_folder(folder.reported)
    # Made for the program, which would leave it to its own taste who may read it.
    os.close(os.open(folder.reports_of(attempt), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    variables = environment(folder, spec, attempt, None if in_job else gpus)
    if in_job:
        from nerotui.agent.supervise.batch.variables import surround

        surround(variables, spec)
    argv = ["/bin/sh", "-c", _AROUND, "nerotui-run", _mv(), pending] + arguments(spec, variables, attempt)
    waiting, go = os.pipe()
    pid = os.fork()
    if not pid:
        _become(waiting, go, path + ".ran", folder.log, argv, variables, str(spec.get("dir") or "~"))
    os.close(waiting)
    child = identity.of(pid)
    if child is None:
        raise OSError("the child that was to become the command died at once")
    durable.replace(path + ".child", durable.to_json({"identity": child.token()}), durable=False)
    return Started(tried._replace(child=True), path, child, go)


def let_go(started: Started) -> None:
    """The go: from here on only the child decides whether the command runs."""
    try:
        os.write(started.go, b"g")
    except BrokenPipeError:
        pass  # the child died; that is seen by who waits for it
    os.close(started.go)


def call_off(started: Started) -> None:
    """Ends the child without it ever having run anything."""
    os.close(started.go)


def may_try(folder: RunFolder, attempt: int) -> Optional[bool]:
    """Whether an attempt may be started: False where it ran or ended, None where a try cannot be judged now."""
    known = attempts.read(folder.attempts)
    tried = known.tries.get(attempt)
    if attempt in known.ended or known.newest > attempt or (tried is not None and tried.ran):
        return False
    if tried is None:
        return True
    lives = [identity.alive(who) for who in (known.supervisor(tried), known.child(tried)) if who is not None]
    if any(life is not False for life in lives):
        return None
    # The child may have made its proof after the folder was read and before its death was seen.
    return not os.path.exists(known.path(tried) + ".ran")


def _next_try(folder: RunFolder, attempt: int) -> Try:
    make_folder(folder.attempts)
    if not may_try(folder, attempt):
        raise NotOurs("attempt {} was started before".format(attempt))
    known = attempts.read(folder.attempts).tries.get(attempt)
    return Try(attempt, known.number + 1 if known else 1)


def _become(
    waiting: int, go: int, proof: str, log: str, argv: List[str], variables: Dict[bytes, bytes], folder: str
) -> None:
    """The child: waits for the go, proves that it ran, becomes the command. Never returns."""
    try:
        os.close(go)
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in _SIGNALS:  # some of them ignored by whatever started the console: cron, nohup, a script's &
            signal.signal(number, signal.SIG_DFL)
        if not os.read(waiting, 1):
            os._exit(0)
        os.close(waiting)
        durable.create(proof)
        null = os.open(os.devnull, os.O_RDONLY)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(null, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.closerange(3, 256)
        try:
            os.chdir(os.path.expanduser(folder))
        except OSError as error:
            argv = argv[:6] + failing("cannot work in {}: {}".format(folder, error.strerror), 126)
        os.execve(argv[0], argv, variables)
    except BaseException as error:  # nothing of the supervisor may run on in the child
        os.write(2, "nerotui: the command could not be started: {}\n".format(error).encode("utf-8", "replace"))
    finally:
        os._exit(126)


def _mv() -> str:
    for path in ("/bin/mv", "/usr/bin/mv"):
        if os.access(path, os.X_OK):
            return path
    return "mv"
