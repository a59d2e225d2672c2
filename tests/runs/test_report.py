"""The whole path: one report folder, whole or not at all."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest

from piaskit import new_case, verify_edition, write_report
from piaskit.errors import InvalidData
from piaskit.runs import drive, notebooks, report
from piaskit.runs.notebooks import NotebookStopped, find_notebooks

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"


def spoil(case: Path) -> Path:
    flows = case / "inventory" / "flows.csv"
    flows.write_text(flows.read_text("utf-8-sig").replace(",collect,", ",colect,", 1), "utf-8-sig")
    return case


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("reports") / "run"
    return out, write_report(MARKETPLACE, out, lang="en", formats="html,json")


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MARKETPLACE, tmp_path / "secret-folder-name"))


SMALL = {
    "activities": "id,title,purpose,legal_basis\na,Orders,to deliver,cn-pipl.contract\n",
    "items": "id,activity,title,category\ni,a,Phone number,contact.phone\n",
    "parties": "id,title,role\np,Buyers,subject\n",
    "systems": "id,title,kind\ns,Shop,app\n",
    "flows": "id,activity,stage,source,target,items,persons\n"
    "f-1,a,collect,p,s,i,100\nf-2,a,collect,p,s,i,90\n",
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A case of few rows, where nothing hangs on their number."""
    folder = tmp_path / "small"
    (folder / "inventory").mkdir(parents=True)
    header = "id: small\ntitle: A small register\nregimes: [cn-pipl]\nas_of: 2026-09-30\n"
    (folder / "case.yaml").write_text(header + "organisation: {name: Example Shop}\n", "utf-8")
    for name, text in SMALL.items():
        (folder / "inventory" / f"{name}.csv").write_text(text, "utf-8")
    return folder


def test_the_answer_names_every_report_with_its_digest(
    written: tuple[Path, dict[str, Any]],
) -> None:
    out, answer = written

    assert {(f["edition"], f["lang"], f["format"]) for f in answer["files"]} == {
        (edition, "en", ending) for edition in ("internal", "public") for ending in ("html", "json")
    }
    for file in answer["files"]:
        assert file["sha256"] == hashlib.sha256((out / file["path"]).read_bytes()).hexdigest()
    assert answer["not_published"] == 0


def test_the_manifest_covers_every_file_input_and_pack(
    written: tuple[Path, dict[str, Any]],
) -> None:
    out, _ = written
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    files = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}

    assert set(manifest["files"]) == files - {"manifest.json"}
    assert {"results/check.json", "results/ledger.json", "results/assess.json"} <= files
    assert {"working/1-inventory.html", "working/4-report.ipynb"} <= files
    digest = hashlib.sha256((MARKETPLACE / "case.yaml").read_bytes()).hexdigest()
    assert manifest["inputs"]["case.yaml"] == digest
    assert "cn-pipl" in {pack["id"] for pack in manifest["packs"]}
    assert (manifest["as_of"], manifest["seed"]) == ("2026-09-30", 1)


def test_the_public_manifest_tells_digests_of_inputs_without_names(
    written: tuple[Path, dict[str, Any]],
) -> None:
    out, _ = written
    text = (out / "public" / "manifest.json").read_text("utf-8")
    manifest = json.loads(text)

    assert set(manifest["files"]) == {"report.en.html", "report.en.json", "summary.json"}
    whole = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["inputs"] == sorted(whole["inputs"].values())
    assert "case.yaml" not in text


def test_another_folder_and_another_place_give_the_same_bytes(
    written: tuple[Path, dict[str, Any]], case: Path, tmp_path: Path
) -> None:
    first, _ = written
    second = tmp_path / "elsewhere"
    write_report(case, second, lang="en", formats="html,json")

    names = {p.relative_to(first) for p in first.rglob("*") if p.is_file()}
    assert names == {p.relative_to(second) for p in second.rglob("*") if p.is_file()}
    for name in sorted(names):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
        assert b"secret-folder-name" not in (second / name).read_bytes()


def test_a_case_with_issues_leaves_no_folder(case: Path, tmp_path: Path) -> None:
    place = tmp_path / "reports"
    with pytest.raises(InvalidData) as refused:
        write_report(spoil(case), place / "run", lang="en", formats="json")

    assert [issue.place.row for issue in refused.value.issues] == [2]
    assert not place.exists()


