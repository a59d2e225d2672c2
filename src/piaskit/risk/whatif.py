"""Which safeguards would lower the register most, before anybody buys them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import piaskit
from piaskit.display import Grid, Mark
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.risk.assess import assess_risks
from piaskit.risk.assessment import Assessment
from piaskit.risk.impact import DEIDENTIFYING
from piaskit.risk.scales import LEVELS
from piaskit.risk.treatment import read_treatment
from piaskit.risk.trial import Candidate, Trial, add_rows, list_candidates, make_rows
from piaskit.safeguards import cover_subjects, judge_safeguards, select_working

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Labels

SETS = 200_000  # sets that an exact search looks at
PIECE = 5_000  # sets that are evaluated at a time
DOWN = tuple(reversed(LEVELS))


@dataclass(frozen=True)
class WhatIf:
    """The result of ``what_if``; it shows itself as what to put in place and which risks fall."""

    result: dict[str, Any] = field(repr=False)
    before: Assessment = field(repr=False)
    after: Assessment = field(repr=False)
    labels: Labels = field(repr=False)
    lang: str = "en"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``piaskit what-if --json``."""
        day = self.before.as_of.isoformat()
        return {"piaskit": piaskit.__version__, "schema": 1, "as_of": day, **self.result}

    def list_notes(self, lang: str) -> list[str]:
        """Return what else is to be said, in one language: how the best is measured, and doubts."""
        result, ending = self.result, "_zh" if lang == "zh" else ""
        notes = [result[f"objective{ending}"]]
        if any(row["control"] in DEIDENTIFYING for row in result["safeguards"]):
            notes.append(self.labels("risk.what-if.hidden", lang))
        if result["ties"]:
            notes.append(self.labels("risk.what-if.ties", lang, n=result["ties"]))
        if result["unused"]:
            unused = ", ".join(result["unused"])
            notes.append(self.labels("risk.what-if.unused", lang, controls=unused))
        if not result["foreseen"]:
            notes.append(self.labels("risk.what-if.unforeseen", lang))
        effects = result["effects"] if len(result["effects"]) > 1 else {}
        for name, told in effects.items():
            pairs = (f"{told['before'][at]} → {told['after'][at]}" for at in DOWN)
            levels = (self.labels(f"risk.level.{at}", lang) for at in DOWN)
            listed = ", ".join(f"{level} {pair}" for level, pair in zip(levels, pairs, strict=True))
            notes.append(f"{name}: {listed}")
        return notes

    @property
    def risks(self) -> pd.DataFrame:
        """One row per risk that falls: ``[id, title, title_zh, from, to]``; no to when it ends."""
        columns = ("id", "title", "title_zh", "from", "to")
        return pd.DataFrame(self.result["risks"], columns=list(columns), dtype="str")

    def _repr_html_(self) -> str:
        ending, result = "_zh" if self.lang == "zh" else "", self.result

        def say(label: str, **fields: object) -> str:
            return self.labels(f"risk.{label}", self.lang, **fields)

        def mark(level: str | None) -> Mark:
            return Mark(level or "none", say(f"level.{level}" if level else "what-if.gone"))

        levels = tuple(say(f"level.{level}") for level in DOWN)
        steps = [(say("what-if.before"), "", *(result["before"][level] for level in DOWN))]
        for number, row in enumerate(result["safeguards"], 1):
            counts = (row["after"][level] for level in DOWN)
            steps.append((f"{number}. {row[f'title{ending}']}", row["scope"], *counts))
        heads = (say("what-if.safeguard"), say("what-if.scope"), *levels)
        grids = [Grid(result[f"message{ending}"], heads, steps, self.lang)]
        fallen = [
            (risk[f"title{ending}"], risk["id"], mark(risk["from"]), mark(risk["to"]))
            for risk in result["risks"]
        ]
        heads = tuple(say(f"what-if.{name}") for name in ("risk", "id", "from", "to"))
        if fallen:
            title = say("what-if.fallen", n=len(fallen))
            grids.append(Grid(title, heads, fallen, self.lang, len(fallen) > 10))
        grids.append(
            Grid("", (say("what-if.notes"),), [(n,) for n in self.list_notes(self.lang)], self.lang)
        )
        return "".join(grid._repr_html_() for grid in grids)


