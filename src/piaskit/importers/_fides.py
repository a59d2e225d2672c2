"""Fides manifests become a register: systems, activities, items, and what they do not say."""

from __future__ import annotations

from piaskit.importers._fides_edges import EdgeReader
from piaskit.importers._fides_own import find_own, read_own_system
from piaskit.importers._fideslang import (
    Record,
    count_unread,
    find_category,
    is_below,
    is_personal,
    list_records,
    list_texts,
    read_words,
    walk_fields,
)
from piaskit.importers._threat_model import is_true
from piaskit.importers.register import Register, make_slug

OLD_USES = ("improve", "provide", "advertising")  # of fideslang 1
# What of a record becomes a cell, a flow or a line of its own; every other key is kept as text.
READ = {
    "organization": ("fides_key", "name", "controller", "data_protection_officer",
                     "representative", "organization_fides_key"),
    "system": ("fides_key", "name", "system_type", "administrating_department", "ingress",
               "egress", "privacy_declarations", "responsibility", "organization_fides_key",
               "data_security_practices", "uses_profiling"),
    "declaration": ("name", "data_categories", "data_use", "data_subjects", "dataset_references",
                    "egress", "ingress", "legal_basis_for_processing", "third_parties",
                    "special_category_legal_basis", "retention_period",
                    "data_shared_with_third_parties"),
    "dataset": ("fides_key", "name", "collections", "data_categories", "organization_fides_key"),
    "data_subject": ("fides_key", "name", "rights", "organization_fides_key"),
    "data_use": ("fides_key", "name", "parent_key", "organization_fides_key"),
    "data_category": ("fides_key", "name", "parent_key", "organization_fides_key"),
}  # fmt: skip
DEFAULT = "default_organization"


