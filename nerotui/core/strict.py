"""Strict reading of TOML: each mistake names file, line and the nearest word that would have been right."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec

from nerotui.errors import ConfigError

T = TypeVar("T", bound=msgspec.Struct)

_HEADER = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
}


def nearest(word: str, valid: Iterable[str]) -> str | None:
    """The valid word that `word` was probably meant to be, or None."""
    found = difflib.get_close_matches(word, list(valid), n=1, cutoff=0.6)
    return found[0] if found else None


class Document:
    """A TOML file's tables, and where in the text each of them stands.

    Args:
        text: the file's text.
        name: how messages call the file.

    Raises:
        ConfigError: the text is no TOML.
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        try:
            self.tables: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{name}: {_lower(str(error))}", hint="the file is TOML: see https://toml.io") from None
        self._lines = _locate(text)
        self._text = text.splitlines()

    def line(self, *path: str) -> int | None:
        """The line of a key, or of the nearest table around it."""
        for length in range(len(path), 0, -1):
            if (line := self._lines.get(path[:length])) is not None:
                return line
        return None

    def error(self, path: tuple[str, ...], what: str, *, hint: str = "", text: str = "") -> ConfigError:
        """A ConfigError that says where the mistake stands.

        Args:
            path: the key, or the nearest table around it.
            what: what is wrong.
            hint: what to do.
            text: what stands on the very line, where a key's value goes over several.
        """
        line = self.line(*path)
        if line is not None and text:
            line = next((at for at, known in enumerate(self._text[line - 1 :], line) if text in known), line)
        return ConfigError(f"{self.name}{f':{line}' if line else ''}: {what}", hint=hint)

    def table(self, *path: str) -> dict[str, Any]:
        """The table at a path, empty where the file has none.

        Raises:
            ConfigError: there is something else than a table.
        """
        value: Any = self.tables
        for depth, part in enumerate(path, 1):
            value = value.get(part, {})
            if not isinstance(value, dict):
                raise self.error(path[:depth], f"'{'.'.join(path[:depth])}' must be a table")
        return dict(value)

    def known(self, path: tuple[str, ...], table: Mapping[str, object], valid: Iterable[str], kind: str) -> None:
        """Checks that a table holds only known keys.

        Args:
            path: where the table stands.
            table: the table.
            valid: the keys that may stand there.
            kind: what a key is called in the message: "key", "table", "action".

        Raises:
            ConfigError: names the first unknown key and the nearest valid one.
        """
        words = sorted(valid)
        for key in table:
            if key not in words:
                guess = nearest(key, words)
                where = f" in [{'.'.join(path)}]" if path else ""
                meant = f"; did you mean '{guess}'?" if guess else ""
                listed = ", ".join(words)
                raise self.error((*path, key), f"unknown {kind} '{key}'{where}{meant}", hint=f"known here: {listed}")

    def struct(self, path: tuple[str, ...], table: Mapping[str, Any], into: type[T], **more: object) -> T:
        """A table as a struct: only known keys, each of its type.

        Args:
            path: where the table stands.
            table: the table.
            into: a msgspec struct.
            more: fields that do not come from the table.

        Raises:
            ConfigError: an unknown key or a wrong type.
        """
        self.known(path, table, [name for name in _names(into) if name not in more], "key")
        try:
            return msgspec.convert({**table, **more}, into)
        except msgspec.ValidationError as error:
            what, key = _explain(str(error))
            raise self.error((*path, key) if key else path, what) from None


@cache
def _names(into: type[msgspec.Struct]) -> tuple[str, ...]:
    """The keys of a struct; asked once, for a user may have hundreds of hosts."""
    return tuple(field.encode_name for field in msgspec.structs.fields(into))


def _explain(message: str) -> tuple[str, str]:
    """What msgspec found wrong, in a user's words, and the key that it names."""
    what, _, where = message.partition(" - at ")
    key = next(iter(re.findall(r"\$\.([\w-]+)", where)), "")
    subject = f"'{key}' " if key else ""
    if match := re.match(r"Expected `([^`]+)`(?: of length .*)?, got `([^`]+)`", what):
        wanted = " or ".join(_TYPES.get(name, name) for name in match[1].split(" | ") if name != "null")
        got = _TYPES.get(match[2], match[2])
        inside = "each entry of " if re.search(r"\[(\.\.\.|\d+)\]", where) else ""
        return f"{inside}{subject}must be {wanted}, not {got}", key
    if match := re.match(r"Invalid enum value (.+)", what):
        return f"{subject}cannot be {match[1]}", key
    return f"{subject}{_lower(what)}", key


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _locate(text: str) -> dict[tuple[str, ...], int]:
    """Line numbers of tables and keys. Text inside multi-line strings is passed over."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    quote = ""
    for number, line in enumerate(text.splitlines(), 1):
        if quote:
            if quote in line:
                quote = ""
            continue
        if match := _HEADER.match(line):
            table = _parts(match[1])
            for depth in range(1, len(table) + 1):
                lines.setdefault(table[:depth], number)
        elif match := _KEY.match(line):
            path = (*table, *_parts(match[1]))
            for depth in range(len(table) + 1, len(path) + 1):
                lines.setdefault(path[:depth], number)
        for mark in ('"""', "'''"):
            if line.count(mark) % 2:
                quote = mark
    return lines


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
