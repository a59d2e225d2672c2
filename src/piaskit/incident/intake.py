"""A report of a leak by a user becomes facts, first measures and a request with a due date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.incident.facts import build_facts
from piaskit.incident.fields import YES_NO, list_keys
from piaskit.incident.masking import mask_text

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Knowledge
    from piaskit.knowledge.intake import FirstMeasure

FIELDS = (
    "id", "received_at", "account", "password_exposed", "saw", "happened_at", "asks", "contact",
    "activity", "categories",
)  # fmt: skip
ASKS = (
    "access", "copy", "correct", "delete", "withdraw", "portability", "explain", "close-account",
)  # fmt: skip
REPORT = "leak-report"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
_ANSWERS = {"是": "yes", "否": "no", "不清楚": "unknown", "不知道": "unknown"}


@dataclass(frozen=True, slots=True)
class Intake:
    """What follows from a report; ``files`` are those written, empty when nothing was."""

    id: str
    facts: dict[str, Any]
    measures: tuple[tuple[str, FirstMeasure], ...]
    requests: tuple[dict[str, str], ...]
    missing: tuple[str, ...]
    knowledge: Knowledge
    files: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the intake as plain JSON values, measures in both languages with their clause."""
        cite = self.knowledge.cite
        return {
            "id": self.id,
            "facts": self.facts,
            "measures": [
                {
                    "id": id,
                    "do": measure.title.en,
                    "do_zh": measure.title.zh,
                    "control": measure.control,
                    "clause": cite(measure.clause, "en"),
                    "clause_zh": cite(measure.clause, "zh"),
                }
                for id, measure in self.measures
            ],
            "requests": list(self.requests),
            "missing": list(self.missing),
            "files": list(self.files),
        }


def take_report(
    report: Path | str | Mapping[str, Any], case: Case, *, as_of: date, write: bool = True
) -> Intake:
    """Turn a report (YAML, keys in English or Chinese) into what has to happen next.

    The facts hold what the report says and leave the rest blank; account and contact of the
    reporter stay in the report. With ``write`` the facts file, its history and the rows of
    ``requests`` are added to the case, nothing is replaced. A period comes from the packs of the
    active regimes; where they give none, ``due_on`` is blank and named in ``missing``.

    Raises InvalidData for unknown keys or words, and when the incident is there already.
    """
    given = _read_report(report, case)
    received = given.get("received_at")
    day = received.date() if received else as_of
    id = given.get("id") or f"report-{day.isoformat()}"
    facts = _find_facts(id, given, case)
    build_facts(facts, case.knowledge)
    measures = [
        (name, measure)
        for pack in case.knowledge.intake.values()
        for name, measure in pack.measures.items()
        if all(_describe(given, f) & set(words) for f, words in measure.when.items())
    ]
    due = _find_due(day, case)
    requests = [
        {
            "id": f"{id}-{number}",
            "kind": kind,
            "activity": given.get("activity", ""),
            "received_on": day.isoformat(),
            "due_on": due.isoformat() if due else "",
            "outcome": f"incidents/{id}",
        }
        for number, kind in enumerate(given.get("asks") or (REPORT,), 1)
    ]
    missing = [name for name in FIELDS[1:] if name not in given]
    if due is None:
        missing.append("requests.due_on")
    taken = Intake(id, facts, tuple(measures), tuple(requests), tuple(missing), case.knowledge)
    return _keep(taken, case, received or datetime.combine(day, time(), UTC)) if write else taken


def _keep(taken: Intake, case: Case, received: datetime) -> Intake:
    from piaskit.case import append_rows
    from piaskit.incident.history import keep_version

    path = case.root / "incidents" / f"{taken.id}.yaml"
    if path.exists():
        place = Place(f"incidents/{path.name}")
        hint = "add to it, or give the report another id"
        raise InvalidData([Issue("incident-there", place, "stands already", taken.id, hint)])
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(write_facts(taken.facts), "utf-8")
    except OSError as error:
        text = f"cannot be written: {error.strerror}"
        raise InvalidData([Issue("cannot-write", Place(f"incidents/{path.name}"), text)]) from None
    keep_version(path, received)
    append_rows(case.root, "requests", taken.requests, case.knowledge)
    return replace(taken, files=(f"incidents/{path.name}", "requests"))


def write_facts(facts: Mapping[str, Any]) -> str:
    """Write a facts file: what is known, and every other field of the contract left blank.

    >>> print(write_facts({"id": "x", "outage": {"whole": "2h"}}).splitlines()[0])
    id: x
    """
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def leave_blank(dumper: yaml.SafeDumper, _: None) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:null", "")

    Dumper.add_representer(type(None), leave_blank)
    told = {key for key in list_keys() if key.endswith(("_en", "_zh"))}
    tree: dict[str, Any] = {}
    for key in list_keys():
        if key in told and key not in facts:
            continue
        inner = list_keys(key)
        known = facts.get(key)
        groups = bool(inner) and inner != [key]
        if groups and (known is None or isinstance(known, Mapping)):
            tree[key] = {name: (known or {}).get(name) for name in inner}
        else:
            tree[key] = known
    return yaml.dump(tree, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)


