"""Each condition that a pack of duties may name, as a question to the facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from piaskit.incident.breach import ask_breach
from piaskit.incident.counts import bound_count, bound_regime, bound_sensitive
from piaskit.incident.facts import Facts
from piaskit.incident.gdpr import (
    ask_avoided,
    ask_high_risk,
    ask_protected,
    ask_returned,
    ask_risk_unlikely,
)
from piaskit.incident.ground import Answer, Ground, join_all, join_any
from piaskit.incident.hands import OUT, rate_hands
from piaskit.incident.questions import Situation, ask_test
from piaskit.knowledge.duty import Condition, Named


def ask_condition(condition: Condition, situation: Situation) -> Ground:
    """Answer one condition of a duty: a word by its function, a test by what the pack gives."""
    if condition.named:
        if condition.named not in situation.answered:
            situation.answered[condition.named] = CONDITIONS[condition.named](situation)
        return situation.answered[condition.named]
    if condition.criterion:
        return ask_condition(situation.pack.criteria[condition.criterion], situation)
    if condition.any_of or condition.all_of:
        join = join_any if condition.any_of else join_all
        inner = condition.any_of or condition.all_of
        return join([ask_condition(one, situation) for one in inner])
    return ask_test(condition, situation)


def _ask_acquired(situation: Situation) -> Ground:
    """Ask whether somebody unauthorised got the information, or very likely did."""
    facts = situation.facts
    state, recipients = facts["confidentiality.state"], facts["confidentiality.recipients"]
    if state is None:
        return Ground("unknown", "incident.breach.blank", missing=("confidentiality.state",))
    if state == "none" or recipients == "none":
        return Ground("no", "incident.harmless.confidentiality.none")
    if recipients in ("hostile", "public") or facts["exfiltrated"] in ("yes", "likely"):
        return rate_hands(facts).ask(OUT, "incident.exposed")
    if state == "confirmed":
        return Ground("yes", "incident.breach.confidentiality.confirmed")
    if facts["exfiltrated"] == "no":
        return Ground("no", "incident.exposed.only")
    path = ("confidentiality.state", "exfiltrated")
    return Ground("unknown", "incident.breach.confidentiality.possible", missing=path)


def _ask_controller(situation: Situation) -> Ground:
    """Where a processor has no duty of its own, a blank role is presumed to be the controller's."""
    role = situation.facts["role"]
    if role == "processor":
        return Ground("no", "incident.role.processor")
    if role == "controller":
        return Ground("yes", "incident.role.controller")
    asked = {one.named for duty in situation.pack.duties.values() for one in duty.requires}
    if "processor" in asked:
        return Ground("unknown", "incident.role.blank", missing=("role",))
    return Ground("yes", "incident.role.presumed")


def _ask_processor(situation: Situation) -> Ground:
    role = situation.facts["role"]
    if role is None:
        return Ground("unknown", "incident.role.blank", missing=("role",))
    return Ground("yes" if role == "processor" else "no", f"incident.role.{role}")


def _ask_data_breach(situation: Situation) -> Ground:
    if bound_regime(situation.facts, situation.pack.regime).high == 0:
        return Ground("no", "incident.breach.nobody")
    answer = ask_breach(situation.facts, possible="yes", lasting=False)
    sure = ask_breach(situation.facts, possible="unknown", lasting=False)
    if answer.met == "yes" and sure.met == "unknown" and _waits_for_awareness(situation):
        return Ground("unknown", "incident.breach.not-aware", missing=("times.aware_at",))
    return answer


def _waits_for_awareness(situation: Situation) -> bool:
    """Say whether the law counts from awareness, a reasonable certainty, and none is dated."""
    duties = situation.pack.duties.values()
    starts = {duty.clock.start if duty.clock else duty.start for duty in duties}
    return "aware" in starts and situation.facts["times.aware_at"] is None


def _ask_leak(situation: Situation) -> Ground:
    return ask_breach(situation.facts, possible="yes", lasting=True)


def _ask_event(situation: Situation) -> Ground:
    if situation.facts["medium"] in ("paper", "oral"):
        return Ground("no", "incident.medium.no-network")
    return _presume_network(ask_breach(situation.facts, possible="yes", lasting=False), situation)


def _presume_network(ground: Ground, situation: Situation) -> Ground:
    """Name a blank medium, which is presumed to be electronic: paper would lift the duty."""
    if ground.met == "no" or situation.facts["medium"] is not None:
        return ground
    return replace(ground, missing=(*ground.missing, "medium"))


def _ask_level(situation: Situation) -> Ground:
    severity, pack = situation.severity, situation.pack
    if severity is None or pack.reportable_from is None:
        return Ground("unknown", "incident.level.no-grading", missing=("a pack that grades",))
    if situation.facts["medium"] in ("paper", "oral"):
        return Ground("no", "incident.medium.no-network")
    met = severity.reaches(pack.reportable_from)
    fields = {"level": pack.levels[pack.reportable_from].title}
    kept = tuple(
        g
        for g in severity.grounds
        if g.met == met and g.fields.get("level", fields["level"]) == fields["level"]
    )
    ground = Ground(met, f"incident.level.{met}", severity.missing, fields, kept)
    return _presume_network(ground, situation)


