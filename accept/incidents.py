"""The incident half: duties, exercises, their report, Word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from accept.reports import marketplace, scratch, write
from accept.row import MARKETPLACE, ROOT, Measured, need_tool, piaskit, row, run

SHANGHAI = "+08:00"


def _decide(facts: dict[str, Any]) -> dict[str, Any]:
    from piaskit.incident import build_facts, decide_incident
    from piaskit.knowledge import load_knowledge

    knowledge = load_knowledge()
    return decide_incident(build_facts(facts, knowledge), knowledge).to_dict()


def _leak(**more: Any) -> dict[str, Any]:
    """A leak that is known, whose persons, loss and outage decide the level."""
    facts: dict[str, Any] = {
        "id": "leak",
        "regimes": ["cn-pipl", "cn-cac"],
        "role": "controller",
        "operator": "other",
        "times": {"aware_at": f"2026-03-02T09:00{SHANGHAI}"},
        "persons": 1000,
        "categories": ["contact.email"],
        "confidentiality": {"state": "confirmed", "recipients": "unknown"},
        "public_threat": "no",
        "outage": {"whole": "0h", "main_function": "0h"},
        "direct_loss": {"amount": 0, "currency": "CNY"},
    }
    return facts | more


def _find(facts: dict[str, Any], id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(d for d in _decide(facts)["duties"] if d["id"] == id)
    return found


@row("Duties answer as the key written before them says", "every case of the key")
def duties_equal_key() -> Measured:
    done = run(ROOT / ".venv/bin/python", "-m", "pytest", "-q", "tests/incident/test_key.py")
    last = done.stdout.strip().splitlines()[-1]
    cases = len(yaml.safe_load((ROOT / "tests/keys/duties.yaml").read_text("utf-8"))["cases"])
    return f"{cases} cases; {last}", done.returncode == 0


@row(
    "Twenty incidents, verdicts argued cold: duties as the engine decides (first run 33)",
    "53 of 53",
)
def cold_incidents() -> Measured:
    from piaskit.incident import decide_incident, read_facts
    from piaskit.knowledge import load_knowledge

    knowledge, wrong, total = load_knowledge(), [], 0
    for path in sorted((ROOT / "tests/incident/cold").glob("*.verdict.yaml")):
        facts = read_facts(path.with_name(f"{path.name[:2]}.facts.yaml"), knowledge)
        duties = decide_incident(facts, knowledge).to_dict()["duties"]
        found = {duty["id"]: duty["decision"] for duty in duties}
        for id, verdict in yaml.safe_load(path.read_text("utf-8"))["duties"].items():
            total += 1
            if found.get(id) != verdict["decision"]:
                wrong.append(f"{path.name[:2]} {id}")
    return f"{total - len(wrong)} of {total}; disagree: {wrong}", total == 53 and not wrong


def _run_tests(*files: str) -> Measured:
    python = ROOT / ".venv/bin/python"
    done = run(python, "-m", "pytest", "-q", *(f"tests/incident/{file}" for file in files))
    return done.stdout.strip().splitlines()[-1], done.returncode == 0


@row("ENISA: 28 examples and 9 derived vectors; SE and band from the facts", "all")
def enisa_examples() -> Measured:
    return _run_tests("test_enisa.py")


@row("Every clock: a minute, a person and a day before, at and after its boundary", "all")
def clocks_at_their_boundary() -> Measured:
    return _run_tests("test_clocks.py")


@row("More people, more sensitive, hostile: never weaker; unreadable: never stronger", "all")
def laws_of_duties() -> Measured:
    return _run_tests("test_laws.py")


@row("Published cases of EDPB 01/2021 told as facts: Arts. 33 and 34 as published", "20 of 20")
def published_cases() -> Measured:
    return _run_tests("test_risk.py::test_a_published_case_told_as_facts_is_decided_as_published")


@row("Complete facts left to a person, cases of the key in which nothing is blank", "<= 10 %")
def complete_facts_decide() -> Measured:
    cases = yaml.safe_load((ROOT / "tests/keys/duties.yaml").read_text("utf-8"))["cases"]
    judged = total = 0
    for case in cases:
        facts = case["facts"]
        if "refused" in case["expect"] or any(facts.get(key) is None for key in facts):
            continue
        decided = [duty["decision"] for duty in _decide(facts)["duties"]]
        judged, total = judged + decided.count("judge"), total + len(decided)
    share = judged / total
    return f"{judged} of {total} verdicts, {share:.1%}", share <= 0.1


@row("PIPL shows no hour count, neither in its pack nor in an answer", "0 places")
def pipl_has_no_hours() -> Measured:
    from piaskit.knowledge import load_knowledge

    answer = _decide(_leak(persons=5_000_000))
    duties = [d for d in answer["duties"] if d["id"].startswith("cn-pipl")]
    timed = [d["id"] for d in duties if d["deadline"]]
    knowledge = load_knowledge()
    article = knowledge.regulations["cn-pipl"].articles["57"]
    texts = [article.duty.en, article.duty.zh, *(d["wording"] for d in duties)]
    timed += [text for text in texts if "72" in text or "24 h" in text]
    return f"{len(duties)} duties, timed: {timed}", bool(duties) and not timed


@row("CAC clock of other operators by persons alone: below and at 1,000,000", "none; 4 h")
def cac_clock_by_persons() -> Measured:
    below = _find(_leak(persons=999_999), "cn-cac-other")
    at = _find(_leak(persons=1_000_000), "cn-cac-other")
    across = _find(_leak(persons={"low": 900_000, "high": 1_100_000}), "cn-cac-other")
    told = [(d["decision"], d["deadline"]) for d in (below, at, across)]
    holds = (
        below["decision"] == "not-required"
        and at["decision"] == "required"
        and at["deadline"] == f"2026-03-02T13:00{SHANGHAI}"
        and across["decision"] == "judge"
    )
    return f"{told}", holds


@row("Stated loss or outage can start a CAC clock; unknown ones give judge", "required; judge")
def cac_clock_by_loss_and_outage() -> Measured:
    loss = _find(_leak(direct_loss={"amount": 5_000_000, "currency": "CNY"}), "cn-cac-other")
    outage = _find(_leak(operator="cii", outage={"whole": "10m"}), "cn-cac-cii")
    unknown = _find(_leak(direct_loss={}, outage={}, public_threat="unknown"), "cn-cac-other")
    told = [(d["id"], d["decision"], d["deadline"]) for d in (loss, outage, unknown)]
    holds = [d["decision"] for d in (loss, outage, unknown)] == ["required", "required", "judge"]
    return f"{told}; missing {unknown['missing']}", holds and bool(unknown["missing"])


def _play(scenario: str, policy: str, *more: str) -> dict[str, Any]:
    done = piaskit("exercise", scenario, "--case", MARKETPLACE, "--policy", policy, "--json", *more)
    if done.returncode:
        raise RuntimeError(done.stdout[-300:] + done.stderr[-300:])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _scenarios() -> Iterator[str]:
    from piaskit.knowledge import load_knowledge

    yield from sorted(load_knowledge().scenarios)


@row("Scenarios: right options are those of the duties engine; all reachable", "0 issues")
def scenarios_agree_with_duties() -> Measured:
    from piaskit.knowledge import load_knowledge
    from piaskit.tabletop import check_scenarios

    issues = check_scenarios(load_knowledge())
    return f"{len(list(_scenarios()))} scenarios, {[str(i) for i in issues][:3]}", not issues


@row("Best play scores 1.0, worst meets each critical fail", "4 x 1.0; all")
def best_and_worst() -> Measured:
    from piaskit.knowledge import load_knowledge

    told, holds = [], True
    for id in _scenarios():
        decisions = load_knowledge().scenarios[id].decisions.values()
        critical = sum(any(o.critical_fail for o in d.options.values()) for d in decisions)
        best, worst = _play(id, "best"), _play(id, "worst")
        scores = list(best["scores"].values())
        told.append(f"{id}: best {scores}, worst fails {len(worst['critical_fails'])}/{critical}")
        holds &= scores == [1.0] * 4 and len(worst["critical_fails"]) == critical > 0
        holds &= not best["critical_fails"]
    return "; ".join(told), holds


@row("Same seed, same log; a replayed log gives the same state", "equal")
def exercises_repeat() -> Measured:
    import piaskit as product
    from piaskit.runs.parameters import resolve_as_of
    from piaskit.tabletop import replay_exercise

    case = product.read_case(MARKETPLACE, as_of=resolve_as_of(MARKETPLACE))
    told, holds = [], True
    for id in _scenarios():
        first, second = (product.run_exercise(id, case, policy="random", seed=7) for _ in range(2))
        one, two = (json.dumps(e.to_dict(), sort_keys=True) for e in (first, second))
        path = scratch() / f"{id}.jsonl"
        path.write_text("".join(json.dumps(e) + "\n" for e in first.log), "utf-8")
        again = replay_exercise(path, case)
        same = again.state == first.state
        told.append(f"{id}: bytes {'equal' if one == two else 'differ'}, replay {same}")
        holds &= one == two and same
    return "; ".join(told), holds


@row("`make demo` shows notebook 3's results in both editions and languages", "4 of 4")
def exercises_in_reports() -> Measured:
    out = marketplace()
    titles = {"zh": ("事件应对", "事件", "演练"), "en": ("readiness", "exercise", "happens")}
    found = [
        path.name
        for path in sorted(out.glob("*/report.*.json"))
        if any(word in path.read_text("utf-8") for word in titles[path.name.split(".")[1]])
    ]
    paper = (out / "working" / "3-tabletop.html").exists()
    wanted = 4
    return f"{len(found)} of {wanted} documents, working paper {paper}", (
        len(found) == wanted and paper
    )


@row("Word: opens in LibreOffice, becomes PDF, same bytes twice", "4 of 4 files")
def word_opens() -> Measured:
    need_tool("soffice")
    first = write(MARKETPLACE, "word", "--formats", "docx")[0]
    second = write(MARKETPLACE, "word-again", "--formats", "docx")[0]
    good, told = 0, []
    for path in sorted(first.glob("*/report.*.docx")):
        twin = second / path.relative_to(first)
        folder = scratch() / "word-pdf" / path.parent.name
        home = scratch() / "soffice-home"
        run(
            "soffice", f"-env:UserInstallation=file://{home}", "--headless", "--convert-to", "pdf",
            "--outdir", folder, path,
        )  # fmt: skip
        pdf = folder / Path(path.name).with_suffix(".pdf")
        equal = twin.read_bytes() == path.read_bytes()
        good += pdf.exists() and equal
        told.append(f"{path.parent.name}/{path.name}: pdf {pdf.exists()}, equal {equal}")
    return f"{good} of 4; {'; '.join(told)}", good == 4


@row("Word holds the same rows as the workbook", "0 differ")
def word_equals_workbook() -> Measured:
    done = run(
        ROOT / ".venv/bin/python", "-m", "pytest", "-q", "tests/report/exporters/test_docx.py",
        "-k", "workbook",
    )  # fmt: skip
    last = done.stdout.strip().splitlines()[-1]
    return last, done.returncode == 0 and " passed" in last
