"""Reaching a machine over SSH: through its jump hosts, past its host key, logged in, with the launcher running."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncssh

from nerotui.channels import Prompter, launch
from nerotui.channels.attempt import Attempt
from nerotui.channels.limiter import Limiter, Slot
from nerotui.channels.ssh import failures, keys, known_hosts
from nerotui.channels.ssh import settings as ssh_settings
from nerotui.channels.ssh.ahead import Ahead
from nerotui.channels.ssh.client import Client
from nerotui.channels.ssh.dial import dial, let_go, prompt_acks, speaks
from nerotui.channels.ssh.jumps import Jumps, jumps_of
from nerotui.channels.ssh.settings import Settings
from nerotui.channels.ssh.stream import SshStream
from nerotui.channels.threads import in_thread
from nerotui.errors import HostError, HostKeyError

#: The first is the fastest wherever the CPU has AES; it costs 0.6 of the CPU of OpenSSH's default.
CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
)
_HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
#: Seconds between two questions whether the other side is there, and how many may stay unanswered.
_ALIVE = 10
_ALIVE_COUNT = 3

_FAILURES = (asyncssh.Error, OSError, EOFError, ValueError)


async def open_stream(
    host: str,
    *,
    address: str,
    user: str | None,
    port: int | None,
    prompter: Prompter | None,
    limiter: Limiter,
    seconds: float,
    ahead: Ahead | None = None,
) -> SshStream:
    """Connects to a host and starts the launcher; arguments as of `SshChannel`, and what has been begun already.

    Raises:
        HostError: one of its kinds.
    """
    attempt = Attempt(host, prompter, limiter, seconds)
    jumps = jumps_of(limiter, _open_jump)
    async with attempt.running(), contextlib.AsyncExitStack() as stack:
        if ahead is not None:
            settings = await ahead.settings()
        else:
            settings = await in_thread(ssh_settings.read, host, address, user, port)
        tunnel = await _through(settings, address, attempt, jumps, stack)
        async with _connection(address, settings, tunnel, attempt, jumps, ahead) as (connection, sock):
            stack.push_async_callback(_drop, connection)
            attempt.step, attempt.logged_in = f"a session on {settings.address}", True
            try:
                async with prompt_acks(sock):
                    session = await connection.open_session(
                        launch.COMMAND, encoding=None, request_pty=False, x11_forwarding=False
                    )
            except _FAILURES as error:
                raise failures.handshake(error, attempt, settings) from error
        kept = stack.pop_all()
        return SshStream(host, connection, session, kept.aclose)


async def _open_jump(hops: Sequence[str], attempt: Attempt, jumps: Jumps) -> tuple[Any, contextlib.AsyncExitStack]:
    """Opens the last of some jump hosts through those before it; with what to close when nobody uses it any more."""
    try:
        target, user, port = ssh_settings.parse_jump(hops[-1])
    except ValueError as error:
        raise HostError(f"{attempt.host}: ProxyJump names a port that is no number: {hops[-1]}") from error
    async with attempt.running(), contextlib.AsyncExitStack() as stack:
        settings = await in_thread(ssh_settings.read, attempt.host, target, user, port)
        if len(hops) > 1:
            tunnel = await stack.enter_async_context(jumps.through(tuple(hops[:-1]), attempt))
        else:
            tunnel = await _through(settings, target, attempt, jumps, stack)
        async with _connection(target, settings, tunnel, attempt, jumps) as (connection, _):
            stack.push_async_callback(_drop, connection)
        return connection, stack.pop_all()


async def _through(
    settings: Settings, target: str, attempt: Attempt, jumps: Jumps, stack: contextlib.AsyncExitStack
) -> Any:
    """The connection that leads to a host, or None for the network itself."""
    # `Host *` with a ProxyJump means the jump host too; it is not reached through itself.
    hops = settings.jumps
    if not hops or ssh_settings.parse_jump(hops[-1])[0] == target:
        return None
    return await stack.enter_async_context(jumps.through(hops, attempt))


@contextlib.asynccontextmanager
async def _connection(
    target: str, settings: Settings, tunnel: Any, attempt: Attempt, jumps: Jumps, ahead: Ahead | None = None
) -> AsyncIterator[tuple[asyncssh.SSHClientConnection, socket.socket | None]]:
    """Logs in, holding a place among those who connect until the caller is done; asks about a new host key."""
    known = await in_thread(known_hosts.lookup, settings.known_hosts, *settings.known_as)
    accepted = jumps.accepted.get(settings.known_as, frozenset())
    while True:
        client = Client(settings, attempt, accepted)
        async with attempt.turn(settings.address) as slot:
            arguments = await in_thread(_arguments, settings, known, attempt, jumps.keyring)
            try:
                opened = await _log_in(target, settings, tunnel, attempt, slot, client, arguments, ahead)
            except asyncssh.HostKeyNotVerifiable as error:
                judged = _judge(error, client, settings, known, attempt)
            except _FAILURES as error:
                raise failures.handshake(error, attempt, settings) from error
            else:
                yield opened
                return
        accepted = await _accept(judged, settings, attempt, jumps)


async def _log_in(
    target: str,
    settings: Settings,
    tunnel: Any,
    attempt: Attempt,
    slot: Slot,
    client: Client,
    arguments: dict[str, Any],
    ahead: Ahead | None,
) -> tuple[asyncssh.SSHClientConnection, socket.socket | None]:
    sock = None
    try:
        if tunnel is None and settings.plain:
            attempt.step = f"a connection to {settings.address}"
            sock = await _dialled(attempt, settings, ahead)
            attempt.step = f"the SSH greeting of {settings.address}"
            await speaks(sock)
        async with attempt.waived():
            await slot.work()
        attempt.step = f"the log-in on {settings.address}"
        async with prompt_acks(sock):
            connection = await asyncssh.connect(
                target, sock=sock, tunnel=tunnel, client_factory=lambda: client, **arguments
            )
    except BaseException:
        if sock is not None:
            await let_go(sock)
        raise
    return connection, sock


async def _dialled(attempt: Attempt, settings: Settings, ahead: Ahead | None) -> socket.socket:
    try:
        if ahead is not None and (sock := await ahead.connected()) is not None:
            return sock
        return await dial(settings.hostname, settings.port, settings.config["AddressFamily"] or 0)
    except OSError as error:
        raise failures.unreachable(error, attempt, settings) from error


def _arguments(
    settings: Settings, known: Sequence[known_hosts.KnownKey], attempt: Attempt, keyring: keys.Keyring
) -> dict[str, Any]:
    """What asyncssh is to do, beyond what it reads in the configuration itself. Reads key files: blocks."""
    trusted: dict[str, list[asyncssh.SSHKey]] = {"": [], "cert-authority": [], "revoked": []}
    for entry in known:
        with contextlib.suppress(asyncssh.KeyImportError):
            trusted[entry.marker].append(asyncssh.import_public_key(entry.key))
    arguments: dict[str, Any] = {
        "config": [str(path) for path in settings.files],
        "port": settings.port,
        "username": settings.user,
        "proxy_command": () if settings.proxy_command else None,
        "known_hosts": (trusted[""], trusted["cert-authority"], trusted["revoked"], [], [], [], []),
        "host_key_alias": settings.known_as[0] if settings.known_as[0] != settings.hostname else None,
        "x509_trusted_certs": None,
        "x509_trusted_cert_paths": [],
        "client_keys": keys.load(settings.identities, keyring, attempt),
        "agent_identities": keys.identities(settings.identities) if settings.identities_only else None,
        "agent_forwarding": False,
        "connect_timeout": None,
        "login_timeout": 0,
        "keepalive_interval": settings.config["ServerAliveInterval"] or _ALIVE,
        "keepalive_count_max": settings.config["ServerAliveCountMax"] or _ALIVE_COUNT,
    }
    if not settings.config["Ciphers"]:
        arguments["encryption_algs"] = CIPHERS
    if not settings.config["HostKeyAlgorithms"] and not trusted["cert-authority"]:
        # The types that are known come first, so that a host is asked for the key that can be checked.
        kinds = [algorithm.decode() for key in trusted[""] for algorithm in key.sig_algorithms]
        arguments["server_host_key_algs"] = list(dict.fromkeys((*(k for k in kinds if k != "ssh-rsa"), *_HOST_KEYS)))
    return arguments


def _judge(
    error: asyncssh.HostKeyNotVerifiable,
    client: Client,
    settings: Settings,
    known: Sequence[known_hosts.KnownKey],
    attempt: Attempt,
) -> str:
    """The key that a person may be asked about.

    Raises:
        HostKeyError: there is nothing to ask: the key changed, or is revoked.
    """
    if client.shown is None:
        raise HostKeyError(
            f"{attempt.host}: the host key of {settings.address} is not accepted: {error.reason}",
            hint="look at the lines about it in known_hosts",
        ) from error
    others = [entry for entry in known if entry.marker == ""]
    if others:
        algorithm = client.shown.partition(" ")[0]
        entry = next((entry for entry in others if entry.algorithm == algorithm), others[0])
        remedy = known_hosts.remedy([entry], *settings.known_as)
        raise HostKeyError(
            f"{attempt.host}: the host key of {settings.address} has CHANGED: now {algorithm} "
            f"{known_hosts.fingerprint(client.shown)}, not the one at {entry.place}. "
            "Someone may be in between, or the machine was set up anew",
            hint=f"ask its administrator; if the new key is right: {remedy}",
        ) from error
    return client.shown


async def _accept(key: str, settings: Settings, attempt: Attempt, jumps: Jumps) -> frozenset[str]:
    """Asks whether an unknown key is right and writes it down; the keys that are now accepted for this host."""
    algorithm, fingerprint = key.partition(" ")[0], known_hosts.fingerprint(key)
    if not await attempt.ask_host_key(settings.address, algorithm, fingerprint):
        asked = attempt.prompter is not None
        raise HostKeyError(
            f"{attempt.host}: the host key of {settings.address} is not known "
            f"({algorithm} {fingerprint}) and was not accepted" + ("" if asked else ", as there is nobody here to ask"),
            hint=f"compare the fingerprint, then connect once with `ssh {attempt.host}` or from the console",
        )
    if settings.own_known_hosts is not None:
        with contextlib.suppress(OSError):  # not writable: then it is known to this program only, and asked again
            await in_thread(known_hosts.append, settings.own_known_hosts, *settings.known_as, key)
    jumps.accepted[settings.known_as] = jumps.accepted.get(settings.known_as, frozenset()) | {key}
    return jumps.accepted[settings.known_as]


async def _drop(connection: asyncssh.SSHClientConnection) -> None:
    connection.abort()