def _ask_operator(kind: str) -> Callable[[Situation], Ground]:
    def ask(situation: Situation) -> Ground:
        operator = situation.facts["operator"]
        if operator is None:
            return Ground("unknown", "incident.operator.blank", missing=("operator",))
        return Ground("yes" if operator == kind else "no", f"incident.operator.{operator}")

    return ask


def _ask_young(name: str) -> Callable[[Situation], Ground]:
    def ask(situation: Situation) -> Ground:
        facts = situation.facts
        if "children.any" in (facts["categories"] or ()) and (facts[name] is None):
            return Ground("yes", "incident.children.category")
        met = bound_count(facts, name).meets(1)
        return Ground(met, f"incident.{name}.{met}", (name,) if met == "unknown" else ())

    return ask


def _ask_serious(situation: Situation) -> Ground:
    """Ask whether grave effects on children came or may come.

    All information of children is sensitive, so it is enough that it is out of sight or in hands
    that may do harm, or that a high risk to the persons is likely.
    """
    facts = situation.facts
    if facts["misuse"] in ("possible", "confirmed"):
        return Ground("yes", "incident.exposed.misuse")
    if facts["availability.consequence"] == "severe":
        return Ground("yes", "incident.lost.severe")
    calm = _ask_calm(facts)
    if calm.met == "yes":
        return calm.negate()
    leaked = _ask_leaked_to(facts, OUT)
    return join_any([leaked, ask_high_risk(facts, situation.knowledge)])


def _ask_leaked_to(facts: Facts, step: int) -> Ground:
    """Ask whether information was or may have been disclosed to hands of at least a step."""
    state = facts["confidentiality.state"]
    if state is None:
        return Ground("unknown", "incident.breach.blank", missing=("confidentiality.state",))
    if state == "none":
        return Ground("no", "incident.harmless.confidentiality.none")
    return rate_hands(facts).ask(step, "incident.exposed")


def _ask_harmed(situation: Situation) -> Ground:
    """Ask whether individuals or organisations were harmed.

    Who does not know whether the harm was avoided cannot deny it where information is out of sight
    or in hands that may do harm.
    """
    facts = situation.facts
    if facts["misuse"] == "confirmed":
        return Ground("yes", "incident.exposed.misuse")
    if facts["availability.consequence"] in ("minor", "severe"):
        return Ground("yes", f"incident.lost.{facts['availability.consequence']}")
    calm = _ask_calm(facts)
    if calm.met == "yes":
        return calm.negate()
    if facts["harm_avoided"] == "no":
        return Ground("yes", "incident.avoided.no")
    leaked = _ask_leaked_to(facts, OUT)
    if leaked.met == "yes" or facts["harm_avoided"] is not None:
        return leaked
    missing = ("misuse", "harm_avoided", "availability.consequence")
    blank = tuple(path for path in missing if facts[path] is None)
    return Ground("unknown", "incident.harmed.open", missing=blank)


def _ask_calm(facts: Facts) -> Ground:
    """Ask whether the harm was avoided, or only protected or returned information got out."""
    kinds = ("integrity.state", "availability.state")
    reasons = [ask_avoided(facts)]
    if all(facts[path] == "none" for path in kinds):
        reasons += [ask_protected(facts), ask_returned(facts)]
    return join_any(reasons)


def _ask_crime(situation: Situation) -> Ground:
    value = situation.facts["malicious"]
    if value in ("yes", "no"):
        return Ground(value, f"incident.malicious.{value}")
    return Ground("unknown", "incident.malicious.unknown", missing=("malicious",))


def _ask_audit_size(situation: Situation) -> Ground:
    numbers = situation.knowledge.regulations["cn-audit-2025"].numbers
    counts = {
        "persons": bound_count(situation.facts, "persons"),
        "sensitive": bound_sensitive(situation.facts, situation.knowledge, situation.pack.regime),
    }
    grounds = []
    for name, count in counts.items():
        number = numbers[f"ordered-audit-{name}"].value
        met: Answer = count.meets(number)
        path = "persons" if name == "persons" else "sensitive_persons"
        missing = (path,) if met == "unknown" else ()
        grounds.append(Ground(met, f"incident.audit.{name}.{met}", missing, {"n": f"{number:,}"}))
    return join_any(grounds)


CONDITIONS: dict[Named, Callable[[Situation], Ground]] = {
    "controller": _ask_controller,
    "processor": _ask_processor,
    "personal-data-breach": _ask_data_breach,
    "leak-alteration-loss": _ask_leak,
    "security-event": _ask_event,
    "level-reached": _ask_level,
    "operator-cii": _ask_operator("cii"),
    "operator-central-organ": _ask_operator("central-organ"),
    "operator-other": _ask_operator("other"),
    "minors": _ask_young("minors"),
    "children": _ask_young("children"),
    "serious-for-children": _ask_serious,
    "parties-harmed": _ask_harmed,
    "harm-avoided": lambda situation: ask_avoided(situation.facts),
    "crime-suspected": _ask_crime,
    "audit-size": _ask_audit_size,
    "risk-unlikely": lambda situation: ask_risk_unlikely(situation.facts, situation.knowledge),
    "acquired": _ask_acquired,
    "protected": lambda situation: ask_protected(situation.facts),
    "returned": lambda situation: ask_returned(situation.facts),
    "high-risk": lambda situation: ask_high_risk(situation.facts, situation.knowledge),
}
"""The answer to each word of a condition; a test compares them with the words of the packs."""
