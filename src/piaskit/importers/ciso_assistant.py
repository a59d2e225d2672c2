"""CISO Assistant's processing workbook: seven sheets, or a flat list of processings.

Every processing becomes an activity. A case with one activity may go to an .xlsx file; several go
into a .zip with a workbook each.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.case.mapping import DataMap
from piaskit.case.workbook import TEXT_ONLY
from piaskit.errors import InvalidData, Issue, Place
from piaskit.importers._leaving import find_flows
from piaskit.importers._losses import list_losses, tell_loss
from piaskit.importers._retention import tell_kept
from piaskit.importers.export import need_suffix, write_each
from piaskit.importers.foreign import read_members
from piaskit.importers.register import Register
from piaskit.knowledge.read import read_tree

if TYPE_CHECKING:
    import pandas as pd

    from piaskit.case import Case
    from piaskit.importers._ciso import Sheet
    from piaskit.knowledge import Text

NAME, LINE = 200, 255  # characters their fields take
CARRIED = {
    "activities": (
        "id", "title", "purpose", "legal_basis", "subjects", "necessity", "notice",
    ),
    "items": ("activity", "title", "category", "retention"),
    "parties": ("title", "role"),
    "flows": ("activity", "target"),
}  # fmt: skip


def recognise(path: Path) -> bool:
    """Tell whether a file is a workbook or list of processings, or a zip of such workbooks."""
    from piaskit.importers._ciso import is_processing_list
    from piaskit.importers._sheets import LARGEST_REGISTER

    if path.suffix.lower() == ".csv" and path.stat().st_size > LARGEST_REGISTER:
        return False
    try:
        books = list(_read_books(path))
    except InvalidData:
        return False
    return bool(books) and all(
        any(s.name == "Processing" and len(sheets) > 1 for s in sheets)
        or (len(sheets) == 1 and is_processing_list(sheets[0]))
        for _, sheets, _ in books
    )


def read_register(paths: Sequence[Path]) -> Register:
    """Read workbooks, lists and zips of workbooks into one register.

    Raises InvalidData with every file that cannot be read or holds no processing with a name.
    """
    from piaskit.importers._ciso import ProcessingReader
    from piaskit.importers._sheet_words import Vocabulary

    issues: list[Issue] = []
    books: list[tuple[str, list[Sheet], list[str]]] = []
    for path in paths:
        try:
            found = list(_read_books(path))
        except InvalidData as error:
            issues += error.issues
            continue
        issues += (i for book in found for i in _check_book(*book[:2]))
        if not found:
            text = "holds no workbook of CISO Assistant"
            issues.append(Issue("import-format", Place(path.name), text))
        books += found
    if issues:
        raise InvalidData(issues)
    out = Register("ciso-assistant")
    reader = ProcessingReader(out, Vocabulary())
    for file, sheets, notices in books:
        out.contradictions += notices
        reader.read(file, sheets)
    return out


def _read_books(path: Path) -> Iterator[tuple[str, list[Sheet], list[str]]]:
    """Yield each workbook: its name, its sheets, and what its cells say about themselves."""
    from piaskit.importers._ciso import list_sheets
    from piaskit.importers._sheets import BOOKS, read_grids

    suffix = path.suffix.lower()
    if suffix == ".zip":
        with tempfile.TemporaryDirectory() as spare:
            for n, (name, data) in enumerate(read_members(path, ".xlsx").items()):
                book = Path(spare) / str(n) / Path(name).name
                book.parent.mkdir()
                book.write_bytes(data)
                yield from _read_books(book)
    elif suffix in (*BOOKS, ".csv"):
        grids = read_grids(path)
        notices = [f"{path.name} {notice}" for grid in grids for notice in grid.notices]
        yield path.name, list(list_sheets(grids)), notices


def _check_book(file: str, sheets: list[Sheet]) -> Iterator[Issue]:
    names = [sheet.name for sheet in sheets]
    if "Processing" not in names and len(sheets) != 1:
        text = f"expected a sheet Processing, found {', '.join(names) or 'none'}"
        yield Issue("import-format", Place(file), text)
        return
    sheet = sheets[names.index("Processing")] if "Processing" in names else sheets[0]
    if "name" not in sheet.columns:
        text = "has no column name, which a list of processings needs"
        yield Issue("import-format", Place(file, sheet.name), text)


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


def find_code(category: str) -> str:
    """Return the code of a kind of information, by its longest known prefix."""
    known: dict[str, str] = read_codes()["categories"]
    while category not in known:
        category = category.rpartition(".")[0]
    return known[category]


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
        stated = self.case.frames["activities"]["legal_basis"].dropna().str.split(";").explode()
        known = {*self.codes["bases"], *self.codes["conditions"]}
        if foreign := int((~stated.isin(list(known))).sum()):
            yield tell_loss(self.case, "ciso.bases", n=foreign)
        roles = self.case.frames["parties"]["role"]
        shared = [*_list_shared(self.codes["recipients"]), "subject"]
        if coarse := int(roles.isin(shared).sum()):
            yield tell_loss(self.case, "ciso.roles", n=coarse)
        if cut := sum(len(text) > limit for text, limit in self._list_texts()):
            yield tell_loss(self.case, "ciso.cut", n=cut)
        flows = self.case.frames["flows"]
        abroad = flows["target"][flows["id"].isin(self._leaving)]
        if systems := sorted(set(abroad) & set(self.case.frames["systems"]["id"])):
            yield tell_loss(self.case, "ciso.abroad", ids=", ".join(systems))
        yield tell_loss(self.case, "single-flows")
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

    def _list_texts(self) -> Iterator[tuple[str, int]]:
        """Yield the texts that a field of theirs may cut, and how much it takes."""
        for row in self.data.activities:
            yield self.data.title(row), NAME
            yield self.case.say(row, "notice", self.data.lang), LINE
        for table in ("items", "parties"):
            for row in self.case.frames[table].to_dict("records"):
                yield self.data.title(row), NAME

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
        grounds = self.data.list_words(self.data.name_bases(activity, flows["legal_basis"]))
        for n in range(max(len(bases), len(conditions), 1)):
            yield {
                "name": (purpose or self.data.title(activity))[:NAME],
                "description": f"{purpose}\n{grounds}" if len(purpose) > NAME else grounds,
                "legal_basis": (bases or [""])[min(n, max(len(bases) - 1, 0))],
                "article_9_condition": (conditions or [""])[min(n, max(len(conditions) - 1, 0))],
            }

    def _list_items(self, activity: dict[Any, Any]) -> Iterator[dict[str, str | bool]]:
        for item in self.data.of_items(activity).to_dict("records"):
            period, start = item["retention"], item["retention_start"]
            kept = tell_kept(period, start, self.data.lang) if isinstance(period, str) else ""
            answers = {self._is_sensitive(str(item["category"]), r) for r in self.case.regimes}
            yield {
                "name": self.data.title(item)[:NAME],
                "description": self.data.name_category(str(item["category"])),
                "category": find_code(str(item["category"])),
                "retention": kept[:LINE],
                "is_sensitive": "yes" in answers,
            }

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


def _list_shared(codes: dict[str, str]) -> list[str]:
    """Return the words of ours that share a code and are not the one that it is read as."""
    from piaskit.importers._ciso import read_role

    return [ours for ours, code in codes.items() if read_role(code) != ours]


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""


def _counts(cell: object) -> bool:
    return isinstance(cell, str) and cell != "0"
