"""The after-action report of one exercise, in the parts of HSEEP, for readers without the tool."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.knowledge.folder import suggest
from piaskit.report.document import (
    Block,
    Column,
    Document,
    Lang,
    Paragraph,
    Row,
    Section,
    Table,
)
from piaskit.report.exercise_voice import ExerciseVoice, Result, write_score
from piaskit.report.lessons import (
    tell_areas,
    tell_decisions,
    tell_notices,
    tell_objectives,
    tell_observations,
    tell_strengths,
)
from piaskit.tabletop.issues import FAILED
from piaskit.tabletop.minutes import Minutes, read_minutes
from piaskit.tabletop.program import replay_recorded
from piaskit.tabletop.review import list_attended, write_minute
from piaskit.tabletop.save import check_roles
from piaskit.tabletop.scenario import find_duty
from piaskit.tabletop.score import SCORES

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.tabletop import Exercise

TIMED = ("required", "missed")  # states of a clock that a line with hours tells alone
FORMATS = ("html", "docx", "pdf")


def write_after_action(
    exercise: Exercise,
    out: Path | str,
    *,
    lang: str = "both",
    formats: Sequence[str] = ("html",),
    attended: Sequence[str] = (),
    minutes: Minutes | Path | str | None = None,
) -> list[Path]:
    """Write the after-action report of an exercise into a folder; return the files.

    ``lang`` is en, zh or both; ``formats`` are html, docx and pdf. ``attended`` are ids of the
    case's roles, by default those in the log of a live exercise. ``minutes`` of the meeting after
    it, or their YAML file, say what the log cannot: day, names, causes. Raises InvalidData for an
    unknown role or format, for minutes that cannot be read and when a file cannot be written.
    """
    case, folder = exercise.case, Path(out)
    noted = minutes if isinstance(minutes, Minutes) else read_minutes(minutes) if minutes else None
    noted = noted or Minutes()
    attended = [*(attended or list_attended(exercise.log))]
    attended += [id for id in noted.people if id not in attended]
    check_roles(case, attended)
    for word in formats:
        if word not in FORMATS:
            message = f"no format is called {quote(word)}"
            hint = suggest(word, FORMATS) or "formats are " + ", ".join(FORMATS)
            place = Place("formats")
            raise InvalidData([Issue("unknown-value", place, message, quote(word), hint)])
    answer, past = exercise.to_dict(), replay_recorded(case)[0]
    files = []
    for tongue in ("zh", "en") if lang == "both" else (lang,):
        document = compose_after_action(answer, case, tongue, attended, past, noted)
        for format in formats:
            path = folder / f"after-action.{tongue}.{format}"
            try:
                folder.mkdir(parents=True, exist_ok=True)
                import_module(f"piaskit.report.exporters.{format}").export(document, path)
            except OSError as error:
                message = f"cannot be written: {error.strerror}"
                raise InvalidData([Issue("cannot-write", Place(path.name), message)]) from None
            files.append(path)
    return files


def compose_after_action(
    answer: Result,
    case: Case,
    lang: Lang,
    attended: Sequence[str] = (),
    past: Sequence[Exercise] = (),
    minutes: Minutes | None = None,
) -> Document:
    """Return the report as a document: overview to improvement plan, evidence by log lines."""
    return _Report(answer, case, lang, minutes or Minutes(), attended, past).compose()


@dataclass(frozen=True, slots=True)
class _Report(ExerciseVoice):
    attended: Sequence[str]
    past: Sequence[Exercise]

    def compose(self) -> Document:
        parts: dict[str, Callable[[], list[Block]]] = {
            "overview": self._overview,
            "story": self._story,
            "people": self._people,
            "summary": self._summary,
            "objectives": lambda: tell_objectives(self),
            "strengths": lambda: tell_strengths(self),
            "areas": lambda: tell_areas(self),
            "plan": self._plan,
            "clocks": lambda: tell_notices(self),
            "analysis": lambda: tell_decisions(self),
            "observations": lambda: tell_observations(self),
            "timeline": self._timeline,
            "harm": self._harm,
            "trend": self._trend,
            "method": lambda: [Paragraph(self.say("method.text"))],
        }
        return Document(
            self.say("title", scenario=self.pick(self.answer, "title")),
            self.say("subtitle"),
            self.lang,
            "internal",
            self.case.as_of,
            self.case.say(self.case.id, "name", self.lang),
            (),
            tuple(
                Section(id, self.say(id), tuple(write()), 2 if id in ("story", "people") else 1)
                for id, write in parts.items()
            ),
        )

    def _overview(self) -> list[Block]:
        scenario = self.case.knowledge.scenarios[self.answer["scenario"]]
        ends = scenario.starts_at + timedelta(minutes=scenario.lasts_min)
        arrived = sum(line["kind"] == "inject" for line in self.answer["log"])
        scope = self.say(
            "scope.text",
            hours=write_minute(scenario.lasts_min),
            start=f"{scenario.starts_at:%Y-%m-%d %H:%M}",
            end=f"{ends:%Y-%m-%d %H:%M}",
            injects=arrived,
            decisions=len(scenario.decisions),
        )
        day = self.answer["recorded"][:10]
        held = self._held.isoformat()
        contacts = (self._name_office("pi-protection-officer", c) for c in ("holder", "contact"))
        digest = self.say("digest", digits=self.answer["log_sha256"][:16])
        recorded = self.answer["recorded"]
        lines = {
            "name": self.pick(self.answer, "title"),
            "organisation": self.case.say(self.case.id, "name", self.lang),
            "held": self._tell_times(held if day == held else self.say("held.case", day=held)),
            "kind": self.say("kind.text"),
            "scope": scope,
            "laws": self.join(self._list_laws()) or "-",
            "aim": self.say("aim.text"),
            **({"sponsor-person": self.minutes.sponsor} if self.minutes.sponsor else {}),
            "sponsor": self._name_office("incident-lead"),
            "contact": self.join(contacts, listed=True),
            "log": self.join([recorded, digest], listed=True) if recorded else digest,
        }
        rows = [(self.say(name), text) for name, text in lines.items()]
        return [self.table("overview", "item text", rows, (1, 4))]

    def _tell_times(self, otherwise: str) -> str:
        """Say when and where the exercise was held, by the minutes if there are any."""
        noted = self.minutes
        if noted.held_on is None:
            return otherwise
        hours = f"{noted.started}-{noted.ended}".strip("-")
        return self.join(filter(None, (noted.held_on.isoformat(), hours, noted.place)), listed=True)

    def _list_laws(self) -> Iterator[str]:
        """Yield the laws and standards that clocks or decisions turned on, spelled out."""
        knowledge = self.case.knowledge
        scenario = knowledge.scenarios[self.answer["scenario"]]
        clauses = [
            find_duty(knowledge, line["ids"][0]).clause
            for line in self.answer["log"]
            if line["kind"] == "clock"
        ]
        for one in self.answer["decisions"]:
            options = scenario.decisions[one["id"]].options.values()
            clauses += [c for option in options if option.score == 3 for c in option.clauses]
        for id in dict.fromkeys(clause.partition(" ")[0] for clause in clauses):
            law = knowledge.regulations[id]
            title, short = law.title[self.lang], law.short[self.lang]
            if short.strip("《》") in title:
                yield f"《{title}》" if short.startswith("《") else title
            else:
                yield self.say("law", title=title, short=short)

    @property
    def _held(self) -> date:
        if self.minutes.held_on:
            return self.minutes.held_on
        day = str(self.answer["recorded"])[:10]
        try:
            return date.fromisoformat(day)
        except ValueError:
            return self.case.as_of

    def _name_office(self, office: str, column: str = "holder") -> str:
        roles = self.case.frames["roles"]
        for row in roles[roles["role"] == office].to_dict("records"):
            text = self.case.say(row, column, self.lang)
            if text:
                return text
        return self.say("blank")

    def _story(self) -> list[Block]:
        """Tell the scenario as it reached the team, message by message."""
        scenario = self.case.knowledge.scenarios[self.answer["scenario"]]
        told = [
            self.say(
                "story.line",
                at=write_minute(line["at_min"]),
                text=scenario.injects[line["ids"][0]].text[self.lang],
            )
            for line in self.answer["log"]
            if line["kind"] == "inject"
        ]
        return [
            Paragraph(self.pick(self.answer, "summary")),
            Paragraph(("" if self.lang == "zh" else " ").join(told)),
        ]

    def _people(self) -> list[Block]:
        blocks: list[Block] = []
        if self.attended:
            roles = self.case.frames["roles"].set_index("id")
            rows = []
            for id in self.attended:
                row = roles.loc[id].to_dict()
                holder, department = (
                    self.case.say(row, name, self.lang) for name in ("holder", "department")
                )
                who = self.join(
                    filter(None, (self.minutes.people.get(id, ""), holder)), listed=True
                )
                office = self.word(f"value.role.{row['role']}")
                rows.append((office, who or self.say("blank"), department or self.say("blank")))
            rows += self._list_others()
            blocks.append(self.table("people", "office person department", rows))
            told = [self.say("people.record")]
        elif self.answer["policy"] in ("decisions", "recorded", "people"):
            told = [self.say("people.unstated")]
        else:
            played = self.word(f"tabletop.policy.{self.answer['policy']}")
            told = [self.say("people.none", policy=played)]
        notes = self.answer["notes"]
        if self.minutes.evaluators or self.minutes.facilitator:
            told.append(self.say("people.noted", n=len(notes)))
        elif notes:
            lines = self.cite(note["line"] for note in notes)
            told.append(self.say("people.evaluators", n=len(notes), lines=lines))
        elif self.attended:
            told.append(self.say("people.facilitator"))
        return [*blocks, Paragraph(("" if self.lang == "zh" else " ").join(told))]

    def _list_others(self) -> Iterator[tuple[str, str, str]]:
        """Yield who led the exercise and who watched it: name, comma, organisation."""
        named = [("facilitator", self.minutes.facilitator)]
        named += [("evaluator-person", name) for name in self.minutes.evaluators]
        for office, told in named:
            name, _, organisation = told.replace("，", ",").partition(",")
            if name:
                yield self.say(office), name, organisation.strip() or "-"

    def _summary(self) -> list[Block]:
        answer = self.answer
        short = {issue["decision"] for issue in answer["issues"]}
        counts = self.say(
            "summary.counts",
            good=len(answer["decisions"]) - len(short),
            all=len(answer["decisions"]),
            failed=sum(clock["state"] in FAILED for clock in answer["clocks"]),
            due=sum(clock["state"] != "judge" for clock in answer["clocks"]),
            critical=len(answer["critical_fails"]),
            actions=len(answer["actions"]),
        )
        missed = [clock["id"] for clock in answer["clocks"] if clock["state"] == "missed"]
        ending = answer["ending"]
        end = self.say("summary.text", **{n: self.pick(ending, n) for n in ("title", "text")})
        scores = [
            (
                self.word(f"tabletop.score.{name}"),
                self.score(answer["scores"][name]),
                self.say(f"measures.{name}"),
            )
            for name in SCORES
        ]
        return [
            Paragraph(counts, "lead"),
            *([Paragraph(self.tell_missed(missed))] if missed else []),
            Paragraph(end),
            self.table("scores", "item score measures", scores, (1.2, 1, 5)),
        ]

    def _timeline(self) -> list[Block]:
        """List the log; what the duties engine wrote in one minute stands in one row."""
        told = {line["n"]: self.pick(line, "text") for line in self.answer["timeline"]}
        rows: list[tuple[str, str, str]] = []

        def pair(line: Result) -> tuple[bool, int]:
            values = line["values"]
            timed = values.get("deadline_min") is not None and values["state"] in TIMED
            clock = line["kind"] == "clock" and not timed
            return clock, line["at_min"] if clock else line["n"]

        for (is_clock, _), lines in groupby(self.answer["log"], pair):
            group = list(lines)
            first, last = group[0]["n"], group[-1]["n"]
            number = str(first) if first == last else f"{first}-{last}"
            text = self._name_duties(group) if is_clock else told[first]
            rows.append((number, write_minute(group[0]["at_min"]), text))
        return [self.table("timeline", "line at event", rows, (0.7, 0.7, 8))]

    def _name_duties(self, lines: Iterable[Result]) -> str:
        named: dict[str, dict[str, list[str]]] = {}
        for line in lines:
            duty = find_duty(self.case.knowledge, line["ids"][0])
            clause = self.case.knowledge.cite(duty.clause, self.lang)
            state = named.setdefault(line["values"]["state"], {})
            state.setdefault(clause, []).append(duty.title[self.lang])
        return "\n".join(
            self.say(
                f"duties.{state}",
                duties=self.join(
                    self.say("duty-of", clause=clause, titles=self.join(titles, listed=True))
                    for clause, titles in clauses.items()
                ),
            )
            for state, clauses in named.items()
        )

    def _harm(self) -> list[Block]:
        exposure = self.answer["exposure"]
        shown = {
            "persons": exposure["persons"],
            "most": exposure["most"],
            "own": exposure["person_days"],
            "least": exposure["least"],
        }
        line = exposure["known_line"]
        known = self.say("harm.known", line=line) if line else self.say("harm.unknown")
        text = self.say(
            "harm.text",
            **{name: f"{n:,.0f}" for name, n in shown.items()},
            known=known,
            score=write_score(self.answer["scores"]["harm"]),
        )
        return [Paragraph(text)]

    def _plan(self) -> list[Block]:
        if not self.answer["actions"]:
            return [Paragraph(self.say("plan.none"))]
        roles = self.case.frames["roles"].set_index("id")
        numbers = {issue["action"]: issue["n"] for issue in self.answer["issues"]}
        rows = []
        for action in self.answer["actions"]:
            owner = action["owner"]
            name = self.case.say(roles.loc[owner].to_dict(), "holder", self.lang) if owner else ""
            rows.append(
                (
                    str(numbers[action["id"]]),
                    self.pick(action, "task"),
                    self.word(f"after.element.{action['element']}"),
                    self.say(f"priority.{action['option']}"),
                    name or owner or self.say("blank"),
                    action["starts_on"],
                    action["due_on"],
                    self.say(f"proof.{action['element']}"),
                    self.word(f"value.status.{action['status']}"),
                )
            )
        heads = "issue action element priority owner starts due proof status"
        widths = (0.6, 4, 1.2, 0.8, 1.6, 1.4, 1.4, 2.6, 0.8)
        return [self.table("plan", heads, rows, widths), Paragraph(self.say("plan.note"), "note")]

    def _trend(self) -> list[Block]:
        earlier = [one for one in self.past if one.recorded != self.answer["recorded"]]
        if not earlier:
            return [Paragraph(self.say("trend.none"))]
        told = [(one.recorded[:10], one.to_dict()) for one in earlier]
        told.append((self._held.isoformat(), dict(self.answer)))
        rows = [
            (
                day,
                self.pick(one, "title"),
                *(write_score(one["scores"][name]) for name in SCORES),
                len(one["critical_fails"]),
            )
            for day, one in told
        ]
        columns = (
            Column("held", self.say("held")),
            Column("past", self.say("past"), width=2),
            *(Column(name, self.word(f"tabletop.score.{name}")) for name in SCORES),
            Column("critical", self.say("critical")),
        )
        found = tuple(Row(tuple(row)) for row in rows)
        return [Table("table-trend", self.say("trend"), columns, found)]
