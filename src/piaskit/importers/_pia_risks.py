"""Measures, risks and evaluations of a PIA: safeguards, judgements and actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from piaskit.case.words import find_nearest, fold
from piaskit.importers._pia_texts import (
    Record,
    find_measure,
    join_text,
    read_day,
    read_gauge,
    read_number,
)
from piaskit.importers._places import make_id

if TYPE_CHECKING:
    from piaskit.importers._pia import PiaReader


class RiskReader:
    """Reads what a PIA says of measures and risks, beside the activity it was read into."""

    def __init__(self, reader: PiaReader) -> None:
        self.out, self.words, self.where = reader.out, reader.words, reader.where
        self.pia, self.lists, self.answers = reader.pia, reader.lists, reader.answers
        self.own_questions = reader.own_questions
        self.activity, self.assessment = reader.activity, reader.assessment
        self.measures: dict[str, str] = {}  # folded title -> safeguard
        self.numbered: dict[str, str] = {}  # id in the tool -> safeguard
        self.risks: dict[str, str] = {}  # "3.2" -> judgement

    def run(self) -> None:
        """Read everything; the risks name measures, the evaluations both."""
        self._read_measures()
        self._read_risks()
        self._read_evaluations()

    def _list(self, number: int) -> list[str]:
        listed = self.answers.get(number, {}).get("list")
        return [str(v).strip() for v in listed if v] if isinstance(listed, list) else []

    def _read_measures(self) -> None:
        for measure in self.lists["measures"]:
            title = join_text(measure.get("title"))
            where = f"{self.where}, measure {title or measure.get('id')}"
            if not title:
                self.out.contradict(f"{where}: has no title; left out")
                self.out.keep(where, "content", join_text(measure.get("content")))
                continue
            if fold(title) in self.measures:
                text = "stands twice; risks that name it mean both"
                self.out.contradict(f"{where}: {text}")
            slug = find_measure(title, str(measure.get("placeholder") or ""))
            known = self.words["measures"].get(slug, {})
            id = self.out.add(
                "safeguards",
                {
                    "id": make_id(self.activity, title),
                    "title": title,
                    "control": known.get("control", ""),
                    "kind": known.get("kind", "organisational"),
                    "scope": f"activities/{self.activity}",
                },
            )
            self.measures.setdefault(fold(title), id)
            self.numbered[str(measure.get("id"))] = id
            self.out.keep(where, "content", join_text(measure.get("content")))
            lacking = (
                "status, evidence" if known.get("control") else "which control, status, evidence"
            )
            more = "" if known else " (kind read as organisational)"
            self.out.lack(f"safeguards/{id}", lacking + more)

    def _read_risks(self) -> None:
        for prefix, risk in self.words["risks"].items():
            parts = {part: self._list(int(f"{prefix}{part}")) for part in "1234"}
            severity, likelihood = (self._read_level(int(f"{prefix}{p}")) for p in "56")
            if not any(parts[part] for part in "123") and not severity and not likelihood:
                self.out.keep(f"{self.where}, {risk['en']}", "measures", parts["4"])
                continue
            for title in parts["4"]:
                if fold(title) not in self.measures:
                    near = find_nearest(fold(title), self.measures)
                    hint = f", perhaps {near} by a newer name" if near else ""
                    text = f"names the measure {title}, which no measure is called{hint}"
                    self.out.contradict(f"{self.where}, {risk['en']}: {text}")
            reference = f"{prefix[0]}.{prefix[1]}"
            after = self._tell_after(reference, risk["en"])
            for what, level in (("severity", severity), ("likelihood", likelihood)):
                if not level:
                    self.out.lack(f"{self.where}, {risk['en']}", what)
            row = {"id": make_id(self.activity, risk["id"]), "assessment": self.assessment}
            row |= {"activity": self.activity, "evidence": "; ".join(parts["4"])}
            row["reason"] = "\n".join(filter(None, (severity, likelihood, after)))
            for lang, column in (("en", "problem"), ("zh", "problem_zh")):
                listed = (
                    f"{words[lang]}: {'; '.join(parts[part])}"
                    for part, words in self.words["parts"].items()
                    if parts[part]
                )
                row[column] = "\n".join((risk[lang], *listed))
            evaluation = self._find_evaluation(reference)
            row["judged_by"] = join_text(self.pia.get("evaluator_name")) if evaluation else ""
            row["judged_on"] = read_day(evaluation.get("evaluation_date"))
            self.risks[reference] = self.out.add("judgements", row)

    def _read_level(self, number: int) -> str:
        data = self.answers.get(number, {})
        name = "severity" if str(number).endswith("5") else "likelihood"
        level, text = read_gauge(data.get("gauge")), join_text(data.get("text"))
        if level is None:
            told = f"{name} {data['gauge']!r} is no step of the gauge (0 to 4)"
            self.out.contradict(f"{self.where}, question {number}: {told}")
        if not level:
            return f"{name} not set: {text}" if text else ""
        step = self.words["gauges"][str(level)]
        return f"{name} {level} of 4 ({step})" + (f": {text}" if text else "")

    def _tell_after(self, reference: str, risk: str) -> str:
        gauges = self._find_evaluation(reference).get("gauges")
        told = []
        for key, digit, name in (("x", "5", "severity"), ("y", "6", "likelihood")):
            level = read_gauge(gauges.get(key)) if isinstance(gauges, dict) else 0
            if level:
                told.append(f"{name} {level} of 4")
                number = int(reference.replace(".", "") + digit)
                before = read_gauge(self.answers.get(number, {}).get("gauge"))
                if before and level > before:
                    text = f"{name} after the action plan is {level}, above {before} before it"
                    self.out.contradict(f"{self.where}, {risk}: {text}")
        return f"after the action plan: {', '.join(told)}" if told else ""

    def _find_evaluation(self, reference: str) -> Record:
        found = (e for e in self.lists["evaluations"] if str(e.get("reference_to")) == reference)
        return next(found, {})

    def _read_evaluations(self) -> None:
        validated = str(self.pia.get("status")) in ("2", "3")
        seen: set[str] = set()
        for evaluation in self.lists["evaluations"]:
            reference = str(evaluation.get("reference_to") or "")
            subject = self._name_subject(reference)
            where = f"{self.where}, evaluation {reference}"
            if not subject:
                self.out.contradict(f"{where}: refers to nothing that the file holds")
            if reference in seen:
                self.out.contradict(f"{where}: stands twice")
            seen.add(reference)
            status = read_number(evaluation.get("status")) or 0
            plan, comment = (
                join_text(evaluation.get(f"{name}_comment"))
                for name in ("action_plan", "evaluation")
            )
            verdict = self.words["verdicts"].get(str(status), status)
            self.out.keep(where, str(verdict), comment)
            if status not in (1, 2):
                self.out.keep(where, "action plan", plan)
                continue
            if status == 1 and validated:
                self.out.contradict(f"{where}: is to be fixed, and the PIA is validated")
            judgement = self.risks.get(reference)
            due = evaluation.get("estimated_implementation_date")
            id = self.out.add(
                "actions",
                {
                    "id": make_id(self.activity, "action", reference),
                    "risk": f"judgement@judgements/{judgement}" if judgement else "",
                    "title": plan or f"{verdict}: {subject or reference}",
                    "owner": join_text(evaluation.get("person_in_charge")),
                    "due_on": read_day(due),
                },
            )
            if due and not read_day(due):
                self.out.keep(where, "estimated implementation date", due)
            row = self.out.tables["actions"][id]
            self.out.lack(
                f"actions/{id}",
                ", ".join(n for n in ("owner", "due_on", "status", "option") if n not in row),
            )

    def _name_subject(self, reference: str) -> str:
        parts = reference.split(".")
        if reference in self.risks:
            return str(self.words["risks"][reference.replace(".", "")]["en"])
        if parts[:2] == ["3", "1"] and len(parts) == 3:
            id = self.numbered.get(parts[2], "")
            return self.out.tables["safeguards"][id]["title"] if id else ""
        if len(parts) == 3:
            own = self.own_questions.get(int(parts[2]), "") if parts[2].isdigit() else ""
            known = parts[2].isdigit() and int(parts[2]) in self.answers
            return own or str(self.words["questions"].get(parts[2], parts[2] if known else ""))
        held = len(parts) == 2 and any(str(n).startswith("".join(parts)) for n in self.answers)
        return f"part {reference}" if held else ""
