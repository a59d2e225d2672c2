"""Quantified risk in the internal report: curves with their tables, risks, safeguards, gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from piaskit.loss.exceedance import round_amount, say_amount
from piaskit.report.chart import Chart
from piaskit.report.document import Block, Cell, Figure, Link, Section
from piaskit.report.loss_figures import Appetite, draw_exceedance
from piaskit.report.reasons import link_id
from piaskit.report.results import Results
from piaskit.report.rows import Rows
from piaskit.report.voice import Voice

Result = Mapping[str, Any]
RISKS, SAFEGUARDS, APART = 15, 12, 6
LARGEST = 2  # kinds of risk that management reads
BAD = 10  # years of which management reads the worst
PERSONS = "persons"
DRAWN = (0, 10, 20, 30, 40, 46, 52, 58, 63)  # points of the curve that its table lists


def compose_losses(rows: Rows, results: Results) -> list[Section]:
    """Return the section, none where nobody quantified."""
    answer, voice = results.quantify, rows.voice
    if answer is None:
        return []
    blocks: list[Block] = [voice.paragraph(voice.say("losses.text"))]
    if not answer["losses"]:
        blocks.append(voice.paragraph(voice.say("losses.none")))
    for loss in answer["losses"]:
        if loss["curve"]:
            blocks.append(_show_curve(voice, loss))
    if answer["losses"]:
        blocks.append(_list_risks(voice, results, answer["losses"][0]))
        if answer["safeguards"]:
            blocks.append(_list_safeguards(rows, answer["safeguards"]))
        blocks += _tell_apart(voice, answer)
    blocks += _tell_left_out(voice, answer)
    blocks += [voice.paragraph(text, "note") for text in _tell_basis(voice, answer)]
    if rows.tables["estimates"]:
        blocks.append(voice.paragraph((Link(voice.say("losses.see"), "annex-estimates"),)))
    blocks.append(
        voice.pair("losses", {"n": len(answer["not_quantified"])}, {"n": len(answer["safeguards"])})
    )
    return [voice.section("losses", blocks)]


def show_limits(voice: Voice, answer: Result | None) -> list[Block]:
    """Return management's table: the harm of a year in numbers, against what is accepted."""
    if answer is None or not answer["losses"]:
        return []
    columns = voice.columns(
        ("limit-what", 2.2), ("limit-mean", 1.3), ("limit-bad", 1.5), ("limit-accepted", 1.8),
        ("limit-now", 0.8), ("limit-then", 1), ("limit-result", 1.2),
    )  # fmt: skip
    cells: list[tuple[Cell, ...]] = []
    for loss in answer["losses"]:
        kind = PERSONS if loss["unit"] == PERSONS else "money"
        bad = next(point for point in loss["points"] if point["years"] == BAD)
        first = (
            voice.say(f"limits.{kind}", unit=loss["unit"]),
            round_amount(loss["exact"]["mean"]),
            voice.say("limits.or-more", amount=round_amount(bad["amount"])),
        )
        cells += [(*first, *line) for line in _compare_limits(voice, loss)]
    shares: Counter[str] = Counter()
    for risk in answer["losses"][0]["risks"]:
        shares[voice.pick(risk, "title")] += risk["share"]
    named = [
        voice.say("limits.share", title=title, share=f"{100 * share:.0f}")
        for title, share in shares.most_common(LARGEST)
    ]
    note = voice.say("limits.note", names=voice.join(named))
    return [voice.table("limits", voice.say("limits.title"), columns, cells, note=note)]


def _compare_limits(voice: Voice, loss: Result) -> list[tuple[str, ...]]:
    """Compare each limit of the organisation with the chance now and after the planned actions."""
    then = {line["id"]: line for line in loss.get("planned", {}).get("appetite", ())}
    told: list[tuple[str, ...]] = []
    for line in loss["appetite"]:
        later = then.get(line["id"])
        ends = {None: "missed", True: "reached", False: "kept"}
        verdict = "met" if line["met"] else ends[later and bool(later["met"])]
        told.append(
            (
                voice.say(
                    "limits.accepted",
                    amount=round_amount(line["amount"]),
                    chance=f"{100 * line['accepted_chance']:.3g}",
                ),
                f"{100 * line['chance']:.2g}%",
                f"{100 * later['chance']:.2g}%" if later else voice.say("word.blank"),
                voice.say(f"limits.{verdict}"),
            )
        )
    return told or [(voice.say("limits.none"), "", "", "")]


def _say(voice: Voice, amount: float, unit: str) -> str:
    return say_amount(amount, unit, voice.labels, voice.lang)


def _show_curve(voice: Voice, loss: Result) -> Figure:
    unit = loss["unit"]
    kind = "persons" if unit == PERSONS else "money"
    points = [(p["amount"], p["chance"]) for p in loss["curve"]]
    marked = [
        ((p["amount"], 1 / p["years"]), voice.say("losses.mark", years=p["years"],
                                                   amount=_say(voice, p["amount"], unit)))
        for p in loss["points"]
        if p["amount"] > 0
    ]  # fmt: skip
    lines = [
        Appetite(a["amount"], a["accepted_chance"], voice.say("losses.appetite"))
        for a in loss["appetite"]
    ]
    axes = (voice.say(f"losses.axis.{kind}", unit=unit), voice.say("losses.axis.chance"))
    svg = draw_exceedance(points, marked, lines, axes, lambda amount: f"{amount:,.10g}")
    columns = (
        voice.column("loss-amount", voice.say(f"losses.least.{kind}", unit=unit), 1.4, "number"),
        *voice.columns(("loss-chance", 1, "number"), ("loss-return", 1)),
    )
    cells: list[tuple[Cell, ...]] = []
    for n in DRAWN:
        if n < len(points) and points[n][1] > 0:
            amount, chance = points[n]
            years = voice.say("losses.years", n=f"{float(f'{1 / chance:.3g}'):,.10g}")
            cells.append((_round(amount), _round(100 * chance), years))
    told = [p["text_zh"] if voice.lang == "zh" else p["text"] for p in loss["points"]]
    told += [a["text_zh"] if voice.lang == "zh" else a["text"] for a in loss["appetite"]]
    title = voice.say(f"losses.curve.{kind}", unit=unit)
    alt = voice.gap.join([voice.say("losses.alt"), *told])
    chart = Chart(
        "curve",
        title,
        alt,
        (axes[0], voice.say("column.loss-chance")),
        ("loss-amount", "loss-chance"),
    )
    twin = voice.table(
        f"losses-{kind}-{unit.lower()}",
        title,
        columns,
        cells,
        note=voice.gap.join(told),
        charts=(chart,) if len(cells) > 1 and points[0][0] > 0 else (),  # its axes know no 0
    )
    return Figure(
        f"figure-losses-{unit.lower()}",
        title,
        alt,
        svg,
        twin,
        voice.visibility,
    )


