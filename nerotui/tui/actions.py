"""The one table of what the console can do: keys, footer, help, command line and the README's key list come from it."""

from __future__ import annotations

from nerotui.tui.action import EVERYWHERE, GROUPS, Action, Pane

LISTS: frozenset[Pane] = frozenset(("hosts", "runs", "findings"))
NOT_LOG = EVERYWHERE - {"log"}
WITH_CURVE: frozenset[Pane] = frozenset(("runs", "curve"))
RUN_PANES: frozenset[Pane] = EVERYWHERE - {"hosts"}
LOG: frozenset[Pane] = frozenset(("log",))
CURVE: frozenset[Pane] = frozenset(("curve",))


def _asks(id_: str, keys: tuple[str, ...], label: str, verb: str, rank: int, help_: str, **more: str) -> Action:
    return Action(
        id_,
        keys,
        label,
        help_,
        panes=RUN_PANES,
        group="Runs",
        asks=verb,
        changes=True,
        rank=rank,
        usage=more.get("usage", "[RUN…]"),
    )


#: In the footer by itself, without an opposite.
_IN_FOOTER = ("", "")


def _curve(
    id_: str, keys: tuple[str, ...], label: str, help_: str, footer: tuple[str, str] | None = None, usage: str = ""
) -> Action:
    """A way to look at curves; in their pane those with a place in the footer come first there."""
    pair = footer if footer is not None and footer[0] else None
    rank = 0 if footer is None else 2
    return Action(id_, keys, label, help_, panes=CURVE, group="Curve", rank=rank, pair=pair, usage=usage)


