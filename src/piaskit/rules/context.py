"""What stands beside the tables of a case: its case.yaml, and what the packs know, as tables."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from piaskit.case import TABLES
from piaskit.case.cells import parse_period
from piaskit.case.governance_tables import PERMISSIONS
from piaskit.case.words import fold
from piaskit.rules.people import tabulate, tell_people

if TYPE_CHECKING:
    from piaskit.case import Case


def tell_context(case: Case) -> dict[str, pa.Table]:
    """Return the tables by name.

    - ``setting(as_of, every, last_on)``, one row: the day of the facts; how often editions are
      promised (ISO 8601) and the day of the last one
    - ``organisations(id, title, ...)``, one row
    - ``regimes(id)``: those that are active
    - ``recommended(channel)``: channels of flows that case.yaml recommends
    - ``sensitivity(category, regime, answer)``: a row per category and active regime
    - ``law_numbers(id, value)``: numbers of the law, ``<regulation> <name>``
    - ``law_countries(list, code)``: lists of countries, ``<regulation> <name>``
    - ``words(kind, id, zh)``: the Chinese words of values that messages name
    - ``months(period, n)``: periods of the pack that are counted in months
    - those of ``tell_people``
    """
    law = sorted(case.knowledge.regulations.items())
    numbers = [(f"{id} {n}", x.value) for id, r in law for n, x in r.numbers.items()]
    lists = [
        (f"{id} {n}", code) for id, r in law for n, x in r.countries.items() for code in x.codes
    ]
    months = [(id, p.value) for id, p in case.knowledge.periods.items() if p.unit == "month"]
    return {
        "setting": _describe_setting(case),
        "organisations": _describe_organisation(case),
        "regimes": tabulate([(id,) for id in case.regimes], id=pa.string()),
        "recommended": tabulate([(word,) for word in _read_channels(case)], channel=pa.string()),
        "sensitivity": _tell_sensitivity(case),
        "law_numbers": tabulate(numbers, id=pa.string(), value=pa.float64()),
        "law_countries": tabulate(lists, list=pa.string(), code=pa.string()),
        "words": _list_words(case),
        "months": tabulate(months, period=pa.string(), n=pa.int64()),
        **tell_people(case),
    }


def _list_words(case: Case) -> pa.Table:
    labels = case.knowledge.labels
    spelt = {
        "duty": {id: f"value.duty.{id}" for id in TABLES["access"]["duty"].values},
        "permissions": {id: f"value.permissions.{id}" for id in PERMISSIONS},
        "answer": {"yes": "value.yes", "no": "value.no"},
    }
    rows = [
        (kind, id, labels(label, "zh")) for kind, ids in spelt.items() for id, label in ids.items()
    ]
    return tabulate(rows, kind=pa.string(), id=pa.string(), zh=pa.string())


def _describe_setting(case: Case) -> pa.Table:
    every = parse_period(case.publication.get("every", ""))[0]
    length = every if isinstance(every, str) and every.startswith("P") else None
    last = case.publication.get("last_on")
    row = (case.as_of, length, date.fromisoformat(last) if last else None)
    return tabulate([row], as_of=pa.date32(), every=pa.string(), last_on=pa.date32())


def _read_channels(case: Case) -> list[str]:
    """Keep the words that name a channel of flows; addresses and telephone numbers do not."""
    labels = case.knowledge.labels.words("value.channel", TABLES["flows"]["channel"].values)
    known = {fold(word): channel for word, channel in labels.items()}
    named = (known.get(fold(text)) for text in case.channels.get("recommended", ()))
    return sorted({channel for channel in named if channel})


def _describe_organisation(case: Case) -> pa.Table:
    known = case.organisation
    texts = {
        "id": case.id,
        "title": known.get("name"),
        "title_en": known.get("name_en"),
        "title_zh": known.get("name_zh"),
        **{key: known.get(key) for key in ("operator", "public_institution", "province", "sector")},
    }
    counts = {key: known.get(key) for key in ("persons_total", "employees")}
    kinds = dict.fromkeys(texts, pa.string()) | dict.fromkeys(counts, pa.int64())
    return tabulate([(*texts.values(), *counts.values())], **kinds)


def _tell_sensitivity(case: Case) -> pa.Table:
    rows = [
        (category.id, regime, category.sensitive[regime])
        for category in case.knowledge.categories.values()
        for regime in sorted(case.regimes)
        if regime in category.sensitive
    ]
    return tabulate(rows, category=pa.string(), regime=pa.string(), answer=pa.string())
