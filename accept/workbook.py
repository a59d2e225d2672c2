"""The workbook, both ways: generated cases, other programs in between, what an analyst sees."""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from accept.reports import scratch
from accept.row import ROOT, Measured, NotRun, need_tool, piaskit, row, run

TEST = ROOT / "tests" / "case" / "test_workbook.py"
CASES, RESAVED = 2_000, 50
SCREEN = ":97"
SHOTS = ROOT / ".accept"  # kept, to be looked at


def convert(files: list[Path], kind: str, folder: Path) -> list[Path]:
    """Have LibreOffice save files in another form; the first run of a profile takes a while."""
    soffice = need_tool("soffice")
    profile = f"-env:UserInstallation=file://{scratch() / 'office'}"
    done = run(soffice, profile, "--headless", "--convert-to", kind, "--outdir", folder, *files)
    made = [folder / f"{path.stem}.{kind.partition(':')[0]}" for path in files]
    missing = [path.name for path in made if not path.exists()]
    if missing:
        raise RuntimeError(f"not converted: {missing[:3]}: {done.stderr[-200:]}")
    return made


def generate(count: int, folder: Path) -> str:
    """Draw cases, write and read each one; returns the last line of the test.

    Each is a whole workbook, with notes and drop-downs, and is kept.
    """
    folder.mkdir(exist_ok=True)
    more = {"PIASKIT_EXAMPLES": str(count), "PIASKIT_KEEP_WORKBOOKS": str(folder)}
    done = run(
        sys.executable, "-m", "pytest", "-q", TEST, "-k", "comes_back_unchanged",
        env={**os.environ, **more},
    )  # fmt: skip
    return done.stdout.strip().splitlines()[-1]


@row("Export then import of 2,000 generated cases loses nothing", f"{CASES:,} cases, no loss")
def round_trip() -> Measured:
    folder = scratch() / "generated"
    last = generate(CASES, folder)
    done, kept = (len(list(folder.glob(f"*.{kind}"))) for kind in ("done", "xlsx"))
    told = f"{done:,} cases written and read, {kept} with notes and drop-downs; {last}"
    return told, min(done, kept) >= CASES and "failed" not in last


