"""The register: rows written as text say what they say as objects; files of three kinds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from piaskit.case import Case, read_case
from piaskit.errors import InvalidData
from piaskit.jsontext import encode_json
from piaskit.risk import Assessment, assess_risks
from piaskit.risk.register import HEADS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def market() -> Case:
    return read_case(ROOT / "data/marketplace")


@pytest.fixture(scope="module")
def found(market: Case) -> Assessment:
    return assess_risks(market)


def test_rows_are_written_as_json_writes_them(found: Assessment) -> None:
    assert found.register is not None
    rows = list(found.register.write_rows())

    assert len(rows) == len(found.register) > 100
    assert [json.dumps(json.loads(row), ensure_ascii=False) for row in rows] == rows
    assert [found.register[n] for n in range(len(rows))] == [json.loads(row) for row in rows]
    assert found.register[-1] == found.register[len(rows) - 1]


def test_a_text_of_the_case_stays_text_in_the_register(market: Case) -> None:
    evil = 'a "quoted" \\ \ue000id\ue001 </script> {title} %s\n福'
    frame = market.frames["activities"].assign(title=evil, title_en=evil, title_zh=evil)
    changed = replace(market, frames={**market.frames, "activities": frame})

    told = [risk["because"][0]["text"] for risk in assess_risks(changed).result["risks"]]

    assert any(evil in text for text in told)


def test_the_frame_says_what_the_rows_say(found: Assessment) -> None:
    frame, rows = found.risks, found.to_dict()["risks"]

    assert list(frame.columns[: len(HEADS)]) == list(HEADS)
    assert frame["id"].tolist() == [row["id"] for row in rows]
    assert frame["title_zh"].tolist() == [row["title_zh"] for row in rows]
    assert frame["subject"].tolist() == [row["subject"]["id"] for row in rows]
    told = frame["activity"].astype(object).where(frame["activity"].notna(), None)
    assert told.tolist() == [row["activity"] for row in rows]
    levels = [row["levels"]["gbt39335"]["current"]["level"] for row in rows]
    assert frame["current_level"].tolist() == levels


@pytest.mark.parametrize("kind", ["json", "csv", "parquet"])
def test_the_register_is_written_to_a_file(kind: str, found: Assessment, tmp_path: Path) -> None:
    file = tmp_path / f"risks.{kind}"

    found.write_register(file)

    ids = [risk["id"] for risk in found.result["risks"]]
    if kind == "json":
        read = json.loads(file.read_text("utf-8"))
        assert (read["schema"], read["method"]) == (1, "gbt39335")
        assert read["risks"] == found.to_dict()["risks"]
    else:
        frame = pd.read_csv(file) if kind == "csv" else pd.read_parquet(file)
        assert frame["id"].tolist() == ids


def test_a_register_of_another_kind_or_place_is_refused(found: Assessment, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"risks\.doc is no register, expected \.json, \.csv or"):
        found.write_register(tmp_path / "risks.doc")
    with pytest.raises(InvalidData, match="cannot be written: No such file or directory"):
        found.write_register(tmp_path / "none" / "risks.json")


def test_json_text_holds_a_row_per_line_and_reads_back() -> None:
    content = {"a": {"b": [1]}, "rows": [{"n": n, "s": "福\n"} for n in range(1200)], "none": []}

    text = "".join(encode_json(content))

    assert json.loads(text) == content
    assert text.count("\n") == 1 + 1 + 1 + 1200 + 1 + 1 + 1


def test_numbers_that_json_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        list(encode_json({"n": float("nan")}))


def test_a_list_without_rows_is_written_as_one() -> None:
    assert "".join(encode_json({"rows": range(0)})) == '{\n "rows": []\n}\n'
