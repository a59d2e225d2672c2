"""Risks of a Threagile model: those somebody identified, and those whose state is tracked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from piaskit.importers._html import read_lines
from piaskit.importers._places import make_id
from piaskit.importers._threat_model import name_key
from piaskit.importers.threagile import list_texts, read_words

if TYPE_CHECKING:
    from piaskit.importers._threagile import ThreagileReader

Record = dict[str, Any]
_RISK_AS_TEXT = (
    "severity", "exploitation_likelihood", "exploitation_impact", "data_breach_probability",
    "stride", "function", "cwe",
)  # fmt: skip
_MOST_RELEVANT = (
    "technical_asset", "data_asset", "communication_link", "trust_boundary", "shared_runtime",
)  # fmt: skip


def read_risks(reader: ThreagileReader) -> None:
    """Make judgements of risks; one that is tracked as closed stays text."""
    _RiskReader(reader).run()


class _RiskReader:
    def __init__(self, reader: ThreagileReader) -> None:
        self.model, self.out, self.reading = reader.model, reader.out, reader.reading
        self.title, self.assets = reader.title, reader.assets
        self.reading.activity = reader.home or next(iter(self.out.tables.get("activities", {})), "")
        self.known = self._list_ids()

    def run(self) -> None:
        tracked = self.model.get("risk_tracking")
        tracked = tracked if isinstance(tracked, dict) else {}
        told: set[str] = set()
        categories = [*self._list_categories()]
        for title, category in categories:
            identified = category.get("risks_identified") or {}
            if not isinstance(identified, dict):
                self.out.keep(f"risk {title}", "risks_identified", identified)
                self.out.contradict(f"risk {title}: its risks are no titles with scores")
                continue
            for name, risk in identified.items():
                risk = risk if isinstance(risk, dict) else {}
                told |= self._add_risk(title, category, name, risk, tracked)
        for key, tracking in tracked.items():
            rule, _, rest = key.partition("@")
            for part in rest.split("@"):
                element = part.partition(">")[0]
                if element and "*" not in element and element not in self.known:
                    text = f"names {element}, which the model does not hold"
                    self.out.contradict(f"risk tracking {key}: {text}")
            if key in told:
                continue
            if str(tracking.get("status") or "") in read_words()["closed"]:
                self.out.keep(f"risk tracking {key}", "state", tracking)
            else:
                self.reading.add_threat(name_key("tracked", key), rest or rule, rule, "", tracking)

    def _list_categories(self) -> Iterator[tuple[str, Record]]:
        for name in ("individual_risk_categories", "custom_risk_categories"):
            value = self.model.get(name) or {}
            pairs = value.items() if isinstance(value, dict) else (("", v) for v in value)
            for title, category in pairs:
                if isinstance(category, dict):
                    yield str(title or category.get("title") or category.get("id")), category

    def _add_risk(
        self, title: str, category: Record, name: str, risk: Record, tracked: dict[str, Record]
    ) -> set[str]:
        rule = str(category.get("id") or make_id(title))
        elements = {
            str(risk[f"most_relevant_{kind}"])
            for kind in _MOST_RELEVANT
            if risk.get(f"most_relevant_{kind}")
        } | {*list_texts(risk.get("data_breach_technical_assets"))}
        for element in sorted(elements):
            if element.partition(">")[0] not in self.known:
                self.out.contradict(f"risk {title}: names {element}, which the model does not hold")
        scores: Record = {k: risk.get(k) or category.get(k) or "" for k in _RISK_AS_TEXT}
        matching = {key for key in tracked if _tracks(key, rule, elements)}
        for key in sorted(matching):
            scores |= {f"tracked {k}": v for k, v in tracked[key].items()}
        problem = " ".join(read_lines(name))
        known = {str(a["id"]): t for t, a in self.assets.items()}
        about = known.get(str(risk.get("most_relevant_technical_asset")), self.title)
        description = f"{problem}. {category.get('description') or ''}".strip()
        self.reading.add_threat(make_id("risk", rule, problem), about, title, description, scores)
        where = f"risk {title}"
        for key in ("impact", "action", "mitigation", "check", "risk_assessment"):
            self.out.keep(where, key, category.get(key))
        return matching

    def _list_ids(self) -> set[str]:
        groups = ("trust_boundaries", "shared_runtimes")
        others = (r for name in groups for r in (self.model.get(name) or {}).values())
        ids = {str(r.get("id")) for r in others if isinstance(r, dict)}
        return ids | self.reading.places.keys() | self.reading.items.keys()


def _tracks(key: str, rule: str, elements: set[str]) -> bool:
    named, _, rest = key.partition("@")
    parts = [part for part in rest.split("@") if part and "*" not in part]
    return named == rule and all(part in elements for part in parts)
