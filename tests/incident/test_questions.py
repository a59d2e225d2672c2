"""Regimes by name, persons of a regime, and the questions that only one law asks."""

from __future__ import annotations

from typing import Any

import pytest

from piaskit.errors import InvalidData


@pytest.mark.parametrize(
    ("stated", "duties"),
    [
        ("us-ca", {"us-ca", "us-ca-ag"}),
        ("us-ca-ag", {"us-ca-ag"}),
        ("hk", {"hk-pcpd-auth", "hk-pcpd-ind", "hk-ci", "hk-ci-other"}),
        ("jp-appi", {"jp-prompt", "jp-final", "jp-ind"}),
        ("id", {"id-auth", "id-ind"}),
        ("uk", {"uk-gdpr-auth", "uk-gdpr-ind", "uk-gdpr-controller", "uk-pecr"}),
        ("u", {"u"}),
    ],
)
def test_a_regime_asks_for_its_packs_by_whole_parts_of_its_name(
    leak: Any, stated: str, duties: set[str]
) -> None:
    assert set(leak(regimes=[stated])) == duties


def test_persons_of_a_regime_are_its_own_or_those_of_what_holds_it(leak: Any) -> None:
    both = {
        "regimes": ["us-ca", "eu-gdpr"],
        "categories": ["finance.account"],
        "persons": 10_000,
    }

    assert leak(**both)["us-ca-ag"]["missing"][0] == "persons_in.us-ca"
    assert leak(**both, persons_in={"us-ca": 500})["us-ca-ag"]["decision"] == "not-required"
    assert leak(**both, persons_in={"us": 500})["us-ca-ag"]["decision"] == "not-required"
    assert leak(**both, persons_in={"us-ca": 501})["us-ca-ag"]["decision"] == "required"
    assert leak(**{**both, "regimes": ["us-ca"]})["us-ca-ag"]["decision"] == "required"


def test_an_unanswered_question_is_named_and_an_unknown_one_refused(leak: Any) -> None:
    (duty,) = leak(regimes=["us-sec"]).values()

    assert (duty["decision"], duty["missing"]) == (
        "judge", ["answers.us-sec-material", "times.determined_at"],
    )  # fmt: skip
    assert duty["because"][0].startswith("Not answered: Is the organisation a registrant")
    with pytest.raises(InvalidData, match="did you mean us-sec-material"):
        leak(answers={"us-sec-materiel": "yes"})
