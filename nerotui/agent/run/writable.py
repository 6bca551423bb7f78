"""Whether runs can be kept under a root: the folders are made, and a file is written to see."""

import os
from typing import Optional, Tuple

from nerotui.agent import durable
from nerotui.agent.queue.queue import Queue
from nerotui.agent.run.layout import Root, make_folder


def writable(root: Root, queue: Queue) -> Tuple[bool, Optional[str]]:
    """Whether runs can be kept under a root, and if not, why, as one sentence."""
    if not os.path.isdir("/proc/self"):
        return False, "this system has no /proc, so runs cannot be looked after here"
    probe = durable.temporary(os.path.join(root.path, "probe"))
    try:
        make_folder(root.path)
        os.chmod(root.path, 0o700)
        make_folder(root.runs)
        queue.make()
        if queue.folder.scheduler is None:
            remember(queue)
        fd = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            durable.write_all(fd, b"x" * 4096)
        finally:
            os.close(fd)
            durable.discard(probe)
    except OSError as error:
        return False, "nothing can be kept under {}: {}".format(root.path, error.strerror or error)
    return True, None


def remember(queue: Queue) -> None:
    """Keeps what the user configured for this host, for dispatchers that nobody tells."""
    asked = os.environ.get("NEROTUI_SLOTS", "")
    if not asked.isdigit():
        return
    settings = durable.read_json(queue.folder.settings) or {}
    if settings.get("slots") != int(asked):
        durable.replace(queue.folder.settings, durable.to_json(dict(settings, slots=int(asked))))