@row("Generated cases saved again by LibreOffice read the same", f"{RESAVED} cases, no loss")
def round_trip_libreoffice() -> Measured:
    need_tool("soffice")
    folder = scratch() / "generated"
    if len(list(folder.glob("*.xlsx"))) < RESAVED:
        generate(RESAVED, folder)
    found = sorted(folder.glob("*.xlsx"))
    chosen = found[:: max(len(found) // RESAVED, 1)][:RESAVED]
    saved = scratch() / "resaved"
    saved.mkdir(exist_ok=True)
    made = convert(chosen, "xlsx:Calc MS Excel 2007 XML", saved)
    lost = [line for path in made for line in compare(path, folder)]
    told = f"{len(made)} saved again, {len(lost)} losses"
    return told + (f": {lost[:3]}" if lost else ""), len(made) == RESAVED and not lost


def compare(path: Path, folder: Path) -> Iterator[str]:
    """Yield what a workbook says otherwise than the frames it was written from."""
    from piaskit.case import check_case, new_case

    case = scratch() / "again"
    if not case.exists():
        new_case(case)
    shutil.copy(path, case / "inventory.xlsx")
    check = check_case(case, as_of=date(2026, 3, 1))
    yield from (f"{path.name}: {issue}" for issue in check.issues)
    expected = pickle.loads((folder / f"{path.stem}.pickle").read_bytes())
    for name, frame in expected.items():
        for column in frame.columns if len(frame) and check.case else ():
            read = check.case.frames[name]
            same = column in read and frame[column].equals(read[column])
            if not same and frame[column].notna().any():
                yield f"{path.name}: {name}.{column}"


@row("Marks of a check survive LibreOffice, and the copy reads like the original", "equal issues")
def marks_libreoffice() -> Measured:
    import openpyxl

    from piaskit.case import check_case, new_case

    case = scratch() / "spoiled"
    shutil.rmtree(case, ignore_errors=True)
    new_case(case, "marketplace")
    book = openpyxl.load_workbook(case / "inventory.xlsx")
    book["数据流"]["C5"], book["数据流"]["G6"] = "收集集", "100万"
    book.save(case / "inventory.xlsx")
    marked = scratch() / "marked.xlsx"
    issues = check_case(case, marked=marked).issues
    saved = scratch() / "marked-again"
    saved.mkdir(exist_ok=True)
    (again,) = convert([marked], "xlsx:Calc MS Excel 2007 XML", saved)
    notes = [c.comment for r in openpyxl.load_workbook(again)["数据流"].iter_rows() for c in r]
    ours = [note.text for note in notes if note and "[unknown-value]" in note.text]
    shutil.copy(again, case / "inventory.xlsx")
    same = [str(issue) for issue in check_case(case).issues] == [str(issue) for issue in issues]
    told = f"{len(issues)} issues, equal after saving: {same}; note kept: {len(ours) == 1}"
    return told, same and len(ours) == 1 and len(issues) == 2


@row("A drop-down and a note of the workbook are seen in LibreOffice", "two screenshots to look at")
def drop_down_seen() -> Measured:
    xvfb, xdotool, shot = need_tool("Xvfb"), need_tool("xdotool"), need_tool("import")
    soffice = need_tool("soffice")
    import subprocess

    case = scratch() / "seen"
    shutil.rmtree(case, ignore_errors=True)
    done = piaskit("new", case, "--from", "marketplace")
    if done.returncode:
        return done.stderr[-200:], False
    screen = {**os.environ, "DISPLAY": SCREEN, "SAL_USE_VCLPLUGIN": "gen"}
    server = subprocess.Popen([xvfb, SCREEN, "-screen", "0", "1600x900x24"])
    profile = f"-env:UserInstallation=file://{scratch() / 'office-seen'}"
    words = [soffice, profile, "--norestore", "--nologo", "--calc", case / "inventory.xlsx"]
    office = subprocess.Popen([str(word) for word in words], env=screen)
    pictures = [SHOTS / "drop-down.png", SHOTS / "note.png"]
    SHOTS.mkdir(parents=True, exist_ok=True)
    try:
        for _ in range(120):
            time.sleep(1)
            listed = run(xdotool, "search", "--name", "inventory.xlsx", env=screen).stdout.split()
            if listed:
                break
        else:
            raise NotRun("LibreOffice did not open its window within two minutes")
        time.sleep(8)
        window = listed[-1]
        run(xdotool, "windowfocus", window, env=screen)
        for keys in SHOW_DROP_DOWN:
            _press(xdotool, keys, screen)
        run(shot, "-window", "root", pictures[0], env=screen)
        for keys in SHOW_NOTE:
            _press(xdotool, keys, screen)
        run(shot, "-window", "root", pictures[1], env=screen)
    finally:
        office.terminate()
        server.terminate()
    told = ", ".join(str(picture) for picture in pictures)
    seen = {picture.read_bytes() for picture in pictures if picture.exists()}
    return f"look at {told}", len(seen) == 2


# Keys; a number waits so many seconds. C4 is the stage of the first flow, C1 its header.
SHOW_DROP_DOWN = (
    *["ctrl+Next"] * 5, 2, "ctrl+Home", *["Down"] * 3, *["Right"] * 2, 1, "alt+Down", 3,
)  # fmt: skip
SHOW_NOTE = ("Escape", 1, "Up", "Up", "Up", 1, "ctrl+F1", 3)


def _press(xdotool: str, keys: str | int, screen: dict[str, str]) -> None:
    if isinstance(keys, int):
        time.sleep(keys)
    else:
        run(xdotool, "key", keys, env=screen)
        time.sleep(0.5)
