"""The log of a run and what it never says; the events that a hook is told."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from piaskit import list_runs, show_run
from piaskit.errors import InvalidData, Issue, Place
from piaskit.runs import events, warm
from piaskit.runs.events import call_hook, find_events, observe
from piaskit.runs.log import RunLog, open_log


def write_log(folder: Path) -> RunLog:
    log = open_log(folder, "report")
    with log.watch():
        with log.time("check", case="shop"):
            pass
        log.note("read", case="shop", files={"case.yaml": "ab"})
        log.note("wrote", case="shop", files={"internal/report.en.pdf": "cd"})
        log.note("case", case="shop", status="done", seconds=1.0)
    return log


def test_a_log_tells_steps_files_and_the_end(tmp_path: Path) -> None:
    log = write_log(tmp_path)
    assert log.lines == []  # they are in the file: a thousand cases shall not fill the memory

    (run,) = list_runs(tmp_path)
    assert (run.id, run.verb, run.status) == (log.id, "report", "done")
    assert [line["event"] for line in run.lines] == [
        *("start", "step", "read", "wrote", "case", "end")
    ]
    told = show_run(tmp_path).to_dict()
    assert told["read"] == [{"case": "shop", "file": "case.yaml", "sha256": "ab"}]
    assert told["wrote"] == [{"case": "shop", "file": "internal/report.en.pdf", "sha256": "cd"}]
    assert (told["cases"], told["failed"], told["steps"][0]["step"]) == (1, 0, "check")


def test_a_run_that_was_killed_is_still_running_to_whoever_reads_and_its_torn_line_is_left_out(
    tmp_path: Path,
) -> None:
    log = open_log(tmp_path / "runs", "portfolio")
    assert log.file is not None
    with log.file.open("a") as stream:
        stream.write('{"at": "2026-01-01", "eve')

    (run,) = list_runs(tmp_path)
    assert (run.status, len(run.lines)) == ("running", 1)


def test_a_failure_is_logged_by_slug_and_place_without_its_words(tmp_path: Path) -> None:
    log = open_log(tmp_path, "report")
    place = Place("items.csv", row=3, column="owner")
    with pytest.raises(InvalidData), log.watch():
        raise InvalidData([Issue("bad-id", place, "Li Lei is no id", "Li Lei")])

    assert log.file is not None
    text = log.file.read_text("utf-8")
    assert "Li Lei" not in text
    assert show_run(tmp_path).to_dict()["failures"][0]["because"] == [
        "bad-id items.csv row 3, owner"
    ]


def test_an_unknown_run_is_refused_with_those_there_are(tmp_path: Path) -> None:
    log = write_log(tmp_path)

    with pytest.raises(InvalidData, match=f"zz is no run, or several .there are {log.id}"):
        show_run(tmp_path, "zz")
    with pytest.raises(InvalidData, match="holds no log of a run"):
        show_run(tmp_path / "none")


def write_edition(folder: Path, levels: dict[str, str], late: tuple[str, ...] = ()) -> Path:
    risks = [
        {"id": id, "levels": {"m": {"current": {"level": level}}}} for id, level in levels.items()
    ]
    overdue = [{"id": id} for id in late]
    assess = {"methods": ["m"], "risks": risks, "treatment": {"overdue": overdue}}
    (folder / "results").mkdir(parents=True)
    (folder / "results" / "assess.json").write_text(json.dumps(assess), "utf-8")
    replaces = None if folder.name == "report" else {"edition": "old"}
    (folder / "manifest.json").write_text(json.dumps({"replaces": replaces}), "utf-8")
    return folder


def test_events_are_risks_that_rose_or_are_new_and_high_and_actions_that_became_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Kept:
        id = "old"
        folder = write_edition(tmp_path / "old", {"a": "low", "b": "high", "c": "high"}, ("x-1",))

    levels = {"a": "medium", "b": "low", "c": "high", "new": "severe", "small": "medium"}
    report = write_edition(tmp_path / "new", levels, ("x-1", "x-2"))
    monkeypatch.setattr(events, "list_editions", lambda _: (Kept,))

    assert find_events(report, "shop") == [
        {
            "event": "raised",
            "case": "shop",
            "risks": [
                {"id": "a", "from": "low", "to": "medium"},
                {"id": "new", "from": None, "to": "severe"},
            ],
        },
        {"event": "overdue", "case": "shop", "actions": ["x-2"]},
    ]


def test_a_first_report_raises_nothing_but_tells_late_actions(tmp_path: Path) -> None:
    report = write_edition(tmp_path / "report", {"a": "severe"}, ("x-1",))

    assert [event["event"] for event in find_events(report, "shop")] == ["overdue"]


def test_the_hook_gets_the_event_as_data_and_no_shell_reads_it(tmp_path: Path) -> None:
    script = tmp_path / "hook.py"
    script.write_text(
        "import os, sys\nopen(sys.argv[1], 'w').write(os.environ['PIASKIT_EVENT'] "
        "+ sys.argv[2] + sys.stdin.read())",
        "utf-8",
    )
    event = {"event": "raised", "case": "a; rm -rf ~"}

    assert call_hook(f"{sys.executable} {script} {tmp_path / 'got'} '$HOME;'", event) is None
    assert (tmp_path / "got").read_text("utf-8") == "raised$HOME;" + json.dumps(event)
    assert call_hook("no-such-command-anywhere", event) == "FileNotFoundError"
    assert call_hook(f"{sys.executable} -c 'exit(3)'", event) == "exit 3"
    assert call_hook("", event) is None


def test_the_hook_does_not_see_what_piaskit_sets_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    monkeypatch.setattr(warm, "_added", {"MPLBACKEND"})
    monkeypatch.setenv("MPLBACKEND", "piaskit's own")
    script = tmp_path / "hook.py"
    names = "OPENBLAS_NUM_THREADS", "MPLBACKEND"
    script.write_text(
        "import os, sys\nopen(sys.argv[1], 'w').write("
        f"' '.join(str(os.environ.get(name)) for name in {names}))",
        "utf-8",
    )

    call_hook(f"{sys.executable} {script} {tmp_path / 'got'}", {"event": "raised", "case": "a"})

    assert (tmp_path / "got").read_text("utf-8") == "3 None"


def test_a_failure_goes_to_the_hook_and_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(events, "call_hook", lambda hook, event: told.append(event))

    @observe("report")
    def fail(case: str, *, hook: str = "", log: Any = None) -> None:
        raise ValueError("Li Lei")

    with pytest.raises(ValueError, match="Li Lei"):
        fail("cases/shop", hook="x", log=tmp_path)
    assert told == [{"event": "failed", "case": "shop", "because": ["ValueError"]}]
    assert list_runs(tmp_path)[0].status == "failed"

    with pytest.raises(InvalidData, match="expected a command with its words, quotes closed"):
        fail("cases/shop", hook="'open")
