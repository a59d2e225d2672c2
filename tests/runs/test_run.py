"""What a run saves: all that was asked for, and nothing public that the gate has not let pass."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from piaskit import new_case, read_case
from piaskit.case import Case
from piaskit.errors import InvalidData
from piaskit.runs.run import EDITIONS, Run


class Document:
    """As much of a document as saving looks at."""

    lang = "en"

    def __init__(self, edition: str) -> None:
        self.edition = edition


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("cases") / "case"
    new_case(folder)
    return read_case(folder, as_of=date(2026, 9, 30))


@pytest.fixture
def run(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("piaskit.report.leaks.scan_public", lambda *_: [])
    monkeypatch.setattr("piaskit.publication.summary.write_summary", lambda *_: None)
    return Run(case, tmp_path / "out", {}, ("en",), EDITIONS, ("html", "json"))


def _export(bad: str, text: str) -> Any:
    def export(_: Document, path: Path) -> None:
        if path.parent.name == bad and path.suffix == ".json":
            if not text:
                raise OSError(28, "No space left on device", path.name)
            path.write_text(text, "utf-8")
        else:
            path.write_text("<p>nothing</p>", "utf-8")

    return export


def _save(run: Run) -> list[str]:
    documents: Any = [Document(edition) for edition in EDITIONS]
    return run.save(documents)


def test_all_that_is_asked_for_is_saved(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("piaskit.report.exporters.export_document", _export("", ""))

    saved = _save(run)

    assert saved == [
        f"{edition}/report.en.{ending}" for edition in EDITIONS for ending in ("html", "json")
    ]
    assert all((run.out / path).is_file() for path in saved)


@pytest.mark.parametrize("bad", EDITIONS)
def test_no_public_file_is_left_when_one_of_any_edition_cannot_be_written(
    run: Run, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    monkeypatch.setattr("piaskit.report.exporters.export_document", _export(bad, ""))

    with pytest.raises(OSError, match="No space left"):
        _save(run)

    assert not (run.out / "public").exists()


def test_no_public_file_is_left_when_the_gate_finds_what_may_not_be_public(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    leak = _export("public", '{"whom": "wei.zhang@post.example.org"}')
    monkeypatch.setattr("piaskit.report.exporters.export_document", leak)

    with pytest.raises(InvalidData, match=r"report.en.json whom: holds what may not be public"):
        _save(run)

    assert not (run.out / "public").exists()
