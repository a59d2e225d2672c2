"""What an exercise taught: objectives, strengths, areas for improvement, decisions, notices."""

from __future__ import annotations

from piaskit.report.document import Block, Bullets, Paragraph
from piaskit.report.exercise_voice import ExerciseVoice, Result
from piaskit.tabletop.issues import FAILED


def tell_objectives(voice: ExerciseVoice) -> list[Block]:
    """Rate each objective, with the tasks that tested it and the lines that show it."""
    decisions = {one["id"]: one for one in voice.answer["decisions"]}
    due = {clock["id"]: clock for clock in voice.answer["clocks"]}
    rows = []
    for one in voice.answer["objectives"]:
        own = [decisions[id] for id in one["decisions"]]
        told = [due[id] for d in own for id in d["tells"] if id in due]
        failed = [clock["id"] for clock in told if clock["state"] in FAILED]
        notes = [n["line"] for n in voice.answer["notes"] if n["objective"] == one["id"]]
        evidence = [voice.cite(sorted(one["lines"]))] if one["lines"] else []
        if notes:
            evidence.append(voice.say("evidence.notes", lines=voice.cite(notes)))
        if failed:
            evidence.append(voice.say("evidence.failed", notices=voice.name_notices(failed)))
        tests = voice.say(
            "tests.text" if told else "tests.decisions",
            decisions=voice.join((voice.pick(d, "title") for d in own), listed=True),
            n=len(told),
        )
        rows.append(
            (
                voice.pick(one, "title"),
                tests,
                voice.word(f"tabletop.rating.{one['rating']}"),
                voice.score(one["score"]),
                one["evaluator"] or voice.say("rated.none"),
                voice.join(evidence) or "-",
            )
        )
    heads = "objective tests rating score evaluator evidence"
    table = voice.table("objectives", heads, rows, (2.2, 2.6, 1.6, 1, 1.2, 3))
    means = tuple(voice.say(f"means.{rating}") for rating in "PSMU")
    return [table, Paragraph(voice.say("scale")), Bullets(means)]


def tell_observations(voice: ExerciseVoice) -> list[Block]:
    """List what the evaluators typed."""
    rows = [
        (
            voice.pick(one, "title"),
            voice.say("quoted", text=one["text"]),
            one["rating"] or voice.say("rated.none"),
            str(one["line"]),
        )
        for one in voice.answer["notes"]
    ]
    if not rows:
        return [Paragraph(voice.say("observations.none"))]
    heads = "about observation evaluator line"
    return [
        voice.table("observations", heads, rows, (3, 5, 1.4, 0.7)),
        Paragraph(voice.say("typed"), "note"),
    ]


def tell_strengths(voice: ExerciseVoice) -> list[Block]:
    """Tell each decision that left nothing to improve: what was done and why that was good."""
    short = {issue["decision"] for issue in voice.answer["issues"]}
    rows = [
        (
            voice.say("titled", title=voice.pick(one, "title"), text=voice.pick(one, "observed")),
            voice.pick(one, "consequence"),
            voice.say("pace", spent=voice.span(_spend(one)), asked=voice.span(_ask(one))),
            voice.join(voice.pick(one, "clauses")) or "-",
            str(one["line"]),
        )
        for one in voice.answer["decisions"]
        if one["id"] not in short
    ]
    if not rows:
        return [Paragraph(voice.say("strengths.none"))]
    return [voice.table("strengths", "strength good time clause line", rows, (3, 3, 1.4, 2, 0.6))]


def _spend(one: Result) -> int | None:
    return None if one["at_min"] is None else one["at_min"] - one["opened_min"]


def _ask(one: Result) -> int | None:
    return None if one["due_min"] is None else one["due_min"] - one["opened_min"]


