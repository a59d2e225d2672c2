"""References between packs: every id and clause that a pack names exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from piaskit.errors import Issue
from piaskit.knowledge.calibration import Calibration
from piaskit.knowledge.check_method import check_method
from piaskit.knowledge.duty import DutyPack
from piaskit.knowledge.intake import IntakePack
from piaskit.knowledge.references import check_clauses as _clauses
from piaskit.knowledge.references import check_names as _names
from piaskit.knowledge.scenario import Branch, Scenario
from piaskit.knowledge.screening import ScreeningPack
from piaskit.knowledge.severity import SeverityPack

if TYPE_CHECKING:
    from piaskit.knowledge.folder import Loaded
    from piaskit.knowledge.load import Knowledge

Owners = Mapping[tuple[str, str], "Loaded"]


def check_references(knowledge: Knowledge, owners: Owners) -> Iterator[Issue]:
    """Tell every name that leads nowhere, at the row of the entry that holds it."""
    regimes = sorted({regulation.regime for regulation in knowledge.regulations.values()})
    sources = sorted({name for method in knowledge.methods.values() for name in method.sources})
    modifiers = sorted(
        name
        for method in knowledge.methods.values()
        for name, modifier in method.modifiers.items()
        if modifier.of == "likelihood"
    )

    def factors(source: str) -> list[str]:
        known = (
            m.sources[source].factors for m in knowledge.methods.values() if source in m.sources
        )
        return sorted({name for factors in known for name in factors})

    for id, category in knowledge.categories.items():
        here = (owners["categories", id], ("categories", id))
        yield from _clauses(knowledge, *here, category.clauses)
        yield from _names(*here, "a regime", category.sensitive, regimes)
    families = {id[:n] for id in knowledge.categories for n in _ends(id)}
    for id, entry in knowledge.advice.items():
        given = owners["advice", id]
        yield from _names(given, ("advice", id, "about"), "a category", entry.about, families)
        covers = ("advice", id, "covers")
        yield from _names(given, covers, "advice", entry.covers, knowledge.advice)
    for id, guide in knowledge.guidance.items():
        given = owners["guidance", id]
        yield from _names(given, ("guidance",), "advice", guide.guidance, knowledge.advice)
    for id, column in knowledge.columns.items():
        yield from _clauses(knowledge, owners["columns", id], ("columns", id), column.clauses)
    within = {name for pack in knowledge.names.values() for name in (*pack.roles, *pack.themes)}
    for id, named in knowledge.names.items():
        for name, naming in named.names.items():
            here = (owners["names", id], ("names", name))
            yield from _names(*here, "a category", (naming.category,), knowledge.categories)
            yield from _names(*here, "a role or theme", naming.within, within)
    for id, seen_as in knowledge.patterns.items():
        for part in ("patterns", "sets", "cues"):
            for name, form in getattr(seen_as, part).items():
                here = (owners["patterns", id], (part, name))
                yield from _names(*here, "a category", (form.category,), knowledge.categories)
    for id, period in knowledge.periods.items():
        here = (owners["periods", id], ("periods", id))
        yield from _names(*here, "a control", (period.control,), knowledge.controls)
        if period.clause.split(" ")[0] in knowledge.regulations:
            yield from _clauses(knowledge, *here, (period.clause,))
    for id, model in knowledge.maturity.items():
        for name, area in model.areas.items():
            given, at = owners["maturity", id], ("areas", name, "controls")
            for controls in area.controls.values():
                yield from _names(given, at, "a control", controls, knowledge.controls)
    for id, rule in knowledge.rules.items():
        here = (owners["rules", id], ("rules", id))
        yield from _clauses(knowledge, *here, rule.clauses)
        yield from _names(*here, "a regime", rule.regimes, regimes)
        yield from _names(*here, "a control", rule.remedy, knowledge.controls)
        yield from _names(*here, "a risk-source dimension", (rule.source,), sources)
        yield from _names(*here, "a modifier of likelihood", rule.modifiers, modifiers)
        yield from _names(*here, f"a factor of {rule.source}", rule.factors, factors(rule.source))
    for id, regulation in knowledge.regulations.items():
        given = owners["regulations", id]
        for part in ("bases", "numbers", "countries"):
            for name, entry in getattr(regulation, part).items():
                yield from _clauses(knowledge, given, (part, name), (entry.clause,))
    for id, screening in knowledge.screenings.items():
        yield from _check_screening(knowledge, owners["screenings", id], screening, regimes)
    for id, method in knowledge.methods.items():
        yield from check_method(knowledge, owners["methods", id], method)
    for id, calibration in knowledge.calibration.items():
        yield from _check_calibration(knowledge, owners["calibration", id], calibration)
    for id, severity in knowledge.severities.items():
        yield from _check_severity(owners["severities", id], severity)
    seen: dict[str, str] = {}
    for id, pack in knowledge.duties.items():
        yield from _check_duties(knowledge, owners["duties", id], pack, seen)
    for id, intake in knowledge.intake.items():
        yield from _check_intake(knowledge, owners["intake", id], intake)
    for id, scenario in knowledge.scenarios.items():
        yield from _check_scenario(knowledge, owners["scenarios", id], scenario)


def _ends(id: str) -> list[int]:
    """Return where an id and each family that holds it end."""
    return [n for n, letter in enumerate(f"{id}.") if letter == "."]


def _check_screening(
    knowledge: Knowledge, given: Loaded, pack: ScreeningPack, regimes: Sequence[str]
) -> Iterator[Issue]:
    yield from _names(given, ("regime",), "a regime", (pack.regime,), regimes)
    other = [p.id for p in knowledge.screenings.values() if p.regime == pack.regime]
    if pack.id != min(other):
        message = f"the regime {pack.regime} has its screening already in {min(other)}"
        hint = f"write replaces: [{min(other)}] to take its place"
        yield Issue("pack-clash", given.locate("regime"), message, pack.regime, hint)
    known = {
        f"{own.id} {name}"
        for own in knowledge.screenings.values()
        for name, criterion in own.criteria.items()
        if criterion.answers
    }
    for name, criterion in pack.criteria.items():
        here = ("criteria", name)
        yield from _clauses(knowledge, given, here, (criterion.clause,))
        like = (criterion.like,) if criterion.like else ()
        yield from _names(given, (*here, "like"), "a criterion with answers", like, known)
    yield from _names(given, ("due",), "a criterion", pack.list_named(), pack.criteria)
    numbers = [f"{id} {n}" for id, law in knowledge.regulations.items() for n in law.numbers]
    yield from _names(given, ("numbers",), "a number", pack.numbers.values(), numbers)


def _check_severity(given: Loaded, pack: SeverityPack) -> Iterator[Issue]:
    for number, found in enumerate(pack.identification):
        path = ("identification", str(number))
        yield from _names(given, path, "an identifier", found.has, pack.identifiers)


def _check_calibration(knowledge: Knowledge, given: Loaded, pack: Calibration) -> Iterator[Issue]:
    yield from _names(given, ("rules",), "a rule", pack.rules, knowledge.rules)
    yield from _names(given, ("rules",), "a magnitude", pack.rules.values(), pack.magnitudes)
    yield from _names(given, ("scenarios",), "a scenario", pack.scenarios, knowledge.scenarios)
    kinds = {**pack.detections, **pack.containments}
    yield from _names(given, ("scenarios",), "a kind of event", pack.scenarios.values(), kinds)


def _check_duties(
    knowledge: Knowledge, given: Loaded, pack: DutyPack, seen: dict[str, str]
) -> Iterator[Issue]:
    for name, duty in pack.duties.items():
        path = ("duties", name)
        yield from _clauses(knowledge, given, path, (duty.clause,))
        if duty.notice:
            yield from _names(given, path, "a notice", (duty.notice,), pack.notices)
        asked = [one for given_one in (*duty.requires, *duty.unless) for one in given_one.walk()]
        asked += [one for other in duty.clocks for one in other.when.walk()]
        named = [one.criterion for one in asked if one.criterion]
        yield from _names(given, path, "a criterion", named, pack.criteria)
        asked += [one for shared in pack.criteria.values() for one in shared.walk()]
        questions = [one.question for one in asked if one.question]
        yield from _names(given, path, "a question", questions, pack.questions)
        if name in seen:
            message = f"the duty {name} stands already in {seen[name]}"
            yield Issue("pack-clash", given.locate(*path), message, name)
        seen[name] = given.pack.file
    for name, notice in pack.notices.items():
        for element, said in notice.elements.items():
            inside = ("notices", name, "elements", element)
            yield from _clauses(knowledge, given, inside, (said.clause,))
    for level, grade in pack.levels.items():
        yield from _clauses(knowledge, given, ("levels", level), (grade.clause,))


def _check_intake(knowledge: Knowledge, given: Loaded, pack: IntakePack) -> Iterator[Issue]:
    for name, measure in pack.measures.items():
        path = ("measures", name)
        yield from _clauses(knowledge, given, path, (measure.clause,))
        if measure.control:
            yield from _names(given, path, "a control", (measure.control,), knowledge.controls)
    numbers = [
        f"{id} {number}"
        for id, regulation in knowledge.regulations.items()
        for number in regulation.numbers
    ]
    yield from _names(given, ("periods",), "a number", pack.periods.values(), numbers)


def _check_scenario(knowledge: Knowledge, given: Loaded, scenario: Scenario) -> Iterator[Issue]:
    duties = {
        name: duty for pack in knowledge.duties.values() for name, duty in pack.duties.items()
    }
    texts = {
        name: set(pack.notices[duty.notice].elements) if duty.notice in pack.notices else set()
        for pack in knowledge.duties.values()
        for name, duty in pack.duties.items()
    }
    choices = [f"{d}.{o}" for d, decision in scenario.decisions.items() for o in decision.options]
    yield from _names(given, ("due",), "a duty", scenario.due, duties)
    branches: dict[str, dict[str, Branch]] = {
        "injects": {**scenario.injects},
        "endings": {**scenario.endings},
    }
    for part, entries in branches.items():
        for name, branch in entries.items():
            for side in ("when", "unless"):
                place = (part, name, side)
                yield from _names(given, place, "a choice", getattr(branch, side), choices)
    helping = ("safeguards",)
    yield from _names(given, helping, "a control", scenario.safeguards, knowledge.controls)
    for name, inject in scenario.injects.items():
        at = ("injects", name)
        yield from _names(given, (*at, "to"), "a role", (inject.to,), scenario.roles)
        if inject.sooner:
            control = (inject.sooner.control,)
            yield from _names(given, (*at, "sooner"), "a control", control, knowledge.controls)
    for name, decision in scenario.decisions.items():
        path = ("decisions", name)
        yield from _names(given, (*path, "role"), "a role", (decision.role,), scenario.roles)
        wanted = (decision.objective,)
        yield from _names(given, (*path, "objective"), "an objective", wanted, scenario.objectives)
        yield from _names(given, (*path, "opens"), "an inject", decision.opens, scenario.injects)
        yield from _names(given, (*path, "tells"), "a duty", decision.tells, duties)
        for choice, option in decision.options.items():
            here = (*path, "options", choice)
            yield from _clauses(knowledge, given, here, option.clauses)
            for notice in option.notices:
                yield from _names(given, here, "a duty", notice.duties, duties)
                known = set().union(*(texts.get(duty, set()) for duty in notice.duties))
                yield from _names(given, here, "a content", notice.elements, sorted(known))
