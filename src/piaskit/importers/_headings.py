"""Where the headings of a foreign sheet stand, what they are called, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from piaskit.case.archive import name_column
from piaskit.case.tables import TABLES
from piaskit.case.words import fold
from piaskit.importers._sheet_words import Vocabulary
from piaskit.importers._sheets import Grid, clean_heading

ROW_KINDS = {
    "activity": "activities",
    "item": "items",
    "party": "parties",
    "system": "systems",
    "flow": "flows",
    "safeguard": "safeguards",
}
SEARCHED = 30  # rows from the top among which the headings are looked for
DEEPEST = 3  # rows of one heading
_STATED = re.compile(r"[^:：]{1,20}[:：]\s*\S.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heading:
    """One column: the key under which a mapping names it, and its own lines from the top."""

    key: str
    lines: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Match:
    """A field that a heading may mean: how sure, and a weight for comparing."""

    field: str
    weight: float
    sure: str


def name_headings(grid: Grid, rows: Sequence[int]) -> list[Heading]:
    """Join the heading rows (counted from 0) into one heading per column.

    A group heading stands before its sub heading: ``委托处理 / 受托方``. One that stands twice gets
    its column's letter.
    """
    found: list[tuple[tuple[str, ...], int]] = []
    for position in range(grid.width):
        lines: list[str] = []
        for row in rows:
            text = clean_heading(_read_line(grid, row, position, rows[-1]))
            if text and (not lines or lines[-1] != text):
                lines.append(text)
        filled = any(grid.get(r, position) for r in range(rows[-1] + 1, len(grid.rows)))
        if lines or filled:
            found.append((tuple(lines), position))
    keys = [clean_heading(" / ".join(lines)) for lines, _ in found]
    headings = []
    for key, (parts, position) in zip(keys, found, strict=True):
        letter = f"[{name_column(position)}]"
        unique = f"{key} {letter}".strip() if not key or keys.count(key) > 1 else key
        headings.append(Heading(unique, parts, position))
    return headings


def _read_line(grid: Grid, row: int, position: int, last: int) -> str:
    text = grid.get_filled(row, position)
    if text or row == last or (row, position) in grid.first or not grid.get(last, position):
        return text
    # Without merged cells a group heading stands over the first of its columns alone.
    for left in range(position - 1, -1, -1):
        if (row, left) in grid.first or not grid.get(last, left):
            return ""
        if grid.get(row, left):
            return grid.get(row, left)
    return ""


def find_header(grid: Grid, vocabulary: Vocabulary, row_is: str = "activity") -> list[int]:
    """Return the rows (from 0) of the headings: those that hold the most known words."""
    best: tuple[float, list[int]] = (0.0, [])
    for top in range(min(SEARCHED, len(grid.rows))):
        texts = [text for _, text in grid.list_texts(top)]
        if len(texts) < (2 if row_is == "activity" else 1):
            continue
        if all(_STATED.fullmatch(text) for text in texts):
            continue  # a line such as 版本：V2.0 above the headings
        rows = [top]
        while len(rows) < DEEPEST and _continues(grid, rows[-1], vocabulary, row_is):
            rows.append(rows[-1] + 1)
        score = _score(grid, rows, vocabulary, row_is)
        if score > best[0] + 0.5:
            best = (score, rows)
    # The name of a sheet of another kind has spoken already.
    return best[1] if best[0] >= (3 if row_is == "activity" else 2) else []


def _score(grid: Grid, rows: list[int], vocabulary: Vocabulary, row_is: str) -> float:
    fields: dict[str, float] = {}
    for heading in name_headings(grid, rows):
        matches = match_heading(heading, vocabulary, row_is)
        if matches and not any(len(line) > 40 for line in heading.lines):
            match = matches[0]
            weight = 2.0 if match.weight >= 4 else 1.0
            fields[match.field] = max(fields.get(match.field, 0.0), weight)
    return sum(fields.values())


def _continues(grid: Grid, row: int, vocabulary: Vocabulary, row_is: str) -> bool:
    """Tell whether the next row is a further line of the headings in this one."""
    below = row + 1
    if below >= len(grid.rows) or not any(grid.rows[below]):
        return False
    starts = [(s, e) for s, e in grid.spans.items() if s[0] <= row <= e[0] and grid.get(*s)]
    if any(s[0] <= row < e[0] and e[0] < row + DEEPEST and grid.width > e[1] - s[1] + 1
           for s, e in starts):  # fmt: skip
        return len([1 for s, e in starts if e[0] > row]) > 1 or _has_groups(grid, row, below)
    if _has_groups(grid, row, below):
        return True
    texts = grid.list_texts(below)
    alone = [t for c, t in texts if not grid.get(row, c)]
    if len(alone) < 2 or any(len(t) > 20 or any(x.isdigit() for x in t) for _, t in texts):
        return False
    headings = [h for h in name_headings(grid, [row, below]) if grid.get(below, h.position)]
    known = [h for h in headings if _knows_last(h, vocabulary, row_is)]
    return len(known) * 2 >= len(texts)


def _knows_last(heading: Heading, vocabulary: Vocabulary, row_is: str) -> bool:
    """Tell whether a heading's own line, not only its group, is a known word."""
    matches = match_heading(heading, vocabulary, row_is)
    return bool(matches) and matches[0].weight >= 3