def tell_areas(voice: ExerciseVoice) -> list[Block]:
    """Tell each issue of the improvement plan as HSEEP asks: what was seen, why, what follows."""
    if not voice.answer["issues"]:
        return [Paragraph(voice.say("areas.none"))]
    blocks: list[Block] = [Paragraph(voice.say("areas.text"))]
    decisions = {one["id"]: one for one in voice.answer["decisions"]}
    for issue in voice.answer["issues"]:
        one = decisions[issue["decision"]]
        tell = _tell_contents if issue["kind"] == "contents" else _tell_decision
        lines = {
            **tell(voice, issue, one),
            "cause": _tell_cause(voice, issue, one),
            "evidence": voice.cite(sorted({*issue["lines"], *issue["notes"]})),
        }
        order = "observation expected observed clause cause consequence evidence".split()
        rows = [(voice.say(name), lines[name]) for name in order]
        title = voice.say("area", n=issue["n"], title=lines["title"])
        blocks.append(voice.table(f"area-{issue['n']}", "item text", rows, (1.3, 6), title))
    return blocks


def _tell_decision(voice: ExerciseVoice, issue: Result, one: Result) -> dict[str, str]:
    notices = [clock for clock in voice.answer["clocks"] if clock["id"] in issue["notices"]]
    missed = [clock["id"] for clock in notices if clock["state"] == "missed"]
    late = [clock["id"] for clock in notices if clock["state"] == "late"]
    sent = [n["id"] for n in voice.answer["unneeded"] if n["decision"] == one["id"]]
    if one["line"] is None:
        seen = [voice.say("seen.open")]
    else:
        seen = [voice.say("seen.chosen", option=voice.pick(one, "observed"))]
    if missed:
        seen.append(voice.tell_missed(missed))
    for fail in voice.answer["critical_fails"]:
        if fail["line"] == one["line"]:
            seen.append(voice.say("seen.critical", text=voice.pick(fail, "text")))
    if late:
        seen.append(voice.say("seen.late", notices=voice.name_notices(late)))
    if issue["kind"] == "decision":
        seen += [
            voice.say(
                "seen.contents",
                notices=voice.name_notices([clock["id"]]),
                lacking=voice.join(voice.pick(clock, "lacking"), listed=True),
            )
            for clock in notices
            if clock["lacking"]
        ]
    if sent:
        named = [n for n in voice.answer["unneeded"] if n["id"] in sent]
        told = (
            voice.say("notice-of", title=voice.pick(n, "title"), clause=voice.pick(n, "clause"))
            for n in named
        )
        seen.append(voice.say("seen.unneeded", notices=voice.join(told)))
    spent, asked = _spend(one), _ask(one)
    if spent is not None and asked is not None and spent > asked:
        seen.append(voice.say("seen.slow", spent=voice.span(spent), asked=voice.span(asked)))
    times = {name: voice.span(one[f"{name}_min"]) for name in ("opened", "at")}
    clauses = [
        *voice.pick(one, "clauses"),
        *voice.pick(one, "expected_clauses"),
        *(voice.pick(clock, "clause") for clock in notices),
    ]
    id = "observed.open" if one["line"] is None else "observed.taken"
    return {
        "title": voice.pick(one, "title"),
        "observation": ("" if voice.lang == "zh" else " ").join(seen),
        "expected": voice.pick(one, "expected"),
        "observed": voice.say(id, option=voice.pick(one, "observed"), **times),
        "clause": voice.join(clauses) or "-",
        "consequence": voice.pick(one, "consequence"),
    }


def _tell_contents(voice: ExerciseVoice, issue: Result, one: Result) -> dict[str, str]:
    notices = [clock for clock in voice.answer["clocks"] if clock["id"] in issue["notices"]]
    named = voice.name_notices(issue["notices"])
    lacking = voice.join(
        (title for clock in notices for title in voice.pick(clock, "lacking")), listed=True
    )
    least = min((clock["contents"] for clock in notices), default=0.0)
    made = min((clock["made_min"] for clock in notices), default=None)
    clauses = voice.join(voice.pick(clock, "clause") for clock in notices)
    return {
        "title": voice.say("area.contents", title=voice.pick(one, "title")),
        "observation": voice.say("seen.contents", notices=named, lacking=lacking),
        "expected": voice.say("expected.contents", clause=clauses),
        "observed": voice.say("observed.contents", share=f"{least:.0%}", made=voice.span(made)),
        "clause": clauses,
        "consequence": voice.say("consequence.contents", lacking=lacking),
    }


