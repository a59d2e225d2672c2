"""Seals and announcements: killed at any moment, published twice at once, touched by one byte."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

from accept.axe import ask_axe, find_axe
from accept.reports import marketplace, scratch
from accept.row import ROOT, Measured, NotRun, row, run

POINTS = 50
BYTES = 400
# Kills itself at the n-th thing it asks of the system; without n it tells how many there are.
KILLED = """
import os, signal, sys
from datetime import date
n, verb, *words = sys.argv[1:]
seen = 0
watched = {"open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.link", "os.listdir",
           "shutil.copyfile", "shutil.rmtree", "ctypes.dlsym", "os.utime"}
def count(event, args):
    global seen
    if event in watched:
        seen += 1
        if int(n) and seen == int(n):
            os.kill(os.getpid(), signal.SIGKILL)
if verb == "publish":
    import piaskit
    from piaskit.publication import pages, site
    sys.addaudithook(count)
    piaskit.publish_edition(words[0], words[1], as_of=date(2026, 10, 10))
else:
    from pathlib import Path
    import shutil
    from piaskit.runs import report
    def settle_finished(asked, work, *rest):
        shutil.copytree(words[2], work, dirs_exist_ok=True)
    report._run_all = settle_finished
    sys.addaudithook(count)
    report.write_report(words[0], words[1], edition="both", lang="en", formats="html,json",
                        as_of=words[3])
