"""Panes, hosts, details, findings and the two bars: what they show, at which width, in which of their states."""

from typing import Any

from textual.app import App, ComposeResult

from nerotui.agent.states import RunState
from nerotui.core.records import Finding, Gpu, Host, Message, Run, Stats
from nerotui.core.views.detail import detail_view
from nerotui.core.views.findings import findings_view
from nerotui.core.views.header import header_view
from nerotui.core.views.hostdetail import host_detail_view
from nerotui.core.views.hosts import chips_view, hosts_view
from nerotui.core.views.spans import plain
from nerotui.tui.palette import palette_for
from nerotui.tui.widgets.bars import FooterLine, HeaderLine
from nerotui.tui.widgets.detail import DetailLines
from nerotui.tui.widgets.findings import FindingsList
from nerotui.tui.widgets.hosts import HostChips, HostList
from nerotui.tui.widgets.pane import Pane
from tests.tui.widgets.stage import Sent, Stage, lit, text_of

NOW = 1_000_000.0


def _host(name: str, *gpus: Gpu, **fields: Any) -> Host:
    stats = Stats(time=NOW, cpu_percent=9.0, gpus=gpus)
    defaults: dict[str, Any] = {"state": "up", "seen": NOW, "stats": stats}
    return Host(name=name, **(defaults | fields))


def _run(**fields: Any) -> Run:
    defaults: dict[str, Any] = {"id": "k3f9aaaa", "name": "n", "host": "gpu01", "state": RunState.RUNNING}
    return Run(**(defaults | fields))


async def test_the_host_cursor_steps_over_gpus_and_keeps_its_host() -> None:
    hosts = HostList()
    stage = Stage(hosts)
    async with stage.run_test(size=(36, 12)) as pilot:
        hosts.focus()
        await pilot.pause()
        hosts.show(hosts_view([_host("a", Gpu(index=0), Gpu(index=1)), _host("b"), _host("c")], {}, now=NOW))
        assert hosts.host == "a"
        hosts.move(1)
        assert hosts.host == "b"
        assert lit(hosts, 3)
        hosts.show(hosts_view([_host("0"), _host("a"), _host("b"), _host("c")], {}, now=NOW))
        assert hosts.host == "b"
        assert lit(hosts, 2)
        await pilot.pause()
        assert [message.host for message in stage.heard_of(HostList.Moved)] == ["a", "b"]


async def test_200_hosts_at_80x24_scroll_and_are_counted_in_the_chips() -> None:
    many = [_host(f"host{number:03d}", Gpu(index=0)) for number in range(200)]
    hosts = HostList()
    async with Stage(hosts).run_test(size=(80, 24)):
        hosts.show(hosts_view(many, {}, now=NOW, width=80))
        hosts.end()
        assert "host199" in " ".join(text_of(hosts))
    chips = HostChips()
    async with Stage(chips).run_test(size=(80, 24)):
        chips.show(chips_view(many, now=NOW))
        (line,) = text_of(chips)
        shown = line.count("host")
        assert line.endswith(f"+{200 - shown}")
        assert len(line) <= 80


async def test_hosts_that_do_not_change_send_nothing() -> None:
    hosts = HostList()
    async with Stage(hosts).run_test(size=(36, 12)) as pilot:
        hosts.show(hosts_view([_host("a", Gpu(index=0, utilization=50))], {}, now=NOW))
        await pilot.pause()
        sent = Sent(hosts)
        hosts.show(hosts_view([_host("a", Gpu(index=0, utilization=50))], {}, now=NOW + 1))
        assert sent.cells == 0
        hosts.show(hosts_view([_host("a", Gpu(index=0, utilization=51))], {}, now=NOW + 1))
        assert 0 < sent.cells < 36


async def test_a_pane_is_a_titled_rule_in_the_accent_colour_while_focused() -> None:
    body = HostList()
    pane = Pane(body, title="Hosts", number=1)
    stage = Stage(pane)
    async with stage.run_test(size=(36, 5)) as pilot:
        pane.say("4/5 up")
        assert text_of(pane.rule) == ["1 Hosts " + "─" * 21 + " 4/5 up"]

        def rule_colour() -> int | None:
            segment = next(segment for segment in pane.rule.render_line(0) if "─" in segment.text)
            assert segment.style is not None
            assert segment.style.color is not None
            return segment.style.color.number

        assert rule_colour() == 239
        body.focus()
        await pilot.pause()
        assert rule_colour() == 75
        await pilot.click(type(pane.rule))
        await pilot.pause()
        assert stage.heard_of(Pane.Picked)
        pane.say("a very long text that cannot fit into this rule at all")
        assert len(text_of(pane.rule)[0]) == 36


async def test_details_wrap_under_their_label_and_keep_their_place() -> None:
    detail = DetailLines()
    async with Stage(detail).run_test(size=(30, 6)):
        run = _run(command=("python", "train.py", *(f"--option-{number}" for number in range(20))), pid=48211)
        detail.show(detail_view(run, now=NOW))
        lines = text_of(detail)
        assert lines[0] == "state   running"
        assert lines[2].startswith("cmd     python train.py")
        assert lines[3].startswith("        --option-")
        detail.move(3)
        detail.show(detail_view(run, now=NOW + 5))
        assert text_of(detail)[0].startswith("        --option-")
        detail.show(detail_view(_run(id="other000"), now=NOW))
        assert text_of(detail)[0].startswith("state")


