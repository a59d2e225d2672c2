"""A live exercise: acts grow the log, the log alone tells where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from piaskit.case import Case
from piaskit.errors import InvalidData
from piaskit.tabletop import replay_exercise, run_exercise
from piaskit.tabletop.exercise import Choice, Message
from piaskit.tabletop.log import read_log
from piaskit.tabletop.room.session import Session
from piaskit.tabletop.score import rate_notice, score_exercise

MAIL = "merge-mail-error"


@pytest.fixture
def session(case: Case, tmp_path: Path) -> Session:
    return Session(MAIL, case, tmp_path / "game.jsonl")


def seen(session: Session) -> tuple[object, ...]:
    return session.stage, session.state, session.log, session.attended, session.game.luck


def play(session: Session) -> None:
    """Play the right options to the end."""
    while not session.can_close or session.open_decisions:
        if session.open_decisions:
            id = session.open_decisions[0]
            options = session.game.scenario.decisions[id].options
            right = next(name for name, option in options.items() if option.score == 3)
            session.decide(Choice(id, right, 0, (8600, 8600, 12000), "as the plan says"))
        else:
            session.step_to_news()
    session.close()


def test_the_exercise_starts_with_the_first_news_and_who_is_there(session: Session) -> None:
    assert session.stage == "waiting"
    session.start(["r-incident", "r-legal"])

    assert session.stage == "playing"
    assert session.state.at_min == 0
    assert session.attended == ["r-incident", "r-legal"]
    assert session.open_decisions == ["stop"]
    assert "luck" not in session.log[0]["values"]


def test_a_log_opened_again_after_any_act_stands_where_it_stood(session: Session) -> None:
    session.start(["r-incident"], luck=3)
    acts = [
        lambda: session.step(3),
        lambda: session.decide(Choice("stop", "let-it-finish", 0, None, "so be it"), 20),
        lambda: session.note("contain", "nobody asked who holds the log", "M"),
        lambda: session.step_to_news(),
        lambda: session.attend(["r-legal"]),
        lambda: session.step(100_000),
        lambda: session.close(),
    ]
    for act in acts:
        act()
        again = Session(MAIL, session.case, session.path)
        assert seen(again) == seen(session)
        assert read_log(session.path) == session.log


def test_time_passes_by_acts_and_steps_alone(session: Session) -> None:
    session.start()
    session.step(7)
    assert (session.state.at_min, session.log[-1]["kind"]) == (7, "step")

    session.decide(Choice("stop", "stop-and-keep"), 10)

    kinds = [(entry["at_min"], entry["kind"]) for entry in session.log if entry["n"] > 2]
    arrived = next(e["at_min"] for e in session.log if e["ids"] == ["sent"])
    assert (arrived, "inject") in kinds
    assert (session.state.at_min, session.log[-1]["ids"]) == (17, ["stop"])
    session.step(1_000_000)
    assert session.state.at_min == session.game.scenario.lasts_min
    assert not session.state.ended


def test_a_game_by_the_right_options_scores_as_the_best_play_and_replays(
    session: Session, case: Case
) -> None:
    session.start()
    play(session)

    answer = session.exercise.to_dict()
    assert answer["policy"] == "people"
    assert answer["scores"]["legality"] == answer["scores"]["harm"] == 1
    again = replay_exercise(session.path, case)
    assert (again.log, again.differs) == (session.log, None)
    assert run_exercise(MAIL, case, log=session.path).log_text == again.log_text  # type: ignore[union-attr]


def test_the_exercise_ends_only_when_it_is_closed(session: Session) -> None:
    session.start()
    session.decide(Choice("stop", "stop-and-keep"))
    session.step_to_news()
    session.decide(Choice("authority", "within-72-hours"))
    session.step(1_000_000)
    session.decide(Choice("retrieve", "ask-and-log"), 500)
    assert (session.stage, session.can_close) == ("playing", True)
    assert session.state.at_min == session.game.scenario.lasts_min
    session.step_to_news()
    assert session.stage == "playing"
    session.close()
    assert session.stage == "ended"


def test_the_die_of_a_measure_is_fixed_by_the_log_and_helped_by_safeguards(
    session: Session,
) -> None:
    session.start(luck=5)
    play(session)
    ended = Session(MAIL, session.case, session.path)
    throws = {e["ids"][0]: e["values"].get("luck") for e in ended.log if e["kind"] == "decision"}
    throws = {id: throw for id, throw in throws.items() if throw}

    assert ended.game.helpers == ("incident.response-plan",)
    assert {throw["bonus"] for throw in throws.values()} == {3}
    assert all(t["holds"] == (t["roll"] + t["bonus"] >= 11) for t in throws.values())
    lost = any(not throw["holds"] for throw in throws.values())
    assert lost
    assert lost == (score_exercise(ended.game, ended.state, [])["harm"] < 1)


def test_a_notice_is_worth_what_the_team_put_into_it(session: Session) -> None:
    session.start()
    session.step_to_news()
    duties = ("cn-pipl-auth", "cn-ndsr11-auth")
    built = (Message(duties, "chat", ("kinds-cause-harm", "measures"), "we stopped"),)
    session.decide(Choice("authority", "now", 0, None, "", built))

    assert session.state.made["cn-pipl-auth"][1] == "authority"
    assert rate_notice(session.game, session.state, "cn-pipl-auth") == 2 / 3 * 0.5
    [decided] = [e for e in session.log if e["kind"] == "decision"]
    assert decided["values"]["notices"][0]["text"] == "we stopped"
    assert seen(Session(MAIL, session.case, session.path)) == seen(session)
    session.close()
    answer = session.exercise.to_dict()
    [clock] = [clock for clock in answer["clocks"] if clock["id"] == "cn-pipl-auth"]
    assert clock["lacking_zh"] == ["个人信息处理者的联系方式"]
    [action] = [one for one in answer["actions"] if one["id"].endswith("authority-notice-1")]
    assert action["title_zh"] == (
        "补全“通知主管部门”的文本，当时缺少：个人信息处理者的联系方式（演练：错位的一列）"
    )
    assert (action["owner"], action["element"]) == ("r-pipo", "planning")


def test_a_session_takes_up_what_another_wrote(session: Session, case: Case) -> None:
    session.start()
    other = Session(MAIL, case, session.path)
    other.step(5)

    assert session.take_up()
    assert seen(session) == seen(other)
    assert not session.take_up()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"n": 4, "at_min": 0, "kind": "note", "ids": ["learn"],'
         ' "values": {"text": "", "rating": "A"}}', "is no line of an exercise"),
        ('{"n": 4, "at_min": 0, "kind": "note", "ids": ["x"],'
         ' "values": {"text": "", "rating": null}}', "note x does not belong here"),
        ('{"n": 4, "at_min": 0, "kind": "decision", "ids": ["stop"], "values":'
         ' {"option": "stop-and-keep", "persons": null, "why": "", "notices": 3}}',
         "is no line of an exercise"),
        ('{"n": 4, "at_min": 0, "kind": "decision", "ids": ["stop"], "values":'
         ' {"option": "stop-and-keep", "persons": null, "why": "", "notices":'
         ' [{"duties": ["eu-gdpr33"], "way": "mail", "elements": [], "text": ""}]}}',
         "decision stop does not belong here"),
        ('{"n": 4, "at_min": 9, "kind": "step", "ids": ["merge-mail-error"], "values": {}}',
         None),
    ],
)  # fmt: skip
def test_a_line_that_nobody_can_have_played_is_refused(
    line: str, message: str | None, session: Session, case: Case
) -> None:
    session.start()
    number = len(session.log) + 1
    with session.path.open("a", encoding="utf-8") as file:
        file.write(line.replace('"n": 4', f'"n": {number}') + "\n")
    if message is None:
        assert Session(MAIL, case, session.path).state.at_min == 9
        return
    with pytest.raises(InvalidData) as error:
        Session(MAIL, case, session.path)
    assert f"game.jsonl row {number}: {message}" in str(error.value)


def test_no_report_before_the_end(session: Session) -> None:
    session.start()
    with pytest.raises(InvalidData, match="the exercise is not finished"):
        _ = session.exercise
