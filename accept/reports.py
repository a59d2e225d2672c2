"""The reports: speed, equal bytes, what other programs make of them."""

from __future__ import annotations

import atexit
import json
import re
import shutil
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

from accept.row import MARKETPLACE, Measured, need_tool, piaskit, row, run


@cache
def scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="piaskit-accept-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def write(case: Path, name: str, *options: str) -> tuple[Path, float]:
    out = scratch() / name
    started = time.perf_counter()
    done = piaskit("report", case, "--out", out, *options)
    if done.returncode:
        raise RuntimeError(done.stdout[-300:] + done.stderr[-600:])
    return out, time.perf_counter() - started


@cache
def marketplace() -> Path:
    return write(MARKETPLACE, "marketplace")[0]


def _count_flows() -> int:
    answer = json.loads(piaskit("check", MARKETPLACE, "--json").stdout)
    return int(answer["counts"]["flows"])


def _time_report(*options: str, limit: float) -> Measured:
    marketplace()  # warms the caches
    seconds = write(MARKETPLACE, "timed", "--formats", "html,pdf,xlsx", *options)[1]
    return f"{seconds:.1f} s, {_count_flows()} flows", seconds <= limit


@row("Both editions in one language, warm, html pdf xlsx", "<= 20 s on 2 cores")
def speed_one_language() -> Measured:
    return _time_report("--lang", "zh", limit=20)


@row("Both editions in both languages, warm, html pdf xlsx", "<= 40 s on 2 cores")
def speed_both_languages() -> Measured:
    return _time_report("--lang", "both", limit=40)


@row(
    "Same inputs, same bytes: every file of the report folder, twice, from another folder",
    "0 differ",
)
def equal_bytes() -> Measured:
    moved = scratch() / "moved-case"
    shutil.copytree(MARKETPLACE, moved, dirs_exist_ok=True)
    first, second = marketplace(), write(moved, "again")[0]
    names = {p.relative_to(f) for f in (first, second) for p in f.rglob("*") if p.is_file()}
    differ = [
        str(name)
        for name in sorted(names)
        if not ((first / name).is_file() and (second / name).is_file())
        or (first / name).read_bytes() != (second / name).read_bytes()
    ]
    return f"{len(names)} files, {len(differ)} differ {differ[:5]}", not differ


@row("`piaskit --help` imports neither pandas nor matplotlib", "0 of them")
def light_help() -> Measured:
    code = (
        "import sys; sys.argv = ['piaskit', '--help']\n"
        "from piaskit.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('pandas', 'matplotlib', 'pydantic', 'numpy') if m in sys.modules])"
    )
    started = time.perf_counter()
    last = run(sys.executable, "-c", code).stdout.strip().splitlines()[-1]
    return f"{last}, {time.perf_counter() - started:.2f} s", last == "[]"


@row("PDFs are tagged, all fonts embedded, their text extracts in zh and en", "4 of 4 files")
def pdf_facts() -> Measured:
    tools = [need_tool(name) for name in ("pdfinfo", "pdffonts", "pdftotext")]
    good, told = 0, []
    for path in sorted(marketplace().glob("*/report.*.pdf")):
        facts, fonts = run(tools[0], path).stdout, run(tools[1], path).stdout
        text = run(tools[2], path, "-").stdout
        tagged = bool(re.search(r"^Tagged:\s+yes", facts, re.MULTILINE))
        pages = re.search(r"^Pages:\s+(\d+)", facts, re.MULTILINE)
        rows = fonts.strip().splitlines()[2:]
        embedded = bool(rows) and all(line.split()[-5] == "yes" for line in rows)
        speaks = (
            "个人信息" in text if ".zh." in path.name else "personal information" in text.lower()
        )
        good += tagged and embedded and speaks
        told.append(f"{path.parent.name}/{path.name}: {pages[1] if pages else '?'} pages")
        if not (tagged and embedded and speaks):
            told.append(f"tagged={tagged} embedded={embedded} text={speaks}")
    return f"{good} of {len(told)}; " + "; ".join(told), good == 4


@row("Workbooks open in LibreOffice and become pages", "4 of 4 files")
def workbook_opens() -> Measured:
    office = need_tool("soffice")
    good = 0
    for path in sorted(marketplace().glob("*/report.*.xlsx")):
        target = scratch() / "office" / path.parent.name
        home = f"-env:UserInstallation=file://{scratch()}/office-home"
        run(
            office, home, "--headless", "--convert-to", "pdf", "--outdir", target, path, timeout=180
        )
        made = target / f"{path.stem}.pdf"
        good += made.is_file() and made.stat().st_size > 2000
    return f"{good} of 4", good == 4


@row("HTML needs no network: no script, no address loaded", "0 references")
def html_alone() -> Measured:
    loads = re.compile(
        r"<script|<link[^>]+href|<iframe|src=[\"'](?!data:)|@import|url\((?!data:|#)", re.IGNORECASE
    )
    found = [
        f"{path.parent.name}/{path.name}: {match[0]}"
        for path in sorted(marketplace().rglob("*.html"))
        for match in [loads.search(path.read_text("utf-8"))]
        if match
    ]
    return f"{len(found)} {found[:3]}", not found
