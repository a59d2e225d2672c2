"""Is an assessment due: each active regime's criteria, one by one, with the rows that decide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from piaskit import __version__
from piaskit.display import Content, Grid, Part
from piaskit.errors import Issue
from piaskit.knowledge import Knowledge
from piaskit.knowledge.records import Text
from piaskit.knowledge.screening import ScreeningPack
from piaskit.rules import SECONDS, Facts
from piaskit.rules.facts import borrow_facts
from piaskit.rules.script import choose_steps, find_words, list_conditions, read_script, take_step
from piaskit.screening.decision import choose_note, decide_screening, list_open
from piaskit.screening.grounds import (
    FLOWS,
    PLACES,
    TOLD,
    Ground,
    Row,
    Screener,
    hold_together,
)

if TYPE_CHECKING:
    from piaskit.case import Case

_FIELD = re.compile(r"\{(\w+)\}")
_NAMED = 5  # titles a reason lists before it only counts
MOST_STORED = 100_000
"""Flows that are stored as they are screened; of more, each answer reads only what it asks for."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One criterion of a verdict, argued in both languages."""

    criterion: str
    title: str
    title_zh: str
    clause: str
    clause_zh: str
    met: str
    reason: str
    reason_zh: str
    confidence: str
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the argument as JSON holds it."""
        return {
            "criterion": self.criterion,
            "title": self.title,
            "title_zh": self.title_zh,
            "clause": self.clause,
            "clause_zh": self.clause_zh,
            "met": self.met,
            "reason": self.reason,
            "reason_zh": self.reason_zh,
            "confidence": self.confidence,
            "rows": [{"table": table, "id": id} for table, id in self.rows],
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one regime says about one activity; `missing` names the blank facts that decide."""

    regime: str
    activity: str
    decision: str
    because: tuple[Argument, ...]
    missing: tuple[str, ...]
    note: str | None = None
    note_zh: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON holds it."""
        return {
            "regime": self.regime,
            "activity": self.activity,
            "decision": self.decision,
            "because": [argument.to_dict() for argument in self.because],
            "missing": list(self.missing),
            "note": self.note,
            "note_zh": self.note_zh,
        }


@dataclass(frozen=True, repr=False)
class Screening:
    """The verdicts of a case, by activity and regime.

    ``not_screened`` are regimes of the case for which no pack of screening speaks; ``issues`` tell
    of questions of a pack that could not be asked.
    """

    as_of: str
    verdicts: tuple[Verdict, ...]
    knowledge: Knowledge
    titles: dict[str, str]
    lang: str = "en"
    not_screened: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = field(default=(), compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's JSON."""
        return {
            "piaskit": __version__,
            "schema": 1,
            "as_of": self.as_of,
            "verdicts": [verdict.to_dict() for verdict in self.verdicts],
            "not_screened": [
                {
                    "regime": regime,
                    "message": self.knowledge.labels("screening.no-pack", "en", regime=regime),
                    "message_zh": self.knowledge.labels("screening.no-pack", "zh", regime=regime),
                }
                for regime in self.not_screened
            ],
            "issues": [issue.to_dict() for issue in self.issues],
        }

    def __repr__(self) -> str:
        return f"<Screening as of {self.as_of}: {len(self.verdicts)} verdicts>"

    def _repr_html_(self) -> str:
        say, lang = self.knowledge.labels, self.lang
        heads = ("activity", "regime", "decision", "because", "missing")
        rows: list[Sequence[Content]] = [
            (
                self.titles[verdict.activity],
                say(named, lang)
                if (named := f"report.regime.{verdict.regime}") in say
                else verdict.regime,
                say(f"screening.decision.{verdict.decision}", lang),
                list[Part](_tell_reasons(verdict, lang)),
                list[Part](verdict.missing),
            )
            for verdict in self.verdicts
        ]
        title = say("screening.title", lang, as_of=self.as_of)
        words = tuple(say(f"screening.{name}", lang) for name in heads)
        return Grid(title, words, rows, lang)._repr_html_()


