"""Unattended runs: engines, portfolios, kills, Dask, recipes."""

from __future__ import annotations

import ctypes
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from accept.reports import scratch
from accept.row import MARKETPLACE, ROOT, Measured, NotRun, need_tool, piaskit, row, run

ASKED = ("--lang", "en", "--formats", "json", "--as-of", "2026-09-30")
NOTEBOOKS = ("1-inventory", "2-risk", "3-tabletop", "4-report")
KILLS = int(os.environ.get("PIASKIT_KILLS", "100"))
TURNS = 5  # of a report and an empty notebook
LEFT_OVER = 2.0  # seconds for processes to end of which nobody needs anything more
CASES = int(os.environ.get("PIASKIT_CASES", "1000"))


def make_cases(name: str, number: int, sources: Sequence[Path] = ()) -> Path:
    """Make cases that differ: copies of the sources in turn; of a blank one without any."""
    root, blank = scratch() / name, scratch() / "blank"
    if not blank.exists():
        piaskit("new", blank)
    for at in range(number):
        case = root / f"g{at % 7}" / f"c{at:04}"
        if case.exists():
            continue
        shutil.copytree(sources[at % len(sources)] if sources else blank, case)
        text = (case / "case.yaml").read_text("utf-8")
        (case / "case.yaml").write_text(text + f"\n# {at}\n", "utf-8")
    return root


def settle(told: str, good: bool, number: int, wanted: int) -> Measured:
    """Give the verdict; what holds with fewer than are asked for is no proof, and is not run."""
    if good and number < wanted:
        raise NotRun(f"only {number} of {wanted} were tried, which held: {told}")
    return told, good


