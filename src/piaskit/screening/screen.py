"""Is an assessment due: each active regime's criteria, one by one, with the rows that decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from piaskit import __version__
from piaskit.display import Content, Grid, Part
from piaskit.knowledge import Knowledge
from piaskit.knowledge.records import Criterion
from piaskit.screening.gdpr import MANDATORY, argue_gdpr, decide_gdpr
from piaskit.screening.pipl import argue_pipl, decide_pipl
from piaskit.screening.profile import Ground, Profile, Row, gather_profiles

if TYPE_CHECKING:
    from piaskit.case import Case

_REGIMES: dict[str, tuple[Callable[[Profile], list[Ground]], Callable[[list[Ground]], str]]] = {
    "cn-pipl": (argue_pipl, decide_pipl),
    "eu-gdpr": (argue_gdpr, decide_gdpr),
}
_NAMED = 5  # titles a reason lists before it only counts


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
    """The verdicts of a case, by activity and regime."""

    as_of: str
    verdicts: tuple[Verdict, ...]
    knowledge: Knowledge
    titles: dict[str, str]
    lang: str = "en"

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's JSON."""
        return {
            "piaskit": __version__,
            "schema": 1,
            "as_of": self.as_of,
            "verdicts": [verdict.to_dict() for verdict in self.verdicts],
        }

    def __repr__(self) -> str:
        return f"<Screening as of {self.as_of}: {len(self.verdicts)} verdicts>"

    def _repr_html_(self) -> str:
        say, lang = self.knowledge.labels, self.lang
        heads = ("activity", "regime", "decision", "because", "missing")
        rows: list[Sequence[Content]] = [
            (
                self.titles[verdict.activity],
                say(f"report.regime.{verdict.regime}", lang),
                say(f"screening.decision.{verdict.decision}", lang),
                list[Part](_tell_reasons(verdict, lang)),
                list[Part](verdict.missing),
            )
            for verdict in self.verdicts
        ]
        title = say("screening.title", lang, as_of=self.as_of)
        words = tuple(say(f"screening.{name}", lang) for name in heads)
        return Grid(title, words, rows, lang)._repr_html_()


def screen_case(case: Case, activities: Sequence[str] | None = None) -> Screening:
    """Argue for each activity and active regime whether an assessment is due.

    `activities` limits the answer to these ids. An answer is `judge` only when a fact is missing,
    and names it.
    """
    profiles, titles = gather_profiles(case)
    lang = case.languages[0]
    wanted = None if activities is None else set(activities)
    verdicts = [
        _judge_activity(profile, regime, case.knowledge, titles)
        for profile in profiles
        if wanted is None or profile.id in wanted
        for regime in sorted(set(case.regimes) & set(_REGIMES))
    ]
    return Screening(
        as_of=case.as_of.isoformat(),
        verdicts=tuple(verdicts),
        knowledge=case.knowledge,
        titles={
            str(row.id): case.say(row, "title", lang) or str(row.id)
            for row in case.frames["activities"].itertuples()
        },
        lang=lang,
    )


def _judge_activity(
    profile: Profile, regime: str, knowledge: Knowledge, titles: dict[Row, tuple[str, str]]
) -> Verdict:
    argue, decide = _REGIMES[regime]
    grounds = argue(profile)
    decision = decide(grounds)
    criteria = _list_criteria(knowledge, regime)
    open_facts = (fact for ground in grounds for fact in ground.missing)
    nine = [ground for ground in grounds if ground.criterion not in MANDATORY]
    alone = (
        regime == "eu-gdpr"
        and decision == "not-required"
        and any(ground.met == "yes" for ground in nine)
    )
    say = knowledge.labels
    return Verdict(
        regime=regime,
        activity=profile.id,
        decision=decision,
        because=tuple(
            _write_argument(ground, criteria[ground.criterion], knowledge, titles)
            for ground in grounds
        ),
        missing=tuple(dict.fromkeys(open_facts)) if decision == "judge" else (),
        note=say("screening.note.one", "en") if alone else None,
        note_zh=say("screening.note.one", "zh") if alone else None,
    )


def _list_criteria(knowledge: Knowledge, regime: str) -> dict[str, Criterion]:
    return {
        id: criterion
        for _, regulation in sorted(knowledge.regulations.items())
        if regulation.regime == regime
        for id, criterion in regulation.screening.items()
    }


def _write_argument(
    ground: Ground,
    criterion: Criterion,
    knowledge: Knowledge,
    titles: dict[Row, tuple[str, str]],
) -> Argument:
    def say(lang: str) -> str:
        names = _join_names(knowledge, lang, (titles[row][lang == "zh"] for row in ground.named))
        return knowledge.labels(ground.reason, lang, names=names, **ground.fields)

    return Argument(
        criterion=ground.criterion,
        title=criterion.title.en,
        title_zh=criterion.title.zh,
        clause=knowledge.cite(criterion.clause, "en"),
        clause_zh=knowledge.cite(criterion.clause, "zh"),
        met=ground.met,
        reason=say("en"),
        reason_zh=say("zh"),
        confidence=ground.confidence or criterion.confidence,
        rows=ground.rows,
    )


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
