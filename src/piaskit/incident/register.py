"""The breach register: every incident, told to anybody or not, with reasons, actions, lessons.

GDPR Art. 33(5) wants facts, effects and remedial action of every breach; GB/T 35273 10.1 finder or
time, information and persons, systems, effects and whether authorities were contacted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from piaskit.errors import InvalidData, Issue, Place
from piaskit.incident.clocks import find_start, write_time
from piaskit.incident.duties import Decision, decide_incident
from piaskit.incident.facts import read_facts
from piaskit.incident.history import Told, list_told
from piaskit.incident.masking import mask_text
from piaskit.incident.veris import write_veris
from piaskit.incident.wording import Occasion, Voice, list_contacts, list_names

if TYPE_CHECKING:
    from piaskit.case import Case

Answer = Literal["yes", "no", "open", "unknown"]
CLAUSES = ("eu-gdpr 33(5)", "gbt35273 10.1", "cn-pipl 57")
COLUMNS = (
    "id", "title", "occurred", "noticed", "kinds", "persons", "level", "effects", "authority",
    "individuals", "reasons", "measures", "actions", "lessons",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Breach:
    """One incident of the register; ``texts`` are its cells by language and column."""

    id: str
    source: Literal["facts", "table"]
    file: str
    texts: Mapping[str, Mapping[str, str]]
    authority: Answer
    individuals: Answer
    decision: Decision | None
    told: tuple[Told, ...]
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as plain JSON values, texts in both languages."""
        answer: dict[str, Any] = {
            "id": self.id,
            "source": self.source,
            "file": self.file,
            "authority": self.authority,
            "individuals": self.individuals,
            "told": [told.to_dict() for told in self.told],
            "problem": self.problem,
        }
        for column in COLUMNS:
            if column not in answer:
                answer[column] = self.texts["en"][column]
                answer[f"{column}_zh"] = self.texts["zh"][column]
        return answer