def what_if(
    case: Case,
    controls: Sequence[str] = (),
    *,
    given: Sequence[str] = (),
    count: int = 3,
    exact: bool = False,
    apart: bool = False,
    method: str = "",
) -> WhatIf:
    """Say which safeguards would lower the register most, and which risks then fall.

    A candidate is a control that the remedies of rules want and that does not work there yet, with
    all the places that lack it; with ``apart``, one system, activity or flow at a time. ``count``
    of them are chosen, out of ``controls`` when some are named; ``given`` controls are put in place
    as they are. The best set leaves the fewest risks at the worst level, then the fewest at the
    next, and so on; of equal ones the first by name. The search is greedy, or ``exact`` over all
    sets up to 200,000. It counts the risks of rules; every number told is then taken from a real
    assessment with the safeguards in the register, in place and verified.

    ``method`` may name several, separated by commas: the first one chooses, the others are told.
    Raises InvalidData for an unknown method or control, a count below 1, or too many sets.
    """
    _check_asked(case, controls, given, count)
    methods = method or ",".join(case.methods) or "gbt39335"
    before = assess_risks(case, methods)
    assert before.register is not None
    writer = before.register.writer
    reviewed = judge_safeguards(writer.case)
    coverage = cover_subjects(writer.case, select_working(writer.case, reviewed, "current"))
    found = list_candidates(writer.hits, coverage, given or controls, apart=apart)
    remedied = read_treatment(writer.case).remedied["current"]
    reading = before.register.readings[0]
    trial = Trial(writer.case, reading, writer.hits, coverage, remedied, tuple(found))
    if given:
        search, sets, chosen, ties = "given", 1, list(range(len(found))), 0
    elif exact:
        search = "exact"
        sets, chosen, ties = _search_exactly(trial, min(count, len(found)))
    else:
        search = "greedy"
        sets, chosen, ties = _search_greedily(trial, count)
    picked = [found[at] for at in chosen]
    rows = make_rows(writer.case, picked)
    proven = pd.DataFrame({"id": rows["id"], "state": "verified"})
    after = assess_risks(
        add_rows(writer.case, rows), methods, reviewed=pd.concat([reviewed, proven])
    )
    steps = trial.count_levels(_list_steps(chosen))
    result = {
        "methods": before.result["methods"],
        "method": before.method,
        "search": search,
        "objective": case.knowledge.labels("risk.what-if.objective", "en"),
        "objective_zh": case.knowledge.labels("risk.what-if.objective", "zh"),
        "candidates": len(found),
        "sets": sets,
        "ties": ties,
        **_compare(before, after, steps),
        "safeguards": [
            _describe(case, candidate, counts, trial.count_touched(at), reviewed)
            for candidate, counts, at in zip(picked, steps[1:], chosen, strict=True)
        ],
        "unused": sorted({*given, *controls} - {candidate.control for candidate in found}),
    }
    result |= _say_result(case, result, count)
    lang = next((name for name in case.languages if name in ("en", "zh")), "en")
    return WhatIf(result, before, after, case.knowledge.labels, lang)


def _check_asked(case: Case, controls: Sequence[str], given: Sequence[str], count: int) -> None:
    from difflib import get_close_matches

    known = case.knowledge.controls
    issues = []
    for option, names in (("--controls", controls), ("--control", given)):
        for name in names:
            if name not in known:
                near = get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]}?" if near else "piaskit packs show controls"
                message = f"there is no control {quote(name)}"
                issues.append(Issue("unknown-control", Place(option), message, quote(name), hint))
    if count < 1:
        message = "expected a whole number, 1 or more"
        issues.append(Issue("bad-number", Place("--count"), message, str(count)))
    if issues:
        raise InvalidData(issues)


def _search_greedily(trial: Trial, count: int) -> tuple[int, list[int], int]:
    """Add the best candidate, as long as one lowers the register; return sets tried and choice."""
    chosen: list[int] = []
    tried = 0
    best = trial.count_levels(np.full((1, 1), -1))[0].tolist()
    while len(chosen) < count:
        left = [at for at in range(len(trial.candidates)) if at not in chosen]
        if not left:
            break
        sets = np.array([[*chosen, at] for at in left], dtype=np.intp)
        counts = trial.count_levels(sets)
        tried += len(sets)
        first = _find_best(counts)
        if counts[first].tolist() >= best:
            break
        best = counts[first].tolist()
        chosen.append(left[first])
    return tried, chosen, 0