class FidesReader:
    """One pass over the merged manifests."""

    def __init__(self, lists: dict[str, list[Record]]) -> None:
        self.lists = lists
        self.out = Register("fides")
        self.systems: dict[str, str] = {}  # fides_key -> id
        self.activities: dict[str, list[str]] = {}  # fides_key of system -> activity ids
        self.items: dict[str, dict[str, str]] = {}  # activity -> Fides category -> item id
        self.titled: dict[str, int] = {}  # title of an unnamed declaration -> how often given
        self.datasets: dict[str, Record] = {}
        for dataset in lists["dataset"]:
            if self.datasets.setdefault(str(dataset["fides_key"]), dataset) is not dataset:
                told = "declared more than once; the first one counts"
                self.out.contradict(f"dataset {dataset['fides_key']}: {told}")
        self.names = {
            str(r["fides_key"]): str(r.get("name") or r["fides_key"])
            for kind in ("data_use", "data_subject", "data_category")
            for r in lists[kind]
        }
        self.serving: dict[tuple[str, str], list[str]] = {}  # edge -> activities, as a case says
        self.rights = {str(r["fides_key"]): _read_rights(r) for r in lists["data_subject"]}

    def run(self) -> Register:
        """Read everything."""
        self._read_organisations()
        self._read_taxonomy()
        for system in self.lists["system"]:
            self._read_system(system)
        EdgeReader(self).run()
        for policy in self.lists["policy"]:
            self.out.keep(f"policy {policy['fides_key']}", "rules", policy.get("rules"))
            self.out.keep(f"policy {policy['fides_key']}", "text", policy.get("description"))
        for name in ("data_qualifier", "registry", "evaluation"):
            for record in self.lists[name]:
                self.out.keep(f"{name} {record['fides_key']}", "old Fides list", record)
        used = {
            key
            for s in self.lists["system"]
            for d in list_records(s, "privacy_declarations")
            for key in list_texts(d, "dataset_references")
        }
        for key in self.datasets:
            self._keep_rest("dataset", self.datasets[key], f"dataset {key}")
            left = count_unread(self.datasets[key])
            told = [f"{name} of {n} fields" for name, n in sorted(left.items())]
            self.out.keep(f"dataset {key}", "not read", told)
            if key not in used:
                self._read_bare_dataset(key)
        return self.out

    def _keep_rest(self, kind: str, record: Record, where: str) -> None:
        for name, value in record.items():
            told = name in READ[kind] or (name == "meta" and find_own(record))
            if not told and str(value).lower() not in ("false", "none", ""):
                self.out.keep(where, name, value)
        belongs = str(record.get("organization_fides_key") or DEFAULT)
        known = {str(o["fides_key"]) for o in self.lists["organization"]} | {DEFAULT}
        if belongs not in known and len(known) > 1:
            text = f"belongs to the organisation {belongs}, which no file declares"
            self.out.contradict(f"{where}: {text}")

    def _read_organisations(self) -> None:
        contacts = []
        for organisation in self.lists["organization"]:
            where = f"organization {organisation['fides_key']}"
            name = str(organisation.get("name") or organisation["fides_key"])
            if "organisation" not in self.out.case:
                self.out.case |= {"title": name, "organisation": {"name": name}}
            elif self.out.case["organisation"]["name"] != name:
                self.out.keep(where, "a further organisation", name)
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
            self._keep_rest("organization", organisation, where)
        if contacts:
            self.out.case["contacts"] = contacts

    def _read_taxonomy(self) -> None:
        """Tell what an organisation's own uses, subjects and categories say beside their names."""
        for kind in ("data_use", "data_subject", "data_category"):
            for record in self.lists[kind]:
                key, where = str(record["fides_key"]), f"{kind} {record['fides_key']}"
                self._keep_rest(kind, record, where)
                parent = str(record.get("parent_key") or "")
                if parent and parent != key.rpartition(".")[0]:
                    told = f"says its parent is {parent}, and its key says otherwise"
                    self.out.contradict(f"{where}: {told}")
                rights = record.get("rights")
                self.out.keep(where, "rights", rights if kind == "data_subject" else None)

    def _read_bare_dataset(self, key: str) -> None:
        """Make an activity of a dataset that no declaration names: data without a stated use."""
        dataset = self.datasets[key]
        if find_own(dataset):
            return
        title = str(dataset.get("name") or key)
        where = f"dataset {key}"
        if not any(is_personal(c) for c, _ in walk_fields(dataset)):
            self.out.keep(where, "in no declaration; fields without personal information", title)
            return
        activity = self.out.add("activities", {"id": make_slug(key), "title": title})
        self.out.lack(f"activities/{activity}", "purpose: no declaration names this dataset")
        self.out.lack(f"activities/{activity}", "legal_basis, subjects, persons, role, owner")
        record: Record = {"dataset_references": [key], "data_categories": []}
        self.items[activity] = self._read_items(activity, record, [], "", where, whole=True)
        home = self.systems.get(key) or self.out.add(
            "systems", {"id": make_slug(key), "title": title}
        )
        self.systems[key] = home
        flow = {"id": f"{activity}-store", "activity": activity, "stage": "store"}
        items = ";".join(self.items[activity].values())
        self.out.add("flows", flow | {"source": home, "target": home, "items": items})

    def _read_system(self, system: Record) -> None:
        key = str(system.get("fides_key") or "")
        where = f"system {key}"
        if key in self.systems:
            self.out.contradict(f"{where}: declared more than once; the first one counts")
            return
        if own := find_own(system):
            read_own_system(self, key, system, own)
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
        self._keep_rest("system", system, where)
        if not kind:
            self.out.keep(where, "system_type", system.get("system_type"))
        if practices := str(system.get("data_security_practices") or ""):
            row = {"id": f"{self.systems[key]}-practices", "title": practices}
            scope = f"systems/{self.systems[key]}"
            id = self.out.add("safeguards", row | {"kind": "organisational", "scope": scope})
            told = "which control, kind (read as organisational), status, evidence"
            self.out.lack(f"safeguards/{id}", told)
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
                "automated_decision": "profiling" if is_true(system.get("uses_profiling")) else "",
                "role": roles.pop() if len(roles) == 1 else "",
                "rights": self._find_rights(declaration),
                "owner": str(system.get("administrating_department") or ""),
            },
        )
        if len(roles) > 1:
            self.out.keep(where, "responsibility", system.get("responsibility"))
        self._keep_rest("declaration", declaration, where)
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

    def _find_rights(self, declaration: Record) -> str:
        """Return the rights that every kind of subject of a declaration has by its own record."""
        sets = [self.rights.get(s, []) for s in list_texts(declaration, "data_subjects")]
        return ";".join(r for r in (sets[0] if sets else []) if all(r in s for s in sets))

    def _read_items(
        self,
        activity: str,
        declaration: Record,
        subjects: list[str],
        retention: str,
        where: str,
        *,
        whole: bool = False,
    ) -> dict[str, str]:
        """Make items of what is declared and what datasets hold of it, or all they hold."""
        declared = list_texts(declaration, "data_categories")
        wanted = dict.fromkeys(c for c in declared if is_personal(c))
        for category in declared:
            if not is_personal(category):
                self.out.keep(where, "category that is no personal information", category)
        fields: dict[str, list[str]] = {}
        for reference in list_texts(declaration, "dataset_references"):
            if reference not in self.datasets:
                self.out.contradict(f"{where}: dataset {reference} is referred to and not given")
                continue
            for category, field in walk_fields(self.datasets[reference]):
                fields.setdefault(category, []).append(field)
            found = {c for c, _ in walk_fields(self.datasets[reference]) if is_personal(c)}
            covered = {c for c in found if whole or any(is_below(c, d) for d in declared)}
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
            places = [f for c, listed in fields.items() if is_below(c, category) for f in listed]
            self.out.keep(f"items/{item}", "fields", places)
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
        elif is_true(declaration.get("data_shared_with_third_parties")):
            self.out.lack(where, "shares data with third parties that are not named")


def _read_rights(subject: Record) -> list[str]:
    """Return our rights of a kind of data subject: those its record includes, or all."""
    rights = subject.get("rights")
    known: dict[str, str] = read_words()["rights"]
    if not isinstance(rights, dict):
        return []
    strategy = str(rights.get("strategy") or "").upper()
    named = {known.get(v.lower(), "") for v in list_texts(rights, "values")}
    found = {"ALL": set(known.values()), "INCLUDE": named, "EXCLUDE": set(known.values()) - named}
    return sorted(found.get(strategy, set()) - {""})
