"""The archive: earlier editions stay as they were, and as long as the law wants."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from piaskit import prune_editions, verify_edition
from piaskit.errors import InvalidData
from piaskit.publication.archive import find_archive, keep_edition, list_editions
from piaskit.publication.place import make_room
from piaskit.publication.seal import read_manifest

Make = Callable[..., Path]


def keep(report: Path, written: date) -> Path:
    moment = datetime(written.year, written.month, written.day, 12, tzinfo=UTC).timestamp()
    os.utime(report / "manifest.json", (moment, moment))
    with make_room(report) as beside:
        return keep_edition(report, beside)


def test_an_edition_is_kept_unchanged_under_its_id_and_once(make_edition: Make) -> None:
    report = make_edition()
    kept = keep(report, date(2026, 9, 30))

    assert kept == find_archive(report) / read_manifest(report)["edition"]
    assert verify_edition(kept).ok
    assert keep(report, date(2026, 9, 30)) == kept
    (report / "results" / "assess.json").unlink()
    (report / "results" / "assess.json").write_text("touched", "utf-8")
    assert keep(report, date(2026, 9, 30)).name == f"{kept.name}-2"
    assert verify_edition(kept).ok


def test_three_years_count_from_the_later_of_its_day_and_its_writing(make_edition: Make) -> None:
    report = make_edition(day="2024-02-29")
    keep(report, date(2024, 2, 29))
    make_edition(day="2024-02-28")
    keep(report, date(2025, 5, 1))

    assert [(e.as_of, e.until) for e in list_editions(report)] == [
        (date(2024, 2, 28), date(2028, 5, 1)),
        (date(2024, 2, 29), date(2027, 3, 1)),
    ]


def test_prune_deletes_what_is_old_enough_and_says_until_when_the_rest_is_kept(
    make_edition: Make,
) -> None:
    report = make_edition(day="2020-01-31")
    old = keep(report, date(2020, 1, 31))
    make_edition(day="2025-01-31")
    new = keep(report, date(2025, 1, 31))

    shown = prune_editions(report, as_of=date(2023, 1, 31), dry_run=True)
    assert ([e.id for e in shown.removed], old.exists()) == ([old.name], True)
    assert prune_editions(report, as_of=date(2023, 1, 30)).removed == ()
    answer = prune_editions(report, as_of=date(2023, 1, 31)).to_dict()

    assert answer["removed"] == [old.name]
    assert answer["kept"] == [
        {
            "edition": new.name,
            "until": "2028-01-31",
            "because": "kept until 2028-01-31 (PIPL Art. 56)",
            "because_zh": "保存至 2028-01-31（《个人信息保护法》第56条）",
            "clause": "cn-pipl 56",
        }
    ]
    assert (old.exists(), new.exists(), report.exists()) == (False, True, True)


def test_an_edition_asked_for_too_early_is_refused_and_an_unknown_one_named(
    make_edition: Make,
) -> None:
    report = make_edition()
    kept = keep(report, date(2026, 9, 30))

    with pytest.raises(InvalidData) as refused:
        prune_editions(report, as_of=date(2029, 9, 29), editions=[kept.name, "2020-01-01-x"])

    assert [issue.slug for issue in refused.value.issues] == ["unknown-edition", "edition-kept"]
    assert str(refused.value.issues[1]) == (
        f"{kept.name}: is kept until 2029-09-30 (PIPL Art. 56) (nothing was deleted)"
    )
    assert kept.exists()