def _tell_cause(voice: ExerciseVoice, issue: Result, one: Result) -> str:
    """Quote the minutes and what was typed at the table; the report finds no cause by itself."""
    found = voice.minutes.tell_cause(issue["n"], voice.lang)
    told = [voice.say("cause.minutes", text=found)] if found else []
    reason = _read_reason(voice, one)
    if reason and issue["kind"] != "contents":
        told.append(voice.say("cause.team", text=reason, line=one["line"]))
    for note in voice.answer["notes"]:
        if note["line"] in issue["notes"]:
            told.append(voice.say("cause.evaluator", text=note["text"], line=note["line"]))
    return "\n".join(told) or voice.say("cause.none")


def _read_reason(voice: ExerciseVoice, one: Result) -> str:
    """Return what a person typed as reason; a program that played has none."""
    reason = str(one["reason"])
    return "" if reason == f"policy: {voice.answer['policy']}" else reason


def tell_decisions(voice: ExerciseVoice) -> list[Block]:
    """Lay out how each decision was judged, so that the score of an objective can be recomputed."""
    rows = []
    for one in voice.answer["decisions"]:
        rows.append(
            (
                voice.pick(one, "title"),
                voice.pick(one, "observed"),
                voice.say("quoted", text=reason) if (reason := _read_reason(voice, one)) else "-",
                voice.span(one["opened_min"]),
                voice.span(one["at_min"]),
                voice.span(_ask(one)),
                f"{round(one['quality'] * 3)} / 3",
                f"{one['pace']:.2f}",
                f"{one['quality'] * one['pace']:.2f}",
                str(one["line"] or "-"),
            )
        )
    heads = "decision observed reason opened taken asked key tempo worth line"
    widths = (1.6, 2.6, 3, 0.8, 0.8, 0.8, 0.6, 0.7, 0.7, 0.6)
    return [
        voice.table("analysis", heads, rows, widths),
        Paragraph(voice.say("analysis.note"), "note"),
    ]


def tell_notices(voice: ExerciseVoice) -> list[Block]:
    """Lay out every notice that was due or sent: start of its clock, when told, what it lacked."""
    rows = []
    for clock in voice.answer["clocks"]:
        start, made, until = _find_start(voice, clock), clock["made_min"], clock["deadline_min"]
        limit = voice.pick(clock, "wording")
        if until is not None:
            limit = voice.say("limit.until", wording=limit, time=voice.span(until))
        after = None if made is None or start is None else max(0, made - start)
        left = voice.say("left.none") if until is None else voice.span(clock["left_min"])
        rows.append(
            (
                _name(voice, clock),
                voice.span(start),
                limit,
                voice.span(made),
                voice.span(after),
                left,
                _tell_share(voice, clock),
                voice.word(f"tabletop.clock.{clock['state']}"),
                str(clock["line"] or "-"),
            )
        )
    for sent in voice.answer["unneeded"]:
        unneeded, made = voice.say("unneeded"), voice.span(sent["made_min"])
        rows.append(
            (_name(voice, sent), "-", "-", made, "-", "-", "-", unneeded, str(sent["line"]))
        )
    heads = "notice began limit made after left contents result line"
    widths = (3.4, 0.8, 1.2, 0.8, 0.9, 1.1, 2, 1.1, 0.6)
    return [
        voice.table("clocks", heads, rows, widths),
        Paragraph(voice.say("clocks.note"), "note"),
    ]


def _find_start(voice: ExerciseVoice, clock: Result) -> int | None:
    """Return when a duty arose or, where the law counts hours, when they began to be counted."""
    until, start = clock["deadline_min"], clock["started_min"]
    begins = {"state": "required", "deadline_min": until}
    for line in voice.answer["log"] if until is not None else ():
        if line["ids"] == [clock["id"]] and line["values"] == begins:
            return int(line["at_min"])
    return None if start is None else int(start)


def _name(voice: ExerciseVoice, notice: Result) -> str:
    title, clause = voice.pick(notice, "title"), voice.pick(notice, "clause")
    return voice.say("notice-of", title=title, clause=clause)


def _tell_share(voice: ExerciseVoice, clock: Result) -> str:
    if clock["contents"] is None or clock["made_min"] is None:
        return "-"
    share, lacking = f"{clock['contents']:.0%}", voice.pick(clock, "lacking")
    if not lacking:
        return share
    return voice.say("lacking", share=share, contents=voice.join(lacking, listed=True))
