"""Maturity: how far each process area has come, from answers with evidence and from the register.

An area without evidence never counts. What the register shows is proposed, an answer overrides it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, cast, get_args

import pandas as pd

from piaskit.display import Grid
from piaskit.knowledge.maturity import Dimension, MaturityModel
from piaskit.safeguards.coverage import Coverage, cover_subjects
from piaskit.safeguards.evidence import digest_file, find_evidence
from piaskit.safeguards.states import judge_safeguards, select_working

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Knowledge

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
PARTLY, WHOLLY = 2, 3  # what working controls show: some systems, the whole organisation (ours)


@dataclass(frozen=True, slots=True)
class Cell:
    """One area in one dimension: the level shown, what shows it, and the level aimed at.

    ``source`` is ``answer``, ``register`` or None; a blank ``level`` means that nothing shows one.
    """

    level: int | None
    source: str | None
    why: str
    fields: dict[str, str]
    aim: int | None = None
    shown_by: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()

    @property
    def gap(self) -> int | None:
        """How many levels are missing to the aim; None without an aim."""
        return None if self.aim is None else max(0, self.aim - (self.level or 0))


@dataclass(frozen=True, repr=False)
class Maturity:
    """The maturity of an organisation: ``cells[area, dimension]`` over all areas of one model.

    Dimensions that the model does not ask for in an area have no cell.
    """

    as_of: date
    model: MaturityModel
    cells: Mapping[tuple[str, Dimension], Cell]
    knowledge: Knowledge
    lang: str = "en"

    def rate_area(self, area: str) -> int | None:
        """Return the level of an area: the lowest of its dimensions, None while one is unproven."""
        return _find_lowest([cell.level for (name, _), cell in self.cells.items() if name == area])

    def rate_dimension(self, dimension: Dimension) -> int | None:
        """Return the level that every area asked has in a dimension, None while one is unproven."""
        return _find_lowest([cell.level for (_, of), cell in self.cells.items() if of == dimension])

    def rate_group(self, group: str, dimension: Dimension) -> int | None:
        """Return the lowest level of a group's areas in a dimension, None while one is unproven."""
        return _find_lowest([cell.level for cell in self.list_cells(group, dimension)])

    def list_cells(self, group: str, dimension: Dimension) -> list[Cell]:
        """Return the cells of a group's areas in a dimension, in the order of the model."""
        areas = [id for id, area in self.model.areas.items() if area.group == group]
        return [self.cells[id, dimension] for id in areas if (id, dimension) in self.cells]

    @property
    def level(self) -> int | None:
        """The lowest level of any area, None while an area lacks evidence."""
        return _find_lowest([self.rate_area(area) for area in self.model.areas])

    @property
    def proven(self) -> tuple[int, int]:
        """How many cells have evidence, and how many there are."""
        return sum(cell.level is not None for cell in self.cells.values()), len(self.cells)

    def list_steps(self) -> list[tuple[str, Dimension]]:
        """Return the cells to work on next: the widest gaps to their aims first."""
        open_ = [(-(cell.gap or 0), cell.level or 0, *key) for key, cell in self.cells.items()]
        ranked = sorted(entry for entry in open_ if entry[0])
        return [(area, dimension) for _, _, area, dimension in ranked]

    def to_dict(self) -> dict[str, Any]:
        """Return the part ``maturity`` of the contract's JSON."""
        done, asked = self.proven
        lowest = self.level
        why = "maturity.lowest" if lowest else "maturity.unproven"
        texts = self._say(why, n=asked - done, asked=asked, level=lowest or 0)
        return {
            "model": self.model.id,
            "level": lowest,
            **_pair("because", texts),
            "proven": done,
            "asked": asked,
            "convention": self.model.aggregation.en,
            "convention_zh": self.model.aggregation.zh,
            "note": self.model.cells_note.en,
            "note_zh": self.model.cells_note.zh,
            "dimensions": {name: self.rate_dimension(name) for name in DIMENSIONS},
            "groups": [
                {
                    "id": id,
                    "title": title.en,
                    "title_zh": title.zh,
                    "dimensions": {name: self.rate_group(id, name) for name in DIMENSIONS},
                }
                for id, title in self.model.groups.items()
            ],
            "areas": [self._describe_area(area) for area in self.model.areas],
            "next": [
                {"area": area, "dimension": dimension, **self._describe_step(area, dimension)}
                for area, dimension in self.list_steps()
            ],
        }

    def _describe_area(self, id: str) -> dict[str, Any]:
        area = self.model.areas[id]
        return {
            "id": id,
            "title": area.title.en,
            "title_zh": area.title.zh,
            "group": area.group,
            "clause": f"GB/T 37988-2019 {area.clause}",
            "level": self.rate_area(id),
            "dimensions": {
                dimension: {
                    "level": cell.level,
                    "aim": cell.aim,
                    "gap": cell.gap,
                    "source": cell.source,
                    **_pair("because", self._tell(cell)),
                }
                for dimension in DIMENSIONS
                if (cell := self.cells.get((id, dimension)))
            },
        }

    def _describe_step(self, area: str, dimension: Dimension) -> dict[str, Any]:
        cell = self.cells[area, dimension]
        texts = self._say(
            "maturity.step.controls" if cell.lacking else "maturity.step.evidence",
            aim=str(cell.aim),
            level=str(cell.level or "-"),
        )
        return {"controls": list(cell.lacking), **_pair("text", texts)}

    def _say(self, label: str, **fields: object) -> dict[str, str]:
        return {
            lang: self.knowledge.labels(f"safeguards.{label}", lang, **fields)
            for lang in ("en", "zh")
        }

    def _tell(self, cell: Cell) -> dict[str, str]:
        """Say why a cell has its level, the controls by their titles."""
        controls = self.knowledge.controls
        return {
            lang: self.knowledge.labels(
                f"safeguards.{cell.why}",
                lang,
                **cell.fields,
                controls=sep.join(controls[name].title[lang] for name in cell.shown_by),
            )
            for lang, sep in (("en", ", "), ("zh", "、"))
        }

    def __repr__(self) -> str:
        done, asked = self.proven
        level = self.level or "not shown"
        return f"<Maturity {self.model.id}: {level}, {done} of {asked} cells proven>"

    def _repr_html_(self) -> str:
        say, lang = self.knowledge.labels, self.lang
        done, asked = self.proven
        level = str(self.level) if self.level else say("safeguards.maturity.none", lang)
        title = say("safeguards.maturity.title", lang, level=level, n=done, asked=asked)
        heads = [say("safeguards.maturity.area", lang)]
        heads += [self.model.dimensions[name].title[lang] for name in DIMENSIONS]
        heads += [say("safeguards.maturity.level", lang)]
        rows = [
            (
                f"{id} {area.title[lang]}",
                *(self._show(self.cells.get((id, name))) for name in DIMENSIONS),
                str(self.rate_area(id) or "–"),
            )
            for id, area in self.model.areas.items()
        ]
        return Grid(title, tuple(heads), rows, lang)._repr_html_()

    def _show(self, cell: Cell | None) -> str:
        if cell is None:
            return ""
        shown = str(cell.level or "–")
        return f"{shown} → {cell.aim}" if cell.gap else shown


