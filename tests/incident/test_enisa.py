"""ENISA 2013: the arithmetic of the paper, and the circumstances read from facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from piaskit.incident import build_facts
from piaskit.incident.enisa import describe_enisa, score_severity
from piaskit.knowledge import load_knowledge

RESEARCH = Path(__file__).parents[3] / "shared" / "knowledge" / "enisa.yaml"


def describe(**content: Any) -> dict[str, Any]:
    knowledge = load_knowledge()
    return describe_enisa(build_facts(content, knowledge), knowledge)


@pytest.mark.skipif(not RESEARCH.is_file(), reason="the research is not here")
def test_every_derived_vector_is_reproduced() -> None:
    vectors = yaml.safe_load(RESEARCH.read_text("utf-8"))["derived_test_vectors"]

    assert len(vectors) == 9
    for v in vectors:
        cb = v["conf"] + v["integ"] + v["avail"] + v["mal"]
        assert score_severity(v["dpc"], v["ei"], cb) == (v["se"], v["band"])


@pytest.mark.parametrize(
    ("parts", "band"),
    [
        ((1, 1, 0.75), "low"),
        ((1, 1, 1), "medium"),
        ((2, 1, 0.75), "medium"),
        ((3, 1, 0), "high"),
        ((3, 1, 0.75), "high"),
        ((3, 1, 1), "very_high"),
    ],
)
def test_a_band_begins_at_its_number(parts: tuple[int, float, float], band: str) -> None:
    assert score_severity(*parts)[1] == band


@pytest.mark.parametrize("parts", [(0, 1, 0), (5, 1, 0), (1, 0.2, 0), (1, 1.1, 0), (1, 1, 2.1)])
def test_parts_outside_the_paper_are_refused(parts: tuple[int, float, float]) -> None:
    with pytest.raises(ValueError, match=r"DPC is 1 to 4, EI 0\.25 to 1, CB 0 to 2"):
        score_severity(*parts)


CALM = {
    "confidentiality": {"state": "none"},
    "integrity": {"state": "none"},
    "availability": {"state": "none"},
    "malicious": "no",
}


@pytest.mark.parametrize(
    ("changes", "cb"),
    [
        ({}, 0.0),
        ({"malicious": "yes"}, 0.5),
        ({"confidentiality": {"state": "possible", "recipients": "unknown"}}, 0.0),
        ({"confidentiality": {"state": "confirmed", "recipients": "known"}}, 0.25),
        ({"confidentiality": {"state": "confirmed", "recipients": "public"}}, 0.5),
        ({"integrity": {"state": "confirmed"}, "misuse": "none-known"}, 0.0),
        ({"integrity": {"state": "confirmed", "recoverable": "yes"}, "misuse": "possible"}, 0.25),
        ({"integrity": {"state": "confirmed", "recoverable": "no"}, "misuse": "possible"}, 0.5),
        (
            {
                "availability": {
                    "state": "confirmed", "restored_after": "6h", "consequence": "minor",
                }
            },
            0.25,
        ),
        ({"availability": {"state": "confirmed", "restored_after": "never"}, "backup": "yes"}, 0.0),
        (
            {"availability": {"state": "confirmed", "restored_after": "never"}, "backup": "no"},
            0.5,
        ),
    ],
)  # fmt: skip
def test_circumstances_follow_from_the_facts(changes: dict[str, Any], cb: float) -> None:
    found = describe(**{**CALM, **changes})

    assert found["cb"] == cb
    assert found["missing"] == ["dpc", "ei"]
    assert len(found["because"]) == len(found["because_zh"]) == 5


def test_an_open_circumstance_leaves_the_sum_open_and_is_named() -> None:
    found = describe(**{**CALM, "malicious": "unknown", "availability": {"state": "confirmed"}})

    assert found["cb"] is None
    assert found["missing"] == ["dpc", "ei", "availability.restored_after", "malicious"]
    assert found["circumstances"]["confidentiality"] == 0.0


def test_no_score_is_given_where_the_data_itself_was_not_looked_at() -> None:
    found = describe(**CALM)

    assert (found["dpc"], found["ei"], found["se"], found["band"]) == (None, None, None, None)
