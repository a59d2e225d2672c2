"""An IcebergTTX scenario becomes the draft of a pack: what it states, and what it lacks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.importers.foreign import read_content
from piaskit.tabletop.icebergttx import END, MOST

Node = dict[str, Any]
_ID = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")
_BRANCH = re.compile(r"(\S+) (when|unless) (\S+)")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_WANTED = "as_of, confidence, starts_at, exposed, objectives, truth, known, due, endings"
TEXTS = ("expected_actions", "free_text_response", "triggers_communications")


@dataclass
class ScenarioDraft:
    """A draft with its account; ``tree`` is the pack as far as the source states it."""

    tree: dict[str, Any]
    file: str = ""
    kept_as_text: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer of ``piaskit scenario import``."""
        return {
            "id": self.tree["id"],
            "file": self.file,
            "injects": len(self.tree["injects"]),
            "decisions": len(self.tree["decisions"]),
            "kept_as_text": self.kept_as_text,
            "missing": self.missing,
            "contradictions": self.contradictions,
        }


def import_scenario(
    file: Path | str, *, out: Path | str | None = None, lang: str | None = None
) -> ScenarioDraft:
    """Read an IcebergTTX scenario and write what it states as a pack to be completed.

    ``out`` is by default ``<id>.yaml`` beside the file. Its texts are in one language, ``lang`` or
    the one they are written in. Nothing is invented: facts, scores, reasons, clauses and times that
    the format does not hold stand under ``missing``; ``piaskit packs check`` names them one by one.
    A tree that ``export_scenario`` wrote is folded again.

    Raises InvalidData when the file is no such scenario, or the draft cannot be written.
    """
    from piaskit.tabletop.draft import write_scenario

    path = Path(file)
    content = read_content(path, blanks=False).content
    _check_form(content, path.name)
    draft = _Reading(content, path.name, lang).read()
    target = Path(out) if out else path.with_name(f"{draft.tree['id']}.yaml")
    write_scenario(target, draft.tree)
    draft.file = str(target)
    return draft


def _check_form(content: Node, file: str) -> None:
    injects = content.get("injects")
    if not isinstance(injects, list) or not 0 < len(injects) <= MOST:
        _refuse(file, "injects", f"a list of 1 to {MOST:,} injects")
    if not isinstance(content.get("metadata", {}), dict):
        _refuse(file, "metadata", "keys and values")
    for key in ("title", "description", "start_inject_id", "debrief_notes"):
        if not isinstance(content.get(key, ""), str):
            _refuse(file, key, "a text")
    for key in ("tags", "participant_teams"):
        if not isinstance(content.get(key, []), list):
            _refuse(file, key, "a list")
    for key, records in (("injects", injects), ("participant_teams", _list_teams(content))):
        for n, record in enumerate(records):
            _check_record(record, file, f"{key}.{n}")
    for n, inject in enumerate(injects):
        for key in ("options", "target_teams", "expected_actions"):
            if not isinstance(inject.get(key, []), list):
                _refuse(file, f"injects.{n}.{key}", "a list")
        for m, option in enumerate(inject.get("options", [])):
            _check_record(option, file, f"injects.{n}.options.{m}")


def _check_record(record: Any, file: str, column: str) -> None:
    if not isinstance(record, dict) or not record.get("id"):
        _refuse(file, column, "keys and values with an id")
    for key in ("id", "title", "label", "content", "next_inject_id"):
        if not isinstance(record.get(key, ""), str):
            _refuse(file, f"{column}.{key}", "a text")


def _refuse(file: str, column: str, expected: str) -> NoReturn:
    text = f"is no IcebergTTX scenario, expected {expected}"
    raise InvalidData([Issue("import-format", Place(file, None, None, column), text)])


def _list_teams(content: Node) -> list[Any]:
    return list(content.get("participant_teams", []))


