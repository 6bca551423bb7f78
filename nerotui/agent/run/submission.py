"""Submitting: a run's folder is built under another name, appears whole, and then gets its entry in the queue."""

import os
import shutil
import time
from typing import Any, Dict, List, Optional

from nerotui.agent import durable
from nerotui.agent.errors import AgentError
from nerotui.agent.jobs import queues
from nerotui.agent.processes import identity
from nerotui.agent.queue import launch, logind
from nerotui.agent.queue.queue import Queue
from nerotui.agent.queue.room import Resources
from nerotui.agent.run import events
from nerotui.agent.run.command import kept
from nerotui.agent.run.layout import Root, RunFolder, is_id
from nerotui.agent.run.writable import writable

#: What the host adds to a specification; no part of what was asked for.
_ADDED = ("hostname", "machine", "user", "created", "who", "held")


def submit(
    root: Root, queue: Queue, resources: Resources, spec: Dict[str, Any], who: Optional[str], held: bool
) -> List[str]:
    """Puts a run in line, durably.

    Returns:
        Sentences that its owner should know.

    Raises:
        AgentError: bad_request, refused, readonly_root.
    """
    _check(spec)
    folder = root.run(spec["id"])
    known = durable.read_json(folder.spec)
    if known is not None:
        if _asked(known) != _asked(spec):
            raise AgentError("refused", "another run has the id {}".format(spec["id"]), "submit it again")
        if queue.folder.scheduler is not None and queue.of_run(spec["id"]) is None and lacks_all(folder):
            queue.add(spec["id"], 1, bool(known.get("held")), known.get("created_here"))  # it died before it did
        return []
    good, reason = writable(root, queue)
    if not good:
        raise AgentError("readonly_root", str(reason), "give this host another `root`, or free some space")
    _check_host(spec, resources, queue.folder.scheduler is not None)
    whole = _complete(spec, who, held)
    fresh = "{}/.new-{}-{}".format(root.runs, spec["id"], identity.mine().token())
    try:
        _build(fresh, whole, programs(root, whole))
        os.rename(fresh, folder.path)
        durable.sync_folder(root.runs)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if not os.path.exists(folder.spec):
            raise AgentError("readonly_root", "the run cannot be kept: {}".format(error.strerror or error), "")
    queue.add(spec["id"], 1, held, whole["created_here"])
    writer = events.Writer(folder, "serve", identity.mine())
    writer.add("submitted", "submitted, held" if held else "submitted", who=who)
    if queue.folder.scheduler is not None:
        return []
    notes = []
    if logind.in_session(os.environ):
        note = logind.linger(str(whole["user"]), os.environ)
        if note:
            notes.append(note)
    failure = launch.ensure(root, queue)
    if failure:
        notes.append(failure)
    return notes


def preview(root: Root, resources: Resources, spec: Dict[str, Any]) -> Dict[str, Optional[str]]:
    """The script that a scheduler would be given, and where it would lie (None: there is none); and the run's folder.

    Raises:
        AgentError: bad_request, refused.
    """
    _check(spec)
    _check_host(spec, resources, queues.scheduler_of(spec) is not None)
    folder = root.run(spec["id"])
    text = programs(root, spec).get(os.path.basename(folder.job_script))
    where = _absolute(spec)
    if text is None:
        return {"script": None, "path": None, "dir": where}
    return {"script": text.decode("utf-8", "replace"), "path": folder.job_script, "dir": where}


def renew(root: Root, folder: RunFolder) -> None:
    """Makes the script for a run's scheduler anew: the agent that the old one names may be gone by the next job."""
    spec = durable.read_json(folder.spec) or {}
    text = programs(root, spec).get(os.path.basename(folder.job_script))
    if text is not None:
        durable.replace(folder.job_script, text, mode=0o700)


