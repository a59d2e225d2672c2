"""case.yaml: what a case says about itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from piaskit.case.cells import inspect_text, mean, parse_count, parse_date
from piaskit.case.words import Words, find_nearest, fold
from piaskit.errors import Issue, Place, quote
from piaskit.knowledge.read import Tree, read_tree

FILE = "case.yaml"
KEYS = (
    "id", "title", "organisation", "regimes", "methods", "languages", "as_of", "contacts",
    "channels", "publication",
)  # fmt: skip
ORGANISATION = (
    "name", "persons_total", "million_persons_on", "employees", "operator", "public_institution",
    "province", "sector",
)  # fmt: skip
CONTACT = ("role", "name", "email", "phone")
CHANNELS = ("recommended",)
PUBLICATION = ("where", "every", "last_on")
LANGUAGES = ("zh", "en")
OPERATORS = ("other", "cii", "central-organ")
REGIMES = ("cn-pipl", "eu-gdpr", "cn-cac", "uk-gdpr")
_NEEDED = ("id", "title", "regimes")
_TEXTS = ("title", "name", "province", "sector", "where", "every", *CONTACT)
_TYPED = {
    *KEYS, *ORGANISATION, *CHANNELS, "last_on",
} - {"title", "name", "province", "sector"}  # fmt: skip
_SLUGS = {"pack-yaml": "case-yaml", "pack-duplicate-key": "case-yaml-duplicate-key"}


@dataclass(slots=True)
class Header:
    """What case.yaml says, typed; blank where it says nothing usable."""

    id: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    organisation: dict[str, Any] = field(default_factory=dict)
    regimes: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    as_of: date | None = None
    contacts: tuple[dict[str, str], ...] = ()
    channels: dict[str, Any] = field(default_factory=dict)
    publication: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    notices: list[Issue] = field(default_factory=list)
    data: bytes = b""

    @property
    def usable(self) -> bool:
        """Whether the case can be named at all."""
        return bool(self.id and self.texts.get("title") and self.organisation.get("name")) and bool(
            self.regimes
        )


def read_header(root: Path, words: Words) -> Header:
    """Read case.yaml; problems are collected in the header, none is raised."""
    header = Header()
    path = root / FILE
    if not path.exists() and not path.is_symlink():
        message = "the case folder has none, expected a file with id, title, organisation, regimes"
        header.issues.append(
            Issue("case-yaml-missing", Place(FILE), message, None, "piaskit new DIR writes one")
        )
        return header
    tree, header.data = read_tree(path, FILE)
    header.issues += [replace(i, slug=_SLUGS.get(i.slug, i.slug)) for i in tree.issues]
    if tree.content or not tree.issues:
        _Reader(tree, header, words).read()
    return header


class _Reader:
    """Takes the tree of case.yaml apart, key by key."""

    def __init__(self, tree: Tree, header: Header, words: Words) -> None:
        self.tree, self.header, self.words = tree, header, words

    def read(self) -> None:
        header, content = self.header, self.tree.content
        self._check_keys((), content, KEYS)
        for key in _NEEDED:
            if content.get(key) in (None, "", [], {}):
                self._lack((key,))
        header.texts = self._texts((), content)
        header.id = self._read_id(content.get("id"))
        header.regimes = self._list(("regimes",), self._read_regime)
        header.methods = self._list(("methods",), self._read_method)
        header.languages = self._list(("languages",), self._read_language)
        header.as_of = self._parse(("as_of",), content.get("as_of"), parse_date)
        header.contacts = self._read_contacts(content.get("contacts"))
        channels = self._mapping("channels", CHANNELS)
        header.channels = {
            "recommended": self._texts_of(("channels", "recommended"), channels.get("recommended"))
        }
        publication = self._mapping("publication", PUBLICATION)
        header.publication = self._texts(("publication",), publication)
        last = self._parse(("publication", "last_on"), publication.get("last_on"), parse_date)
        if last is not None:
            header.publication["last_on"] = last.isoformat()
        self._read_organisation(self._mapping("organisation", ORGANISATION))

    def _read_organisation(self, content: dict[str, Any]) -> None:
        at = "organisation"
        found: dict[str, Any] = dict(self._texts((at,), content))
        if not content.get("name"):
            self._lack((at, "name"))
        for key in ("persons_total", "employees"):
            found[key] = self._parse((at, key), content.get(key), parse_count)
        reached = self._parse(
            (at, "million_persons_on"), content.get("million_persons_on"), parse_date
        )
        if reached is not None:
            found["million_persons_on"] = reached.isoformat()
        for key, label, values in (
            ("operator", "value.organisation.operator", OPERATORS),
            ("public_institution", "value", ("yes", "no")),
        ):
            found[key] = self._choose((at, key), content.get(key), label, values)
        self.header.organisation = found

    def _choose(
        self, path: tuple[str, str], word: Any, label: str, values: tuple[str, ...]
    ) -> str | None:
        """Take a word for one of the values: the value itself or one of its labels."""
        if not isinstance(word, str) or not word:
            if word:
                self._mistype(path, word, "a word")
            return None
        known = {fold(value): value for value in values}
        named = self.words.knowledge.labels.words(label, values)
        known.update((fold(spelt), value) for spelt, value in named.items())
        found = known.get(fold(word))
        if found is None:
            self._reject(path, word, path[-1], values)
        return found

    def _read_id(self, value: Any) -> str:
        from piaskit.case.cells import parse_id

        return self._parse(("id",), value, parse_id) or ""

    def _read_regime(self, path: tuple[str | int, ...], text: str) -> str | None:
        knowledge = self.words.knowledge
        packs = {r.regime for r in knowledge.regulations.values() if r.bases}
        packs |= {pack.regime for pack in knowledge.screenings.values()}
        named = self.words.knowledge.labels.words("value.regimes")
        known = {fold(word): regime for word, regime in named.items()}
        known.update((fold(regime), regime) for regime in (*REGIMES, *sorted(packs)))
        found = known.get(fold(text))
        if found is None:
            near = find_nearest(text, known)
            if near:
                self._reject(path, text, "regime", sorted(packs), known[near])
                return None
            found = text
        if found not in packs:
            message = f"no pack speaks for the regime {quote(found)}: nothing is decided under it"
            self.header.notices.append(
                Issue("regime-without-pack", self.tree.locate(path), message, quote(found))
            )
        return found

    def _read_method(self, path: tuple[str | int, ...], text: str) -> str | None:
        methods = {fold(id): id for id in self.words.knowledge.methods}
        if fold(text) in methods:
            return methods[fold(text)]
        self._reject(path, text, "method", sorted(methods.values()))
        return None

    def _read_language(self, path: tuple[str | int, ...], text: str) -> str | None:
        named = {"zh": "zh", "zhcn": "zh", "中文": "zh", "chinese": "zh"}
        named |= {"en": "en", "英文": "en", "english": "en"}
        if fold(text) in named:
            return named[fold(text)]
        self._reject(path, text, "language", LANGUAGES)
        return None

    def _read_contacts(self, value: Any) -> tuple[dict[str, str], ...]:
        if value in (None, "", []):
            return ()
        if not isinstance(value, list):
            self._mistype(("contacts",), value, "a list of {role, name, email, phone}")
            return ()
        found: list[dict[str, str]] = []
        for n, contact in enumerate(value):
            if not isinstance(contact, dict):
                self._mistype(("contacts", n), contact, "role, name, email, phone")
                continue
            self._check_keys(("contacts", n), contact, CONTACT)
            found.append(self._texts(("contacts", n), contact))
        return tuple(found)

    def _mapping(self, key: str, known: tuple[str, ...]) -> dict[str, Any]:
        value = self.tree.content.get(key)
        if value in (None, ""):
            return {}
        if not isinstance(value, dict):
            self._mistype((key,), value, "the keys " + ", ".join(known))
            return {}
        self._check_keys((key,), value, known)
        return value

    def _texts(self, path: tuple[str | int, ...], content: dict[str, Any]) -> dict[str, str]:
        """Take the plain texts of a mapping; known keys that are none of text are reported."""
        found: dict[str, str] = {}
        for key, value in content.items():
            if key in _TYPED or not _is_text(key):
                continue
            if not isinstance(value, str):
                self._mistype((*path, key), value, "a text")
                continue
            problem = inspect_text(value)
            if problem:
                self._add(problem.slug, (*path, key), problem.message, value, problem.hint)
            elif value.strip():
                found[key] = value.strip()
        return found

    def _texts_of(self, path: tuple[str | int, ...], value: Any) -> tuple[str, ...]:
        if value in (None, ""):
            return ()
        parts = [value] if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            self._mistype(path, value, "a list of texts")
            return ()
        return tuple(part.strip() for part in parts if part.strip())

    def _list(
        self, path: tuple[str], read: Callable[[tuple[str | int, ...], str], str | None]
    ) -> tuple[str, ...]:
        value = self.tree.content.get(path[0])
        if isinstance(value, str):
            texts: Iterable[Any] = value.replace("；", ";").replace(",", ";").split(";")
        elif isinstance(value, list) or value is None:
            texts = value or ()
        else:
            self._mistype(path, value, "a list")
            return ()
        found: list[str | None] = []
        for n, text in enumerate(texts):
            if not isinstance(text, str):
                self._mistype((*path, n), text, "a word")
            elif text.strip():
                found.append(read((*path, n), text.strip()))
        return tuple(dict.fromkeys(word for word in found if word))

    def _parse(self, path: tuple[str, ...], value: Any, parse: Any) -> Any:
        if value in (None, ""):
            return None
        if not isinstance(value, str):
            self._mistype(path, value, "one value")
            return None
        parsed, problems = parse(value)
        for problem in problems:
            self._add(problem.slug, path, problem.message, value, problem.hint)
        return None if problems else parsed

    def _check_keys(
        self, path: tuple[str | int, ...], content: dict[str, Any], known: tuple[str, ...]
    ) -> None:
        for key in content:
            if key in known or (key[:-3] in known and _is_text(key)):
                continue
            near = find_nearest(key, known)
            where = (*path, key)
            message = f"{quote(key)} is no key of {'.'.join(map(str, path)) or FILE}"
            if near:
                self._add("case-yaml-unknown-key", where, message, key, mean(near))
            else:
                place = self.tree.locate(where)
                notice = Issue("extra-key", place, f"{message} and was not used", quote(key))
                self.header.notices.append(notice)

    def _lack(self, path: tuple[str, ...]) -> None:
        self._add("case-yaml-blank", path, f"{'.'.join(path)} is not stated, expected a value")

    def _reject(
        self,
        path: tuple[str | int, ...],
        text: str,
        what: str,
        values: Iterable[str],
        near: str | None = None,
    ) -> None:
        listed = list(values)
        message = f"{quote(text)} is no {what}, expected {', '.join(listed)}"
        hint = mean(near or find_nearest(text, listed))
        self._add("case-yaml-value", path, message, text, hint)

    def _mistype(self, path: tuple[str | int, ...], value: Any, expected: str) -> None:
        kinds = {dict: "keys with values", list: "a list", str: "a text"}
        kind = next((name for of, name in kinds.items() if isinstance(value, of)), "nothing")
        message = f"{'.'.join(map(str, path))} holds {kind}, expected {expected}"
        self._add("case-yaml-type", path, message)

    def _add(
        self,
        slug: str,
        path: tuple[str | int, ...],
        message: str,
        value: str | None = None,
        hint: str | None = None,
    ) -> None:
        shown = None if value is None else quote(value)
        self.header.issues.append(Issue(slug, self.tree.locate(path), message, shown, hint))


def _is_text(key: str) -> bool:
    """Whether a key holds plain text, in one language or as a companion in another."""
    return key in _TEXTS or (key.endswith(("_en", "_zh")) and key[:-3] in _TEXTS)
