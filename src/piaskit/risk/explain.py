"""The reasons of an assessment in words, with the rows behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from piaskit.risk.likelihood import COMPLETE
from piaskit.risk.rating import Rating
from piaskit.risk.scales import LEVELS, LIKELIHOODS, STATES, Positions, read_meets

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Method
    from piaskit.knowledge.records import Rule
    from piaskit.rules import Hit, Hits

LANGS = ("en", "zh")
SHOWN = 3  # strongest reasons that are written out; the rest is counted
CURRENT = STATES.index("current")
Row = dict[str, str]
Reason = dict[str, Any]
Said = dict[str, str]
CLAUSES: Said = {"en": "; ", "zh": "；"}
WORDS: Said = {"en": ", ", "zh": "、"}


def both(text: Any) -> Said:
    """Return a text of a pack in both languages."""
    return {"en": text["en"], "zh": text["zh"]}


@dataclass(frozen=True)
class Explainer:
    """Writes reasons for one rated case; texts come per language, ``{"en": ..., "zh": ...}``."""

    case: Case
    method: Method
    hits: Hits
    rating: Rating
    _cited: dict[str, Said] = field(default_factory=dict)
    _described: dict[tuple[int, str], Said] = field(default_factory=dict)
    _clauses: dict[str, list[str]] = field(default_factory=dict)

    def say(self, label: str, **fields: Said | str | int) -> Said:
        """Fill a label in both languages; a field that has both languages gives its own."""
        labels = self.case.knowledge.labels
        return {
            lang: labels(
                f"risk.{label}",
                lang,
                **{k: v[lang] if isinstance(v, dict) else v for k, v in fields.items()},
            )
            for lang in LANGS
        }

    def join(self, parts: Sequence[Said], signs: Said = CLAUSES) -> Said:
        """Join texts with the sign of each language, their own full stops left off."""
        return {lang: signs[lang].join(p[lang].rstrip(".。") for p in parts) for lang in LANGS}

    def cite(self, clause: str | None) -> Said:
        """Write a clause out; one that no pack lists stays as it is."""
        if not clause:
            return {"en": "", "zh": ""}
        if clause not in self._cited:
            try:
                self._cited[clause] = {
                    lang: self.case.knowledge.cite(clause, lang) for lang in LANGS
                }
            except KeyError:
                self._cited[clause] = dict.fromkeys(LANGS, clause)
        return self._cited[clause]

    def name_row(self, row: Any, column: str = "title") -> Said:
        """Take a text of the case in both languages; without it, the row's id."""
        said = {lang: self.case.say(row, column, lang) for lang in LANGS}
        return {lang: text or str(row["id"]) for lang, text in said.items()}

    @cached_property
    def items(self) -> list[dict[str, Any]]:
        """The items as rows, in the order of the sorted case."""
        rows = self.case.frames["items"].to_dict("records")
        return [{str(name): value for name, value in row.items()} for row in rows]

    @cached_property
    def _pairs(self) -> tuple[Positions, Positions]:
        """The activity and the item of each pair of ``Impacts``."""
        pairs = self.rating.impacts.pairs
        return pairs["activity"].to_numpy(), pairs["item"].to_numpy()

    @cached_property
    def measures(self) -> dict[str, Said]:
        """The titles of all controls."""
        return {
            name: {lang: control.title[lang] for lang in LANGS}
            for name, control in self.case.knowledge.controls.items()
        }

    @cached_property
    def top_hits(self) -> dict[int, list[int]]:
        """The strongest hits per activity and source, numbered activity by activity."""
        found = self.rating.likelihoods
        sources = len(self.method.sources)
        links = found.links.assign(
            source=found.source[found.links["hit"]],
            current=-found.levels[CURRENT, found.links["hit"]],
            inherent=-found.levels[0, found.links["hit"]],
        )
        links = links[links["source"] >= 0]
        links["slot"] = links["activity"] * sources + links["source"]
        best = links.sort_values(["slot", "current", "inherent", "hit"]).groupby("slot").head(SHOWN)
        grouped: dict[int, list[int]] = {}
        for slot, hit in zip(best["slot"].tolist(), best["hit"].tolist(), strict=True):
            grouped.setdefault(slot, []).append(hit)
        return grouped

    def describe_item(self, item: int, right: str) -> Said:
        """Say which impact the method proposes for an item, and why."""
        if (item, right) in self._described:
            return self._described[item, right]
        row = self.items[item]
        category = self.case.knowledge.categories.get(row["category"])
        kind = category.title if category else None
        proposal = self.method.propose_impact(row["category"])[right]
        said = self.say(
            "item",
            title=self.name_row(row),
            category={lang: kind[lang] if kind else str(row["category"]) for lang in LANGS},
            because={lang: proposal.because[lang] for lang in LANGS},
        )
        self._described[item, right] = said
        return said

    def describe_modifier(self, name: str) -> Said:
        """Say which modifier moved a level, with its clause and confidence."""
        modifier = self.method.modifiers[name]
        return self.say(
            "modifier",
            shift=modifier.shift,
            when={lang: modifier.when[lang].rstrip(".。") for lang in LANGS},
            clause=self.cite(modifier.clause),
            confidence=self.say(f"confidence.{modifier.confidence}"),
        )

    def list_shifts(self, pair: int, column: int) -> list[str]:
        """Name the modifiers that move the current impact of an item on a right.

        One alone that the end of the scale holds back is not named.
        """
        impacts = self.rating.impacts
        moved = [name for name, where in impacts.shifts.items() if bool(where[CURRENT, pair])]
        still = impacts.levels[CURRENT, pair, column] == impacts.base[pair, column]
        return [] if still and len(moved) == 1 else moved

    def explain_right(self, activity: int, column: int) -> tuple[Said, list[Row]]:
        """Say why an activity has its proposed impact on a right: the strongest items."""
        impacts, right = self.rating.impacts, list(self.method.rights)[column]
        first, last = np.searchsorted(self._pairs[0], [activity, activity + 1]).tolist()
        levels = impacts.levels[CURRENT, first:last, column]
        if not len(levels) or levels.max() < 0:
            return self.say("no-items"), []
        strongest = first + np.flatnonzero(levels == levels.max())
        items = self._pairs[1][strongest[:SHOWN]].tolist()
        parts = [self.describe_item(item, right) for item in items]
        if len(strongest) > SHOWN:
            parts.append(self.say("more-items", n=len(strongest) - SHOWN))
        pairs = strongest[:SHOWN].tolist()
        moved = sorted({name for pair in pairs for name in self.list_shifts(pair, column)})
        parts += [self.describe_modifier(name) for name in moved]
        return self.join(parts), [{"table": "items", "id": self.items[i]["id"]} for i in items]

    def explain_source(self, activity: int, column: int) -> tuple[Said, list[Row]]:
        """Say which criterion an activity meets in a risk-source dimension: the strongest hits."""
        source = list(self.method.sources)[column]
        level = self.rating.proposed[CURRENT, activity, len(self.method.rights) + column]
        criterion = self.method.criteria[source][LIKELIHOODS[level]]
        text = {lang: criterion[lang] for lang in LANGS}
        number = int(self.rating.hits[activity, column])
        if not number:
            return self.say("nothing-found", criterion=text), []
        top = self.top_hits[activity * len(self.method.sources) + column]
        parts = [self.tell(self.hits[hit]) for hit in top]
        if number > len(top):
            parts.append(self.say("more-hits", n=number - len(top)))
        said = self.say("criterion-met", n=number, found=self.join(parts), criterion=text)
        subjects = dict.fromkeys((self.hits[hit].table, self.hits[hit].id) for hit in top)
        return said, [{"table": table, "id": name} for table, name in subjects]

    def explain_judgement(self, row: Any, judged: str, proposed: str) -> Said:
        """Say what was judged instead of which proposal, and why; names stay out of reasons."""
        return self.say(
            "confirmed" if judged == proposed else "judged",
            level=self.name_level(judged),
            proposed=self.name_level(proposed),
            reason=self.state(row, "reason"),
        )

    def state(self, row: Any, column: str) -> Said:
        """Take a text of the case in both languages; without it, the words for not stated."""
        blank = self.say("not-stated")
        return {lang: self.case.say(row, column, lang) or blank[lang] for lang in LANGS}

    def name_level(self, word: str) -> Said:
        """Name a level of any scale in both languages."""
        scales = self.method.scales
        text = scales.risk[word] if word in LEVELS else scales.likelihood[word].title
        return {lang: text[lang] for lang in LANGS}

    def tell(self, hit: Hit) -> Said:
        """Tell what a rule found."""
        labels = self.case.knowledge.labels
        return {lang: hit.tell(lang, labels) for lang in LANGS}

    def explain_found(self, rule: Rule, told: Said) -> Reason:
        """Give the first reason of a risk, what was found; its rows are still to be named."""
        clause = next(iter(self.select_clauses(rule)), None)
        return self._reason(told, self.cite(clause), [])

    def explain_level(self, number: int, rule: Rule) -> list[Reason]:
        """Give the reasons that hold a risk down.

        They say the same for every risk of a rule that is alike in ``Rating.kinds``.
        """
        likely = self.rating.likelihoods
        reasons = [self._explain_extent(number, rule)]
        for state in ("current", "planned"):
            if likely.remedied[STATES.index(state), number]:
                said = self.say(f"remedied.{state}")
                reasons.append(self._reason(said, self.say("convention"), []))
                break
        if likely.lowered[CURRENT, number]:
            clause = self.cite(self.method.modifiers[COMPLETE].clause)
            reasons.append(self._reason(self.describe_modifier(COMPLETE), clause, []))
        if self.rating.risks.capped[number]:
            reasons.append(self._reason(self.say("capped"), self.say("convention"), []))
        return reasons

    def _explain_extent(self, number: int, rule: Rule) -> Reason:
        likely, measures = self.rating.likelihoods, rule.remedy
        fixed = len(set(read_meets(rule.meets).tolist())) == 1
        said = self.say(
            "stands" if fixed else "extent" if measures else "no-measure",
            working=int(likely.working[CURRENT, number]),
            planned=int(likely.working[STATES.index("planned"), number]),
            wanted=len(measures),
            measures=self.join([self.measures[name] for name in measures], WORDS),
            level=self.name_level(LIKELIHOODS[likely.levels[CURRENT, number]]),
        )
        return self._reason(said, self.say("convention"), [])

    def select_clauses(self, rule: Rule) -> list[str]:
        """Return the clauses of a rule, those of active regimes first."""
        if rule.id not in self._clauses:
            regulations = self.case.knowledge.regulations
            active = set(self.case.regimes)

            def is_foreign(clause: str) -> bool:
                regulation = regulations.get(clause.partition(" ")[0])
                return regulation is None or regulation.regime not in active

            self._clauses[rule.id] = sorted(rule.clauses, key=is_foreign)
        return self._clauses[rule.id]

    def explain_impact(self, level: int, column: int, pair: int) -> Reason:
        """Say what a risk could do: its highest impact, from ``Rating.strongest``."""
        if level < 0:
            return self._reason(self.say("no-items"), self.say("convention"), [])
        right = list(self.method.rights)[column]
        item = int(self._pairs[1][pair])
        said = self.say(
            "impact",
            level=self.name_level(LEVELS[level]),
            right={lang: self.method.rights[right].title[lang] for lang in LANGS},
            item=self.describe_item(item, right),
        )
        clause = self.cite(self.method.rights[right].clause)
        rows = [{"table": "items", "id": self.items[item]["id"]}]
        shifted = [self.describe_modifier(name) for name in self.list_shifts(pair, column)]
        return self._reason(self.join([said, *shifted]), clause, rows)

    def _reason(self, said: Said, clause: Said, rows: list[Row]) -> Reason:
        return {
            "text": said["en"],
            "text_zh": said["zh"],
            "clause": clause["en"],
            "clause_zh": clause["zh"],
            "rows": rows,
        }