@dataclass(frozen=True, slots=True)
class Register:
    """Every incident of a case, the oldest first."""

    case: Case
    breaches: tuple[Breach, ...]
    outside: bool

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"breaches", "outside", "clauses"}`` as plain JSON values."""
        cite = self.case.knowledge.cite
        return {
            "outside": self.outside,
            "clauses": [cite(clause, "en") for clause in CLAUSES],
            "clauses_zh": [cite(clause, "zh") for clause in CLAUSES],
            "breaches": [breach.to_dict() for breach in self.breaches],
        }

    def tabulate(self, lang: str) -> tuple[list[str], list[list[str]]]:
        """Return headings and rows in one language."""
        labels = self.case.knowledge.labels
        heads = [labels(f"breach.{column}", lang) for column in COLUMNS]
        return heads, [[b.texts[lang][column] for column in COLUMNS] for b in self.breaches]

    def _repr_html_(self) -> str:
        from piaskit.display import Grid

        lang = self.case.languages[0] if self.case.languages else "en"
        heads, rows = self.tabulate(lang)
        title = self.case.knowledge.labels("breach.register", lang)
        return Grid(title, tuple(heads), rows, lang)._repr_html_()


def list_breaches(case: Case, *, as_of: date, outside: bool = False) -> Register:
    """Build the register from ``incidents/*.yaml``, the table ``incidents`` and the actions.

    A facts file and a row of one id are one incident. Peers' incidents (``own`` no) are left out. A
    facts file that cannot be read stays in the register, with what is wrong. For a register that
    leaves the house (``outside``) incidents are numbered and personal data, holders of roles and
    systems in texts are masked.
    """
    rows = {
        str(row["id"]): {str(k): v for k, v in row.items()}
        for row in case.frames["incidents"].to_dict("records")
        if row["own"] != "no"
    }
    folder = case.root / "incidents"
    found: list[tuple[str, Breach]] = []
    for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
        breach = _read_breach(path, rows.pop(path.stem, {}), case, as_of, outside)
        found.append((_find_day(breach) or "9999", breach))
    found += [(str(row["occurred_on"]), _read_row(id, row, case)) for id, row in rows.items()]
    found.sort(key=lambda pair: (pair[0], pair[1].id))
    breaches = [breach for _, breach in found]
    if outside:
        breaches = [_mask(breach, n, case) for n, breach in enumerate(breaches, 1)]
    return Register(case, tuple(breaches), outside)


def _read_breach(path: Path, row: dict[str, Any], case: Case, as_of: date, outside: bool) -> Breach:
    file = f"incidents/{path.name}"
    try:
        facts = read_facts(path, case.knowledge)
        told = tuple(list_told(path))
    except InvalidData as refused:
        text = str(refused.issues[0])
        texts = {lang: _blank(path.stem, _problem(case, lang, text)) for lang in ("en", "zh")}
        return Breach(path.stem, "facts", file, texts, "unknown", "unknown", None, (), text)
    decision = decide_incident(facts, case.knowledge)
    authority = _answer(decision, told, ("authority", "police"))
    individuals = _answer(decision, told, ("individuals", "guardians"))
    level = decision.severity.level if decision.severity else None
    occasion = Occasion(
        facts, case.knowledge, case, as_of, {d.id: d.decision for d in decision.duties}, level
    )
    pack = case.knowledge.notices["common"].model_copy(update={"outside": outside})
    texts = {
        lang: _write(path.stem, row, Voice(occasion, pack, "", (), lang), decision, told)
        for lang in ("en", "zh")
    }
    for lang, cells in texts.items():
        cells["authority"] = case.knowledge.labels(f"breach.answer.{authority}", lang)
        cells["individuals"] = case.knowledge.labels(f"breach.answer.{individuals}", lang)
    return Breach(path.stem, "facts", file, texts, authority, individuals, decision, told)


def _write(
    id: str, row: dict[str, Any], voice: Voice, decision: Decision, told: tuple[Told, ...]
) -> dict[str, str]:
    """Write the cells of one incident in one language; what is not known stays blank."""
    facts, lang = decision.facts, voice.lang
    case = voice.occasion.case
    assert case is not None
    labels = case.knowledge.labels

    def say(name: str) -> str:
        before = len(voice.blanks)
        words = voice.say(f"{{{name}}}")
        blank = len(voice.blanks) > before
        return "" if blank else words

    reasons = [
        labels("breach.told", lang, duty=t.duty, at=write_time(t.at))
        + (f" ({t.way})" * bool(t.way))
        for t in told
    ]
    reasons += _list_reasons(decision, case, lang)
    lessons = say("lessons") or (case.say(row, "lessons", lang) if row else "")
    return {
        "id": id,
        "title": say("summary") or (case.say(row, "title", lang) if row else say("happened")),
        "occurred": write_time(facts["times.occurred_at"]) or "",
        "noticed": write_time(find_start(facts, "discovery")) or "",
        "kinds": say("kinds"),
        "persons": say("persons"),
        "level": say("level"),
        "effects": " ".join(t for t in (say("misuse-told"), say("restored"), say("loss")) if t),
        "authority": "",
        "individuals": "",
        "reasons": "\n".join(reasons),
        "measures": " ".join(text for text in (say("done"), say("planned")) if text),
        "actions": "\n".join(_list_actions(case, id, lang)),
        "lessons": lessons,
    }


def _list_reasons(decision: Decision, case: Case, lang: str) -> Iterator[str]:
    """Yield why authority or individuals need not be told, each reason once with its clauses."""
    clauses: dict[str, list[str]] = {}
    for duty in decision.duties:
        if duty.decision == "not-required" and duty.duty.at_most == "required":
            text = duty.grounds[0].say(case.knowledge.labels, lang)[0]
            clauses.setdefault(text, []).append(case.knowledge.cite(duty.duty.clause, lang))
    for text, cited in clauses.items():
        listed = "; ".join(dict.fromkeys(cited))
        yield f"{text} ({listed})" if lang == "en" else f"{text}（{listed}）"


def _list_actions(case: Case, id: str, lang: str) -> Iterator[str]:
    """Yield the actions of the case that name the incident, with owner, day and state."""
    frame = case.frames["actions"]
    named = [f"incidents/{id}" in str(risk) or risk == id for risk in frame["risk"].tolist()]
    for action in frame[named].to_dict("records") if any(named) else ():
        title = case.say(action, "title", lang) or str(action["id"])
        state = action["status"] if isinstance(action["status"], str) else ""
        due = f"{action['due_on']:%Y-%m-%d}" if action["due_on"] == action["due_on"] else ""
        yield " ".join(part for part in (title, due, state) if part)


def _read_row(id: str, row: dict[str, Any], case: Case) -> Breach:
    """Return the entry of a row of the table that has no facts file."""
    texts = {}
    authority: Answer = "yes" if row["reported_on"] == row["reported_on"] else "unknown"
    for lang in ("en", "zh"):
        labels, known = case.knowledge.labels, case.knowledge.categories
        kinds = [k for k in str(row["categories"]).split(";") if k in known]
        texts[lang] = _blank(id, case.say(row, "title", lang)) | {
            "occurred": _write_day(row["occurred_on"]),
            "kinds": ", ".join(known[k].title[lang] for k in kinds),
            "persons": "" if row["persons"] is None or row["persons"] != row["persons"]
            else f"{row['persons']:,}",
            "authority": labels(f"breach.answer.{authority}", lang),
            "individuals": labels("breach.answer.unknown", lang),
            "reasons": _write_day(row["reported_on"]),
            "actions": "\n".join(_list_actions(case, id, lang)),
            "lessons": case.say(row, "lessons", lang),
        }  # fmt: skip
    return Breach(id, "table", "incidents", texts, authority, "unknown", None, ())


def _blank(id: str, title: str) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {"id": id, "title": title}


def _problem(case: Case, lang: str, text: str) -> str:
    return case.knowledge.labels("breach.problem", lang, text=text)


def _write_day(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if value is not None and value == value else ""


def _find_day(breach: Breach) -> str:
    texts = breach.texts["en"]
    return texts["occurred"] or texts["noticed"]


def _answer(decision: Decision, told: tuple[Told, ...], recipients: tuple[str, ...]) -> Answer:
    """Say whether recipients were told: no when no duty names them, open while one is untold."""
    due = [
        duty
        for duty in decision.duties
        if duty.duty.recipient in recipients and duty.decision != "not-required"
    ]
    given = {entry.duty for entry in told}
    if not due:
        return "no"
    return "yes" if all(duty.id in given for duty in due) else "open"


def _mask(breach: Breach, number: int, case: Case) -> Breach:
    names, kept = list_names(case, outside=True), list_contacts(case)
    texts = {
        lang: {column: mask_text(text, names, kept) for column, text in cells.items()}
        | {"id": f"{number}"}
        for lang, cells in breach.texts.items()
    }
    return Breach(
        f"{number}", breach.source, "", texts, breach.authority, breach.individuals,
        breach.decision, breach.told, mask_text(breach.problem, names, kept),
    )  # fmt: skip


def write_breaches(register: Register, path: Path | str, lang: str = "en") -> Path:
    """Write the register as a workbook: one sheet, every cell text or blank, never a formula.

    Raises InvalidData when the file cannot be written.
    """
    import xlsxwriter

    path = Path(path)
    labels = register.case.knowledge.labels
    heads, rows = register.tabulate(lang)
    basis = ", ".join(register.case.knowledge.cite(clause, lang) for clause in CLAUSES)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    try:
        with xlsxwriter.Workbook(str(path), options) as book:
            sheet = book.add_worksheet(labels("breach.register", lang)[:31])
            wrapped = book.add_format({"text_wrap": True, "valign": "top"})
            bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
            sheet.set_column(0, len(heads) - 1, 22)
            sheet.write_row(0, 0, heads, bold)
            for number, row in enumerate(rows, 1):
                for column, text in enumerate(row):
                    sheet.write_string(number, column, text[:32767], wrapped)
            sheet.write_string(len(rows) + 2, 0, labels("breach.basis", lang, clauses=basis))
            sheet.freeze_panes(1, 1)
            sheet.autofilter(0, 0, max(len(rows), 1), len(heads) - 1)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
    except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
        text = f"cannot be written: {error}"
        raise InvalidData([Issue("cannot-write", Place(path.name), text)]) from None
    return path


def write_veris_records(register: Register, directory: Path | str) -> list[Path]:
    """Write one VERIS record per incident that has facts; returns the files in order."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for breach in register.breaches:
        if breach.decision is None:
            continue
        facts = breach.decision.facts
        record = write_veris(facts, id=breach.id, summary=breach.texts["en"]["title"])
        path = folder / f"{breach.id}.json"
        path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")
        files.append(path)
    return files
