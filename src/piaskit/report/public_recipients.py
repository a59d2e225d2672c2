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

    ``meaning`` says in plain words what the role is, ``sensitive`` and ``families`` which kinds of
    information reach them: sensitive ones by name, the others by family, most frequent first.
    """

    role: str
    meaning: str
    number: int
    countries: tuple[str, ...]
    activities: tuple[str, ...]
    sensitive: tuple[str, ...] = ()
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """A country to which flows lead, and the kinds that reach it, told as of a recipient."""

    country: str
    sensitive: tuple[str, ...]
    families: tuple[str, ...]


def count_recipients(rows: Rows, chosen: set[str]) -> tuple[PublicRecipient, ...]:
    """Count the parties that flows reach, by role, with countries and activities."""
    reached: dict[str, set[str]] = {}
    carried: dict[str, list[Record]] = {}
    for flow in rows.tables["flows"]:
        if flow["activity"] in chosen and flow["target"]:
            reached.setdefault(flow["target"], set()).add(flow["activity"])
            carried.setdefault(flow["target"], []).append(flow)
    names = list_country_names(rows.voice.lang)
    by_role: dict[str, list[Record]] = {}
    for row in rows.tables["parties"]:
        if row["id"] in reached and row["role"] != "subject":
            by_role.setdefault(row["role"], []).append(row)
    found = []
    for role, parties in sorted(by_role.items(), key=lambda pair: RECIPIENTS.index(pair[0])):
        used = {id for party in parties for id in reached[party["id"]]}
        flows = [flow for party in parties for flow in carried[party["id"]]]
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
                *_sort_kinds(rows, flows),
            )
        )
    return tuple(found)


def _sort_kinds(rows: Rows, flows: list[Record]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the sensitive kinds that flows carry, and the families of the others."""
    categories, lang = rows.case.knowledge.categories, rows.voice.lang
    sensitive: Counter[str] = Counter()
    families: Counter[str] = Counter()
    child = next((c.title[lang] for id, c in categories.items() if id.startswith("children.")), "")
    for flow in flows:
        if child and rows.has_children(rows.by_id["activities"][flow["activity"]]):
            sensitive[child] += 1  # all that is told of a child under 14 is sensitive
        for item in rows.carried(flow):
            if "yes" in rows.sensitive_in(item).values():
                sensitive[categories[item["category"]].title[lang]] += 1
            elif item["category"]:
                families[item["category"].partition(".")[0]] += 1
    ranked = [tuple(name for name, _ in counts.most_common()) for counts in (sensitive, families)]
    return ranked[0], ranked[1]


def list_places(rows: Rows, chosen: set[str]) -> tuple[PublicPlace, ...]:
    """Return the countries of systems and recipients that flows reach, the most frequent first."""
    reached: dict[str, list[Record]] = {}
    for flow in rows.tables["flows"]:
        found = rows.find_place(flow["target"])
        if found is None or flow["activity"] not in chosen:
            continue
        country = found[1]["country"]
        if country and found[1].get("role") != "subject":
            reached.setdefault(country, []).append(flow)
    names = list_country_names(rows.voice.lang)
    ranked = sorted(reached.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return tuple(
        PublicPlace(names.get(country, country), *_sort_kinds(rows, flows))
        for country, flows in ranked
    )
