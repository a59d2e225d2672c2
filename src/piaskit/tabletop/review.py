"""The after-action report as plain data: what happened, how it is rated, what to improve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from piaskit.knowledge import Text
from piaskit.tabletop.exercise import Entry, State
from piaskit.tabletop.issues import list_actions, list_issues
from piaskit.tabletop.scenario import Game, find_duty, name_contents
from piaskit.tabletop.score import (
    Judged,
    judge_decisions,
    list_due,
    list_lacking,
    measure_exposure,
    play_best,
    rate_notice,
    rate_objective,
    score_exercise,
)

if TYPE_CHECKING:
    from piaskit.case import Case

Result = dict[str, Any]


def review_exercise(game: Game, state: State, log: list[Entry], case: Case) -> Result:
    """Return scores, objectives, clocks, decisions, timeline and actions of a finished exercise."""
    scenario, judged = game.scenario, judge_decisions(game, state)
    ending = scenario.endings[log[-1]["values"]["ending"]]
    clocks, notes = list_clocks(game, state, log), list(_tell_notes(game, log))
    decisions = [_tell_decision(game, one) for one in judged]
    actions = list_actions(game, state, judged, clocks, case)
    return {
        "scores": score_exercise(game, state, judged),
        "objectives": [_tell_objective(game, id, judged, log) for id in scenario.objectives],
        "notes": notes,
        "attended": list_attended(log),
        "critical_fails": [
            {
                "id": f"{one.id}.{one.taken.choice.option}",
                **_both("text", one.option.critical_fail),
                "line": one.taken.line,
            }
            for one in judged
            if one.taken and one.option and one.option.critical_fail
        ],
        "clocks": clocks,
        "unneeded": _list_unneeded(game, state),
        "exposure": {
            "persons": scenario.exposed,
            "known_line": _find_count(game, log),
            "person_days": round(measure_exposure(game, state), 1),
            "least": round(measure_exposure(game, play_best(game)), 1),
            "most": round(scenario.exposed * scenario.lasts_min / 1440, 1),
        },
        "decisions": decisions,
        "ending": {**_both("title", ending.title), **_both("text", ending.text)},
        "timeline": tell_timeline(game, log),
        "issues": list_issues(actions, decisions, clocks, notes),
        "actions": actions,
    }


def _both(key: str, text: Text) -> Result:
    return {key: text.en, f"{key}_zh": text.zh}


def list_attended(log: Iterable[Entry]) -> list[str]:
    """Return the roles of the case that sat at the table, as last told."""
    told = [entry["values"]["roles"] for entry in log if entry["kind"] == "attendance"]
    return list(told[-1]) if told else []


def _tell_notes(game: Game, log: Iterable[Entry]) -> Iterator[Result]:
    """Yield what evaluators saw, by objective or of the whole exercise."""
    for entry in log:
        if entry["kind"] == "note":
            about = game.scenario.objectives.get(entry["ids"][0], game.scenario.title)
            yield {
                "objective": entry["ids"][0],
                **_both("title", about),
                "text": entry["values"]["text"],
                "rating": entry["values"]["rating"],
                "at_min": entry["at_min"],
                "line": entry["n"],
            }


def _tell_objective(game: Game, id: str, judged: list[Judged], log: Iterable[Entry]) -> Result:
    own = [one for one in judged if one.decision.objective == id]
    score, rating = rate_objective(own)
    return {
        "id": id,
        **_both("title", game.scenario.objectives[id]),
        "score": score,
        "rating": rating,
        "evaluator": next(
            (
                note["rating"]
                for note in reversed(list(_tell_notes(game, log)))
                if note["objective"] == id and note["rating"]
            ),
            None,
        ),
        "decisions": [one.id for one in own],
        "lines": [one.taken.line for one in own if one.taken],
    }


def list_clocks(game: Game, state: State, log: Iterable[Entry] = ()) -> list[Result]:
    """Return every duty that is due, or for a person to judge, with how far it was met."""
    due = list_due(state)
    started: dict[str, int] = {}
    for entry in log:
        if entry["kind"] == "clock" and entry["values"]["state"] == "required":
            started.setdefault(entry["ids"][0], entry["at_min"])
    found = []
    for id, clock in state.clocks.items():
        if clock.decision == "not-required":
            continue
        duty = find_duty(game.knowledge, id)
        made = state.made.get(id)
        outcome = _name_outcome(state, id, game.scenario.lasts_min) if id in due else "judge"
        deadline = None
        if clock.deadline_min is not None:
            moment = game.scenario.starts_at + timedelta(minutes=clock.deadline_min)
            deadline = moment.isoformat(timespec="minutes")
        left = None if made is None or clock.deadline_min is None else clock.deadline_min - made[0]
        found.append(
            {
                "id": id,
                "regime": clock.regime,
                "recipient": clock.recipient,
                "decision": clock.decision,
                **_both("title", duty.title),
                **_both("wording", duty.wording),
                "clause": game.knowledge.cite(duty.clause, "en"),
                "clause_zh": game.knowledge.cite(duty.clause, "zh"),
                "deadline": deadline,
                "started_min": started.get(id),
                "deadline_min": clock.deadline_min,
                "made_min": made[0] if made else None,
                "left_min": left,
                "state": outcome,
                "contents": round(rate_notice(game, state, id), 4) if id in due else None,
                **{
                    f"lacking{'_zh' * (lang == 'zh')}": name_contents(
                        game, id, list_lacking(game, state, id) if id in due else (), lang
                    )
                    for lang in ("en", "zh")
                },
                "line": made[2] if made else None,
            }
        )
    return found


def _list_unneeded(game: Game, state: State) -> list[Result]:
    """Return the notices that were sent though on all that is known nothing asked for them."""
    found = []
    for id, (minute, decision, line) in state.made.items():
        if id in state.clocks and state.clocks[id].decision == "not-required":
            duty = find_duty(game.knowledge, id)
            found.append(
                {
                    "id": id,
                    **_both("title", duty.title),
                    "clause": game.knowledge.cite(duty.clause, "en"),
                    "clause_zh": game.knowledge.cite(duty.clause, "zh"),
                    "made_min": minute,
                    "decision": decision,
                    "line": line,
                }
            )
    return found


def _find_count(game: Game, log: Iterable[Entry]) -> int | None:
    """Return the line at which the team was told how many persons are concerned, if ever."""
    for entry in log:
        if entry["kind"] == "inject":
            persons = game.scenario.injects[entry["ids"][0]].reveals.get("persons")
            told = persons.get("best") if isinstance(persons, dict) else persons
            if told is not None and int(told) == game.scenario.exposed:
                return int(entry["n"])
    return None


def _name_outcome(state: State, id: str, lasts: int) -> str:
    deadline, made = state.clocks[id].deadline_min, state.made.get(id)
    if made is not None:
        if deadline is None:
            return "told"
        return "met" if made[0] <= deadline else "late"
    return "open" if deadline is not None and deadline > lasts else "missed"


def is_failed(game: Game, state: State, duty: str) -> bool:
    """Tell whether a notice that is due came late or never."""
    return _name_outcome(state, duty, game.scenario.lasts_min) in ("missed", "late")


def _tell_decision(game: Game, one: Judged) -> Result:
    labels, options = game.knowledge.labels, one.decision.options
    right = next(option for option in options.values() if option.score == 3)
    nothing = Text(
        en=labels("tabletop.nothing-decided", "en"), zh=labels("tabletop.nothing-decided", "zh")
    )
    open_end = Text(
        en=labels("tabletop.nothing-follows", "en"), zh=labels("tabletop.nothing-follows", "zh")
    )
    chosen = one.option
    clauses = (chosen or right).clauses
    return {
        "id": one.id,
        **_both("title", one.decision.title),
        "objective": one.decision.objective,
        "role": one.decision.role,
        "option": one.taken.choice.option if one.taken else None,
        **_both("expected", right.title),
        **_both("observed", chosen.title if chosen else nothing),
        **_both("consequence", chosen.why if chosen else open_end),
        "reason": one.taken.choice.why if one.taken else "",
        "clauses": [game.knowledge.cite(clause, "en") for clause in clauses],
        "clauses_zh": [game.knowledge.cite(clause, "zh") for clause in clauses],
        "expected_clauses": [game.knowledge.cite(clause, "en") for clause in right.clauses],
        "expected_clauses_zh": [game.knowledge.cite(clause, "zh") for clause in right.clauses],
        "tells": list(one.decision.tells),
        "opened_min": one.opened_min,
        "at_min": one.taken.at_min if one.taken else None,
        "due_min": None if one.opened_min is None else one.opened_min + one.decision.due_min,
        "quality": round(one.quality, 4),
        "pace": round(one.pace, 4),
        "critical": one.is_critical,
        "line": one.taken.line if one.taken else None,
    }


def tell_timeline(game: Game, log: Iterable[Entry]) -> list[Result]:
    """Return every line of a log in words of both languages."""
    return [
        {
            "n": entry["n"],
            "at_min": entry["at_min"],
            "kind": entry["kind"],
            "text": _tell_line(game, entry, "en"),
            "text_zh": _tell_line(game, entry, "zh"),
        }
        for entry in log
    ]


def _tell_line(game: Game, entry: Entry, lang: str) -> str:
    scenario, labels, values = game.scenario, game.knowledge.labels, entry["values"]
    id = entry["ids"][0]
    if entry["kind"] == "inject":
        return scenario.injects[id].text[lang]
    if entry["kind"] == "decision":
        decision = scenario.decisions[id]
        option = decision.options[values["option"]].title[lang]
        told = labels("tabletop.line.decision", lang, decision=decision.title[lang], option=option)
        if "luck" not in values:
            return told
        return (" " if lang == "en" else "").join([told, _tell_luck(game, values["luck"], lang)])
    if entry["kind"] == "notice":
        duties = dict.fromkeys(duty for sent in values["sent"] for duty in sent["duties"])
        return labels("tabletop.line.notice", lang, duties=_name_duties(game, duties, lang))
    if entry["kind"] == "clock":
        duty = find_duty(game.knowledge, id)
        until = values["deadline_min"]
        timed = "-until" if values["state"] == "required" and until is not None else ""
        return labels(
            f"tabletop.line.clock.{values['state']}{timed}",
            lang,
            duty=_name_duties(game, [id], lang),
            wording=duty.wording[lang],
            time="" if until is None else write_minute(until),
        )
    if entry["kind"] == "end":
        ending = scenario.endings[values["ending"]].title[lang]
        return labels("tabletop.line.end", lang, ending=ending)
    if entry["kind"] == "note":
        about = scenario.objectives.get(id, scenario.title)[lang]
        rated = f" [{values['rating']}]" if values["rating"] else ""
        return labels("tabletop.line.note", lang, about=f"{about}{rated}", text=values["text"])
    if entry["kind"] == "attendance":
        return labels("tabletop.line.attendance", lang, n=len(values["roles"]))
    return labels(f"tabletop.line.{entry['kind']}", lang)


def _tell_luck(game: Game, throw: Entry, lang: str) -> str:
    total = throw["roll"] + throw["bonus"]
    outcome = "holds" if throw["holds"] else "half"
    return game.knowledge.labels(f"tabletop.luck.{outcome}", lang, **throw, total=total)


def _name_duties(game: Game, ids: Iterable[str], lang: str) -> str:
    mark = "; " if lang == "en" else "；"
    said = []
    for id in ids:
        duty = find_duty(game.knowledge, id)
        clause = game.knowledge.cite(duty.clause, lang)
        said.append(
            f"{duty.title[lang]} ({clause})" if lang == "en" else f"{duty.title[lang]}（{clause}）"
        )
    return mark.join(said)


def write_minute(minute: int) -> str:
    """Write a minute of the exercise as hours and minutes from its start.

    >>> write_minute(95), write_minute(15840)
    ('1:35', '264:00')
    """
    return f"{minute // 60}:{minute % 60:02}"
