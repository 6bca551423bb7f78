"""The user's configuration and the project's `nerotui.toml`, as frozen values; strict about what they may hold.

Annotations are not postponed here: msgspec would have to compile each field's text at each start.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec

from nerotui import locations
from nerotui.agent.durations import seconds
from nerotui.core import patterns, rules, wishes
from nerotui.core.strict import Document, nearest
from nerotui.core.wishes import Wishes
from nerotui.errors import ConfigError, UsageError

LOCAL = "local"
#: Said with a backend that cannot be.
BACKENDS = "auto, process, slurm, gridengine, or the name of a plug-in"


class HostConfig(Wishes, frozen=True, kw_only=True):
    """How a host is reached and used, and what its scheduler is asked for.

    Attributes:
        name: nerotui's name for it; the table's name in the file.
        address: what to connect to; default the name itself, looked up in ~/.ssh/config.
        connect: through asyncssh, the system's `ssh` program, or a process on this machine.
        backend: what "submit" means there: "process", "slurm", "gridengine" or the name of a site's own; "auto" asks
            the host.
        root: where nerotui keeps its folder there; default ~/.nerotui.
        python: its interpreter, or a command line such as "module load python && python3".
        slots: how many runs at once; default one a GPU, one on a host without GPUs.
        poll: seconds between two looks at it, at least; for hosts that must be asked politely.
        watch: patterns of log files of runs that nerotui did not start.
        power_on: a command of this machine that starts the host; `power_off` one that stops it.
        setup: run by the user's shell before each command there; `dir`, `env`, `gpus`, `time` and the
            wishes are defaults of its runs too.
    """

    name: str
    address: str | None = None
    user: str | None = None
    port: int | None = None
    connect: Literal["asyncssh", "openssh", "local"] = "asyncssh"
    backend: str = "auto"
    root: str | None = None
    python: str | None = None
    slots: int | None = None
    poll: float | None = None
    watch: tuple[str, ...] = ()
    power_on: str | None = None
    power_off: str | None = None
    setup: str | None = None
    dir: str | None = None
    env: dict[str, str] = msgspec.field(default_factory=dict)
    gpus: int | None = None
    time: float | None = None


class Defaults(Wishes, frozen=True, kw_only=True):
    """What a run gets where neither the command line nor its experiment says otherwise.

    Attributes:
        host: a host or a group.
        disk: free space that a run needs, such as "20GB".
        time: seconds that an attempt may run; in the file also "2h30m".
        deadline: until when a run is wanted, seconds since the epoch; in the file a date or time, in quotes or without.
        stop: rules that every run gets, besides its own.
        metrics: patterns for what runs print, tried before nerotui's own reading; see `nerotui.agent.metrics.pattern`.
    """

    host: str | None = None
    gpus: int | None = None
    time: float | None = None
    deadline: float | None = None
    setup: str | None = None
    dir: str | None = None
    env: dict[str, str] = msgspec.field(default_factory=dict)
    disk: str | None = None
    stop: tuple[str | dict[str, Any], ...] = ()
    metrics: tuple[str, ...] = ()


class ConsoleConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How the console starts; each has a switch on the command line or a key.

    Attributes:
        mouse: whether clicks and the wheel belong to the console.
        readonly: look, but change nothing.
        ascii: draw with ASCII characters only.
        color: how many colours; "auto" asks the terminal and NO_COLOR.
    """

    mouse: bool = True
    readonly: bool = False
    ascii: bool = False
    color: Literal["auto", "256", "16", "none"] = "auto"


