"""What a warm process has read, its forks do not read again, until a file changes."""

import gc
from datetime import date
from pathlib import Path

import pytest

from piaskit import new_case
from piaskit.runs import opened
from piaskit.runs.opened import check_once, expect_check

DAY = date(2026, 9, 30)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    case = tmp_path_factory.mktemp("opened") / "shop"
    new_case(case)
    return case


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A case of the test's own, in a process that will be warm."""
    monkeypatch.setattr(opened, "is_owned", lambda: True)
    case = tmp_path / "shop"
    new_case(case)
    return case


@pytest.fixture(autouse=True)
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "is_warm", lambda: True)
    monkeypatch.setattr(opened, "_KEPT", {})


def test_a_warm_process_reads_an_unchanged_case_once(blank: Path) -> None:
    first = check_once(blank, "", DAY)

    assert check_once(str(blank), None, DAY) is first
    assert check_once(blank, "", date(2026, 10, 1)) is not first


def test_a_process_that_will_be_warm_keeps_what_it_reads_before(
    blank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "is_warm", lambda: False)
    monkeypatch.setattr(opened, "is_owned", lambda: True)

    assert check_once(blank, "", DAY) is check_once(blank, "", DAY)


def test_a_kernel_finds_what_was_read_while_it_got_ready(
    blank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "is_warm", lambda: False)
    opened.prepare_kernel(str(blank), "", DAY.isoformat())
    gc.unfreeze()

    ((_, read),) = opened._KEPT.values()
    assert check_once(blank, "", DAY) is read
    (blank / "evidence" / "later.txt").write_text("", "utf-8")
    assert check_once(blank, "", DAY) is not read


@pytest.mark.parametrize("name", ["case.yaml", "evidence/new.txt", "packs/ours.yaml"])
def test_a_file_that_changes_or_comes_is_seen(blank: Path, name: str) -> None:
    first = check_once(blank, "", DAY)
    with (blank / name).open("a", encoding="utf-8") as file:
        file.write("\n")

    assert check_once(blank, "", DAY) is not first


def test_a_process_that_is_not_warm_keeps_nothing(
    blank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "is_warm", lambda: False)

    assert check_once(blank, "", DAY) is not check_once(blank, "", DAY)
    assert opened._KEPT == {}


def test_a_check_that_is_expected_is_done_by_a_fork_and_told_whole(
    new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = check_once(new, "", DAY)
    monkeypatch.setattr(opened, "_KEPT", {})
    expect_check(new, DAY)
    monkeypatch.setattr("piaskit.check_case", lambda *_, **__: pytest.fail("checked here"))

    there = check_once(new, "", DAY)

    assert here.to_dict() == there.to_dict()
    assert here.case is not None
    assert there.case is not None
    assert here.case.digests == there.case.digests
    assert there.case.knowledge is here.case.knowledge
    assert check_once(new, "", DAY) is there


def test_a_case_that_changes_after_its_check_was_expected_is_checked_again(new: Path) -> None:
    expect_check(new, DAY)
    (new / "case.yaml").unlink()

    found = check_once(new, "", DAY)

    assert found.case is None


def test_no_fork_is_asked_for_a_case_with_packs_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "is_owned", lambda: True)
    monkeypatch.setattr(opened, "start_apart", lambda _: pytest.fail("a fork"))
    (tmp_path / "packs" / "rules").mkdir(parents=True)
    (tmp_path / "packs" / "rules" / "ours.yaml").touch()

    expect_check(tmp_path, DAY)


def test_a_link_to_nothing_is_no_hindrance(blank: Path) -> None:
    (blank / "evidence" / "gone").symlink_to(blank / "nowhere")

    assert check_once(blank, "", DAY).case is not None
