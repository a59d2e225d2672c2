"""Criteria of a screening pack put to the facts of a case: which answer holds, by which rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from piaskit.errors import Place
from piaskit.knowledge.screening import Criterion, Met, Reply, ScreeningPack
from piaskit.rules import Facts, Question, decides_by_row, put_question
from piaskit.rules.script import SCREENED, find_words, split_reply

if TYPE_CHECKING:
    from piaskit.errors import Issue
    from piaskit.knowledge import Knowledge

Row = tuple[str, str]
"""A row of the case: table and id."""

_FIELD = re.compile(r"\{(\w+)\}")
_ACTIVITIES = SCREENED["where"]
_VIEWS = {part: view for part, view in SCREENED.items() if part != "where"}
"""What an answer may ask for rows of, and the view they stand in."""

_TOLD = {
    "items": "list({'id': id, 'category': category, 'en': title_en, 'zh': title_zh} ORDER BY id)",
    "flows": "list(id ORDER BY id)",
    "judgements": "list(id ORDER BY id)",
}
_PLACES = """list(DISTINCT {'table': place_table, 'id': target, 'en': target_title_en,
                       'zh': target_title_zh})"""
# What is told of the rows. There may be a million flows, so their targets are told once each.

Condition: TypeAlias = tuple[str, str]  # a view, and what is asked of its rows
Held: TypeAlias = dict[str, tuple[list[Any] | None, list[Any] | None]]
"""By activity for which a condition holds: the rows, None for itself, and the places to name."""

FLOWS = _VIEWS["flows"]
PLACES = frozenset(SCREENED.values())
"""Where answers look for their rows."""

TOLD = find_words(" ".join(["activity", _PLACES, *_TOLD.values()]))
"""The columns that are told of the rows."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One criterion answered for one activity; without ``reply`` the question failed.

    ``named`` are the titles in both languages that the reason lists.
    """

    criterion: str
    reply: Reply | None
    rows: tuple[Row, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def met(self) -> Met:
        """The answer; a question that failed leaves it unknown."""
        return self.reply.met if self.reply else "unknown"


@dataclass(slots=True)
class Screener:
    """Answers criteria for all activities at once; what two packs ask alike is asked once.

    ``held`` is what conditions have found already (``hold_together``).
    """

    facts: Facts
    knowledge: Knowledge
    activities: list[str]
    seconds: float
    held: Mapping[Condition, Held] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    _known: dict[str, dict[str, Ground]] = field(default_factory=dict)

    def answer_pack(self, pack: ScreeningPack) -> dict[str, list[Ground]]:
        """Return per activity a ground for each criterion of the pack, in the pack's order."""
        found = [self._answer(pack, name, criterion) for name, criterion in pack.criteria.items()]
        return {activity: [grounds[activity] for grounds in found] for activity in self.activities}

    def _answer(self, pack: ScreeningPack, name: str, criterion: Criterion) -> dict[str, Ground]:
        owner, home = pack.id, name
        if criterion.like:
            owner, _, home = criterion.like.partition(" ")
        key = f"{owner} {home}"
        if key not in self._known:
            source = self.knowledge.screenings[owner].criteria[home]
            self._known[key] = self._ask(owner, home, source)
        return {
            activity: Ground(name, g.reply, g.rows, g.named, g.missing)
            for activity, g in self._known[key].items()
        }

    def _ask(self, pack: str, name: str, criterion: Criterion) -> dict[str, Ground]:
        """Try one answer after the other on the activities that none before has settled."""
        settled: dict[str, Ground] = {}
        for number, reply in enumerate(criterion.answers):
            if len(settled) == len(self.activities):
                break
            rows: list[tuple[Any, ...]] | Issue | None = self._look_up(reply)
            if rows is None:
                place = self.knowledge.found_in[("screenings", pack)]
                spoken = f"answer {number + 1} of the criterion {name}"
                rows = put_question(self.facts, _write_question(reply, place, spoken), self.seconds)
            if not isinstance(rows, list):
                self.issues.append(rows)
                lost = Ground(name, None, missing=(f"the answer of the pack {pack} to {name}",))
                settled |= dict.fromkeys(set(self.activities) - set(settled), lost)
                break
            for activity, told, places in rows:
                if activity is not None and activity not in settled:
                    settled[activity] = _tell_ground(name, reply, activity, told, places)
        return settled

    def _look_up(self, reply: Reply) -> list[tuple[Any, ...]] | None:
        """Return what an answer's question would; None where it has to be put."""
        rows: Held = dict.fromkeys(self.activities, (None, None))
        for condition in split_reply(reply):
            if condition not in self.held:
                return None
            held = self.held[condition]
            rows = {activity: held[activity] for activity in rows if activity in held}
        named = reply.places == "yes"
        return [
            (activity, told, places if named else None) for activity, (told, places) in rows.items()
        ]


