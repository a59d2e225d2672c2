"""What a scenario must hold to be fit for play; ``packs check`` tells what it lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from piaskit.errors import InvalidData, Issue, Place
from piaskit.knowledge import Knowledge, Scenario
from piaskit.knowledge.scenario import Branch
from piaskit.tabletop.exercise import Choice, State, play_exercise, read_known
from piaskit.tabletop.players import make_player
from piaskit.tabletop.scenario import Clock, Game
from piaskit.tabletop.score import judge_decisions, list_due, score_exercise

_MOST = 20_000  # combinations of decisions that are tried for one branch
_POLICIES = ("best", "worst", "silent")


def check_scenarios(knowledge: Knowledge) -> list[Issue]:
    """Lint every scenario: reachable, decidable, covered, and right by the duties engine."""
    issues: list[Issue] = []
    for id in sorted(knowledge.scenarios):
        place = knowledge.found_in.get(("scenarios", id), Place(f"{id}.yaml"))
        scenario = knowledge.scenarios[id]
        for path, message in (*_check_shape(scenario), *_check_play(Game(scenario, knowledge))):
            issues.append(Issue("scenario-unfit", Place(place.file, column=path), message))
    return issues


Found = tuple[str, str]


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
    if not any(inject.at_min == 0 and _is_plain(inject) for inject in scenario.injects.values()):
        yield "injects", "nothing happens at minute 0"
    for name, inject in scenario.injects.items():
        early = [
            f"{d}.{o}"
            for d, decision in scenario.decisions.items()
            for o in decision.options
            if min(_opens(scenario, d)) < inject.at_min
        ]
        if not _reachable(scenario, [inject], set(early)):
            yield f"injects.{name}", "is never reached"
        if inject.at_min > scenario.lasts_min:
            yield f"injects.{name}", f"comes after the end at minute {scenario.lasts_min}"
    endings = list(scenario.endings.items())
    everything = {f"{d}.{o}" for d, dec in scenario.decisions.items() for o in dec.options}
    for number, (name, _) in enumerate(endings):
        if not _reachable(scenario, [e for _, e in endings[: number + 1]][::-1], everything):
            yield f"endings.{name}", "is never reached"
    if endings and not _is_plain(endings[-1][1]):
        yield f"endings.{endings[-1][0]}", "the last ending must have no condition"


def _is_plain(branch: Branch) -> bool:
    return not branch.when and not branch.unless


def _opens(scenario: Scenario, decision: str) -> list[int]:
    return [scenario.injects[id].at_min for id in scenario.decisions[decision].opens]


def _reachable(scenario: Scenario, branches: Sequence[Branch], allowed: set[str]) -> bool:
    """Tell whether some choices meet the first branch and none of the others."""
    named = [c for branch in branches for c in (*branch.when, *branch.unless)]
    decisions = list(dict.fromkeys(choice.partition(".")[0] for choice in named))
    ways = [
        ["", *(f"{d}.{o}" for o in scenario.decisions[d].options if f"{d}.{o}" in allowed)]
        for d in decisions
    ]
    for number, chosen in enumerate(product(*ways)):
        if number >= _MOST:
            return True
        first, *others = (_meets(branch, set(chosen)) for branch in branches)
        if first and not any(others):
            return True
    return False


def _meets(branch: Branch, chosen: set[str]) -> bool:
    if branch.when and chosen.isdisjoint(branch.when):
        return False
    return chosen.isdisjoint(branch.unless)


def _check_play(game: Game) -> Iterator[Found]:
    scenario = game.scenario
    try:
        truth = read_known(scenario.truth)
        game.read_facts(scenario.truth)
        ends = {name: play_exercise(game, make_player(name))[0] for name in _POLICIES}
    except InvalidData as error:
        for issue in error.issues:
            yield f"facts {issue.place.column or ''}".strip(), issue.message
        return
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
    yield from _check_clocks(game, ends)
    yield from _check_telling(game)


def _check_clocks(game: Game, ends: dict[str, State]) -> Iterator[Found]:
    """Every notice that falls due has proper ways and an option that sends it."""
    sent = {
        duty
        for decision in game.scenario.decisions.values()
        for option in decision.options.values()
        for notice in option.notices
        for duty in notice.duties
    }
    due = dict.fromkeys(duty for state in ends.values() for duty in list_due(state))
    for duty in due:
        if duty not in game.scenario.due:
            yield "due", f"{duty} falls due and has no ways"
        if duty not in sent:
            yield "decisions", f"{duty} falls due and no option sends it"
    for duty in game.scenario.due:
        if duty not in due:
            yield f"due.{duty}", "never falls due"


def _check_telling(game: Game) -> Iterator[Found]:
    for decision, duty, wrong in list_disagreements(game):
        yield f"decisions.{decision}", wrong.format(duty=duty)


def list_disagreements(game: Game) -> Iterator[tuple[str, str, str]]:
    """Yield where the right option of a decision and the duties engine part: decision, duty, why.

    The facts are those at the moment at which the best play takes the decision.
    """
    clocks: dict[str, dict[str, Clock]] = {}

    best = make_player("best")

    def watch(game: Game, state: State, decision: str) -> Choice | None:
        clocks[decision] = dict(state.clocks)
        return best(game, state, decision)

    play_exercise(game, watch)
    for name, decision in game.scenario.decisions.items():
        if not decision.tells:
            continue
        if name not in clocks:
            yield name, "", "is never opened in the best play"
            continue
        for option in (o for o in decision.options.values() if o.score == 3):
            told = {duty for notice in option.notices for duty in notice.duties}
            for duty in sorted(told - set(decision.tells)):
                yield name, duty, "the right option tells {duty}, which it is not about"
            for duty in decision.tells:
                answer = clocks[name][duty].decision if duty in clocks[name] else "unknown"
                if answer not in ("required", "not-required"):
                    yield name, duty, "{duty} is still open when it has to be decided"
                elif (answer == "required") != (duty in told):
                    yield name, duty, f"the right option and the law part on {{duty}} ({answer})"
