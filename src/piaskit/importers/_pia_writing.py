"""A case as PIAs of CNIL's tool: an object per activity, of the structure that its import reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from piaskit.case.mapping import DataMap
from piaskit.importers._html import write_lines
from piaskit.importers._losses import list_losses, tell_loss
from piaskit.importers._pia_texts import ARROW, BAR, NONE
from piaskit.importers._retention import tell_kept

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Text

CARRIED = {
    "activities": ("id", "title", "purpose", "legal_basis", "necessity"),
    "items": ("activity", "title", "category", "retention"),
    "parties": ("title", "role", "country"),
    "systems": ("title", "kind"),
    "flows": ("activity", "stage", "source", "target", "items"),
    "safeguards": ("title",),
    "case.yaml": ("organisation.name",),
}  # fmt: skip


def write_pias(case: Case, lang: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the id and the PIA of each activity; levels, opinions and dates stay unset."""
    data = DataMap(case, lang)
    measures = _place_measures(data)
    for number, activity in enumerate(data.activities, 1):
        yield str(activity["id"]), _write_pia(data, activity, number, measures[activity["id"]])


def list_pia_losses(case: Case) -> list[Text]:
    """Tell what a PIA cannot hold of a case."""
    return [
        tell_loss(case, "pia.texts"),
        tell_loss(case, "pia.places"),
        *list_losses(case, CARRIED),
    ]


def _write_pia(
    data: DataMap, activity: dict[Any, Any], number: int, measures: list[str]
) -> dict[str, Any]:
    when = f"{data.case.as_of.isoformat()}T00:00:00.000Z"
    stamp = {"pia_id": number, "created_at": when, "updated_at": when}
    answers = [
        {"reference_to": question, "data": {"text": text, "gauge": None, "list": []}}
        for question, text in _write_answers(data, activity).items()
        if text
    ]
    return {
        "pia": {
            "id": number, "name": data.title(activity), "category": "", "status": 0,
            "author_name": "", "evaluator_name": "", "validator_name": "", "dpos_names": "",
            "dpo_status": None, "dpo_opinion": "", "people_names": "",
            "concerned_people_opinion": "", "concerned_people_status": None,
            "concerned_people_searched_opinion": None, "concerned_people_searched_content": "",
            "rejection_reason": "", "applied_adjustments": "", "is_example": 0, "is_archive": 0,
            "created_at": when, "updated_at": when, "piaskit": {"activity": activity["id"]},
        },
        "answers": [answer | {"id": n} | stamp for n, answer in enumerate(answers, 1)],
        "measures": [
            {"id": n, "title": title, "content": "", "placeholder": "measures.default_placeholder"}
            | stamp
            for n, title in enumerate(measures, 1)
        ],
        "evaluations": [],
        "comments": [],
    }  # fmt: skip


def _write_answers(data: DataMap, activity: dict[Any, Any]) -> dict[int, str]:
    say, lang = data.case.say, data.lang
    flows, items = data.of_flows(activity), data.list_items(activity)
    bases = activity["legal_basis"].split(";") if _stated(activity["legal_basis"]) else []
    names = dict(zip(bases, data.name_bases(activity), strict=False))
    kept = [
        f"{data.title(item)}: {tell_kept(item['retention'], item['retention_start'], lang)}"
        for item in items
        if _stated(item["retention"])
    ]
    abroad = flows[flows["export"]].drop_duplicates(["target", "transfer_mechanism"])
    return {
        112: write_lines(_list_parties(data, activity, flows)),
        121: write_lines(f"{data.title(i)} [{i['category']}]" for i in items),
        122: write_lines(_list_steps(data, flows)),
        123: write_lines(dict.fromkeys(_list_systems(data, flows))),
        211: write_lines(say(activity, "purpose", lang).split("\n")),
        212: write_lines(f"{names.get(basis, basis)} [{basis}]" for basis in bases),
        213: write_lines(say(activity, "necessity", lang).split("\n")),
        215: write_lines(kept),
        221: write_lines(filter(None, [say(activity, "notice", lang)])),
        227: write_lines(
            data.list_words([*data.name(row["target"]), data.name_country(row["country"])])
            for row in abroad.to_dict("records")
        ),
    }


def _stated(cell: object) -> bool:
    return isinstance(cell, str) and bool(cell)


def _list_parties(data: DataMap, activity: dict[Any, Any], flows: pd.DataFrame) -> Iterator[str]:
    """Tell who takes part, a line each; the organisation itself comes first, without a mark."""
    ours = data.case.say(data.case.id, "name", data.lang)
    yield f"{_name_role(data, 'controller')}: {ours}"
    ids = pd.concat([flows["source"], flows["target"], pd.Series([activity["controller"]])])
    for id in ids.dropna().drop_duplicates().sort_values():
        row = data.places[id]
        if isinstance(row.get("role"), str):
            mark = row["country"] if isinstance(row["country"], str) else NONE
            yield f"{_name_role(data, row['role'])}: {data.title(row)} [{mark}]"


def _name_role(data: DataMap, role: str) -> str:
    return data.list_words(data.name_values("parties", "role", role))


def _list_systems(data: DataMap, flows: pd.DataFrame) -> Iterator[str]:
    ids = pd.concat([flows["source"], flows["target"]]).dropna().drop_duplicates().sort_values()
    for id in ids:
        row = data.places[id]
        if not isinstance(row.get("role"), str):
            kind = row["kind"] if isinstance(row["kind"], str) else NONE
            yield f"{data.title(row)} [{kind}]"


def _list_steps(data: DataMap, flows: pd.DataFrame) -> Iterator[str]:
    for flow in flows.to_dict("records"):
        stage = data.list_words(data.name_values("flows", "stage", flow["stage"]))
        ends = [next(iter(data.name(flow[end])), NONE) for end in ("source", "target")]
        ids = flow["items"].split(";") if isinstance(flow["items"], str) else []
        carried = "; ".join(data.title(data.items[id]) for id in ids if id in data.items)
        yield f"{stage}: {ARROW.join(ends)}" + (f"{BAR}{carried}" if carried else "")


def _place_measures(data: DataMap) -> dict[str, list[str]]:
    """Return the titles of the safeguards whose scope names an activity, or everything."""
    found: dict[str, list[str]] = {str(row["id"]): [] for row in data.activities}
    for row in data.case.frames["safeguards"].to_dict("records"):
        scope = set(row["scope"].split(";")) if isinstance(row["scope"], str) else set()
        for id, titles in found.items():
            if scope & {"all", id, f"activities/{id}"}:
                titles.append(data.title(row))
    return found
