"""The findings pane: what is wrong with which run or host, in whole sentences, then what happened in the fleet."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nerotui.core.records import Finding, Host, Message, Run
from nerotui.core.text import clean
from nerotui.core.views import format as fmt
from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.hosts import without_name
from nerotui.core.views.rows import finding_role
from nerotui.core.views.runs import first_four
from nerotui.core.views.spans import Line, Notice, Role, Span, View

_SEVERITY = {"error": 0, "warning": 1, "info": 2}
_MESSAGES = 200
#: Lines of evidence that the pane shows; `nerotui show` has them all.
_EVIDENCE = 2


class FindingRow(View, frozen=True, kw_only=True):
    """A finding or a message: its heading, its sentences (wrapped by the widget), and what it is about."""

    run: str | None
    host: str | None
    head: Line
    lines: tuple[Line, ...]


class FindingsView(View, frozen=True, kw_only=True):
    """The findings pane, worst first, then messages, newest first."""

    rows: tuple[FindingRow, ...] = ()
    right: str = ""
    notice: Notice | None = None


def findings_view(
    runs: Iterable[Run],
    hosts: Iterable[Host],
    messages: Iterable[Message],
    *,
    now: float,
    short: Callable[[str], str] = first_four,
    glyphs: Glyphs = UNICODE,
) -> FindingsView:
    """All findings of runs and troubles of hosts, then the fleet's messages.

    Args:
        runs: those with findings at least.
        hosts: all hosts; one that is down or limited is a finding.
        messages: the fleet's, in any order.
        now: seconds since the epoch.
        short: makes a run's id short.
        glyphs: the characters to draw with.
    """
    found: list[tuple[int, float, FindingRow]] = []
    for run in runs:
        for finding in run.findings:
            role = finding_role(finding)
            lines: list[Line] = [(Span(clean(finding.message), "text"),)]
            lines += [(Span(said, "faint"),) for said in evidence_lines(finding)[:_EVIDENCE]]
            if finding.advice:
                lines.append((Span(clean(finding.advice), "label"),))
            head = (Span(f"{glyphs.alert} {short(run.id)}", role),)
            row = FindingRow(run=run.id, host=run.host, head=head, lines=tuple(lines))
            found.append((_SEVERITY[finding.severity], -(finding.since or 0.0), row))
    for host in hosts:
        text = host.error if host.state == "down" else host.note
        if text:
            role = "gone" if host.state == "down" else "warning"
            parts: list[Line] = [(Span(without_name(text, host.name), "text"),)]
            if host.hint:
                parts.append((Span(clean(host.hint), "label"),))
            head = (Span(f"{glyphs.alert} {clean(host.name)}", role),)
            found.append((1, -(host.seen or 0.0), FindingRow(run=None, host=host.name, head=head, lines=tuple(parts))))
    found.sort(key=lambda entry: entry[:2])
    rows = [row for _, _, row in found]
    newest = sorted(messages, key=lambda message: message.time, reverse=True)[:_MESSAGES]
    rows += [_message(message, now, short) for message in newest]
    right = f"{len(found)}" if found else ""
    notice = None if rows else Notice(kind="empty", text="Nothing to report: no finding, no message.")
    return FindingsView(rows=tuple(rows), right=right, notice=notice)


def evidence_lines(finding: Finding) -> list[str]:
    """What a finding rests on, a line each, without what its message says already."""
    said = [item if isinstance(item, str) else str(item.get("text", "")) for item in finding.evidence]
    return [clean(text) for text in said if text and text not in finding.message]


def _message(message: Message, now: float, short: Callable[[str], str]) -> FindingRow:
    about = short(message.run) if message.run else clean(message.host or "")
    roles: dict[str, Role] = {"error": "error", "warning": "warning", "info": "label"}
    text = clean(message.text)
    if about and about not in text:
        text = f"{about}: {text}"
    line = (Span(text, roles[message.severity]),)
    head = (Span(fmt.moment(message.time, now), "faint"),)
    return FindingRow(run=message.run, host=message.host, head=head, lines=(line,))
