"""Facts become duties: who must be told, by when, why, and which facts are missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from piaskit.incident.clocks import add_time, find_start, name_start, write_time
from piaskit.incident.conditions import ask_condition
from piaskit.incident.day import Day
from piaskit.incident.enisa import describe_enisa
from piaskit.incident.facts import Facts
from piaskit.incident.ground import Ground, either, list_missing
from piaskit.incident.notices import describe_notice
from piaskit.incident.questions import Situation
from piaskit.incident.risk import describe_risk
from piaskit.incident.severity import Severity, find_grading, grade_by_sector, grade_incident
from piaskit.incident.workdays import NoCalendar
from piaskit.knowledge import Duty, DutyPack, Knowledge
from piaskit.knowledge.duty import Clock

Verdict = Literal["required", "not-required", "judge"]


@dataclass(frozen=True, slots=True)
class DecidedDuty:
    """One duty with its decision; ``deadline`` is None where the law gives no number.

    Of a ``judge`` both times are conditional: they hold if the duty turns out to be due.
    """

    id: str
    pack: DutyPack
    duty: Duty
    decision: Verdict
    grounds: tuple[Ground, ...]
    missing: tuple[str, ...]
    starts_at: datetime | None = None
    deadline: datetime | None = None
    clock: Clock | None = None
    assess_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to an incident; every incident is recorded, told to anybody or not."""

    facts: Facts
    knowledge: Knowledge
    severity: Severity | None
    duties: tuple[DecidedDuty, ...]
    undecided: tuple[str, ...]

    @property
    def grades_level(self) -> bool:
        """Whether the level of the incident in China matters for a duty that was asked for."""
        return any(duty.pack.regime.startswith("cn") for duty in self.duties)

    @property
    def weighs_risk(self) -> bool:
        """Whether a duty that was asked for turns on the risk to the persons."""
        asked = {one.named for d in self.duties for one in (*d.duty.requires, *d.duty.unless)}
        return bool(asked & {"risk-unlikely", "high-risk"})

    def to_dict(self, *, changes: bool = False) -> dict[str, Any]:
        """Return severity, duties, record and notices as plain JSON values.

        With ``changes`` each duty also lists the single facts that would change its verdict.
        """
        if changes:
            from piaskit.incident.changes import find_changes

            turns = find_changes(self)
            answer = self.to_dict()
            for duty in answer["duties"]:
                duty["changes"] = turns.get(duty["id"], [])
            return answer
        told = [duty for duty in self.duties if duty.decision != "not-required"]
        return {
            "id": self.facts["id"],
            "severity": {
                "enisa": describe_enisa(self.facts, self.knowledge),
                "cn": self._describe_level(self.severity),
                "plans": {
                    id: {
                        "title": self.knowledge.duties[id].title.en,
                        "title_zh": self.knowledge.duties[id].title.zh,
                        **self._describe_level(severity),
                    }
                    for id, severity in grade_by_sector(self.facts, self.knowledge).items()
                },
            },
            "duties": [
                *(self._describe_duty(duty) for duty in self.duties),
                *(self._describe_undecided(regime) for regime in self.undecided),
            ],
            "risk_to_persons": describe_risk(self.facts, self.knowledge),
            "record": True,
            "notices": [
                describe_notice(duty.id, duty.duty, duty.pack, self.facts, self.knowledge)
                for duty in told
                if duty.duty.notice
            ],
        }

    def _say(self, grounds: tuple[Ground, ...], lang: str) -> list[str]:
        labels = self.knowledge.labels
        return list(dict.fromkeys(t for g in grounds for t in g.say(labels, lang)))

    def _describe_level(self, severity: Severity | None) -> dict[str, Any]:
        if severity is None:
            return {"level": None, "missing": ["a pack that grades"]}
        return {
            "level": severity.level,
            "lowest": severity.lowest,
            "highest": severity.highest,
            "because": self._say(severity.grounds, "en"),
            "because_zh": self._say(severity.grounds, "zh"),
            "missing": list(severity.missing),
        }

    def _describe_duty(self, decided: DecidedDuty) -> dict[str, Any]:
        duty, knowledge = decided.duty, self.knowledge
        starts_at, deadline = write_time(decided.starts_at), write_time(decided.deadline)
        answer: dict[str, Any] = {
            "id": decided.id,
            "regime": decided.pack.regime,
            "recipient": duty.recipient,
            "decision": decided.decision,
            "clause": knowledge.cite(duty.clause, "en"),
            "starts_at": starts_at,
            "deadline": deadline,
            "wording": duty.wording.en,
            "because": self._say(decided.grounds, "en"),
            "missing": list(decided.missing),
            "title": duty.title.en,
            "title_zh": duty.title.zh,
            "body": duty.body.en,
            "body_zh": duty.body.zh,
            "clause_zh": knowledge.cite(duty.clause, "zh"),
            "wording_zh": duty.wording.zh,
            "because_zh": self._say(decided.grounds, "zh"),
            "confidence": duty.confidence,
        }
        if duty.note:
            answer |= {"note": duty.note.en, "note_zh": duty.note.zh}
        if duty.standing != "law":
            answer["standing"] = duty.standing
        if decided.clock and decided.clock.standing != "law":
            answer["deadline_standing"] = decided.clock.standing
        if decided.assess_by:
            answer["assess_by"] = write_time(decided.assess_by)
        if decided.decision == "judge":
            answer["if_true"] = {"starts_at": starts_at, "deadline": deadline}
        return answer

    def _describe_undecided(self, regime: str) -> dict[str, Any]:
        labels = self.knowledge.labels
        fields = {"regime": regime}
        answer: dict[str, Any] = {
            "id": regime,
            "regime": regime,
            "recipient": "authority",
            "decision": "judge",
            "clause": "",
            "starts_at": None,
            "deadline": None,
            "wording": "",
            "because": [labels("incident.regime.no-pack", "en", **fields)],
            "missing": [f"a pack of duties for {regime}"],
            "wording_zh": "",
            "because_zh": [labels("incident.regime.no-pack", "zh", **fields)],
        }
        return answer


