"""The facts of a drafted scenario as they come out, and the duties the engine finds on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from piaskit.errors import InvalidData, Issue, Place
from piaskit.incident import build_facts, decide_incident
from piaskit.tabletop.phrases import Pair, Phrases, pair_same
from piaskit.tabletop.scenario import join_facts

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.incident.duties import DecidedDuty
    from piaskit.knowledge import Knowledge
    from piaskit.tabletop.subject import Subject

_SPREADS = (0.25, 0.1, 0.0)  # of the count before it is final: our convention
_TO_PERSONS = ("individuals", "guardians", "public")
Tree = dict[str, Any]


class Course:
    """What is true and what is known when; ``tells`` and ``right`` sort the duties by decision.

    Regimes of which a duty stays for a person to judge are left out and noted.
    """

    def __init__(self, case: Case, subject: Subject, phrases: Phrases) -> None:
        self.case, self.subject, self.phrases = case, subject, phrases
        self.knowledge: Knowledge = case.knowledge
        self.notes: list[Pair] = []
        self.regimes = [r for r in case.regimes if _has_duties(self.knowledge, r)]
        if "cn-pipl" in self.regimes and _has_duties(self.knowledge, "cn-cac"):
            self.regimes = list(dict.fromkeys([*self.regimes, "cn-cac"]))
        self._spread = 0.0
        self._choose_regimes()
        if not self.regimes:
            message = "no law of the case has duties that are decided for this flow"
            hint = "name a regime with duties in case.yaml, such as cn-pipl"
            raise InvalidData([Issue("scenario-no-law", Place("case.yaml"), message, None, hint)])
        self._choose_spread()
        self.steps = self._learn_steps(self._spread)
        self.tells = self._group()
        self.right = {
            name: [duty for duty in group if duty.decision == "required"]
            for name, group in self.tells.items()
        }

    @property
    def start(self) -> str:
        """The minute 0, on the day of the case."""
        offset = "+08:00" if any(r.startswith("cn") for r in self.regimes) else "+00:00"
        return f"{self.case.as_of.isoformat()}T09:00{offset}"

    def write_truth(self) -> Tree:
        subject = self.subject
        return {
            **self._frame(),
            "times": {"discovered_at": self.start, "aware_at": self.start},
            "persons": subject.persons,
            "minors": subject.minors,
            "children": subject.children,
            "categories": list(subject.categories),
            "categories_complete": "yes",
            "confidentiality": {"state": "confirmed", "recipients": "hostile", "recalled": "none"},
            "exfiltrated": "yes",
            "misuse": "none-known",
            **self._protect(),
        }

    def _frame(self) -> Tree:
        subject = self.subject
        return {
            "id": f"own-{subject.flow}",
            "regimes": list(self.regimes),
            "role": subject.role,
            "operator": self.case.organisation.operator or "other",
            "medium": "paper" if subject.kind == "paper" else "electronic",
            "actor": "processor" if subject.kind == "partner" else "external",
            "malicious": "yes",
            "integrity": {"state": "none"},
            "availability": {"state": "none"},
            "public_threat": "no",
            "outage": {"whole": "0h", "main_function": "0h"},
            "direct_loss": {"amount": 0, "currency": "CNY"},
            "activities": [
                str(self.case.frames["flows"].set_index("id").loc[subject.flow, "activity"])
            ],
            "flows": [subject.flow],
        }

    def write_known(self) -> Tree:
        subject = self.subject
        young = {
            name: {"low": min(1, count["low"]), "best": count["best"], "high": count["high"]}
            for name, count in (("minors", subject.minors), ("children", subject.children))
        }
        return {
            **self._frame(),
            "times": {"discovered_at": "now", "aware_at": "now"},
            "persons": {
                "low": max(1, subject.minors["best"]),
                "best": subject.persons,
                "high": 3 * subject.persons,
            },
            **young,
            "categories_complete": "unknown",
            "confidentiality": {"state": "possible", "recipients": "unknown", "recalled": "none"},
            "exfiltrated": "unknown",
            "misuse": "none-known",
        }

    def _protect(self) -> Tree:
        sealed = "yes" if self.subject.sealed else "no"
        return {
            "protection": {"unintelligible": sealed, "key_safe": sealed},
            "harm_avoided": sealed,
        }

    def _learn_steps(self, spread: float) -> dict[str, Tree]:
        """Return what each inject that tells something reveals."""
        subject = self.subject
        low, high = (round(subject.persons * (1 + sign * spread)) for sign in (-1, 1))
        about = {"low": max(low, subject.minors["best"], 1), "best": subject.persons, "high": high}
        return {
            "finding": {
                "persons": about,
                "categories": list(subject.categories),
                "categories_complete": "yes",
                "confidentiality": {
                    "state": "confirmed",
                    "recipients": "hostile",
                    "recalled": "none",
                },
                "exfiltrated": "yes",
            },
            "protection": self._protect(),
            "count": {
                "persons": dict.fromkeys(("low", "best", "high"), subject.persons),
                "minors": subject.minors,
                "children": subject.children,
            },
            "wrap": {"times": {"handling_ended_at": "now"}},
        }

    def _decide(self, step: str, spread: float) -> dict[str, DecidedDuty]:
        """Decide every duty on what is known once a step has come."""
        known: Mapping[str, Any] = self.write_known()
        for name, news in self._learn_steps(spread).items():
            known = join_facts(known, news)
            if name == step:
                break
        ended = f"{self.case.as_of + timedelta(days=2)}T09:00{self.start[-6:]}"
        times = {n: ended if n == "handling_ended_at" else self.start for n in known["times"]}
        facts = build_facts({**known, "times": times}, self.knowledge, "draft")
        return {duty.id: duty for duty in decide_incident(facts, self.knowledge).duties}

    def _choose_regimes(self) -> None:
        for regime in list(self.regimes):
            for duty in self._decide("wrap", 0.0).values():
                open_ = duty.decision == "judge" and duty.duty.at_most != "judge"
                if duty.pack.regime == regime and open_:
                    self.regimes.remove(regime)
                    values = {"regime": pair_same(regime), "duty": pair_same(duty.id)}
                    self.notes.append(self.phrases.say("note.regime", **values))
                    break

    def _choose_spread(self) -> None:
        """Take the widest count before the final one that leads to the same duties."""
        final = {id: duty.decision for id, duty in self._decide("wrap", 0.0).items()}
        for spread in _SPREADS:
            early = {id: duty.decision for id, duty in self._decide("protection", spread).items()}
            if early == final:
                self._spread = spread
                return

    def _group(self) -> dict[str, list[DecidedDuty]]:
        """Sort the duties by the decision that is about them."""
        groups: dict[str, list[DecidedDuty]] = {
            n: [] for n in ("tell", "hours", "persons", "learn")
        }
        early = self._decide("protection", self._spread)
        for id, duty in self._decide("wrap", self._spread).items():
            if "judge" in (duty.decision, early[id].decision):
                continue
            if duty.duty.clock and duty.duty.clock.start == "handling-ended":
                group = "learn"
            elif duty.duty.recipient in _TO_PERSONS:
                group = "persons"
            else:
                group = "hours" if duty.pack.regime == "cn-cac" else "tell"
            groups[group].append(duty)
        return groups


def _has_duties(knowledge: Knowledge, regime: str) -> bool:
    return any(pack.regime == regime and pack.duties for pack in knowledge.duties.values())
