"""Risk to the persons under GDPR Arts. 33 and 34, argued for each kind of breach."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from piaskit.incident.breach import KINDS
from piaskit.incident.counts import bound_count
from piaskit.incident.facts import Facts
from piaskit.incident.ground import Ground, join_all, join_any
from piaskit.knowledge import Knowledge

_SPECIAL = ("health", "financial", "credentials", "location")


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


def ask_risk_unlikely(facts: Facts) -> Ground:
    """Ask whether a risk is unlikely: harm avoided, or no kind of breach carries one."""
    harmless = join_all([_ask_harmless(facts, kind) for kind in KINDS])
    return join_any([ask_avoided(facts), harmless])


def _ask_harmless(facts: Facts, kind: str) -> Ground:
    state = facts[f"{kind}.state"]
    if state == "none":
        return Ground("yes", f"incident.harmless.{kind}.none")
    asked = {
        "confidentiality": lambda: join_any([ask_protected(facts), ask_returned(facts)]),
        "integrity": lambda: _ask_altered_harmless(facts),
        "availability": lambda: _ask_loss_harmless(facts),
    }[kind]()
    if state is None and asked.met != "yes":
        return Ground("unknown", "incident.breach.blank", missing=(f"{kind}.state",))
    return asked


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
    grave = ask_grave(facts, knowledge)
    return join_any([ask(facts, grave) for ask in kinds])


def ask_grave(facts: Facts, knowledge: Knowledge) -> Ground:
    """Ask whether the data or the persons make serious harm possible.

    Kinds that the GDPR or the harm test of the PIPL calls sensitive, or may call so, count; so do
    the special facts, vulnerable persons and children.
    """
    for name in _SPECIAL:
        if facts[f"special.{name}"] == "yes":
            return Ground("yes", f"incident.grave.{name}")
    categories = [knowledge.categories[id] for id in facts["categories"] or ()]
    for category in categories:
        sensitive = category.sensitive
        if sensitive.get("eu-gdpr") == "yes" or sensitive.get("cn-pipl") in ("yes", "judge"):
            return Ground("yes", "incident.grave.category", fields={"name": category.title})
    if facts["vulnerable"] == "yes" or bound_count(facts, "children").floor > 0:
        return Ground("yes", "incident.grave.persons")
    blank = ["categories"] if not categories else []
    blank += [] if facts["categories_complete"] == "yes" else ["categories_complete"]
    blank += [] if facts["vulnerable"] == "no" else ["vulnerable"]
    blank += [f"special.{name}" for name in _SPECIAL if facts[f"special.{name}"] == "unknown"]
    if blank:
        return Ground("unknown", "incident.grave.blank", missing=tuple(blank))
    return Ground("no", "incident.grave.no")


def _ask_leak_high(facts: Facts, grave: Ground) -> Ground:
    state = facts["confidentiality.state"]
    if state is None:
        return Ground("unknown", "incident.breach.blank", missing=("confidentiality.state",))
    if state == "none":
        return Ground("no", "incident.harmless.confidentiality.none")
    exposed = _ask_exposed(facts)
    if facts["volume_per_person"] == "much" and grave.met == "no":
        grave = Ground("unknown", "incident.grave.volume")
    if facts["misuse"] == "confirmed":
        grave = Ground("yes", "incident.exposed.misuse")
    return join_all([ask_protected(facts).waive(), exposed, grave])


def _ask_exposed(facts: Facts) -> Ground:
    """Ask whether the data came, or probably came, into hands that may do harm with it."""
    recipients, misuse = facts["confidentiality.recipients"], facts["misuse"]
    if misuse in ("possible", "confirmed"):
        return Ground("yes", "incident.exposed.misuse")
    if recipients in ("hostile", "public"):
        return Ground("yes", f"incident.exposed.{recipients}")
    if facts["exfiltrated"] in ("yes", "likely"):
        return Ground("yes", "incident.exposed.exfiltrated")
    if recipients in ("known-trusted", "none"):
        return Ground("no", f"incident.exposed.{recipients}")
    if recipients == "known" and facts["confidentiality.recalled"] == "confirmed":
        return Ground("no", "incident.exposed.recalled")
    if recipients == "unknown" and facts["malicious"] == "yes":
        return Ground("yes", "incident.exposed.malicious")
    asked = ("confidentiality.recipients", "exfiltrated", "malicious", "misuse")
    blank = tuple(path for path in asked if facts[path] is None)
    return Ground("unknown", f"incident.exposed.{'blank' if blank else 'open'}", missing=blank)


def _ask_alteration_high(facts: Facts, grave: Ground) -> Ground:
    state, recoverable = facts["integrity.state"], facts["integrity.recoverable"]
    if state is None:
        return Ground("unknown", "incident.breach.blank", missing=("integrity.state",))
    if state == "none":
        return Ground("no", "incident.harmless.integrity.none")
    if facts["misuse"] == "confirmed":
        return Ground("yes", "incident.exposed.misuse")
    if recoverable == "yes":
        return Ground("no", "incident.altered.recoverable")
    if recoverable == "no":
        return join_all([Ground("yes", "incident.altered.lost"), grave])
    lasting = Ground("unknown", "incident.altered.blank", missing=("integrity.recoverable",))
    return join_all([lasting, grave])


def _ask_loss_high(facts: Facts, grave: Ground) -> Ground:
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
        return join_all([Ground("yes", "incident.lost.never"), grave])
    return Ground("no", f"incident.lost.{consequence}")
