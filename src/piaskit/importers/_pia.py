"""One PIA of CNIL's tool becomes an activity with its assessment, items, places and flows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from piaskit.case.words import fold
from piaskit.importers._html import read_lines
from piaskit.importers._pia_risks import RiskReader
from piaskit.importers._pia_texts import (
    NONE,
    Party,
    Record,
    find_country,
    find_ends,
    find_titles,
    join_text,
    list_bases,
    list_grounds,
    list_kinds,
    list_parties,
    list_steps,
    list_systems,
    read_gauge,
    read_number,
    read_words,
    split_label,
)
from piaskit.importers._places import Places, make_id
from piaskit.importers._retention import read_retention

_PREFIX = re.compile(r"^(?:\((?:IMPORT|COPY|COPIE|IMPORTATION)\)\s*)+", re.IGNORECASE)
# Answers that become cells, whole or in part; the text of the others is kept as text.
PURPOSE, NECESSITY, OVERVIEW = 211, 213, 111
_AS_CELL = (PURPOSE, NECESSITY, OVERVIEW)
_FLOWS = {"processor": "process", "recipient": "provide", "joint-controller": "provide"}
_HEAD_AS_TEXT = (
    "category", "rejection_reason", "applied_adjustments", "concerned_people_status",
    "concerned_people_searched_opinion", "concerned_people_searched_content", "dpo_status",
    "created_at", "updated_at", "progress", "is_archive", "structure_name",
    "structure_sector_name",
)  # fmt: skip


class PiaReader:
    """Reads one exported PIA into a register that may hold others already."""

    def __init__(self, data: Record, places: Places) -> None:
        self.out, self.vocabulary, self.words = places.out, places.vocabulary, read_words()
        out = self.out
        self.pia: Record = data["pia"]
        self.lists: dict[str, list[Record]] = {
            name: list(data.get(name) or ())
            for name in ("answers", "measures", "evaluations", "comments")
        }
        name = str(self.pia.get("name") or "PIA").strip()
        self.title = _PREFIX.sub("", name) or name
        self.where = f"PIA {self.title}"
        if name != self.title:
            out.keep(self.where, "name", name)
        own = self.pia.get("piaskit")
        wanted = str(own.get("activity") or "") if isinstance(own, dict) else ""
        self.activity = out.add("activities", {"id": wanted or make_id(self.title) or "pia"})
        self.assessment = make_id("pia", self.activity)
        self.places = places
        self.own_questions = dict(_list_questions(self.pia.get("structure_data")))
        self.answers = self._read_answers()

    def run(self) -> None:
        """Read everything but the life cycle."""
        self._read_activity()
        self._read_assessment()
        self._read_items()
        self._read_parties()
        self._read_systems()
        RiskReader(self).run()
        for number, answer in self.answers.items():
            self._keep_answer(number, answer)
        for comment in self.lists["comments"]:
            where = f"{self.where}, comment on {comment.get('reference_to')}"
            self.out.keep(where, "text", join_text(comment.get("description")))
        lacking = "subjects, persons, role, owner, notice"
        self.out.lack(f"activities/{self.activity}", lacking)

    def _read_answers(self) -> dict[int, Record]:
        found: dict[int, Record] = {}
        for answer in self.lists["answers"]:
            number, data = read_number(answer.get("reference_to")), answer.get("data")
            if number is None or not isinstance(data, dict):
                text = f"an answer refers to {answer.get('reference_to')!r}, which is no question"
                self.out.contradict(f"{self.where}: {text}")
                continue
            if number in found and found[number] != data:
                told = "is answered twice; the first answer counts"
                self.out.contradict(f"{self.where}: question {number} {told}")
                self._keep_answer(number, data)
                continue
            found.setdefault(number, data)
        return found

    def _lines(self, number: int) -> list[str]:
        return read_lines(str(self.answers.get(number, {}).get("text") or ""))

    def _keep_answer(self, number: int, data: Record) -> None:
        if number in _AS_CELL or str(number)[:-1] in self.words["risks"]:
            return
        name = self.own_questions.get(number) or self.words["questions"].get(str(number), "unknown")
        where = f"{self.where}, question {number} ({name})"
        self.out.keep(where, "answer", join_text(data.get("text")))
        self.out.keep(where, "list", data.get("list"))
        if read_gauge(data.get("gauge")):
            self.out.keep(where, "gauge", data["gauge"])

    def _read_activity(self) -> None:
        row = self.out.tables["activities"][self.activity]
        text = " ".join(self._lines(212))
        bases = list_bases(text, self.vocabulary)
        stated = {
            "title": self.title,
            "purpose": "\n".join(self._lines(PURPOSE)),
            "necessity": "\n".join(self._lines(NECESSITY)),
            "legal_basis": ";".join(bases),
        }
        row |= {name: value for name, value in stated.items() if value}
        if not bases:
            grounds = list_grounds(text)
            told = f" (its text speaks of {', '.join(grounds)})" if grounds else ""
            self.out.lack(f"activities/{self.activity}", f"legal basis as a term{told}")
        for name in ("purpose", "necessity"):
            if name not in row:
                self.out.lack(f"activities/{self.activity}", name)

    def _read_assessment(self) -> None:
        pia, status = self.pia, read_number(self.pia.get("status")) or 0
        validated = status in (2, 3)
        people = (pia.get("people_names"), pia.get("concerned_people_opinion"))
        self.out.add(
            "assessments",
            {
                "id": self.assessment,
                "title": self.title,
                "activities": self.activity,
                "scope": "\n".join(self._lines(OVERVIEW)),
                "assessors": join_text(pia.get("author_name")),
                "consulted": ": ".join(filter(None, map(join_text, people))),
                "approved_by": join_text(pia.get("validator_name")) if validated else "",
                "opinion": join_text(pia.get("dpo_opinion")),
            },
        )
        self.out.keep(self.where, "status", self.words["statuses"].get(str(status), status))
        self.out.keep(self.where, "evaluator", join_text(pia.get("evaluator_name")))
        if not validated:
            self.out.keep(self.where, "validator", join_text(pia.get("validator_name")))
        for name in _HEAD_AS_TEXT:
            if pia.get(name) not in (0, "0", None, ""):
                self.out.keep(self.where, name, pia[name])
        self.out.lack(f"assessments/{self.assessment}", "dates of start, completion and approval")
        for holder in filter(None, re.split(r"[,;、，；]", join_text(pia.get("dpos_names")))):
            known = self.out.tables.get("roles", {}).values()
            if not any(row.get("holder") == holder.strip() for row in known):
                self.out.add("roles", {"id": "dpo", "role": "dpo", "holder": holder.strip()})
        if validated and str(pia.get("dpo_status")) == "0":
            self.out.contradict(f"{self.where}: validated, and the DPO's status is against it")

    def _read_items(self) -> None:
        items: dict[str, str] = {}
        unread = []
        for title, category, rest in list_kinds(self._lines(121), self.vocabulary):
            if rest:
                unread.append(rest)
            elif fold(title) not in items:
                row = {"activity": self.activity, "title": title, "category": category}
                id = self.out.add("items", {"id": make_id(self.activity, title), **row})
                items[fold(title)] = id
        if items:
            text = "whether the kinds of data read from its text are right and all"
            self.out.lack(f"{self.where}, question 121", text)
        else:
            self.out.lack(f"activities/{self.activity}", "which personal information it uses")
        rows = self.out.tables.get("items", {})
        for line in self._lines(215):
            label, rest = split_label(line)
            found = read_retention(rest) if fold(label) in items else None
            if found:
                rows[items[fold(label)]]["retention"] = found[0]
                rows[items[fold(label)]] |= {"retention_start": found[1]} if found[1] else {}
        for id in items.values():
            if "retention" not in rows[id]:
                self.out.lack(f"items/{id}", "retention")

    def _read_parties(self) -> None:
        lines = [line for number in (112, 121, 226) for line in self._lines(number)]
        ours: list[str] = []
        found: dict[str, str] = {}
        for party in list_parties(lines, self.vocabulary):
            if party.role == "controller" and not party.mark:
                ours.append(party.name)
            elif party.name not in ours:
                # A processor is among the recipients that a text lists, too: one party.
                known = self.places.find_party(party.name) if party.role == "recipient" else ""
                id = known or self._add_party(party)
                found.setdefault(id, party.role)
        if len({fold(name) for name in ours}) > 1:
            self.out.contradict(f"{self.where}: names several controllers: {', '.join(ours)}")
        if ours:
            known = self.out.case.setdefault("organisation", {"name": ours[0]})["name"]
            self.out.case.setdefault("title", ours[0])
            if known != ours[0]:
                text = f"{self.where}: the controller is {ours[0]} here and {known} elsewhere"
                self.out.contradict(text)
        rows = self.out.tables.get("parties", {})
        sentences = [
            s
            for n in (111, 112, 226, 227)
            for t in self._lines(n)
            for s in re.split(r"[.。]\s*", t)
        ]
        for id, role in found.items():
            if role in _FLOWS:
                flow = {"activity": self.activity, "stage": _FLOWS[role], "target": id}
                self.out.add("flows", {"id": make_id(self.activity, _FLOWS[role], id), **flow})
            for sentence in sentences:
                country = find_country(sentence, self.vocabulary)
                named = [o for o in found if fold(rows[o]["title"]) in fold(sentence)]
                if country and named == [id] and "country" not in rows[id]:
                    rows[id]["country"] = country
                    self.out.lack(f"parties/{id}", f"country (read as {country}: {sentence})")
        if self._lines(227) and not any("country" in rows[id] for id in found):
            self.out.lack(f"{self.where}, question 227", "which recipient in which country")

    def _add_party(self, party: Party) -> str:
        if not party.mark:
            return self.places.add_party(party.name, party.role, self.where)
        key = (fold(party.name), party.role)
        if key not in self.places.parties:
            row = {"id": make_id(party.name) or "party", "title": party.name, "role": party.role}
            row["country"] = "" if party.mark == NONE else party.mark
            self.places.parties[key] = self.out.add("parties", row)
        return self.places.parties[key]

    def _read_systems(self) -> None:
        found = False
        for title, mark in list_systems(self._lines(123)):
            if self.places.find_party(title):
                told = "is among the parties, and was not read as a system too"
                self.out.contradict(f"{self.where}, question 123: {title} {told}")
            elif not mark:
                self.places.add_system(title, self.where)
                found = True
            elif fold(title) not in self.places.systems:
                row = {"id": make_id(title) or "system", "title": title}
                row["kind"] = "" if mark == NONE else mark
                self.places.systems[fold(title)] = self.out.add("systems", row)
        if found:
            text = "whether the supporting assets read from its text are systems; kind, country"
            self.out.lack(f"{self.where}, question 123", text)
        public = " ".join(self._lines(PURPOSE) + self._lines(NECESSITY)).casefold()
        rows = self.out.tables.get("systems", {}).values()
        if named := [row["title"] for row in rows if row["title"].casefold() in public]:
            text = "purpose or necessity in words a public edition may show, without the systems"
            self.out.lack(f"activities/{self.activity}", f"{text} {', '.join(named)}")

    def draw_flows(self) -> None:
        """Read the life cycle; call it when every PIA is read, as a step may use another's data."""
        steps = list(list_steps(self._lines(122), self.vocabulary))
        rows = [*self.out.tables.get("parties", {}).values()]
        rows += self.out.tables.get("systems", {}).values()
        names = {fold(row["title"]) for row in rows}
        drawn = [find_ends(step.rest, names) for step in steps]
        made = self.out.tables.get("flows", {})
        for id in [i for i, f in made.items() if any(drawn) and f["activity"] == self.activity]:
            del made[id]  # the steps name the same parties, with more beside
        for number, (step, found) in enumerate(zip(steps, drawn, strict=True), 1):
            source, target, told = found or ("", "", "")
            ends = {"source": source, "target": target}
            ends = {end: self.places.find_place(n) if n else "" for end, n in ends.items()}
            items, strange = self._find_items(told)
            where = f"{self.where}, question 122, step {number}"
            self.out.keep(where, "data that is named nowhere else", strange)
            wanted = make_id(self.activity, step.stage, *filter(None, ends.values()))
            row = {"activity": self.activity, "stage": step.stage, "items": ";".join(items)}
            id = self.out.add("flows", {"id": wanted, **row, **ends})
            if not items or not all(ends.values()):
                text = f"source, target and data of step {number} ({step.line[:80]})"
                self.out.lack(f"flows/{id}", text)

    def _find_items(self, text: str) -> tuple[list[str], list[str]]:
        """Return the items a step names, its own activity's before another's, and the rest."""
        known: dict[str, str] = {}
        rows = self.out.tables.get("items", {})
        for id, row in sorted(rows.items(), key=lambda pair: pair[1]["activity"] != self.activity):
            known.setdefault(fold(row["title"]), id)
        found, strange = find_titles(text, known)
        return [known[fold(title)] for title in found], strange


def _list_questions(structure: object) -> Iterator[tuple[int, str]]:
    """Yield number and title of the questions of one's own structure; keys are no titles."""
    sections = structure.get("sections") if isinstance(structure, dict) else None
    for section in sections if isinstance(sections, list) else []:
        for item in (section.get("items") if isinstance(section, dict) else None) or []:
            for question in (item.get("questions") if isinstance(item, dict) else None) or []:
                number = read_number(question.get("id")) if isinstance(question, dict) else None
                title = str(question.get("title") or "") if number is not None else ""
                if number is not None and title and not title.startswith("sections."):
                    yield number, title
