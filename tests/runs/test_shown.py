"""What notebooks show of a run: words instead of codes, in the language asked for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import piaskit
from piaskit.display import LOOKS
from piaskit.runs.run import Run, open_run
from piaskit.runs.shown import (
    show_card,
    show_gaps,
    show_pictures,
    show_registers,
    show_rows,
    show_sections,
    show_settings,
    show_stages,
    show_verdicts,
)

CASE = Path(__file__).parents[2] / "data/marketplace"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return open_run(CASE, tmp_path_factory.mktemp("run"), lang="zh")


@pytest.fixture(scope="module")
def results(run: Run) -> dict[str, Any]:
    return run.gather()


def read_page(shown: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", re.sub("<style>.*?</style>", "", shown)).split())


def test_gaps_name_activities_by_title_in_the_language_of_the_run(
    run: Run, results: dict[str, Any]
) -> None:
    grid = show_rows(run, results["ledger"]["findings"], ("message", "activities", "clause"))

    assert grid.heads == ("缺项", "处理活动", "条款")
    assert grid.rows[0][1:] == [["个性化推荐与营销"], "《个人信息保护法》第24条"]
    assert "NaN" not in repr(grid)
    assert "None" not in repr(grid)


def test_every_activity_stands_over_the_eight_stages_with_its_flows(
    run: Run, results: dict[str, Any]
) -> None:
    grid = show_stages(run, results["ledger"])

    assert grid.heads[1:] == ("收集", "存储", "使用", "加工", "传输", "提供", "公开", "删除")
    assert len(grid.rows) == len(run.case.frames["activities"])
    assert sum(n or 0 for row in grid.rows for n in row[1:]) == len(run.case.frames["flows"])


def test_gaps_are_grouped_by_kind_the_most_frequent_first(
    run: Run, results: dict[str, Any]
) -> None:
    grid = show_gaps(run, results["ledger"])

    counts = [row[1] for row in grid.rows]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == len(results["ledger"]["findings"])
    assert len({row[0] for row in grid.rows}) == len(
        {f["slug"] for f in results["ledger"]["findings"]}
    )


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    shown: list[str] = []
    monkeypatch.setattr("IPython.display.display", lambda part: shown.append(part._repr_html_()))
    return shown


def test_pictures_come_with_their_tables_folded(run: Run, displayed: list[str]) -> None:
    flow = run.case.frames["flows"]["id"].iloc[0]
    show_pictures(run, {"uncovered": [{"flows": [flow]}]})

    assert [("<svg" in part, "<details>" in part) for part in displayed] == [
        (True, False),
        (False, True),
    ] * 4
    assert "没有有效安全措施保护的数据流（1 条）" in read_page(displayed[0])


def test_registers_are_folded_under_their_titles(run: Run, displayed: list[str]) -> None:
    show_registers(run)

    assert len(displayed) == 4
    assert all("<details>" in part for part in displayed)
    assert "表 C.1" in displayed[0]


def test_verdicts_are_argued(run: Run, results: dict[str, Any]) -> None:
    grid = show_verdicts(run, results["screen"])

    title, regime, decision, because, missing = grid.rows[0]
    assert (title, regime) == ("账号注册与登录安全", "中国《个人信息保护法》")
    assert (decision, missing) == ("需要评估", [])
    assert isinstance(because, list)
    assert str(because[1]).startswith("《个人信息保护法》第55条第3项：委托处理")


def test_the_card_tells_the_overall_level_with_its_sign(run: Run, results: dict[str, Any]) -> None:
    page = read_page(show_card(run, {"assess": results["assess"]})._repr_html_())

    assert f"当前总体风险 {LOOKS['severe'].symbol} 严重" in page


def test_settings_leave_folders_and_blanks_out(run: Run) -> None:
    shown = repr(show_settings(run))

    assert str(run.out) not in shown
    assert "assessment" not in shown
    assert "lang: zh" in shown


def test_figures_come_first_as_asked_and_long_tables_are_folded(
    run: Run,
    results: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(
        "IPython.display.display",
        lambda part: shown.append(part._repr_html_()),
    )
    document = piaskit.compose_report(run.case, results, "internal", "zh")

    show_sections(document, "result", "treatment")

    assert "<svg" in shown[0]
    assert read_page(shown[0]).startswith("风险热力图")
    assert any("<details><summary>" in part for part in shown)
    assert all(part.count("<tr>") <= 21 or "<details>" in part for part in shown)
    assert capsys.readouterr().out == ""


def test_what_an_earlier_notebook_kept_is_read_and_not_worked_out_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.gather()
    expected = run.gather()

    for verb in ("assess_risks", "review_accounts", "review_safeguards", "quantify_losses"):
        monkeypatch.setattr(piaskit, verb, None)

    assert run.gather() == expected
    assert {"accounts", "assess", "safeguards", "quantify", "exercise"} <= set(expected)
