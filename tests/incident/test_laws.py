"""Laws that hold for every pack: what may weaken or strengthen a duty, and what opens it."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from piaskit.errors import InvalidData
from piaskit.incident import build_facts, decide_incident
from piaskit.incident.fields import FIELDS
from piaskit.knowledge import load_knowledge

EVERYWHERE = [
    "cn", "eu", "uk", "us", "jp", "kr", "sg", "hk", "tw", "au", "in", "br", "ca", "ch", "nz", "th",
    "my", "ph", "id", "vn",
]  # fmt: skip
ORDER = ("not-required", "judge", "required")
KINDS = (
    "identity.name", "contact.email", "identity.birth-date", "finance.order", "account.password",
    "identity.national-id-number", "health.record", "customer.record", "employment.application",
)  # fmt: skip
SENSITIVE = ("health.record", "finance.account", "belief.religion", "identity.id-document")
WORDS = {
    path: field.words
    for path, field in FIELDS.items()
    if field.kind == "word" and path != "answers" and not path.startswith("enisa.")
}
QUESTIONS = [id for pack in load_knowledge().duties.values() for id in pack.questions]


def draw_complete(seed: int, *, unknown: bool = False) -> dict[str, Any]:
    """Return complete facts without a contradiction, as a flat mapping by path."""
    chance = random.Random(seed)
    while True:
        flat: dict[str, Any] = {
            path: chance.choice([word for word in words if unknown or word != "unknown"])
            for path, words in WORDS.items()
        }
        persons = chance.choice([1, 12, 80, 400, 600, 5_000, 200_000, 2_000_000])
        children = chance.choice([0, 0, persons // 2])
        flat |= {
            "persons": persons, "children": children, "minors": max(children, persons // 3),
            "sensitive_persons": chance.choice([children, persons]),
            "categories": sorted(chance.sample(KINDS, chance.randint(1, 4))),
            "confidentiality.number": chance.choice([1, 15]),
            "availability.restored_after": chance.choice(["never", "6h"]),
            "outage.whole": "0h", "outage.main_function": chance.choice(["0h", "40min"]),
            "direct_loss.amount": chance.choice([0, 6_000_000]), "direct_loss.currency": "CNY",
        }  # fmt: skip
        flat |= {
            f"times.{name}": "2027-06-07T09:00+08:00" for name in ("discovered_at", "aware_at")
        }
        flat |= {f"answers.{id}": chance.choice(["yes", "no"]) for id in QUESTIONS}
        if flat["availability.state"] == "none":
            flat |= {"availability.restored_after": "0h", "availability.consequence": "none"}
        if flat["confidentiality.state"] == "none":
            flat |= {"exfiltrated": "no", "confidentiality.recipients": "none"}
        if not unknown:
            flat["categories_complete"] = "yes"
        try:
            build_facts(nest(flat), load_knowledge())
        except InvalidData:
            continue
        return flat


def nest(flat: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"regimes": EVERYWHERE}
    for path, value in flat.items():
        group, _, name = path.partition(".")
        if name:
            content.setdefault(group, {})[name] = value
        else:
            content[group] = value
    return content


def decide(flat: dict[str, Any], regimes: list[str] = EVERYWHERE) -> dict[str, tuple[str, Any]]:
    knowledge = load_knowledge()
    facts = build_facts({**nest(flat), "regimes": regimes}, knowledge)
    return {d.id: (d.decision, d.missing) for d in decide_incident(facts, knowledge).duties}


def check_never_weaker(before: dict[str, Any], after: dict[str, Any]) -> None:
    try:
        weak, strong = decide(before), decide(after)
    except InvalidData:
        return  # the changed facts would contradict each other
    for id, (decision, _) in weak.items():
        assert ORDER.index(decision) <= ORDER.index(strong[id][0]), id


SEEDS = st.integers(0, 10**6)


@settings(max_examples=120, deadline=None)
@given(seed=SEEDS, more=st.integers(1, 3_000_000))
def test_more_persons_never_weaken_a_duty(seed: int, more: int) -> None:
    facts = draw_complete(seed, unknown=True)

    check_never_weaker(facts, {**facts, "persons": facts["persons"] + more})


@settings(max_examples=120, deadline=None)
@given(seed=SEEDS, kind=st.sampled_from(SENSITIVE), raised=st.sampled_from(["", "vulnerable"]))
def test_more_sensitive_data_or_frailer_persons_never_weaken_a_duty(
    seed: int, kind: str, raised: str
) -> None:
    facts = draw_complete(seed, unknown=True)
    more = {**facts, "categories": sorted({*facts["categories"], kind})}

    check_never_weaker(facts, {**more, raised: "yes"} if raised else more)


@settings(max_examples=120, deadline=None)
@given(seed=SEEDS, who=st.sampled_from(["none", "known-trusted", "known", "unknown", "public"]))
def test_a_hostile_recipient_never_weakens_any_duty(seed: int, who: str) -> None:
    facts = draw_complete(seed, unknown=True) | {"confidentiality.recalled": "none"}
    facts |= {"confidentiality.state": "confirmed", "confidentiality.recipients": who}

    check_never_weaker(facts, {**facts, "confidentiality.recipients": "hostile"})


@settings(max_examples=120, deadline=None)
@given(seed=SEEDS)
def test_unintelligible_data_with_a_safe_key_never_strengthen_any_duty(seed: int) -> None:
    facts = draw_complete(seed, unknown=True)
    paths = ("protection.unintelligible", "protection.key_safe")

    check_never_weaker(facts | dict.fromkeys(paths, "yes"), facts | dict.fromkeys(paths, "no"))


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, blanks=st.sets(st.integers(0, 60), max_size=25))
def test_completing_the_missing_facts_resolves_what_was_open(seed: int, blanks: set[int]) -> None:
    complete = draw_complete(seed)
    paths = list(complete)
    # What only adds is not presumed when blank, so it is never named as missing.
    adds = ("special.", "vulnerable", "volume_per_person")
    partial = {
        path: value
        for n, (path, value) in enumerate(complete.items())
        if n not in blanks or path.startswith(adds)
    }
    final = decide(complete)
    for _ in paths:
        found = decide(partial)
        gaps = {
            path
            for _, missing in found.values()
            for path in missing
            if path in complete and path not in partial
        }
        if not gaps:
            break
        partial |= {path: complete[path] for path in gaps}
    for id, (decision, missing) in decide(partial).items():
        if decision == "judge":
            assert final[id][0] == "judge", (id, missing)
        else:
            assert decision == final[id][0], id


def test_complete_facts_leave_at_most_one_verdict_in_ten_to_a_person() -> None:
    tally: Counter[str] = Counter()
    for seed in range(60):
        decided = decide(draw_complete(seed), ["cn-pipl", "cn-cac", "eu-gdpr", "uk-gdpr"])
        tally.update(decision for decision, _ in decided.values())

    assert tally.total() > 1000
    assert tally["judge"] / tally.total() <= 0.1
