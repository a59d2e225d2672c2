"""Account security: what policies let pass, how often one may guess, what is found lacking."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zxcvbn import zxcvbn

from piaskit.accounts import Policy, draw_samples, measure_strength, review_accounts
from piaskit.accounts.policy import count_classes
from piaskit.accounts.samples import PINYIN, name_service
from piaskit.case import Case
from piaskit.model import Organisation

GOOD: dict[str, Any] = {
    "id": "p", "title": "Buyers", "who": "customers", "accounts": 1000, "min_length": 15,
    "max_length": 64, "classes": 2, "blocks": "common;breached;context", "lockout_tries": 10,
    "lockout_minutes": 15, "mfa": "required", "mfa_methods": "passkey", "token_days": 30,
    "reset": "sms;second-factor", "hash": "argon2id", "stuffing": "leak-check",
}  # fmt: skip


def find(case: Case, **options: Any) -> set[str]:
    return {finding.hit.rule.id for finding in review_accounts(case, **options).findings}


@pytest.mark.parametrize(
    "sample",
    ["password", "drowssap", "p@ssw0rd1", "Harbour2026", "harbourharbour", "ZhangWei1990",
     "qwerasdf", "2019-11-12", "x9$Kq2!vTz"],
)  # fmt: skip
def test_a_sample_is_rated_as_zxcvbn_rates_it(sample: str) -> None:
    found = measure_strength(Policy("p"), [sample], ["Harbour"])

    asked = zxcvbn(sample, user_inputs=["Harbour", *PINYIN])
    assert (float(asked["guesses"]), asked["score"]) == (found.guesses, found.score)


@given(
    st.builds(
        Policy,
        id=st.just("p"),
        min_length=st.none() | st.integers(0, 20),
        max_length=st.none() | st.integers(1, 40),
        classes=st.none() | st.integers(0, 4),
        blocks=st.sampled_from([(), ("context",)]),
    )
)
def test_every_sample_is_one_that_the_policy_lets_pass(policy: Policy) -> None:
    samples = draw_samples(policy, ["xinfan"], 2026)

    assert all(policy.allows(sample, ["xinfan"]) for sample in samples)
    assert len(set(samples)) == len(samples) <= 160
    assert samples == draw_samples(policy, ["xinfan"], 2026)
    fits = (policy.max_length or 99) >= max(policy.min_length or 0, 9)
    assert samples or not fits, "a usual policy always lets weak ones pass"


def test_samples_hold_words_walks_pinyin_years_and_the_name_of_the_service() -> None:
    samples = set(draw_samples(Policy("p", min_length=8, classes=2), ["xinfan"], 2026))

    assert {"Xinfan11", "Password", "1qaz2wsx", "Woaini11", "Summer2026"} <= samples | {
        sample.capitalize() for sample in samples
    }
    assert all(count_classes(sample) >= 2 for sample in samples)


def test_the_service_is_known_by_its_latin_names(make_case: Callable[..., Case]) -> None:
    names = Organisation("芯帆（示例）", texts={"name_en": "Xinfan (Example) Co., Ltd."})

    assert name_service(replace(make_case(), organisation=names)) == ["xinfan", "shop"]


def test_lists_that_a_policy_refuses_are_taken_out_of_its_samples() -> None:
    samples = ["password", "Zhangwei1990xq", "k7#Vq2pLw9"]

    bare = measure_strength(Policy("p"), samples, breached={"k7#Vq2pLw9"})
    common = measure_strength(Policy("p", blocks=("common",)), samples, breached={"k7#Vq2pLw9"})
    both = measure_strength(Policy("p", blocks=("breached",)), samples, breached={"k7#Vq2pLw9"})

    assert (bare.samples, bare.weakest, bare.score, bare.breached) == (3, "password", 0, 1)
    assert (common.samples, common.breached) == (2, 1)
    assert (both.samples, both.breached, both.weakest) == (1, 0, "Zhangwei1990xq")
    assert measure_strength(Policy("p"), []).weakest is None


def test_who_knows_the_service_and_pinyin_guesses_sooner() -> None:
    plain = measure_strength(Policy("p"), ["xinfan2026"])
    informed = measure_strength(Policy("p"), ["xinfan2026"], ["xinfan"])

    assert plain.guesses is not None
    assert informed.guesses is not None
    assert informed.guesses < plain.guesses


@pytest.mark.parametrize(
    ("tries", "minutes", "per_day"),
    [(5, 15, 480), (10, 10, 1440), (5, 0, 5), (3, 2880, 3), (None, 15, None), (5, None, None)],
)
def test_guesses_a_day_follow_from_the_lock(
    tries: int | None, minutes: int | None, per_day: int | None
) -> None:
    policy = Policy("p", lockout_tries=tries, lockout_minutes=minutes)

    assert policy.guesses_per_day == per_day


def test_a_good_policy_has_no_finding_and_a_blank_one_many(
    make_case: Callable[..., Case],
) -> None:
    assert find(make_case(regimes=("cn-pipl", "eu-gdpr"), accounts=[GOOD])) <= {
        "weak-samples-allowed"
    }
    assert find(make_case(accounts=[{"id": "p"}])) == {
        "password-length-not-stated", "common-passwords-allowed", "weak-samples-allowed",
        "complexity-not-required", "lockout-missing", "second-factor-not-offered",
        "reset-not-stated", "session-without-timeout", "password-storage-not-stated",
        "stuffing-not-met",
    }  # fmt: skip


def test_a_finding_is_told_with_its_clause_in_both_languages(
    make_case: Callable[..., Case],
) -> None:
    row = {**GOOD, "lockout_tries": None, "title_zh": "采购用户"}

    (finding,) = (
        f for f in review_accounts(make_case(accounts=[row])).findings
        if f.hit.rule.id == "lockout-missing"
    )  # fmt: skip

    assert (finding.message_zh, finding.clause) == (
        "“采购用户”未说明登录失败多少次后锁定，或锁定多久。",
        "GB/T 22239-2019, 8.1.4.1 b)",
    )
    assert finding.to_dict()["subject"] == {"table": "accounts", "id": "p"}


def test_a_list_of_leaked_passwords_makes_a_finding(
    make_case: Callable[..., Case], tmp_path: Path
) -> None:
    leaked = tmp_path / "leaked.txt"
    lines = [hashlib.sha1(b"Password1", usedforsecurity=False).hexdigest()]
    leaked.write_text("\n".join(lines))
    case = make_case(accounts=[{**GOOD, "min_length": 8, "classes": 3, "blocks": "common"}])
    unlisted = make_case(accounts=[{**GOOD, "min_length": 8, "classes": 3, "blocks": None}])

    assert "breached-samples-allowed" not in find(unlisted)
    assert "breached-samples-allowed" in find(unlisted, breached=leaked)
    assert "breached-samples-allowed" not in find(case, breached=leaked), "a common one already"


@pytest.mark.parametrize(
    ("row", "reused", "opened"),
    [
        ({"mfa": "optional"}, 0.05, 50),
        ({"mfa": "required"}, 0.05, 0),
        ({"mfa": "optional"}, None, None),
        ({"mfa": "optional", "accounts": None}, 0.05, None),
    ],
)
def test_stuffing_is_only_told_on_an_assumption(
    make_case: Callable[..., Case], row: dict[str, Any], reused: float | None, opened: int | None
) -> None:
    told = review_accounts(make_case(accounts=[{**GOOD, **row}]), reused=reused).to_dict()

    assert told["policies"][0]["stuffing"]["accounts"] == opened


def test_a_share_outside_nought_to_one_is_refused(make_case: Callable[..., Case]) -> None:
    with pytest.raises(ValueError, match="reused is a share from 0 to 1, not 5"):
        review_accounts(make_case(), reused=5)


def test_a_review_shows_itself(make_case: Callable[..., Case]) -> None:
    shown = review_accounts(make_case(accounts=[{**GOOD, "title": "<b>"}]))._repr_html_()

    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown
