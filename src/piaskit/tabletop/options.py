"""The decisions of a drafted scenario: the right options are those of the duties engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from piaskit.tabletop.phrases import Pair, Phrases, join_pairs, pair_text

if TYPE_CHECKING:
    from piaskit.incident.duties import DecidedDuty
    from piaskit.tabletop.course import Course
    from piaskit.tabletop.subject import Subject

_ELEMENTS = {"contain": "exercise", "press": "organisation", "learn": "equipment"}
LASTS = 5760  # minutes; longer than 72 hours, so that a missed clock is told
_LATE = 4200
PROPER = {
    "authority": ("portal", "hotline", "phone", "mail", "in-person"),
    "police": ("hotline", "phone", "in-person"),
    "controller": ("mail", "phone", "portal", "letter"),
    "partners": ("mail", "phone", "letter"),
    "individuals": ("mail", "letter", "phone", "push", "sms"),
    "guardians": ("mail", "letter", "phone", "push", "sms"),
    "public": ("public-notice", "press"),
}
"""Proper ways to tell a recipient; the first channel of the case among them is used."""
_WAYS = {"e-mail": "mail", "telephone": "phone", "text-message": "sms", "messenger": "chat"}
Tree = dict[str, Any]


class Decisions:
    """Writes five or six decisions on one course of facts."""

    def __init__(self, phrases: Phrases, subject: Subject, course: Course) -> None:
        self.phrases, self.subject, self.course = phrases, subject, course
        self.knowledge = phrases.knowledge

    def write(self) -> Tree:
        """Return the decisions by id."""
        tells, right = self.course.tells, self.course.right
        bodies = join_pairs([pair_text(d.duty.body) for d in right["tell"] or tells["tell"]])
        pace = 20 if self.course.case.organisation.operator == "cii" else 45
        decisions = {
            "contain": self._decide("contain", "security contain signal", 20, self._contain()),
            "authority": self._decide(
                "tell", "officer authorities protection", 60,
                self._tell(tells["tell"], right["tell"]), tells["tell"], bodies=bodies,
            ),
            "hours": self._decide(
                "hours", "counsel authorities count", pace,
                self._report(tells["hours"], right["hours"]), tells["hours"],
            ),
            "persons": self._decide(
                "persons", "officer persons count", 180,
                self._inform(tells["persons"], right["persons"]), tells["persons"],
            ),
            "press": self._decide(
                "press", "speaker persons press-calm press-hard", 90, self._speak()
            ),
            "learn": self._decide(
                "learn", "counsel learn wrap", 480, self._learn(right["learn"]), tells["learn"],
                controls=self._name_controls(),
            ),
        }  # fmt: skip
        if not tells["hours"]:
            del decisions["hours"]
        return decisions

    def _decide(
        self, name: str, place: str, due: int, options: Tree,
        tells: Sequence[DecidedDuty] = (), **fields: Pair,
    ) -> Tree:  # fmt: skip
        """Write one decision; ``place`` names its role, its objective and what opens it."""
        say = self.phrases.say
        role, objective, *opens = place.split()
        return {
            "title": say(f"{name}.title"),
            "question": say(f"{name}.question"),
            "role": role,
            "objective": objective,
            "opens": opens,
            "due_min": due,
            "tells": [duty.id for duty in tells],
            "action": say(f"{name}.action", **fields),
            "element": _ELEMENTS.get(name, "planning"),
            "options": options,
        }

    def _speak(self) -> Tree:
        return {
            "facts": self._option("press.facts", 3, exposure=0.97),
            "silent": self._option("press.silent", 1),
            "deny": self._option("press.deny", 0, fails=True, exposure=1.1),
        }

    def _option(
        self, id: str, score: int, *, tells: Sequence[DecidedDuty] = (),
        clauses: Sequence[str] = (), fails: bool = False, exposure: float = 1.0,
        evidence: str = "", delay: int = 0, way: str = "", **fields: Pair,
    ) -> Tree:  # fmt: skip
        option: Tree = {
            "title": self.phrases.say(id, **fields),
            "score": score,
            "why": self.phrases.say(f"{id}.why", **fields),
        }
        if clauses:
            option["clauses"] = list(dict.fromkeys(clauses))
        if fails:
            option["critical_fail"] = self.phrases.say(f"{id}.fail")
        effects: Tree = {"exposure": exposure} if exposure != 1.0 else {}
        if evidence:
            effects["evidence"] = evidence
        if effects:
            option["effects"] = effects
        if tells:
            option["notices"] = self._send(tells, way)
        if delay:
            option["delay_min"] = delay
        return option

    def _send(self, tells: Sequence[DecidedDuty], way: str) -> list[Tree]:
        sent: dict[str, list[str]] = {}
        for duty in tells:
            sent.setdefault(way or self._pick_way(duty.duty.recipient), []).append(duty.id)
        return [{"duties": duties, "way": by} for by, duties in sent.items()]

    def _pick_way(self, recipient: str) -> str:
        """Return the case's first channel that is a proper way, for those that one can reach so."""
        proper = PROPER[recipient]
        own = [_WAYS.get(way, way) for way in self.subject.ways]
        to_persons = recipient in ("individuals", "guardians")
        return next((way for way in own if to_persons and way in proper), proper[0])

    def _contain(self) -> Tree:
        return {
            "keep": self._option("contain.keep", 3, exposure=0.6, evidence="kept"),
            "close": self._option("contain.close", 2, exposure=0.6),
            "watch": self._option("contain.watch", 1),
            "wipe": self._option("contain.wipe", 0, fails=True, exposure=0.7, evidence="lost"),
        }

    def _tell(self, tells: list[DecidedDuty], right: list[DecidedDuty]) -> Tree:
        clauses = [duty.duty.clause for duty in right or tells]
        if not right:
            safe = self._option("tell.safe", 1, tells=tells[:1], clauses=clauses[:1])
            return {
                "record": self._option("tell.record", 3, clauses=clauses),
                "safe": safe,
                "forget": self._option("tell.forget", 0, fails=True, clauses=clauses[:1]),
            }
        bodies = join_pairs([pair_text(duty.duty.body) for duty in right])
        wordings = join_pairs([pair_text(duty.duty.wording) for duty in right])
        now = self._option(
            "tell.now", 3, tells=right, clauses=clauses, bodies=bodies, wordings=wordings
        )
        options = {"now": now}
        at_once = [duty.duty.clause for duty in right if duty.clock is None]
        if at_once and "eu-gdpr" in self.knowledge.regulations:
            hours = [*at_once[:1], "eu-gdpr 33(1)"]
            options["within-72-hours"] = self._option(
                "tell.hours", 1, tells=right, clauses=hours, delay=_LATE
            )
        options["late"] = self._option(
            "tell.late", 1, tells=right, clauses=clauses, delay=2 * LASTS
        )
        options["hide"] = self._option("tell.hide", 0, fails=True, clauses=clauses)
        return options

    def _report(self, tells: list[DecidedDuty], right: list[DecidedDuty]) -> Tree:
        clauses = [duty.duty.clause for duty in right or tells]
        if right:
            return {
                "now": self._option("hours.now", 3, tells=right, clauses=clauses),
                "whole": self._option("hours.whole", 1, tells=right, clauses=clauses, delay=2880),
                "no": self._option("hours.no", 0, clauses=clauses),
            }
        safe = [duty for duty in tells if duty.duty.recipient == "authority"][:1]
        return {
            "watch": self._option("hours.watch", 3, clauses=clauses),
            "safe": self._option("hours.safe", 1, tells=safe, clauses=clauses),
            "any": self._option("hours.any", 0, tells=safe, clauses=clauses),
        }

    def _inform(self, tells: list[DecidedDuty], right: list[DecidedDuty]) -> Tree:
        clauses = [duty.duty.clause for duty in right or tells]
        comfort = self._option("persons.comfort", 0, fails=True, clauses=clauses, exposure=1.1)
        if right:
            web = self._option(
                "persons.web", 1, tells=right, clauses=clauses, exposure=0.9, way="public-notice"
            )
            return {
                "each": self._option("persons.each", 3, tells=right, clauses=clauses, exposure=0.4),
                "web": web,
                "avoided": self._option("persons.avoided", 0, clauses=clauses),
                "comfort": comfort,
            }
        why = "persons.reasons" if self.subject.sealed else "persons.reasons.open"
        return {
            "reasons": self._option(why, 3, clauses=clauses),
            "all": self._option("persons.all", 1, tells=tells, clauses=clauses),
            "comfort": comfort,
        }

    def _learn(self, right: list[DecidedDuty]) -> Tree:
        clauses = [duty.duty.clause for duty in right]
        repair = self._option(
            "learn.repair", 3, tells=right, clauses=clauses, delay=14400 if right else 0,
            exposure=0.95, controls=self._name_controls(),
        )  # fmt: skip
        return {
            "repair": repair,
            "letter": self._option("learn.letter", 1),
            "file": self._option("learn.file", 0),
        }

    def _name_controls(self) -> Pair:
        controls = self.knowledge.controls
        lacking = [pair_text(controls[c].title) for c in self.subject.lacking if c in controls]
        return join_pairs(lacking) if lacking else self.phrases.say("learn.controls")
