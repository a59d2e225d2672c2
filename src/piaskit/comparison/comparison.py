"""The verb of the room: two cases in, what changed and which risk moved out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from piaskit import __version__
from piaskit.comparison.inventory import TOPICS, Inventory, compare_inventories
from piaskit.comparison.risks import GROUPS, Risk, compare_risks, list_failing
from piaskit.comparison.wording import Change, Writer, write_changes
from piaskit.display import Content, Grid, Mark

if TYPE_CHECKING:
    from piaskit.case import Case


@dataclass(frozen=True, repr=False)
class Comparison:
    """The result of ``compare_cases``; it shows itself in the first language of the new case."""

    old: Case
    new: Case
    method: str
    inventory: Inventory
    risks: dict[str, list[Risk]] = field(default_factory=dict)

    @cached_property
    def changes(self) -> list[Change]:
        """The changes of the inventory as JSON holds them, purposes first."""
        rows = self.inventory.changes.to_dict("records")
        english, chinese = make_writers(self.old, self.new, self.inventory)
        return write_changes(
            ({str(key): value for key, value in row.items()} for row in rows), english, chinese
        )

    def list_failing(self, level: str) -> list[str]:
        """Return the ids of new and raised risks at or above a level."""
        return list_failing(self.risks, level)

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's JSON."""
        return {
            "piaskit": __version__,
            "schema": 1,
            "as_of": self.new.as_of.isoformat(),
            "days": {"old": self.old.as_of.isoformat(), "new": self.new.as_of.isoformat()},
            "method": self.method,
            "inventory": {
                "counts": self.inventory.count(),
                "renamed": self.inventory.renames,
                "changes": self.changes,
            },
            "risks": {group: self.risks.get(group, []) for group in GROUPS},
        }

    def __repr__(self) -> str:
        sizes = ", ".join(f"{len(self.risks.get(group, ()))} {group}" for group in GROUPS)
        return f"<Comparison: {len(self.inventory.changes)} changes; risks: {sizes}>"

    def _repr_html_(self) -> str:
        labels, lang = self.new.knowledge.labels, self.new.languages[0]
        ending = "_zh" if lang == "zh" else ""

        def say(label: str, **fields: object) -> str:
            return labels(f"comparison.{label}", lang, **fields)

        grids = []
        for topic in TOPICS:
            lines = [c[f"because{ending}"] for c in self.changes if c["topic"] == topic]
            if lines:
                title = say(f"topic.{topic}", n=len(lines))
                grids.append(Grid(title, (say("change"),), [(line,) for line in lines], lang))
        for group in GROUPS:
            rows: list[list[Content]] = [
                [
                    risk[f"title{ending}"] or risk["title"],
                    [
                        Mark(level, labels(f"risk.level.{level}", lang))
                        for level in (risk.get("level"), risk.get("from"), risk.get("to"))
                        if level
                    ],
                    [why[f"because{ending}"] for why in risk["why"]],
                ]
                for risk in self.risks.get(group, ())
            ]
            if rows:
                heads = (say("risk"), say("level"), say("reason"))
                grids.append(Grid(say(f"group.{group}", n=len(rows)), heads, rows, lang))
        if not grids:
            return Grid("", (say("nothing"),), [], lang)._repr_html_()
        return "".join(grid._repr_html_() for grid in grids)


def compare_cases(old: Case, new: Case, method: str = "", *, risks: bool = True) -> Comparison:
    """Compare two states of a case: the inventory in words, and the risks with the reasons.

    ``method`` is that of the assessment, else the first of the new case; without ``risks`` none is
    assessed. Raises InvalidData for an unknown method.
    """
    chosen = method or new.methods[0]
    inventory = compare_inventories(old, new)
    if not risks:
        return Comparison(old, new, chosen, inventory)
    writers = make_writers(old, new, inventory)
    found = compare_risks(old, new, inventory, writers, chosen)
    return Comparison(old, new, chosen, inventory, found)


def make_writers(old: Case, new: Case, inventory: Inventory) -> tuple[Writer, Writer]:
    """Return what tells changes in English, and in Chinese."""
    return Writer(old, new, inventory, "en"), Writer(old, new, inventory, "zh")
