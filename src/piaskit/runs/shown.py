"""What a notebook shows of a run: the status card, short tables, parts of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from piaskit.display import Card, Content, Grid, Mark, Part
from piaskit.runs.run import Result, Run

if TYPE_CHECKING:
    from piaskit.incident import Register
    from piaskit.report.document import Block, Cell, Document, Excerpt, Figure, Table

SPOKEN = {
    "policy": "tabletop.policy",
    "state": "tabletop.clock",
    "decision": "report.decision",
    "regime": "report.regime",
    "edition": "page",
}
FOLDED = 20  # longer tables of a report open at a click
NAMED = 4  # activities that a kind of gap names


def show_card(run: Run, results: Mapping[str, Result]) -> Card:
    """Sum up on one card what the case is, what was found and what needs a decision."""
    labels, lang, case = run.case.knowledge.labels, run.lang, run.case
    facts: dict[str, Content] = {
        "as-of": run.settings["as_of"],
        "activities": len(case.frames["activities"]),
        "flows": len(case.frames["flows"]),
    }
    if "ledger" in results:
        facts["gaps"] = len(results["ledger"]["findings"])
    if "screen" in results:
        decisions = [verdict["decision"] for verdict in results["screen"]["verdicts"]]
        facts["required"] = decisions.count("required")
        facts["judge"] = decisions.count("judge")
    if "assess" in results:
        assess = results["assess"]
        facts["overall"] = [_mark(run, level) for level in assess["overall"].values()]
        counts = assess["counts"]["current"]
        facts["high"] = counts.get("high", 0) + counts.get("severe", 0)
    status = case.frames["actions"]["status"]
    facts["actions"] = int((~status.isin(["done", "verified", "dropped"])).sum())
    if case.left_out:
        facts["left-out"] = len(case.left_out)
    said = [(labels(f"run.{name}", lang), value) for name, value in facts.items()]
    said += [(labels("run.notice", lang), str(notice)) for notice in case.notices]
    return Card(case.say(case.id, "title", lang), tuple(said), lang)


def show_settings(run: Run) -> Card:
    """Show the parameters as they were resolved; folders stay out of what may be passed on."""
    settled = {
        **{name: value for name, value in run.settings.items() if value != ""},
        "lang": run.languages,
        "editions": run.editions,
        "formats": run.formats,
    }
    said = tuple(
        (name, ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
        for name, value in settled.items()
    )
    return Card(run.case.knowledge.labels("run.parameter", run.lang), said, run.lang)


def show_rows(run: Run, rows: Iterable[Result], columns: Sequence[str], *, title: str = "") -> Grid:
    """Lay rows of a result out as a table, in the language of the run; with a title, folded.

    A column is a key of the rows; its companion of the language (``message_zh``) wins. Ids of
    activities become their titles, decisions words. ``title`` is the label ``run.<title>``.
    """
    labels, lang, case = run.case.knowledge.labels, run.lang, run.case
    titles = {
        row.id: case.say(row, "title", lang) for row in case.frames["activities"].itertuples()
    }

    def tell(value: Any, column: str) -> Any:
        if column in ("activity", "activities"):
            return titles.get(value, value)
        return labels(f"{SPOKEN[column]}.{value}", lang) if column in SPOKEN else value

    def pick(row: Result, column: str) -> Content:
        value = row.get(f"{column}_{lang}") or row.get(column)
        if isinstance(value, list):
            return [tell(part, column) for part in value]
        return None if value is None else tell(value, column)

    laid = [[pick(row, column) for column in columns] for row in rows]
    heads = tuple(labels(f"run.{column}", lang) for column in columns)
    return Grid(labels(f"run.{title}", lang) if title else "", heads, laid, lang, bool(title))


def show_stages(run: Run, ledger: Result) -> Grid:
    """Lay every activity out over the eight stages: how many flows it has in each."""
    labels, lang = run.case.knowledge.labels, run.lang
    activities = ledger["activities"]
    stages = list(activities[0]["stages"]) if activities else []
    rows: list[list[Content]] = [
        [
            activity.get(f"title_{lang}") or activity["title"],
            *(len(activity["stages"][stage]) or None for stage in stages),
        ]
        for activity in activities
    ]
    heads = (labels("run.activity", lang), *(labels(f"ledger.stage.{s}", lang) for s in stages))
    return Grid("", heads, rows, lang)


def show_gaps(run: Run, ledger: Result) -> Grid:
    """Lay the kinds of gap out, the most frequent first: how often, where, and the clause."""
    labels, lang = run.case.knowledge.labels, run.lang
    ending = "_zh" if lang == "zh" else ""
    titles = {
        activity["id"]: activity.get(f"title_{lang}") or activity["title"]
        for activity in ledger["activities"]
    }
    kinds: dict[str, list[Result]] = {}
    for finding in ledger["findings"]:
        kinds.setdefault(finding["slug"], []).append(finding)
    rows: list[list[Content]] = []
    for slug, found in sorted(kinds.items(), key=lambda kind: (-len(kind[1]), kind[0])):
        rule = run.case.knowledge.rules.get(slug)
        name = rule.title[lang] if rule and rule.title else found[0][f"threat{ending}"]
        touched = {id: None for finding in found for id in finding["activities"]}
        places: list[Part] = [titles.get(id, id) for id in list(touched)[:NAMED]]
        if len(touched) > NAMED:
            places.append(labels("report.word.more", lang, n=len(touched) - NAMED))
        rows.append([name, len(found), places, found[0][f"clause{ending}"]])
    names = ("message", "times", "activities", "clause")
    return Grid("", tuple(labels(f"run.{name}", lang) for name in names), rows, lang)


def show_pictures(run: Run, safeguards: Result | None = None) -> None:
    """Display the pictures of the inventory, each with its table folded below it.

    With the answer of ``safeguards`` the flows that nothing protects bear a sign.
    """
    from piaskit.report.inventory_figures import show_pictures as draw
    from piaskit.report.results import list_uncovered
    from piaskit.report.voice import Voice

    voice = Voice(run.case.knowledge.labels, run.lang, "internal")  # type: ignore[arg-type]
    uncovered = None if safeguards is None else list_uncovered(safeguards)
    for figure in draw(run.case, voice, uncovered):
        _display_figure(figure, run.lang)
        if figure.twin is not None:
            _display_table(figure.twin, run.lang, folded=True)


def show_registers(run: Run) -> None:
    """Display tables C.1 and C.2 of the standard and the two lists of Art. 21, folded."""
    from IPython.display import display

    from piaskit.case.mapping import DataMap
    from piaskit.importers.ndsr21 import build_lists

    labels, lang = run.case.knowledge.labels, run.lang
    data = DataMap(run.case, lang)
    for name, frame in (("c1", data.build_mapping()), ("c2", data.build_lifecycle())):
        title = labels(f"run.register.{name}", lang)
        display(Grid(title, tuple(frame.columns), frame.values.tolist(), lang, folded=True))
    for found in build_lists(data):
        display(Grid(found.title, tuple(found.heads), found.rows, lang, folded=True))


def show_verdicts(run: Run, screen: Result) -> Grid:
    """Lay out the verdicts with the criteria that are met or unknown, and the facts that lack."""
    ending, colon = ("_zh", "：") if run.lang == "zh" else ("", ": ")
    rows = [
        verdict
        | {
            "because": [
                argument[f"clause{ending}"] + colon + argument[f"reason{ending}"]
                for argument in verdict["because"]
                if argument["met"] != "no"
            ]
        }
        for verdict in screen["verdicts"]
    ]
    return show_rows(run, rows, ("activity", "regime", "decision", "because", "missing"))


def show_exercises(run: Run, exercise: Result) -> Grid:
    """Lay out who played which scenario, the four scores and the ratings of the objectives."""
    rows = [
        {**played, **{name: f"{value:.2f}" for name, value in played["scores"].items()}}
        | {"ratings": " ".join(objective["rating"] for objective in played["objectives"])}
        for played in exercise["exercises"]
    ]
    scores = ("legality", "harm", "communication", "records")
    return show_rows(run, rows, ("title", "policy", *scores, "ratings"))


def show_breaches(run: Run, register: Register) -> Grid:
    """Lay out the breach register: what happened, to how many, who was told and why not."""
    shown = ("id", "title", "occurred", "persons", "authority", "individuals", "reasons")
    labels, lang = run.case.knowledge.labels, run.lang
    rows: list[list[Content]] = [
        [list(breach.texts[lang][name].split("\n")) for name in shown]
        for breach in register.breaches
    ]
    heads = tuple(labels(f"breach.{name}", lang) for name in shown)
    return Grid(labels("breach.register", lang), heads, rows, lang)


def show_next(run: Run, register: Register) -> Grid:
    """Lay out what comes next in each incident that has facts: the duty, until when, what lacks."""
    from piaskit.incident import read_history, watch_incident

    labels, lang = run.case.knowledge.labels, run.lang
    rows: list[list[Content]] = []
    for breach in register.breaches:
        if breach.decision is None:
            continue
        history = read_history(run.case.root / breach.file, run.case.knowledge)
        tick = watch_incident(breach.decision, history).next
        if tick is None:
            rows.append([breach.id, labels("watch.nothing", lang), "", ""])
            continue
        duty = tick.decided.duty
        until = tick.to_dict()["deadline"] or duty.wording[lang]
        rows.append([breach.id, duty.title[lang], until, list(tick.decided.missing)])
    names = ("breach.id", "watch.duty", "watch.until", "watch.lacks")
    return Grid("", tuple(labels(name, lang) for name in names), rows, lang)


def _mark(run: Run, level: str | None) -> Mark:
    return Mark(
        level or "none", run.case.knowledge.labels(f"report.level.{level or 'none'}", run.lang)
    )


def show_counts(run: Run) -> Card:
    """Show how many rows each table of the case has, tables without rows left out."""
    labels, lang = run.case.knowledge.labels, run.lang
    sizes = ((table, len(frame)) for table, frame in run.case.frames.items())
    facts = tuple((labels(f"table.{table}", lang), size) for table, size in sizes if size)
    return Card(labels("run.count", lang), facts, lang)


def show_sharing(run: Run, text: str = "") -> None:
    """Show which personal information a text meant for publication holds, before it is shared.

    Without a text, those of the case are looked at that its public edition repeats.
    """
    from IPython.display import display

    from piaskit.discovery.search import search_texts
    from piaskit.discovery.tables import list_public_texts
    from piaskit.discovery.views import show_discovery

    texts = {"text": text} if text else list_public_texts(run.case)
    found = search_texts(texts, run.case.knowledge, run.case.as_of)
    for part in show_discovery(found, run.lang):
        display(part)


def show_outline(run: Run, documents: Iterable[Document]) -> Grid:
    """Lay out the sections of documents that have been composed, one row per document."""
    rows = [
        {
            "edition": document.edition,
            "lang": document.lang,
            "section": [section.title for section in document.sections if section.level == 1],
        }
        for document in documents
    ]
    return show_rows(run, rows, ("edition", "lang", "section"))


def show_sections(document: Document | Excerpt, *sections: str) -> None:
    """Display the figures, their twins folded, and the tables of some sections of a report."""
    found = {section.id: section for section in document.sections}
    _display_blocks((block for id in sections for block in found[id].blocks), document.lang)


def _display_blocks(blocks: Iterable[Block], lang: str) -> None:
    from IPython.display import display

    from piaskit.report.document import Figure, Paragraph, Table, read_text

    for block in blocks:
        if isinstance(block, Figure):
            _display_figure(block, lang)
            if block.twin is not None:
                _display_table(block.twin, lang, folded=True)
        elif isinstance(block, Table):
            _display_table(block, lang)
        elif isinstance(block, Paragraph) and block.style == "note":
            display(Card(read_text(block.text), (), lang))


def show_response(run: Run, exercise: Result) -> None:
    """Display how the case's own people would respond to each scenario that was simulated."""
    from piaskit.report.response_sections import show_response as lay_out
    from piaskit.report.voice import Voice

    voice = Voice(run.case.knowledge.labels, run.lang, "internal")  # type: ignore[arg-type]
    for number, simulation in enumerate(exercise["simulations"], 1):
        _display_blocks(lay_out(voice, number, simulation), run.lang)


def _display_figure(figure: Figure, lang: str) -> None:
    from IPython.display import HTML, display
    from markupsafe import Markup

    from piaskit.display import frame_display
    from piaskit.report.drawing import draw_inline

    drawn = Markup(draw_inline(figure))  # noqa: S704  # serialised from checked elements
    # A drawing is made for white paper; a dark notebook would swallow its ink.
    pattern = Markup('<p><strong>{}</strong></p><div style="background:#FFFFFF">{}</div>')
    body = pattern.format(figure.title, drawn)
    display(HTML(frame_display(lang, body)))


def _display_table(table: Table, lang: str, *, folded: bool = False) -> None:
    from IPython.display import display

    heads = tuple(column.title for column in table.columns)
    rows = [[_read_cell(cell) for cell in row.cells] for row in table.rows]
    display(Grid(table.title, heads, rows, lang, folded or len(rows) > FOLDED))


def _read_cell(cell: Cell) -> Content:
    from piaskit.report.document import Level, read_text

    if isinstance(cell, Level):
        return Mark(cell.id, cell.label)
    return cell if isinstance(cell, int | float) else read_text(cell)