def assess_maturity(
    case: Case, reviewed: pd.DataFrame | None = None, covered: Coverage | None = None
) -> Maturity:
    """Rate every process area of the maturity model in its four dimensions, after the evidence.

    An answer of table ``maturity`` counts when its evidence is in the case folder, is the file that
    was cited, is not dated after ``as_of`` and has not expired. Without such an answer the
    controls that the model names for the cell speak: all verified and covering the whole
    organisation show level 3, all verified somewhere level 2 (ours). ``reviewed`` are the states of
    the safeguards, ``covered`` what the verified ones cover, where they are known already.
    """
    model = next(iter(case.knowledge.maturity.values()))
    if covered is None:
        reviewed = judge_safeguards(case) if reviewed is None else reviewed
        covered = cover_subjects(case, select_working(case, reviewed, "current"))
    answers = dict(_read_answers(case))
    cells = {
        (area, dimension): _rate_cell(case, model, area, dimension, answers, covered)
        for area in model.areas
        for dimension in DIMENSIONS
        if model.list_asked(area, dimension)
    }
    return Maturity(case.as_of, model, cells, case.knowledge, case.languages[0])


def draft_questionnaire(case: Case) -> pd.DataFrame:
    """Return the rows of table ``maturity`` to fill in: one per area and dimension that is asked.

    Answers that the case holds stay; the column ``question`` says what is asked, in the case's
    first language.
    """
    model = next(iter(case.knowledge.maturity.values()))
    lang = case.languages[0] if case.languages[0] in ("en", "zh") else "en"
    asked = [(a, d) for a in model.areas for d in DIMENSIONS if model.list_asked(a, d)]
    rows = pd.DataFrame(asked, columns=["area", "capability"], dtype="str")
    rows["id"] = rows["area"].str.lower() + "-" + rows["capability"]
    rows["question"] = [
        model.dimensions[d].question[lang].format(area=model.areas[a].title[lang]) for a, d in asked
    ]
    held = case.frames["maturity"].drop_duplicates(["area", "capability"], keep="last")
    found = rows.merge(held.drop(columns="id"), on=["area", "capability"], how="left")
    return found[["id", *(c for c in held.columns if c != "id"), "question"]]