def _round(number: float) -> int | float:
    """Keep two digits that mean something, as amounts in words do.

    >>> _round(1_234_567.8), _round(0.0321)
    (1200000, 0.032)
    """
    rounded = float(f"{number:.2g}")
    return int(rounded) if rounded.is_integer() else rounded


def _list_risks(voice: Voice, results: Results, loss: Result) -> Block:
    columns = voice.columns(
        ("risk", 2), ("id", 2.4), ("loss-events", 1), ("loss-mean", 1.2), ("loss-p95", 1.2),
        ("loss-share", 0.8), ("loss-basis", 1.4),
    )  # fmt: skip
    cells: list[tuple[Cell, ...]] = [
        (
            voice.pick(risk, "title"),
            link_id(results, risk["id"]),
            f"{risk['events']:.2g}",
            _say(voice, risk["exact"]["mean"], PERSONS),
            _say(voice, risk["exact"]["quantiles"]["0.95"], PERSONS),
            f"{risk['share']:.0%}",
            _name_basis(voice, risk["rests_on"]),
        )
        for risk in loss["risks"][:RISKS]
    ]
    note = voice.say("losses.risks-note", n=min(RISKS, len(loss["risks"])), all=len(loss["risks"]))
    title = voice.say("losses.risks")
    return voice.table("losses-risks", title, columns, cells, note=note, landscape=True)


def _name_basis(voice: Voice, basis: Mapping[str, str]) -> str:
    stated = sum(value == "estimates" for value in basis.values())
    return voice.say(f"losses.basis.{('packs', 'both', 'estimates')[stated]}")


def _list_safeguards(rows: Rows, safeguards: Sequence[Result]) -> Block:
    voice = rows.voice
    columns = voice.columns(
        ("loss-safeguard", 2.4), ("state", 1), ("loss-saved", 1.2), ("loss-interval", 1.8),
        ("loss-cost", 1.2), ("loss-back", 1),
    )  # fmt: skip
    cells: list[tuple[Cell, ...]] = []
    for row in safeguards[:SAFEGUARDS]:
        saved, cost = row["saved"][PERSONS], row["cost"]
        ends = " – ".join(_say(voice, end, PERSONS) for end in saved["mean_ci"])
        back = row["return_on_cost"]
        cells.append(
            (
                rows.link("safeguards", row["id"], titled=True),
                voice.say(f"losses.{'works' if row['works'] else 'would-work'}"),
                _say(voice, saved["mean"], PERSONS),
                ends or voice.say("losses.refused"),
                _say(voice, cost["mean"], cost["unit"]) if cost else None,
                None if back is None else f"{back:+.0%}",
            )
        )
    title, note = voice.say("losses.safeguards"), voice.say("losses.safeguards-note")
    return voice.table("losses-safeguards", title, columns, cells, note=note, landscape=True)


def _tell_apart(voice: Voice, answer: Result) -> list[Block]:
    """Say where the levels in words and the expected numbers disagree."""
    apart = answer["agreement"]["disagree"]
    if not apart:
        return []
    lead = voice.paragraph(voice.say("losses.apart", n=len(apart)))
    mark = "：" if voice.lang == "zh" else ": "
    told = [f"{row['id']}{mark}{voice.pick(row, 'because')}" for row in apart[:APART]]
    return [lead, voice.bullets(told)]


def _tell_left_out(voice: Voice, answer: Result) -> list[Block]:
    reasons = Counter(voice.pick(row, "because") for row in answer["not_quantified"])
    if not reasons:
        return []
    lead = voice.paragraph(voice.say("losses.left-out", n=len(answer["not_quantified"])))
    told = [voice.say("losses.reason", n=n, reason=reason) for reason, n in reasons.most_common()]
    return [lead, voice.bullets(told)]


def _tell_basis(voice: Voice, answer: Result) -> list[str]:
    """Say on what the numbers rest: packs with their bias, recorded incidents, the draws."""
    told = [
        voice.say(
            "losses.pack",
            title=voice.pick(pack, "title"),
            attribution=voice.pick(pack, "attribution"),
            bias=voice.pick(pack, "bias"),
            confidence=voice.say(f"losses.confidence.{pack['confidence']}"),
        )
        for pack in answer["basis"]
    ]
    seen = answer["experience"]
    if seen["years"] is not None:
        told.append(
            voice.say(
                "losses.experience",
                expected=f"{seen['expected']:.2g}",
                recorded=seen["recorded"],
                years=f"{seen['years']:.2g}",
            )
        )
    told.append(voice.say("losses.draws", n=answer["iterations"], seed=str(answer["seed"])))
    return told