def decide_incident(facts: Facts, knowledge: Knowledge) -> Decision:
    """Decide every duty of the regimes that the facts name, in the order of packs and duties.

    A duty is ``required`` when all its conditions hold and no exception is shown, ``not-required``
    when one condition fails or one exception is shown, else ``judge`` with the missing facts. A
    blank fact that could lift a required duty is named as missing too. Without regimes every duty
    is for a person to judge.

    >>> from piaskit.incident.facts import build_facts
    >>> from piaskit.knowledge import load_knowledge
    >>> known = {"regimes": ["cn-pipl"], "confidentiality": {"state": "possible"}}
    >>> knowledge = load_knowledge()
    >>> decided = decide_incident(build_facts(known, knowledge), knowledge).to_dict()["duties"]
    >>> [(d["decision"], d["deadline"]) for d in decided if d["id"] == "cn-pipl-auth"]
    [('required', None)]
    """
    grading = find_grading(knowledge)
    severity = grade_incident(facts, grading) if grading else None
    stated: tuple[str, ...] = facts["regimes"] or ()
    decided: list[DecidedDuty] = []
    covered: set[str] = set()
    for _, pack in sorted(knowledge.duties.items()):
        situation = Situation(facts, knowledge, pack, severity)
        for id, duty in pack.duties.items():
            asked = {name for name in stated if covers(name, pack, id)}
            covered |= asked
            if asked or not stated:
                decided.append(_decide_duty(id, duty, situation))
    undecided = tuple(name for name in stated if name not in covered)
    return Decision(facts, knowledge, severity, tuple(decided), undecided)


def covers(name: str, pack: DutyPack, duty: str) -> bool:
    """Say whether a stated regime asks for a duty of a pack.

    A name asks for the packs of that regime, or whose regime begins with it (``us`` for ``us-ca``),
    and for the duty of that id or whose id begins with it (``us-ca-ag``); parts count as a whole.
    """
    return any(
        word == name or word.startswith(f"{name}-") for word in (pack.regime, *pack.also, duty)
    )


