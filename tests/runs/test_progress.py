"""What is shown while a run is under way."""

import sys
import threading

import pytest

from piaskit.runs import progress
from piaskit.runs.progress import show_cases, show_notebooks


def test_at_a_terminal_a_process_that_forks_shows_progress_without_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "is_warm", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    before = threading.active_count()

    with show_notebooks(("2-risk", "4-report")) as step:
        step("2-risk")
        assert before == threading.active_count()


def test_nothing_is_shown_where_nobody_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)

    with show_notebooks(("2-risk", "4-report")) as step, show_cases(1) as other:
        step("2-risk")
        other("shop")

    assert capsys.readouterr() == ("", "")