def read_tree(folder: Path) -> dict[str, bytes]:
    """Return what runs must have in common: all files but logs and locks."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] != "runs"
    }


def measure_cpu(work: Callable[[], Any]) -> tuple[float, float]:
    """Return wall seconds of a piece of work, and processor seconds of it and all it started."""

    def used() -> float:
        both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in both)

    if sys.platform == "linux":
        adopt = 36  # PR_SET_CHILD_SUBREAPER: processes whose parent ended are counted, too
        ctypes.CDLL(None).prctl(adopt, 1, 0, 0, 0)
    before, started = used(), time.perf_counter()
    work()
    wall = time.perf_counter() - started
    with suppress(ChildProcessError):
        while time.perf_counter() < started + wall + LEFT_OVER:
            if not os.waitpid(-1, os.WNOHANG)[0]:
                time.sleep(0.01)
    return wall, used() - before


def _time_engine(engine: str, limit: float) -> Measured:
    """Time reports and empty notebooks by turns, and compare the middle ones."""
    import nbformat

    book = nbformat.v4.new_notebook()
    book.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
    }
    path = scratch() / "empty.ipynb"
    nbformat.write(book, path)
    everything = ("--lang", "both", "--formats", "html,pdf,xlsx,docx,json")

    def run_empty() -> None:
        run(sys.executable, "-m", "papermill", path, scratch() / "empty-out.ipynb")

    def write() -> None:
        out = scratch() / f"timed-{engine}"
        shutil.rmtree(out, ignore_errors=True)
        done = piaskit("report", MARKETPLACE, "--out", out, "--engine", engine, *everything)
        if done.returncode:
            raise RuntimeError(done.stderr[-500:])

    run_empty()  # warms the caches
    write()
    pairs = [(measure_cpu(run_empty), measure_cpu(write)) for _ in range(TURNS)]
    empty, got = (
        [median(seconds) for seconds in zip(*side, strict=True)]
        for side in zip(*pairs, strict=True)
    )
    each = ", ".join(f"{report[0] / alone[0]:.1f}" for alone, report in pairs)
    wall, cpu = got[0] / empty[0], got[1] / empty[1]
    told = (
        f"{wall:.1f}x in wall time ({got[0]:.2f} s, empty notebook {empty[0]:.2f} s, medians of "
        f"{TURNS} by turns: {each}), {cpu:.1f}x in CPU ({got[1]:.1f} s, {empty[1]:.1f} s); "
        f"load {os.getloadavg()[0]:.1f}"
    )
    return told, wall <= limit


@row(
    "report of the marketplace, both editions and languages, all formats, warm, fork engine, "
    "against papermill on an empty notebook in the same run",
    "<= 6x its wall time",
)
def one_report_forked() -> Measured:
    return _time_engine("fork", 6)


@row("The same with the default kernel", "<= 12x its wall time")
def one_report_kernel() -> Measured:
    return _time_engine("kernel", 12)


@row(
    "Each notebook of the marketplace by fork and by kernel: copies and results",
    "equal bytes, notebook by notebook",
)
def engines_equal() -> Measured:
    import nbformat

    from piaskit.runs.notebooks import find_notebooks, run_notebook

    differ = []
    for name in NOTEBOOKS:
        made = {}
        for engine in ("fork", "kernel"):
            out = scratch() / f"equal-{engine}"
            given = {"case": str(MARKETPLACE), "out": str(out)}
            book = run_notebook(find_notebooks() / f"{name}.ipynb", given, engine)
            made[engine] = nbformat.writes(book)
        differ += [name] if made["fork"] != made["kernel"] else []
    trees = [read_tree(scratch() / f"equal-{engine}") for engine in ("fork", "kernel")]
    differ += sorted(n for n in trees[0] | trees[1] if trees[0].get(n) != trees[1].get(n))
    return f"{len(NOTEBOOKS)} notebooks, {len(trees[0])} files, differ: {differ}", not differ


@row("Dask with 1, 2 and 3 workers and none: all files of a portfolio", "equal bytes")
def dask_equal() -> Measured:
    root = make_cases("dask", 4)
    trees = []
    for workers in ("0", "1", "2", "3"):
        out = scratch() / f"dask-{workers}"
        more = () if workers == "0" else ("--workers", workers)
        done = piaskit("portfolio", root, "--out", out, *ASKED, *more)
        if done.returncode:
            raise RuntimeError(done.stdout[-300:] + done.stderr[-300:])
        trees.append(read_tree(out))
    differ = sorted(
        n for tree in trees[1:] for n in tree | trees[0] if tree.get(n) != trees[0].get(n)
    )
    return f"4 cases, {len(trees[0])} files each, differ: {differ[:5]}", not differ


@row(
    "Response trials (100,000), plays (2,000) and years of losses (300,000) of the marketplace on "
    "a Dask cluster of 1, 2 and 3 workers, and on none",
    "equal bytes",
)
def simulations_shared() -> Measured:
    from distributed import LocalCluster

    asked = {
        "exercise": ("rented-courier-account", "--case", MARKETPLACE, "--runs", "2000",
                     "--trials", "100000"),
        "quantify": (MARKETPLACE, "--iterations", "300000"),
    }  # fmt: skip

    def ask(*more: str) -> dict[str, str]:
        told = {}
        for verb, words in asked.items():
            done = piaskit(verb, *words, "--as-of", "2026-09-30", "--json", *more)
            if done.returncode:
                raise RuntimeError(done.stderr[-300:])
            told[verb] = done.stdout
        return told

    alone, differ, used = ask(), [], []
    for workers in (1, 2, 3):
        with LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster:
            shared = ask("--scheduler", cluster.scheduler_address)
            used.append(len(cluster.scheduler.workers))
        differ += [f"{verb} on {workers}" for verb in asked if shared[verb] != alone[verb]]
    sizes = {verb: len(text) for verb, text in alone.items()}
    return f"{sizes} characters, on {used} workers, differ: {differ}", not differ


@row("A Dask worker is killed in the middle", "no case lost, files equal to an undisturbed run")
def dask_killed() -> Measured:
    from piaskit.runs import portfolio

    root, out = make_cases("dask", 4), scratch() / "dask-killed"
    calm = scratch() / "dask-0"
    if not calm.exists():
        piaskit("portfolio", root, "--out", calm, *ASKED)
    killed = []
    opened = portfolio.open_client

    def open_and_kill(*words: Any) -> Any:
        import threading
        from contextlib import contextmanager

        @contextmanager
        def wrap() -> Any:
            with opened(*words) as client:
                pids = client.run(os.getpid)

                def kill() -> None:
                    while not any(out.glob("state/**/state.json")):  # of the first case done
                        time.sleep(0.05)
                    busy = [name for name, tasks in client.processing().items() if tasks]
                    os.kill(pids[busy[0]], signal.SIGKILL)
                    killed.append(busy[0])

                threading.Thread(target=kill, daemon=True).start()
                yield client

        return wrap()

    portfolio.open_client = open_and_kill
    try:
        answer = portfolio.run_portfolio(
            root, out, workers=2, lang="en", formats="json", as_of="2026-09-30"
        )
    finally:
        portfolio.open_client = opened
    states = [case["status"] for case in answer["cases"]]
    ours, theirs = read_tree(out), read_tree(calm)
    differ = sorted(n for n in ours | theirs if ours.get(n) != theirs.get(n))
    told = f"{len(killed)} worker killed, {states}, {len(differ)} files differ {differ[:3]}"
    return told, bool(killed) and set(states) == {"done"} and not differ


@row("Small cases in one portfolio: all finish, memory of the scheduling process", "1,000, flat")
def portfolio_many() -> Measured:
    root, out = make_cases("many", CASES), scratch() / "many-out"
    words = [sys.executable, "-m", "piaskit", "portfolio", root, "--out", out, *ASKED, "--json"]
    words += ["--edition", "internal"]
    seen: list[int] = []
    with (
        tempfile.TemporaryFile() as told,
        subprocess.Popen(list(map(str, words)), cwd=ROOT, stdout=told) as going,
    ):
        while going.poll() is None:
            status = Path(f"/proc/{going.pid}/status")
            if not status.exists():
                raise NotRun("memory is read from /proc")
            lines = [line for line in status.read_text().splitlines() if line.startswith("VmRSS")]
            seen += [int(lines[0].split()[1]) // 1024] if lines else []
            time.sleep(1)
        told.seek(0)
        answer = json.loads(told.read())
    done = sum(case["status"] == "done" for case in answer["cases"])
    part = max(len(seen) // 4, 1)
    early, late = max(seen[part : 2 * part] or seen), max(seen[-part:])
    summed = f"{done} of {CASES} done in {answer['seconds']:.0f} s, {early} MiB, then {late} MiB"
    return settle(summed, done == CASES and late <= early * 1.1 + 10, CASES, 1000)


@row(
    "The portfolio process is killed at random moments; the next run against an undisturbed one",
    "100 kills, the next run completes, 0 files differ",
)
def portfolio_killed() -> Measured:
    root = make_cases("killed", 2)
    calm = scratch() / "killed-calm"
    started = time.perf_counter()
    piaskit("portfolio", root, "--out", calm, *ASKED)
    whole = time.perf_counter() - started
    wanted, bad, left = read_tree(calm), [], 0
    chance = random.Random(12)
    out = scratch() / "killed-out"
    words = [sys.executable, "-m", "piaskit", "portfolio", root, "--out", out, *ASKED]
    for at in range(KILLS):
        if at % 5 == 0:
            shutil.rmtree(out, ignore_errors=True)
        with subprocess.Popen(list(map(str, words)), cwd=ROOT, stdout=subprocess.DEVNULL) as going:
            time.sleep(chance.uniform(0.2, whole * 1.05))
            going.kill()
        if at % 5 == 4:
            done = piaskit("portfolio", root, "--out", out, *ASKED)
            found = read_tree(out)
            differ = [n for n in found | wanted if found.get(n) != wanted.get(n)]
            bad += [(at, done.returncode, differ[:3])] if done.returncode or differ else []
            left += sum(1 for _ in out.glob(".*"))
    told = f"{KILLS} kills, {KILLS // 5} runs after them, bad: {bad[:3]}, {left} left-overs"
    return settle(told, not bad and not left, KILLS, 100)


@row("Two portfolios at once over the same cases", "every case done once, files as of one run")
def portfolio_twice() -> Measured:
    root, out = make_cases("twice", 6), scratch() / "twice-out"
    words = [sys.executable, "-m", "piaskit", "portfolio", root, "--out", out, *ASKED, "--json"]
    both = [
        subprocess.Popen(list(map(str, words)), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [json.loads(one.communicate()[0]) for one in both]
    done = [c["id"] for answer in answers for c in answer["cases"] if c["status"] == "done"]
    failed = [c for answer in answers for c in answer["cases"] if c["status"] == "failed"]
    calm = scratch() / "twice-calm"
    piaskit("portfolio", root, "--out", calm, *ASKED)
    ours, theirs = read_tree(out), read_tree(calm)
    differ = [n for n in ours | theirs if ours.get(n) != theirs.get(n)]
    told = f"6 cases, done {len(done)} times, {len(failed)} failed, {len(differ)} files differ"
    return told, sorted(done) == sorted(set(done)) and len(done) == 6 and not failed and not differ


@row("The disk is full in the middle of a portfolio", "nothing half, the next run completes")
def disk_full() -> Measured:
    need_tool("mount")
    place = scratch() / "full"
    place.mkdir()
    if run("mount", "-t", "tmpfs", "-o", "size=1600k", "tmpfs", place).returncode:
        raise NotRun("a file system of limited size cannot be mounted here")
    try:
        root, out = make_cases("killed", 2), place / "out"
        first = piaskit("portfolio", root, "--out", out, *ASKED, "--jobs", "1")
        whole = [p for p in out.glob("cases/*/*") if not p.name.startswith(".")]
        sound = [p.name for p in whole if piaskit("verify", p).returncode == 0]
        run("mount", "-o", "remount,size=200m", place)
        second = piaskit("portfolio", root, "--out", out, *ASKED)
        calm = scratch() / "full-calm"
        piaskit("portfolio", root, "--out", calm, *ASKED)
        ours, theirs = read_tree(out), read_tree(calm)
        differ = [n for n in ours | theirs if ours.get(n) != theirs.get(n)]
    finally:
        run("umount", place)
    told = (
        f"full: exit {first.returncode}, {len(whole)} reports there, {len(sound)} sound; after: "
        f"exit {second.returncode}, {len(differ)} files differ"
    )
    good = first.returncode == 1 and len(whole) == len(sound) and second.returncode == 0
    return told, good and not differ