def test_what_leaves_rows_out_is_never_published(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    answer = write_report(spoil(small), out, lang="en", formats="json", keep_going=True)

    assert {file["edition"] for file in answer["files"]} == {"internal"}
    assert answer["not_published"] >= 1
    assert not (out / "public").exists()

    with pytest.raises(InvalidData, match="leaves bad rows out is never published"):
        write_report(small, tmp_path / "b", edition="public", keep_going=True)


def test_a_folder_with_other_content_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine", "utf-8")

    with pytest.raises(InvalidData, match="exists and is no earlier report of piaskit"):
        write_report(MARKETPLACE, tmp_path)

    assert [p.name for p in tmp_path.iterdir()] == ["note.txt"]


def test_a_report_never_replaces_its_case(case: Path) -> None:
    for out in (case, case.parent):
        with pytest.raises(InvalidData, match="the report folder would replace the case"):
            write_report(case, out)


def test_an_earlier_report_is_kept_unchanged_and_compared_with(small: Path, tmp_path: Path) -> None:
    place = tmp_path / "reports"
    out = place / "run"
    earlier = write_report(small, out, lang="en", formats="html,json")["edition"]

    answer = write_report(small, out, lang="en", formats="json", as_of=date(2026, 10, 31))

    assert sorted(p.name for p in place.iterdir()) == ["run", "run-editions"]
    assert [p.name for p in (place / "run-editions").iterdir()] == [earlier]
    assert verify_edition(place / "run-editions" / earlier).ok
    assert verify_edition(out).ok
    assert (answer["replaces"], answer["unchanged"]) == (earlier, False)
    assert {file["format"] for file in answer["files"]} == {"json"}
    previous = json.loads((out / "results" / "previous.json").read_text("utf-8"))
    assert previous["as_of"] == "2026-09-30"
    assert "2026-09-30" in (out / "internal" / "report.en.json").read_text("utf-8")


def test_a_night_without_change_makes_no_edition(
    written: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, first = written
    monkeypatch.setattr(drive, "run_notebook", lambda *_: pytest.fail("a kernel started"))
    answer = write_report(MARKETPLACE, out, lang="en", formats="html,json")

    assert (answer["unchanged"], answer["edition"]) == (True, first["edition"])
    assert answer["files"] == first["files"]
    assert not (out.parent / "run-editions").exists()


def test_an_unknown_format_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"expected one or more of .*did you mean html"):
        write_report(MARKETPLACE, tmp_path / "run", formats="htlm")

    assert not (tmp_path / "run").exists()


def test_without_its_last_cell_the_report_notebook_writes_no_edition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(find_notebooks(), tmp_path / "notebooks"))
    book = nbformat.read(folder / "4-report.ipynb", 4)
    book.cells = book.cells[:-1]
    nbformat.write(book, folder / "4-report.ipynb")
    monkeypatch.setattr(report, "find_notebooks", lambda: folder)

    new_case(tmp_path / "case")
    answer = write_report(tmp_path / "case", tmp_path / "run", lang="en", formats="json")

    assert answer["files"] == []
    assert not (tmp_path / "run" / "internal").exists()


def test_a_notebook_that_fails_leaves_no_folder_and_waits_for_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(find_notebooks(), tmp_path / "notebooks"))
    for name, last in (("1-inventory", "1 / 0"), ("2-risk", "import time; time.sleep(600)")):
        book = nbformat.read(folder / f"{name}.ipynb", 4)
        book.cells = [*book.cells[:2], nbformat.v4.new_code_cell(last)]
        nbformat.write(book, folder / f"{name}.ipynb")
    monkeypatch.setattr(report, "find_notebooks", lambda: folder)
    start = time.perf_counter()

    with pytest.raises(NotebookStopped, match=r"1-inventory.ipynb, cell 3: ZeroDivisionError"):
        write_report(MARKETPLACE, tmp_path / "reports" / "run", lang="en", formats="json")

    assert list((tmp_path / "reports").iterdir()) == []
    assert time.perf_counter() - start < 120
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("case", "asked", "said"),
    [
        (Path("no-such-case"), {}, "no-such-case: there is no such folder"),
        (MARKETPLACE, {"assessment": "asm-2062"}, "no assessment asm-2062"),
        (MARKETPLACE, {"method": "gbt3933"}, "did you mean gbt39335"),
    ],
)
def test_what_the_case_cannot_answer_is_refused_before_a_kernel_starts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    case: Path,
    asked: dict[str, str],
    said: str,
) -> None:
    monkeypatch.setattr(drive, "run_notebook", lambda *_: pytest.fail("a kernel started"))

    with pytest.raises(InvalidData, match=said):
        write_report(case, tmp_path / "run", **asked)

    assert list(tmp_path.iterdir()) == []


def test_a_report_folder_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drive, "run_notebook", lambda *_: pytest.fail("a kernel started"))
    (tmp_path / "file").write_text("mine", "utf-8")

    with pytest.raises(InvalidData) as refused:
        write_report(MARKETPLACE, tmp_path / "file" / "run")

    assert [(i.slug, i.place.file) for i in refused.value.issues] == [("cannot-write", "run")]


def test_a_run_that_is_told_to_end_answers_soon_and_leaves_nothing(tmp_path: Path) -> None:
    verb = [sys.executable, "-m", "piaskit", "report", str(MARKETPLACE), "--out"]
    spare = tmp_path / "spare"
    spare.mkdir()
    with subprocess.Popen(
        [*verb, str(tmp_path / "run")],
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(spare)},
    ) as running:
        while running.poll() is None and not list(tmp_path.glob(".run.*/piaskit-*")):
            time.sleep(0.01)
        start = time.perf_counter()
        running.terminate()
        _, said = running.communicate(timeout=60)

    assert running.returncode == 130
    assert time.perf_counter() - start < 30
    assert b"Traceback" not in said
    assert list(tmp_path.rglob("*")) == [spare]


@pytest.mark.parametrize("name", ["1-inventory", "2-risk", "4-report"])
def test_each_notebook_runs_alone_and_computes_what_is_absent(name: str, tmp_path: Path) -> None:
    given = {"case": str(MARKETPLACE), "out": str(tmp_path / "run"), "lang": "zh"}
    if name == "4-report":
        given |= {"formats": ["json"]}
    executed = notebooks.run_notebook(find_notebooks() / f"{name}.ipynb", given)

    results = {p.name for p in (tmp_path / "run" / "results").iterdir()}
    assert {"check.json", "inputs.json", "ledger.json", "screen.json"} <= results
    card = next(cell for cell in executed.cells if cell.get("outputs")).outputs[-1]
    assert "2026-09-30" in card.data["text/html"]
    assert "芯帆电子商城" in card.data["text/html"]
    shown = json.dumps(executed, ensure_ascii=False)
    assert str(tmp_path) not in shown
    assert "stderr" not in shown
