"""Incidents live: drafts of notices, reach, intake, the breach register."""

from __future__ import annotations

import json
import re
import shutil
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from accept.reports import scratch
from accept.row import MARKETPLACE, Measured, piaskit, row

DAY = date(2026, 11, 12)
BLANK = re.compile(r"\[(?:to be completed|to be translated|待补充|待翻译)")
# What a cold reader asks, by the heading under which a letter to a person answers.
QUESTIONS = {
    "en": {
        "what happened": ("What happened",),
        "what it means for me": ("What it may mean", "What does it mean"),
        "what was done": ("What we have done", "What has been done"),
        "what shall I do": ("What you can do", "What should I do"),
        "whom do I ask": ("Whom to ask", "Whom can I ask"),
    },
    "zh": {
        "what happened": ("发生了什么",),
        "what it means for me": ("有什么影响", "可能的影响"),
        "what was done": ("已经采取的措施", "已经做了什么", "已采取的措施"),
        "what shall I do": ("保护自己", "我该怎么做", "一起这样做"),
        "whom do I ask": ("联系我们", "我可以问谁", "联系谁"),
    },
}


def _draft(path: Path) -> Any:
    import piaskit as product

    case = product.read_case(MARKETPLACE, as_of=DAY)
    decision = product.decide_incident(product.read_facts(path, case.knowledge), case.knowledge)
    return decision, product.draft_notices(decision, case, as_of=DAY)


def _list_incidents() -> list[Path]:
    return sorted((MARKETPLACE / "incidents").glob("*.yaml"))


@row("Letters to persons answer five questions, each under its heading (text check)", "5 of 5 each")
def notices_answer_five_questions() -> Measured:
    """The place of each answer is checked here; a cold reader judges whether it is one."""
    checked, failed = 0, []
    for path in _list_incidents():
        for draft in _draft(path)[1].drafts:
            if not draft.letter.startswith(("individuals", "guardians", "children", "public")):
                continue
            if draft.way == "push":
                continue
            checked += 1
            titles = [title for title, lines in draft.lines if title and lines]
            for question, words in QUESTIONS[draft.lang].items():
                if not any(
                    word.casefold() in title.casefold() for title in titles for word in words
                ):
                    failed.append(
                        f"{path.stem}/{draft.letter}.{draft.way}.{draft.lang}: {question}"
                    )
    return f"{checked} letters, failed {failed[:5]}", checked > 60 and not failed


@row("No draft of the worked incidents has a blank but where a person must judge", "0 others")
def notices_are_complete() -> Measured:
    texts, blank, open_elements = 0, [], []
    for path in _list_incidents():
        decision, notices = _draft(path)
        judged = {d.id for d in decision.duties if d.decision == "judge"}
        for draft in notices.drafts:
            texts += 1
            if BLANK.search(draft.text) and not (judged and draft.letter == "authority-gdpr"):
                blank.append(f"{path.stem}/{draft.letter}.{draft.way}.{draft.lang}")
        for entry in notices.entries:
            for name, found in entry["completeness"].items():
                if not found["given"]:
                    open_elements.append(f"{path.stem}/{entry['duty']}.{name}")
    measured = f"{texts} drafts, blank {blank[:5]}, elements open {open_elements[:5]}"
    return measured, texts > 100 and not blank and not open_elements


@row("Push messages of the worked incidents in both languages", "at most 100 characters")
def push_messages_fit() -> Measured:
    sizes = [
        len(draft.text)
        for path in _list_incidents()
        for draft in _draft(path)[1].drafts
        if draft.way == "push"
    ]
    return f"{len(sizes)} messages, longest {max(sizes)}", max(sizes) <= 100


@row("Where PIPL 57 spares the individual notice the report says so", "said, and no letter")
def exception_is_told() -> Measured:
    answer = json.loads(
        piaskit("incident", MARKETPLACE / "incidents/misdirected-quotation.yaml", "--json").stdout
    )
    told = {entry["duty"]: entry for entry in answer["notices"]}
    report = told["cn-pipl-auth"]["drafts"]["zh"]["form"]
    holds = "cn-pipl-ind" not in told and "第五十七条第二款" in report
    return f"duties {sorted(filter(None, told))}, said {'第五十七条第二款' in report}", holds


