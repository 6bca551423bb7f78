"""The far end of a channel: answers one link over stdin and stdout, keeps no state, and dies with the channel."""

import os
import pwd
import sys
import time
from typing import Any, Dict, Tuple

from nerotui.agent.host import gpus
from nerotui.agent.host.procfs import Moment
from nerotui.agent.jobs import schedulers
from nerotui.agent.processes import identity
from nerotui.agent.run.runs import Store
from nerotui.agent.serve.loop import BROKEN, READ, WRITE, Loop
from nerotui.agent.serve.outbox import Outbox
from nerotui.agent.serve.session import Session
from nerotui.agent.wire import PROTOCOL, VERSION, BadFrame, Data, Decoder

#: How long the first word to a link waits for a GPU driver, seconds.
GPUS_DEADLINE = 1.0


def main(root: str, began: Moment) -> int:
    """Serves until the channel ends.

    Args:
        root: nerotui's folder on this host; `~` is the user's home.
        began: what the host's first rates are held against.
    """
    root = os.path.abspath(os.path.expanduser(root))
    incoming, outgoing = _own_channel()
    loop = Loop()
    status = 0

    def blocked(waiting: bool) -> None:
        if waiting:
            loop.listen(outgoing, WRITE, writable)
        else:
            loop.deafen(outgoing)

    def writable(_what: int) -> None:
        outbox.flush()

    def readable(what: int) -> None:
        nonlocal status
        try:
            data = os.read(incoming, 1 << 16)
        except BlockingIOError:
            if what & BROKEN:
                loop.stop()
            return
        if not data:
            loop.stop()
            return
        try:
            for frame in decoder.feed(data):
                if not isinstance(frame, Data):
                    session.request(frame)
        except BadFrame as error:
            sys.stderr.write("nerotui agent: what came over the channel is not nerotui's: {}\n".format(error))
            status = 1
            loop.stop()

    decoder = Decoder()
    outbox = Outbox(outgoing, blocked)
    store = Store(root)
    session = Session(loop, outbox, store, began)
    try:
        outbox.send(hello(store))
        loop.listen(incoming, READ, readable)
        loop.run()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write("nerotui agent: the channel broke: {}\n".format(error))
        status = 1
    session.finish(2.0)
    # A lane may hang in the kernel, on a dead file server or driver: no interpreter shutdown waits for it.
    sys.stderr.flush()
    os._exit(status)


def hello(store: Store) -> Dict[str, Any]:
    """What a link is told first: who and where this is, and whether anything can be kept here."""
    system, here = os.uname(), identity.here()
    writable, reason = store.writable()
    found = gpus.count(GPUS_DEADLINE)
    slots = max(1, found)
    if gpus.HOST.error is None:  # else a driver that hangs would be waited for once more
        try:
            slots = store.slots()
        except OSError:
            pass  # the root cannot even be read; `root_error` says so
    return {
        "push": "hello",
        "protocol": PROTOCOL,
        "version": VERSION,
        "hostname": here.hostname,
        "machine_id": here.machine,
        "boot_id": here.boot,
        "user": _user(),
        "uid": os.getuid(),
        "home": os.path.expanduser("~"),
        "root": store.root,
        "writable": writable,
        "root_error": None if writable else reason,
        "python": "{}.{}.{}".format(*sys.version_info[:3]),
        "pid": os.getpid(),
        "cores": os.cpu_count(),
        "gpus": found,
        "time": time.time(),
        "slots": slots,
        "platform": "{}-{}".format(system.sysname.lower(), system.machine),
        "backends": ["process"],
        "schedulers": schedulers.found(),
    }


def _own_channel() -> Tuple[int, int]:
    """Moves the channel away from stdin and stdout, so that no stray print and no child can reach it."""
    incoming, outgoing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.close(null)
    os.set_blocking(incoming, False)
    os.set_blocking(outgoing, False)
    return incoming, outgoing


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
