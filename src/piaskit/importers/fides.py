"""Fides manifests (fideslang): systems, privacy declarations, datasets, organisations, policies.

A system becomes a system; each of its privacy declarations an activity with its items and one flow
of stage use; ingress and egress become flows, one per edge however often it is declared. What Fides
does not know (persons, consent, transport ...) stays blank and so becomes a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from piaskit.errors import InvalidData, Issue, Place
from piaskit.importers._fideslang import (
    Record,
    find_category,
    is_below,
    is_personal,
    list_records,
    list_texts,
    read_words,
    walk_fields,
)
from piaskit.importers.register import Register, make_slug
from piaskit.knowledge.read import read_tree

LISTS = frozenset(
    {
        "dataset",
        "system",
        "organization",
        "policy",
        "data_category",
        "data_use",
        "data_subject",
        "data_qualifier",
        "registry",
        "evaluation",
    }
)
SUFFIXES = frozenset({".yml", ".yaml"})
OLD_USES = (
    "improve", "provide", "personalize", "third_party_sharing", "collect", "train_ai_system",
)  # fmt: skip
TEXT_OF_SYSTEM = (
    "description", "system_type", "data_security_practices", "dpa_location", "dpa_progress",
    "requires_data_protection_assessments", "legal_basis_for_profiling", "legal_name",
    "legal_address", "privacy_policy", "dpo", "joint_controller_info", "reason_for_exemption",
    "does_international_transfers", "legal_basis_for_transfers", "system_dependencies",
    "registry_id",
)  # fmt: skip
TEXT_OF_DECLARATION = (
    "data_qualifier", "features", "impact_assessment_location", "legitimate_interest_disclosure",
    "special_category_legal_basis", "processes_special_category_data", "shared_categories",
    "cookies",
    "flexible_legal_basis_for_processing",
)  # fmt: skip


def recognise(path: Path) -> bool:
    """Tell whether a file is a Fides manifest: YAML whose top-level keys are Fides lists."""
    if path.suffix.lower() not in SUFFIXES:
        return False
    keys = read_tree(path, path.name)[0].content.keys()
    return bool(LISTS & keys) and keys <= LISTS


def read_register(paths: Sequence[Path]) -> Register:
    """Read manifests as one project, as Fides does.

    Raises InvalidData with every file that is no YAML or no Fides manifest.
    """
    merged: dict[str, list[Record]] = {name: [] for name in LISTS}
    issues: list[Issue] = []
    for path in paths:
        tree, _ = read_tree(path, path.name)
        data = tree.content
        issues.extend(replace(issue, slug="import-unreadable") for issue in tree.issues)
        if not tree.issues and not LISTS & data.keys():
            text = "not a Fides manifest: expected one of the lists " + ", ".join(sorted(LISTS))
            issues.append(Issue("import-format", Place(path.name), text))
        for name in sorted(LISTS & data.keys()):
            records = data[name] if isinstance(data[name], list) else []
            merged[name].extend(r for r in records if isinstance(r, dict))
    if issues:
        raise InvalidData(issues)
    return _Reading(merged).run()


class _Reading:
    """One pass over the merged manifests."""

    def __init__(self, lists: dict[str, list[Record]]) -> None:
        self.lists = lists
        self.out = Register("fides")
        self.systems: dict[str, str] = {}  # fides_key -> id
        self.activities: dict[str, list[str]] = {}  # fides_key of system -> activity ids
        self.items: dict[str, dict[str, str]] = {}  # activity -> Fides category -> item id
        self.titled: dict[str, int] = {}  # title of an unnamed declaration -> how often given
        self.datasets = {str(d.get("fides_key")): d for d in lists["dataset"]}
        self.names = {
            str(r.get("fides_key")): str(r.get("name") or r.get("fides_key"))
            for kind in ("data_use", "data_subject", "data_category")
            for r in lists[kind]
        }

    def run(self) -> Register:
        self._read_organisations()
        for system in self.lists["system"]:
            self._read_system(system)
        self._read_edges()
        for policy in self.lists["policy"]:
            self.out.keep(f"policy {policy.get('fides_key')}", "rules", policy.get("rules"))
        for name in ("data_qualifier", "registry", "evaluation"):
            for record in self.lists[name]:
                self.out.keep(f"{name} {record.get('fides_key')}", "old Fides list", record)
        used = {
            key
            for s in self.lists["system"]
            for d in list_records(s, "privacy_declarations")
            for key in list_texts(d, "dataset_references")
        }
        for key in sorted(self.datasets.keys() - used):
            found = sorted({c for c, _ in walk_fields(self.datasets[key]) if is_personal(c)})
            self.out.keep(f"dataset {key}", "in no declaration; categories", found)
        return self.out

    def _read_organisations(self) -> None:
        contacts = []
        for organisation in self.lists["organization"]:
            where = f"organization {organisation.get('fides_key')}"
            if "organisation" not in self.out.case:
                name = str(organisation.get("name") or organisation.get("fides_key") or "")
                self.out.case |= {"title": name, "organisation": {"name": name}}
            for field in ("controller", "data_protection_officer", "representative"):
                person = organisation.get(field)
                if not isinstance(person, dict):
                    continue
                keys = ("name", "email", "phone")
                stated = {k: str(person[k]) for k in keys if person.get(k)}
                contacts.append({"role": field.replace("_", " ")} | stated)
                self.out.keep(where, f"{field} address", person.get("address"))
                if field == "data_protection_officer" and person.get("name"):
                    row = {"id": "dpo", "role": "dpo", "holder": str(person["name"])}
                    contact = str(person.get("email") or person.get("phone") or "")
                    self.out.add("roles", row | {"contact": contact})
            for field in ("description", "security_policy"):
                self.out.keep(where, field, organisation.get(field))
        if contacts:
            self.out.case["contacts"] = contacts

    def _read_system(self, system: Record) -> None:
        key = str(system.get("fides_key") or "")
        where = f"system {key}"
        if key in self.systems:
            self.out.contradict(f"{where}: declared more than once; the first one counts")
            return
        kind = read_words()["system_type"].get(str(system.get("system_type") or "").lower(), "")
        self.systems[key] = self.out.add(
            "systems",
            {
                "id": make_slug(key),
                "title": str(system.get("name") or key),
                "kind": kind,
                "owner": str(system.get("administrating_department") or ""),
            },
        )
        for name in TEXT_OF_SYSTEM:
            if name == "system_type" and kind:
                continue
            self.out.keep(where, name, system.get(name))
        declarations = list_records(system, "privacy_declarations")
        if not declarations:
            self.out.lack(where, "no privacy declaration, so no activity")
        self.activities[key] = [self._read_declaration(system, d) for d in declarations]

    def _read_declaration(self, system: Record, declaration: Record) -> str:
        key = str(system.get("fides_key"))
        use = str(declaration.get("data_use") or "")
        name = str(declaration.get("name") or "")
        where = f"system {key}, declaration {name or use}"
        if use.split(".")[0] in OLD_USES:
            text = "is of an older taxonomy; kept as it stands"
            self.out.contradict(f"{where}: data use {use} {text}")
        roles = {
            read_words()["responsibility"].get(r.lower(), "")
            for r in list_texts(system, "responsibility")
        }
        subjects = [
            self.names.get(s, s.replace("_", " ")) for s in list_texts(declaration, "data_subjects")
        ]
        retention = str(declaration.get("retention_period") or "")
        activity = self.out.add(
            "activities",
            {
                "id": make_slug(key, name or use),
                "title": name or self._title_use(use),
                "purpose": self.names.get(use, use),
                "legal_basis": self._read_basis(declaration, where),
                "subjects": "; ".join(subjects),
                "automated_decision": "profiling" if _is_true(system.get("uses_profiling")) else "",
                "role": roles.pop() if len(roles) == 1 else "",
                "owner": str(system.get("administrating_department") or ""),
            },
        )
        if len(roles) > 1:
            self.out.keep(where, "responsibility", system.get("responsibility"))
        for field in TEXT_OF_DECLARATION:
            self.out.keep(where, field, declaration.get(field))
        self.items[activity] = self._read_items(activity, declaration, subjects, retention, where)
        self._add_flows(system, declaration, activity, where)
        self.out.lack(f"activities/{activity}", "persons, necessity, notice")
        return activity

    def _title_use(self, use: str) -> str:
        """Title a declaration without a name; names of systems stay out, titles may be public."""
        title = self.names.get(use, use)
        self.titled[title] = self.titled.get(title, 0) + 1
        return title if self.titled[title] == 1 else f"{title} ({self.titled[title]})"

    def _read_basis(self, declaration: Record, where: str) -> str:
        bases = []
        for field, key in (
            ("legal_basis_for_processing", "legal_basis"),
            ("special_category_legal_basis", "special_category_legal_basis"),
        ):
            text = str(declaration.get(field) or "")
            basis = read_words()[key].get(text.lower(), "")
            if basis:
                bases.append(basis)
            elif text:
                self.out.keep(where, field, text)
        return ";".join(bases)

    def _read_items(
        self, activity: str, declaration: Record, subjects: list[str], retention: str, where: str
    ) -> dict[str, str]:
        declared = list_texts(declaration, "data_categories")
        wanted = dict.fromkeys(c for c in declared if is_personal(c))
        for category in declared:
            if not is_personal(category):
                self.out.keep(where, "category that is no personal information", category)
        for reference in list_texts(declaration, "dataset_references"):
            if reference not in self.datasets:
                self.out.contradict(f"{where}: dataset {reference} is referred to and not given")
                continue
            found = {c for c, _ in walk_fields(self.datasets[reference]) if is_personal(c)}
            covered = {c for c in found if any(is_below(c, d) for d in declared)}
            wanted |= dict.fromkeys(sorted(covered))
            if found - covered:
                self.out.contradict(
                    f"{where}: dataset {reference} holds {', '.join(sorted(found - covered))}, "
                    "which the declaration does not name"
                )
        # A parent that only says "user" adds nothing once its own children are known.
        specific = [
            c
            for c in wanted
            if find_category(c) or not any(is_below(o, c) and o != c for o in wanted)
        ]
        staff = any("employee" in s.lower() or "staff" in s.lower() for s in subjects)
        unspecific = read_words()["unspecific"]["employee" if staff else "customer"]
        items = {}
        for category in specific:
            known = find_category(category)
            item = self.out.add(
                "items",
                {
                    "id": make_slug(activity, category.removeprefix("user.")),
                    "activity": activity,
                    "title": self.names.get(category, category),
                    "category": known or unspecific,
                    "retention": retention,
                },
            )
            items[category] = item
            if not known:
                self.out.lack(f"items/{item}", f"which data {category} stands for")
            if not retention:
                self.out.lack(f"items/{item}", "retention")
        if not items:
            self.out.lack(f"activities/{activity}", "no item of personal information is declared")
        return items

    def _add_flows(self, system: Record, declaration: Record, activity: str, where: str) -> None:
        home = self.systems[str(system.get("fides_key"))]
        items = ";".join(self.items[activity].values())
        flow = {"activity": activity, "source": home, "target": home, "items": items}
        self.out.add("flows", flow | {"id": f"{activity}-use", "stage": "use"})
        if self.out.tables["systems"][home].get("kind") == "database":
            self.out.add("flows", flow | {"id": f"{activity}-store", "stage": "store"})
        third = str(declaration.get("third_parties") or "")
        if third:
            row = {"id": make_slug(third)[:40], "title": third, "role": "recipient"}
            rows = self.out.tables.get("parties", {})
            known = [identifier for identifier, r in rows.items() if r["title"] == third]
            party = known[0] if known else self.out.add("parties", row)
            shared = [
                item
                for category, item in self.items[activity].items()
                if any(is_below(category, c) for c in list_texts(declaration, "shared_categories"))
            ]
            self.out.add(
                "flows",
                flow
                | {"id": f"{activity}-provide", "stage": "provide", "target": party}
                | {"items": ";".join(shared)},
            )
            self.out.lack(f"parties/{party}", "role (read as recipient), country, contract")
        elif _is_true(declaration.get("data_shared_with_third_parties")):
            self.out.lack(where, "shares data with third parties that are not named")

    def _read_edges(self) -> None:
        """Make one flow of each edge, whichever end declares it, and both ends when they differ."""
        edges: dict[tuple[str, str, str], list[tuple[str, frozenset[str]]]] = {}
        for system in self.lists["system"]:
            key = str(system.get("fides_key"))
            for activity, flows in _declared_edges(system, self.activities.get(key, [])):
                for outward, flow in flows:
                    other = str(flow.get("fides_key") or "")
                    kind = str(flow.get("type") or "system")
                    edge = (key, other, kind) if outward else (other, key, kind)
                    categories = frozenset(list_texts(flow, "data_categories"))
                    ends = edges.setdefault(edge, [])
                    if (key, categories) in ends and not activity:
                        self.out.contradict(f"edge {edge[0]} to {edge[1]}: declared twice by {key}")
                    ends.append((activity or key, categories))
        for (source, target, kind), ends in edges.items():
            self._add_edge(source, target, kind, ends)

    def _add_edge(
        self, source: str, target: str, kind: str, ends: list[tuple[str, frozenset[str]]]
    ) -> None:
        text = f"edge {source} to {target}"
        stated = [c for _, c in ends if c]
        if len(set(stated)) > 1:
            told = "the two ends name different data categories; both are kept"
            self.out.contradict(f"{text}: {told}")
        named = {a for a, _ in ends if a in self.items}
        declared = self.activities.get(source) or self.activities.get(target) or []
        candidates = sorted(named) or declared
        if not candidates:
            self.out.contradict(f"{text}: neither end has a privacy declaration; no flow made")
            return
        if not named and len(candidates) > 1:
            self.out.lack(text, f"which declaration it serves (read as {candidates[0]})")
        activity = candidates[0]
        places = {}
        for end, key in (("source", source), ("target", target)):
            if kind == "user" and key == "user":
                places[end] = self._find_subject()
            elif key in self.systems:
                places[end] = self.systems[key]
            elif kind == "dataset" and key in self.datasets:
                title = str(self.datasets[key].get("name") or key)
                row = {"id": make_slug(key), "title": title}
                self.systems[key] = places[end] = self.out.add("systems", row)
            else:
                self.out.contradict(f"{text}: {key} is not declared in any of the files")
                places[end] = ""
        stage = "transmit"
        if kind == "user" and source == "user":
            stage = "collect"
        elif kind == "dataset":
            stage = "store" if target in self.datasets else "use"
        categories = frozenset[str]().union(*stated)
        items = [
            item
            for category, item in self.items[activity].items()
            if any(is_below(category, c) for c in categories)
        ]
        self.out.add(
            "flows",
            {
                "id": make_slug(places["source"] or source, "to", places["target"] or target),
                "activity": activity,
                "stage": stage,
                "source": places["source"],
                "target": places["target"],
                "items": ";".join(items),
            },
        )
        if not items:
            self.out.lack(text, "which data it carries")

    def _find_subject(self) -> str:
        for identifier, row in self.out.tables.get("parties", {}).items():
            if row["role"] == "subject":
                return identifier
        return self.out.add("parties", {"id": "users", "title": "Users", "role": "subject"})


def _declared_edges(
    system: Record, activities: list[str]
) -> Iterator[tuple[str, list[tuple[bool, Record]]]]:
    sides = (("egress", True), ("ingress", False))
    yield "", [(out, f) for side, out in sides for f in list_records(system, side)]
    declarations = list_records(system, "privacy_declarations")
    for activity, declaration in zip(activities, declarations, strict=False):
        kinds = {
            str(f.get("fides_key")): f for side, _ in sides for f in list_records(system, side)
        }
        yield (
            activity,
            [
                (out, kinds.get(key, {"fides_key": key}))
                for side, out in sides
                for key in list_texts(declaration, side)
            ],
        )


def _is_true(value: object) -> bool:
    return str(value).lower() in {"true", "yes"}
