"""What users of such consoles complain about most, and which test of this project would fail if it came true here."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: The complaint, and the tests against it.
COMPLAINTS: dict[str, tuple[str, ...]] = {
    "one host that does not answer blocks the start or all keys": (
        "tests/endtoend/test_black_hole.py::test_the_console_is_there_at_once_and_its_good_hosts_live",
        "tests/fleet/test_hosts.py::test_a_host_that_is_down_costs_the_others_nothing",
        "tests/channels/test_faults.py::test_black_holes_cost_the_others_nothing",
    ),
    "a remote command that hangs (a driver, a file server) hangs everything": (
        "tests/agent/serve/test_gpus.py::test_a_driver_that_hangs_is_said_and_never_asked_twice",
        "tests/agent/serve/test_stats.py::test_a_dead_file_server_is_named_and_waited_for_once",
        "tests/fleet/test_hosts.py::test_a_host_that_falls_silent_is_noticed",
    ),
    "the selection moves when the table is refreshed": (
        "tests/tui/widgets/test_runs.py::test_the_cursor_keeps_its_run_through_a_thousand_random_refreshes",
        "tests/tui/widgets/test_runs.py::test_a_refresh_keeps_the_rows_where_they_are_on_the_screen",
    ),
    "something was killed by accident": (
        "tests/tui/e2e/test_runs_from_the_keyboard.py::test_kill_asks_and_enter_alone_keeps",
        "tests/tui/e2e/test_runs_from_the_keyboard.py::test_the_target_is_the_run_under_the_cursor_when_x_was_pressed",
        "tests/tui/e2e/test_together.py::test_the_one_that_looks_refuses_every_key_and_word_that_acts",
        "tests/tui/test_actions.py::test_small_letters_do_no_harm",
    ),
    "a log line cannot be copied over SSH or in tmux": (
        "tests/tui/e2e/checks/console.py::check_copy",
        "tests/tui/test_clipboard.py::test_outside_tmux_the_terminal_is_asked",
        "tests/tui/test_clipboard.py::test_what_is_too_long_is_refused_whole",
    ),
    "tmux drops what is copied, and nobody says so": (
        "tests/tui/test_clipboard.py::test_in_tmux_the_buffer_has_it",
        "tests/cli/test_doctor.py::test_in_tmux_it_tells_what_tmux_does_with_the_clipboard",
    ),
    "following snaps back, or scrolls away under the reader": (
        "tests/tui/widgets/test_log.py::test_scrolled_up_nothing_moves_and_what_came_is_counted",
        "tests/tui/widgets/test_log.py::test_sideways_and_up_are_independent",
        "tests/tui/e2e/test_hostile.py::test_a_flood_of_everything_that_breaks_terminals",
    ),
    "a huge log takes minutes, a long line freezes the screen": (
        "tests/tui/e2e/test_hostile.py::test_a_log_of_ten_gigabytes_opens_at_its_end_jumps_and_searches",
        "tests/tui/widgets/test_log_text.py::test_a_line_of_90000_characters_costs_no_more_than_is_shown_of_it",
        "tests/tui/widgets/test_log_text.py::test_megabytes_of_progress_bar_without_a_line_end_show_the_last_state",
    ),
    "garbage in the shell after a crash": (
        "tests/tui/e2e/test_leaving.py::test_a_signal_gives_the_terminal_back",
        "tests/tui/e2e/test_leaving.py::test_a_mistake_gives_the_terminal_back_and_is_told_in_one_sentence",
    ),
    "an orphan spins after the terminal is gone": (
        "tests/tui/e2e/test_leaving.py::test_a_terminal_that_vanishes_takes_the_console_with_it",
        "tests/tui/e2e/test_leaving.py::test_a_terminal_that_vanishes_without_a_signal",
    ),
    "colours are wrong over SSH, NO_COLOR is ignored": (
        "tests/tui/e2e/test_terminals.py::test_no_color_means_no_colour_and_the_cursor_is_seen_all_the_same",
        "tests/tui/e2e/test_terminals.py::test_with_256_colours_no_other_is_asked_for",
        "tests/tui/widgets/test_panes.py::test_the_terminal_decides_how_many_colours_there_are",
    ),
    "it does not start, or draws rubbish, in a poor locale": (
        "tests/tui/e2e/test_terminals.py::test_without_unicode_everything_is_drawn_in_ascii",
    ),
    "wide or odd characters break the columns": (
        "tests/core/views/test_cells.py::test_wide_characters_count_twice_and_are_never_halved",
        "tests/core/views/test_cells.py::test_every_character_that_panes_draw_with_is_one_cell_wide",
        "tests/tui/e2e/test_hostile.py::test_a_flood_of_everything_that_breaks_terminals",
    ),
    "it flickers": (
        "tests/tui/widgets/test_runs.py::test_nothing_changed_sends_nothing_and_one_number_sends_a_few_cells",
        "tests/tui/widgets/test_log.py::test_nothing_new_sends_nothing_and_a_growing_number_sends_little",
        "tests/tui/widgets/test_partial.py::test_a_span_is_written_from_where_it_begins",
    ),
    "it eats CPU and bytes while nothing happens": (
        "tests/tui/e2e/test_terminals.py::test_a_quiet_console_writes_next_to_nothing",
        "tests/tui/widgets/test_panes.py::test_hosts_that_do_not_change_send_nothing",
        "tests/agent/serve/test_stats.py::test_watching_costs_next_to_nothing",
    ),
    "keys are dead in tmux": (
        "tests/tui/e2e/test_keys.py::test_key",
        "tests/tui/e2e/test_keys.py::test_every_action_is_pressed",
        "tests/tui/test_actions.py::test_keys_are_the_terminals_to_give",
    ),
    "the mouse is captured and good for nothing": (
        "tests/tui/e2e/test_terminals.py::test_the_mouse_selects_scrolls_and_copies_what_it_is_dragged_over",
        "tests/tui/e2e/checks/console.py::check_mouse",
    ),
    "ended jobs vanish, and their logs with them": (
        "tests/tui/e2e/test_terminals.py::test_it_keeps_no_log_of_its_own_and_ended_runs_stay_with_theirs",
        "tests/fleet/test_cache.py::test_a_host_that_is_down_is_shown_as_it_was",
    ),
    "which machine is this number from?": (
        "tests/tui/widgets/test_runs.py::test_a_tiny_table_still_shows_state_name_and_host",
        "tests/tui/widgets/test_panes.py::test_a_host_in_words_says_what_is_wrong_and_where_numbers_come_from",
    ),
    "an empty pane that does not say why": (
        "tests/tui/e2e/test_terminals.py::test_every_pane_says_why_it_is_empty",
        "tests/tui/widgets/test_log.py::test_a_log_without_bytes_says_why",
        "tests/tui/widgets/test_curve.py::test_without_points_it_says_which_and_why",
        "tests/tui/widgets/test_panes.py::test_nothing_to_report_is_said",
    ),
    "its own log file fills the disk": (
        "tests/tui/e2e/test_terminals.py::test_it_keeps_no_log_of_its_own_and_ended_runs_stay_with_theirs",
    ),
    "dialogs do not fit into 24 rows, more hosts than rows crash it": (
        "tests/tui/test_snapshots.py::test_screen",
        "tests/tui/test_snapshots.py::test_prompt",
        "tests/tui/widgets/test_panes.py::test_200_hosts_at_80x24_scroll_and_are_counted_in_the_chips",
        "tests/tui/e2e/test_leaving.py::test_resized_to_almost_nothing_and_back",
    ),
    "GPU numbers and pids are wrong after a driver's update": (
        "tests/agent/serve/test_gpus.py::test_a_library_older_than_the_binding",
        "tests/agent/serve/test_gpus.py::test_a_field_that_this_gpu_has_not_is_unknown_by_itself",
        "tests/agent/serve/test_gpus.py::test_without_the_library_the_program_is_asked",
    ),
    "keys cannot be changed": (
        "tests/tui/test_keys.py::test_an_action_gets_another_key",
        "tests/tui/test_keys.py::test_a_mistake_is_told_and_the_old_key_stays",
    ),
    "nobody finds the keys": (
        "tests/tui/test_actions.py::test_the_footer_names_nine_keys_at_most_and_only_what_works",
        "tests/tui/test_actions.py::test_each_is_explained_and_listed",
        "tests/tui/e2e/checks/console.py::check_help",
        "tests/tui/e2e/checks/console.py::check_command",
    ),
}


@cache
def functions(file: str) -> frozenset[str]:
    """The names of the functions in a file of the project."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_there_is_a_test_against_it(complaint: str) -> None:
    tests = COMPLAINTS[complaint]
    assert tests
    for test in tests:
        file, _, name = test.partition("::")
        assert name in functions(file), test


def test_there_are_twenty_five() -> None:
    assert len(COMPLAINTS) == 25
