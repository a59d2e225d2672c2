from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest

from piaskit.case import Case
from piaskit.report.compose_public import compose_public
from piaskit.report.document import Document, Edition, Lang, Section, Table, read_text
from piaskit.report.editions import PublicFacts, project_public
from piaskit.report.exporters.pdf import export

Report = Callable[[Edition, Lang], Document]
Results = dict[str, Any]
QUESTIONS = ("what", "harm", "done", "you", "whom")


@pytest.fixture(scope="module")
def facts(shop: Case, results: Results) -> PublicFacts:
    return project_public(shop, results, "en")


def read_answers(document: Document) -> dict[str, str]:
    page = next(section for section in document.sections if section.id == "public-brief")
    table = next(block for block in page.blocks if isinstance(block, Table))
    answers = [read_text(row.cells[1]) for row in table.rows]
    return dict(zip(QUESTIONS, answers, strict=True))


@pytest.fixture(scope="module")
def answers(report: Report) -> dict[str, str]:
    return read_answers(report("public", "en"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_page_one_is_one_page_and_its_lists_are_as_long_as_it_allows(
    shop: Case, results: Results, lang: Lang, tmp_path: Path
) -> None:
    facts = project_public(shop, results, lang)
    many = replace(facts, activities=facts.activities * 5, items=facts.items * 3)

    for number, given in enumerate((facts, many)):
        document = compose_public(given, shop.knowledge.labels)
        rest = Section("rest", "Rest", visibility="public")
        export(replace(document, sections=(document.sections[0], rest)), tmp_path / f"{number}.pdf")
        pages = pypdf.PdfReader(tmp_path / f"{number}.pdf").pages
        assert shop.contacts[0]["email"] in pages[0].extract_text()
        assert len(pages) == 2


def test_what_is_done_names_purposes_sensitive_kinds_and_recipients_with_countries(
    answers: dict[str, str], facts: PublicFacts
) -> None:
    told = answers["what"]

    assert facts.activities[0].title in told
    for item in facts.items:
        assert item.answer == "no" or item.category.lower() in told.lower()
    for recipient in facts.recipients:
        assert recipient.meaning in told
    for place in facts.places:
        assert place.country in told
    assert "Where: mostly in China; some also in Germany (" in told


def test_harms_keep_severe_and_high_apart_and_say_why_they_exceed_the_number_of_risks(
    answers: dict[str, str], results: Results
) -> None:
    counts = results["assess"]["rights"]["person-property"]
    now, then = counts["current"], counts["planned"]

    assert (
        f"Money or safety in danger: severe {now['severe']}, high {now['high']} "
        f"({then['severe']}, {then['high']}). E.g. bank or payment account: stolen funds, fraud."
        in answers["harm"]
    )
    assert "so the rows add up to more than" in answers["harm"]


def test_examples_of_harm_name_kinds_of_information_that_grave_risks_touch(
    facts: PublicFacts, results: Results
) -> None:
    kinds = {item.category for item in facts.items}

    assert set(facts.examples) == set(results["assess"]["rights"])
    assert {example.kind for example in facts.examples.values()} < kinds
    assert len({example.kind for example in facts.examples.values()}) == len(facts.examples)


def test_no_example_is_told_where_no_risk_is_grave(shop: Case, results: Results) -> None:
    risks = [r for r in results["assess"]["risks"] if "autonomy" not in r["rights"]]
    calm = {**results, "assess": {**results["assess"], "risks": risks}}

    assert "autonomy" not in project_public(shop, calm, "en").examples


def test_what_could_happen_is_told_by_the_events_of_severe_and_high_risks(
    answers: dict[str, str], facts: PublicFacts, results: Results
) -> None:
    found = {
        risk["event"]
        for risk in results["assess"]["risks"]
        if risk["levels"]["gbt39335"]["current"]["level"] in ("severe", "high")
    }

    assert found - {"none"} == set(facts.events)
    assert "What could happen: misuse, leak, break-in, falsification" in answers["harm"]


def test_what_only_one_activity_uses_is_told_with_it(answers: dict[str, str]) -> None:
    assert "contest only: any data of a child under 14." in answers["what"]
    assert "Sensitive: bank or payment account; for Ordering, payment" in answers["what"]


def test_what_only_staff_are_asked_for_stands_apart(
    answers: dict[str, str], shop: Case, results: Results, change: Callable[..., Case]
) -> None:
    row = list(shop.frames["activities"]["id"]).index("hr")
    bare = change(shop, "activities", row, "legal_basis", "cn-pipl.consent")

    told = read_answers(compose_public(project_public(bare, results, "en"), shop.knowledge.labels))

    own = "Of staff and applicants also: sensitive: image of an identity document, bank or"
    assert own in answers["what"]
    assert "other: employment, contact details; kept 6 months to 10 years." in answers["what"]
    assert "Of staff" not in told["what"]
    assert "for Recruiting and staff administration only: image of an" in told["what"]


def test_of_recipients_is_told_what_they_get_and_kinds_without_a_period_are_named(
    answers: dict[str, str], facts: PublicFacts
) -> None:
    authority = next(r for r in facts.recipients if r.role == "Authority")

    assert set(authority.families) == {"finance", "identity"}
    schools = next(r for r in facts.recipients if r.role == "Joint controller")
    assert "Name" in schools.children and not schools.sensitive
    sensitive = answers["what"].partition("Sensitive kinds go to: ")[2].partition("\n")[0]
    assert "co-deciding partners: children's name, " in sensitive
    assert "Not passed on: credit or debt, image of an" in sensitive
    assert "public authorities" not in sensitive
    assert "public authorities: money and payment, identity" in answers["what"]
    for item in facts.items:
        assert item.retention or item.title in answers["what"]


def test_a_sensitive_kind_stays_one_where_children_are_concerned_too(
    shop: Case, results: Results, change: Callable[..., Case], facts: PublicFacts
) -> None:
    row = list(shop.frames["activities"]["id"]).index("hr")

    young = project_public(change(shop, "activities", row, "children", "3"), results, "en")

    for before, after in zip(facts.recipients, young.recipients, strict=True):
        assert before.sensitive == after.sensitive
        assert before.families == after.families


def test_verified_measures_are_named_and_those_not_verified_counted(
    answers: dict[str, str], facts: PublicFacts
) -> None:
    states = [measure.state for measure in facts.safeguards]

    families = {m.family for m in facts.safeguards if m.state == "verified"}
    verified = f"{states.count('verified')} measures of {len(families)} kinds"
    assert f"{verified} are in place and verified: " in answers["done"]
    assert "encryption (" in answers["done"]
    claimed = states.count("unverified") + states.count("partly")
    assert (
        f"Another {claimed} measures are only partly in place or unverified, not counted yet."
        in answers["done"]
    )
    for measure in facts.safeguards:
        if measure.state == "planned":
            assert f"{measure.title} (due 2026-10)" in answers["done"]


def test_what_is_mended_and_what_remains_are_told_with_their_dates(
    answers: dict[str, str], facts: PublicFacts, shop: Case, results: Results
) -> None:
    counts = results["assess"]["counts"]["planned"]
    calm = replace(facts, counts={s: dict.fromkeys(c, 0) for s, c in facts.counts.items()})
    undated = tuple(replace(measure, due=None) for measure in facts.safeguards)
    bare = replace(calm, due=(), review=None, safeguards=undated)

    told = read_answers(compose_public(bare, shop.knowledge.labels))

    assert "8 tasks mend gaps, due 2026-10 to 2027-01." in answers["done"]
    left = f"{counts['severe']} severe and {counts['high']} high risks remain."
    assert f"After all that is planned {left}" in answers["done"]
    assert answers["done"].endswith("The next assessment is due by 2027-09.")
    assert "HR files moved to encrypted storage (no date set)." in told["done"]
    assert told["done"].endswith("No severe or high risk remains after all that is planned.")


def test_rights_are_told_with_the_time_of_the_answer_and_the_way_to_complain(
    answers: dict[str, str],
) -> None:
    told = answers["you"]

    assert "delete it" in told
    assert "within 30 days of that check, unless the law says otherwise" in told
    assert "GB/T 35273-2020, 8.7 a)" in told
    assert "in the EU within 1 month, or" in told
    assert "GDPR Art. 12(3)" in told
    for clause in ("PIPL Art. 65", "PIPL Art. 50", "GDPR Art. 77"):
        assert clause in told


def test_rights_about_decisions_of_machines_are_told_where_machines_decide(
    answers: dict[str, str], shop: Case, results: Results, change: Callable[..., Case]
) -> None:
    case = shop
    for row in range(len(shop.frames["activities"])):
        case = change(case, "activities", row, "automated_decision", "none")

    told = read_answers(compose_public(project_public(case, results, "en"), shop.knowledge.labels))

    assert "refuse decisions made by machines alone (PIPL Art. 24)" in answers["you"]
    assert "or have a person check (GDPR Art. 22)" in answers["you"]
    assert "machines" not in told["you"]


def test_of_a_regime_without_a_known_period_nothing_is_made_up(
    shop: Case, results: Results
) -> None:
    case = replace(shop, regimes=("jp-appi",))

    told = read_answers(compose_public(project_public(case, results, "en"), case.knowledge.labels))

    assert "no period is known to this report" in told["you"]
    assert "30 days" not in told["you"]


def test_a_contact_of_an_office_that_nobody_holds_names_nobody(
    shop: Case, results: Results, change: Callable[..., Case], answers: dict[str, str]
) -> None:
    name = next(c["name_en"] for c in shop.contacts if c["role"] == "children-pi-officer")
    roles = shop.frames["roles"]
    row = int((roles["role"] == "children-pi-officer").to_numpy().argmax())
    held = change(shop, "roles", row, "holder", "Somebody")

    told = read_answers(compose_public(project_public(held, results, "en"), shop.knowledge.labels))

    assert "Children: kids-privacy@xinfan.example" in answers["whom"]
    assert name not in answers["whom"]
    assert f"Children: {name}, kids-privacy@xinfan.example" in told["whom"]


def test_absent_facts_are_said_to_be_absent(shop: Case, facts: PublicFacts) -> None:
    bare = replace(
        facts,
        activities=(),
        items=(),
        safeguards=(),
        rights_offered=(),
        recipients=(),
        places=(),
        contacts=(),
        counts={state: dict.fromkeys(levels, 0) for state, levels in facts.counts.items()},
    )

    told = read_answers(compose_public(bare, shop.knowledge.labels))

    assert "Our register names nobody outside who receives it." in told["what"]
    assert "No information is sensitive by law." in told["what"]
    assert told["harm"].startswith("We found no risk of a high or severe level.")
    assert "No measure has been verified yet." in told["done"]
    assert "does not state which rights" in told["you"]
    assert "no contact is named yet; who you are has to be checked. The answer" in told["you"]
    assert told["whom"] == "No public contact has been named yet."
