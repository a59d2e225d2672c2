"""Risk to the persons under GDPR Arts. 33 and 34, argued for each kind of breach.

Hands (who has it) stand for likelihood, nature (what it is, and about whom) for severity; both are
ranges of steps while facts are open. `docs/duties.md` holds the table by which they decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from piaskit.incident.breach import KINDS
from piaskit.incident.context import find_pack
from piaskit.incident.counts import bound_count
from piaskit.incident.facts import Facts
from piaskit.incident.ground import Answer, Ground, join_all, join_any
from piaskit.incident.hands import HOSTILE, OUT, rate_hands
from piaskit.incident.nature import GRAVE, TELLING, rate_nature
from piaskit.knowledge import Knowledge


def ask_avoided(facts: Facts) -> Ground:
    """Ask whether measures effectively avoided the harm; who does not know cannot rely on it."""
    value = facts["harm_avoided"]
    if facts["misuse"] == "confirmed":
        return Ground("no", "incident.avoided.misused")
    if value is None:
        return Ground("unknown", "incident.avoided.blank", missing=("harm_avoided",))
    return Ground("yes" if value == "yes" else "no", f"incident.avoided.{value}")


def ask_protected(facts: Facts) -> Ground:
    """Ask whether the other side holds nothing but unintelligible data, its key being safe."""
    paths = ("protection.unintelligible", "protection.key_safe")
    if any(facts[path] in ("no", "unknown") for path in paths):
        return Ground("no", "incident.protected.no")
    blank = tuple(path for path in paths if facts[path] is None)
    if blank:
        return Ground("unknown", "incident.protected.blank", missing=blank)
    return Ground("yes", "incident.protected.yes")


def ask_returned(facts: Facts) -> Ground:
    """Ask whether only trusted recipients had it, and deleted or returned it, without misuse."""
    path, recalled, misuse = "confidentiality.recipients", "confidentiality.recalled", "misuse"
    if facts["exfiltrated"] in ("yes", "likely") or facts[misuse] in ("possible", "confirmed"):
        return Ground("no", "incident.returned.no")
    if facts[path] not in (None, "known-trusted") or facts[recalled] in ("none", "asked"):
        return Ground("no", "incident.returned.no")
    blank = tuple(name for name in (path, recalled, misuse) if facts[name] is None)
    if blank:
        return Ground("unknown", "incident.returned.blank", missing=blank)
    return Ground("yes", "incident.returned.yes")


def ask_risk_unlikely(facts: Facts, knowledge: Knowledge) -> Ground:
    """Ask whether a risk is unlikely: no kind of breach carries one.

    Measures that avoided the harm count only while the information was not in harmful hands: for
    what was, the law lifts the notice to the persons (Art. 34(3)(b)) and not that to the authority.
    """
    harmless = join_all([_ask_harmless(facts, knowledge, kind) for kind in KINDS])
    hands = rate_hands(facts)
    if hands.at_least(HOSTILE) == "yes" and facts["confidentiality.state"] != "none":
        return harmless
    return join_any([ask_avoided(facts), harmless])


def _ask_harmless(facts: Facts, knowledge: Knowledge, kind: str) -> Ground:
    state = facts[f"{kind}.state"]
    if state == "none":
        return Ground("yes", f"incident.harmless.{kind}.none")
    asked: dict[str, Callable[[], Ground]] = {
        "confidentiality": lambda: join_any(
            [ask_protected(facts), ask_returned(facts), ask_small_mishap(facts, knowledge)]
        ),
        "integrity": lambda: _ask_altered_harmless(facts),
        "availability": lambda: _ask_loss_harmless(facts),
    }
    answer = asked[kind]()
    if state is None and answer.met != "yes":
        return Ground("unknown", "incident.breach.blank", missing=(f"{kind}.state",))
    return answer


def ask_small_mishap(facts: Facts, knowledge: Knowledge) -> Ground:
    """Ask whether few ordinary data of few persons came to known recipients by mistake.

    What the EDPB calls a mispostal (Guidelines 01/2021, cases 13 and 15): no intent, no misuse,
    and no sign that the same cause hit others.
    """
    number = find_pack(knowledge).harm.many
    many = bound_count(facts, "persons").meets(number + 1)
    unsure = ("persons",) if many == "unknown" else ()
    grounds = [
        rate_hands(facts).ask(OUT, "incident.exposed").negate(),
        rate_nature(facts, knowledge).ask(TELLING, "incident.grave").negate(),
        _ask_one(facts, "malicious", "no", "incident.mishap.malicious"),
        _ask_one(facts, "systemic", "no", "incident.mishap.systemic"),
        Ground(many, f"incident.mishap.many.{many}", unsure, {"n": number}).negate(),
    ]
    found = join_all(grounds)
    return Ground("yes", "incident.mishap.yes") if found.met == "yes" else found


def _ask_one(facts: Facts, path: str, wanted: str, label: str) -> Ground:
    value = facts[path]
    if value is None:
        return Ground("unknown", f"{label}.blank", missing=(path,))
    met: Answer = "yes" if value == wanted else "no"
    return Ground(met, f"{label}.{met}")


def _ask_altered_harmless(facts: Facts) -> Ground:
    wanted = (("integrity.recoverable", "yes"), ("malicious", "no"), ("misuse", "none-known"))
    return _ask_each(facts, wanted, "incident.harmless.integrity")


def _ask_loss_harmless(facts: Facts) -> Ground:
    label = "incident.harmless.availability"
    back = facts["availability.restored_after"]
    if isinstance(back, timedelta):
        return _ask_each(facts, (("availability.consequence", "none"),), label)
    if back is None:
        if facts["availability.consequence"] in ("minor", "severe"):
            return Ground("no", f"{label}.no")
        return Ground("unknown", f"{label}.blank", missing=("availability.restored_after",))
    wanted = (("availability.consequence", "none"), ("backup", "yes"))
    return _ask_each(facts, wanted, label)


def _ask_each(facts: Facts, wanted: Sequence[tuple[str, str]], label: str) -> Ground:
    """Ask whether every path has its value; another value refuses, a blank leaves it open."""
    if any(facts[path] not in (None, value) for path, value in wanted):
        return Ground("no", f"{label}.no")
    blank = tuple(path for path, _ in wanted if facts[path] is None)
    return Ground("unknown" if blank else "yes", f"{label}.{'blank' if blank else 'yes'}", blank)


def ask_high_risk(facts: Facts, knowledge: Knowledge) -> Ground:
    """Ask whether a high risk to the persons is likely."""
    kinds = (_ask_leak_high, _ask_alteration_high, _ask_loss_high)
    return join_any([ask(facts, knowledge) for ask in kinds])


def ask_grave(facts: Facts, knowledge: Knowledge) -> Ground:
    """Ask whether the data or the persons make serious harm possible."""
    return rate_nature(facts, knowledge).ask(GRAVE, "incident.grave")


def _ask_leak_high(facts: Facts, knowledge: Knowledge) -> Ground:
    """Ask by the table of hands and nature; unintelligible data with a safe key are spared."""
    state = facts["confidentiality.state"]
    if state is None:
        return Ground("unknown", "incident.breach.blank", missing=("confidentiality.state",))
    if state == "none":
        return Ground("no", "incident.harmless.confidentiality.none")
    hands, nature = rate_hands(facts), rate_nature(facts, knowledge)
    harmful = join_all(
        [hands.ask(HOSTILE, "incident.exposed"), nature.ask(TELLING, "incident.grave")]
    )
    grave = nature.ask(GRAVE, "incident.grave")
    at_large = join_all([hands.ask(OUT, "incident.exposed"), grave])
    known = join_all([_ask_kept_by_known(facts), grave])
    high = join_any([harmful, at_large, known])
    return join_all([ask_protected(facts).waive(), high])


def _ask_kept_by_known(facts: Facts) -> Ground:
    """Ask whether known recipients who are not trusted have it and did not confirm deletion."""
    recipients, recalled = facts["confidentiality.recipients"], facts["confidentiality.recalled"]
    if recipients not in (None, "known") or recalled == "confirmed":
        return Ground("no", "incident.kept.no")
    if recipients is None:
        path = "confidentiality.recipients"
        return Ground("unknown", "incident.exposed.blank", missing=(path,))
    if recalled is None:
        path = "confidentiality.recalled"
        return Ground("unknown", "incident.returned.blank", missing=(path,))
    return Ground("yes", "incident.kept.yes")


def _ask_alteration_high(facts: Facts, knowledge: Knowledge) -> Ground:
    state, recoverable = facts["integrity.state"], facts["integrity.recoverable"]
    if state is None:
        return Ground("unknown", "incident.breach.blank", missing=("integrity.state",))
    if state == "none":
        return Ground("no", "incident.harmless.integrity.none")
    if facts["misuse"] == "confirmed":
        telling = rate_nature(facts, knowledge).ask(TELLING, "incident.grave")
        return join_all([Ground("yes", "incident.exposed.misuse"), telling])
    if recoverable == "yes":
        return Ground("no", "incident.altered.recoverable")
    grave = ask_grave(facts, knowledge)
    if recoverable is None:
        path = ("integrity.recoverable",)
        return join_all([Ground("unknown", "incident.altered.blank", missing=path), grave])
    return join_all([Ground("yes", "incident.altered.lost"), grave])


def _ask_loss_high(facts: Facts, knowledge: Knowledge) -> Ground:
    consequence = facts["availability.consequence"]
    state, back = facts["availability.state"], facts["availability.restored_after"]
    if state == "none":
        return Ground("no", "incident.harmless.availability.none")
    if state is None:
        return Ground("unknown", "incident.breach.blank", missing=("availability.state",))
    if consequence == "severe":
        return Ground("yes", "incident.lost.severe")
    if consequence is None:
        path = ("availability.consequence",)
        return Ground("unknown", "incident.lost.blank", missing=path)
    if back == "never" and facts["backup"] in ("no", "lost-too"):
        return join_all([Ground("yes", "incident.lost.never"), ask_grave(facts, knowledge)])
    return Ground("no", f"incident.lost.{consequence}")
