"""The verb quantify on the command line: one object, a short table, refusals by the cell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from piaskit.cli import app

SHOP = {
    "case.yaml": (
        "id: shop\ntitle: Shop\norganisation: {name: Shop, persons_total: 500}\n"
        "regimes: [cn-pipl]\nas_of: 2026-03-01\n"
    ),
    "activities": "id,title,persons\norders,Orders,500\n",
    "items": "id,activity,category\ni-1,orders,contact.phone\n",
    "parties": "id,role\np-1,subject\n",
    "systems": "id,title,kind,internet_facing\ns-1,Shop,web,yes\n",
    "flows": "id,activity,stage,source,target,items\nf-1,orders,store,p-1,s-1,i-1\n",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cases") / "shop"
    (root / "inventory").mkdir(parents=True)
    for name, text in SHOP.items():
        path = root / name if name == "case.yaml" else root / "inventory" / f"{name}.csv"
        path.write_text(text, "utf-8")
    return root


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_json_is_one_object(shop: Path) -> None:
    done = run("quantify", shop, "--json", "--iterations", "3000", "--seed", "5", "--workers", "3")

    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["schema"], answer["as_of"]) == (0, 1, "2026-03-01")
    assert (answer["seed"], answer["iterations"], answer["engine"]) == (5, 3000, "numpy")
    assert [loss["unit"] for loss in answer["losses"]] == ["persons"]


def test_a_person_reads_tables_in_the_language_asked_for(shop: Path) -> None:
    done = run("quantify", shop, "--iterations", "2000", "--lang", "zh")

    assert done.exit_code == 0
    for words in ("一年内受影响人数", "预期涉及人数最多的风险", "未量化及原因"):
        assert words in done.stdout


def test_silly_estimates_are_refused_with_the_cell_named(shop: Path, tmp_path: Path) -> None:
    case = shutil.copytree(shop, tmp_path / "silly")
    (case / "inventory" / "estimates.csv").write_text(
        "id,risk,quantity,low,best,high\n"
        "e-1,insider-misuse,frequency,-1,1,2\n"
        "e-2,insider-misuse,frequency,5,,1\n"
        "e-3,insider-misuse,share,,3,\n",
        "utf-8",
    )

    done = run("quantify", case)

    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "estimates.csv row 2, low: -1 is negative, expected a number, 0 or more, as 12, 0.05, 5%"
        " or 1/20",
        "estimates.csv row 3, low: low 5 lies above high 1, expected low, best, high (let the"
        " values rise)",
        "estimates.csv row 4, best: 3 is no share, expected a part of one: 0 to 1 (write 3%)",
    ]


def test_years_that_cannot_be_are_misuse(shop: Path) -> None:
    assert run("quantify", shop, "--iterations", "0").exit_code == 2
    assert run("quantify", shop, "--workers", "0").exit_code == 2
