"""Maturity in the internal report: what is shown, radar and map, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from piaskit.report.document import Block, Cell, Figure, Link, Section
from piaskit.report.maturity_figures import Line, Spoke, Square, draw_maturity_map, draw_radars
from piaskit.report.rows import Rows
from piaskit.report.voice import Voice

if TYPE_CHECKING:
    from piaskit.safeguards.maturity import Maturity

NEXT = 12  # steps the report lists


def compose_maturity(rows: Rows) -> Section:
    """Return the section on maturity; a sentence where nothing is shown."""
    from piaskit.safeguards.maturity import assess_maturity

    voice = rows.voice
    maturity = assess_maturity(rows.case, rows.reviewed)
    done, asked = maturity.proven
    if not done:
        text = voice.say("maturity.nothing", model=maturity.model.title[voice.lang], asked=asked)
        pair = voice.pair("maturity", {"n": asked, "all": asked}, {"n": 0, "all": asked})
        return voice.section("maturity", [voice.paragraph(text), pair], 2)
    told = maturity.to_dict()
    blocks: list[Block] = [
        voice.paragraph(
            voice.say("maturity.text", model=maturity.model.title[voice.lang], n=done, asked=asked)
        ),
        voice.paragraph(voice.pick(told, "because"), "lead"),
        *show_maturity(maturity, voice),
    ]
    if maturity.list_steps():
        blocks.append(_list_steps(maturity, voice))
    blocks.append(
        voice.paragraph(f"{voice.pick(told, 'convention')}\n{voice.pick(told, 'note')}", "note")
    )
    if rows.tables["maturity"]:
        blocks.append(voice.paragraph((Link(voice.say("maturity.see"), "annex-maturity"),)))
    short = sum(cell.level is None or bool(cell.gap) for cell in maturity.cells.values())
    blocks.append(voice.pair("maturity", {"n": short, "all": asked}, {"n": done, "all": asked}))
    return voice.section("maturity", blocks, 2)


def show_maturity(maturity: Maturity, voice: Voice) -> tuple[Figure, Figure]:
    """Return the radars and the map of maturity, each with words for it and its table."""
    return _show_radars(maturity, voice), _show_map(maturity, voice)


def _show_radars(maturity: Maturity, voice: Voice) -> Figure:
    model, lang = maturity.model, voice.lang
    dimensions = list(model.dimensions)
    spokes = {
        (group, dimension): Spoke(
            title[lang],
            maturity.rate_group(group, dimension),
            max((c.aim for c in maturity.list_cells(group, dimension) if c.aim), default=None),
        )
        for group, title in model.groups.items()
        for dimension in dimensions
    }
    panels = [
        (model.dimensions[d].title[lang], [spokes[group, d] for group in model.groups])
        for d in dimensions
    ]
    columns = (
        *voice.columns(("process-group", 2)),
        *(voice.column(d, model.dimensions[d].title[lang], 1) for d in dimensions),
    )
    cells: list[tuple[Cell, ...]] = [
        (
            title[lang],
            *(_tell_level(voice, spokes[g, d].level, spokes[g, d].aim) for d in dimensions),
        )
        for g, title in model.groups.items()
    ]
    open_ = sum(spoke.level is None for spoke in spokes.values())
    below = sum(bool(s.level and s.aim and s.level < s.aim) for s in spokes.values())
    alt = voice.say("maturity.radar-alt", n=len(spokes), unproven=open_, below=below)
    twin = voice.table("maturity-groups", voice.say("maturity.radar-twin"), columns, cells)
    svg = draw_radars(panels, voice.say)
    return Figure("figure-radar", voice.say("maturity.radar"), alt, svg, twin, voice.visibility)


def _show_map(maturity: Maturity, voice: Voice) -> Figure:
    model, lang = maturity.model, voice.lang
    dimensions = list(model.dimensions)
    lines: list[Line] = []
    cells: list[tuple[Cell, ...]] = []
    for group, heading in model.groups.items():
        lines.append(Line(heading[lang]))
        for id, area in model.areas.items():
            if area.group != group:
                continue
            found = [maturity.cells.get((id, d)) for d in dimensions]
            squares = tuple(
                Square(c.level, c.aim) if c else Square(None, None, False) for c in found
            )
            title, level = f"{id} {area.title[lang]}", maturity.rate_area(id)
            lines.append(Line(title, squares, level))
            told = [_tell_level(voice, s.level, s.aim) if s.asked else "" for s in squares]
            cells.append((title, *told, _tell_level(voice, level, None)))
    heads = [*(model.dimensions[d].title[lang] for d in dimensions), voice.say("column.level")]
    columns = (
        *voice.columns(("process-area", 3)),
        *(voice.column(d, head, 1) for d, head in zip(dimensions, heads, strict=False)),
        *voice.columns(("level", 1)),
    )
    gaps = [cell.gap for cell in maturity.cells.values()]
    done, asked = maturity.proven
    alt = voice.say(
        "maturity.map-alt", areas=len(model.areas), n=asked, unproven=asked - done,
        below=sum(bool(gap) for gap in gaps),
    )  # fmt: skip
    twin = voice.table("maturity-areas", voice.say("maturity.map-twin"), columns, cells)
    svg = draw_maturity_map(heads, lines, voice.say)
    return Figure("figure-maturity", voice.say("maturity.map"), alt, svg, twin, voice.visibility)


def _list_steps(maturity: Maturity, voice: Voice) -> Block:
    controls = maturity.knowledge.controls
    model, lang = maturity.model, voice.lang
    steps = maturity.to_dict()["next"]
    cells: list[tuple[Cell, ...]] = [
        (
            f"{step['area']} {model.areas[step['area']].title[lang]}",
            model.dimensions[step["dimension"]].title[lang],
            voice.pick(step, "text"),
            voice.join(controls[name].title[lang] for name in step["controls"]),
        )
        for step in steps[:NEXT]
    ]
    columns = voice.columns(
        ("process-area", 2.2), ("capability", 1.2), ("next-step", 3), ("controls", 2.4)
    )
    note = voice.say("maturity.next-note", n=min(NEXT, len(steps)), all=len(steps))
    return voice.table("maturity-next", voice.say("maturity.next"), columns, cells, note=note)


def _tell_level(voice: Voice, level: int | None, aim: int | None) -> str:
    told = str(level) if level else voice.say("maturity.unproven-short")
    return f"{told} → {aim}" if aim and (level or 0) < aim else told
