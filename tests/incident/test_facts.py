"""Facts files: strict words and kinds, blanks allowed, contradictions refused by name."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from piaskit.errors import InvalidData
from piaskit.incident import Facts, build_facts, read_facts
from piaskit.incident.fields import FIELDS
from piaskit.knowledge import load_knowledge

CONTRACT = """\
id: lost-courier-list
regimes: [cn-pipl, eu-gdpr]
role: controller
times: {occurred_at: 2026-03-01T02:00+08:00, discovered_at: , aware_at: 2026-03-02T09:10+08:00}
persons: {low: 1000, best: 1200, high: 5000}
persons_in: {eu-gdpr: 950}
categories: [contact.email, identity.national-id-number]
special: {health: no, financial: yes}
availability: {state: confirmed, restored_after: 6h, consequence: none}
outage: {whole: 0h, main_function: 1h 30min}
direct_loss: {amount: 10.50, currency: CNY}
mitigations: []
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "facts.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refuse(folder: Path, text: str) -> list[str]:
    with pytest.raises(InvalidData) as refused:
        read_facts(write(folder, text), load_knowledge())
    return [f"{issue.slug} {issue}" for issue in refused.value.issues]


def build(**content: Any) -> Facts:
    return build_facts(content, load_knowledge())


def test_a_file_is_read_with_its_kinds_and_blanks(tmp_path: Path) -> None:
    facts = read_facts(write(tmp_path, CONTRACT), load_knowledge())

    assert facts["regimes"] == ("cn-pipl", "eu-gdpr")
    assert facts["persons"].to_dict() == {"low": 1000, "best": 1200, "high": 5000}
    assert facts["persons_in.eu-gdpr"].low == Decimal(950)
    assert facts["times.aware_at"].isoformat() == "2026-03-02T09:10:00+08:00"
    assert facts["special.health"] == "no"
    assert facts["availability.restored_after"] == timedelta(hours=6)
    assert facts["outage.main_function"] == timedelta(minutes=90)
    assert facts["direct_loss.amount"].low == Decimal("10.50")
    assert facts["times.discovered_at"] is None
    assert facts["mitigations"] is None
    assert facts["minors"] is None


def test_the_order_of_keys_does_not_matter(tmp_path: Path) -> None:
    lines = CONTRACT.splitlines(keepends=True)
    turned = "".join(reversed(lines))

    assert read_facts(write(tmp_path, turned), load_knowledge()) == read_facts(
        write(tmp_path, CONTRACT), load_knowledge()
    )