def _search_exactly(trial: Trial, count: int) -> tuple[int, list[int], int]:
    """Look at all sets of the candidates that can change anything; return how many are as good."""
    alone = np.arange(len(trial.candidates))[trial.find_useful()]
    size = min(count, len(alone))
    number = comb(len(alone), size)
    if number > SETS:
        message = f"{number:,} sets of {size} out of {len(alone)} safeguards are too many"
        hint = f"at most {SETS:,}: fewer with --count or --controls, or without --exact"
        raise InvalidData([Issue("too-many-sets", Place("--exact"), message, str(size), hint)])
    if not size:
        return 0, [], 0
    best: tuple[list[int], list[int]] | None = None
    ties = 0
    sets = combinations(alone.tolist(), size)
    while piece := list(islice(sets, PIECE)):
        counts = trial.count_levels(np.array(piece, dtype=np.intp))
        first = _find_best(counts)
        told = counts[first].tolist()
        equal = int((counts == counts[first]).all(axis=1).sum())
        if best is None or told < best[0]:
            best, ties = (told, list(piece[first])), equal
        elif told == best[0]:
            ties += equal
    assert best is not None
    return number, best[1], ties - 1


def _find_best(counts: NDArray[np.int64]) -> int:
    """Return the first of the best rows: fewest at the worst level, then at the next."""
    return int(np.lexsort(counts.T[::-1])[0])


def _list_steps(chosen: Sequence[int]) -> NDArray[np.intp]:
    """Return the sets that lead to a choice, from none to all, padded with -1."""
    width = max(len(chosen), 1)
    rows = [[*chosen[:n], *[-1] * (width - n)] for n in range(len(chosen) + 1)]
    return np.array(rows, dtype=np.intp)


def _compare(before: Assessment, after: Assessment, steps: NDArray[np.int64]) -> dict[str, Any]:
    """Return what the real assessments say, and whether the search had foreseen it."""
    one, two = (
        found.risks.dropna(subset="current_level").set_index("id") for found in (before, after)
    )
    then = two["current_level"].to_dict()
    fallen = [
        {
            **{name: row[name] for name in ("title", "title_zh")},
            "id": id,
            "from": row["current_level"],
            "to": then.get(id),
        }
        for id, row in one.to_dict("index").items()
        if LEVELS.index(row["current_level"]) > LEVELS.index(then.get(id, "low")) or id not in then
    ]
    fallen.sort(key=lambda risk: (-LEVELS.index(risk["from"]), risk["id"]))
    ruled = two[two["kind"] != "judgement"]["current_level"].value_counts()
    real = [int(ruled.get(level, 0)) for level in DOWN]
    return {
        "before": _count(one["current_level"]),
        "after": _count(two["current_level"]),
        "foreseen": real == steps[-1].tolist(),
        "risks": fallen,
        "appeared": sorted(set(two.index) - set(one.index)),
        "effects": {
            name: {"before": counts, "after": after_counts}
            for (name, counts), after_counts in zip(
                _count_methods(before), (c for _, c in _count_methods(after)), strict=True
            )
        },
    }


def _count(levels: Iterable[str]) -> dict[str, int]:
    told = list(levels)
    return {level: told.count(level) for level in DOWN}


def _count_methods(found: Assessment) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield the number of risks per level for each method."""
    for name in found.result["methods"]:
        rated = (risk["levels"].get(name) for risk in found.result["risks"])
        yield name, _count(levels["current"]["level"] for levels in rated if levels)


def _describe(
    case: Case,
    candidate: Candidate,
    counts: NDArray[np.int64],
    touched: int,
    reviewed: pd.DataFrame,
) -> dict[str, Any]:
    """Return a chosen safeguard: where, how many risks want it, what stands in the register."""
    title = case.knowledge.controls[candidate.control].title
    safeguards = case.frames["safeguards"]
    ids = safeguards.loc[safeguards["control"].eq(candidate.control), "id"]
    states = reviewed.set_index("id")["state"]
    return {
        "control": candidate.control,
        "title": title.en,
        "title_zh": title.zh,
        "scope": candidate.scope,
        "wanted_by": touched,
        "on_record": [{"id": id, "state": states[id]} for id in sorted(ids)],
        "after": dict(zip(DOWN, counts.tolist(), strict=True)),
    }


def _say_result(case: Case, result: dict[str, Any], count: int) -> dict[str, str]:
    chosen = result["safeguards"]
    few = len(chosen) < count and result["search"] != "given"
    label = "few" if few else "message"
    if not chosen:
        label = "none" if result["candidates"] else "nothing-lacks"
    labels = case.knowledge.labels
    return {
        key: labels(
            f"risk.what-if.{label}",
            lang,
            n=len(chosen),
            fallen=len(result["risks"]),
            search=labels(f"risk.what-if.{result['search']}", lang),
            candidates=result["candidates"],
        )
        for key, lang in (("message", "en"), ("message_zh", "zh"))
    }
