"""From criteria met, unmet and unknown to a decision, and to what could still change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from piaskit.knowledge.screening import Count, Met, Note, ScreeningPack


def decide_screening(pack: ScreeningPack, met: Mapping[str, Met]) -> str:
    """Return ``required``, ``not-required``, or ``judge`` where an unknown answer could lift it.

    An assessment is due when all counts of one alternative hold.
    """
    answers = [_hold_all(alternative, met) for alternative in pack.due]
    if "yes" in answers:
        return "required"
    return "judge" if "unknown" in answers else "not-required"


def list_open(pack: ScreeningPack, met: Mapping[str, Met]) -> list[str]:
    """Return the unknown criteria of the alternatives that could still make it due."""
    doubtful = [counts for counts in pack.due if _hold_all(counts, met) == "unknown"]
    named = dict.fromkeys(id for counts in doubtful for count in counts for id in count.of)
    return [id for id in named if met[id] == "unknown"]


def choose_note(pack: ScreeningPack, decision: str, met: Mapping[str, Met]) -> Note | None:
    """Return the first note that speaks about this decision and these answers."""
    for note in pack.notes:
        if (
            note.decision == decision
            and all(_hold_count(count, met) == "yes" for count in note.when)
            and not any(_hold_count(count, met) == "yes" for count in note.unless)
        ):
            return note
    return None


def _hold_all(counts: Sequence[Count], met: Mapping[str, Met]) -> Met:
    answers = {_hold_count(count, met) for count in counts}
    return "no" if "no" in answers else "unknown" if "unknown" in answers else "yes"


def _hold_count(count: Count, met: Mapping[str, Met]) -> Met:
    """Tell whether enough criteria are met.

    >>> _hold_count(Count(of=("a", "b", "c"), at_least=2), {"a": "yes", "b": "unknown", "c": "no"})
    'unknown'
    """
    answers = [met[id] for id in count.of]
    if answers.count("yes") >= count.at_least:
        return "yes"
    return "no" if len(answers) - answers.count("no") < count.at_least else "unknown"
