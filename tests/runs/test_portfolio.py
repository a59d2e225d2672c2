"""Many cases: each has its turn, what is unchanged stays, nobody stops another."""

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from piaskit import new_case, run_portfolio
from piaskit.errors import InvalidData
from piaskit.publication.place import lock_folder
from piaskit.publication.seal import seal_edition
from piaskit.runs import group, kernels, portfolio, process, turn
from piaskit.runs.group import open_group
from piaskit.runs.notebooks import FREE
from piaskit.runs.portfolio import find_cases
from piaskit.runs.turn import BUSY, find_state, read_state, take_turn

ASSESS = {
    "as_of": "2026-06-30",
    "methods": ["gbt39335"],
    "overall": {"gbt39335": "high"},
    "counts": {"current": {"high": 2}},
}


def make_root(root: Path, *ids: str) -> Path:
    for id in ids:
        (root / id).mkdir(parents=True)
        (root / id / "case.yaml").write_text("id: shop\nas_of: 2026-06-30\n", "utf-8")
    return root


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let reports be written by a stand-in that notes whose turn it was; ``bad`` ones fail."""
    done: list[str] = []

    def write(case: Path, report: Path, **options: Any) -> dict[str, Any]:
        done.append(case.name)
        if (case / "bad").exists():
            raise OSError(28, "No space left on device")
        shutil.rmtree(report, ignore_errors=True)
        (report / "results").mkdir(parents=True)
        (report / "results" / "assess.json").write_text(json.dumps(ASSESS), "utf-8")
        (report / "results" / "inputs.json").write_text("{}", "utf-8")
        head = {"piaskit": "1", "schema": 1, "as_of": ASSESS["as_of"], "seed": 1}
        sealed = seal_edition(report, head, options={}, found="", inputs={}, packs=[])
        return {"edition": sealed["edition"], "files": [], "events": []}

    monkeypatch.setattr(turn, "write_report", write)
    monkeypatch.setattr(turn, "_summarise", lambda *_: {"as_of": ASSESS["as_of"]})
    monkeypatch.setattr(group, "write_overview", lambda *_: [])
    return done


def tell(answer: dict[str, Any]) -> dict[str, str]:
    return {case["id"]: case["status"] for case in answer["cases"]}


def test_cases_are_found_at_any_depth_and_nothing_inside_a_case_or_the_output(
    tmp_path: Path,
) -> None:
    root = make_root(tmp_path, "b", "asia/a", "asia/a/kept/old", "out/cases/b", ".trash/c")

    assert list(find_cases(root, root / "out")) == ["asia/a", "b"]


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"holds no case .a case is a folder with case.yaml"):
        run_portfolio(tmp_path, tmp_path / "out")


def test_a_word_that_no_case_could_use_is_refused_once_before_anything_runs(tmp_path: Path) -> None:
    root = make_root(tmp_path / "root", "a")
    refused = {
        "formats": ("pfd", "did you mean pdf?"),
        "as_of": ("soon", "a date like"),
        "lang": ("fr", "expected one or more of zh, en"),
        "edition": ("publik", "did you mean public?"),
        "layout": ("exprot", "did you mean export?"),
        "method": ("gbt", "expected one or more of"),
        "packs": (str(tmp_path / "nowhere"), "nowhere"),
    }
    for name, (wrong, told) in refused.items():
        with pytest.raises(InvalidData) as caught:
            run_portfolio(root, tmp_path / "out", **{name: wrong})  # type: ignore[arg-type]
        assert told in str(caught.value)
    with pytest.raises(InvalidData, match="the layout export has no public edition"):
        run_portfolio(root, tmp_path / "out", layout="export", edition="public")

    assert not (tmp_path / "out").exists()


def test_a_layout_that_the_packs_of_a_case_may_know_is_left_to_the_cases(
    tmp_path: Path, written: list[str]
) -> None:
    root = make_root(tmp_path / "root", "a")
    (root / "a" / "packs" / "templates").mkdir(parents=True)
    (root / "a" / "packs" / "templates" / "ours.yaml").touch()

    assert tell(run_portfolio(root, tmp_path / "out", layout="ours", engine="kernel")) == {
        "a": "done"
    }


def test_a_run_does_what_changed_or_failed_and_one_failure_stops_no_other(
    tmp_path: Path, written: list[str]
) -> None:
    root, out = make_root(tmp_path / "root", "a", "b", "c"), tmp_path / "out"
    (root / "b" / "bad").touch()

    first = run_portfolio(root, out, engine="kernel")
    assert tell(first) == {"a": "done", "b": "failed", "c": "done"}
    assert first["cases"][1]["error"] == "OSError: [Errno 28] No space left on device"
    assert sorted(written) == ["a", "b", "c"]

    written.clear()
    (root / "b" / "bad").unlink()
    (root / "c" / "note.csv").write_text("x", "utf-8")
    second = run_portfolio(root, out, engine="kernel")
    assert tell(second) == {"a": "unchanged", "b": "done", "c": "done"}
    assert sorted(written) == ["b", "c"]

    written.clear()
    (out / "cases" / "a" / "results" / "assess.json").write_text("{}", "utf-8")
    third = run_portfolio(root, out, engine="kernel", seed=1)
    assert tell(third) == {"a": "done", "b": "unchanged", "c": "unchanged"}
    assert {c["status"] for c in run_portfolio(root, out, engine="kernel", seed=2)["cases"]} == {
        "done"
    }
    assert sorted(path.name for path in out.iterdir()) == ["cases", "state"]


def test_a_failure_leaves_the_earlier_report_and_what_the_overview_knows(
    tmp_path: Path, written: list[str]
) -> None:
    root, out = make_root(tmp_path / "root", "a"), tmp_path / "out"
    run_portfolio(root, out, engine="kernel")
    (root / "a" / "bad").touch()
    run_portfolio(root, out, engine="kernel")

    state = read_state(find_state(out, "a"))
    assert (state["status"], state["summary"]) == ("failed", {"as_of": "2026-06-30"})
    assert (out / "cases" / "a" / "manifest.json").is_file()
    assert [edition["counts"] for edition in state["editions"]] == [{"high": 2}]


def test_a_case_that_somebody_else_has_is_left_to_him_and_looked_at_last(
    tmp_path: Path, written: list[str]
) -> None:
    root, out = make_root(tmp_path / "root", "a"), tmp_path / "out"
    kept = find_state(out, "a")
    kept.mkdir(parents=True)
    with lock_folder(kept):
        got = take_turn("a", str(root / "a"), str(out), {}, engine="kernel")
    assert (got["status"], written) == (BUSY, [])

    asked: list[bool] = []

    def do(job: dict[str, Any]) -> dict[str, Any]:
        asked.append(bool(job.get("wait")))
        return {"id": job["id"], "status": "unchanged" if job.get("wait") else BUSY}

    done = list(portfolio._do_all([{"id": "a"}], do, 1))
    assert (done, asked) == ([{"id": "a", "status": "unchanged"}], [False, True])


def test_being_told_to_end_is_heard_while_cases_run_even_if_the_exception_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stopped = threading.Event()
    monkeypatch.setattr(kernels, "stop_kernels", stopped.set)

    def do(job: dict[str, Any]) -> dict[str, Any]:
        monkeypatch.setattr(process, "_ending", True)  # as an import leaves it that passes over it
        assert stopped.wait(60)
        return {"id": job["id"], "status": "failed"}

    with pytest.raises(KeyboardInterrupt):
        list(portfolio._do_all([{"id": "a"}], do, 1))


def test_a_fork_that_is_killed_fails_its_case_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from piaskit.runs import fork

    def call(task: str, **arguments: Any) -> Any:
        raise RuntimeError("the process that did the work ended")

    monkeypatch.setattr(fork, "call_forked", call)

    assert portfolio.call_turn({"id": "a"}) == {
        "id": "a",
        "status": "failed",
        "seconds": 0.0,
        "error": "the process that did the work ended",
        "events": [{"event": "failed", "case": "a", "because": ["killed"]}],
        "log": [],
    }


def test_a_report_in_a_warm_process_starts_no_other_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from piaskit.runs import drive, fork, report

    for module in (report, fork):
        monkeypatch.setattr(module, "is_warm", lambda: True)
    monkeypatch.setattr(fork, "find_parent", lambda: pytest.fail("a warm parent is started"))
    monkeypatch.setattr(drive, "run_notebook", lambda *_: 1 / 0)
    new_case(tmp_path / "case")

    with pytest.raises(ZeroDivisionError):
        report.write_report(tmp_path / "case", tmp_path / "out", engine="fork")


def test_an_overview_that_fails_or_is_killed_is_told_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise RuntimeError("the process that did the work ended")

    monkeypatch.setattr("piaskit.runs.fork.call_forked", die)
    monkeypatch.setattr(group, "write_overview", lambda *_: 1 / 0)

    killed = group.have_overview(tmp_path, ["a"], {}, "fork", FREE)
    assert killed == (None, "the process that did the work ended")
    failed = group.have_overview(tmp_path, ["a"], {}, "kernel", FREE)
    assert failed == (None, "ZeroDivisionError: division by zero")


def test_a_group_without_states_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"holds no state of a case .run piaskit portfolio first"):
        open_group(tmp_path, tmp_path / "out")


def test_real_cases_become_reports_and_an_overview_and_the_night_after_does_nothing(
    tmp_path: Path,
) -> None:
    new_case(tmp_path / "root" / "first")
    shutil.copytree(tmp_path / "root" / "first", tmp_path / "root" / "=2nd")
    (tmp_path / "root" / "=2nd" / "case.yaml").write_text("id: [", "utf-8")
    asked: dict[str, Any] = {"lang": "en", "formats": "json", "as_of": "2026-06-30"}

    answer = run_portfolio(tmp_path / "root", tmp_path / "out", **asked)

    assert tell(answer) == {"=2nd": "failed", "first": "done"}
    assert "case.yaml" in answer["cases"][0]["error"]
    assert answer["overview"] == [
        *("overview.en.json", "register.csv", "working/5-portfolio.html"),
        "working/5-portfolio.ipynb",
    ]
    overview = tmp_path / "out" / "overview"
    assert "Privacy risk of the group" in (overview / "overview.en.json").read_text("utf-8")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *("cases", "overview", "state")
    ]
    stamp = (overview / "manifest.json").stat().st_mtime_ns

    again = run_portfolio(tmp_path / "root", tmp_path / "out", **asked)
    assert tell(again) == {"=2nd": "failed", "first": "unchanged"}
    assert (overview / "manifest.json").stat().st_mtime_ns == stamp
