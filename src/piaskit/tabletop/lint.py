"""What a scenario must hold to be fit for play; ``packs check`` tells what it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from piaskit.errors import InvalidData, Issue, Place
from piaskit.incident import build_facts
from piaskit.knowledge import Knowledge, Scenario
from piaskit.knowledge.records import list_texts
from piaskit.knowledge.scenario import Branch, Decision, Option
from piaskit.tabletop.exercise import State, play_exercise, read_known
from piaskit.tabletop.explore import LATE, MOST, Explored, explore_game, find_endings
from piaskit.tabletop.players import make_player
from piaskit.tabletop.scenario import Game, Known
from piaskit.tabletop.score import judge_decisions, list_due, score_exercise

_HAN = re.compile(r"[\u3400-\u9fff]")

Found = tuple[str, str]


def check_scenarios(knowledge: Knowledge) -> list[Issue]:
    """Lint every scenario: complete, reachable, decidable, and right by the duties engine."""
    issues: list[Issue] = []
    for id in sorted(knowledge.scenarios):
        place = knowledge.found_in.get(("scenarios", id), Place(f"{id}.yaml"))
        for path, message in check_scenario(knowledge.scenarios[id], knowledge):
            issues.append(Issue("scenario-unfit", Place(place.file, column=path), message))
    return issues


def check_scenario(scenario: Scenario, knowledge: Knowledge) -> list[Found]:
    """Return what is wrong with one scenario: where, and what."""
    found = [*_check_texts(scenario), *_check_shape(scenario), *_check_facts(scenario, knowledge)]
    if any(path.startswith("facts ") for path, _ in found) or not _is_ended(scenario):
        return found  # nothing can be played on facts that are none, or without an end
    game = Game(scenario, knowledge)
    explored = explore_game(game)
    if not explored.complete:
        found.append(("injects", f"more than {MOST:,} states: too many branches to look at all"))
    else:
        found += _check_reach(scenario, explored)
    return [
        *found,
        *_check_clocks(game, explored),
        *_check_play(game),
        *_check_telling(game, explored),
    ]


def _check_texts(scenario: Scenario) -> Iterator[Found]:
    """Each text stands in its own language; the reader of one must not meet the other."""
    for path, text in list_texts(scenario):
        if _HAN.search(text.en):
            yield path, "the English text holds Chinese"
        if not _HAN.search(text.zh):
            yield path, "the Chinese text holds no Chinese"


def _check_shape(scenario: Scenario) -> Iterator[Found]:
    for name, decision in scenario.decisions.items():
        path, options = f"decisions.{name}", decision.options.values()
        if not any(option.score == 3 for option in options):
            yield path, "has no right way (an option of score 3)"
        if all(option.score == 3 for option in options):
            yield path, "has no wrong way (an option below score 3)"
        if sum(option.critical_fail is not None for option in options) > 1:
            yield path, "has more than one critical fail; the worst play can meet only one"
    used = {decision.objective for decision in scenario.decisions.values()}
    for objective in scenario.objectives:
        if objective not in used:
            yield f"objectives.{objective}", "no decision serves it"
    busy = {decision.role for decision in scenario.decisions.values()}
    busy |= {inject.to for inject in scenario.injects.values()}
    for role in scenario.roles:
        if role not in busy:
            yield f"roles.{role}", "has nothing to decide and nothing to read"
    if not any(inject.at_min == 0 and _is_plain(inject) for inject in scenario.injects.values()):
        yield "injects", "nothing happens at minute 0"
    for name, inject in scenario.injects.items():
        if inject.at_min > scenario.lasts_min:
            yield f"injects.{name}", f"comes after the end at minute {scenario.lasts_min}"
    if not _is_ended(scenario):
        yield f"endings.{list(scenario.endings)[-1]}", "the last ending must have no condition"


def _is_ended(scenario: Scenario) -> bool:
    return _is_plain(list(scenario.endings.values())[-1])


def _is_plain(branch: Branch) -> bool:
    return not branch.when and not branch.unless


def _check_facts(scenario: Scenario, knowledge: Knowledge) -> Iterator[Found]:
    """What is true, known, revealed or changed names fields of incident facts and their words."""
    parts: dict[str, Known] = {"truth": scenario.truth, "known": scenario.known}
    parts |= {f"injects.{name}.reveals": i.reveals for name, i in scenario.injects.items()}
    for name, decision in scenario.decisions.items():
        for id, option in decision.options.items():
            parts[f"decisions.{name}.options.{id}.effects"] = option.effects.facts
    whole = Game(scenario, knowledge)
    for path, known in parts.items():
        part = path in ("truth", "known")
        try:
            build_facts(whole.date(known, 0), knowledge, scenario.id)
        except InvalidData as error:
            for issue in error.issues:
                if part or issue.slug != "facts-contradiction":
                    where = f"facts {issue.place.column or ''}".strip()
                    yield where if part else f"{where} of {path}", issue.message


def _check_reach(scenario: Scenario, explored: Explored) -> Iterator[Found]:
    arrived = {id for state in explored.ends for id in state.arrived}
    opened = {id for state in explored.ends for id in state.opened}
    for part, all_, met, what in (
        ("injects", scenario.injects, arrived, "reached"),
        ("decisions", scenario.decisions, opened, "opened"),
        ("endings", scenario.endings, find_endings(scenario), "reached"),
    ):
        for name in all_:
            if name not in met:
                yield f"{part}.{name}", f"is never {what}"
    for name in sorted({name for state in explored.ends for name in state.refused}):
        part = "decisions" if name in scenario.decisions else "injects"
        yield f"{part}.{name}", "what it tells contradicts what is known, and is not taken up"


def _check_play(game: Game) -> Iterator[Found]:
    scenario = game.scenario
    ends = {name: play_exercise(game, make_player(name))[0] for name in ("best", "worst")}
    truth = read_known(scenario.truth)
    if truth is None or truth[1] != scenario.exposed:
        yield "truth.persons", f"is not the number exposed, {scenario.exposed}"
    best = ends["best"]
    for name, value in score_exercise(game, best, judge_decisions(game, best)).items():
        if value < 1:
            yield "decisions", f"the best play reaches {value} of 1 in {name}"
    for one in judge_decisions(game, ends["worst"]):
        fails = [o for o, option in one.decision.options.items() if option.critical_fail]
        if fails and not one.is_critical:
            yield f"decisions.{one.id}", f"the worst play does not meet {fails[0]}"
    for name, taken in best.taken.items():
        known = taken.known
        if known is None or not known[0] <= scenario.exposed <= known[2]:
            yield f"decisions.{name}", "what is known of persons does not hold the truth"
    open_ = {
        duty
        for pack in game.knowledge.duties.values()
        for duty, d in pack.duties.items()
        if d.at_most == "judge"
    }
    for clock in best.clocks.values():
        if clock.decision == "judge" and clock.id not in open_:
            yield "injects", f"{clock.id} is still open at the end of the best play"


def _check_clocks(game: Game, explored: Explored) -> Iterator[Found]:
    """Every notice that falls due in some branch has proper ways and an option that sends it."""
    sent = {
        duty
        for decision in game.scenario.decisions.values()
        for option in decision.options.values()
        for duty in list_told(option)
    }
    due = dict.fromkeys(duty for state in explored.ends for duty in list_due(state))
    for duty in due:
        if duty not in game.scenario.due:
            yield "due", f"{duty} falls due and has no ways"
        if duty not in sent:
            yield "decisions", f"{duty} falls due and no option sends it"
    for duty in game.scenario.due:
        if duty not in due:
            yield f"due.{duty}", "never falls due"


def list_told(option: Option) -> set[str]:
    """Return the duties that an option is meant to discharge."""
    return {duty for notice in option.notices for duty in notice.duties}


def _check_telling(game: Game, explored: Explored) -> Iterator[Found]:
    for id, duty, wrong in list_disagreements(game, explored):
        yield f"decisions.{id}", wrong.format(duty=duty)
    clauses = {
        id: duty.clause
        for pack in game.knowledge.duties.values()
        for id, duty in pack.duties.items()
    }
    for name, decision in game.scenario.decisions.items():
        for option in _list_right(decision) if decision.tells else ():
            for duty in sorted(list_told(option)):
                if clauses[duty] not in option.clauses:
                    yield (
                        f"decisions.{name}",
                        f"the right option does not cite {clauses[duty]} ({duty})",
                    )


def _list_right(decision: Decision) -> list[Option]:
    return [option for option in decision.options.values() if option.score == 3]


def list_disagreements(game: Game, explored: Explored | None = None) -> list[tuple[str, str, str]]:
    """Return where the right option and the duties engine part: decision, duty, why.

    Looked at are all states of the scenario in which the decision can be taken for a score: from
    its opening until its pace is worth nothing, whatever was decided before.
    """
    found: dict[tuple[str, str, str], None] = {}
    for name, decision in game.scenario.decisions.items():
        for option in _list_right(decision) if decision.tells else ():
            for duty in sorted(list_told(option) - set(decision.tells)):
                found[name, duty, "the right option tells {duty}, which it is not about"] = None
    for state in (explored or explore_game(game)).states:
        for name, opened in state.opened.items():
            decision = game.scenario.decisions[name]
            if name in state.taken or not decision.tells:
                continue
            if state.at_min <= opened + LATE * decision.due_min:
                found |= dict.fromkeys(_compare(state, name, decision))
    return list(found)


def _compare(state: State, name: str, decision: Decision) -> Iterator[tuple[str, str, str]]:
    for duty in decision.tells:
        answer = state.clocks[duty].decision if duty in state.clocks else "unknown"
        if answer not in ("required", "not-required"):
            yield name, duty, "{duty} is still open when it has to be decided"
            continue
        for option in _list_right(decision):
            if (answer == "required") != (duty in list_told(option)):
                yield name, duty, f"the right option and the law part on {{duty}} ({answer})"
