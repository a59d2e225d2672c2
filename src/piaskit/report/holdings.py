"""Who holds what: a matrix of kinds of information against systems and parties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import pandas as pd

from piaskit.report.svg import (
    LINE,
    RULE,
    SIZE,
    TEXT,
    UPRIGHT,
    Say,
    draw_box,
    draw_diamond,
    draw_flag,
    draw_path,
    measure_text,
    open_svg,
    wrap_text,
    write,
)
from piaskit.report.svg import show_number as _n
from piaskit.report.traffic import LANES, Traffic

DOINGS = ("stored", "receives", "sends")
OTHER_SYSTEMS, OTHER_PARTIES = "…systems", "…parties"  # no slug is written so
MOST_ROWS, MOST_COLUMNS = 47, 24
_NARROWEST, _ROW, _LINES = 18.8, 13.5, 2  # columns, rows, lines of a title
_HEAD = 138.0  # of the turned titles


@dataclass(frozen=True, slots=True)
class Holding:
    """A row: a category, or a family of them; what each place does with it."""

    title: str
    sensitive: str  # yes, judge, no
    places: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Holdings:
    """The rows, and the places that are columns, each with its title; systems come first."""

    rows: tuple[Holding, ...]
    systems: Mapping[str, str]
    parties: Mapping[str, str]
    abroad: frozenset[str] = field(default_factory=frozenset)


def trace_holdings(
    traffic: Traffic,
    most_rows: int = MOST_ROWS,
    most_columns: int = MOST_COLUMNS,
    seen: pd.DataFrame | None = None,
) -> Holdings:
    """Say of each category who stores, receives and sends it; the persons themselves left out.

    Beyond ``most_rows`` categories those that are not sensitive are joined by family, then all.
    Beyond ``most_columns`` places those with fewest categories are joined. ``seen`` is what
    ``list_doings`` says, where it is known already.
    """
    seen = list_doings(traffic) if seen is None else seen
    rows, titles = _choose_rows(traffic, most_rows)
    columns = _choose_columns(traffic, seen, most_columns)
    joined = seen.assign(
        row=seen["category"].map(rows), place=seen["place"].map(columns)
    ).drop_duplicates(["row", "place", "doing"])
    found: dict[str, dict[str, set[str]]] = {row: {} for row in titles}
    for row, place, doing in joined[["row", "place", "doing"]].itertuples(index=False, name=None):
        found[row].setdefault(place, set()).add(doing)
    shown = list(dict.fromkeys(columns.values()))
    systems = {p: _name(traffic, p, columns) for p in shown if _is_system(traffic, p)}
    parties = {p: _name(traffic, p, columns) for p in shown if p not in systems}
    return Holdings(
        tuple(
            Holding(title, mark, {place: frozenset(do) for place, do in found[row].items()})
            for row, (title, mark) in titles.items()
            if found[row]
        ),
        systems,
        parties,
        frozenset(place for place in shown if place in traffic.countries),
    )


def list_doings(traffic: Traffic) -> pd.DataFrame:
    """Return ``category place doing``, one row for each that some flow shows."""
    flows = traffic.flows
    moves = (flows["source"] != flows["target"]) & (flows["target"] != "")
    keeps = flows["stage"] == "store"
    kept_at = flows["target"].where(flows["target"] != "", flows["source"])
    parts = [
        pd.DataFrame({"flow": flows.index, "place": place, "doing": doing})[chosen]
        for doing, place, chosen in (
            ("stored", kept_at, keeps),
            ("receives", flows["target"], moves & ~keeps),
            ("sends", flows["source"], moves & (flows["source"] != "")),
        )
    ]
    done = pd.concat(parts).merge(traffic.loads[["flow", "category"]], on="flow")
    done = done[["category", "place", "doing"]].drop_duplicates(ignore_index=True)
    lane = done["place"].map(traffic.places["lane"])
    chosen = done[lane.notna() & (lane != "subjects")]
    return chosen.astype({"category": "str"})


def _choose_rows(traffic: Traffic, most: int) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Return the row of each category, and title and sensitivity of each row, in pack order."""
    loads = traffic.loads.drop_duplicates("category").astype("str").to_dict("records")
    known = {row["category"]: row for row in loads}
    order = {name: n for n, name in enumerate(traffic.categories)}
    names = sorted(known, key=lambda name: (order.get(name, len(order)), name))
    sensitive = {name for name in names if known[name]["sensitive"] == "yes"}
    family = {name: known[name]["family"] for name in names}
    apart = set(names)
    if len(names) > most:
        apart = sensitive
        if len(sensitive) + len({family[name] for name in names if name not in sensitive}) > most:
            apart = set()
    rows = {name: name if name in apart else f"{family[name]}…" for name in names}
    titles: dict[str, tuple[str, str]] = {}
    for name in names:
        members = [n for n in names if rows[n] == rows[name]]
        marks = {known[member]["sensitive"] for member in members}
        mark = next(word for word in ("yes", "judge", "no") if word in marks)
        title = traffic.categories.get(name, name)
        if name not in apart:
            title = traffic.voice.say(
                "figure.members", title=traffic.name_family(family[name]), n=len(members)
            )
        titles[rows[name]] = (title, mark)
    return rows, titles


