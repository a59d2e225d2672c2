"""What notebook 2 shows of risks: the worst with their reasons, the plan, what is late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from piaskit.display import Card, Content, Grid, Mark, Part
from piaskit.risk.scales import LEVELS, STATES
from piaskit.runs.run import Result, Run

if TYPE_CHECKING:
    from piaskit.report.rows import Rows
    from piaskit.risk.disagreements import Disagreements

SHOWN = 5  # places and risks that a row names


class Words:
    """The words of one run: labels, people, texts of results and rows."""

    def __init__(self, run: Run) -> None:
        from piaskit.report.rows import Rows
        from piaskit.report.voice import Voice

        self.lang = run.lang
        self.labels = run.case.knowledge.labels
        self.rows: Rows = Rows(run.case, Voice(self.labels, run.lang, "internal"))  # type: ignore[arg-type]

    def say(self, label: str, **fields: object) -> str:
        """Return the label ``run.<label>``."""
        return self.labels(f"run.{label}", self.lang, **fields)

    def pick(self, row: Mapping[str, Any], key: str) -> str:
        """Return a text of a result in the language of the run."""
        return str(row.get(f"{key}_{self.lang}") or row[key])

    def mark(self, level: str | None) -> Mark:
        """Return a level as a cell."""
        known = level or "none"
        return Mark(known, self.labels(f"report.level.{known}", self.lang))

    def name_all(self, people: Iterable[str]) -> list[Part]:
        """Return owners as holders of their roles, or that there is none."""
        return [self.rows.person(name) for name in people] or [self.say("nobody")]

    def head(self, *names: str) -> tuple[str, ...]:
        """Return headings of columns."""
        return tuple(self.say(f"plan.{name}") for name in names)


def show_residual(run: Run, assess: Result) -> Card:
    """Say on one card what stays above the line after treatment, and what that means."""
    words, residual = Words(run), assess["treatment"]["residual"]
    counts = assess["treatment"]["counts"]
    facts: list[tuple[str, Content]] = [
        (words.say("residual.line"), words.mark(residual["line"])),
        (words.say("residual.above"), residual["risks"]),
        (words.say("residual.accepted"), residual["accepted"]),
        (words.say("residual.suppressed"), residual["suppressed"]),
        *((words.say(f"effect.{name}"), n) for name, n in counts.items() if name != "none"),
        *(
            (words.pick(want, "clause") or want["regime"], words.pick(want, "because"))
            for want in residual["regimes"]
        ),
    ]
    return Card(words.pick(residual, "message"), tuple(facts), run.lang)


def show_top(run: Run, assess: Result, most: int = 10) -> Grid:
    """Lay out the worst risks of today: where, the level in each state, every reason."""
    words, method = Words(run), assess["methods"][0]
    rated = [risk for risk in assess["risks"] if risk["levels"].get(method)]

    def weigh(risk: Result) -> tuple[Any, ...]:
        levels = [LEVELS.index(risk["levels"][method][s]["level"]) for s in ("current", "planned")]
        return -levels[0], -levels[1], risk["id"]

    rows: list[list[Content]] = [
        [
            words.pick(risk, "title"),
            _name_places(words, [risk["subject"]]),
            *(words.mark(risk["levels"][method][state]["level"]) for state in STATES),
            [_tell_reason(words, reason) for reason in risk["because"]],
        ]
        for risk in sorted(rated, key=weigh)[:most]
    ]
    states = (words.labels(f"report.state.{state}", run.lang) for state in STATES)
    heads = (*words.head("risk", "where"), *states, *words.head("reasons"))
    return Grid(words.say("plan.top", n=len(rows), all=len(rated)), heads, rows, run.lang)


def _tell_reason(words: Words, reason: Result) -> str:
    clause = words.pick(reason, "clause")
    text = words.pick(reason, "text")
    if not clause:
        return text
    return f"{text} ({clause})" if words.lang == "en" else f"{text}（{clause}）"


def _name_places(words: Words, subjects: Iterable[Mapping[str, str]]) -> list[Part]:
    named = list(dict.fromkeys(words.rows.title(row["table"], row["id"]) for row in subjects))
    more = [words.labels("report.word.more", words.lang, n=len(named) - SHOWN)]
    return [*named[:SHOWN], *(more if len(named) > SHOWN else ())]


def show_plan(run: Run, assess: Result) -> Grid:
    """Lay out the plan of treatment: what, who, until when, which level results, what lacks."""
    words, known = Words(run), {risk["id"]: risk["subject"] for risk in assess["risks"]}
    options = {row["id"]: words.pick(row, "title") for row in assess["treatment"]["options"]}
    rows: list[list[Content]] = []
    for row in assess["treatment"]["plan"]:
        chosen = row["option"] or row["proposed"]
        option = options.get(chosen, chosen)
        told = option if row["option"] else words.say("plan.proposed", option=option)
        if row["decision"]:
            told = words.labels(f"value.decision.{row['decision']}", run.lang)
        rows.append(
            [
                words.pick(row, "title"),
                _name_places(words, [known[id] for id in row["risks"]]),
                words.mark(row["level"]),
                told,
                _tell_steps(words, row),
                words.name_all(row["owners"]),
                row["due_on"] or words.say("plan.no-day"),
                words.mark(row["planned"]),
                words.mark(row["reached"]) if row["reached"] else "",
                [words.say(f"lacks.{name}") for name in row["missing"]],
            ]
        )
    names = ("risk", "where", "now", "option", "steps", "who", "until", "planned", "reached",
             "missing")  # fmt: skip
    return Grid(words.say("plan.title"), words.head(*names), rows, run.lang, folded=True)


def _tell_steps(words: Words, row: Result) -> list[Part]:
    """Return the actions on record, else the measures that lack and what to do about them."""
    if row["actions"]:
        return [words.rows.title("actions", action["id"]) for action in row["actions"]]
    told: list[Part] = []
    if row["kind"] == "gap":
        told.append(words.say("plan.close-gap"))
    for step in row["steps"]:
        cost = ""
        if step["cost_year"] is not None:
            cost = f" ({step['cost_year']:,} {step['currency'] or ''})".replace(" )", ")")
        deed = words.say(f"deed.{step['do']}", title=words.pick(step, "title"))
        told.append(f"{deed}{cost}")
    return told


def show_overdue(run: Run, assess: Result) -> Grid:
    """Lay out the actions that are open after their day: how late, whose, against what."""
    words, risks = Words(run), {risk["id"]: risk for risk in assess["risks"]}
    rows: list[list[Content]] = [
        [
            words.rows.title("actions", row["id"]),
            words.pick(risks[row["risk"]], "title") if row["risk"] in risks else row["risk"],
            words.name_all([row["owner"]] if row["owner"] else ())[0],
            row["due_on"],
            row["days_late"],
        ]
        for row in assess["treatment"]["overdue"]
    ]
    heads = words.head("action", "risk", "who", "until", "late")
    return Grid(words.say("plan.overdue", n=len(rows)), heads, rows, run.lang)


def show_remarks(run: Run, assess: Result) -> Grid:
    """List what is wrong with actions and acceptances, each in a sentence."""
    words, remarks = Words(run), assess["treatment"]["remarks"]
    rows: list[list[Content]] = [
        [f"{remark['subject']['table']}/{remark['subject']['id']}", words.pick(remark, "message")]
        for remark in remarks
    ]
    return Grid(words.say("plan.remarks", n=len(rows)), words.head("row", "remark"), rows, run.lang)


def show_disagreements(found: Disagreements) -> None:
    """Display where methods disagree on activities, and folded below it all of it."""
    from IPython.display import display

    display(found.show(activities=True))
    display(replace(found.show(), folded=True))
