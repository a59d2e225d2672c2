"""Who passes which information to whom: the facts that every picture of an inventory is drawn from.

Frames all through, so that a million flows cost seconds; only what a picture shows becomes text.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from piaskit.case.columns import find_rows, split_lists
from piaskit.case.words import list_country_names
from piaskit.report.rows import list_records
from piaskit.report.svg import Say
from piaskit.report.voice import Voice

if TYPE_CHECKING:
    from piaskit.case import Case

FRONT = ("app", "mini-program", "web", "device")
LANES = ("subjects", "front", "back", "processors", "recipients", "abroad")
HOME = "CN"
OWN = ("subject", "authority")  # no recipients abroad, as in the rules on export


@dataclass(frozen=True, slots=True)
class Reach:
    """How many persons some flows concern: at least those of the largest flow.

    Persons of several flows are never added up, since one person may stand in all of them.
    ``low`` is None where no flow states a number; ``several`` says whether there are more flows.
    """

    low: int | None
    several: bool = False

    def shorten(self, say: Say) -> str:
        """Return the number to three digits, in thousands or the like of the language."""
        if self.low is None:
            return "?"
        for power in map(int, say("figure.powers").split()):
            if self.low >= 10**power and self.low >= 10_000:
                told = say(f"figure.power-{power}", n=f"{self.low / 10**power:.3g}")
                break
        else:
            told = f"{self.low:,}"
        return f"≥ {told}" if self.several else told

    def __str__(self) -> str:
        """Return the number, with a sign when it may be more; a question mark for none.

        >>> [str(Reach(5200, several=True)), str(Reach(860)), str(Reach(None))]
        ['≥ 5,200', '860', '?']
        """
        if self.low is None:
            return "?"
        return f"≥ {self.low:,}" if self.several else f"{self.low:,}"


@dataclass(frozen=True)
class Traffic:
    """The flows of a case with their ends.

    ``flows``: ``id activity stage source target`` (blank ends are ''), ``persons`` (float),
    ``source_lane target_lane`` ('' for a blank end), ``first last`` (its own row), and yes or no:
    ``abroad`` (leaves the mainland), ``onward`` (from one place abroad to another), ``sensitive``,
    ``children``, ``uncovered``. ``loads``: ``flow`` (row of flows), ``category``, ``family``,
    ``sensitive`` (yes, judge, no), one row per flow and category. ``places``: by id ``table title
    lane role kind country``. ``categories``: the titles of all categories, in the packs' order.
    """

    flows: pd.DataFrame
    loads: pd.DataFrame
    places: pd.DataFrame
    categories: dict[str, str]
    voice: Voice

    def name(self, place: str) -> str:
        """Return the title of a place, or that none is stated."""
        return str(self.titles.get(place, self.voice.say("word.blank")))

    @cached_property
    def titles(self) -> dict[str, str]:
        return dict(self.places["title"])

    @cached_property
    def tables(self) -> dict[str, str]:
        return dict(self.places["table"])

    def name_family(self, family: str) -> str:
        """Return what the categories before the dot are about; a pack's new family is its id."""
        label = f"report.family.{family}"
        return self.voice.say(f"family.{family}") if label in self.voice.labels else family

    @cached_property
    def countries(self) -> dict[str, str]:
        """The country or region of each place abroad, in words."""
        names = list_country_names(self.voice.lang)
        away = self.places.loc[self.places["country"] != HOME, "country"]
        return {place: names.get(code, code) for place, code in away.items() if code}  # type: ignore[misc]

    def name_abroad(self, place: str) -> str:
        """Return the title of a place with its country or region, unless the title says it."""
        title, country = self.name(place), self.countries.get(place)
        if country is None or country in title:
            return title
        return self.voice.say("figure.in-country", place=title, country=country)

    @cached_property
    def received(self) -> pd.DataFrame:
        """The flows that reach a recipient: a party but the persons themselves, a system abroad."""
        flows = self.flows
        party = look_up(self.places, flows["target"], "table") == "parties"
        party &= look_up(self.places, flows["target"], "role") != "subject"
        away = (flows["target_lane"] == "abroad") & flows["abroad"]
        chosen: pd.DataFrame = flows[(party | away) & (flows["source"] != flows["target"])]
        return chosen

    @cached_property
    def holders(self) -> list[str]:
        """The systems that hold information: at home, or abroad and handing on what they got."""
        systems = {id for id, table in self.tables.items() if table == "systems"}
        away = set(self.places.index[self.places["lane"] == "abroad"])
        return sorted((systems - away) | (systems & set(self.received["source"].unique())))

    @cached_property
    def recipients(self) -> list[tuple[str, Reach]]:
        """Every recipient with its persons, the largest first."""
        return rank_reaches(self.received, "target")

    @cached_property
    def left_for(self) -> list[tuple[str, Reach, tuple[str, ...]]]:
        """The places that flows out of the mainland reach, with persons and flows."""
        leaving = self.flows[self.flows["abroad"]]
        ids = leaving.groupby("target")["id"].agg(list).to_dict()
        return [
            (place, reach, tuple(ids[place])) for place, reach in rank_reaches(leaving, "target")
        ]