def _read_answers(case: Case) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """Yield the answers by area and dimension; of several the one answered last holds."""
    table = case.frames["maturity"].sort_values(["answered_on", "id"], na_position="first")
    for row in table.to_dict("records"):
        yield (row["area"], row["capability"]), {str(key): value for key, value in row.items()}


def _rate_cell(
    case: Case,
    model: MaturityModel,
    area: str,
    dimension: Dimension,
    answers: Mapping[tuple[str, str], dict[str, Any]],
    covered: Coverage,
) -> Cell:
    row = answers.get((area, dimension), {})
    aim = None if pd.isna(row.get("aim")) else int(row["aim"])
    controls = model.areas[area].controls.get(dimension, ())
    lacking = tuple(c for c in controls if not _covers(case, covered, c))
    label, fields = "maturity.unanswered", dict[str, str]()
    if row and not pd.isna(row["level"]):
        label, fields = _check_evidence(case, row)
        if not label:
            return _take_answer(model, area, dimension, row, aim, lacking)
    shown = _ask_register(case, controls, covered)
    if shown is None:
        return Cell(None, None, label, fields, aim, (), lacking)
    return Cell(shown, "register", "maturity.register", {}, aim, controls, lacking)


def _check_evidence(case: Case, row: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Return the label of what is wrong with the evidence of an answer; a blank one for nothing."""
    as_of, cited = pd.Timestamp(case.as_of), row["evidence"]
    if pd.isna(cited):
        return "maturity.no-evidence", {}
    file = find_evidence(case.root, cited)
    if file is None:
        return "evidence-absent", {"file": cited}
    stated = row["evidence_sha256"]
    if not pd.isna(stated) and digest_file(file) != str(stated).strip().lower():
        return "evidence-changed", {"file": cited}
    if not pd.isna(row["evidence_on"]) and row["evidence_on"] > as_of:
        return "evidence-later", {"date": row["evidence_on"].date().isoformat()}
    if not pd.isna(row["expires_on"]) and row["expires_on"] < as_of:
        return "expired", {"date": row["expires_on"].date().isoformat()}
    return "", {}


def _take_answer(
    model: MaturityModel,
    area: str,
    dimension: Dimension,
    row: Mapping[str, Any],
    aim: int | None,
    lacking: tuple[str, ...],
) -> Cell:
    """Read an answer at a level without a requirement down to the next one that has one."""
    said = int(row["level"])
    level = max((n for n in model.list_asked(area, dimension) if n <= said), default=None)
    fields = {"file": str(row["evidence"]), "said": str(said)}
    why = "maturity.answered" if level == said else "maturity.read-down"
    return Cell(level, "answer" if level else None, why, fields, aim, (), lacking)


def _ask_register(case: Case, controls: tuple[str, ...], covered: Coverage) -> int | None:
    if not controls:
        return None
    if all(_covers(case, covered, control) for control in controls):
        return WHOLLY
    return PARTLY if all(_works_somewhere(covered, control) for control in controls) else None


def _covers(case: Case, covered: Coverage, control: str) -> bool:
    """Say whether a control works in the whole organisation: by scope, or in every system."""
    whole, systems = covered.tables["organisation"], covered.tables["systems"]
    if control not in whole.columns:
        return False
    everywhere = len(systems) > 0 and bool(systems[control].all())
    return bool(whole.at[case.id, control]) or everywhere


def _works_somewhere(covered: Coverage, control: str) -> bool:
    return any(
        control in table.columns and bool(table[control].any()) for table in covered.tables.values()
    )


def _find_lowest(levels: list[int | None]) -> int | None:
    """Return the lowest level, None when one is not known or there is none.

    >>> _find_lowest([3, 2]), _find_lowest([3, None]), _find_lowest([])
    (2, None, None)
    """
    if not levels or None in levels:
        return None
    return min(cast("list[int]", levels))


def _pair(key: str, texts: Mapping[str, str]) -> dict[str, str]:
    return {key: texts["en"], f"{key}_zh": texts["zh"]}
