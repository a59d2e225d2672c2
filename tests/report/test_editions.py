from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pandas as pd
import pytest

from piaskit.case import Case
from piaskit.report.compose import compose_report
from piaskit.report.document import Document, Edition, Lang
from piaskit.report.editions import project_public, suppress_small
from piaskit.report.leaks import INTERNAL, collect_secrets, scan_public

Report = Callable[[Edition, Lang], Document]
Results = dict[str, Any]


def read_all(document: Document) -> str:
    return json.dumps(asdict(document), ensure_ascii=False, default=str)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_public_numbers_equal_the_internal_ones(shop: Case, results: Results, lang: Lang) -> None:
    facts, assess = project_public(shop, results, lang), results["assess"]

    assert facts.overall == assess["overall_states"][assess["methods"][0]]
    assert facts.counts == assess["counts"]
    assert facts.rights == assess["rights"]
    assert facts.as_of == shop.as_of
    assert sum(facts.gaps.values()) == len(results["ledger"]["findings"])


def test_public_report_has_the_heads_of_5_9_after_one_page(report: Report) -> None:
    assert [section.id for section in report("public", "en").sections] == [
        "public-brief", "public-necessity", "public-types", "public-exceptions",
        "public-compliance", "public-result", "public-measures", "public-readiness",
        "public-advice", "public-contacts", "public-left-out",
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_value_planted_in_an_internal_column_reaches_the_public_report(
    shop: Case, results: Results, lang: Lang
) -> None:
    frames = {name: frame.copy() for name, frame in shop.frames.items()}
    planted: list[str] = []
    for table, columns in INTERNAL.items():
        for column in columns:
            if column == "id" or not len(frames[table]):
                continue
            for form in ("canary-{}.example", "金丝雀{}号", "8800{}"):
                number = len(planted) + 100
                secret = form.format(number)
                planted.append(secret)
                row = number % len(frames[table])
                frames[table][column] = frames[table][column].astype("str")
                frames[table].loc[frames[table].index[row], column] = secret
                companion = f"{column}_{lang}"
                if companion in frames[table].columns:
                    frames[table].loc[frames[table].index[row], companion] = secret
    frames["flows"]["memo"] = pd.Series("canary-memo", index=frames["flows"].index, dtype="str")
    planted.append("canary-memo")
    case = replace(shop, frames=frames, root=shop.root.with_name("canary-folder"))

    document = compose_report(case, results, "public", lang)

    text = read_all(document)
    assert len(planted) >= 30
    assert [secret for secret in [*planted, "canary-folder"] if secret in text] == []
    assert scan_public(document, case) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_worked_case_may_be_published(report: Report, shop: Case, lang: Lang) -> None:
    assert scan_public(report("public", lang), shop) == []


def test_ids_of_flows_systems_and_roles_stand_in_no_public_text(report: Report, shop: Case) -> None:
    text = read_all(report("public", "en"))

    ids = [id for table in ("flows", "systems", "roles") for id in shop.frames[table]["id"]]
    assert [id for id in ids if f'"{id}"' in text or f" {id} " in text] == []


@pytest.mark.parametrize(
    ("table", "column"), [("safeguards", "title"), ("activities", "purpose"), ("items", "title")]
)
def test_a_public_text_that_names_a_system_is_refused_without_repeating_it(
    shop: Case, results: Results, change: Callable[..., Case], table: str, column: str
) -> None:
    case = change(shop, "systems", 0, "title", "Zephyr-Vault 9")
    for name in (column, f"{column}_en"):
        if name in case.frames[table].columns:
            case = change(case, table, 0, name, "kept in zephyr-vault  9 at night")

    issues = scan_public(compose_report(case, results, "public", "en"), case)

    assert {issue.slug for issue in issues} == {"public-leak"}
    message = str(issues[0])
    assert "holds an internal value of systems.title, beginning with 'ze…'" in message
    assert message.startswith("public report (en) public-")
    assert "zephyr-vault" not in message.casefold()


def test_words_inside_figures_are_scanned(report: Report, shop: Case) -> None:
    document = report("public", "en")
    frames = {**shop.frames, "systems": shop.frames["systems"].copy()}
    frames["systems"].loc[0, "title"] = "Outside mainland China"
    case = replace(shop, frames=frames)

    places = {issue.place.sheet for issue in scan_public(document, case)}

    assert "public-types" in places


@pytest.mark.parametrize("word", ["collect", "网站", "12", "999", "marketing", "ab"])
def test_everyday_words_and_small_numbers_are_no_secret(
    shop: Case, change: Callable[..., Case], word: str
) -> None:
    case = change(shop, "systems", 0, "title", word)

    assert word not in [secret.text for secret in collect_secrets(case)]


def test_a_secret_inside_a_longer_word_or_number_is_no_leak(
    report: Report, shop: Case, change: Callable[..., Case]
) -> None:
    case = change(shop, "systems", 0, "title", "erson-")
    case = change(case, "roles", 0, "holder", "Ersona")

    assert scan_public(report("public", "en"), case) == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ((1200, 1195, 4), (1200, "hidden", "few")),
        ((9,), ("few",)),
        ((10,), (10,)),
        ((15, 6), (15, "few")),
        ((15, 5, 0), (15, "few", 0)),
        ((None, 3), (None, "few")),
        (("some", 30, 25), ("some", 30, "hidden")),
        ((40, 40), (40, 40)),
    ],
)
def test_small_numbers_and_those_that_give_them_away_are_suppressed(
    given: tuple[Any, ...], shown: tuple[Any, ...]
) -> None:
    assert suppress_small(*given) == shown


def test_a_small_number_of_persons_is_printed_as_fewer_than_10(
    shop: Case, results: Results, change: Callable[..., Case]
) -> None:
    case = change(shop, "activities", 0, "persons", 7)

    document = compose_report(case, results, "public", "en")

    table = next(t for t in document.tables() if t.id == "table-activities")
    assert table.rows[0].cells[4] == "fewer than 10"


def test_a_measure_without_proof_is_never_called_verified(
    shop: Case, results: Results, change: Callable[..., Case]
) -> None:
    case = shop
    for row in range(len(shop.frames["safeguards"])):
        case = change(case, "safeguards", row, "evidence", None)

    states = {measure.state for measure in project_public(case, results, "en").safeguards}

    assert "verified" not in states
