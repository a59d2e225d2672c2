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
    information reach them: sensitive ones and those of children under 14 by name, the
    others by family (by name where everybody may read them), most frequent first.
    """

    role: str
    meaning: str
    number: int
    countries: tuple[str, ...]
    activities: tuple[str, ...]
    sensitive: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """A country to which flows lead, and the kinds that reach it, told as of a recipient."""

    country: str
    sensitive: tuple[str, ...]
    children: tuple[str, ...]
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
                *_sort_kinds(rows, flows, named=role == "public"),
            )
        )
    return tuple(found)


Kinds = tuple[str, ...]


def _sort_kinds(
    rows: Rows, flows: list[Record], *, named: bool = False
) -> tuple[Kinds, Kinds, Kinds]:
    """Return the kinds that flows carry: sensitive ones, others of children, families of others.

    With ``named`` the others are told by name, too.
    """
    categories, lang = rows.case.knowledge.categories, rows.voice.lang
    found: tuple[Counter[str], ...] = (Counter(), Counter(), Counter())
    for flow in flows:
        young = rows.has_children(rows.by_id["activities"][flow["activity"]])
        for item in rows.carried(flow):
            category = categories.get(item["category"] or "")
            if category is None:
                continue
            title = category.title[lang]
            if "yes" in rows.sensitive_in(item).values():
                found[0][title] += 1
                continue
            found[1][title] += young
            found[2][title if named else item["category"].partition(".")[0]] += 1
    ranked = [tuple(name for name, n in counts.most_common() if n) for counts in found]
    return ranked[0], ranked[1], ranked[2]


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
