"""A scenario drafted from an organisation's own flow, judged by the duties engine as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.errors import InvalidData, Issue, Place
from piaskit.knowledge.scenario import Scenario
from piaskit.tabletop.course import Course
from piaskit.tabletop.options import LASTS, PROPER, Decisions
from piaskit.tabletop.phrases import Pair, Phrases, join_pairs, pair_same, pair_text
from piaskit.tabletop.subject import Subject, describe_flow

if TYPE_CHECKING:
    from piaskit.case import Case

_OFFICES = {
    "lead": "incident-lead",
    "officer": "pi-protection-officer",
    "security": "data-security-officer",
    "counsel": "legal-counsel",
    "speaker": "spokesperson",
}
Tree = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A drafted scenario: the record, the tree to be written, what had to be assumed."""

    case: Case
    scenario: Scenario
    tree: Tree
    notes: tuple[Pair, ...]
    file: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return id, file, persons, kinds, regimes and what was assumed, in both languages."""
        truth = self.scenario.truth
        return {
            "id": self.scenario.id,
            "file": self.file,
            "title": self.scenario.title.en,
            "title_zh": self.scenario.title.zh,
            "persons": self.scenario.exposed,
            "minors": truth["minors"],
            "children": truth["children"],
            "categories": list(truth["categories"]),
            "regimes": list(truth["regimes"]),
            "due": sorted(self.scenario.due),
            "assumed": [note["en"] for note in self.notes],
            "assumed_zh": [note["zh"] for note in self.notes],
        }


def draft_scenario(
    case: Case, flow: str, *, out: Path | str | None = None, persons: int | None = None
) -> Draft:
    """Draft a scenario about one flow of a case and write it as a pack.

    Persons, kinds and offices are those of the inventory; the right options are what the duties
    engine requires on them; a verified encryption whose keys are safe leaves the copy unreadable.
    ``out`` is by default ``packs/scenarios/<id>.yaml`` of the case. ``persons`` takes the place of
    the inventory's number.

    Raises InvalidData for an unknown flow, a case without a law that decides, a file that stands
    already and one that cannot be written.
    """
    subject = describe_flow(case, flow, persons)
    phrases = Phrases(case.knowledge, _name_fields(subject, case))
    course = Course(case, subject, phrases)
    tree = _write_tree(subject, phrases, course)
    scenario = Scenario.model_validate(tree)
    path = Path(out) if out else case.root / "packs" / "scenarios" / f"{scenario.id}.yaml"
    write_scenario(path, tree)
    name = str(path) if out else f"packs/scenarios/{path.name}"
    return Draft(case, scenario, tree, (*subject.notes, *course.notes), name)


def write_scenario(path: Path, tree: Tree) -> None:
    """Write a scenario as a pack; raises InvalidData where a file stands or none can be written."""
    import yaml

    apart = json.loads(json.dumps(tree))  # a pack has no anchors, so nothing may be shared
    text = yaml.safe_dump(apart, allow_unicode=True, sort_keys=False, width=110)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        hint = "give --out another file, or delete it first"
        issue = Issue("scenario-there", Place(path.name), "stands already", None, hint)
        raise InvalidData([issue]) from None
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise InvalidData([Issue("cannot-write", Place(path.name), message)]) from None


def _name_fields(subject: Subject, case: Case) -> dict[str, Pair]:
    categories = case.knowledge.categories
    return {
        "case": pair_same(case.id),
        "place": subject.place,
        "activity": subject.activity,
        "flow": pair_same(subject.flow),
        "kinds": join_pairs([pair_text(categories[c].title) for c in subject.categories]),
        "n": pair_same(f"{subject.persons:,}"),
    }


def _write_tree(subject: Subject, phrases: Phrases, course: Course) -> Tree:
    say, case = phrases.say, course.case
    required = [duty for group in course.right.values() for duty in group]
    roles = {}
    for name, office in _OFFICES.items():
        word = pair_text(case.knowledge.labels[f"value.role.{office}"])
        roles[name] = {**subject.titles.get(office, word), "office": office}
    return {
        "id": f"own-{subject.flow}",
        "title": say(f"title.{subject.kind}"),
        "version": "1",
        "source": say("source")["en"],
        "as_of": case.as_of.isoformat(),
        "confidence": "good-practice",
        "summary": say(f"summary.{subject.kind}"),
        "starts_at": course.start,
        "lasts_min": LASTS,
        "exposed": subject.persons,
        "objectives": {
            name: say(f"objective.{name}")
            for name in ("contain", "authorities", "persons", "learn")
        },
        "roles": roles,
        "truth": course.write_truth(),
        "known": course.write_known(),
        "injects": _write_injects(subject, phrases, course.steps),
        "decisions": Decisions(phrases, subject, course).write(),
        "due": {duty.id: {"ways": list(PROPER[duty.duty.recipient])} for duty in required},
        "endings": _write_endings(phrases, course),
    }


def _write_injects(subject: Subject, phrases: Phrases, steps: Mapping[str, Tree]) -> Tree:
    say = phrases.say
    seal = "sealed" if subject.sealed else "open"
    young = pair_same("")
    if subject.minors["best"]:
        counts = {n: pair_same(f"{getattr(subject, n)['best']:,}") for n in ("minors", "children")}
        young = say("inject.count.young", **counts)
    protection = f"protection.{seal}" if subject.sealed else f"protection.open.{subject.kind}"
    rows: list[tuple[str, int, str, str, Pair]] = [
        ("signal", 0, "call", "lead", say(f"inject.signal.{subject.kind}")),
        ("finding", 15, "log", "security", say(f"inject.finding.{subject.kind}")),
        ("protection", 20, "log", "officer", say(f"inject.{protection}")),
        ("count", 30, "log", "officer", say("inject.count", young=young)),
        ("board", 60, "meeting", "officer", say(f"inject.board.{seal}")),
        ("press-calm", 150, "press", "speaker", say("inject.press.calm")),
        ("press-hard", 150, "press", "speaker", say("inject.press.hard")),
        ("wrap", 2880, "meeting", "lead", say("inject.wrap")),
    ]
    injects: Tree = {}
    for name, minute, channel, to, text in rows:
        injects[name] = {"at_min": minute, "channel": channel, "to": to, "text": text}
        if name in steps:
            injects[name]["reveals"] = steps[name]
    injects["finding"]["sooner"] = {"control": "monitoring.logging", "at_min": 10}
    hard = ["persons.comfort"]
    injects["press-calm"]["unless"] = hard
    injects["press-hard"]["when"] = hard
    return injects


def _write_endings(phrases: Phrases, course: Course) -> Tree:
    hidden = "hide" if course.right["tell"] else "forget"
    bad = ["contain.wipe", f"authority.{hidden}", "persons.comfort", "press.deny"]
    good = "each" if course.right["persons"] else "reasons"
    branches: dict[str, Tree] = {
        "trust": {"when": [f"persons.{good}"], "unless": bad},
        "found": {"when": bad},
        "slow": {},
    }
    return {
        name: {
            "title": phrases.say(f"ending.{name}"),
            "text": phrases.say(f"ending.{name}.text"),
            **branch,
        }
        for name, branch in branches.items()
    }