def read_traffic(case: Case, voice: Voice, uncovered: Collection[str] = ()) -> Traffic:
    """Read the flows of a case for its pictures; ``uncovered`` are ids that nothing protects."""
    places = _list_places(case, voice.lang)
    flows = case.frames["flows"].reindex(
        columns=["id", "activity", "stage", "source", "target", "items", "persons"]
    )
    flows = flows.sort_values("id", ignore_index=True)
    persons = flows["persons"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    flows = flows.assign(persons=persons)
    loads = _list_loads(case, flows)
    for end in ("source", "target"):
        flows[end] = flows[end].fillna("")
        flows[f"{end}_lane"] = look_up(places, flows[end], "lane")
    country, role = (
        [look_up(places, flows[end], name) for end in ("source", "target")]
        for name in ("country", "role")
    )
    home = np.isin(country[0], ["", HOME]) | (role[0] == "subject")
    away = ~np.isin(country[1], ["", HOME]) & ~np.isin(role[1], OWN)
    children = case.frames["activities"].set_index("id")["children"].fillna("0").ne("0")
    flows["abroad"] = away & home
    flows["onward"] = away & ~home & (flows["source"] != flows["target"]).to_numpy()
    flows["first"] = flows["last"] = np.arange(len(flows))
    loaded = loads.loc[loads["sensitive"] == "yes", "flow"]
    flows["sensitive"] = np.isin(flows["first"], loaded.to_numpy())
    flows["children"] = flows["activity"].map(children).fillna(False).astype(bool)
    marked = pd.Series(sorted(uncovered), dtype="str")
    flows["uncovered"] = find_rows(marked, flows["id"]) >= 0
    titles = {id: known.title[voice.lang] for id, known in case.knowledge.categories.items()}
    return Traffic(flows, loads, places, titles, voice)


def rank_reaches(flows: pd.DataFrame, by: str) -> list[tuple[str, Reach]]:
    """Return the reach of each group of flows, the largest first, equal ones by id."""
    found = measure_reaches(flows, [by])
    ranked = sorted(found.items(), key=lambda pair: (*rank_reach(pair[1]), pair[0]))
    return [(str(key[0]), reach) for key, reach in ranked]


def rank_reach(reach: Reach) -> tuple[int, bool]:
    """Return a key that puts more persons first, and unknown ones last."""
    return (1 if reach.low is None else -reach.low), not reach.several


@dataclass(frozen=True, slots=True)
class Folded:
    """Flows folded into rows: of each its most ``persons`` (nan where no flow states them), its
    ``first`` and ``last`` flow, and the highest ``rank`` of sensitivity.

    What has been folded may be folded further, so a million flows are gone through once.
    """

    persons: NDArray[np.float64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    rank: NDArray[np.int64]

    def fold(self, groups: NDArray[np.int64]) -> tuple[NDArray[np.int64], Folded]:
        """Fold by a number for each row; return the numbers there are, rising, and their rows."""
        order = np.argsort(groups, kind="stable")
        numbers, starts = np.unique(groups[order], return_index=True)
        if not len(starts):
            return numbers, self
        return numbers, Folded(
            np.fmax.reduceat(self.persons[order], starts),
            np.minimum.reduceat(self.first[order], starts),
            np.maximum.reduceat(self.last[order], starts),
            np.maximum.reduceat(self.rank[order], starts),
        )

    def list_reaches(self) -> list[Reach]:
        """Return the reach of each row."""
        several = (self.first != self.last).tolist()
        return [
            Reach(None if low != low else int(low), more)
            for low, more in zip(self.persons.tolist(), several, strict=True)
        ]


def join_folded(parts: Sequence[Folded]) -> Folded:
    """Put rows below one another."""
    return Folded(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("persons", "first", "last", "rank")
        )
    )


def fold_flows(flows: pd.DataFrame, by: Sequence[str]) -> tuple[list[tuple[str, ...]], Folded]:
    """Fold flows by columns of keys; return keys and rows of the groups. A blank is in no group."""
    found = [pd.factorize(flows[name]) for name in by]
    codes = np.array([codes for codes, _ in found])
    stated = (codes >= 0).all(axis=0)
    rank = flows["rank"].to_numpy() if "rank" in flows else np.zeros(len(flows), dtype=np.int64)
    columns = [*(flows[name].to_numpy() for name in ("persons", "first", "last")), rank]
    rows = Folded(*(column[stated] for column in columns))
    if not stated.any():
        return [], rows
    sizes = [len(names) for _, names in found]
    numbers, folded = rows.fold(np.ravel_multi_index(tuple(codes[:, stated]), sizes))
    keys = [
        np.asarray(names, dtype=object)[place].tolist()
        for (_, names), place in zip(found, np.unravel_index(numbers, sizes), strict=True)
    ]
    return list(zip(*keys, strict=True)), folded


def measure_reaches(flows: pd.DataFrame, by: Sequence[str]) -> dict[tuple[str, ...], Reach]:
    """Return the reach of each group of flows by its keys, which rise."""
    keys, folded = fold_flows(flows, by)
    return dict(sorted(zip(keys, folded.list_reaches(), strict=True)))


def look_up(places: pd.DataFrame, ids: pd.Series[str], column: str) -> NDArray[np.object_]:
    """Return a column of the places of many ids; blank for an id that names none."""
    known = np.append(places[column].to_numpy(dtype=object), "")
    found: NDArray[np.object_] = known[find_rows(places.index, ids)]
    return found


def _list_places(case: Case, lang: str) -> pd.DataFrame:
    found: dict[str, tuple[str, ...]] = {}
    for table in ("parties", "systems"):
        for row in list_records(case.frames[table]):
            title = row.get(f"title_{lang}") or row["title"] or row["id"]
            role, kind, country = (row.get(key) or "" for key in ("role", "kind", "country"))
            lane = _choose_lane(table, role, kind, country)
            found.setdefault(row["id"], (table, title, lane, role, kind, country))
    columns = ["table", "title", "lane", "role", "kind", "country"]
    index = pd.Index(list(found), dtype="str")
    return pd.DataFrame(list(found.values()), index, columns, dtype="str")


def _choose_lane(table: str, role: str, kind: str, country: str) -> str:
    if table == "parties" and role == "subject":
        return "subjects"
    if country not in ("", HOME):
        return "abroad"
    if table == "parties":
        return "processors" if role in ("processor", "sdk-provider") else "recipients"
    return "front" if kind in FRONT else "back"


def _list_loads(case: Case, flows: pd.DataFrame) -> pd.DataFrame:
    """Return the categories that each flow carries, one row per flow and category."""
    items = case.frames["items"]
    codes, names = pd.factorize(items["category"])
    rows, members = split_lists(flows["items"])
    item = find_rows(items["id"], members)
    carried = np.where(item >= 0, codes[item], -1) if len(items) else item
    known = carried >= 0
    pairs = np.unique(rows[known] * max(len(names), 1) + carried[known])
    flow, category = np.divmod(pairs, max(len(names), 1))
    told = [str(name) for name in names]
    made = {
        "category": told,
        "family": [name.partition(".")[0] for name in told],
        "sensitive": [judge_category(case, name) for name in told],
    }
    columns = {
        column: pd.Categorical(words, categories=sorted(set(words))).take(category)
        for column, words in made.items()
    }
    return pd.DataFrame({"flow": flow, **columns})


def judge_category(case: Case, name: str) -> str:
    """Say whether a category is sensitive in any active regime, or has to be judged in one."""
    known = case.knowledge.categories.get(name)
    answers = {known.sensitive.get(r, "judge") for r in case.regimes} if known else {"judge"}
    return "yes" if "yes" in answers else "judge" if "judge" in answers else "no"