def _choose_columns(traffic: Traffic, seen: pd.DataFrame, most: int) -> dict[str, str]:
    """Return the column of each place: lane by lane, those with most categories first."""
    counts: dict[str, int] = seen.groupby("place")["category"].nunique().to_dict()  # type: ignore[assignment]
    lanes = dict(traffic.places["lane"])
    away = traffic.countries
    ranked = sorted(counts, key=lambda place: (place not in away, -counts[place], place))
    kept = _share_columns(
        [place for place in ranked if _is_system(traffic, place)],
        [place for place in ranked if not _is_system(traffic, place)],
        most,
    )
    ordered = sorted(
        ranked,
        key=lambda place: (
            not _is_system(traffic, place),
            place not in kept,
            LANES.index(lanes[place]),
            -counts[place],
            place,
        ),
    )
    others = {True: OTHER_SYSTEMS, False: OTHER_PARTIES}
    return {p: p if p in kept else others[_is_system(traffic, p)] for p in ordered}


def _share_columns(systems: list[str], parties: list[str], most: int) -> set[str]:
    """Return the places with a column of their own; both groups get half, or what the other leaves.

    A group that exceeds its share gives one column to its others.
    """
    half = most // 2
    room = (max(half, most - len(parties)), max(most - half, most - len(systems)))
    return {
        place
        for group, size in zip((systems, parties), room, strict=True)
        for place in (group if len(group) <= size else group[: size - 1])
    }


def _is_system(traffic: Traffic, place: str) -> bool:
    return place == OTHER_SYSTEMS or traffic.tables.get(place) == "systems"


def _name(traffic: Traffic, place: str, columns: Mapping[str, str]) -> str:
    if place not in (OTHER_SYSTEMS, OTHER_PARTIES):
        return traffic.name(place)
    label = "figure.others-system" if place == OTHER_SYSTEMS else "figure.others-party"
    return traffic.voice.say(label, n=sum(column == place for column in columns.values()))


def draw_holdings(holdings: Holdings, say: Say, room: tuple[float, float] = UPRIGHT) -> str:
    """Draw the matrix; three places in a cell tell what is done, so no colour is needed."""
    width = room[0]
    places = [*holdings.systems.items(), *holdings.parties.items()]
    named = max([measure_text(row.title, SIZE) for row in holdings.rows], default=0.0) + 20
    label = min(named, width - _NARROWEST * len(places))
    step = min(24.0, (width - label) / max(len(places), 1))
    lines = [wrap_text(title, SIZE - 0.5, _HEAD - 4, _LINES) for _, title in places]
    head = max([40.0, *(measure_text(x, SIZE - 0.5) + 6 for some in lines for x in some)]) + 14
    bottom = head + 14 + _ROW * len(holdings.rows)
    out = [open_svg(width, bottom + 28)]
    out += _draw_heads(holdings, say, label, step, width)
    for number, (place, _) in enumerate(places):
        middle = label + (number + 0.5) * step
        shift = -5.0 if len(lines[number]) > 1 else 0.0
        for n, line in enumerate(lines[number]):
            x = middle + 3.5 + shift + 10 * n
            out.append(write(line, x, head + 8, SIZE - 0.5, turn=-90))
        if place in holdings.abroad:
            out.append(draw_flag(middle - 5, bottom + 1))
    for number, row in enumerate(holdings.rows):
        y = head + 14 + _ROW * number
        out += _draw_row(row, y, label, step, [place for place, _ in places])
    out += _draw_grid(len(holdings.systems), len(places), label, step, head + 14, bottom)
    return "".join([*out, *_draw_legend(2, bottom + 15, say), "</svg>\n"])


