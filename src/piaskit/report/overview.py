"""The overview of a group: its cases, risks, late actions, thresholds and trend as one document."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from piaskit.report.document import (
    Card,
    Cards,
    Cell,
    Document,
    Figure,
    Lang,
    LevelId,
    Section,
    Table,
)
from piaskit.report.figures import Panel, draw_heat_map
from piaskit.report.group import Summary
from piaskit.report.result_sections import tabulate_cells
from piaskit.report.results import rank_level
from piaskit.report.thresholds import compose_thresholds
from piaskit.report.trend import draw_trend
from piaskit.report.voice import GRAVE, LEVELS, STATES, Voice
from piaskit.risk.scales import spell_matrix

if TYPE_CHECKING:
    from piaskit.knowledge import Knowledge

MOST = 200  # single risks that the document shows; the register beside it holds all


@dataclass(frozen=True, slots=True)
class Member:
    """A case of the group: where it lies, what its last run gave, and its editions.

    ``summary`` is None while no run has succeeded; ``editions`` are counts, oldest first.
    """

    id: str
    status: str  # done | unchanged | failed
    error: str
    summary: Summary | None
    editions: Sequence[Mapping[str, Any]]


def compose_overview(
    members: Sequence[Member], knowledge: Knowledge, lang: Lang, *, title: str, as_of: date
) -> Document:
    """Return the overview of a group in one language; it is internal."""
    return _Overview(members, knowledge, lang).compose(title, as_of)


@dataclass(frozen=True)
class _Overview:
    members: Sequence[Member]
    knowledge: Knowledge
    lang: Lang

    @cached_property
    def voice(self) -> Voice:
        return Voice(self.knowledge.labels, self.lang, "internal")

    @cached_property
    def known(self) -> list[tuple[Member, Summary]]:
        return [(member, member.summary) for member in self.members if member.summary]

    def compose(self, title: str, as_of: date) -> Document:
        voice = self.voice
        organisations = {summary["organisation"][self.lang] for _, summary in self.known}
        return Document(
            title=title,
            subtitle=voice.say("group.subtitle"),
            lang=self.lang,
            edition="internal",
            as_of=as_of,
            organisation=voice.list_some(sorted(organisations)),
            properties=((voice.say("group.cases"), f"{len(self.members):,}"),),
            sections=(
                self._compose_brief(),
                self._compose_cases(),
                self._compose_register(),
                self._compose_overdue(),
                compose_thresholds(voice, self.knowledge, [summary for _, summary in self.known]),
                self._compose_trend(),
            ),
        )

    def _count(self, state: str, level: str) -> int:
        return sum(int(summary["counts"][state].get(level, 0)) for _, summary in self.known)

    def _compose_brief(self) -> Section:
        voice = self.voice
        worst = max(
            (summary["overall"]["current"] for _, summary in self.known),
            key=rank_level,
            default=None,
        )
        level = voice.level(worst)
        failed = sum(member.status == "failed" for member in self.members)
        late = sum(len(summary["overdue"]) for _, summary in self.known)
        cards = [
            Card(voice.say("group.worst"), str(level) if isinstance(level, str) else level.label,
                 level=None if isinstance(level, str) else level),
            *(
                Card(
                    voice.say(f"group.{name}"),
                    f"{self._count('current', name):,}",
                    voice.say("group.planned", n=self._count("planned", name)),
                )
                for name in GRAVE
            ),
            Card(voice.say("group.late"), f"{late:,}"),
            Card(voice.say("group.failed"), f"{failed:,}"),
        ]  # fmt: skip
        return voice.section(
            "group-brief",
            [
                voice.paragraph(
                    voice.say("group.lead", cases=len(self.members), known=len(self.known))
                ),
                Cards(tuple(cards)),
                *self._show_heat_maps(),
            ],
        )

    def _show_heat_maps(self) -> list[Figure]:
        """Return one heat map per method: the cells of different matrices do not add up."""
        voice = self.voice
        by_method: dict[str, list[Summary]] = defaultdict(list)
        for _, summary in self.known:
            by_method[summary["method"]].append(summary)
        figures = []
        for method, summaries in sorted(by_method.items()):
            if method not in self.knowledge.methods:
                continue  # of a case's own pack
            counts: dict[str, Counter[tuple[str, str]]] = {}
            for state in STATES:
                counts[state] = Counter()
                for summary in summaries:
                    for cell, n in summary["cells"][state].items():
                        impact, likelihood = cell.split(" ")
                        counts[state][impact, likelihood] += n
            matrix = spell_matrix(self.knowledge.methods, method)
            panels = [Panel(voice.say(f"state.{state}"), counts[state]) for state in STATES]
            columns, cells = tabulate_cells(voice, panels, matrix)
            name = self.knowledge.methods[method].title[self.lang]
            figures.append(
                Figure(
                    f"figure-group-{method}",
                    voice.say("group.map", method=name),
                    voice.say("group.map-alt", n=sum(counts["current"].values())),
                    draw_heat_map(panels, matrix, voice.say),
                    voice.table(
                        f"group-{method}",
                        voice.say("group.map-twin", method=name),
                        columns,
                        cells,
                        landscape=True,
                    ),
                )
            )
        return figures

    def _compose_cases(self) -> Section:
        voice = self.voice
        columns = (
            voice.column("case", voice.say("group.case"), 2.4),
            voice.column("organisation", voice.say("group.organisation"), 2),
            voice.column("status", voice.say("group.status"), 1.6),
            *(
                voice.column(f"overall-{s}", voice.say(f"state.{s}"), 1, "level")
                for s in ("current", "planned")
            ),
            *(voice.column(n, voice.say(f"level.{n}"), 0.8, "number") for n in GRAVE),
            voice.column("required", voice.say("group.required"), 1, "number"),
            voice.column("late", voice.say("group.late"), 0.8, "number"),
        )
        rows: list[tuple[Cell, ...]] = []
        for member in sorted(self.members, key=self._rank):
            summary = member.summary
            status = voice.say(f"group.status-{member.status}")
            if member.error:
                status = voice.say("group.because", status=status, error=_shorten(member.error))
            if summary is None:
                rows.append((member.id, "", status, *["–"] * 2, *[None] * 4))
                continue
            rows.append(
                (
                    self._name(member),
                    summary["organisation"][self.lang],
                    status,
                    *(voice.level(summary["overall"][s]) for s in ("current", "planned")),
                    *(int(summary["counts"]["current"].get(n, 0)) for n in GRAVE),
                    summary["required"],
                    len(summary["overdue"]),
                )
            )
        title = voice.say("group.cases-table")
        table = voice.table("group-cases", title, columns, rows, landscape=True)
        return voice.section("group-cases", [table])

    def _rank(self, member: Member) -> tuple[Any, ...]:
        summary = member.summary
        if summary is None:
            return (0, member.id)
        counts = summary["counts"]["current"]
        return (
            1,
            -rank_level(summary["overall"]["current"]),
            *(-int(counts.get(level, 0)) for level in GRAVE),
            member.id,
        )

    def _name(self, member: Member) -> str:
        if member.summary is None:
            return member.id
        return self.voice.say(
            "group.name", title=member.summary["title"][self.lang], case=member.id
        )

    def _compose_register(self) -> Section:
        """Return the risks by rule over all cases, then the worst single ones."""
        voice = self.voice
        by_rule: dict[str, list[tuple[Member, Mapping[str, Any]]]] = defaultdict(list)
        for member, summary in self.known:
            for risk in summary["risks"]:
                by_rule[risk["rule"]].append((member, risk))
        columns = (
            voice.column("risk", voice.say("group.risk"), 3),
            voice.column("current", voice.say("state.current"), 1, "level"),
            voice.column("planned", voice.say("state.planned"), 1, "level"),
            voice.column("cases", voice.say("group.cases"), 0.8, "number"),
            voice.column("places", voice.say("group.places"), 0.8, "number"),
            voice.column("where", voice.say("group.where"), 3),
        )
        rows: list[tuple[tuple[Any, ...], tuple[Cell, ...]]] = []
        for rule, found in by_rule.items():
            worst = {s: _find_worst(risk[s] for _, risk in found) for s in ("current", "planned")}
            where = sorted({member.id for member, _ in found})
            rank = (-rank_level(worst["current"]), -len(where), -len(found), rule)
            cells = (
                found[0][1]["title"][self.lang],
                *(voice.level(worst[s]) for s in ("current", "planned")),
                len(where),
                len(found),
                voice.list_some(where),
            )
            rows.append((rank, cells))
        title = voice.say("group.register-table")
        ordered = [cells for _, cells in sorted(rows, key=lambda row: row[0])]
        return voice.section(
            "group-register",
            [
                voice.paragraph(voice.say("group.register-text")),
                voice.table("group-register", title, columns, ordered, landscape=True),
                self._show_worst(),
            ],
        )

    def _show_worst(self) -> Table:
        voice = self.voice
        worst = sorted(
            (
                (-rank_level(risk["current"]), -rank_level(risk["planned"]), member.id, risk["id"],
                 risk, member)
                for member, summary in self.known
                for risk in summary["risks"]
                if risk["current"] in GRAVE
            ),
            key=lambda found: found[:4],
        )  # fmt: skip
        columns = (
            voice.column("case", voice.say("group.case"), 1.6),
            voice.column("risk", voice.say("group.risk"), 2.6),
            *voice.columns(("activity", 1.6)),
            voice.column("current", voice.say("state.current"), 1, "level"),
            voice.column("planned", voice.say("state.planned"), 1, "level"),
            voice.column("actions", voice.say("group.actions"), 0.8, "number"),
        )
        cells: list[tuple[Cell, ...]] = [
            (
                member.id,
                risk["title"][self.lang],
                risk["activity"][self.lang],
                voice.level(risk["current"]),
                voice.level(risk["planned"]),
                risk["actions"],
            )
            for *_, risk, member in worst[:MOST]
        ]
        rest = len(worst) - len(cells)
        note = voice.say("group.rest", n=rest) if rest else ""
        title = voice.say("group.worst-table")
        return voice.table("group-worst", title, columns, cells, note=note, landscape=True)

    def _compose_overdue(self) -> Section:
        voice = self.voice
        late = sorted(
            (
                (-int(row["days_late"]), member.id, row["id"], row, member)
                for member, summary in self.known
                for row in summary["overdue"]
            ),
            key=lambda found: found[:3],
        )
        if not late:
            return voice.section("group-overdue", [voice.paragraph(voice.say("group.none-late"))])
        columns = (
            voice.column("case", voice.say("group.case"), 1.6),
            voice.column("action", voice.say("group.action"), 3),
            voice.column("owner", voice.say("group.owner"), 1.6),
            voice.column("due", voice.say("group.due"), 1),
            voice.column("days", voice.say("group.days"), 0.8, "number"),
        )
        cells: list[tuple[Cell, ...]] = [
            (
                member.id,
                row["title"][self.lang] or row["id"],
                row["owner"][self.lang] or voice.say("word.blank"),
                row["due_on"],
                row["days_late"],
            )
            for *_, row, member in late
        ]
        title = voice.say("group.overdue-table")
        return voice.section("group-overdue", [voice.table("group-overdue", title, columns, cells)])

    def _compose_trend(self) -> Section:
        """Return how many cases stood at which level, day by day of an edition."""
        voice = self.voice
        days = sorted({edition["as_of"] for member in self.members for edition in member.editions})
        counted: list[tuple[str, Counter[str]]] = []
        for day in days:
            levels: Counter[str] = Counter()
            for member in self.members:
                past = [edition for edition in member.editions if edition["as_of"] <= day]
                if past:
                    levels[past[-1]["overall"] or "none"] += 1
            counted.append((day, levels))
        columns = (
            voice.column("day", voice.say("group.day"), 1.2),
            voice.column("cases", voice.say("group.cases"), 1, "number"),
            *(
                voice.column(level, voice.say(f"level.{level}"), 1, "number")
                for level in reversed(LEVELS)
            ),
        )
        cells: list[tuple[Cell, ...]] = [
            (day, levels.total(), *(levels[level] for level in reversed(LEVELS)))
            for day, levels in counted
        ]
        twin = voice.table("group-trend", voice.say("group.trend-twin"), columns, cells)
        if len(counted) < 2:
            return voice.section(
                "group-trend", [voice.paragraph(voice.say("group.trend-one")), twin]
            )
        words: dict[LevelId, str] = {level: voice.say(f"level.{level}") for level in LEVELS}
        figure = Figure(
            "figure-group-trend",
            voice.say("group.trend"),
            voice.say("group.trend-alt", first=days[0], last=days[-1]),
            draw_trend(counted, words),
            twin,
        )
        return voice.section("group-trend", [figure])


def _shorten(error: str) -> str:
    """Return the first line of an error, and no more than a cell holds."""
    line, _, more = error.partition("\n")
    return f"{line[:200]} …" if more or len(line) > 200 else line


def _find_worst(levels: Any) -> str | None:
    worst: str | None = max(levels, key=rank_level, default=None)
    return worst
