"""The after-action report of one exercise, in the parts of HSEEP, for readers without the tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.knowledge.folder import suggest
from piaskit.report.document import (
    Block,
    Bullets,
    Column,
    Document,
    Lang,
    Paragraph,
    Row,
    Section,
    Table,
)
from piaskit.tabletop.program import replay_recorded
from piaskit.tabletop.review import SOUND, list_attended, write_minute
from piaskit.tabletop.save import check_roles
from piaskit.tabletop.score import SCORES

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.tabletop import Exercise

FORMATS = ("html", "docx", "pdf")
Result = Mapping[str, Any]


def write_after_action(
    exercise: Exercise,
    out: Path | str,
    *,
    lang: str = "both",
    formats: Sequence[str] = ("html",),
    attended: Sequence[str] = (),
) -> list[Path]:
    """Write the after-action report of an exercise into a folder; return the files.

    ``lang`` is en, zh or both; ``formats`` are html, docx and pdf. ``attended`` are ids of the
    case's roles, by default those in the log of a live exercise. Raises InvalidData for an unknown
    role or format and when a file cannot be written.
    """
    case, folder = exercise.case, Path(out)
    attended = attended or list_attended(exercise.log)
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
        document = compose_after_action(answer, case, tongue, attended, past)
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
) -> Document:
    """Return the report as a document: overview to improvement plan, evidence by log lines."""
    return _Report(answer, case, lang, attended, past).compose()


@dataclass(frozen=True, slots=True)
class _Report:
    answer: Result
    case: Case
    lang: Lang
    attended: Sequence[str]
    past: Sequence[Exercise]

    def say(self, id: str, **fields: object) -> str:
        return self.case.knowledge.labels(f"after.{id}", self.lang, **fields)

    def pick(self, record: Result, key: str) -> Any:
        return record[f"{key}_zh" if self.lang == "zh" else key]

    def word(self, id: str) -> str:
        return self.case.knowledge.labels(id, self.lang)

    def compose(self) -> Document:
        parts: dict[str, Callable[[], list[Block]]] = {
            "overview": self._overview,
            "people": self._people,
            "summary": self._summary,
            "strengths": lambda: [self._cite(self._split()[0], "went", "strengths.none")],
            "areas": lambda: [self._cite(self._split()[1], "fell", "areas.none")],
            "objectives": self._objectives,
            "observations": self._observations,
            "analysis": self._analysis,
            "clocks": self._clocks,
            "timeline": self._timeline,
            "hidden": self._hidden,
            "plan": self._plan,
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
            tuple(Section(id, self.say(id), tuple(write())) for id, write in parts.items()),
        )

    def _table(
        self, id: str, heads: str, rows: Sequence[Sequence[Any]], widths: Sequence[float] = ()
    ) -> Table:
        names = heads.split()
        columns = tuple(
            Column(name, self.say(name), width=width)
            for name, width in zip(names, widths or [1.0] * len(names), strict=True)
        )
        return Table(f"table-{id}", self.say(id), columns, tuple(Row(tuple(row)) for row in rows))

    def _overview(self) -> list[Block]:
        scenario = self.case.knowledge.scenarios[self.answer["scenario"]]
        regimes = dict.fromkeys(clock["regime"] for clock in self.answer["clocks"])
        scope = self.say(
            "scope.text",
            hours=write_minute(scenario.lasts_min),
            injects=len(scenario.injects),
            decisions=len(scenario.decisions),
            regimes=("、" if self.lang == "zh" else ", ").join(map(self._name_regime, regimes))
            or "-",
        )
        lines = {
            "name": self.pick(self.answer, "title"),
            "organisation": self.case.say(self.case.id, "name", self.lang),
            "held": self._held.isoformat(),
            "kind": self.say("kind.text"),
            "scope": scope,
            "threat": self.pick(self.answer, "summary"),
            "aim": self.say("aim.text"),
            "sponsor": self._name_office("incident-lead"),
            "contact": self._name_office("pi-protection-officer", "contact"),
            "log": self.answer["recorded"] or f"SHA-256 {self.answer['log_sha256'][:16]}",
        }
        rows = [(self.say(name), text) for name, text in lines.items()]
        return [self._table("overview", "item text", rows, (1, 4))]

    def _name_regime(self, regime: str) -> str:
        named = f"report.regime.{regime}"
        return self.word(named) if named in self.case.knowledge.labels else regime

    @property
    def _held(self) -> date:
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

    def _people(self) -> list[Block]:
        if not self.attended:
            policy = self.answer["policy"]
            if policy in ("decisions", "recorded", "people"):
                return [Paragraph(self.say("people.unstated"))]
            played = self.word(f"tabletop.policy.{policy}")
            return [Paragraph(self.say("people.none", policy=played))]
        roles = self.case.frames["roles"].set_index("id")
        rows = []
        for id in self.attended:
            row = roles.loc[id].to_dict()
            texts = (self.case.say(row, name, self.lang) for name in ("holder", "department"))
            office = self.word(f"value.role.{row['role']}")
            rows.append((office, *(text or self.say("blank") for text in texts)))
        return [
            self._table("people", "office person department", rows),
            Paragraph(self.say("people.record")),
        ]

    def _summary(self) -> list[Block]:
        answer = self.answer
        good, _ = self._split()
        counts = self.say(
            "summary.counts",
            good=len(good),
            all=len(answer["decisions"]),
            failed=sum(clock["state"] in ("missed", "late") for clock in answer["clocks"]),
            critical=len(answer["critical_fails"]),
            actions=len(answer["actions"]),
        )
        ending = answer["ending"]
        end = self.say("summary.text", **{n: self.pick(ending, n) for n in ("title", "text")})
        scores = [(self.word(f"tabletop.score.{n}"), answer["scores"][n]) for n in SCORES]
        return [
            Paragraph(counts),
            Paragraph(end),
            self._table("summary", "item score", scores, (3, 1)),
        ]

    def _split(self) -> tuple[list[Result], list[Result]]:
        decisions = self.answer["decisions"]
        sound = [one for one in decisions if one["quality"] * one["pace"] >= SOUND]
        return sound, [one for one in decisions if one not in sound]

    def _cite(self, decisions: Sequence[Result], wording: str, none: str) -> Block:
        if not decisions:
            return Paragraph(self.say(none))
        items = []
        for one in decisions:
            told = {name: self.pick(one, name) for name in ("title", "expected", "observed")}
            text = self.say(wording, **told)
            id = "uncited" if one["line"] is None else "cited"
            items.append(self.say(id, text=text, line=one["line"]))
        return Bullets(tuple(items))

    def _objectives(self) -> list[Block]:
        rows = [
            (
                self.pick(one, "title"),
                self.word(f"tabletop.rating.{one['rating']}"),
                one["score"],
                one["evaluator"] or "-",
                ", ".join(map(str, one["lines"])) or "-",
            )
            for one in self.answer["objectives"]
        ]
        heads = "objective rating score evaluator lines"
        table = self._table("objectives", heads, rows, (3, 2, 1, 1, 1))
        return [table, Paragraph(self.say("scale"))]

    def _observations(self) -> list[Block]:
        rows = [
            (self.pick(one, "title"), one["text"], one["rating"] or "-", one["line"])
            for one in self.answer["notes"]
        ]
        if not rows:
            return [Paragraph(self.say("observations.none"))]
        heads = "about observation evaluator line"
        return [self._table("observations", heads, rows, (3, 5, 1, 1))]

    def _analysis(self) -> list[Block]:
        rows = []
        for one in self.answer["decisions"]:
            times = [one["opened_min"], one["at_min"]]
            told = " / ".join("-" if t is None else write_minute(t) for t in times)
            rows.append(
                (
                    self.pick(one, "title"),
                    self.pick(one, "expected"),
                    self.pick(one, "observed"),
                    self.pick(one, "consequence"),
                    one["reason"] or "-",
                    ("；" if self.lang == "zh" else "; ").join(self.pick(one, "clauses")) or "-",
                    f"{told} ({one['line'] or '-'})",
                )
            )
        heads = "decision expected observed cause reason clause time"
        return [self._table("analysis", heads, rows, (2, 3, 3, 3, 2, 2, 1.4))]

    def _clocks(self) -> list[Block]:
        def span(minute: int | None) -> str:
            return "-" if minute is None else write_minute(minute)

        rows = []
        for clock in self.answer["clocks"]:
            limit = self.pick(clock, "wording")
            if clock["deadline_min"] is not None:
                limit = f"{limit} ({span(clock['deadline_min'])})"
            left = clock["left_min"]
            rows.append(
                (
                    self.pick(clock, "title"),
                    self.pick(clock, "clause"),
                    limit,
                    span(clock["made_min"]),
                    "-" if left is None else span(left) if left >= 0 else f"-{span(-left)}",
                    self._tell_contents(clock),
                    self.word(f"tabletop.clock.{clock['state']}"),
                )
            )
        heads = "notice clause limit made left contents result"
        return [self._table("clocks", heads, rows, (2.4, 3, 2, 1, 1, 2.6, 1.4))]

    def _tell_contents(self, clock: Result) -> str:
        if clock["contents"] is None:
            return "-"
        share, lacking = f"{clock['contents']:.0%}", self.pick(clock, "lacking")
        if not lacking:
            return share
        named = ("、" if self.lang == "zh" else "; ").join(lacking)
        return self.say("lacking", share=share, contents=named)

    def _timeline(self) -> list[Block]:
        rows = [
            (line["n"], write_minute(line["at_min"]), self.pick(line, "text"))
            for line in self.answer["timeline"]
        ]
        return [self._table("timeline", "line at event", rows, (1, 1, 8))]

    def _hidden(self) -> list[Block]:
        exposure = self.answer["exposure"]
        shown = {
            "persons": exposure["persons"],
            "most": exposure["most"],
            "own": exposure["person_days"],
            "least": exposure["least"],
        }
        text = self.say("hidden.text", **{name: f"{n:,.0f}" for name, n in shown.items()})
        return [Paragraph(text)]

    def _plan(self) -> list[Block]:
        if not self.answer["actions"]:
            return [Paragraph(self.say("plan.none"))]
        roles = self.case.frames["roles"].set_index("id")
        decisions = {one["id"]: one for one in self.answer["decisions"]}
        rows = []
        for action in self.answer["actions"]:
            owner = action["owner"]
            name = self.case.say(roles.loc[owner].to_dict(), "holder", self.lang) if owner else ""
            rows.append(
                (
                    self.pick(decisions[action["decision"]], "title"),
                    self.pick(action, "title"),
                    self.word(f"after.element.{action['element']}"),
                    name or owner or self.say("blank"),
                    action["starts_on"],
                    action["due_on"],
                    self.word(f"value.status.{action['status']}"),
                )
            )
        heads = "issue action element owner starts due status"
        return [self._table("plan", heads, rows, (2, 4.4, 1.2, 1.8, 1.4, 1.4, 1))]

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
                *(one["scores"][name] for name in SCORES),
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