def screen_case(
    case: Case,
    activities: Sequence[str] | None = None,
    *,
    seconds: float = SECONDS,
    facts: Facts | None = None,
) -> Screening:
    """Argue for each activity and active regime whether an assessment is due.

    ``activities`` limits the answer to these ids. An answer is ``judge`` only when a fact is
    missing, and names it. A question of a pack that fails, or takes more than ``seconds``, leaves
    its criterion unknown and is told in ``issues``; nothing is raised. ``facts`` of the case are
    those that are open already (``open_facts``).
    """
    known = case.knowledge.screenings
    packs = {pack.regime: pack for pack in known.values()}
    active = [packs[regime] for regime in sorted(set(case.regimes) & set(packs))]
    titles = {
        str(row.id): case.say(row, "title", case.languages[0]) or str(row.id)
        for row in case.frames["activities"].itertuples()
    }
    wanted = [id for id in sorted(titles) if activities is None or id in set(activities)]
    found: dict[str, dict[str, list[Ground]]] = {}
    problems: list[Issue] = []
    if wanted and active:
        views = read_script("screening")
        asked = find_words("\n".join(c for _, c in list_conditions(known.values()))) | TOLD | PLACES
        with borrow_facts(case, facts, wanted=asked.union(*map(find_words, views))) as opened:
            opened.connection.register("category_answers", _tell_answers(case.knowledge))
            many = len(case.frames["flows"]) > MOST_STORED
            for step in choose_steps(views, asked, PLACES - {FLOWS} if many else PLACES)[0]:
                take_step(opened.connection, step)
            # Of many flows, all that is told at a time would take too much memory.
            held = {} if many else hold_together(opened, known.values(), seconds)
            screener = Screener(opened, case.knowledge, sorted(titles), seconds, held)
            found = {pack.regime: screener.answer_pack(pack) for pack in active}
            problems = screener.issues
    return Screening(
        as_of=case.as_of.isoformat(),
        verdicts=tuple(
            _judge_activity(pack, activity, found[pack.regime][activity], case.knowledge)
            for activity in wanted
            for pack in active
        ),
        knowledge=case.knowledge,
        titles=titles,
        lang=case.languages[0],
        not_screened=tuple(sorted(set(case.regimes) - set(packs))),
        issues=tuple(problems),
    )


def _tell_answers(knowledge: Knowledge) -> pa.Table:
    """Return a row per category: what each regime says of it, active in the case or not."""
    rows = [
        {"category": id, **{r.replace("-", "_"): a for r, a in category.sensitive.items()}}
        for id, category in knowledge.categories.items()
    ]
    columns = ["category", "cn_pipl", "eu_gdpr"]
    frame = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns, "str"))
    return pa.Table.from_pandas(frame, preserve_index=False)


def _judge_activity(
    pack: ScreeningPack, activity: str, grounds: list[Ground], knowledge: Knowledge
) -> Verdict:
    met = {ground.criterion: ground.met for ground in grounds}
    decision = decide_screening(pack, met)
    deciding = set(list_open(pack, met))
    missing = [fact for g in grounds if g.criterion in deciding for fact in g.missing]
    note = choose_note(pack, decision, met)
    fields = {
        name: f"{knowledge.regulations[law].numbers[number].value:,}"
        for name, (law, _, number) in ((n, r.partition(" ")) for n, r in pack.numbers.items())
    }
    return Verdict(
        regime=pack.regime,
        activity=activity,
        decision=decision,
        because=tuple(_write_argument(ground, pack, knowledge, fields) for ground in grounds),
        missing=tuple(dict.fromkeys(missing)) if decision == "judge" else (),
        note=note.text.en if note else None,
        note_zh=note.text.zh if note else None,
    )


def _write_argument(
    ground: Ground, pack: ScreeningPack, knowledge: Knowledge, fields: Mapping[str, str]
) -> Argument:
    criterion = pack.criteria[ground.criterion]
    reason = ground.reply.reason if ground.reply else knowledge.labels["screening.failed"]

    def say(lang: str) -> str:
        names = _join_names(knowledge, lang, (pair[lang == "zh"] for pair in ground.named))
        return _fill(reason, lang, {**fields, "names": names})

    return Argument(
        criterion=ground.criterion,
        title=criterion.title.en,
        title_zh=criterion.title.zh,
        clause=knowledge.cite(criterion.clause, "en"),
        clause_zh=knowledge.cite(criterion.clause, "zh"),
        met=ground.met,
        reason=say("en"),
        reason_zh=say("zh"),
        confidence=(ground.reply and ground.reply.confidence) or criterion.confidence,
        rows=ground.rows,
    )


def _fill(text: Text, lang: str, fields: Mapping[str, str]) -> str:
    """Fill the fields in once; a name that looks like a field is a name."""
    return _FIELD.sub(lambda found: fields.get(found[1], found[0]), text[lang])


def _join_names(knowledge: Knowledge, lang: str, names: Iterable[str]) -> str:
    listed = list(names)
    text = ""
    for name in listed[:_NAMED]:
        text = knowledge.labels("screening.names", lang, first=text, second=name) if text else name
    if len(listed) > _NAMED:
        text = knowledge.labels("screening.more", lang, names=text, n=len(listed) - _NAMED)
    return text


def _tell_reasons(verdict: Verdict, lang: str) -> list[str]:
    """List the criteria that decide: those met, else those unknown, else all."""
    for met in ("yes", "unknown", "no"):
        found = [argument for argument in verdict.because if argument.met == met]
        if found:
            if lang == "zh":
                return [f"{argument.clause_zh}：{argument.reason_zh}" for argument in found]
            return [f"{argument.clause}: {argument.reason}" for argument in found]
    return []
