"""The register of risks: a row per risk, written as JSON when somebody reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from json.encoder import encode_basestring as quote_json
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from piaskit.risk.explain import LANGS, SHOWN, Explainer, Said
from piaskit.risk.reading import Reading
from piaskit.risk.scales import LEVELS, LIKELIHOODS, STATES, Levels
from piaskit.risk.treatment import Treatment
from piaskit.rules import Touched

if TYPE_CHECKING:
    from piaskit.knowledge.records import Rule
    from piaskit.rules import Found, Hit

CURRENT, PLANNED = STATES.index("current"), STATES.index("planned")
Risk = dict[str, Any]
HEADS = ("id", "title", "title_zh", "kind", "table", "subject", "activity", "source")
# The last word, at -1, stands for what a method does not rate.
_LEVELS = np.array([*LEVELS, None], dtype=object)
_LIKELIHOODS = np.array([*LIKELIHOODS, None], dtype=object)
_write = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
# A gap is a text of private characters, in which no pack writes, with what joins it to the others.
_GAP = re.compile('(?:, (?="\ue000shown))?"\ue000(\\w+)\ue001"(?:: null)?')
_FLOW = ', {"table": "flows", "id": %s}'


def _gap(name: str) -> str:
    return f"\ue000{name}\ue001"


def _write_list(words: Sequence[str]) -> str:
    return f"[{', '.join(map(quote_json, words))}]"


def choose_rights_level(writer: Explainer, first: Reading) -> Levels:
    """Return the levels per right by the first method, by the one that explains if it has others.

    ``[states, risks, rights]`` over the rights of the method that explains.
    """
    own = first.rating is writer.rating and not first.method.events
    return first.rights_level if own else writer.rating.risks.rights_level


@dataclass(frozen=True, eq=False)
class Register(Sequence[Risk]):
    """The risks as rows of the JSON: those of rules first, then those people see.

    ``readings`` give each risk its levels, a method each; ``wanted`` are the ids of the assessed
    activities. A row is written as text, since most of it is the same for many risks and then need
    not be written again.
    """

    writer: Explainer
    readings: tuple[Reading, ...]
    treatment: Treatment
    wanted: frozenset[str]
    _said: dict[tuple[str, bytes], tuple[str, str]] = field(default_factory=dict, repr=False)
    _impacts: dict[tuple[int, int, int], str] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.writer.hits) + len(self.writer.rating.seen)

    @overload
    def __getitem__(self, at: int) -> Risk: ...
    @overload
    def __getitem__(self, at: slice) -> list[Risk]: ...
    def __getitem__(self, at: int | slice) -> Risk | list[Risk]:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        place = at + len(self) if at < 0 else at
        if not 0 <= place < len(self):
            raise IndexError(at)
        hits = self.writer.hits
        if place >= len(hits):
            return self._describe_seen(place)
        hit = hits[place]
        [text] = self._write_found(place - hit.at, hit.found, range(hit.at, hit.at + 1))
        risk: Risk = json.loads(text)
        return risk

    def __iter__(self) -> Iterator[Risk]:
        return map(json.loads, self.write_rows())

    def write_rows(self) -> Iterator[str]:
        """Yield the rows as JSON text, as ``json.dumps`` writes them."""
        hits = self.writer.hits
        for start, found in zip(hits.starts, hits.found, strict=True):
            yield from self._write_found(start, found, range(len(found.ids)))
        for number in range(len(hits), len(self)):
            yield _write(self._describe_seen(number))

    def to_frame(self) -> pd.DataFrame:
        """Return a row per risk: ``HEADS``, then impact, likelihood and level of each state.

        They are those of the first method, blank where it does not rate the risk.
        """
        hits, rated = self.writer.hits, self.readings[0].risks
        size = [len(found.ids) for found in hits.found]
        told = [self._entitle(hit, self.writer.tell(hit)) for hit in hits]
        seen = self[len(hits) :]
        columns: dict[str, Any] = {
            "id": [hit.risk for hit in hits],
            "title": [said["en"] for said in told],
            "title_zh": [said["zh"] for said in told],
            "kind": np.repeat([found.rule.kind for found in hits.found], size).tolist(),
            "table": np.repeat([found.table for found in hits.found], size).tolist(),
            "subject": [id for found in hits.found for id in found.ids],
            "activity": self._list_first_activities(),
            "source": np.repeat([found.rule.source for found in hits.found], size).tolist(),
        }
        for risk in seen:
            row = {**risk, "table": risk["subject"]["table"], "subject": risk["subject"]["id"]}
            for name in HEADS:
                columns[name].append(row[name])
        for at, state in enumerate(STATES):
            columns[f"{state}_impact"] = _LEVELS[rated.impact[at]]
            columns[f"{state}_likelihood"] = _LIKELIHOODS[rated.likelihood[at]]
            columns[f"{state}_level"] = _LEVELS[rated.level[at]]
        return pd.DataFrame(columns, dtype="str")

    def _list_first_activities(self) -> list[str | None]:
        """Return the first assessed activity of every hit."""
        links = self.writer.rating.likelihoods.links
        ids = self.writer.case.frames["activities"]["id"]
        assessed = ids.isin(sorted(self.wanted)).to_numpy(dtype=bool)
        known = links[assessed[links["activity"].to_numpy()]].drop_duplicates("hit")
        first = np.full(len(self.writer.hits), None, dtype=object)
        first[known["hit"].to_numpy()] = ids.to_numpy(dtype=object)[known["activity"].to_numpy()]
        listed: list[str | None] = first.tolist()
        return listed

    def _entitle(self, hit: Hit, told: Said) -> Said:
        """Return the title of a risk: that of its rule, else what the rule tells of the subject."""
        title = hit.rule.title
        return told if title is None else {lang: title[lang] for lang in LANGS}

    def _write_found(self, start: int, found: Found, rows: range) -> Iterator[str]:
        """Write rows of what one rule found: its words once, and in their gaps what differs."""
        rule, labels = found.rule, self.writer.case.knowledge.labels
        words = _GAP.split(_write(self._describe_found(rule, found.table)))
        english, chinese = (found.tell(lang, labels) for lang in LANGS)
        treated = self.treatment.actions.keys() | self.treatment.acceptances.keys()
        untreated = _write(self.treatment.to_dict(""))
        stem, is_flow = f"{rule.id}@{found.table}/", found.table == "flows"
        untitled = rule.title is None
        for at in rows:
            number, subject = start + at, found.ids[at]
            id, name = stem + subject, quote_json(subject)
            text, text_zh = quote_json(english[at]), quote_json(chinese[at])
            activities = [quote_json(a) for a in found.list_activities(at) if a in self.wanted]
            touched = found.list_flows(at)
            flows = touched or ((subject,) if is_flow else ())
            levels, reasons = self._write_kind(number, rule)
            # In the order of the gaps.
            words[1::2] = [
                quote_json(id),
                *((text, text_zh) if untitled else ()),
                name,
                _write_list(flows),
                activities[0] if activities else "null",
                f"[{', '.join(activities)}]",
                self._write_stage(rule, flows),
                levels,
                text,
                text_zh,
                name,
                "".join([_FLOW % quote_json(f) for f in touched[:SHOWN] if f != subject]),
                reasons,
                self._write_impact(*self._strongest[number]),
                _write(self.treatment.to_dict(id)) if id in treated else untreated,
            ]
            yield "".join(words)

    def _describe_found(self, rule: Rule, table: str) -> Risk:
        """Describe a risk of a rule, with gaps for what differs from subject to subject."""
        title = self._entitle_rule(rule)
        clauses = self.writer.select_clauses(rule)
        reason = self.writer.explain_found(rule, {"en": _gap("text"), "zh": _gap("text_zh")})
        return {
            "id": _gap("id"),
            "rule": rule.id,
            "kind": rule.kind,
            "title": title["en"],
            "title_zh": title["zh"],
            "threat": rule.threat.en,
            "threat_zh": rule.threat.zh,
            "subject": {"table": table, "id": _gap("subject")},
            "flows": _gap("flows"),
            "activity": _gap("activity"),
            "activities": _gap("activities"),
            "stage": _gap("stage"),
            "event": rule.event,
            "source": rule.source,
            "factors": list(rule.factors),
            "linddun": list(rule.linddun),
            _gap("levels"): None,
            "because": [
                reason | {"rows": [{"table": table, "id": _gap("subject")}, _gap("shown")]},
                _gap("reasons"),
                _gap("impact"),
            ],
            "clauses": clauses,
            "remedy": list(rule.remedy),
            "treatment": _gap("treatment"),
        }

    def _entitle_rule(self, rule: Rule) -> Said:
        if rule.title is None:
            return {"en": _gap("text"), "zh": _gap("text_zh")}
        return {lang: rule.title[lang] for lang in LANGS}

    def _write_kind(self, number: int, rule: Rule) -> tuple[str, str]:
        """Write the levels of a risk, and the reasons between the first and the last."""
        key = (rule.id, self._kinds[number].tobytes())
        if key not in self._said:
            reasons = self.writer.explain_level(number, rule)
            self._said[key] = _write(self._list_levels(number))[1:-1], _write(reasons)[1:-1]
        return self._said[key]

    def _write_impact(self, level: int, column: int, pair: int) -> str:
        key = (level, column, pair)
        if key not in self._impacts:
            self._impacts[key] = _write(self.writer.explain_impact(level, column, pair))
        return self._impacts[key]

    @cached_property
    def _strongest(self) -> list[tuple[int, int, int]]:
        return [
            (level, right, pair) for level, right, pair in self.writer.rating.strongest.tolist()
        ]

    @cached_property
    def _touched(self) -> Touched:
        return Touched(self.writer.case.frames)

    @cached_property
    def _kinds(self) -> NDArray[np.int64]:
        kinds, size = self.writer.rating.kinds, len(self.writer.hits)
        others = [r for r in self.readings if r.rating is not self.writer.rating or r.method.reads]
        if not others:
            return kinds
        placed = [
            values[:, :size].T
            for reading in others
            for values in (
                *(reading.risks.impact, reading.risks.likelihood, reading.risks.level),
                *(reading.risks.own, reading.risks.dimension, reading.risks.kind),
            )
        ]
        return np.ascontiguousarray(np.concatenate([kinds, *placed], axis=1, dtype=np.int64))

    def _write_stage(self, rule: Rule, flows: Sequence[str]) -> str:
        """Write the stage of the first flow in a stage of the rule, else of the first flow."""
        first: str | None = None
        for name in flows:
            stage = self._touched.stage_of(name)
            if stage in rule.stages:
                first = stage
                break
            first = first or stage
        first = first or next(iter(rule.stages), None)
        return "null" if first is None else f'"{first}"'

    def _list_levels(self, at: int) -> Risk:
        """List the levels of a risk: ``rights``, ``rights_levels`` and ``levels``."""
        cells = self._rights_level
        touched = {
            right: {s: LEVELS[cells[n, at, column]] for n, s in enumerate(STATES)}
            for column, right in enumerate(self.writer.method.rights)
            if cells[CURRENT, at, column] >= 0
        }
        told = ((reading, reading.list_levels(at)) for reading in self.readings)
        return {
            "rights": list(touched),
            "rights_levels": touched,
            "levels": {reading.method.id: levels for reading, levels in told if levels},
            "above_line": bool(self.readings[0].above[PLANNED, at]),
        }

    @cached_property
    def _rights_level(self) -> Levels:
        return choose_rights_level(self.writer, self.readings[0])

    def _describe_seen(self, at: int) -> Risk:
        """Describe a risk that only a person sees."""
        writer = self.writer
        row = writer.rating.seen.iloc[at - len(writer.hits)].to_dict()
        problem = writer.state(row, "problem")
        said = writer.say("seen", problem=problem, reason=writer.state(row, "reason"))
        activities = [] if row["place"] < 0 else [row["activity"]]
        if row["value"] < 0:
            subject = writer.say("its-activity" if activities else "all-activities")
            said = writer.join([said, writer.say("unrated", subject=subject)])
        subject_row = {"table": "judgements", "id": row["id"]}
        because = {
            "text": said["en"],
            "text_zh": said["zh"],
            "clause": "",
            "clause_zh": "",
            "rows": [subject_row],
        }
        return {
            "id": row["risk"],
            "rule": "judgement",
            "kind": "judgement",
            "title": problem["en"],
            "title_zh": problem["zh"],
            "threat": problem["en"],
            "threat_zh": problem["zh"],
            "subject": subject_row,
            "flows": [],
            "activity": activities[0] if activities else None,
            "activities": activities,
            "stage": None,
            "event": "none",
            "source": row["dimension"] if row["dimension"] in writer.method.sources else None,
            "factors": [],
            "linddun": [],
            **self._list_levels(at),
            "because": [because],
            "clauses": [],
            "remedy": [],
            "treatment": self.treatment.to_dict(row["risk"]),
        }
