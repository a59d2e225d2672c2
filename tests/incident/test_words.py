"""Every label the engine can use exists, and every refusal is explained."""

from __future__ import annotations

import csv
import itertools
import re
from pathlib import Path

import pytest

from piaskit.incident.fields import FIELDS
from piaskit.knowledge import load_knowledge

ROOT = Path(__file__).parents[2]
RESEARCH = ROOT.parent / "shared" / "knowledge" / "breach_clocks.csv"
PARTS = {
    "kind": ("confidentiality", "integrity", "availability"),
    "state": ("confirmed", "possible"),
    "met": ("yes", "no", "unknown"),
    "answer": ("yes", "no", "unknown"),
    "criterion.measure": ("persons", "direct-loss", "outage-whole", "outage-main"),
    "role": ("controller", "processor"),
    "operator": FIELDS["operator"].words,
    "consequence": ("none", "minor"),
    "recipients": ("hostile", "public", "known-trusted", "none"),
    "variant": ("possible", "unknown"),
}


def test_every_label_that_the_engine_names_exists_in_both_languages() -> None:
    labels = load_knowledge().labels
    used: set[str] = set()
    for path in sorted((ROOT / "src" / "piaskit" / "incident").glob("*.py")):
        for text in re.findall(r'"(incident\.[^"\s]+)"', path.read_text("utf-8")):
            names = [name for name in re.findall(r"\{([^}]+)\}", text) if name in PARTS]
            if len(names) < text.count("{"):
                continue
            for words in itertools.product(*(PARTS[name] for name in names)):
                filled = text
                for name, word in zip(names, words, strict=True):
                    filled = filled.replace(f"{{{name}}}", word)
                used.add(filled)
    used -= {"incident.harmless.integrity", "incident.harmless.availability"}
    used -= {"incident.exposed", "incident.grave", "incident.mishap.malicious"}
    used -= {"incident.mishap.systemic"}
    used |= {"incident.exposed.blank", "incident.grave.blank"}
    used |= {
        f"incident.mishap.{name}.{met}"
        for name in ("malicious", "systemic")
        for met in ("yes", "no", "blank")
    }
    used -= {f"incident.{m}.number-unknown" for m in ("persons", "direct-loss")}

    assert len(used) > 60
    assert sorted(id for id in used if id not in labels) == []


def test_every_slug_of_the_facts_is_explained() -> None:
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")

    for slug in ("yaml", "duplicate-key", "unknown-key", "value", "contradiction"):
        assert f"### `facts-{slug}`\n" in text


# What the research says of each start, in the words of the packs.
STARTS = {
    "": {None},
    "discovery": {"discovery", "year-end"},  # HIPAA's small breaches: after the end of the year
    "finding": {"discovery"},
    "noticing": {"discovery"},
    "detection": {"discovery"},
    "discovery or notice": {"discovery"},
    "aware": {"aware"},
    "known": {"aware"},
    "knowledge": {"aware"},
    "knowledge that PI affected": {"aware"},
    "breach occurred or controller informed of it": {"aware", "authority-told"},
    "determination": {"determined"},
    "materiality decision": {"determined"},
    "after assessment": {"assessed", None},
    "after finding out": {"aware", None},
    "after notifying residents": {"individuals-told"},
    "payment": {"ransom-paid"},
    "end of handling": {"handling-ended"},
    "suspicion": {None},  # thirty days to assess, then no number
}
# A row of the research may speak of several recipients; its number is of the first only.
WITHOUT_THE_NUMBER = {
    "au-oaic-auth", "au-oaic-ind", "hk-ci-other", "in-dpdp-ind", "my-ind", "nz-ind", "th-ind",
    "tw-pdpa-auth", "uk-gdpr-ind", "uk-gdpr-controller", "us-tx-auth",
}  # fmt: skip
LESS_SURE = {"tw-pdpa-auth", "us-hipaa-controller"}


@pytest.mark.skipif(not RESEARCH.is_file(), reason="the research is not here")
def test_every_researched_clock_of_the_packs_stands_as_researched() -> None:
    with RESEARCH.open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    duties = {id: d for pack in load_knowledge().duties.values() for id, d in pack.duties.items()}
    seen = set()
    for id, duty in duties.items():
        row = rows.get(id) or rows.get(id.rpartition("-")[0])
        if row is None:
            continue
        seen.add(row["id"])
        clock = duty.clock
        if id not in WITHOUT_THE_NUMBER:
            assert (str(clock.hours) if clock and clock.hours else "") == row["max_hours"], id
            assert (str(clock.days) if clock and clock.days else "") == row["max_days"], id
        assert (clock.start if clock else duty.start) in STARTS[row["clock_start"]], id
        assert (duty.in_force.isoformat() if duty.in_force else "") == row["in_force_from"], id
        assert duty.confidence == ("medium" if id in LESS_SURE else row["confidence"]), id

    assert {id for id in rows if id.startswith(("cn-", "eu-"))} - seen == set()
    assert {id for id in duties if id not in rows and id.rpartition("-")[0] not in rows} == {
        "cn-audit5", "cn-cac-police", "jp-ind"
    }  # fmt: skip