def _draw_heads(holdings: Holdings, say: Say, label: float, step: float, width: float) -> list[str]:
    """Write what the two groups of columns are, the second one flush right where it is narrow."""
    out = []
    if holdings.systems:
        out.append(write(say("figure.systems"), label, 11, SIZE, bold=True))
    if holdings.parties:
        words = say("figure.parties")
        start = label + len(holdings.systems) * step + 2
        out.append(write(words, min(start, width - measure_text(words, SIZE)), 11, bold=True))
    return out


def _draw_row(row: Holding, y: float, label: float, step: float, places: list[str]) -> list[str]:
    out = []
    if row.sensitive != "no":
        out.append(draw_diamond(2, y + 2.5, open=row.sensitive == "judge"))
    out.append(write(wrap_text(row.title, SIZE, label - 18, 1)[0], 14, y + 10.5))
    for number, place in enumerate(places):
        doings = row.places.get(place, frozenset())
        out += _draw_doings(doings, label + number * step, y + _ROW / 2, step)
    return out


def _draw_doings(doings: frozenset[str], x: float, y: float, step: float) -> list[str]:
    """Draw what is done: left what comes in, in the middle what is kept, right what goes out."""
    out = []
    middle = x + step / 2
    if "receives" in doings:
        out.append(draw_path(f"M{_n(middle - 8.5)} {_n(y - 3)}l5 3l-5 3z", fill=TEXT))
    if "stored" in doings:
        out.append(draw_box(middle - 2.5, y - 2.5, 5, 5, TEXT))
    if "sends" in doings:
        path = f"M{_n(middle + 4)} {_n(y - 2.6)}l4.4 2.6l-4.4 2.6z"
        out.append(draw_path(path, fill="#FFFFFF", stroke=TEXT, width=0.9))
    return out


def _draw_grid(
    systems: int, columns: int, label: float, step: float, top: float, bottom: float
) -> list[str]:
    out = []
    for number in range(columns + 1):
        x = label + number * step
        wide = number in (0, systems, columns)
        path = f"M{_n(x)} {_n(top - 4)}V{_n(bottom)}"
        out.append(draw_path(path, stroke=LINE if wide else RULE, width=0.8))
    rows = round((bottom - top) / _ROW)
    for number in range(rows + 1):
        y = top + number * _ROW
        edge = number % 5 == 0 or number == rows
        right = _n(label + columns * step)
        out.append(draw_path(f"M0 {_n(y)}H{right}", stroke=LINE if edge else RULE, width=0.6))
    return out


def _draw_legend(x: float, y: float, say: Say) -> list[str]:
    out: list[str] = []
    for doing in ("receives", "stored", "sends"):
        shift = {"receives": 8.5, "stored": 3.0, "sends": -3.0}[doing]
        out += _draw_doings(frozenset([doing]), x + shift - 10, y + 6, 20)
        words = say(f"figure.{doing}")
        out.append(write(words, x + 11, y + 9.5))
        x += 11 + measure_text(words, SIZE) + 14
    for draw, label in (
        (draw_diamond, "sensitive"),
        (partial(draw_diamond, open=True), "judge"),
        (draw_flag, "abroad"),
    ):
        words = say(f"figure.{label}")
        out += [draw(x, y + 1), write(words, x + 13, y + 9.5)]
        x += 13 + measure_text(words, SIZE) + 14
    return out