def _has_groups(grid: Grid, row: int, below: int) -> bool:
    for (top, left), (bottom, right) in grid.spans.items():
        if top <= row == bottom and left < right and right - left + 1 < max(grid.width - 1, 2):
            under = {grid.get(below, c) for c in range(left, right + 1)} - {""}
            if len(under) > 1 and all(len(t) <= 30 for t in under):
                return True
    return False


def match_heading(heading: Heading, vocabulary: Vocabulary, row_is: str) -> list[Match]:
    """Return the fields a heading may mean, the surest first; none when its words say nothing."""
    if not heading.lines:
        return []
    table = ROW_KINDS.get(row_is, "")
    if row_is != "activity":
        return _match_table(heading, vocabulary, table, row_is)
    own = _spell(heading.lines[-1])
    whole = _spell(" ".join(heading.lines))
    group = fold(" ".join(heading.lines[:-1]))
    found: dict[str, Match] = {}
    for field, words in vocabulary.data["fields"].items():
        exact = {fold(w) for w in words.get("words", ())}
        parts = [fold(w) for w in words.get("parts", ())]
        for part, below in words.get("under", {}).items():
            if fold(part) in group and own & {fold(w) for w in below}:
                _keep(found, Match(field, 5 + len(part) / 100, "exact word"))
        if own & exact or whole & exact:
            # A sub heading such as 名称 says nothing alone.
            weight = 4.5 if not group or whole & exact else 4.0
            _keep(found, Match(field, weight, "exact word"))
        for texts, weight in ((own, 3.0), (whole, 2.0)):
            longest = max((len(p) for p in parts if any(p in t for t in texts)), default=0)
            if longest:
                _keep(found, Match(field, weight + longest / 100, "contained word"))
    return sorted(found.values(), key=lambda m: -m.weight)


def _match_table(heading: Heading, vocabulary: Vocabulary, table: str, row_is: str) -> list[Match]:
    own = {form for f in _spell(heading.lines[-1]) for form in (f, f.removeprefix("是否"))}
    columns = vocabulary.data["sheets"][row_is]["columns"]
    for field, words in columns.items():
        if own & {fold(w) for w in words}:
            return [Match(field, 4.5, "exact word")]
    for text in sorted(own):
        name = vocabulary.words.find_column(TABLES[table], text)
        if name:
            return [Match(f"{table}.{name}", 4.5, "exact word")]
    ids = {fold(w) for w in vocabulary.data["fields"]["activities.id"]["words"]}
    return [Match(f"{table}.id", 4.0, "exact word")] if own & ids else []


def _keep(found: dict[str, Match], match: Match) -> None:
    if match.field not in found or found[match.field].weight < match.weight:
        found[match.field] = match


def _spell(text: str) -> set[str]:
    """Return the forms of a heading in which words are looked for: bare, without brackets."""
    bare = re.sub(r"[（(【\[].*?[)）】\]]", "", text)
    bare = re.sub(r"^[\d一二三四五六七八九十]+[.、．]|[*＊:：?？]", "", bare.strip())
    return {form for form in (fold(text), fold(bare)) if form}


def guess_kind(grid: Grid, vocabulary: Vocabulary) -> str:
    """Guess what one row of a sheet is, by the sheet's name, then by its headings."""
    name = fold(grid.name)
    for row_is, about in vocabulary.data["sheets"].items():
        labels = vocabulary.knowledge.labels.words("table", [ROW_KINDS[row_is]])
        known = {fold(w) for w in (*about["words"], *labels)}
        header = find_header(grid, vocabulary, row_is) if name in known else []
        if header:
            return str(row_is)
    return "activity"