class _Reading:
    """One pass over a scenario; variants of one inject that we unfolded are one again."""

    def __init__(self, content: Node, file: str, lang: str | None) -> None:
        self.content = content
        self.own = (content.get("metadata") or {}).get("author") == "piaskit"
        text = f"{content.get('title', '')}{content.get('description', '')}"
        self.lang = lang or ("zh" if _HAN.search(text) else "en")
        title = str(content.get("title") or Path(file).stem)
        tags = [str(tag) for tag in content.get("tags") or ()]
        named = tags[1] if self.own and len(tags) > 1 else title
        id = re.sub(r"[^A-Za-z0-9]+", "-", named).strip("-").lower() or "imported"
        self.draft = ScenarioDraft(
            {"id": id, "title": self._say(title), "version": "1", "source": f"IcebergTTX, {file}"}
        )
        self.branches = [found for tag in tags if (found := _BRANCH.fullmatch(tag))]
        self.tags = [tag for tag in tags if not self.own and tag]
        self.nodes = self._index()
        self.numbers = {id: number for number, id in enumerate(self.nodes, 1)}

    def _say(self, text: object) -> dict[str, str]:
        return {self.lang: " ".join(str(text).split())} if text else {}

    def _index(self) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        for node in self.content["injects"]:
            if str(node["id"]) in nodes:
                told = f"inject {node['id']}: declared twice; the first one counts"
                self.draft.contradictions.append(told)
            nodes.setdefault(str(node["id"]), node)
        return nodes

    def read(self) -> ScenarioDraft:
        draft, content = self.draft, self.content
        self._check_links()
        metadata = content.get("metadata") or {}
        draft.tree["summary"] = self._say(content.get("description"))
        minutes = _count(metadata.get("estimated_duration_minutes"))
        if not self.own and minutes is not None:
            draft.tree["lasts_min"] = minutes
        draft.tree["roles"] = {
            str(team["id"]): self._say(team.get("label") or team["id"])
            for team in _list_teams(content)
        }
        draft.tree["injects"], draft.tree["decisions"] = {}, {}
        for id, node in self.nodes.items():
            self._read_node(id, node)
        self._open_decisions()
        self._set_branches()
        for key in ("author", "created_at"):
            if metadata.get(key) and not self.own:
                draft.kept_as_text.append(f"{key} = {metadata[key]}")
        if self.tags:
            draft.kept_as_text.append(f"tags = {'; '.join(self.tags)}")
        if content.get("debrief_notes"):
            notes = " ".join(str(content["debrief_notes"]).split())
            draft.kept_as_text.append(f"debrief_notes = {notes}")
        self._name_missing()
        return draft

    def _fold(self, id: str) -> str:
        return id.split("__")[0] if self.own else id

    def _name(self, id: str) -> str:
        """Return the id in the pack: of an inject its own, of a decision that of its question."""
        base = self._fold(id)
        base = base.removeprefix("decide_") if self.own else base
        return (
            base if _ID.fullmatch(base) else re.sub(r"[^A-Za-z0-9]+", "-", base).strip("-") or "x"
        )

    def _asks(self, node: Node) -> bool:
        return bool(node.get("options"))

    def _read_node(self, id: str, node: Node) -> None:
        if self.own and id == END:
            self.draft.tree["lasts_min"] = _count(node.get("release_at_minutes"))
            return
        decides = self.own and self._fold(id).startswith("decide_")
        if not decides:
            self._read_inject(id, node)
        if decides or self._asks(node):
            self._read_decision(id, node)
        for key in TEXTS:
            told = f"inject {self._fold(id)}: {key} = {_flatten(node.get(key))}"
            if node.get(key) and told not in self.draft.kept_as_text:
                self.draft.kept_as_text.append(told)

    def _read_inject(self, id: str, node: Node) -> None:
        title, content = str(node.get("title") or ""), str(node.get("content") or "")
        text = content if content.startswith(title) else f"{title}: {content}"
        teams = [str(team) for team in node.get("target_teams") or ()]
        inject: Node = {"to": teams[0] if teams else None, "text": self._say(text)}
        minute = _count(node.get("release_at_minutes"))
        if minute is not None:
            inject = {"at_min": minute} | inject
        injects, name = self.draft.tree["injects"], self._name(id)
        if injects.setdefault(name, inject) != inject:
            told = f"inject {id}: says something else than {name} before it; the first one counts"
            self.draft.contradictions.append(told)
        if len(teams) > 1:
            self.draft.kept_as_text.append(f"inject {id}: target_teams = {'; '.join(teams)}")

    def _read_decision(self, id: str, node: Node) -> None:
        teams = [str(team) for team in node.get("target_teams") or ()]
        options = {
            str(option["id"]): {"title": self._say(option.get("label") or option["id"])}
            for option in node["options"]
        }
        decision: Node = {
            "title": self._say(node.get("title")),
            "question": self._say(node.get("content")),
            "role": teams[0] if teams else None,
            "opens": [],
            "options": options,
        }
        self.draft.tree["decisions"].setdefault(self._name(id), decision)

    def _targets(self, node: Node) -> Iterator[tuple[str, str]]:
        """Yield where a node leads, and by which choice ('' for the way that is always open)."""
        if node.get("next_inject_id"):
            yield "", str(node["next_inject_id"])
        for option in node.get("options") or ():
            if option.get("next_inject_id"):
                yield f"{self._name(str(node['id']))}.{option['id']}", str(option["next_inject_id"])

    def _check_links(self) -> None:
        told, nodes = self.draft.contradictions, self.nodes
        teams = {str(team["id"]) for team in _list_teams(self.content)}
        start = str(self.content.get("start_inject_id") or "")
        if start not in nodes:
            told.append(f"start_inject_id: {start or 'nothing'} is no inject; the first one counts")
            start = next(iter(nodes))
        for id, node in nodes.items():
            for _, target in self._targets(node):
                if target not in nodes:
                    told.append(f"inject {id}: leads to {target}, which the file does not hold")
            for team in node.get("target_teams") or ():
                if str(team) not in teams:
                    told.append(f"inject {id}: is for {team}, which is no team of the file")
        orders = Counter(str(node.get("sequence_order", "")) for node in nodes.values())
        twice = [order for order, n in orders.items() if n > 1 and order]
        if twice and not self.own:
            told.append(f"sequence_order: {', '.join(twice)} stands at several injects")
        self.into: dict[str, list[str]] = {}
        for id, node in nodes.items():
            for target in {target for _, target in self._targets(node)}:
                self.into.setdefault(target, []).append(id)
        self.asked = {
            id: {f"{self._name(id)}.{option['id']}" for option in node.get("options") or ()}
            for id, node in nodes.items()
        }
        reached, cycle = self._walk(start)
        told += [f"inject {id}: no way leads to it" for id in nodes if id not in reached]
        if cycle:
            told.append(f"inject {cycle}: leads back to itself")
        self.start = start

    def _walk(self, start: str) -> tuple[set[str], str]:
        """Return what is reached from the start, and one inject that leads back to itself."""
        reached: set[str] = set()
        closed: set[str] = set()
        cycle, path = "", [(start, False)]
        while path:
            id, done = path.pop()
            if done:
                closed.add(id)
            elif id in self.nodes and id not in reached:
                reached.add(id)
                path.append((id, True))
                path += [(target, False) for _, target in self._targets(self.nodes[id])]
            elif id in reached and id not in closed:
                cycle = cycle or id
        return reached, cycle

    def _open_decisions(self) -> None:
        """Say which injects a decision follows: itself where it asks, else the last one before."""
        met: set[tuple[str, str]] = set()
        ways = [(self.start, "")]
        decisions = self.draft.tree["decisions"]
        while ways:
            id, last = ways.pop()
            if (id, last) in met or id not in self.nodes:
                continue
            met.add((id, last))
            node, name = self.nodes[id], self._name(id)
            if not (self.own and self._fold(id).startswith("decide_")):
                last = name
            if name in decisions and self._asks(node) and last not in decisions[name]["opens"]:
                decisions[name]["opens"].append(last)
            ways += [(target, last) for _, target in self._targets(node)]
        for decision in decisions.values():
            decision["opens"].sort()

    def _set_branches(self) -> None:
        """Set the conditions: stated in tags by us, else the choices that alone lead somewhere."""
        injects = self.draft.tree["injects"]
        if self.own:
            for found in self.branches:
                if found[1] in injects:
                    injects[found[1]].setdefault(found[2], []).append(found[3])
            return
        conditions: dict[str, frozenset[str]] = {}
        for id in self._order():
            conditions[id] = self._find_conditions(id, conditions)
            if conditions[id]:
                injects[self._name(id)]["when"] = sorted(conditions[id])

    def _find_conditions(self, id: str, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
        """Return the choices of which one leads to an inject; none when every way does.

        A way that is open whatever one chooses hands on what leads to where it begins; a choice
        among all of a decision is no choice but what leads to the decision.
        """
        found: set[str] = set()
        for parent in self.into.get(id, ()):
            chosen = {c for c, target in self._targets(self.nodes[parent]) if target == id}
            if "" in chosen or chosen == self.asked[parent]:
                if not known.get(parent):
                    return frozenset()
                found |= known[parent]
            else:
                found |= chosen
        for parent in self.into.get(id, ()):
            for above in (parent, *self.into.get(parent, ())):
                if self.asked[above] and self.asked[above] <= found:
                    found = (found - self.asked[above]) | known.get(above, frozenset())
        return frozenset(found)

    def _order(self) -> list[str]:
        """Return the injects, none before one that leads to it; those of a loop are left out."""
        waits = {id: len(self.into.get(id, ())) for id in self.nodes}
        ready = [id for id, count in waits.items() if not count]
        for id in ready:
            for target in {target for _, target in self._targets(self.nodes[id])}:
                if target in waits:
                    waits[target] -= 1
                    if not waits[target]:
                        ready.append(target)
        return ready

    def _name_missing(self) -> None:
        tree, missing = self.draft.tree, self.draft.missing
        missing.append(f"scenario: {_WANTED}")
        other = "zh" if self.lang == "en" else "en"
        missing.append(f"scenario: every text in {other}")
        if "lasts_min" not in tree:
            missing.append("scenario: lasts_min")
        if tree["roles"]:
            missing.append(f"roles {', '.join(tree['roles'])}: office")
        for id, inject in tree["injects"].items():
            lacks = ["channel", *([] if "at_min" in inject else ["at_min"])]
            missing.append(f"inject {id}: {', '.join([*lacks, *([] if inject['to'] else ['to'])])}")
        for id, decision in tree["decisions"].items():
            options = ", ".join(decision["options"])
            missing.append(f"decision {id}: objective, due_min, action; score, why of {options}")


def _count(value: object) -> int | None:
    """Read a number of minutes, None where there is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _flatten(value: object) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_flatten(each)}" for key, each in value.items())
    if isinstance(value, list):
        return " | ".join(_flatten(each) for each in value)
    return quote(value)
