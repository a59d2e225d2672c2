"""Who receives information and where, in public words: roles, kinds and countries, no names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from piaskit.case.words import list_country_names
from piaskit.report.rows import Record, Rows

RECIPIENTS = ("processor", "sdk-provider", "joint-controller", "controller", "recipient",
              "counterparty", "potential-counterparty", "authority", "public")  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublicRecipient:
    """The parties of one role that flows reach: how many, where, and in which activities.

    ``meaning`` says in plain words what the role is, ``families`` which kinds of information reach
    them, the most frequent first.
    """

    role: str
    meaning: str
    number: int
    countries: tuple[str, ...]
    activities: tuple[str, ...]
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """A country to which flows lead, and in which activities."""

    country: str
    activities: tuple[str, ...]


def count_recipients(rows: Rows, chosen: set[str]) -> tuple[PublicRecipient, ...]:
    """Count the parties that flows reach, by role, with countries and activities."""
    reached: dict[str, set[str]] = {}
    carried: dict[str, Counter[str]] = {}
    for flow in rows.tables["flows"]:
        if flow["activity"] in chosen and flow["target"]:
            reached.setdefault(flow["target"], set()).add(flow["activity"])
            carried.setdefault(flow["target"], Counter()).update(
                (item["category"] or "").partition(".")[0] for item in rows.carried(flow)
            )
    names = list_country_names(rows.voice.lang)
    by_role: dict[str, list[Record]] = {}
    for row in rows.tables["parties"]:
        if row["id"] in reached and row["role"] != "subject":
            by_role.setdefault(row["role"], []).append(row)
    found = []
    for role, parties in sorted(by_role.items(), key=lambda pair: RECIPIENTS.index(pair[0])):
        used = {id for party in parties for id in reached[party["id"]]}
        families: Counter[str] = Counter()
        for party in parties:
            families.update(carried[party["id"]])
        countries = sorted({party["country"] for party in parties if party["country"]})
        found.append(
            PublicRecipient(
                str(rows.show("parties", "role", role)),
                rows.voice.say(f"recipient.{role}"),
                len(parties),
                tuple(names.get(code, code) for code in countries),
                tuple(
                    rows.title("activities", id) for id in rows.by_id["activities"] if id in used
                ),
                tuple(family for family, _ in families.most_common() if family),
            )
        )
    return tuple(found)


def list_places(rows: Rows, chosen: set[str]) -> tuple[PublicPlace, ...]:
    """Return the countries of systems and recipients that flows reach, the most frequent first."""
    reached: dict[str, Counter[str]] = {}
    for flow in rows.tables["flows"]:
        found = rows.find_place(flow["target"])
        if found is None or flow["activity"] not in chosen:
            continue
        country = found[1]["country"]
        if country and found[1].get("role") != "subject":
            reached.setdefault(country, Counter())[flow["activity"]] += 1
    names = list_country_names(rows.voice.lang)
    ranked = sorted(reached.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    return tuple(
        PublicPlace(
            names.get(country, country),
            tuple(rows.title("activities", id) for id in rows.by_id["activities"] if id in used),
        )
        for country, used in ranked
    )
