"""What a request says, checked as it is taken out, and what a failure answers to it."""

import os
from typing import Any, List, Optional

from nerotui.agent.errors import AgentError
from nerotui.agent.wire import Message


def text(message: Message, name: str) -> str:
    """A string that has to be there.

    Raises:
        AgentError: it is not.
    """
    value = message.get(name)
    if not isinstance(value, str) or not value or "\0" in value:
        raise AgentError("bad_request", "{} is {!r}, which is no text".format(name, value))
    return value


def whole(message: Message, name: str) -> Optional[int]:
    """A whole number, or None where the request has none.

    Raises:
        AgentError: it is something else, or negative.
    """
    value = message.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise AgentError("bad_request", "{} is {!r}, which is no whole number".format(name, value))
    return value


def needed(message: Message, name: str) -> int:
    """A whole number that has to be there.

    Raises:
        AgentError: it is not.
    """
    value = whole(message, name)
    if value is None:
        raise AgentError("bad_request", "the request lacks {}".format(name))
    return value


def seconds(message: Message, name: str) -> float:
    """A number of seconds, 0 where the request has none.

    Raises:
        AgentError: it is something else, or negative.
    """
    value = message.get(name) or 0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        raise AgentError("bad_request", "{} is {!r}, which is no number of seconds".format(name, value))
    return float(value)


def names(message: Message, name: str) -> Optional[List[str]]:
    """A list of strings, or None where the request has none.

    Raises:
        AgentError: it is something else.
    """
    value = message.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise AgentError("bad_request", "{} is {!r}, which is no list of names".format(name, value))
    return value


def path(message: Message) -> str:
    """A file of this host; `~` is the user's home.

    Raises:
        AgentError: there is none.
    """
    return os.path.abspath(os.path.expanduser(text(message, "path")))


def failure(number: Any, error: Exception) -> Message:
    """The reply to request `number` that says why it was not done."""
    hint = ""
    if isinstance(error, AgentError):
        code, said, hint = error.code, error.message, error.hint
    elif isinstance(error, OSError):
        code = "io"
        said = "{}: {}".format(error.filename, error.strerror) if error.filename else str(error)
    else:
        code = "bad_request" if isinstance(error, (TypeError, ValueError, LookupError, AttributeError)) else "io"
        said = "{}: {}".format(type(error).__name__, error)
    return {"id": number, "error": {"code": code, "message": said, "hint": hint}}
