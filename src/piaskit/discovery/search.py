"""Every column of a source is judged by its names and values, in the order of the source."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate

from piaskit.discovery.columns import Column, Named, read_columns
from piaskit.discovery.containers import Inside, find_containers, is_wordy, open_containers
from piaskit.discovery.findings import Because, Discovery, Finding
from piaskit.discovery.judge import Judge, list_links
from piaskit.discovery.mask import mask_secret, mask_value
from piaskit.discovery.persons import find_person_tables
from piaskit.discovery.places import find_coordinates
from piaskit.discovery.tables import Source, Table
from piaskit.discovery.texts import TextSearch, build_search
from piaskit.discovery.values import LEAST, Detectors, build_detectors
from piaskit.discovery.vocabulary import Vocabulary, build_vocabulary
from piaskit.knowledge import Knowledge, Text

SHORT_TEXT = 8  # characters on average from which values are searched for what stands in them


def search_source(source: Source, knowledge: Knowledge, as_of: date) -> Discovery:
    """Judge every column of a source."""
    vocabulary = build_vocabulary(knowledge)
    detectors = build_detectors(knowledge)
    judge = Judge(vocabulary, knowledge)
    texts = build_search(knowledge)
    columns = [column for table in source.tables for column in table.columns]
    named = dict(zip(columns, read_columns(vocabulary, columns), strict=True))
    findings: list[Finding] = []
    containers = []
    for table in source.tables:
        held = find_containers(table, named, vocabulary)
        containers += held
        found = list(_judge_table(table, named, judge, detectors, as_of))
        inside = list(open_containers(table, held))
        found += _judge_inside(inside, vocabulary, judge, detectors, as_of)
        found += _judge_texts(table, found, texts)
        findings += _order(table, found)
    links = list_links((c, named[c]) for c in columns)
    return Discovery(
        source.name,
        source.kind,
        as_of,
        knowledge,
        tuple(findings),
        tuple(containers),
        tuple(links),
        tuple(find_person_tables(source.tables, named, findings, links)),
        tuple(
            {
                "table": t.name,
                "names": [c.name for c in t.columns],
                "rows": t.rows,
                "sampled": t.sampled,
            }
            for t in source.tables
        ),
        source.notices,
    )


def _judge_table(
    table: Table,
    named: dict[Column, Named],
    judge: Judge,
    detectors: Detectors,
    as_of: date,
) -> Iterator[Finding]:
    pairs = find_coordinates(table, detectors.boxes)
    for column in table.columns:
        texts = table.list_texts(column.name)
        sightings = detectors.detect_values(texts, as_of) if texts else []
        sightings += pairs.get(column.name, [])
        found = judge.judge_column(column, named[column], sightings, len(texts))
        if found:
            yield found


def _judge_inside(
    inside: list[Inside],
    vocabulary: Vocabulary,
    judge: Judge,
    detectors: Detectors,
    as_of: date,
) -> Iterator[Finding]:
    columns = [Column(i.table, i.key, table_comment=i.table_comment) for i in inside]
    for part, named in zip(inside, read_columns(vocabulary, columns), strict=True):
        sightings = detectors.detect_values(part.texts, as_of)
        own = Column(part.table, part.column)
        known = named.reading.kind in ("personal", "secret", "link")
        path = part.show_path(known)
        found = judge.judge_column(own, named, sightings, len(part.texts), path)
        if found:
            yield found


def _judge_texts(table: Table, found: Sequence[Finding], texts: TextSearch) -> Iterator[Finding]:
    """Tell what stands proven inside values of several words, whatever their column is called."""
    told = {(finding.column, finding.category) for finding in found}
    for column in table.columns:
        sampled = table.list_texts(column.name)
        if not is_wordy(sampled, SHORT_TEXT):
            continue
        counts: Counter[str] = Counter()
        titles: dict[str, Text] = {}
        for text in sampled:
            proven = {
                form.category: form.title
                for form, _, _ in texts.find_proven(text)
                if form.kind == "personal"
            }
            counts.update(proven.keys())
            titles |= proven
        for category, n in counts.items():
            if n >= LEAST and (column.name, category) not in told:
                title = titles[category]
                fields = {"n": n, "of": len(sampled), "en": title.en, "zh": title.zh}
                because: Because = (("discover.because.inside", fields),)
                yield Finding(
                    table.name,
                    column.name,
                    category,
                    "medium",
                    because,
                    path=".*",
                    found_by=("values",),
                    sampled=len(sampled),
                    matched=n,
                )


def search_texts(texts: Mapping[str, str], knowledge: Knowledge, as_of: date) -> Discovery:
    """Find what texts meant for publication say of persons, and of whom.

    ``texts`` are given by name; all are searched in one go, and a piece is told by the line and
    sign of its own text.
    """
    search = build_search(knowledge)
    names = list(texts)
    starts = [0, *accumulate(len(text) + 1 for text in texts.values())]
    whole = "\n".join(texts.values())
    findings = []
    for span in search.search_text(whole, as_of):
        at = bisect_right(starts, span.start) - 1
        line, sign = _locate(whole, starts[at], span.start)
        told: Because = (
            ("discover.because.span", {"en": span.title.en, "zh": span.title.zh}),
            (f"discover.because.whose.{span.whose}", {}),
        )
        hide = mask_secret if span.kind == "secret" else mask_value
        findings.append(
            Finding(
                names[at],
                f"{line}:{sign}",
                span.category,
                span.sure,
                told,
                span.kind,
                found_by=("values",),
                sampled=1,
                matched=1,
                children=1 if span.child else None,
                example=hide(whole[span.start : span.end]),
                whose=span.whose,
                line=line,
            )
        )
    return Discovery("text", "text", as_of, knowledge, tuple(findings))


def _locate(text: str, start: int, at: int) -> tuple[int, int]:
    """Return the line of a place, counted from a start, and the sign in that line."""
    line = text.count("\n", start, at) + 1
    begun = max(text.rfind("\n", start, at) + 1, start)
    return line, at - begun + 1


def _order(table: Table, findings: list[Finding]) -> list[Finding]:
    at = {column.name: n for n, column in enumerate(table.columns)}
    return sorted(findings, key=lambda f: (at.get(f.column, len(at)), f.path))