class Experiment(Wishes, frozen=True, kw_only=True):
    """A named recipe of `nerotui.toml`: a command, its parameters, and what its runs need."""

    name: str
    command: str | None = None
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    host: str | None = None
    gpus: int | None = None
    time: float | None = None
    deadline: float | None = None
    setup: str | None = None
    dir: str | None = None
    env: dict[str, str] = msgspec.field(default_factory=dict)
    repeats: int = 1
    resume: str | None = None
    checkpoint: str | None = None
    stop: tuple[str | dict[str, Any], ...] = ()
    metrics: tuple[str, ...] = ()
    more: dict[str, Any] = msgspec.field(default_factory=dict)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a user configured.

    Attributes:
        hosts: by name; `local` is always there and comes first.
        groups: members by the group's name.
        keys: action id → keys that replace the action's own.
        colors: name in the palette → colour.
        files: the files that were read, first the user's, then the project's.
    """

    hosts: dict[str, HostConfig]
    groups: dict[str, tuple[str, ...]] = {}
    defaults: Defaults = Defaults()
    console: ConsoleConfig = ConsoleConfig()
    keys: dict[str, tuple[str, ...]] = {}
    colors: dict[str, str] = {}
    notify: dict[str, Any] = {}
    experiments: dict[str, Experiment] = {}
    files: tuple[str, ...] = ()

    def members(self, names: Iterable[str]) -> tuple[str, ...]:
        """The hosts that host and group names stand for, each once, in order.

        Raises:
            UsageError: neither a host nor a group has that name; names the nearest one.
        """
        found: dict[str, None] = {}
        for name in names:
            if name in self.hosts:
                found[name] = None
            elif name in self.groups:
                found.update(dict.fromkeys(self.groups[name]))
            else:
                guess = nearest(name, [*self.hosts, *self.groups])
                meant = f"; did you mean '{guess}'?" if guess else ""
                hint = f"hosts are the [hosts.NAME] tables of {short_path(locations.config_file())}"
                raise UsageError(f"no host or group is called '{name}'{meant}", hint=hint)
        return tuple(found)


_TABLES = ("hosts", "groups", "defaults", "console", "keys", "colors", "notify")
_PROJECT_TABLES = ("defaults", "experiments", "notify")


def load(config_file: Path | None = None, project_file: Path | None = None) -> Config:
    """Reads the user's configuration and the project's.

    Args:
        config_file: default what `locations.config_file` says; it need not exist unless it was named.
        project_file: default the nearest `nerotui.toml` above the current folder, if any.

    Raises:
        ConfigError: a file cannot be read, or something in it is not as it must be; names file and line.
    """
    named = config_file is not None or bool(os.environ.get("NEROTUI_CONFIG"))
    user = _read(config_file or locations.config_file(), required=named)
    project = _read(project_file, required=True) if project_file else None
    if project_file is None and (found := locations.project_file()):
        project = _read(found, required=True)
    return _build(user, project)


def short_path(path: Path) -> str:
    """A path as a person would write it: `~` for the home."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


def _read(path: Path, *, required: bool) -> Document | None:
    name = short_path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if required:
            raise ConfigError(f"{name}: there is no such file", hint="NEROTUI_CONFIG or an option names it") from None
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"{name}: cannot be read: {reason}") from error
    return Document(text, name)


def _build(user: Document | None, project: Document | None) -> Config:
    hosts = {LOCAL: HostConfig(name=LOCAL, connect="local")}
    groups: dict[str, tuple[str, ...]] = {}
    values: dict[str, Any] = {}
    if user:
        user.known((), user.tables, _TABLES, "table")
        hosts.update(_hosts(user))
        groups = _groups(user, hosts)
        values["console"] = user.struct(("console",), user.table("console"), ConsoleConfig)
        values["keys"] = {name: _words(user, ("keys", name), keys) for name, keys in user.table("keys").items()}
        values["colors"] = {name: _text(user, ("colors", name), color) for name, color in user.table("colors").items()}
        values["notify"] = user.table("notify")
    merged: dict[str, Any] = {}
    for document in (user, project):
        if document:
            table = _timed(document, ("defaults",), document.table("defaults"))
            table = patterns.of_table(document, ("defaults",), rules.of_table(document, ("defaults",), table))
            table = wishes.of_table(document, ("defaults",), table)
            checked = document.struct(("defaults",), table, Defaults)
            merged.update({key: getattr(checked, key) for key in table})
            if checked.host is not None and checked.host not in hosts and checked.host not in groups:
                raise _unknown_host(document, ("defaults", "host"), checked.host, [*hosts, *groups])
    if project:
        project.known((), project.tables, _PROJECT_TABLES, "table")
        values["experiments"] = {name: _experiment(project, name) for name in project.table("experiments")}
        values["notify"] = {**values.get("notify", {}), **project.table("notify")}
    files = tuple(document.name for document in (user, project) if document)
    return Config(hosts=hosts, groups=groups, defaults=Defaults(**merged), files=files, **values)


