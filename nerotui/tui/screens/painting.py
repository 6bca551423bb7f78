"""What the panes show: records in, view models to widgets. A pane that is not on the screen is not painted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nerotui.core.records import Run, RunDetail
from nerotui.core.text import clean
from nerotui.core.views import format as fmt
from nerotui.core.views.detail import DetailView, detail_view
from nerotui.core.views.findings import findings_view
from nerotui.core.views.header import header_view
from nerotui.core.views.hostdetail import host_detail_view
from nerotui.core.views.hosts import chips_view, hosts_view
from nerotui.core.views.processes import Shares, tree_view
from nerotui.core.views.runs import RunList
from nerotui.core.views.spans import Notice
from nerotui.core.views.words import state_name
from nerotui.tui.action import Pane
from nerotui.tui.bridge import waiting_notice
from nerotui.tui.messages import TreeArrived
from nerotui.tui.screens.charting import Charting
from nerotui.tui.watching import NO_RUN

if TYPE_CHECKING:
    from nerotui.tui.screens.panes import PaneScreen

#: Messages that the findings pane keeps in reach.
MESSAGES = 200


class Painting:
    """Paints the panes of a main screen.

    Args:
        screen: whose panes.
        now: the clock, seconds since the epoch.
    """

    def __init__(self, screen: PaneScreen, now: Callable[[], float]) -> None:
        self._screen = screen
        self.now = now
        self.list = RunList()
        self.charts = Charting(screen)
        self.detail: RunDetail | None = None
        self.tree: TreeArrived | None = None
        self._shares = Shares()
        self._share: dict[Any, float | None] = {}
        self._rows: dict[Pane, int] = {}

    @property
    def rows(self) -> dict[Pane, int]:
        """How many rows the panes have to show, for the arrangement."""
        return self._rows

    def all(self) -> None:
        """Everything, after the arrangement changed or much is new."""
        self.header()
        self.hosts()
        self.runs()
        self.findings()
        self.show_detail()
        self.curve()
        self.log()

    def ages(self) -> None:
        """What grows old by itself: nothing is sent to the terminal unless a text differs."""
        self.header()
        self.hosts()
        self.runs()
        self.findings()
        self.show_detail()

    def header(self) -> None:
        """The first line."""
        screen, bridge = self._screen, self._screen.bridge
        note = "" if bridge.interval == 1.0 else f"every {bridge.interval:g} s"
        screen.header.show(
            header_view(
                bridge.hosts.values(),
                self.list.troubled.values(),
                scope=bridge.scope,
                readonly=bridge.readonly,
                clock=fmt.clock(self.now()),
                note=note,
                glyphs=screen.palette.glyphs,
            )
        )

    def hosts(self) -> None:
        """The hosts pane, or the line of chips in its place."""
        screen, bridge = self._screen, self._screen.bridge
        places = screen.board.plan.places
        hosts = tuple(bridge.hosts.values())
        glyphs = screen.palette.glyphs
        if "chips" in places:
            screen.chips.show(chips_view(hosts, now=self.now(), glyphs=glyphs))
        view = hosts_view(
            hosts,
            self.list.live,
            now=self.now(),
            width=places["hosts"].width if "hosts" in places else 36,
            filter_text=screen.looking.host_filter,
            glyphs=glyphs,
        )
        self._rows["hosts"] = len(view.rows)
        if "hosts" in places:
            screen.hosts.show(view)
            screen.panes["hosts"].say(view.right)

    def runs(self) -> None:
        """The runs table."""
        screen, bridge = self._screen, self._screen.bridge
        view = self.list.view(
            now=self.now(),
            marks=screen.table.marks,
            short=bridge.short,
            notice=waiting_notice(bridge.hosts),
            glyphs=screen.palette.glyphs,
        )
        self._rows["runs"] = 1 + max(2, len(view.runs))
        screen.table.show(view)
        screen.panes["runs"].say(view.right)

    def findings(self) -> None:
        """Findings, then messages."""
        screen, bridge = self._screen, self._screen.bridge
        view = findings_view(
            self.list.troubled.values(),
            bridge.hosts.values(),
            bridge.messages[-MESSAGES:],
            now=self.now(),
            short=bridge.short,
            glyphs=screen.palette.glyphs,
        )
        self._rows["findings"] = sum(1 + len(row.lines) for row in view.rows[:8]) if view.rows else 1
        if "findings" in screen.board.plan.places:
            screen.findings.show(view)
            screen.panes["findings"].say(view.right)

    def show_detail(self) -> None:
        """The detail pane: the selected run, or the host under the cursor of the hosts pane."""
        screen = self._screen
        if "detail" in screen.board.plan.places:
            view = self._detail_view()
            screen.detail.show(view)
            title = "Processes" if screen.looking.detail_of == "tree" else "Detail"
            screen.panes["detail"].say(view.right, title=title)

    def _detail_view(self) -> DetailView:
        screen, bridge = self._screen, self._screen.bridge
        looking, glyphs = screen.looking, screen.palette.glyphs
        if looking.detail_of == "host" and (host := bridge.hosts.get(screen.hosts.host or "")) is not None:
            return host_detail_view(host, now=self.now(), glyphs=glyphs)
        run = screen.selected
        if run is None:
            return DetailView(rows=(), notice=NO_RUN)
        if looking.detail_of == "tree":
            return self._tree_view(run)
        detail = self.detail if self.detail is not None and self.detail.run.id == run.id else None
        host = bridge.hosts.get(run.host)
        home = None if host is None else host.home
        full = looking.full or looking.zoomed == "detail"
        return detail_view(
            run,
            detail,
            now=self.now(),
            short=bridge.short,
            who=bridge.who,
            login=None if host is None else host.user,
            home=home,
            full=full,
            glyphs=glyphs,
        )

    def take_tree(self, news: TreeArrived) -> None:
        """Takes a look at a run's processes."""
        if self.tree is None or self.tree.run != news.run:
            self._shares = Shares()
        self.tree, self._share = news, self._shares.take(news.processes, news.at)
        self.show_detail()

    def _tree_view(self, run: Run) -> DetailView:
        screen, tree = self._screen, self.tree
        right = f"{screen.bridge.short(run.id)} {clean(run.name)}"
        if tree is None or tree.run != run.id:
            notice: Notice | None = Notice(kind="loading", text="Asking its host for the processes…")
        else:
            notice = tree.notice
        if not run.live:
            text = f"It has no processes: it is {state_name(run)}."
            notice = Notice(kind="empty", text=text, hint="d shows what is known of it.")
        if notice is not None or tree is None:
            return DetailView(subject=f"tree {run.id}", right=right, notice=notice)
        return tree_view(
            tree.processes,
            self._share,
            subject=run.id,
            right=right,
            now=tree.at,
            glyphs=screen.palette.glyphs,
        )

    def curve(self) -> None:
        """The curves of the selected run and those drawn over it."""
        self.charts.paint()

    def log(self) -> None:
        """What the log's rule says; its text is painted as it comes."""
        screen = self._screen
        run = screen.selected
        name = "" if run is None else screen.bridge.short(run.id)
        dot = screen.palette.glyphs.dot
        parts = (name, screen.bridge.log_name, screen.log_view.right)
        screen.panes["log"].say(f" {dot} ".join(part for part in parts if part))