def user_name() -> str:
    """The name of the user that this process runs as."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def lacks_all(folder: RunFolder) -> bool:
    """Whether nothing of a run was ever started."""
    return not durable.names(folder.attempts)


def programs(root: Root, spec: Dict[str, Any]) -> Dict[str, bytes]:
    """The programs that the run's folder needs, by name: its user's script, and what a scheduler is to start."""
    scheduler = queues.scheduler_of(spec)
    if not scheduler and not spec.get("script"):
        return {}
    from nerotui.agent.jobs import script

    return script.files(root.path, root.run(spec["id"]), spec, scheduler)


def _build(fresh: str, spec: Dict[str, Any], runnable: Dict[str, bytes]) -> None:
    os.mkdir(fresh, 0o700)
    for name in ("attempts", "asked", "events", "reported"):
        os.mkdir(os.path.join(fresh, name), 0o700)
    variables = [name + b"=" + value for name, value in kept().items()]
    files = dict(runnable, environment=b"\0".join(variables))
    files["run.json"] = durable.to_json(spec)
    for name, data in files.items():
        mode = 0o700 if name in runnable else 0o600
        fd = os.open(os.path.join(fresh, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            durable.write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
    durable.sync_folder(fresh)


def _complete(spec: Dict[str, Any], who: Optional[str], held: bool) -> Dict[str, Any]:
    here = identity.here()
    now = round(time.time(), 6)
    whole = dict(spec, hostname=here.hostname, machine=here.machine, user=user_name(), held=held, created_here=now)
    whole["created"] = spec.get("created") or now
    whole["who"] = spec.get("who") or who
    whole["dir"] = _absolute(spec)
    return whole


def _asked(spec: Dict[str, Any]) -> Dict[str, Any]:
    given = {name: value for name, value in spec.items() if name not in _ADDED + ("created_here",)}
    given["dir"] = _absolute(spec)
    return {name: value for name, value in given.items() if value not in (None, {}, [])}


def _check(spec: Dict[str, Any]) -> None:
    """Refuses what no host could run."""

    def refuse(what: str) -> None:
        raise AgentError("bad_request", "this is no run: " + what, "")

    if not is_id(spec.get("id")):
        refuse("its id is {!r}, not 8 letters of a-z and 2-7".format(spec.get("id")))
    for name in ("command", "resume"):
        value = spec.get(name)
        if value is None and name == "resume":
            continue
        if not isinstance(value, list) or not value or not all(isinstance(part, str) for part in value):
            refuse("its {} is no list of arguments".format(name))
        elif any("\0" in part for part in value) or not value[0]:
            refuse("its {} cannot be run".format(name))
    backend = spec.get("backend")
    if backend is not None and not queues.is_backend(backend):
        refuse("its backend is {!r}".format(backend))
    if spec.get("script") is not None:
        from nerotui.agent.jobs import script

        script.check(spec["script"])
    for name in ("after", "after_any"):
        if not isinstance(spec.get(name) or [], list) or not all(is_id(run) for run in spec.get(name) or []):
            refuse("what it waits for are no runs")
    most = spec.get("attempts")
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):
        refuse("the most attempts that it may have are {!r}".format(most))
    for name in ("env", "params"):
        if not isinstance(spec.get(name) or {}, dict):
            refuse("its {} are no names with values".format(name))
    for name, value in (spec.get("env") or {}).items():
        if not name or "=" in name or "\0" in name + str(value):
            refuse("{!r} can be no variable".format(name))
    for name, called in (("time", "time limit"), ("deadline", "deadline")):
        value = spec.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e10:
            refuse("its {} is {!r}".format(called, value))
    if spec.get("stop"):
        from nerotui.agent.diagnose.rules import RuleError, parse_all

        try:
            parse_all(spec["stop"])
        except RuleError as error:
            refuse("its rule {!r} cannot be read: {}".format(error.text, error))
    patterns = spec.get("patterns") or []
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        refuse("its patterns are no list of texts")
    if patterns:
        from nerotui.agent.metrics.pattern import Pattern, PatternError

        try:
            for pattern in patterns:
                Pattern(pattern)
        except PatternError as error:
            refuse("its pattern {!r} cannot be used: {}".format(error.text, error))
    gpus = spec.get("gpus")
    if gpus is not None and (isinstance(gpus, bool) or not isinstance(gpus, int) or gpus < 0):
        refuse("it asks for {!r} GPUs".format(gpus))


def _check_host(spec: Dict[str, Any], resources: Resources, scheduled: bool) -> None:
    """Refuses what this host cannot run; a scheduler runs it elsewhere, but in a folder that this host shows."""
    folder = spec.get("dir")
    if folder and not os.path.isdir(os.path.expanduser(str(folder))):
        raise AgentError(
            "refused",
            "there is no folder {} on {}".format(folder, identity.here().hostname),
            "name one with --dir, or copy your code there",
        )
    asked = 0 if scheduled else spec.get("gpus") or 0
    count = resources.count if asked else 0
    if asked > count:
        raise AgentError(
            "refused",
            "the run asks for {} GPU{}, but {} has {}".format(
                asked, "" if asked == 1 else "s", identity.here().hostname, count or "none"
            ),
            "ask for fewer with --gpus",
        )


def _absolute(spec: Dict[str, Any]) -> str:
    """Where the run works, on this host."""
    return os.path.abspath(os.path.expanduser(str(spec.get("dir") or "~")))
