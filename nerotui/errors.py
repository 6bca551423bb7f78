"""Every error that nerotui raises, in one tree.

NerotuiError                 what happened, where; a hint: what to do
├── UsageError               exit 2: an argument makes no sense
│   └── ConfigError          exit 2: a file that a user wrote; names file and line
├── RunError                 exit 1: the thing asked for cannot be done
│   ├── NoSuchRun
│   ├── AmbiguousRun         a prefix that several runs share
│   ├── IllegalAction        not in this state, or not from a read-only console
│   └── Refused              the host said no, in its own words
└── HostError                exit 3: a host could not be reached or used; may be tried again
    ├── Unreachable          no connection: name, route, port, time-out
    ├── HostKeyError         unknown and not accepted, or changed; not tried again by itself
    ├── LoginError           the host does not let this user in; not tried again by itself
    ├── NoAgent              connected, but the agent cannot run there: python, disk, rc files
    └── Disconnected         the connection ended while something was under way
"""

from typing import ClassVar


class NerotuiError(Exception):
    """What happened and where, as one sentence for a person.

    Attributes:
        hint: what the user can do about it, or "".
        exit_code: what a command exits with.
        retry: whether the same may succeed by itself a little later.
    """

    exit_code: ClassVar[int] = 1
    retry: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(NerotuiError):
    """An argument makes no sense."""

    exit_code = 2


class ConfigError(UsageError):
    """A file that a user wrote cannot be read as it stands; the message names file and line."""


class RunError(NerotuiError):
    """The thing asked for cannot be done."""


class NoSuchRun(RunError):
    """No host that answered knows this run."""


class AmbiguousRun(RunError):
    """Several runs begin with these characters or bear this name."""


class IllegalAction(RunError):
    """The action means nothing in the run's state, or this console may not change anything."""


class Refused(RunError):
    """The host refused, in its own words."""


class HostError(NerotuiError):
    """A host could not be reached or used."""

    exit_code = 3
    retry = True


class Unreachable(HostError):
    """No connection: unknown name, no route, refused, timed out."""


class HostKeyError(HostError):
    """The host's key is unknown and was not accepted, or it changed."""

    retry = False


class LoginError(HostError):
    """The host does not let this user in."""

    retry = False


class NoAgent(HostError):
    """Connected, but the agent cannot run there."""


class Disconnected(HostError):
    """The connection ended while something was under way."""
