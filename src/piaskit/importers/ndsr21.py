"""The two lists of the Network Data Security Regulations, Art. 21: collected, and passed on."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.case.mapping import OWN_KIND, DataMap, Row, split_cells
from piaskit.importers._book import List, write_lists
from piaskit.importers._losses import list_losses, tell_loss
from piaskit.importers.export import need_suffix

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Text

REGIME = "cn-pipl"
CLAUSES = ("cn-ndsr 21", "cn-pipl 17", "cn-pipl 23")
COLLECTED = (
    "activity", "item", "category", "sensitive", "purpose", "manner", "required", "retention",
    "rights",
)  # fmt: skip
SHARED = (
    "recipient", "kind", "contact", "country", "activity", "purpose", "manner", "items",
    "sensitive", "consent",
)  # fmt: skip
CARRIED = {
    "activities": ("title", "purpose", "rights"),
    "items": ("activity", "title", "category", "required", "retention", "retention_start"),
    "parties": ("title", "role", "country", "contact"),
    "flows": ("activity", "stage", "target", "items", "channel", "method", "consent"),
    "case.yaml": ("organisation.name",),
}


def write_register(case: Case, path: Path, lang: str) -> list[Text]:
    """Write what each activity collects, and who gets what: third parties, processors and SDKs."""
    need_suffix(path, ".xlsx")
    say, data = case.knowledge.labels, DataMap(case, lang)
    cited = [case.knowledge.cite(clause, lang) for clause in CLAUSES]
    about = [say("export.ndsr.text", lang, clauses=data.list_words(cited))]
    write_lists(case, path, lang, say("export.ndsr.title", lang), about, build_lists(data))
    return [tell_loss(case, "single-flows"), *list_losses(case, CARRIED)]


def build_lists(data: DataMap) -> list[List]:
    """Return the two lists: what is collected, and what is passed on to whom."""
    return [
        _make_list(data, "collected", COLLECTED, _list_collected(data)),
        _make_list(data, "shared", SHARED, _list_shared(data)),
    ]


def _make_list(
    data: DataMap, name: str, columns: tuple[str, ...], rows: list[dict[str, str]]
) -> List:
    say = data.case.knowledge.labels
    heads = [say(f"export.ndsr.{column}", data.lang) for column in columns]
    cells = [[row[column] for column in columns] for row in rows]
    return List(say(f"export.ndsr.list.{name}", data.lang), heads, cells)


def _list_collected(data: DataMap) -> list[dict[str, str]]:
    """One row per activity and item that it gathers; an activity without items keeps a row."""
    rows = []
    for activity in data.activities:
        flows = data.list_flows(activity)
        manner = data.list_words(
            [
                *data.words("flows", "stage", (f["stage"] for f in flows)),
                *data.words(
                    "flows", "channel", (f["channel"] for f in flows if f["stage"] == "collect")
                ),
            ]
        )
        common = {
            "activity": data.title(activity),
            "purpose": data.text(activity, "purpose"),
            "manner": manner,
            "rights": data.list_words(data.name_values("activities", "rights", activity["rights"])),
        }
        items = data.list_items(activity)
        blank = dict.fromkeys(("item", "category", "sensitive", "required", "retention"), "")
        rows += [common | _tell_item(data, item) for item in items] or [common | blank]
    return rows


def _tell_item(data: DataMap, item: dict[Any, Any]) -> dict[str, str]:
    return {
        "item": data.title(item),
        "category": data.name_category(str(item["category"])),
        "sensitive": data.say_sensitive([item], REGIME),
        "required": data.list_words(data.name_values("items", "required", item["required"])),
        "retention": data.tell_retention(item),
    }


def _list_shared(data: DataMap) -> list[dict[str, str]]:
    """One row per recipient and activity: who is handed information, as controller or processor."""
    titles = {row["id"]: row for row in data.activities}
    handed: dict[tuple[str, str], list[dict[Any, Any]]] = {}
    for id, row in titles.items():
        for flow in data.list_flows(row):
            if isinstance(flow["role"], str) and flow["role"] != OWN_KIND[0]:
                handed.setdefault((flow["target"], id), []).append(flow)
    rows = []
    for (target, activity), part in sorted(handed.items(), key=itemgetter(0)):
        party = data.places[target]
        items = data.carried(part)
        agreed = split_cells(flow["consent"] for flow in part)
        rows.append(
            {
                "recipient": data.title(party),
                "kind": data.list_words(data.name_values("parties", "role", party["role"])),
                "contact": data.text(party, "contact"),
                "country": data.name_country(party["country"]) or data.label("not-stated"),
                "activity": data.title(titles[activity]),
                "purpose": data.text(titles[activity], "purpose"),
                "manner": _tell_manner(data, part),
                "items": data.list_words(data.title(item) for item in items),
                "sensitive": data.say_sensitive(items, REGIME),
                "consent": data.list_words(data.words("flows", "consent", agreed)),
            }
        )
    # SDKs come last, together: the lists that people know name them apart.
    sdk = data.list_words(data.name_values("parties", "role", "sdk-provider"))
    return sorted(rows, key=lambda row: row["kind"] == sdk)


def _tell_manner(data: DataMap, flows: Sequence[Row]) -> str:
    stages = data.words("flows", "stage", (flow["stage"] for flow in flows))
    channels = data.words("flows", "channel", (flow["channel"] for flow in flows))
    return data.list_words([*stages, *channels])
