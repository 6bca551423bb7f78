"""What went wrong on the way to a host, as nerotui's errors: what happened, where, what to do."""

from __future__ import annotations

import re
import socket

import asyncssh

from nerotui.channels.attempt import Attempt
from nerotui.channels.ssh.settings import Settings
from nerotui.core.text import clean
from nerotui.errors import Disconnected, HostError, LoginError, Unreachable


def unreachable(error: OSError, attempt: Attempt, settings: Settings) -> HostError:
    """No TCP connection."""
    host, address = attempt.host, settings.address
    if isinstance(error, socket.gaierror):
        return Unreachable(
            f"{host}: the name {settings.hostname} is not known ({error.strerror})",
            hint="a typing error? Is it in ~/.ssh/config, or is a VPN needed?",
        )
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(f"{host}: {address} refuses connections", hint="is sshd running there, and on that port?")
    if isinstance(error, ConnectionError):
        return Unreachable(
            f"{host}: {address} ended the connection at once", hint="sshd may be overloaded; tried again"
        )
    return Unreachable(
        f"{host}: {address} cannot be reached: {error.strerror or error}", hint="is the network up (VPN)?"
    )


def handshake(error: Exception, attempt: Attempt, settings: Settings) -> HostError:
    """A connection, but no log-in; or no session afterwards."""
    host, address = attempt.host, settings.address
    reason = clean(getattr(error, "reason", "") or str(error) or type(error).__name__)
    if isinstance(error, asyncssh.PermissionDenied):
        return login(attempt, settings)
    if "authentication failures" in reason:
        return LoginError(
            f"{host}: {address} hung up after too many keys that it does not know",
            hint="name the right one in ~/.ssh/config: IdentityFile, and IdentitiesOnly yes",
        )
    if isinstance(error, asyncssh.KeyExchangeFailed):
        what, offered = re.search(r"matching (.*?) algorithm", reason), reason.rpartition(" received ")[2]
        return Unreachable(
            f"{host}: {address} offers no {what[1] if what else 'method'} that nerotui knows: {offered}",
            hint='`connect = "openssh"` for this host uses the system\'s ssh, which knows older methods',
        )
    if isinstance(error, asyncssh.ProtocolNotSupported | asyncssh.ProtocolError):
        return Unreachable(f"{host}: {address} does not speak SSH as it should: {reason}")
    if isinstance(error, asyncssh.ChannelOpenError) and settings.jumps and not attempt.logged_in:
        jump = settings.jumps[-1]
        return Unreachable(
            f"{host}: {jump} does not get through to {address}: {reason}",
            hint=f"is sshd running there? Does {jump} let connections pass (AllowTcpForwarding)?",
        )
    if isinstance(error, asyncssh.ChannelOpenError):
        return Unreachable(
            f"{host}: {address} opens no session: {reason}",
            hint="too many sessions at once on one connection (MaxSessions)?",
        )
    if isinstance(error, asyncssh.ConnectionLost | ConnectionError):
        return Unreachable(
            f"{host}: {address} ended the connection while nerotui waited for {attempt.step}",
            hint="sshd does that when many connect at once (MaxStartups); it is tried again",
        )
    return Unreachable(f"{host}: {address}: {reason}, waiting for {attempt.step}")


def login(attempt: Attempt, settings: Settings) -> LoginError:
    """The host wants proof that could not be given."""
    who = f"{settings.user} on {settings.address}"
    if attempt.given_up:
        return LoginError(f"{attempt.host}: not logged in as {who}: the question was left unanswered")
    if attempt.unasked:
        wanted = " or ".join(dict.fromkeys(attempt.unasked))
        return LoginError(
            f"{attempt.host}: to log in as {who} takes {wanted}, and there is nobody here to ask",
            hint="open the console, which asks; or put a key there (ssh-copy-id) and load it (ssh-add)",
        )
    said = f'; it says "{attempt.banner[:200]}"' if attempt.banner else ""
    return LoginError(
        f"{attempt.host}: {who} is not let in with any key of this machine or its agent{said}",
        hint=f"does `ssh {attempt.host}` work? Is the key loaded (`ssh-add -l`), and is User right in ~/.ssh/config?",
    )


def lost(host: str, error: Exception) -> Disconnected:
    """The connection broke while in use."""
    reason = clean(getattr(error, "reason", "") or str(error))
    return Disconnected(f"{host}: the connection was lost" + (f": {reason}" if reason else ""))