@row("Personal data put into every text of the facts reaches no draft", "0 found")
def notices_leak_nothing() -> Measured:
    from piaskit.incident.fields import TOLD

    canaries = ("13900001111", "zhang.wei@mail.example", "6222021234567890123", "10.20.30.40")
    folder = scratch() / "masked"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(MARKETPLACE, folder)
    path = folder / "incidents" / "courier-list.yaml"
    text = path.read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(tuple(TOLD))]
    kept = [line for line in lines if not line.startswith("  - ")]
    told = " ".join(canaries)
    kept += [f"{name}_{lang}: [{told!r}]" for name in TOLD for lang in ("en", "zh")]
    path.write_text("\n".join(kept) + "\n", "utf-8")
    done = piaskit("incident", path, "--json", "--notices", folder / "drafts")
    answer = json.loads(done.stdout)
    drafts = json.dumps([n["drafts"] for n in answer["notices"]], ensure_ascii=False)
    files = "".join(p.read_text("utf-8") for p in (folder / "drafts").glob("*.txt"))
    register = piaskit("breaches", folder, "--outside", "--json").stdout
    found = [c for c in canaries for where in (drafts, files, register) if c in where]
    return f"{len(answer['files'])} files, found {found}", not found and "***" in drafts


@row("Reach: expectation in closed form, same seed same bytes, 100,000 persons", "4 SE; equal; 5 s")
def reach_is_right() -> Measured:
    from piaskit.response import Channel, Persons, simulate_notification

    channels = [
        Channel("a", 0.6, (0.5, 0.5, 0.5), 5000, retries=1, retry_after=24),
        Channel("b", 0.9, (0.7, 0.7, 0.7), 200, 9, 12, retries=2, retry_after=4),
    ]
    persons = Persons(100_000, 100_000, 100_000)
    started = time.process_time()
    first, second = (simulate_notification(persons, channels, trials=4000) for _ in range(2))
    seconds = (time.process_time() - started) / 2
    left = (1 - 0.6 * (1 - 0.5**2)) * (1 - 0.9 * (1 - 0.3**3))
    error = first.unreached.std() / 4000**0.5
    off = abs(first.unreached.mean() - 100_000 * left) / error
    same = first.reached.tobytes() == second.reached.tobytes()
    return f"{off:.2f} SE off, equal {same}, {seconds:.2f} CPU s", off < 4 and same and seconds < 5


@row("Live: a clock one minute before and after its deadline; told stops it", "open, late, told")
def clocks_count_down() -> Measured:
    from piaskit.incident import decide_incident, read_facts, record_notice, watch_incident
    from piaskit.incident.watch import read_history
    from piaskit.knowledge import load_knowledge

    knowledge = load_knowledge()
    folder = scratch() / "live"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / "courier-list.yaml"
    shutil.copy(MARKETPLACE / "incidents" / path.name, path)

    def look(shift: timedelta) -> str:
        decision = decide_incident(read_facts(path, knowledge), knowledge)
        due = next(d.deadline for d in decision.duties if d.id == "eu-gdpr33")
        assert due is not None
        watch = watch_incident(decision, read_history(path, knowledge), due + shift)
        return next(t.state for t in watch.ticks if t.decided.id == "eu-gdpr33")

    states = [look(timedelta(minutes=-1)), look(timedelta(minutes=1))]
    aware = read_facts(path, knowledge)["times.aware_at"]
    record_notice(path, "eu-gdpr33", aware + timedelta(hours=10))
    states.append(look(timedelta(minutes=1)))
    return f"{states}", states == ["open", "late", "told"]


@row("Intake and register on a new case: facts, request, register entry, workbook, VERIS", "all")
def intake_reaches_the_register() -> Measured:
    folder = scratch() / "intake"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shop = folder / "shop"
    piaskit("new", shop, "--from", "marketplace")
    report = folder / "report.yaml"
    report.write_text(
        "编号: user-1\n收到时间: 2026-11-13T10:20+08:00\n密码是否泄露: 是\n诉求: 删除\n"
    )
    taken = piaskit("intake", report, "--case", shop, "--json")
    answer = json.loads(taken.stdout)
    decided = piaskit("incident", shop / "incidents/user-1.yaml", "--json")
    listed = json.loads(
        piaskit(
            "breaches",
            shop,
            "--xlsx",
            folder / "register.xlsx",
            "--veris",
            folder / "veris",
            "--json",
        ).stdout
    )
    ids = [entry["id"] for entry in listed["breaches"]]
    checked = piaskit("check", shop)
    due = answer["requests"][0]["due_on"]
    holds = (
        decided.returncode == 0
        and checked.returncode == 0
        and "user-1" in ids
        and due == "2026-12-13"
        and (folder / "register.xlsx").exists()
        and len(list((folder / "veris").glob("*.json"))) == 7
    )
    return f"due {due}, register {len(ids)} entries, check {checked.returncode}", holds
