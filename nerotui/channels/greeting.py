"""The first words with a host: the launcher's lines, the magic line, the bundle, the agent's hello."""

from __future__ import annotations

import asyncio
from typing import Any

from nerotui.agent.wire import MAGIC, PROTOCOL, BadFrame, Data, Decoder, encode, encode_data
from nerotui.channels import ByteStream, Channel, launch
from nerotui.channels.bundle import Bundle
from nerotui.core.text import clean
from nerotui.errors import Disconnected, HostError, NoAgent

Message = dict[str, Any]
Greeted = tuple[Message, Decoder, list[Any]]

#: What start-up files print is kept up to here for the error text; the agent must have spoken by then.
NOISE = 1 << 16
_PUSHED = 1 << 18

_SET_PYTHON = 'set `python = "…"` for this host in config.toml: Python 3.6 or newer, or a command that runs one'


async def greet(
    channel: Channel,
    stream: ByteStream,
    variants: dict[str, Bundle],
    *,
    root: str | None,
    python: str,
    slots: int | None,
) -> Greeted:
    """Brings the agent up at the far end of a stream.

    Args:
        channel: where the stream leads.
        stream: with the launcher waiting at its far end.
        variants: the bundles to choose from.
        root: where nerotui keeps its folder there; None for ~/.nerotui.
        python: the host's interpreter, or "".
        slots: how many runs at once the user wants there; None leaves it as it is.

    Returns:
        Its hello, and the decoder with whatever frames came after.

    Raises:
        NoAgent: it cannot run there.
        Disconnected: the connection ended on the way.
    """
    shas = {name: bundle.sha for name, bundle in variants.items()}
    ask = {"bundles": shas, "root": root, "kind": "serve", "env": {"NEROTUI_SLOTS": str(slots)} if slots else {}}
    await stream.write(launch.preamble(python or channel.python) + encode(ask))
    decoder = Decoder()
    frames = decoder.feed(await _past_noise(channel.host, stream, python))
    try:
        while True:
            while frames:
                frame = frames.pop(0)
                if isinstance(frame, Data):
                    raise BadFrame("bytes before hello")
                if "error" in frame:
                    raise _no_bundle(channel.host, frame["error"])
                if frame.get("push") == "hello":
                    return _checked(channel.host, frame), decoder, frames
                if "need" in frame:
                    await _push(stream, variants[frame["variant"]])
            data = await stream.read(NOISE)
            if not data:
                raise _died(channel.host, stream)
            frames = decoder.feed(data)
    except (BadFrame, KeyError) as error:
        raise NoAgent(f"{channel.host}: what came over the connection is not the agent's: {error}") from error


def silent(host: str, stream: ByteStream, deadline: float) -> HostError:
    """The error for an agent that has not said hello in time."""
    said = clean(stream.stderr_tail().strip().rpartition("\n")[2])
    return NoAgent(
        f"{host}: connected, but the agent did not answer within {deadline:g} s" + (f" ({said})" if said else ""),
        hint=f"see whether `ssh {host} python3 --version` answers; start-up files there must not wait for anything",
    )


async def _past_noise(host: str, stream: ByteStream, python: str) -> bytes:
    """Skips what the shell's start-up files print; the bytes after the magic line."""
    held = bytearray()
    while (at := held.find(MAGIC)) < 0:
        if len(held) > NOISE:
            raise NoAgent(
                f"{host}: the shell's start-up files there print without end: {_quoted(held[:200])}",
                hint="they must be silent where no terminal is attached: test `[ -t 1 ]` or `case $- in *i*)` first",
            )
        data = await stream.read(NOISE)
        if not data:
            raise await _no_start(host, stream, python, bytes(held))
        held += data
    return bytes(held[at + len(MAGIC) :])


async def _push(stream: ByteStream, bundle: Bundle) -> None:
    for at in range(0, len(bundle.data), _PUSHED):
        await stream.write(encode_data(0, at, bundle.data[at : at + _PUSHED]))
    await stream.write(encode_data(0, len(bundle.data), b""))


def _checked(host: str, hello: Message) -> Message:
    if hello.get("protocol") != PROTOCOL:
        raise NoAgent(f"{host}: the agent speaks version {hello.get('protocol')!r} of the protocol, not {PROTOCOL}")
    return hello


async def _no_start(host: str, stream: ByteStream, python: str, noise: bytes) -> HostError:
    """Says why the stream ended before the agent spoke."""
    await asyncio.sleep(0.05)  # stderr travels beside stdout and may come a moment later
    lines = stream.stderr_tail().strip().splitlines()
    own = next((line.partition("nerotui: ")[2] for line in reversed(lines) if line.startswith("nerotui: ")), "")
    last = clean(lines[-1]) if lines else ""
    if own:
        return NoAgent(f"{host}: {clean(own)} there", hint=_SET_PYTHON)
    if python and last:
        return NoAgent(f"{host}: its Python, `{clean(python)}`, does not start: {last}", hint=_SET_PYTHON)
    if noise:
        return NoAgent(
            f"{host}: the agent did not start; the shell there printed {_quoted(noise)}"
            + (f" ({last})" if last else ""),
            hint=f"see what `ssh {host} true` prints, and make it silent where no terminal is attached",
        )
    if last:
        return NoAgent(
            f"{host}: the agent did not start: {last}", hint=f"see whether `ssh {host} python3 --version` works"
        )
    return Disconnected(f"{host}: the connection ended before the agent started")


def _died(host: str, stream: ByteStream) -> HostError:
    last = clean(stream.stderr_tail().strip().rpartition("\n")[2])
    if last:
        return NoAgent(f"{host}: the agent did not come up: {last}")
    return Disconnected(f"{host}: the connection ended before the agent had started")


def _no_bundle(host: str, error: Message) -> NoAgent:
    return NoAgent(f"{host}: {clean(str(error.get('message')))}", hint=clean(str(error.get("hint") or "")))


def _quoted(noise: bytes | bytearray) -> str:
    text = clean(noise[-200:].decode("utf-8", "replace").strip().replace("\n", " ⏎ "))
    return f"“{text}”"