def _find_facts(id: str, given: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """Return what a report says about an incident, and nothing that it does not."""
    received, happened = given.get("received_at"), given.get("happened_at")
    times = {
        "occurred_at": happened.isoformat(timespec="minutes") if happened else None,
        "discovered_at": received.isoformat(timespec="minutes") if received else None,
    }
    kinds = list(given.get("categories") or ())
    if given.get("password_exposed") == "yes":
        kinds += ["account.login", "account.password"]
    facts: dict[str, Any] = {
        "id": id,
        "regimes": list(case.regimes),
        "role": "controller",
        "operator": case.organisation.get("operator"),
        "times": {name: value for name, value in times.items() if value},
        "persons": {"low": 1},
        "categories": sorted(set(kinds)) or None,
        "categories_complete": "unknown",
        "confidentiality": {"state": "possible"},
        "activities": [given["activity"]] if given.get("activity") else None,
        "context": mask_text(given["saw"]) if given.get("saw") else None,
    }
    return {key: value for key, value in facts.items() if value not in (None, {}, [])}


def _find_due(day: date, case: Case) -> date | None:
    """Return the last day for an answer: the shortest period of the packs in days."""
    periods = [
        period
        for pack in case.knowledge.intake.values()
        for regime, period in pack.periods.items()
        if regime in case.regimes
    ]
    days = []
    for period in periods:
        regulation, _, number = period.partition(" ")
        found = case.knowledge.regulations[regulation].numbers[number]
        if found.unit.en == "days":
            days.append(found.value)
    return day + timedelta(days=min(days)) if days else None


def _describe(given: Mapping[str, Any], name: str) -> set[str]:
    value = given.get(name)
    if value in (None, "", ()):
        return {"blank"}
    return {"stated", *((value,) if isinstance(value, str) else ())}


def _read_report(report: Path | str | Mapping[str, Any], case: Case) -> dict[str, Any]:
    from piaskit.knowledge.read import Tree, read_tree

    if isinstance(report, Mapping):
        tree = Tree("report", {str(k): v for k, v in report.items() if v not in (None, "")})
    else:
        path = Path(report)
        tree, _ = read_tree(path, path.name)
        tree.issues = [_rename(issue) for issue in tree.issues]
    found = _Reader(tree, case).read()
    if tree.issues:
        raise InvalidData(sorted(tree.issues, key=lambda issue: issue.place.row or 0))
    return found


def _rename(issue: Issue) -> Issue:
    return replace(issue, slug=issue.slug.replace("pack-", "report-"), hint=None)


class _Reader:
    """Takes a report apart, key by key, and collects what is wrong with it."""

    def __init__(self, tree: Any, case: Case) -> None:
        self.tree, self.case = tree, case

    def read(self) -> dict[str, Any]:
        from piaskit.case.words import find_nearest, fold

        labels = self.case.knowledge.labels
        known = {fold(word): id for word, id in labels.words("intake.field", FIELDS).items()}
        found: dict[str, Any] = {}
        for key, value in self.tree.content.items():
            name = known.get(fold(key))
            if name is None:
                near = find_nearest(key, known)
                hint = (
                    f"did you mean {known[fold(near)]}?" if near else "keys: " + ", ".join(FIELDS)
                )
                self.tree.report(
                    "report-unknown-key", (key,), f"unknown key {quote(key)}", quote(key), hint
                )
            elif value not in (None, "", []):
                typed = self._type(name, key, value)
                if typed is not None:
                    found[name] = typed
        return found

    def _type(self, name: str, key: str, value: Any) -> Any:
        if name in ("asks", "categories"):
            return self._type_list(name, key, value)
        if not isinstance(value, str):
            return self._refuse(key, "", "one text")
        text = value.strip()
        if name == "id":
            return text if _ID.fullmatch(text) else self._refuse(key, text, "letters and digits")
        if name == "password_exposed":
            word = _ANSWERS.get(text, text.casefold())
            return word if word in YES_NO else self._refuse(key, text, "yes, no or unknown")
        if name in ("received_at", "happened_at"):
            return self._type_time(key, text)
        if name == "activity":
            ids = set(self.case.frames["activities"]["id"])
            return text if text in ids else self._refuse(key, text, "an activity of the case")
        return text

    def _type_time(self, key: str, text: str) -> datetime | None:
        expected = "a time with offset, such as 2026-03-01T02:00+08:00"
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self._refuse(key, text, expected)
            return None
        return moment

    def _type_list(self, name: str, key: str, value: Any) -> tuple[str, ...]:
        from piaskit.case.words import fold

        parts = re.split(r"[;；]", value) if isinstance(value, str) else value
        texts = [part.strip() for part in parts if isinstance(part, str) and part.strip()]
        labels = self.case.knowledge.labels
        if name == "asks":
            words = labels.words("value.rights", ASKS)
            known = {fold(word): id for word, id in words.items()}
        else:
            known = {fold(id): id for id in self.case.knowledge.categories}
            known |= {fold(c.title[x]): c.id for c in self.case.knowledge.categories.values()
                      for x in ("en", "zh")}  # fmt: skip
        found = []
        for text in texts:
            id = known.get(fold(text))
            if id is None:
                what = "a right of the requests" if name == "asks" else "a category of any pack"
                self._refuse(key, text, what)
            else:
                found.append(id)
        return tuple(dict.fromkeys(found))

    def _refuse(self, key: str, text: str, expected: str) -> None:
        what = f"{quote(text)} is" if text else "this is"
        self.tree.report("report-value", (key,), f"{what} not {expected}", quote(text) or None)