print(seen)
"""


def act(at: int, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-c", KILLED, str(at), *words)


@cache
def two_states() -> tuple[Path, Path, Path]:
    """A case, and its finished but unsealed runs of two days."""
    import piaskit
    from piaskit.publication.seal import MANIFEST, SIGNATURE

    case = scratch() / "small-case"
    piaskit.new_case(case)
    made = []
    for day in ("2026-09-30", "2026-10-31"):
        out = scratch() / f"finished-{day}"
        piaskit.write_report(case, out, lang="en", formats="html,json", as_of=day)
        for name in (MANIFEST, SIGNATURE):
            for path in out.rglob(name):
                path.unlink()
        shutil.rmtree(out / "internal" / "inputs")
        made.append(out)
    return case, made[0], made[1]


def _tell_state(folder: Path) -> str:
    """Return the edition or register of a folder, or what is wrong with it."""
    from piaskit import verify_edition

    if not folder.exists():
        return "nothing"
    answer = verify_edition(folder)
    if not answer.ok:
        return f"broken: {answer.problems[0]}"
    register = folder / "site.json"
    if register.is_file():
        return str(len(json.loads(register.read_text("utf-8"))["reports"]))
    return str(json.loads((folder / "manifest.json").read_text("utf-8"))["edition"])


@row(
    f"Killed at {POINTS} random points of report and publish: the old or the new state, and the "
    "next run goes through",
    f"{POINTS} of {POINTS}",
)
def killed_anywhere() -> Measured:
    chance, good, wrong, killed = random.Random(11), 0, [], 0
    case, first, second = two_states()
    base = scratch() / "killed"
    out, site = base / "out", base / "site"
    act(0, "report", case, out, first, "2026-09-30")
    old = _tell_state(out)
    act(0, "publish", out, site)
    for verb in ("report", "publish"):
        place = out if verb == "report" else site
        words = (
            ("report", case, out, second, "2026-10-31")
            if verb == "report"
            else ("publish", out, site)
        )
        kept = base / f"kept-{verb}"
        shutil.copytree(base, kept, ignore=shutil.ignore_patterns("kept-*"))
        before = _tell_state(place)
        total = int(act(0, *words).stdout.strip() or 0)
        after = _tell_state(place)
        for _ in range(POINTS // 2):
            for part in ("out", "out-editions", "site"):
                shutil.rmtree(base / part, ignore_errors=True)
                if (kept / part).exists():
                    shutil.copytree(kept / part, base / part)
            done = act(chance.randint(1, total), *words)
            killed += done.returncode == -signal.SIGKILL
            state = _tell_state(place)
            again = act(0, *words)
            ended = _tell_state(place)
            left = sorted(p.name for p in base.iterdir() if p.name.startswith(f".{place.name}."))
            fine = state in (before, after) and ended == after and not left
            good += fine and again.returncode == 0
            if not fine:
                wrong.append(f"{verb}: {state}, then {ended} {left} {again.stderr[-120:]}")
        print(f"{verb}: {total} points", file=sys.stderr)
    told = f"{good} of {POINTS}, {killed} of them killed while running; {wrong[:3] or ''} old {old}"
    return told, good == POINTS and killed >= POINTS - 2


@row("Eight publishers at once, each with an edition of its own", "8 of 8 on the site, verified")
def publishers_at_once() -> Measured:
    import piaskit
    from piaskit.publication.seal import seal_edition

    case, first, _ = two_states()
    base = scratch() / "at-once"
    reports = []
    for number in range(1, 9):
        report = base / f"r{number}"
        act(0, "report", case, report, first, "2026-09-30")
        for path in report.rglob("manifest.json"):
            path.unlink()
        summary = report / "public" / "summary.json"
        text = summary.read_text("utf-8").replace("2026-09-30", f"2026-0{number}-01")
        summary.write_text(text, "utf-8")
        head = {"piaskit": "0", "schema": 1, "as_of": f"2026-0{number}-01", "seed": 1}
        seal_edition(report, head, options={}, found="", inputs={}, packs=[])
        reports.append(report)
    verb = [sys.executable, "-m", "piaskit", "publish"]
    running = [
        subprocess.Popen([*verb, str(r), "--site", str(base / "site")], cwd=ROOT) for r in reports
    ]
    codes = [process.wait() for process in running]
    register = json.loads((base / "site" / "site.json").read_text("utf-8"))
    there = {entry["as_of"] for entry in register["reports"]}
    sound = piaskit.verify_edition(base / "site").ok
    told = f"{len(there)} of 8 on the site, exits {sorted(set(codes))}, verified {sound}"
    return told, len(there) == 8 and sound and set(codes) == {0}


@cache
def announced() -> Path:
    """The worked case on a site, with an earlier edition withdrawn and a notice."""
    from datetime import date

    import piaskit

    case, first, _ = two_states()
    site, small = scratch() / "announced", scratch() / "small-report"
    act(0, "report", case, small, first, "2026-09-30")
    gone = piaskit.publish_edition(small, site, as_of=date(2026, 10, 1))
    piaskit.publish_edition(marketplace(), site, as_of=date(2026, 10, 10))
    notice = scratch() / "notice.yaml"
    notice.write_text(
        "id: fake-support-calls\ntitle: {en: Fake support calls, zh: 冒充客服的电话}\n"
        "risk: {en: Somebody asks for codes., zh: 有人索要验证码。}\n"
        "advice: [{en: Tell nobody., zh: 不要透露。}]\n",
        "utf-8",
    )
    piaskit.announce_notice(notice, site, as_of=date(2026, 10, 12))
    piaskit.withdraw_edition(gone.id, site, reason="A trial", as_of=date(2026, 10, 13))
    return site


@row(f"{BYTES} single bytes changed in a report folder and a site, a file added, one removed",
     "verify names each file")  # fmt: skip
def bytes_changed() -> Measured:
    from piaskit import verify_edition

    chance, found, wrong, tried = random.Random(5), 0, [], 0
    for name, source in (("report", two_states()[0]), ("site", announced())):
        place = scratch() / f"bytes-{name}"
        if name == "report":
            act(0, "report", source, place, two_states()[1], "2026-09-30")
        else:
            shutil.copytree(source, place)
        files = sorted(p for p in place.rglob("*") if p.is_file())
        for turn in range(BYTES // 2):
            path = files[turn % len(files)]
            data = path.read_bytes()
            at = chance.randrange(len(data))
            path.write_bytes(
                data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
            )
            told = {p.file for p in verify_edition(place).problems}
            tried += 1
            hit = path.relative_to(place).as_posix() in told
            found += hit
            if not hit:
                wrong.append(f"{path.name} at {at}")
            path.write_bytes(data)
        (place / "added.txt").write_text("x", "utf-8")
        files[0].rename(place.parent / "taken-away")
        kinds = {p.kind for p in verify_edition(place).problems}
        (place.parent / "taken-away").rename(files[0])
        if not {"added", "missing"} <= kinds:
            wrong.append(f"{name}: {kinds}")
    return f"{found} of {tried} named; {wrong[:3] or 'none missed'}", found == tried and not wrong


@row("Links of the site lead somewhere; its feeds are valid", "0 broken, 0 remarks")
def site_links_and_feeds() -> Measured:
    from piaskit.publication.pages import check_links

    site = announced()
    broken = check_links(site)
    remarks = []
    try:
        import feedparser
    except ImportError:
        raise NotRun("feedparser is not installed: pip install feedparser") from None
    entries = 0
    for feed in sorted(site.glob("feed.*.xml")):
        read = feedparser.parse(feed.read_bytes())
        entries += len(read.entries)
        remarks += [str(read.bozo_exception)] if read.bozo else []
        if read.version != "atom10":
            remarks.append(f"{feed.name} is {read.version}")
        for part in (read.feed, *read.entries):
            remarks += [
                f"{feed.name}: no {k}" for k in ("id", "title", "updated") if not part.get(k)
            ]
        ids = [entry.id for entry in read.entries]
        remarks += [f"{feed.name}: an id twice"] if len(set(ids)) < len(ids) else []
        if not read.feed.get("author") or not any(k.rel == "self" for k in read.feed.links):
            remarks.append(f"{feed.name}: no author or no link to itself")
    pages = len(list(site.rglob("*.html")))
    return f"{pages} pages, {entries} entries; broken {broken}, remarks {remarks}", (
        not broken and not remarks and entries >= 6
    )


@row("axe-core in chromium, 1000 and 320 pixels wide: reports, working papers and the site",
     "no violation, nothing wider than the window")  # fmt: skip
def pages_accessible() -> Measured:
    find_axe()
    reports = marketplace()
    pages = sorted({*reports.glob("*/report.*.html"), *reports.glob("working/*.html")})
    pages += sorted(p for p in announced().rglob("*.html") if p.parent.name != "sealed")
    wrong, passed = [], 0
    for page in pages:
        for width in (1000, 320):
            said = ask_axe(page, width)
            passed += said["passed"]
            where = f"{page.parent.name}/{page.name} at {width}"
            wrong += [f"{where}: {v[0]} ({v[2]}) {v[3][:90]}" for v in said["violations"]]
            if said["wide"] > 0:
                wrong.append(f"{where}: {said['wide']} px too wide")
    told = f"{len(pages)} pages, {passed} rules passed; {len(wrong)} remarks {wrong[:4]}"
    return told, not wrong
