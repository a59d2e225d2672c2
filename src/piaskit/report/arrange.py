"""A report as an organisation wants it: its order, headings, texts, colour and logo."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Literal

from piaskit.errors import InvalidData, Issue, Place
from piaskit.knowledge import Labels
from piaskit.knowledge.template import Template
from piaskit.report.document import (
    Block,
    Document,
    PageBreak,
    Paragraph,
    Picture,
    Section,
    Visibility,
)

DEEPER: dict[int, Literal[1, 2, 3]] = {1: 2, 2: 3, 3: 3}
Group = tuple[Section, ...]
Blocks = tuple[Block, ...]


def check_template(template: Template, labels: Labels) -> None:
    """Refuse a template that names a section no report has.

    Raises
    ------
    InvalidData
        ``unknown-section`` for each, with the nearest one.
    """
    heads = [
        id.removeprefix("report.heading.") for id in labels if id.startswith("report.heading.")
    ]
    named = [section for chapter in template.chapters for section in chapter.sections]
    named += [block.section for block in template.blocks]
    issues = []
    for id in dict.fromkeys(named):
        if id not in heads:
            near = get_close_matches(id, heads, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else None
            place = Place(f"templates/{template.id}.yaml", column="sections")
            issues.append(
                Issue("unknown-section", place, f"no report has a section {id}", id, hint)
            )
    if issues:
        raise InvalidData(issues)


def arrange_document(document: Document, template: Template) -> Document:
    """Return a document in the order, with the texts and in the colours of a template."""
    lang = document.lang
    groups = {group[0].id: group for group in _split(_add_texts(document, template))}
    sections: list[Section] = []
    for chapter in template.chapters:
        members = [groups.pop(id) for id in chapter.sections if id in groups]
        if chapter.title is None or chapter.id is None:
            sections += [section for group in members for section in group]
        elif members:
            sections.append(_head(chapter.id, chapter.title[lang], document.edition))
            if chapter.text is not None:
                text = Paragraph(chapter.text[lang], "normal", document.edition)
                sections[-1] = replace(sections[-1], blocks=(text,))
            sections += [_lower(section) for group in members for section in group]
    sections += [section for group in groups.values() for section in group]
    logo = template.logo
    return replace(
        document,
        sections=tuple(sections),
        subtitle=template.subtitle[lang] if template.subtitle else document.subtitle,
        accent=template.accent.lower() if template.accent else document.accent,
        logo=Picture("".join(logo.png.split()), logo.alt[lang]) if logo else None,
    )


def _split(sections: Iterable[Section]) -> list[Group]:
    """Return each section of level 1 with those below it."""
    groups: list[list[Section]] = []
    for section in sections:
        if section.level == 1 or not groups:
            groups.append([])
        groups[-1].append(section)
    return [tuple(group) for group in groups]


def _add_texts(document: Document, template: Template) -> Sequence[Section]:
    found = []
    for section in document.sections:
        texts = {
            at: tuple(
                Paragraph(block.text[document.lang], block.style, document.edition)
                for block in template.blocks
                if block.section == section.id and block.at == at
            )
            for at in ("start", "end")
        }
        opening, inner, closing = _split_breaks(section.blocks)
        blocks = (*opening, *texts["start"], *inner, *texts["end"], *closing)
        found.append(replace(section, blocks=blocks))
    return found


def _split_breaks(blocks: Blocks) -> tuple[Blocks, Blocks, Blocks]:
    """Return the break that opens a page, what stands on it, and the break that closes it."""
    first = bool(blocks) and isinstance(blocks[0], PageBreak)
    last = len(blocks) - (len(blocks) > first and isinstance(blocks[-1], PageBreak))
    return blocks[:first], blocks[first:last], blocks[last:]


def _head(id: str, title: str, visibility: Visibility) -> Section:
    return Section(f"chapter-{id}", title, (), 1, visibility)


def _lower(section: Section) -> Section:
    return replace(section, level=DEEPER[section.level])


def decode_picture(picture: Picture) -> bytes:
    """Return the PNG file of a picture."""
    return base64.b64decode(picture.png)