def test_a_host_in_words_says_what_is_wrong_and_where_numbers_come_from() -> None:
    host = _host("gpu04", state="down", error="No route to host", hint="Is the VPN up?", clock_skew=90.0)
    text = "\n".join(f"{row.label} {plain(row.line)}" for row in host_detail_view(host, now=NOW).rows)
    for words in ("No route to host", "Is the VPN up?", "1m30s ahead of"):
        assert words in text


async def test_findings_come_worst_first_then_messages_newest_first() -> None:
    findings = FindingsList()
    stage = Stage(findings)
    async with stage.run_test(size=(36, 12)) as pilot:
        findings.focus()
        runs = [
            _run(id="m7qaaaaa", findings=(Finding(kind="overfits", severity="warning", message="validation rises"),)),
            _run(id="e8s2aaaa", findings=(Finding(kind="nan", severity="error", message="loss is nan", advice="lr?"),)),
        ]
        messages = [
            Message(time=NOW - 60, severity="info", text="older"),
            Message(time=NOW, severity="info", text="newer", host="gpu04"),
        ]
        view = findings_view(runs, [], messages, now=NOW)
        findings.show(view)
        await pilot.pause()
        lines = text_of(findings)
        assert [line[:6].strip() for line in lines[:3]] == ["▲ e8s2", "", "▲ m7qa"]
        assert "lr?" in lines[1]
        assert "gpu04: newer" in lines[3]
        assert "older" in lines[4]
        findings.move(1)
        findings.open()
        await pilot.pause()
        assert stage.heard_of(FindingsList.Opened)[0].run == "m7qaaaaa"


async def test_the_worst_is_in_sight_while_the_keys_are_for_another_pane() -> None:
    findings = FindingsList()
    async with Stage(findings).run_test(size=(40, 4)):
        messages = [Message(time=NOW - 9, severity="info", text="an old message of the fleet")]
        findings.show(findings_view([], [], messages, now=NOW))
        bad = _run(findings=(Finding(kind="nan", severity="error", message="loss is nan since step 4,120"),))
        findings.show(findings_view([bad], [], messages, now=NOW))
        assert "loss is nan" in text_of(findings)[0]


async def test_nothing_to_report_is_said() -> None:
    findings = FindingsList()
    async with Stage(findings).run_test(size=(60, 4)):
        findings.show(findings_view([], [], [], now=NOW))
        assert text_of(findings)[0] == " Nothing to report: no finding, no message."


async def test_the_header_keeps_what_needs_attention() -> None:
    header = HeaderLine()
    async with Stage(header).run_test(size=(60, 1)):
        finding = Finding(kind="nan", severity="error", message="m")
        header.show(
            header_view(
                [_host("a"), _host("b", state="down")],
                [_run(findings=(finding,))],
                scope="a very long list of groups and hosts that does not fit here",
                readonly=True,
                clock="09:21",
            )
        )
        (line,) = text_of(header)
        assert len(line) <= 60
        assert line.startswith(" nerotui  a … ")
        assert line.endswith("read-only   1 host down   ▲ 1 finding   09:21")


async def test_the_footer_keeps_the_last_key_and_gives_way_to_a_sentence() -> None:
    footer = FooterLine()
    async with Stage(footer).run_test(size=(40, 1)):
        footer.show([("?", "help"), ("/", "filter"), ("a", "add"), ("p", "pause"), ("r", "resume"), ("q", "quit")])
        assert text_of(footer) == [" ? help  / filter  a add  q quit"] or text_of(footer)[0].endswith("q quit")
        footer.say("[b]copied[/b] to tmux")
        assert text_of(footer) == [" [b]copied[/b] to tmux"]
        footer.say("")
        assert text_of(footer)[0].startswith(" ? help")


async def test_ascii_draws_with_ascii_alone_and_no_colour_means_none() -> None:
    palette = palette_for("none", ascii_only=True)

    class All(App[None]):
        def compose(self) -> ComposeResult:
            yield Pane(HostList(palette=palette, id="hosts"), title="Hosts", number=1, palette=palette)

    app = All()
    async with app.run_test(size=(40, 8)):
        hosts = app.query_one(HostList)
        view = hosts_view(
            [_host("a", Gpu(index=0, utilization=55, temperature=60)), _host("b", state="down", error="refused")],
            {},
            now=NOW,
            glyphs=palette.glyphs,
        )
        hosts.show(view)
        app.query_one(Pane).say("1/2 up")
        for widget in (hosts, app.query_one(Pane).rule):
            for y in range(widget.size.height):
                for segment in widget.render_line(y):
                    assert segment.text.isascii()
                    assert segment.style is None or (segment.style.color is None and segment.style.bgcolor is None)


def test_the_terminal_decides_how_many_colours_there_are() -> None:
    assert palette_for(environ={"TERM": "tmux-256color"}).mode == "256"
    assert palette_for(environ={"TERM": "xterm-256color", "NO_COLOR": "1"}).mode == "none"
    assert palette_for(environ={"TERM": "linux"}).mode == "16"
    assert palette_for(environ={"TERM": "dumb"}).mode == "none"
    assert palette_for("16", environ={"TERM": "xterm-256color"}).mode == "16"
    assert palette_for("256", environ={"NO_COLOR": "1"}).mode == "256"