def test_an_empty_mapping_is_no_contradiction() -> None:
    assert list(build()) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "rol: controller\n",
            "facts-unknown-key facts.yaml row 1, rol: unknown key rol (did you mean role?)",
        ),
        (
            "id: a\nconfidentiality:\n  stat: none\n",
            "facts-unknown-key facts.yaml row 3, confidentiality.stat: unknown key stat"
            " (did you mean state?)",
        ),
        (
            "operator: ci\n",
            "facts-value facts.yaml row 1, operator: ci is not one of other, cii, central-organ"
            " (did you mean cii?)",
        ),
        (
            "persons: about 100\n",
            "facts-value facts.yaml row 1, persons: about 100 is not a whole number such as 1200,"
            " or low, best and high",
        ),
        (
            "persons: {low: -1}\n",
            "facts-value facts.yaml row 1, persons.low: -1 is not a whole number such as 1200",
        ),
        (
            "persons: {lowest: 1}\n",
            "facts-unknown-key facts.yaml row 1, persons.lowest: unknown key lowest"
            " (did you mean low?)",
        ),
        (
            "times: {aware_at: 2026-03-02 09:10}\n",
            "facts-value facts.yaml row 1, times.aware_at: 2026-03-02 09:10 is not a time with"
            " offset, such as 2026-03-01T02:00+08:00, or a day",
        ),
        (
            "outage: {whole: six hours}\n",
            "facts-value facts.yaml row 1, outage.whole: six hours is not a duration such as 6h,"
            " 10min or 2d 4h",
        ),
        (
            "categories: [contact.emial]\n",
            "facts-value facts.yaml row 1, categories.0: contact.emial is not a category of any"
            " pack (did you mean contact.email?)",
        ),
        (
            "direct_loss: {amount: 5, currency: yuan}\n",
            "facts-value facts.yaml row 1, direct_loss.currency: yuan is not a currency of three"
            " letters, such as CNY",
        ),
        (
            "confidentiality: confirmed\n",
            "facts-value facts.yaml row 1, confidentiality: confirmed is not keys: state,"
            " recipients, number, recalled",
        ),
        (
            "persons_in: 7\n",
            "facts-value facts.yaml row 1, persons_in: 7 is not a number for each regime, such as"
            " eu-gdpr: 950",
        ),
        (
            "role: controller\nrole: processor\n",
            "facts-duplicate-key facts.yaml row 2, role: role stands twice (first in row 1)",
        ),
        (
            "- a\n",
            "facts-yaml facts.yaml row 1: is not a mapping of keys"
            " (start with id, regimes, role ...)",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_row_and_way_out(
    tmp_path: Path, text: str, told: str
) -> None:
    assert refuse(tmp_path, text) == [told]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"nowhere\.yaml row 1: is a link or no plain file"):
        read_facts(tmp_path / "nowhere.yaml", load_knowledge())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "times: {occurred_at: 2026-03-01T02:00+08:00, contained_at: 2026-02-28T17:59+00:00}\n",
            "times.contained_at: times.contained_at (2026-02-28T17:59+00:00) is before"
            " times.occurred_at (2026-03-01T02:00+08:00)",
        ),
        (
            "times:\n  contained_at: 2026-03-02T00:00Z\n  handling_ended_at: 2026-03-01T00:00Z\n",
            "times.handling_ended_at: times.handling_ended_at (2026-03-01T00:00+00:00) is before"
            " times.contained_at (2026-03-02T00:00+00:00)",
        ),
        (
            "children: 5\nminors: {high: 4}\n",
            "children: children (at least 5) are more than minors (at most 4)",
        ),
        (
            "children: {low: 5}\npersons: 4\n",
            "children: children (at least 5) are more than persons (at most 4)",
        ),
        (
            "persons_in: {eu-gdpr: 5}\npersons: 4\n",
            "persons_in.eu-gdpr: persons_in.eu-gdpr (at least 5) are more than persons (at most 4)",
        ),
        (
            "persons: {low: 5, high: 4}\n",
            "persons: persons.low (5) is more than persons.high (4)",
        ),
        (
            "direct_loss: {amount: {best: 5, high: 4}}\n",
            "direct_loss.amount: direct_loss.amount.best (5) is more than"
            " direct_loss.amount.high (4)",
        ),
        (
            "exfiltrated: yes\nconfidentiality: {state: none}\n",
            "exfiltrated: exfiltrated is yes, but confidentiality.state is none",
        ),
        (
            "harm_avoided: yes\nmisuse: confirmed\n",
            "harm_avoided: harm_avoided is yes, but misuse is confirmed",
        ),
        (
            "availability: {state: none, consequence: severe}\n",
            "availability.consequence: availability.consequence is severe,"
            " but availability.state is none",
        ),
        (
            "misuse: confirmed\nconfidentiality: {state: none}\nintegrity: {state: none}\n",
            "misuse: misuse is confirmed, but confidentiality.state and integrity.state are none",
        ),
        (
            "exfiltrated: likely\nconfidentiality: {state: possible, recipients: none}\n",
            "exfiltrated: exfiltrated is likely, but confidentiality.recipients is none",
        ),
        (
            "confidentiality: {state: possible, recipients: none, recalled: confirmed}\n",
            "confidentiality.recalled: confidentiality.recalled is confirmed, but"
            " confidentiality.recipients is none",
        ),
        (
            "harm_avoided: yes\navailability: {state: confirmed, consequence: severe}\n",
            "harm_avoided: harm_avoided is yes, but availability.consequence is severe",
        ),
        (
            "availability: {state: none, restored_after: 6h}\n",
            "availability.restored_after: availability.restored_after is stated, but"
            " availability.state is none",
        ),
        (
            "categories: [children.any]\nchildren: 0\n",
            "categories: categories holds children.any, but children are 0",
        ),
        (
            "times: {aware_at: 2026-03-02T09:00Z, assessed_at: 2026-03-02T08:59Z}\n",
            "times.assessed_at: times.assessed_at (2026-03-02T08:59+00:00) is before"
            " times.aware_at",
        ),
        (
            "sensitive_persons: 5\npersons: 4\n",
            "sensitive_persons: sensitive_persons (at least 5) are more than persons (at most 4)",
        ),
    ],
)
def test_contradictions_are_refused_naming_both_fields(
    tmp_path: Path, text: str, told: str
) -> None:
    found = refuse(tmp_path, text)

    assert len(found) == 1
    assert found[0].startswith("facts-contradiction facts.yaml row ")
    assert found[0].partition(", ")[2] == told


def test_a_day_alone_stands_at_its_first_moment_in_the_offset_of_the_other_times() -> None:
    facts = build(times={"occurred_at": "2026-03-02", "aware_at": "2026-03-02T00:30+08:00"})
    late = build(times={"occurred_at": "2026-03-02T09:00+08:00", "discovered_at": "2026-03-02"})

    assert facts["times.occurred_at"].isoformat() == "2026-03-02T00:00:00+08:00"
    assert late["times.discovered_at"].isoformat() == "2026-03-02T00:00:00+08:00"
    with pytest.raises(InvalidData, match=r"is before times\.occurred_at"):
        build(times={"occurred_at": "2026-03-03", "aware_at": "2026-03-02T23:59+08:00"})


def test_the_same_moment_in_two_offsets_is_no_contradiction() -> None:
    times = {
        "occurred_at": "2026-03-01T02:00+08:00",
        "aware_at": "2026-02-28T18:00+00:00",
    }

    assert build(times=times)["times.aware_at"] == build(times=times)["times.occurred_at"]


def test_an_unknown_path_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        _ = build()["person"]


@pytest.mark.parametrize("path", sorted(set(FIELDS) - {"persons_in"}))
def test_every_field_takes_a_list_of_lists_only_as_a_problem(path: str) -> None:
    content: Any = [["x"]]
    for key in reversed(path.split(".")):
        content = {key: content}

    with pytest.raises(InvalidData) as refused:
        build(**content)

    assert refused.value.issues[0].slug == "facts-value"