def _decide_duty(id: str, duty: Duty, situation: Situation) -> DecidedDuty:
    facts = situation.facts
    grounds = [*_ask_standing(duty), _ask_in_force(duty, facts), *_ask_regime(facts)]
    grounds += [ask_condition(one, situation) for one in duty.requires]
    grounds += [ask_condition(one, situation).waive() for one in duty.unless]
    against = either([ground.negate() for ground in grounds])
    decision: Verdict = {"yes": "not-required", "no": "required", "unknown": "judge"}[against]  # type: ignore[assignment]
    deciding = {"not-required": "no", "required": "yes", "judge": "unknown"}[decision]
    kept = [g for g in grounds if g.met == deciding and g.label != "incident.in-force.yes"]
    if decision == "not-required":
        del kept[1:]  # one reason is enough, and the first is the plainest
    missing = list_missing(kept)
    if decision == "required" and duty.at_most == "judge":
        decision = "judge"
        kept.append(Ground("unknown", "incident.may-order"))
    if decision == "not-required":
        return DecidedDuty(id, situation.pack, duty, decision, tuple(kept), missing)
    clock, open_clock = _pick_clock(duty, situation)
    start = clock.start if clock else duty.start
    starts_at = find_start(facts, start) if start else None
    if decision == "judge" and start == "aware" and starts_at is None:
        missing = (*missing, name_start(start))
        starts_at = find_start(facts, "discovery")  # the cautious count while awareness is open
    if start and (starts_at is None or isinstance(starts_at, Day)):
        missing = (*missing, name_start(start))  # of a day the hour is missing
    deadline = assess_by = None
    if starts_at and clock:
        try:
            deadline = add_time(starts_at, clock)
        except NoCalendar as gap:
            fields = {"country": gap.country, "year": gap.year}
            decision = "judge"
            open_clock = Ground("unknown", "incident.no-calendar", (f"calendar of {gap}",), fields)
    if open_clock:
        kept.append(open_clock)
        missing = (*missing, *open_clock.missing)
    if duty.assess and (found := find_start(facts, duty.assess.start)):
        assess_by = add_time(found, duty.assess)
    missing = tuple(dict.fromkeys(missing))
    return DecidedDuty(
        id,
        situation.pack,
        duty,
        decision,
        tuple(kept),
        missing,
        starts_at,
        deadline,
        clock,
        assess_by,
    )


def _pick_clock(duty: Duty, situation: Situation) -> tuple[Clock | None, Ground | None]:
    """Return the clock that runs; while it is open which of two, the shorter with the reason."""
    for other in duty.clocks:
        ground = ask_condition(other.when, situation)
        if ground.met == "yes":
            return other.clock, None
        if ground.met == "unknown":
            clocks = [clock for clock in (duty.clock, other.clock) if clock]
            shorter = min(clocks, key=lambda clock: (clock.start == "year-end", clock.length))
            return shorter, replace(ground, label="incident.clock-open", more=(ground,))
    return duty.clock, None


def _ask_standing(duty: Duty) -> list[Ground]:
    """Refuse what is no law: a proposal, or a notice that a guideline only recommends."""
    if duty.standing in ("voluntary", "proposal"):
        return [Ground("no", f"incident.standing.{duty.standing}")]
    return []


def _ask_regime(facts: Facts) -> list[Ground]:
    return [] if facts["regimes"] else [Ground("unknown", "incident.regime.blank", ("regimes",))]


def _ask_in_force(duty: Duty, facts: Facts) -> Ground:
    """Ask whether the duty was in force when the incident was found."""
    found = find_start(facts, "discovery")
    if found is not None and duty.in_force is not None and found.date() < duty.in_force:
        fields = {"day": duty.in_force.isoformat()}
        return Ground("no", "incident.in-force.no", fields=fields)
    return Ground("yes", "incident.in-force.yes")
