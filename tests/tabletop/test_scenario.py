"""Scenarios: fit for play, right by the law, and told when they are not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from piaskit.errors import InvalidData
from piaskit.incident import build_facts, decide_incident
from piaskit.knowledge import Knowledge, Scenario, Text, load_knowledge
from piaskit.knowledge.scenario import Due, Role
from piaskit.tabletop.exercise import Choice, State, play_exercise
from piaskit.tabletop.explore import explore_game
from piaskit.tabletop.lint import check_scenario, check_scenarios
from piaskit.tabletop.players import make_player, make_reader
from piaskit.tabletop.scenario import Game, Learned, open_game
from piaskit.tabletop.score import judge_decisions, list_due, rate_duty, score_exercise

SCENARIOS = sorted(load_knowledge().scenarios)
COURIER, BUCKET = "rented-courier-account", "open-storage-bucket"


def end(knowledge: Knowledge, id: str, policy: str) -> tuple[Game, State]:
    game = Game(knowledge.scenarios[id], knowledge)
    return game, play_exercise(game, make_player(policy))[0]


def change(scenario: Scenario, *path: str, **values: Any) -> Scenario:
    """Return a copy of a scenario in which one record has other values."""

    def renew(record: Any, rest: tuple[str, ...]) -> Any:
        if not rest and isinstance(record, dict):
            return {**record, **values}
        if not rest:
            return record.model_copy(update=values)
        if isinstance(record, dict):
            return {**record, rest[0]: renew(record[rest[0]], rest[1:])}
        return record.model_copy(update={rest[0]: renew(getattr(record, rest[0]), rest[1:])})

    changed: Scenario = renew(scenario, path)
    return changed


def lint(knowledge: Knowledge, scenario: Scenario) -> list[str]:
    return [f"{path}: {message}" for path, message in check_scenario(scenario, knowledge)]


def test_the_built_in_scenarios_are_fit_for_play(knowledge: Knowledge) -> None:
    assert len(SCENARIOS) == 13
    assert check_scenarios(knowledge) == []


WORDS = Text(en="words", zh="文字")
UNFIT: dict[str, tuple[tuple[str, ...], dict[str, Any], str]] = {
    "english": (
        ("injects", "mail"),
        {"text": Text(en="A mail 来信", zh="来信")},
        "injects.mail.text: the English text holds Chinese",
    ),
    "chinese": (
        ("objectives",),
        {"contain": Text(en="Contain", zh="Contain")},
        "objectives.contain: the Chinese text holds no Chinese",
    ),
    "role": (
        ("roles",),
        {"driver": Role(en="Driver", zh="司机", office="driver")},
        "roles.driver: has nothing to decide and nothing to read",
    ),
    "objective": (
        ("objectives",),
        {"rest": WORDS},
        "objectives.rest: no decision serves it",
    ),
    "minute 0": (("injects", "mail"), {"at_min": 1}, "injects: nothing happens at minute 0"),
    "after the end": (
        ("injects", "closed"),
        {"at_min": 9_000},
        "injects.closed: comes after the end at minute 4320",
    ),
    "last ending": (
        ("endings", "late"),
        {"when": ("authority.hope",)},
        "endings.late: the last ending must have no condition",
    ),
    "two critical fails": (
        ("decisions", "publish", "options", "evade"),
        {"score": 0, "critical_fail": WORDS},
        "decisions.publish: has more than one critical fail; the worst play can meet only one",
    ),
    "effect": (
        ("decisions", "close", "options", "copy-logs-and-close", "effects"),
        {"facts": {"mitigation": ["closed"]}},
        "facts mitigation of decisions.close.options.copy-logs-and-close.effects: "
        "unknown key mitigation",
    ),
    "news": (
        ("injects", "contents"),
        {"reveals": {"confidentiality": {"state": "sure"}}},
        "facts confidentiality.state of injects.contents.reveals: "
        "sure is not one of none, possible, confirmed",
    ),
    "contradiction": (
        ("injects", "count"),
        {"reveals": {"malicious": "yes", "persons": 17, "sensitive_persons": 18}},
        "injects.count: what it tells contradicts what is known, and is not taken up",
    ),
    "open clock": (
        ("injects", "count"),
        {"reveals": {"persons": 1200000, "sensitive_persons": 18000}},
        "injects: cn-ndsr11-police is still open at the end of the best play",
    ),
    "clause": (
        ("decisions", "summary", "options", "six-heads"),
        {"clauses": ()},
        "decisions.summary: the right option does not cite cn-cac-2025 8 (cn-cac-sum)",
    ),
    "beside the point": (
        ("decisions", "summary"),
        {"tells": ("cn-cac-other",)},
        "decisions.summary: the right option tells cn-cac-sum, which it is not about",
    ),
    "slow": (
        ("decisions", "authority", "options", "now-in-part"),
        {"delay_min": 72 * 60},
        "decisions: the best play reaches 0.75 of 1 in legality",
    ),
    "truth": (
        ("truth",),
        {"persons": 1200001},
        "truth.persons: is not the number exposed, 1200000",
    ),
    "range": (
        ("injects", "count"),
        {"reveals": {"malicious": "yes", "persons": {"low": 2_000_000}, "sensitive_persons": 1}},
        "decisions.first-report: what is known of persons does not hold the truth",
    ),
    "critical fail": (
        ("decisions", "publish"),
        {"opens": ("publish-calm",)},
        "decisions.publish: the worst play does not meet deny",
    ),
    "never due": (
        ("due",),
        {"cn-minor35-auth": Due(ways=("portal",))},
        "due.cn-minor35-auth: never falls due",
    ),
}  # fmt: skip


@pytest.mark.parametrize("trouble", UNFIT)
def test_the_lint_tells_each_trouble_with_its_place(trouble: str, knowledge: Knowledge) -> None:
    path, values, expected = UNFIT[trouble]

    assert expected in lint(knowledge, change(knowledge.scenarios[BUCKET], *path, **values))


def test_the_lint_looks_at_every_branch_and_not_only_at_the_best_play(
    knowledge: Knowledge,
) -> None:
    path = ("injects", "no-log")
    calm = {"exfiltrated": "no", "confidentiality": {"state": "none"}, "harm_avoided": "yes"}
    branch = change(knowledge.scenarios[BUCKET], *path, reveals=calm)

    assert "decisions.persons: the right option and the law part on cn-pipl-ind (not-required)" in (
        lint(knowledge, branch)
    )


def test_the_lint_tells_when_there_are_too_many_branches(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explore_game, "__defaults__", (10,))

    assert "injects: more than 50,000 states: too many branches to look at all" in lint(
        knowledge, knowledge.scenarios[BUCKET]
    )


@pytest.mark.parametrize("id", SCENARIOS)
def test_the_right_option_on_telling_somebody_is_what_the_duties_engine_says(
    id: str, knowledge: Knowledge
) -> None:
    game = Game(knowledge.scenarios[id], knowledge)
    moments: dict[tuple[str, str], Any] = {}
    for state in explore_game(game).states:
        for name in state.opened.keys() - state.taken.keys():
            decision = game.scenario.decisions[name]
            if decision.tells and state.at_min <= state.opened[name] + 3 * decision.due_min:
                moments[name, json.dumps(state.known, sort_keys=True)] = state.known

    for (name, _), known in moments.items():
        decision = game.scenario.decisions[name]
        decided = decide_incident(build_facts(known, knowledge), knowledge)
        verdicts = {duty.id: duty.decision for duty in decided.duties}
        right = next(o for o in decision.options.values() if o.score == 3)
        told = {duty for notice in right.notices for duty in notice.duties}
        assert told == {duty for duty in decision.tells if verdicts[duty] == "required"}, name
        assert {verdicts[duty] for duty in decision.tells} <= {"required", "not-required"}
    assert moments


@pytest.mark.parametrize("id", SCENARIOS)
def test_the_best_play_scores_one_and_the_worst_meets_every_critical_fail(
    id: str, knowledge: Knowledge
) -> None:
    game, best = end(knowledge, id, "best")
    assert set(score_exercise(game, best, judge_decisions(game, best)).values()) == {1.0}

    game, worst = end(knowledge, id, "worst")
    fails = {
        name
        for name, decision in game.scenario.decisions.items()
        if any(option.critical_fail for option in decision.options.values())
    }
    assert len(fails) >= 3
    assert {one.id for one in judge_decisions(game, worst) if one.is_critical} == fails


@pytest.mark.parametrize("id", SCENARIOS)
def test_no_clock_of_the_pipl_has_a_number_and_72_hours_cost_points(
    id: str, knowledge: Knowledge
) -> None:
    game, best = end(knowledge, id, "best")
    timed = {c.id for c in best.clocks.values() if c.deadline_min is not None}
    assert not any(id.startswith(("cn-pipl", "cn-minor", "cn-child", "cn-ndsr")) for id in timed)

    waiting = next(o for o in game.scenario.decisions["authority"].options if "72-hours" in o)
    option = game.scenario.decisions["authority"].options[waiting]
    assert option.score <= 1
    assert "eu-gdpr 33(1)" in option.clauses
    choices = {"authority": Choice("authority", waiting)}
    state, _ = play_exercise(game, make_reader(choices))
    one = next(j for j in judge_decisions(game, state) if j.id == "authority")
    assert one.value <= 1 / 3
    if "cn-pipl-auth" in list_due(state):
        assert rate_duty(game, state, "cn-pipl-auth") == 0


def test_the_four_hours_run_from_a_million_persons_on_and_not_below(knowledge: Knowledge) -> None:
    _, courier = end(knowledge, COURIER, "best")
    _, bucket = end(knowledge, BUCKET, "best")

    assert courier.clocks["cn-cac-other"].decision == "not-required"
    assert bucket.clocks["cn-cac-other"].decision == "required"
    assert bucket.clocks["cn-cac-other"].deadline_min == 4 * 60
    assert bucket.made["cn-cac-other"][0] == 90


def test_the_four_hours_are_open_while_the_count_spans_a_million(knowledge: Knowledge) -> None:
    game = Game(knowledge.scenarios[COURIER], knowledge)
    _, clocks, _ = game.learn({}, game.scenario.known, 0)

    first = {clock.id: clock for clock in clocks}["cn-cac-other"]
    assert (first.decision, first.deadline_min) == ("judge", 240)


def test_minors_and_guardians_have_notices_of_their_own(knowledge: Knowledge) -> None:
    _, courier = end(knowledge, COURIER, "best")
    assert {
        "cn-minor35-guardians", "cn-child21-guardians", "cn-minor35-auth", "cn-pipl-ind",
    } <= set(list_due(courier))  # fmt: skip

    _, bucket = end(knowledge, BUCKET, "best")
    assert not any("minor" in id or "child" in id for id in list_due(bucket))


def test_not_every_wrong_is_a_leak_and_small_numbers_and_slips_are_told(
    knowledge: Knowledge,
) -> None:
    _, export = end(knowledge, "silent-export", "best")
    assert list_due(export) == []

    _, children = end(knowledge, "children-on-a-contest-page", "best")
    assert {"cn-child21-auth", "cn-minor35-guardians", "cn-ndsr11-police"} <= set(
        list_due(children)
    )

    _, mailing = end(knowledge, "merge-mail-error", "best")
    assert {"cn-pipl-ind", "eu-gdpr33"} <= set(list_due(mailing))
    assert "eu-gdpr34" not in list_due(mailing)


def test_the_loss_alone_starts_the_four_hours(knowledge: Knowledge) -> None:
    _, plant = end(knowledge, "ransomware-at-the-plant", "best")

    assert plant.clocks["cn-cac-other"].deadline_min == 4 * 60
    assert plant.made["cn-cac-other"][0] == 150


def test_news_that_contradict_what_is_known_are_not_taken_up(knowledge: Knowledge) -> None:
    game = Game(knowledge.scenarios[COURIER], knowledge)
    known, clocks, _ = game.learn({}, game.scenario.known, 0)

    after = game.learn(known, {"persons": {"low": 5, "best": 3, "high": 1}}, 10)

    assert after == (known, clocks, False)


def test_what_was_learned_of_other_facts_is_not_taken_for_these(knowledge: Knowledge) -> None:
    game = Game(knowledge.scenarios[COURIER], knowledge)
    known, _, _ = game.learn({}, game.scenario.known, 0)
    news = {"persons": {"low": 5, "best": 5, "high": 5}}
    # As in a game that came from another process, where these ids were those of others.
    game._learned[id(known), id(news), -1] = ({}, {}, Learned({}, (), True))

    assert game.learn(known, news, 10).known["persons"] == news["persons"]


def test_an_unknown_scenario_is_told_with_the_nearest_id(knowledge: Knowledge) -> None:
    with pytest.raises(InvalidData) as refused:
        open_game("open-storage-buket", None, knowledge)

    assert str(refused.value) == (
        "scenarios: no scenario is called open-storage-buket (did you mean open-storage-bucket?)"
    )


def test_the_lint_tells_what_nobody_can_reach(knowledge: Knowledge) -> None:
    scenario = knowledge.scenarios[BUCKET]
    never = change(scenario, "injects", "no-log", unless=("close.delete-bucket",))
    assert "injects.no-log: is never reached" in lint(knowledge, never)

    early = change(knowledge.scenarios[COURIER], "injects", "reporter-hard", at_min=50)
    assert "injects.reporter-hard: is never reached" in lint(knowledge, early)

    alone = change(scenario, "decisions", "publish", opens=("publish-hostile",))
    gone = change(alone, "injects", "publish-hostile", when=("researcher.threaten",), at_min=9_000)
    assert "decisions.publish: is never opened" in lint(knowledge, gone)

    greedy = change(scenario, "endings", "exposed", when=())
    assert "endings.late: is never reached" in lint(knowledge, greedy)


def test_the_lint_tells_a_decision_without_a_right_or_a_wrong_way(knowledge: Knowledge) -> None:
    scenario = knowledge.scenarios[BUCKET]
    path = ("decisions", "researcher", "options")
    unright = change(scenario, *path, "thank-and-ask", score=2)
    assert "decisions.researcher: has no right way (an option of score 3)" in lint(
        knowledge, unright
    )

    unwrong = scenario
    for option in ("silence", "threaten"):
        unwrong = change(unwrong, *path, option, score=3)
    assert "decisions.researcher: has no wrong way (an option below score 3)" in lint(
        knowledge, unwrong
    )


def test_the_lint_tells_where_the_right_option_and_the_law_part(knowledge: Knowledge) -> None:
    scenario = knowledge.scenarios[COURIER]
    path = ("decisions", "four-hours", "options")
    swapped = change(scenario, *path, "not-live", score=1)
    swapped = change(swapped, *path, "report-to-be-safe", score=3)

    assert (
        "decisions.four-hours: the right option and the law part on cn-cac-other (not-required)"
        in lint(knowledge, swapped)
    )


def test_the_lint_tells_a_notice_that_falls_due_and_is_not_covered(knowledge: Knowledge) -> None:
    scenario = knowledge.scenarios[BUCKET]
    fewer = {id: due for id, due in scenario.due.items() if id != "cn-cac-sum"}
    assert "due: cn-cac-sum falls due and has no ways" in lint(
        knowledge, change(scenario, due=fewer)
    )

    mute = change(scenario, "decisions", "summary", "options", "six-heads", notices=())
    assert "decisions: cn-cac-sum falls due and no option sends it" in lint(knowledge, mute)


def test_the_lint_tells_facts_that_are_none(knowledge: Knowledge) -> None:
    scenario = knowledge.scenarios[BUCKET]
    wrong = change(scenario, truth={**scenario.truth, "operator": "bank"})

    assert lint(knowledge, wrong) == [
        "facts operator: bank is not one of other, cii, central-organ"
    ]
