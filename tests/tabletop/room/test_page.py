"""The controls of the room: what is shown, what is sent, what is refused, what is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import IPython
import pytest

from piaskit.case import Case
from piaskit.errors import InvalidData
from piaskit.tabletop.room import Room, open_room
from piaskit.tabletop.room.clocks import list_dials
from piaskit.tabletop.room.form import shuffle
from piaskit.tabletop.room.page import Page
from piaskit.tabletop.room.presence import is_attended
from piaskit.tabletop.room.words import read_range

MAIL = "merge-mail-error"
NOON = datetime(2026, 11, 25, 12, 34)  # noqa: DTZ001


def open_page(case: Case, log: Path, lang: str = "zh", **more: Any) -> Page:
    room = open_room(MAIL, case, log=log, lang=lang, attended=True, now=lambda: NOON, **more)
    assert room.page is not None
    return room.page


@pytest.fixture
def page(case: Case, tmp_path: Path) -> Page:
    return open_page(case, tmp_path / "game.jsonl")


def texts(page: Page) -> list[str]:
    parts = (page.head, page.clocks, page.situation, page.inbox, page.log, page.reveal)
    return [part.value for part in parts]


def decide(page: Page, option: str, why: str = "按预案") -> None:
    page.form.option.value = option
    for text in page.form.counts.values():
        text.value = "8,600"
    page.form.why.value = why
    for row in page.form.builder._rows:
        row.way.value = "portal"
        for tick in row.ticks.values():
            tick.value = True
    page.form.button.click()


def test_the_room_begins_with_who_is_there(page: Page) -> None:
    assert "尚未开始" in page.head.value
    assert {n for n, s in page.sections.items() if s.layout.display == ""} == {"people"}
    page.people.ticks["r-incident"].value = True
    page.people.luck.value = True
    page.people.button.click()

    assert page.session.stage == "playing"
    assert page.session.attended == ["r-incident"]
    assert page.session.game.luck == 1
    assert "演练时间 0:00，共 96:00（2026-07-07 10:05）" in page.head.value
    assert "12:34" in page.head.value
    assert page.sections["reveal"].layout.display == "none"


def test_a_note_says_something(page: Page) -> None:
    page.people.button.click()
    before = len(page.session.log)
    page.notes.keep.click()
    assert "记录须有文字或评级" in page.message.value
    page.notes.rating.value = "S"
    page.notes.keep.click()
    assert (page.message.value, len(page.session.log)) == ("", before + 1)


def test_nothing_hidden_is_shown_before_the_end(page: Page) -> None:
    page.people.button.click()
    scenario = page.session.game.scenario

    for text in texts(page):
        assert scenario.summary.zh not in text
        assert "8,600" not in text
    shown = [label for label, _ in page.form.option.options]
    assert shown != [option.title.zh for option in scenario.decisions["stop"].options.values()]


def test_a_notice_is_built_with_its_contents_counted(page: Page) -> None:
    page.people.button.click()
    page.time.next.click()
    page.form.decision.value = "authority"
    page.form.option.value = "now"
    [row] = page.form.builder._rows

    assert "已涵盖内容：0/3" in row.count.value
    assert "个人信息安全事件报告" in row.text.value
    next(iter(row.ticks.values())).value = True
    assert "已涵盖内容：1/3" in row.count.value
    page.form.button.click()
    assert "请选择每份通知的发送方式" in page.form.problem.value
    assert "authority" in page.session.open_decisions

    decide(page, "now")
    assert page.form.problem.value == ""
    [entry] = [e for e in page.session.log if e["ids"] == ["authority"] and e["kind"] == "decision"]
    assert len(entry["values"]["notices"][0]["elements"]) == 3
    assert page.session.state.made["cn-pipl-auth"][0] == 17
    assert "已告知（0:17）" in page.clocks.value


@pytest.mark.parametrize(
    ("counts", "why", "problem"),
    [
        (("1", "", "3"), "x", "人数请填三个整数"),
        (("9", "2", "3"), "x", "人数请填三个整数"),
        (("", "", ""), "a\u200bb", "文字最多 4000 个字符"),
        (("", "", ""), "x" * 4001, "文字最多 4000 个字符"),
    ],
)
def test_what_is_wrong_is_told_and_changes_nothing(
    counts: tuple[str, str, str], why: str, problem: str, page: Page
) -> None:
    page.people.button.click()
    before = list(page.session.log)
    page.form.button.click()
    assert "请先选择一项" in page.form.problem.value
    page.form.option.value = "stop-and-keep"
    for text, value in zip(page.form.counts.values(), counts, strict=True):
        text.value = value
    page.form.why.value = why
    page.form.button.click()

    assert problem in page.form.problem.value
    assert page.session.log == before


def test_a_room_opened_again_shows_what_the_other_showed(page: Page, case: Case) -> None:
    page.people.button.click()
    decide(page, "stop-and-keep")
    page.notes.text.value, page.notes.rating.value = "有人问日志在哪里", "S"
    page.notes.keep.click()
    page.time.next.click()
    again = open_page(case, page.session.path)
    page.seen = again.seen
    page.refresh()

    assert texts(again) == texts(page)
    assert again.form.decision.options == page.form.decision.options
    assert [text.value for text in again.form.counts.values()] == ["8,600"] * 3
    assert "有人问日志在哪里" in again.log.value


def test_an_act_in_a_window_left_behind_is_not_taken(page: Page, case: Case) -> None:
    page.people.button.click()
    other = open_page(case, page.session.path, "en")
    other.time.step.click()
    page.time.step.click()

    assert page.session.state.at_min == 10
    assert "另一窗口已推进了日志" in page.message.value
    page.time.step.click()
    assert (page.session.state.at_min, page.message.value) == (20, "")


def test_the_end_reveals_everything_and_writes_the_report(case: Case, tmp_path: Path) -> None:
    told: list[Any] = []

    def report(exercise: Any, attended: Any) -> list[Path]:
        told.append((exercise.to_dict()["policy"], list(attended)))
        return [tmp_path / "after-action.en.html"]

    page = open_page(case, tmp_path / "game.jsonl", "en", report=report)
    page.people.ticks["r-legal"].value = True
    page.people.button.click()
    while not page.session.can_close:
        page.time.next.click()
    assert "7 decisions are still open" in page.time.warning.value
    page.time.close.click()
    page.write.click()

    assert told == [("people", ["r-legal"])]
    assert "after-action.en.html" in page.done.value
    assert page.session.game.scenario.summary.en in page.reveal.value
    assert "U: unable" in page.reveal.value
    assert {n for n, s in page.sections.items() if s.layout.display == ""} == {"reveal", "log"}


def test_the_strip_puts_first_what_presses(page: Page) -> None:
    page.people.button.click()
    page.session.step(20)
    dials = list(list_dials(page.session))
    left = {dial.id: (dial.state, dial.left_min) for dial in dials}

    assert left["eu-gdpr33"] == ("left", 12 + 72 * 60 - 20)
    assert left["cn-pipl-auth"] == ("since", None)
    page.session.step(72 * 60)
    page.refresh()
    assert {d.id: d.state for d in list_dials(page.session)}["eu-gdpr33"] == "missed"
    first = page.clocks.value.index("<li")
    assert page.clocks.value[first:].startswith('<li class="missed"><b>✗ 已于 72:12 逾期')


def test_what_people_wrote_and_what_the_case_holds_is_no_markup(case: Case, tmp_path: Path) -> None:
    page = open_page(case, tmp_path / "game.jsonl")
    page.people.button.click()
    decide(page, "stop-and-keep", "<img src=x onerror=alert(1)>")
    page.notes.text.value = "<script>alert(2)</script>"
    page.notes.keep.click()

    assert "<script>alert" not in page.log.value
    assert "&lt;script&gt;alert" in page.log.value
    controls = [*page.people.ticks.values(), page.form.option, page.form.decision]
    assert not any(control.description_allow_html for control in controls)


def test_options_stand_in_an_order_that_tells_nothing(case: Case) -> None:
    first = [
        shuffle(id, decision.options)[0] == next(iter(decision.options))
        for scenario in case.knowledge.scenarios.values()
        for id, decision in scenario.decisions.items()
    ]
    assert 0.15 < sum(first) / len(first) < 0.5


@pytest.mark.parametrize("texts", [("1", "2", ""), ("3", "2", "1"), ("a", "b", "c")])
def test_a_range_is_three_counts_in_order(texts: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="no range"):
        read_range(*texts)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A kernel whose running cell came with these contents."""
    content: dict[str, Any] = {}
    kernel = SimpleNamespace(get_parent=lambda channel: {"content": content})
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=kernel))
    return content


def test_nobody_is_at_the_keyboard_unless_a_cell_may_ask(
    asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_attended()
    asked["allow_stdin"] = False
    assert not is_attended()
    asked["allow_stdin"] = True
    assert is_attended()
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    assert not is_attended()


def test_where_nobody_is_no_widget_is_made(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ipywidgets

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a widget was made")

    monkeypatch.setattr(ipywidgets.Widget, "__init__", refuse)
    room = open_room(MAIL, case, log=tmp_path / "game.jsonl", lang="en")

    assert isinstance(room, Room)
    assert room.page is None
    shown = room._repr_mimebundle_()
    assert set(shown) == {"text/plain", "text/html"}
    assert "Open this cell in JupyterLab to play. The log holds 0 lines." in shown["text/html"]
    assert not (tmp_path / "game.jsonl").exists()


def test_an_unknown_scenario_is_refused_with_the_nearest(case: Case, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="merge-mail-error"):
        open_room("merge-mail-eror", case, log=tmp_path / "game.jsonl")
