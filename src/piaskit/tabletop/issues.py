"""What an exercise leaves to improve: the issues, and an action with owner and date for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from piaskit.knowledge import Text
from piaskit.tabletop.exercise import State
from piaskit.tabletop.scenario import Game, find_duty, name_contents
from piaskit.tabletop.score import Judged, list_lacking

if TYPE_CHECKING:
    from piaskit.case import Case

Result = dict[str, Any]
SOUND = 0.85  # a decision below the rating P is improved upon
FAILED = ("missed", "late")
# Days until an action is due and its option: our convention, by how a decision was rated.
_AT_ONCE, _SOON = (30, "immediate"), (90, "time-limited")


def list_issues(
    actions: Sequence[Result],
    decisions: Iterable[Result],
    clocks: Sequence[Result],
    notes: Iterable[Result],
) -> list[Result]:
    """Return the issue behind each action, with the notices and the evaluators' notes on it.

    ``kind`` is ``decision`` (one that fell short, with the notices it left out, sent late or sent
    incomplete), ``contents`` (a notice without all that the
    law wants in it) or ``sending`` (a sound decision, yet a notice that was missed or late).
    """
    by_id = {one["id"]: one for one in decisions}
    about: dict[str, list[int]] = {}
    for note in notes:
        for id in match_note(note, by_id):
            about.setdefault(id, []).append(note["line"])
    texts = {id for one in actions if one["issue"] == "contents" for id in one["notices"]}
    found = []
    for number, action in enumerate(actions, 1):
        decision = by_id[action["decision"]]
        of_text = action["issue"] == "contents"
        wanted = [
            clock
            for clock in clocks
            if clock["id"] in decision["tells"]
            and (
                clock["id"] in action["notices"]
                if of_text
                else clock["state"] in FAILED or (clock["lacking"] and clock["id"] not in texts)
            )
        ]
        lines = [line for line in (decision["line"], *(c["line"] for c in wanted)) if line]
        found.append(
            {
                "n": number,
                "kind": action["issue"],
                "decision": decision["id"],
                "action": action["id"],
                "notices": [clock["id"] for clock in wanted],
                "notes": [] if of_text else about.get(decision["id"], []),
                "lines": sorted(set(lines)),
            }
        )
    return found


def match_note(note: Mapping[str, Any], decisions: Mapping[str, Result]) -> list[str]:
    """Return the decisions that an evaluator had before him when he wrote a note.

    Those of the note's objective that were open then, else the one that was taken last.
    """
    own = [one for one in decisions.values() if one["objective"] == note["objective"]]
    open_then = [
        one["id"]
        for one in own
        if one["opened_min"] is not None
        and one["opened_min"] <= note["at_min"]
        and (one["line"] is None or one["line"] > note["line"])
    ]
    taken = [one for one in own if one["line"] is not None and one["line"] < note["line"]]
    return open_then or [one["id"] for one in sorted(taken, key=lambda one: one["line"])[-1:]]


def list_actions(
    game: Game, state: State, judged: Sequence[Judged], clocks: Iterable[Result], case: Case
) -> list[Result]:
    """Return an action for each issue, as a row of ``actions``: what failed, by what it mends.

    A decision that failed wholly, or that must never be taken, is mended within 30 days; the rest
    within 90.
    """
    found = []
    failed = {clock["id"] for clock in clocks if clock["state"] in FAILED}
    for one in judged:
        if one.value < SOUND:
            when = _AT_ONCE if one.is_critical or one.value == 0 else _SOON
            action = one.decision.action
            found.append(_write_action(game, case, one.id, one.id, action, when))
        elif left := [duty for duty in one.decision.tells if duty in failed]:
            action = _word(game, "tabletop.action.send", left[0])
            id = f"{one.id}-sending"
            found.append(_write_action(game, case, id, one.id, action, _SOON, "sending", left))
    return [*found, *_complete_notices(game, state, case)]


def _word(game: Game, label: str, duty: str, lacking: Mapping[str, str] | None = None) -> Text:
    said = {}
    for lang in ("en", "zh"):
        named = find_duty(game.knowledge, duty)
        contents = ("、" if lang == "zh" else "; ").join(
            title
            for element, of in (lacking or {}).items()
            for title in name_contents(game, of, [element], lang)
        )
        notice = named.title[lang]
        said[lang] = game.knowledge.labels(label, lang, notice=notice, contents=contents)
    return Text(**said)


def _complete_notices(game: Game, state: State, case: Case) -> Iterator[Result]:
    """Yield an action for each text that a team built without what the law wants in it."""
    for id, taken in state.taken.items():
        for number, message in enumerate(taken.choice.messages or (), 1):
            lacking: dict[str, str] = {}
            for duty in message.duties:
                if duty in state.clocks and state.clocks[duty].decision == "required":
                    lacking |= dict.fromkeys(list_lacking(game, state, duty), duty)
            if lacking:
                action = _word(game, "tabletop.action.notice", message.duties[0], lacking)
                own = f"{id}-notice-{number}"
                duties = list(dict.fromkeys(lacking.values()))
                yield _write_action(game, case, own, id, action, _SOON, "contents", duties)


def _write_action(
    game: Game,
    case: Case,
    id: str,
    decision: str,
    action: Text,
    when: tuple[int, str],
    issue: str = "decision",
    notices: Sequence[str] = (),
) -> Result:
    scenario, (days, option) = game.scenario, when
    titles = {
        lang: game.knowledge.labels(
            "tabletop.action", lang, action=action[lang], scenario=scenario.title[lang]
        )
        for lang in ("en", "zh")
    }
    role = scenario.roles[scenario.decisions[decision].role]
    return {
        "id": f"drill-{scenario.id}-{id}",
        "title": titles["en"],
        "title_zh": titles["zh"],
        "task": action.en,
        "task_zh": action.zh,
        "option": option,
        "owner": find_owner(case, role.office),
        "starts_on": case.as_of.isoformat(),
        "due_on": (case.as_of + timedelta(days=days)).isoformat(),
        "status": "open",
        "decision": decision,
        "element": scenario.decisions[decision].element,
        "issue": issue,
        "notices": list(notices),
    }


def find_owner(case: Case, office: str) -> str:
    """Return the role of a case that answers for an office, else the incident lead, else ''."""
    roles, held = case.frames["roles"], dict[str, str]()
    for id, role, holder in zip(
        *(roles[c].tolist() for c in ("id", "role", "holder")), strict=True
    ):
        if isinstance(holder, str):
            held.setdefault(role, id)
    wanted = (office, "incident-lead", "pi-protection-officer")
    return next((held[role] for role in wanted if role in held), "")
