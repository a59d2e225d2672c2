"""Working days are looked up in the library once and kept beside the compiled modules."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest

from piaskit.workdays import list_workdays


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path


def test_days_over_a_new_year_are_those_of_the_library_whether_kept_or_not(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import holidays

    def list_days() -> list[bool]:
        return list_workdays(date(2025, 12, 30), 4, "CN")

    known = holidays.country_holidays("CN", years=(2025, 2026))
    days = [date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2)]
    first = list_days()
    monkeypatch.setitem(sys.modules, "holidays", None)

    assert [known.is_working_day(day) for day in days] == first == list_days()


@pytest.mark.parametrize("country", ["QQ", "../CN"])
def test_a_country_without_a_calendar_is_refused_and_leaves_nothing(
    cache: Path, country: str
) -> None:
    with pytest.raises((NotImplementedError, KeyError)):
        list_workdays(date(2026, 1, 1), 1, country)

    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_another_country_takes_no_file_of_a_like_name(cache: Path) -> None:
    list_workdays(date(2026, 1, 1), 1, "CN")
    [file] = [path for path in cache.rglob("*") if path.is_file()]
    file.rename(file.with_name(file.name.replace("CN", "cn")))  # one name on some disks

    with pytest.raises(NotImplementedError):
        list_workdays(date(2026, 1, 1), 1, "cn")


def test_no_days_and_the_last_days_of_the_calendar_can_be_asked_for(cache: Path) -> None:
    assert list_workdays(date(2026, 1, 3), 0) == list_workdays(date(2026, 1, 3), -5) == []
    assert list_workdays(date(9999, 12, 30), 2) == [True, True]