def hold_together(
    facts: Facts, packs: Iterable[ScreeningPack], seconds: float
) -> dict[Condition, Held]:
    """Find what holds by the conditions of packs, in one question for each view.

    Left out is what decides on more than one row, or fails: that is to be asked by itself, so that
    the one at fault is known.
    """
    wanted: dict[str, dict[str, bool]] = {}  # by view and condition: whether places are told
    for reply in (r for pack in packs for one in pack.criteria.values() for r in one.answers):
        for view, condition in split_reply(reply):
            if decides_by_row(facts, view, condition):
                asked = wanted.setdefault(view, {})
                asked[condition] = asked.get(condition, False) or reply.places == "yes"
    held: dict[Condition, Held] = {}
    for view, asked in wanted.items():
        question = Question(_write_together(view, asked), (), Place(view), view)
        rows = put_question(facts, question, seconds)
        if isinstance(rows, list):
            for n, condition in enumerate(asked):
                cells = ((row[0], row[2 * n + 1], row[2 * n + 2]) for row in rows)
                held[view, condition] = {
                    id: (told or None, places) for id, told, places in cells if told is not None
                }
    return held


def _write_together(view: str, asked: Mapping[str, bool]) -> str:
    """Write the SELECT of all conditions on a view: a row per activity, rows and places of each."""
    if view == _ACTIVITIES:
        cells = (f"CASE WHEN (\n{condition}\n) THEN [] END, NULL" for condition in asked)
        return f"SELECT id, {', '.join(cells)} FROM {view}"
    part = next(part for part, name in _VIEWS.items() if name == view)
    cells = (
        f"{_TOLD[part]} FILTER (WHERE (\n{condition}\n)), "
        + (_tell_places(f"(\n{condition}\n) AND place_table IS NOT NULL") if named else "NULL")
        for condition, named in asked.items()
    )
    return f"SELECT activity, {', '.join(cells)} FROM {view} GROUP BY activity"


def _tell_places(condition: str) -> str:
    return f"{_PLACES} FILTER (WHERE {condition})"


def _write_question(reply: Reply, place: Place, name: str) -> Question:
    """Write the SELECT of an answer: the activities it holds for, their rows and places."""
    told, joined = "NULL, NULL", ""
    conditions = []
    for part, view in _VIEWS.items():
        if (condition := getattr(reply, part)) is not None:
            told = "q.told, q.places"
            places = _tell_places("place_table IS NOT NULL") if reply.places == "yes" else "NULL"
            joined = f"""
                JOIN (SELECT activity, {_TOLD[part]} AS told, {places} AS places
                      FROM {view} WHERE (\n{condition}\n) GROUP BY activity) q
                  ON q.activity = a.id"""
            conditions.append((view, condition))
    limited = ""
    if reply.where is not None:
        conditions.append((_ACTIVITIES, reply.where))
        limited = f"WHERE a.id IN (SELECT id FROM {_ACTIVITIES} WHERE (\n{reply.where}\n))"
    sql = f"SELECT a.id, {told} FROM {_ACTIVITIES} a {joined} {limited}"
    return Question(sql, tuple(conditions), place, name)


def _tell_ground(
    criterion: str, reply: Reply, activity: str, told: list[Any] | None, places: list[Any] | None
) -> Ground:
    """Tell the rows that decide, the titles a reason lists, and each missing fact by its row."""
    own: tuple[Row, ...] = (("activities", activity),)
    here = {"activity": activity}
    if told is None:
        return Ground(criterion, reply, own, (), tuple(_fill(reply, [here])))
    table = next(part for part in _VIEWS if getattr(reply, part) is not None)
    ends = sorted(places or (), key=lambda place: (place["table"], place["id"]))
    found = [row if table == "items" else {"id": row} for row in told]
    named = found if table == "items" else ends
    rows: list[Row] = [(table, row["id"]) for row in found]
    rows += [(place["table"], place["id"]) for place in ends]
    if reply.where and table != "judgements":
        rows = [*own, *rows]
    lacks = [here | {"place_table": p["table"], "place": p["id"]} for p in ends]
    if not ends:
        lacks = [here | {name: row[name] for name in ("id", "category") if name in row}
                 for row in found]  # fmt: skip
    return Ground(
        criterion,
        reply,
        tuple(dict.fromkeys(rows)),
        tuple((row["en"], row["zh"]) for row in named),
        tuple(dict.fromkeys(_fill(reply, lacks))),
    )


def _fill(reply: Reply, rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Fill the facts that are missing in for each row."""
    if reply.missing:
        for fields in rows:
            for template in reply.missing:
                yield _FIELD.sub(lambda found: fields.get(found[1], found[0]), template)  # noqa: B023
