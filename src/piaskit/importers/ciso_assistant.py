"""CISO Assistant's processing workbook: seven sheets, one workbook per activity.

A case with one activity may go to an .xlsx file; several go into a .zip with a workbook each.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, time
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.case.mapping import DataMap
from piaskit.case.workbook import TEXT_ONLY
from piaskit.importers._leaving import find_flows
from piaskit.importers._losses import list_losses, tell_loss
from piaskit.importers.export import need_suffix, write_each
from piaskit.knowledge.read import read_tree

if TYPE_CHECKING:
    import pandas as pd

    from piaskit.case import Case
    from piaskit.knowledge import Text

NAME, LINE = 200, 255  # characters their fields take
CARRIED = {
    "activities": (
        "id", "title", "purpose", "legal_basis", "subjects", "children", "minors", "necessity",
        "notice",
    ),
    "items": ("activity", "title", "category", "retention", "retention_start"),
    "parties": ("title", "role", "country", "contract"),
    "flows": ("activity", "stage", "target", "channel", "transfer_mechanism", "mechanism_ref"),
    "assessments": ("id", "activities"),
}  # fmt: skip


def write_register(case: Case, path: Path, lang: str) -> list[Text]:
    """Write a workbook per activity; codes are theirs, texts in one language."""
    need_suffix(path, ".zip", ".xlsx")
    register = _Register(DataMap(case, lang))
    rows = register.data.activities
    write_each(path, {f"processing-{row['id']}.xlsx": register.write_book(row) for row in rows})
    return [*register.list_gaps(), *list_losses(case, CARRIED)]


@cache
def read_codes() -> dict[str, Any]:
    """Read ciso_assistant.yaml, the codes as data."""
    name = "ciso_assistant.yaml"
    return read_tree(Path(__file__).with_name(name), name)[0].content


class _Register:
    def __init__(self, data: DataMap) -> None:
        self.data, self.case, self.codes = data, data.case, read_codes()
        self.assessed = {
            activity: str(row["id"])
            for row in self.case.frames["assessments"].to_dict("records")
            if isinstance(row["activities"], str)
            for activity in row["activities"].split(";")
        }

    def write_book(self, activity: dict[Any, Any]) -> bytes:
        """Write the seven sheets of an activity."""
        import xlsxwriter

        flows = self.data.of_flows(activity)
        rows: dict[str, list[dict[str, str | bool]]] = {
            "Processing": [self._tell_processing(activity, flows)],
            "Purposes": list(self._list_purposes(activity, flows)),
            "Personal data": list(self._list_items(activity)),
            "Data subjects": list(self._list_subjects(activity)),
            "Data recipients": list(self._list_recipients(flows)),
            "Contractors": list(self._list_contractors(flows)),
            "Transfers": list(self._list_transfers(flows)),
        }
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, TEXT_ONLY) as book:
            book.set_properties({"created": datetime.combine(self.case.as_of, time())})
            for name, columns in self.codes["sheets"].items():
                sheet = book.add_worksheet(name)
                sheet.write_row(0, 0, columns)
                for at, row in enumerate(rows[name], 1):
                    for position, column in enumerate(columns):
                        cell = row.get(column, "")
                        if isinstance(cell, bool):
                            sheet.write_boolean(at, position, cell)
                        elif cell:
                            sheet.write_string(at, position, cell)
        return out.getvalue()

    def list_gaps(self) -> Iterator[Text]:
        """Tell what the codes cannot say of this case, or say wrongly when left blank."""
        rows = self.data.activities
        without = [r["id"] for r in rows if not self._take_bases(r, self.data.of_flows(r))[0]]
        if without:
            yield tell_loss(self.case, "ciso.basis", ids=", ".join(without))
        yield tell_loss(self.case, "ciso.dpia")
        yield tell_loss(self.case, "ciso.names")
        yield tell_loss(self.case, "ciso.subjects")
        parties = self.case.frames["parties"]
        bound = parties["role"].isin(list(self.codes["contractors"])) & parties["country"].isna()
        if bound.any():
            yield tell_loss(self.case, "ciso.country", ids=", ".join(parties["id"][bound]))
        routes = self.case.frames["flows"]["transfer_mechanism"].dropna()
        foreign = int((~routes.isin([*self.codes["mechanisms"], "none"])).sum())
        if foreign:
            yield tell_loss(self.case, "ciso.routes", n=foreign)

    def _tell_processing(
        self, activity: dict[Any, Any], flows: pd.DataFrame
    ) -> dict[str, str | bool]:
        channels = self.data.words(
            "flows", "channel", flows["channel"][flows["stage"] == "collect"]
        )
        natures = dict.fromkeys(self.codes["natures"][s] for s in flows["stage"].unique())
        return {
            "ref_id": activity["id"],
            "name": self.data.title(activity)[:NAME],
            "description": self.case.say(activity, "necessity", self.data.lang),
            "status": self.codes["status"],
            "processing_nature": ",".join(natures),
            "information_channel": self.case.say(activity, "notice", self.data.lang)[:LINE],
            "usage_channel": ", ".join(channels)[:LINE],
            "dpia_required": activity["id"] in self.assessed,
            "dpia_reference": self.assessed.get(activity["id"], "")[:LINE],
        }

    def _take_bases(
        self, activity: dict[Any, Any], flows: pd.DataFrame
    ) -> tuple[list[str], list[str]]:
        """Return the codes of Art. 6 and of Art. 9 that an activity and its flows state."""
        cells = [activity["legal_basis"], *flows["legal_basis"].dropna().unique()]
        stated = dict.fromkeys(b for c in cells if isinstance(c, str) for b in c.split(";"))
        return tuple(  # type: ignore[return-value]
            [self.codes[part][b] for b in stated if b in self.codes[part]]
            for part in ("bases", "conditions")
        )

    def _list_purposes(
        self, activity: dict[Any, Any], flows: pd.DataFrame
    ) -> Iterator[dict[str, str | bool]]:
        purpose = self.case.say(activity, "purpose", self.data.lang)
        bases, conditions = self._take_bases(activity, flows)
        grounds = self.data.list_words(self.data.name_bases(activity, flows))
        for basis in bases or [""]:
            yield {
                "name": (purpose or self.data.title(activity))[:NAME],
                "description": f"{purpose}\n{grounds}".strip(),
                "legal_basis": basis,
                "article_9_condition": conditions[0] if conditions else "",
            }

    def _list_items(self, activity: dict[Any, Any]) -> Iterator[dict[str, str | bool]]:
        for item in self.data.of_items(activity).to_dict("records"):
            stated = isinstance(item["retention"], str)
            answers = {self._is_sensitive(str(item["category"]), r) for r in self.case.regimes}
            yield {
                "name": self.data.title(item)[:NAME],
                "description": self.data.name_category(str(item["category"])),
                "category": self.find_category(str(item["category"])),
                "retention": self.data.tell_retention(item)[:LINE] if stated else "",
                "is_sensitive": "yes" in answers,
            }

    def find_category(self, category: str) -> str:
        """Return the code of a kind of information, by its longest known prefix."""
        known: dict[str, str] = self.codes["categories"]
        while category not in known:
            category = category.rpartition(".")[0]
        return known[category]

    def _is_sensitive(self, category: str, regime: str) -> str:
        known = self.case.knowledge.categories.get(category)
        return known.sensitive.get(regime, "judge") if known else "judge"

    def _list_subjects(self, activity: dict[Any, Any]) -> Iterator[dict[str, str | bool]]:
        text = self.case.say(activity, "subjects", self.data.lang)
        every = " ".join(self.case.say(activity, "subjects", lang) for lang in ("en", "zh")).lower()
        found = next(
            (
                code
                for code, words in self.codes["subjects"].items()
                if any(w in every for w in words)
            ),
            "privacy_other",
        )
        if text:
            yield {"name": text[:NAME], "description": text, "category": found}
        if (
            any(map(_counts, (activity["children"], activity["minors"])))
            and found != "privacy_minor"
        ):
            title = self.case.knowledge.labels("column.minors", self.data.lang)
            yield {"name": title, "description": "", "category": "privacy_minor"}

    def _list_recipients(self, flows: pd.DataFrame) -> Iterator[dict[str, str | bool]]:
        for party in self._reach(flows, self.codes["recipients"]):
            yield {
                "name": self.data.title(party)[:NAME],
                "category": self.codes["recipients"][party["role"]],
            }

    def _list_contractors(self, flows: pd.DataFrame) -> Iterator[dict[str, str | bool]]:
        for party in self._reach(flows, self.codes["contractors"]):
            yield {
                "name": self.data.title(party)[:NAME],
                "description": self.case.say(party, "contract", self.data.lang),
                "relationship_type": self.codes["contractors"][party["role"]],
                "country": _text(party["country"]),
            }

    def _reach(self, flows: pd.DataFrame, roles: dict[str, str]) -> list[dict[Any, Any]]:
        ids = flows["target"][flows["role"].isin(list(roles))].drop_duplicates().sort_values()
        return [self.data.places[id] for id in ids]

    def _list_transfers(self, flows: pd.DataFrame) -> Iterator[dict[str, str | bool]]:
        leaving = flows[flows["id"].isin(self._leaving)]
        for row in leaving.drop_duplicates(["target", "transfer_mechanism"]).to_dict("records"):
            means = self.data.name_values("flows", "transfer_mechanism", row["transfer_mechanism"])
            guarantees = [*means, _text(row["mechanism_ref"])]
            yield {
                "name": self.data.list_words(self.data.name(row["target"]))[:NAME],
                "country": _text(row["country"]),
                "transfer_mechanism": self.codes["mechanisms"].get(row["transfer_mechanism"], ""),
                "guarantees": ", ".join(filter(None, guarantees)),
            }

    @cached_property
    def _leaving(self) -> frozenset[str]:
        """The flows that the rules see leave the mainland or the EEA."""
        return find_flows(self.case, "is_transfer or is_export")


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""


def _counts(cell: object) -> bool:
    return isinstance(cell, str) and cell != "0"
