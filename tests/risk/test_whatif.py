"""What safeguards would do: the search agrees with the engine, and greed with the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piaskit.case import Case
from piaskit.errors import InvalidData
from piaskit.risk import whatif
from piaskit.risk.trial import Trial, list_candidates, make_rows
from piaskit.risk.whatif import DOWN, WhatIf, what_if

MASK, PLAN, TLS, LOGS = (
    "deidentification.pseudonymisation", "incident.response-plan", "encryption.in-transit",
    "monitoring.logging",
)  # fmt: skip
ACCESS, MFA = "access.logging", "account.mfa"
CLINIC: dict[str, list[dict[str, Any]]] = {
    "activities": [
        {"id": "care", "title": "Care", "persons": 12_000_000},
        {"id": "news", "title": "News"},
    ],
    "items": [
        {"id": "i-file", "activity": "care", "category": "health.record", "title": "File"},
        {"id": "i-mail", "activity": "news", "category": "contact.phone", "title": "Phone"},
    ],
    "systems": [{"id": "s-desk"}, {"id": "s-mail"}],
    "flows": [
        {"id": "f-1", "activity": "care", "stage": "collect", "target": "s-desk",
         "items": "i-file", "transport": "plain"},
        {"id": "f-2", "activity": "care", "stage": "store", "source": "s-desk", "target": "s-mail",
         "items": "i-file", "transport": "plain"},
        {"id": "f-3", "activity": "news", "stage": "collect", "target": "s-mail",
         "items": "i-mail", "transport": "plain"},
    ],
    "safeguards": [
        {"id": "g-1", "control": TLS, "kind": "technical", "scope": "flows/f-3",
         "status": "in-place", "evidence": "proof.txt"},
    ],
    "actions": [{"id": "x-1", "risk": "leak@flows/f-3", "status": "verified"}],
    "judgements": [
        {"id": "j-1", "activity": "care", "dimension": "network-tech", "level": "high",
         "problem": "Old devices", "reason": "Seen on site", "judged_by": "Lin"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def clinic(make_case: Callable[..., Case], make_rule: Any) -> Case:
    """A case of its own: six rules, one of which asks whether a safeguard is on record."""
    rules = [
        make_rule("leak", remedy=[TLS, LOGS, ACCESS]),
        make_rule("entry", about="system", where="id is not null", remedy=[MFA, LOGS]),
        make_rule("reading", about="item", where="id is not null", remedy=[MASK]),
        make_rule("scale", about="activity", where="persons > 10000000", source="business-scale",
                  meets={"none": "very-high", "effective": "high"}, remedy=[PLAN, ACCESS],
                  modifiers=["prepared-large-scale"]),
        make_rule("fixed", kind="gap", about="activity", where="id is not null",
                  meets={"none": "high", "effective": "high"}, remedy=["policy.retention"]),
        make_rule("unproven", kind="gap", about="organisation", where="not deletion_proven",
                  meets={"none": "high", "effective": "high"}, remedy=["policy.retention"]),
    ]  # fmt: skip
    return make_case(rules=rules, **CLINIC)


@pytest.fixture(scope="module")
def every(clinic: Case) -> WhatIf:
    return what_if(clinic, count=9)


@pytest.fixture(scope="module")
def trial(clinic: Case, every: WhatIf) -> Trial:
    from piaskit.safeguards import cover_subjects, judge_safeguards, select_working

    assert every.before.register is not None
    writer = every.before.register.writer
    working = select_working(writer.case, judge_safeguards(writer.case), "current")
    coverage = cover_subjects(writer.case, working)
    remedied = frozenset({"leak@flows/f-3"})
    found = tuple(
        sorted([*list_candidates(writer.hits, coverage),
                *list_candidates(writer.hits, coverage, apart=True)])
    )  # fmt: skip
    reading = every.before.register.readings[0]
    return Trial(writer.case, reading, writer.hits, coverage, remedied, found)


def test_candidates_are_what_remedies_want_and_lack_with_the_places(trial: Trial) -> None:
    found = {(control, scope) for control, scope in trial.candidates}

    assert (MFA, "systems/s-desk;systems/s-mail") in found
    assert (MFA, "systems/s-mail") in found
    assert (TLS, "flows/f-1;flows/f-2") in found
    assert ("policy.retention", "all") in found


def test_every_number_is_that_of_a_real_assessment(every: WhatIf) -> None:
    result = every.to_dict()
    levels = every.after.risks["current_level"]

    assert result["foreseen"]
    assert result["after"] == {level: int((levels == level).sum()) for level in DOWN}
    assert sum(result["before"].values()) == len(every.before.risks)
    fallen = {risk["id"]: (risk["from"], risk["to"]) for risk in result["risks"]}
    assert fallen["unproven@organisation/shop"] == ("severe", None)
    # No safeguard closes the gap, but masked files do less harm.
    assert fallen["fixed@activities/care"] == ("severe", "high")
    assert "leak@flows/f-3" not in fallen


def test_given_controls_are_put_in_place_as_they_are(clinic: Case) -> None:
    found = what_if(clinic, given=[PLAN, ACCESS, "physical.access-control"])

    result = found.to_dict()
    assert (result["search"], result["foreseen"]) == ("given", True)
    assert {row["control"] for row in result["safeguards"]} == {PLAN, ACCESS}
    # Above 10,000,000 persons complete measures and a plan take one step off (Annex D).
    likely = found.after.risks.set_index("id").loc["scale@activities/care", "current_likelihood"]
    assert likely == "medium"
    assert result["unused"] == ["physical.access-control"]
    assert "No risk wants these here" in found.list_notes("en")[1]


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_one_more_safeguard_never_raises_a_risk(trial: Trial, data: st.DataObject) -> None:
    places = st.integers(-1, len(trial.candidates) - 1)
    few = data.draw(st.lists(places, min_size=3, max_size=3))
    more = [*few, data.draw(places)]
    counts = trial.count_levels(np.array([[*few, -1], more], dtype=np.intp)).cumsum(axis=1)

    assert (counts[1] <= counts[0]).all()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_greed_is_never_better_than_the_whole(trial: Trial, count: int) -> None:
    _, greedy, _ = whatif._search_greedily(trial, count)
    tried, exact, _ = whatif._search_exactly(trial, count)
    sets = [[*chosen, *[-1] * (count - len(chosen))] for chosen in (greedy, exact)]
    counts = trial.count_levels(np.array(sets, dtype=np.intp)).tolist()

    assert counts[1] <= counts[0]
    assert tried >= len(trial.candidates[:1])


def test_the_same_control_twice_counts_once_where_both_reach(trial: Trial) -> None:
    wide = trial.candidates.index((MFA, "systems/s-desk;systems/s-mail"))  # type: ignore[arg-type]
    near = trial.candidates.index((MFA, "systems/s-mail"))  # type: ignore[arg-type]

    one, two = trial.count_levels(np.array([[wide, -1], [wide, near]], dtype=np.intp)).tolist()
    assert one == two


def test_rows_that_are_tried_read_as_rows_of_the_table(clinic: Case, trial: Trial) -> None:
    rows = make_rows(clinic, trial.candidates[:2])

    assert rows["id"].tolist() == ["what-if-1", "what-if-2"]
    assert rows.dtypes.to_dict() == clinic.frames["safeguards"].dtypes.to_dict()
    assert (rows["evidence_on"] == pd.Timestamp(clinic.as_of)).all()


def test_mistakes_are_told_together_with_the_nearest_word(clinic: Case) -> None:
    with pytest.raises(InvalidData) as refused:
        what_if(clinic, ["acount.mfa"], given=["nonsense"], count=0)

    assert [str(issue) for issue in refused.value.issues] == [
        "--controls: there is no control acount.mfa (did you mean account.mfa?)",
        "--control: there is no control nonsense (piaskit packs show controls)",
        "--count: expected a whole number, 1 or more",
    ]


def test_too_many_sets_are_refused_with_the_way_out(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whatif, "SETS", 10)

    with pytest.raises(InvalidData, match=r"sets of 2 out of .* safeguards are too many") as said:
        whatif._search_exactly(trial, 2)
    assert said.value.issues[0].slug == "too-many-sets"
    assert "at most 10: fewer with --count or --controls" in str(said.value.issues[0])


@pytest.mark.parametrize(("lang", "words"), [("en", "Risks that fall"), ("zh", "下降的风险")])
def test_it_shows_itself_in_the_language_of_the_case(every: WhatIf, lang: str, words: str) -> None:
    shown = replace(every, lang=lang)._repr_html_()

    assert words in shown
    assert "[" not in shown.split("<caption>")[1].split("</caption>")[0]
