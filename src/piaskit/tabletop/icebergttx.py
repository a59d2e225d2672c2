"""A scenario as a branching tree of injects for IcebergTTX (schema version 1.0)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.errors import InvalidData, Issue, Place
from piaskit.tabletop.exercise import meets

if TYPE_CHECKING:
    from piaskit.knowledge import Scenario

Node = dict[str, Any]
MOST = 5000  # injects that the format takes
END = "debriefing"
_TITLE = 60  # letters of a title, which the format wants and an inject does not have


def export_scenario(scenario: Scenario, out: Path | str, lang: str = "en") -> dict[str, Any]:
    """Write a scenario as IcebergTTX JSON; return file, injects and what is lost.

    Time branches there by options alone, so the tree is unfolded: an inject that depends on an
    earlier decision stands once for each way that leads to it. Facts, scores and legal clocks have
    no place in the format and are lost; the right option stands under ``expected_actions``. The
    conditions of injects are told in the tags, so that ``import_scenario`` folds the tree again.

    Raises InvalidData when the file cannot be written or the tree is too large for the format.
    """
    tree = unfold_scenario(scenario, lang)
    path = Path(out)
    if len(tree["injects"]) > MOST:
        message = f"unfolds to more than {MOST:,} injects"
        raise InvalidData([Issue("scenario-too-large", Place(scenario.id), message)])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(tree, ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise InvalidData([Issue("cannot-write", Place(path.name), message)]) from None
    lost = [
        "truth", "known", "scores", "reasons", "clauses", "effects", "notices", "due", "due_min",
        "endings", "channels", "reveals", "objectives", "offices", "exposed", "starts_at",
        "other languages",
    ]  # fmt: skip
    return {"id": scenario.id, "file": str(path), "injects": len(tree["injects"]), "lost": lost}


def unfold_scenario(scenario: Scenario, lang: str) -> dict[str, Any]:
    """Return the tree as plain JSON values; every target exists and nothing leads back."""
    unfolded = _Unfolded(scenario, lang)
    start = unfolded.visit(0, frozenset(), frozenset())
    nodes = list(unfolded.nodes.values())
    nodes.sort(key=lambda node: (node["release_at_minutes"], node["id"]))
    for number, node in enumerate(nodes, 1):
        node["sequence_order"] = number
    return {
        "schema_version": "1.0",
        "title": scenario.title[lang],
        "description": scenario.summary[lang],
        "tags": ["privacy", scenario.id, *_tell_branches(scenario)],
        "metadata": {"author": "piaskit", "estimated_duration_minutes": 60},
        "participant_teams": [
            {"id": id, "label": role[lang]} for id, role in scenario.roles.items()
        ],
        "injects": nodes,
        "start_inject_id": start,
        "debrief_notes": _join_aims(scenario, lang),
    }


def _tell_branches(scenario: Scenario) -> list[str]:
    """Tell the conditions of injects in words to be read back: the tree shows them unfolded."""
    return [
        f"{id} {word} {choice}"
        for id, inject in scenario.injects.items()
        for word in ("when", "unless")
        for choice in getattr(inject, word)
    ]


def _join_aims(scenario: Scenario, lang: str) -> str:
    return "\n".join(text[lang] for text in scenario.objectives.values())


class _Unfolded:
    """Visits injects and decisions in order of time, once for each way that matters."""

    def __init__(self, scenario: Scenario, lang: str) -> None:
        self.scenario, self.lang = scenario, lang
        self.nodes: dict[str, Node] = {}
        branches = scenario.injects.values()
        self.named = {c for branch in branches for c in (*branch.when, *branch.unless)}
        self.steps: list[tuple[str, str]] = []
        order = sorted(scenario.injects, key=lambda name: (scenario.injects[name].at_min, name))
        for inject in order:
            self.steps.append(("inject", inject))
            opened = [d for d, decision in scenario.decisions.items() if inject in decision.opens]
            self.steps += [(inject, decision) for decision in opened]

    def visit(self, at: int, chosen: frozenset[str], met: frozenset[str]) -> str:
        """Return the id of the next node from a step on, that of the debriefing at the end."""
        for number in range(at, len(self.steps)):
            kind, id = self.steps[number]
            if kind == "inject" and meets(self.scenario.injects[id], chosen):
                return self._add_inject(number, id, chosen, met)
            if kind != "inject" and kind in met and f"?{id}" not in met:
                return self._add_decision(number, id, chosen, met)
        if END not in self.nodes:
            title, lead = self.scenario.title[self.lang], next(iter(self.scenario.roles))
            aims = _join_aims(self.scenario, self.lang)
            self.nodes[END] = self._node(END, title, aims, lead, self.scenario.lasts_min)
        return END

    def _name(self, id: str, chosen: frozenset[str]) -> str:
        return "__".join((id, *sorted(choice.replace(".", "_") for choice in chosen)))

    def _add_inject(self, number: int, id: str, chosen: frozenset[str], met: frozenset[str]) -> str:
        name = self._name(id, chosen)
        if name not in self.nodes:
            inject = self.scenario.injects[id]
            text = inject.text[self.lang]
            self.nodes[name] = self._node(name, text[:_TITLE], text, inject.to, inject.at_min)
            self.nodes[name]["next_inject_id"] = self.visit(number + 1, chosen, met | {id})
        return name

    def _add_decision(
        self, number: int, id: str, chosen: frozenset[str], met: frozenset[str]
    ) -> str:
        name = self._name(f"decide_{id}", chosen)
        if name not in self.nodes:
            decision, lang = self.scenario.decisions[id], self.lang
            minute = self.scenario.injects[self.steps[number][0]].at_min
            node = self._node(
                name, decision.title[lang], decision.question[lang], decision.role, minute
            )
            self.nodes[name] = node
            for option, given in decision.options.items():
                choice = f"{id}.{option}"
                after = chosen | {choice} if choice in self.named else chosen
                target = self.visit(number + 1, after, met | {f"?{id}"})
                node["options"].append(
                    {"id": option, "label": given.title[lang], "next_inject_id": target}
                )
                if given.score == 3:
                    node["expected_actions"].append(given.title[lang])
        return name

    def _node(self, id: str, title: str, content: str, team: str, minute: int) -> Node:
        return {
            "id": id,
            "title": title,
            "content": content,
            "target_teams": [team],
            "sequence_order": 0,
            "options": [],
            "expected_actions": [],
            "release_at_minutes": minute,
        }