def _hosts(document: Document) -> dict[str, HostConfig]:
    hosts = {}
    for name in document.table("hosts"):
        path = ("hosts", name)
        table = wishes.of_table(document, path, _timed(document, path, document.table(*path)))
        if name == LOCAL:
            for key in ("address", "user", "port", "connect"):
                if key in table:
                    raise document.error((*path, key), f"'{key}' means nothing for 'local': it is this machine")
            table["connect"] = "local"
        if not name or name.startswith("-") or not name.isprintable() or any(c in "/\\ ,:" for c in name):
            raise document.error(path, f"'{name}' cannot be a host's name", hint="use letters, digits, '.', '_', '-'")
        host = document.struct(path, table, HostConfig, name=name)
        if host.port is not None and not 0 < host.port < 65536:
            raise document.error((*path, "port"), f"'port' must lie between 1 and 65535, not {host.port}")
        if host.poll is not None and not 0 < host.poll < 86400:
            raise document.error((*path, "poll"), f"'poll' must be a number of seconds above 0, not {host.poll:g}")
        if not host.backend.isidentifier():
            raise document.error((*path, "backend"), f"'backend' cannot be {host.backend!r}", hint=BACKENDS)
        if host.slots is not None and host.slots < 1:
            raise document.error((*path, "slots"), f"'slots' must be at least 1, not {host.slots}")
        hosts[name] = host
    return hosts


def _groups(document: Document, hosts: dict[str, HostConfig]) -> dict[str, tuple[str, ...]]:
    groups = {}
    for name, value in document.table("groups").items():
        path = ("groups", name)
        if name in hosts:
            raise document.error(path, f"'{name}' is a host already: a group needs a name of its own")
        groups[name] = _words(document, path, value)
        if not groups[name]:
            raise document.error(path, f"group '{name}' has no hosts")
        for member in groups[name]:
            if member not in hosts:
                raise _unknown_host(document, path, member, hosts)
    return groups


def _unknown_host(document: Document, path: tuple[str, ...], name: str, known: Iterable[str]) -> ConfigError:
    guess = nearest(name, known)
    meant = f"; did you mean '{guess}'?" if guess else ""
    return document.error(path, f"no host is called '{name}'{meant}", hint=f"a table [hosts.{name}] would make it one")


def _experiment(document: Document, name: str) -> Experiment:
    path = ("experiments", name)
    table = rules.of_table(document, path, _timed(document, path, document.table(*path)))
    table = wishes.of_table(document, path, patterns.of_table(document, path, table))
    known = {field.name for field in msgspec.structs.fields(Experiment)} - {"name", "more"}
    own = {key: value for key, value in table.items() if key in known}
    more = {key: value for key, value in table.items() if key not in known}
    return document.struct(path, own, Experiment, name=name, more=more)


def _timed(document: Document, path: tuple[str, ...], table: dict[str, Any]) -> dict[str, Any]:
    """A table whose time limit and deadline, if it has any, are numbers of seconds, however they are written."""
    limit = table.get("time")
    if isinstance(limit, str):
        try:
            limit = table["time"] = seconds(limit)
        except ValueError as error:
            raise document.error((*path, "time"), f"'time': {error}") from None
    if isinstance(limit, int | float) and not limit > 0:
        raise document.error((*path, "time"), f"'time' must be more than nothing, not {limit:g}")
    if "deadline" in table:
        from nerotui.core.moments import epoch

        try:
            table["deadline"] = epoch(table["deadline"])
        except (TypeError, ValueError, OverflowError) as error:
            said = str(error) if isinstance(table["deadline"], str) else "must be a date or time: 2026-12-01T12:00"
            raise document.error((*path, "deadline"), f"'deadline': {said}") from None
    return table


def _words(document: Document, path: tuple[str, ...], value: object) -> tuple[str, ...]:
    """One text or a list of texts."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise document.error(path, f"'{path[-1]}' must be text in quotes, or a list of such texts")


def _text(document: Document, path: tuple[str, ...], value: object) -> str:
    if isinstance(value, str):
        return value
    raise document.error(path, f"'{path[-1]}' must be text in quotes")
