"""The after-action report: the parts of HSEEP, each told from the log."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import piaskit
from piaskit.case import Case
from piaskit.errors import InvalidData
from piaskit.report.after_action import compose_after_action
from piaskit.report.document import Bullets, Document, Paragraph, Table, read_text
from piaskit.tabletop import Exercise, run_exercise, save_exercise
from piaskit.tabletop.issues import list_issues
from piaskit.tabletop.minutes import Minutes
from piaskit.tabletop.program import replay_recorded

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"
MAILING = "merge-mail-error"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("after") / "own"
    shutil.copytree(MARKETPLACE, folder)
    return piaskit.read_case(folder)


@pytest.fixture(scope="module")
def played(own: Case, tmp_path_factory: pytest.TempPathFactory) -> Exercise:
    """Two decisions of people, the rest left open."""
    lines = [
        {"decision": "stop", "option": "stop-and-keep", "at_min": 4, "why": "the log is proof"},
        {"decision": "eu-authority", "option": "next-week", "at_min": 120},
        {"decision": "authority", "option": "recalled-so-nothing", "at_min": 60},
    ]
    path = tmp_path_factory.mktemp("decisions") / "d.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    exercise = run_exercise(MAILING, own, decisions=path)
    assert isinstance(exercise, Exercise)
    return exercise


def read(document: Document) -> dict[str, str]:
    """Return the text of each section."""
    found = {}
    for section in document.sections:
        texts: list[str] = [section.title]
        for block in section.blocks:
            if isinstance(block, Paragraph):
                texts.append(read_text(block.text))
            elif isinstance(block, Bullets):
                texts += [read_text(item) for item in block.items]
            elif isinstance(block, Table):
                texts += [" | ".join(read_text(c) for c in row.cells) for row in block.rows]
        found[section.id] = "\n".join(texts)
    return found


CHECKLIST = {
    # the parts that HSEEP asks of an after-action report with improvement plan
    "name, date and type of the exercise": (
        "overview",
        ("The shifted column", "2026-09-30", "Tabletop"),
    ),
    "scope and duration": (
        "overview",
        (
            "96:00", "7 messages", "7 decisions", "General Data Protection Regulation (GDPR)",
            "Network Data Security Management Regulations (NDSR)",
        ),
    ),
    "threat and scenario": ("story", ("column slipped by a row", "At 0:12: The job stands")),
    "sponsor and point of contact": ("overview", ("Incident team lead", "privacy@xinfan.example")),
    "participants": ("people", (
            "Incident lead | Incident team lead", "training record",
            "evaluators and a note-taker are not",
        )),
    "executive summary": (
        "summary", ("1 of 7 decisions", "Critical failures: 1", "Legality | 0.00 of 1"),
    ),
    "objectives with tasks, ratings in words and evidence": (
        "objectives",
        (
            "U: unable", "Tell under each law", "Decisions: Tell the authority in China",
            "Notices due: 3", "late or never sent: Report of the data security event",
            "performed with some challenges", "none given",
        ),
    ),
    "strengths with evidence": ("strengths", ("Stop the queue", "3,400 mails less", "| 8")),
    "areas for improvement: every part of an analysis": (
        "areas",
        (
            "Observation | The team chose: Not at all", "Expected | Now: what happened",
            "Never sent: Report of the data security event (NDSR Art. 11)", "Reference | PIPL",
            "No cause was recorded", "Consequence | Three of ten were", "Critical failure: ",
        ),
    ),
    "how each decision was judged": (
        "analysis",
        (
            "When all answers are in", '"the log is proof" | 0:00 | 0:04 | 0:10 | 3 / 3 | 1.00',
        ),
    ),
    "timeline and clocks": (
        "clocks",
        ("until 72:12 | 85:20 | 85:08 | -13:08", "told too late", "no hour count"),
    ),
    "improvement plan: action, owner, due": (
        "plan",
        (
            "Chief privacy officer", "2026-10-30", "Open", "Equipment", "2026-09-30",
            "| High |", "Test of the tool, in writing",
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("element", CHECKLIST)
def test_each_element_of_the_checklist_is_told(element: str, played: Exercise) -> None:
    section, words = CHECKLIST[element]
    attended = ("r-incident", "r-pipo")
    document = compose_after_action(played.to_dict(), played.case, "en", attended)

    text = read(document)[section]
    assert [word for word in words if word not in text] == []


def test_evidence_is_a_line_of_the_log(played: Exercise) -> None:
    answer = played.to_dict()
    text = read(compose_after_action(answer, played.case, "en"))
    stop = next(one for one in answer["decisions"] if one["id"] == "stop")

    assert played.log[stop["line"] - 1]["ids"] == ["stop"]
    assert text["strengths"].endswith(f"| {stop['line']}")
    shown = [
        row.split(" | ")[0].split("-") for row in text["timeline"].splitlines() if " | " in row
    ]
    lines = [n for part in shown for n in range(int(part[0]), int(part[-1]) + 1)]
    assert lines == list(range(1, len(played.log) + 1))


def test_no_decision_is_both_a_strength_and_an_area(played: Exercise) -> None:
    answer = played.to_dict()
    document = compose_after_action(answer, played.case, "en")
    tables = {b.id: b.title for s in document.sections for b in s.blocks if isinstance(b, Table)}
    areas = [title for id, title in tables.items() if id.startswith("table-area-")]
    strengths = read(document)["strengths"].splitlines()[1:]

    assert [f"Area {n}" for n in range(1, 7)] == [title.split(":")[0] for title in areas]
    assert [action["id"] for action in answer["actions"]] == [
        issue["action"] for issue in answer["issues"]
    ]
    names = {row.split(":")[0] for row in strengths}
    assert names.isdisjoint(title.split(": ")[1] for title in areas)
    assert {"Stop the job"} == names


@pytest.mark.parametrize(("lang", "mark"), [("en", "as typed"), ("zh", "原文")])
def test_a_cause_is_what_was_typed_and_nothing_else(lang: Any, mark: str, played: Exercise) -> None:
    answer = played.to_dict()
    late = next(one for one in answer["decisions"] if one["id"] == "eu-authority")
    late["reason"] = "先等等看"
    note = {
        "objective": late["objective"], "title": "T", "title_zh": "题",
        "text": "nobody knew <b>Art. 33</b>", "rating": "U", "at_min": 130, "line": 16,
    }  # fmt: skip
    answer["notes"] = [note]
    answer["issues"] = list_issues(
        answer["actions"], answer["decisions"], answer["clocks"], answer["notes"]
    )
    text = read(compose_after_action(answer, played.case, lang))

    assert text["areas"].count(mark) == 3  # the note on top, the team, the evaluator
    assert "先等等看" in text["areas"]
    assert "nobody knew <b>Art. 33</b>" in text["areas"]
    assert "16" in text["people"]


def test_harm_names_the_line_at_which_the_number_became_known(played: Exercise) -> None:
    answer = played.to_dict()
    line = answer["exposure"]["known_line"]

    assert played.log[line - 1]["kind"] == "inject"
    text = read(compose_after_action(answer, played.case, "en"))["harm"]
    assert f"8,600 persons were concerned (known to the team from log line {line} on)" in text
    answer["exposure"]["known_line"] = None
    text = read(compose_after_action(answer, played.case, "en"))["harm"]
    assert "the team was never told this number" in text


def test_both_languages_tell_the_same_parts_in_their_own_words(played: Exercise) -> None:
    answer = played.to_dict()
    english, chinese = (compose_after_action(answer, played.case, lang) for lang in ("en", "zh"))

    assert [s.id for s in english.sections] == [s.id for s in chinese.sections]
    text = read(chinese)
    assert "错位的一列" in text["overview"]
    assert "U：未能完成" in text["objectives"]
    assert "《个人信息保护法》第57条" in text["areas"]
    assert not any("一" <= letter <= "鿿" for letter in "".join(read(english).values()))


def test_a_program_has_no_reasons_and_what_its_notices_lacked_is_told(own: Case) -> None:
    answer = run_exercise("late-processor", own, policy="typical").to_dict()
    short = {clock["id"] for clock in answer["clocks"] if clock["lacking"]}
    areas = read(compose_after_action(answer, own, "en"))["areas"]

    assert {"cn-pipl-ind", "cn-ndsr11-ind"} == short
    assert short <= {id for issue in answer["issues"] for id in issue["notices"]}
    assert "Notice to interested parties (NDSR Art. 11) went out without: The risk" in areas
    assert "policy: typical" not in areas


def test_what_a_program_played_is_no_training(own: Case) -> None:
    answer = run_exercise(MAILING, own, policy="cautious").to_dict()

    text = read(compose_after_action(answer, own, "en"))
    assert "played by a program (cautious team). It is no training." in text["people"]
    assert text["trend"].endswith("there is no trend yet.")


def test_attendance_is_kept_as_training_and_earlier_exercises_make_a_trend(
    played: Exercise, own: Case
) -> None:
    saved = save_exercise(played, ("r-incident", "r-legal"))
    again = piaskit.read_case(own.root)

    row = again.frames["trainings"].set_index("id").loc[saved["training"]]
    assert (int(row["attended"]), row["audience"]) == (2, "r-incident;r-legal")
    assert row["held_on"].date() == date(2026, 9, 30)
    assert again.say(row, "title", "zh") == "桌面推演：错位的一列"
    assert save_exercise(played, ("r-incident", "r-legal"))["training"] == saved["training"]
    rows = piaskit.read_case(own.root).frames["trainings"]
    assert len(rows) == len(own.frames["trainings"]) + 1

    best = run_exercise(MAILING, again, policy="best").to_dict()
    trend = read(compose_after_action(best, again, "en", (), replay_recorded(again)[0]))["trend"]
    assert [line.split(" | ")[-1] for line in trend.splitlines()[1:]] == ["1", "0"]


def test_the_report_is_written_for_readers_without_the_tool(
    played: Exercise, tmp_path: Path
) -> None:
    files = piaskit.write_after_action(played, tmp_path / "aar", attended=["r-incident"])

    assert [path.name for path in files] == ["after-action.zh.html", "after-action.en.html"]
    page = files[1].read_text("utf-8")
    assert "After-action report: The shifted column" in page
    assert "<script" not in page
    assert "https://" not in page
    assert "src=" not in page


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"attended": ["r-incidnt"]}, "no role is called r-incidnt (did you mean r-incident?)"),
        ({"formats": ["odt"]}, "formats: no format is called odt"),
    ],
)
def test_an_unknown_role_or_format_is_refused(
    options: dict[str, Any], message: str, played: Exercise, tmp_path: Path
) -> None:
    with pytest.raises(InvalidData) as refused:
        piaskit.write_after_action(played, tmp_path, **options)

    assert message in str(refused.value)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_minutes_tell_what_the_log_cannot(lang: Any, played: Exercise) -> None:
    minutes = Minutes(
        held_on=date(2026, 9, 28),
        started="14:00",
        ended="16:10",
        sponsor="Head of operations",
        facilitator="A. Example",
        evaluators=("B. Example",),
        people={"r-pipo": "D. Example"},
        causes={1: {"en": "The plan is silent.", "zh": "预案没有写明。"}},
    )

    answer = played.to_dict()
    document = compose_after_action(answer, played.case, lang, ["r-pipo"], minutes=minutes)
    told = read(document)

    assert "2026-09-28" in told["overview"] and "14:00-16:10" in told["overview"]
    assert "Head of operations" in told["overview"]
    for name in ("A. Example", "B. Example", "D. Example"):
        assert name in told["people"]
    assert minutes.tell_cause(1, lang) in told["areas"]