ACTIONS: tuple[Action, ...] = (
    # Move
    Action("down", ("j", "down"), "down", "Move down; in the log, scroll.", group="Move"),
    Action("up", ("k", "up"), "up", "Move up; in the log, scroll back.", group="Move"),
    Action(
        "left",
        ("h", "left"),
        "left",
        "Scroll left.",
        panes=frozenset(("log", "runs", "detail", "findings", "hosts")),
        group="Move",
    ),
    Action(
        "right",
        ("l", "right"),
        "right",
        "Scroll right.",
        panes=frozenset(("log", "runs", "detail", "findings", "hosts")),
        group="Move",
    ),
    Action("first", ("g", "home"), "first", "Go to the first row, or the beginning of the log.", group="Move"),
    Action("last", ("G", "end"), "last", "Go to the last row; in the log, to the end, and follow it.", group="Move"),
    Action("half_page_down", ("ctrl+d",), "half page down", "Half a page down.", group="Move"),
    Action("half_page_up", ("ctrl+u",), "half page up", "Half a page up.", group="Move"),
    Action("page_down", ("pagedown",), "page down", "A page down.", group="Move"),
    Action("page_up", ("pageup",), "page up", "A page up.", group="Move"),
    Action("log_down", ("J",), "log down", "Scroll the log down from any pane.", panes=NOT_LOG, group="Move"),
    Action("log_up", ("K",), "log up", "Scroll the log up from any pane.", panes=NOT_LOG, group="Move"),
    # Panes
    Action("hosts", ("1",), "hosts", "Focus Hosts; again: fold it away.", group="Panes"),
    Action("runs", ("2",), "runs", "Focus Runs.", group="Panes"),
    Action("curve", ("3",), "curve", "Focus Curve; again: fold it away.", group="Panes"),
    Action("log", ("4",), "log", "Focus Log; again: fold it away.", group="Panes"),
    Action("detail", ("5",), "detail", "Focus Detail; again: fold it away.", group="Panes"),
    Action("findings", ("6",), "findings", "Focus Findings and messages; again: fold it away.", group="Panes"),
    Action("next_pane", ("tab",), "next pane", "Focus the next pane.", group="Panes"),
    Action("previous_pane", ("shift+tab",), "previous pane", "Focus the previous pane.", group="Panes"),
    Action(
        "zoom",
        ("z", "plus"),
        "zoom",
        "Give the focused pane the whole screen, and take it back.",
        group="Panes",
        rank=9,
    ),
    Action("unzoom", ("underscore",), "unzoom", "Give the other panes their room back.", group="Panes"),
    Action("open", ("enter",), "open", "Open what the row stands for: a run's detail, a host's runs.", group="Panes"),
    Action(
        "back",
        ("escape",),
        "back",
        "One step back: close, clear the filter, unzoom, cancel an action that waits for its host. Never quits.",
        group="Panes",
    ),
    # Runs
    Action(
        "add",
        ("a",),
        "add",
        "Queue a command, by a dialog filled in from the selected run.",
        group="Runs",
        changes=True,
        rank=3,
    ),
    _asks("pause", ("p",), "pause", "pause", 4, "Pause: freeze what runs (GPU memory stays), hold what waits."),
    _asks("resume", ("r",), "resume", "resume", 5, "Resume: thaw what is frozen, release what is held."),
    _asks(
        "yield",
        ("P",),
        "yield",
        "yield",
        8,
        "Yield: ask the run to checkpoint and leave; its GPU is free, and it waits in the queue as its next attempt.",
    ),
    _asks(
        "kill", ("X",), "kill", "kill", 6, "Kill, by a dialog that names run, host and pid; Enter alone does nothing."
    ),
    _asks(
        "retry",
        ("R",),
        "retry",
        "retry",
        5,
        "Retry a run that ended: its next attempt, with its resume command if it has one.",
    ),
    _asks("remove", ("D",), "remove", "remove", 8, "Remove a run and its files, by a dialog."),
    Action(
        "earlier",
        ("less_than_sign",),
        "earlier",
        "Move a waiting run one place earlier in its queue.",
        panes=RUN_PANES,
        group="Runs",
        asks="move",
        changes=True,
        rank=7,
        pair=("later", "order"),
        usage="[RUN…]",
    ),
    Action(
        "later",
        ("greater_than_sign",),
        "later",
        "Move a waiting run one place later in its queue.",
        panes=RUN_PANES,
        group="Runs",
        asks="move",
        changes=True,
        usage="[RUN…]",
    ),
    Action(
        "limit",
        ("T",),
        "limit",
        "Change the time limit of a run that runs or waits: 90s, 2h30m, 1d, or none.",
        panes=RUN_PANES,
        group="Runs",
        asks="limit",
        changes=True,
        usage="[TIME [RUN…]]",
    ),
    Action(
        "mark",
        ("space",),
        "mark",
        "Mark the run; actions then mean all marked runs.",
        panes=frozenset(("runs",)),
        group="Runs",
        rank=10,
    ),
    Action(
        "describe",
        ("d",),
        "describe",
        "Everything known of the run: command, environment, git, packages, history.",
        group="Runs",
        usage="[RUN]",
    ),
    Action(
        "tree",
        ("t",),
        "processes",
        "The run's process tree: state, CPU, memory and age of each; again: its detail.",
        panes=frozenset(("runs", "detail", "findings")),
        group="Runs",
        rank=9,
        usage="[RUN]",
        aliases=("processes",),
    ),
    Action("why", (), "why", "Why a run waits, in one sentence.", group="Runs", usage="[RUN]"),
    Action("sort", ("s",), "sort", "Choose what the runs are sorted by.", panes=LISTS, group="Runs", usage="[COLUMN]"),
    Action("reverse", ("S",), "reverse", "Reverse the order of the runs.", panes=LISTS, group="Runs"),
    # Log
    Action(
        "search",
        ("slash",),
        "filter",
        "Filter the runs or hosts as you type (`!x` leaves out, `/re/` is a regular expression); in the log, search.",
        rank=2,
        usage="[TEXT]",
        aliases=("filter",),
    ),
    Action("next_hit", ("n",), "next hit", "Next hit of the search.", panes=LOG, group="Log", rank=3),
    Action("previous_hit", ("N",), "previous hit", "Previous hit of the search.", panes=LOG, group="Log"),
    Action(
        "next_error", ("e",), "next error", "Next line that is an error or a traceback.", panes=LOG, group="Log", rank=4
    ),
    Action(
        "previous_error",
        ("E",),
        "previous error",
        "Previous line that is an error or a traceback.",
        panes=LOG,
        group="Log",
    ),
    Action("follow", ("f",), "follow", "Follow the end of the log, or stop following.", panes=LOG, group="Log", rank=5),
    Action("wrap", ("w",), "wrap", "Wrap long lines, or cut them.", panes=LOG, group="Log", rank=6),
    Action(
        "times", ("t",), "times", "Show when a line was seen, for the lines seen live.", panes=LOG, group="Log", rank=7
    ),
    Action(
        "stream",
        ("o",),
        "other file",
        "The other files that there are to read: what the program reported of itself; again: the log.",
        panes=LOG,
        group="Log",
    ),
    Action("write", (), "write", "Write the log to a file on this machine.", group="Log", usage="PATH", aliases=("w",)),
    # Curve
    Action("metric", ("m",), "metric", "Next metric.", panes=WITH_CURVE, group="Curve", rank=11, usage="[NAME]"),
    _curve("next_metric", ("l", "right"), "next metric", "Next metric; of a part of the curve, what is right of it."),
    _curve(
        "previous_metric",
        ("h", "left"),
        "previous metric",
        "Previous metric; of a part of the curve, what is left of it.",
        ("next_metric", "metric"),
    ),
    _curve(
        "tiles",
        ("t",),
        "all",
        "All metrics side by side, grouped by what their names begin with; again: the chosen one alone.",
        _IN_FOOTER,
    ),
    _curve("rougher", ("left_square_bracket",), "less smooth", "Smooth less.", ("smoother", "smooth")),
    _curve(
        "smoother",
        ("right_square_bracket",),
        "smooth",
        "Smooth more: an exponential average over the values, which stay faint behind it.",
        usage="[WEIGHT]",
    ),
    _curve(
        "x_axis",
        ("x",),
        "x axis",
        "Put step, epoch, time since the start or time of day on the x axis.",
        _IN_FOOTER,
        usage="[step|epoch|time|clock]",
    ),
    _curve(
        "cursor_left",
        ("comma",),
        "cursor left",
        "Read values at the point before, in all charts; Esc ends it.",
        ("cursor_right", "read"),
    ),
    _curve("cursor_right", ("full_stop",), "cursor right", "Read values at the next point."),
    _curve(
        "zoom_in",
        ("i",),
        "closer",
        "Show half as much of the x axis: about the cursor, else the newest half.",
        ("zoom_out", "in, out"),
    ),
    _curve("zoom_out", ("o",), "further", "Show twice as much of the x axis."),
    _curve("whole", ("0",), "whole", "Show all of the x axis."),
    _curve(
        "next_mark", ("n",), "next mark", "Read values at the next best value, finding, nan or begin of an attempt."
    ),
    _curve("previous_mark", ("N",), "previous mark", "Read values at the mark before."),
    Action("log_scale", ("L",), "log y", "Logarithmic y axis, or linear.", panes=WITH_CURVE, group="Curve", rank=12),
    Action("log_x", ("H",), "log x", "Logarithmic x axis, or linear.", panes=WITH_CURVE, group="Curve"),
    Action(
        "overlay",
        ("v",),
        "overlay",
        "Draw the marked runs over the selected one; each keeps its colour while others come and go.",
        panes=WITH_CURVE,
        group="Curve",
        rank=12,
    ),
    # Console
    Action("help", ("question_mark", "f1"), "help", "This list: every key, searchable.", rank=1, aliases=("keys",)),
    Action(
        "command",
        ("colon", "ctrl+p"),
        "command",
        "Command line: any action by its name (`:kill 4r2x`, `:sort loss`, `:host gpu1`, `:w FILE`).",
        rank=13,
    ),
    Action("copy", ("y",), "copy", "Copy the run's id, or the log line, or what the mouse was dragged over."),
    Action("copy_menu", ("Y",), "copy menu", "Choose what to copy: command, directory, log file, ssh line."),
    Action("refresh", ("ctrl+r", "f5"), "refresh", "Ask now; connect again to a host that is down."),
    Action("repaint", ("ctrl+l",), "repaint", "Paint the whole screen again."),
    Action("slower", ("minus",), "slower", "Look at the hosts less often."),
    Action("faster", ("equals_sign",), "faster", "Look at the hosts more often."),
    Action("mouse", ("M",), "mouse", "Leave the mouse to the terminal, so that it selects text; again: take it back."),
    Action("host", (), "host", "Show one host's runs only; without a name, all.", usage="[HOST]"),
    Action("quit", ("q",), "quit", "Close what is open, else quit. Runs go on.", rank=14),
    Action("interrupt", ("ctrl+c",), "quit", "Cancel what is being typed; twice within two seconds: quit."),
)

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}


def find_word(word: str) -> Action | None:
    """The action that a word of the command line means: its own, an alias, or the only one that begins so."""
    wanted = word.replace("_", "-")
    for action in ACTIONS:
        if wanted == action.word or wanted in action.aliases:
            return action
    begin = [action for action in ACTIONS if action.word.startswith(wanted)] if wanted else []
    return begin[0] if len(begin) == 1 else None


def key_table() -> str:
    """The README's list of keys, as Markdown."""
    from nerotui.tui.keys import shown

    lines: list[str] = []
    for group in GROUPS:
        lines += [f"| {group} | | name |", "| --- | --- | --- |"]
        for action in ACTIONS:
            if action.group == group:
                keys = " ".join(f"`{shown(key)}`" for key in action.keys)
                command = f"`:{action.word}{' ' + action.usage if action.usage else ''}`".replace("|", "\\|")
                lines.append(f"| {keys or command} | {action.help} | `{action.id}` |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    print(key_table())
