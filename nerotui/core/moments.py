"""Moments as people write them: 2026-12-01, 2026-12-01T12:00, 2026-12-01T12:00+02:00; and as they read them."""

from __future__ import annotations

from datetime import date, datetime, time


def epoch(written: str | date) -> float:
    """Seconds since the epoch of a text, or of a date or time of a TOML file.

    Without a zone it is this machine's time; a day without a time is meant to its end.

    Raises:
        ValueError: the text is no moment; the error says how it is written.
    """
    if isinstance(written, str):
        text = written.strip()
        try:
            written = date.fromisoformat(text) if len(text) <= len("2026-12-01") else datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is no date or time: write 2026-12-01, 2026-12-01T12:00 or …+02:00") from None
    if not isinstance(written, datetime):
        written = datetime.combine(written, time(23, 59, 59))
    return written.timestamp()


def spelled(moment: float) -> str:
    """A moment to the minute in this machine's time: 2026-12-01T12:00, or to the second where there are any."""
    found = datetime.fromtimestamp(moment)
    return found.isoformat(timespec="seconds" if found.second else "minutes")
