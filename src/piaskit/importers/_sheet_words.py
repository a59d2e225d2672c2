"""What the words of a foreign register mean here: headings, values, kinds, safeguards."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from piaskit.case.table import Column
from piaskit.case.tables import TABLES
from piaskit.case.words import Words, fold
from piaskit.knowledge.read import read_tree

SEPARATORS = "、，,;；/\n|"
TEXT = "text"  # the value or field of what is kept as text

# Field of a mapping -> the column whose words its cells use.
COLUMN_OF = {
    "collect.method": "flows.method",
    "collect.consent": "flows.consent",
    "provide.consent": "flows.consent",
    "export.mechanism": "flows.transfer_mechanism",
    "items.title": "items.category",
    "safeguards.title": "safeguards.control",
}
YES_NO = ("store.encrypted", "export.stated", "disclose.stated", "items.sensitive")
COUNTRIES = ("store.country", "entrust.country", "provide.country", "export.country")
NAMES = ("store.system", "entrust.party", "provide.party", "joint.party", "export.party")
MANY = ("items.title", "items.sensitive", "safeguards.title", "collect.method", *NAMES)
_NUMBERING = re.compile(r"^\s*(?:[(（]?\d{1,2}[)）.．、:：]|[①-⑳]|[-•·*])\s*(?=\D)")
ENDLESS = re.compile(r"(?:等(?:个人)?(?:信息|数据)?|,?\s*etc\.?)$", re.IGNORECASE)
_DENIED = re.compile(
    r"(?:不|未|没有?|无需)再?(?:收集|采集|提取|涉及|包?含|存储|保存|留存|获取|记录|上传)"
    r"|(?:not|without) ",
    re.IGNORECASE,
)
# A remark such as 未取得 says that what stands before its bracket does not hold.
_DOUBTED = re.compile(
    r"^[未拟无不非否待尚暂]|未取得|待取得|[尚暂]未|计划|pending|not ", re.IGNORECASE
)
_FIRM = re.compile(r",(?=\s*(?:ltd|inc|llc|l\.l\.c|co\b|corp|gmbh|s\.a|plc|limited))", re.I)
_OPEN, _CLOSE = "（([【", "）)]】"
_FILLER = re.compile(
    r"(?:依据|基于|根据|取得|获得|个人|用户|主体|为|的|所必需|所必须|必需|以及|及|和|与|或者?|by|the|and|of)*"
)


@cache
def read_words() -> dict[str, Any]:
    """Read spreadsheet.yaml, the words as data."""
    return read_tree(Path(__file__).with_name("spreadsheet.yaml"), "spreadsheet.yaml")[0].content


def split_cell(text: str, separators: str) -> list[str]:
    """Split a cell at separators outside brackets; numbering in front of a piece is dropped.

    >>> split_cell("1. 姓名；证件（身份证、护照）", "、；")
    ['姓名', '证件（身份证、护照）']
    """
    pieces, depth, start = [], 0, 0
    if "," in separators:
        text = _FIRM.sub("\0", text)
    for n, character in enumerate(text):
        depth += (character in _OPEN) - (character in _CLOSE and depth > 0)
        if character in separators and (depth == 0 or character == "\n"):
            pieces.append(text[start:n])
            start, depth = n + 1, 0
    pieces.append(text[start:])
    cleaned = (_NUMBERING.sub("", p).replace("\0", ",").strip(" \t。　") for p in pieces)
    return [p for p in cleaned if p and not (p.isdigit() and len(p) < 3)]


def split_bracket(text: str) -> tuple[str, str]:
    """Split off a bracket at the end: what stands before it and in it.

    >>> split_bracket("甲公司（新加坡）"), split_bracket("甲（中国）公司")
    (('甲公司', '新加坡'), ('甲（中国）公司', ''))
    """
    found = re.fullmatch(r"(.*?)\s*[（(【\[]([^（()）【】\[\]]*)[）)】\]]", text, re.DOTALL)
    return (found[1], found[2].strip()) if found and found[1] else (text, "")


class Vocabulary:
    """The words of spreadsheet.yaml and of the case format, folded for looking up."""

    def __init__(self) -> None:
        from piaskit.knowledge import load_knowledge

        data = read_words()
        self.knowledge = load_knowledge()
        self.words = Words(self.knowledge)
        self.data = data
        self.blank = _fold_all(data["blank"])
        self.none = _fold_all(data["none"])
        self.yes, self.no = _fold_all(data["yes"]), _fold_all(data["no"])
        self._indexes: dict[str, dict[str, str]] = {}
        self.trims = sorted(data["trims"], key=len, reverse=True)

    def list_values(self, field: str) -> tuple[str, ...] | None:
        """Return the values a field of a mapping knows, None when it holds free text."""
        if field in YES_NO:
            more = tuple(self.knowledge.categories) if field == "items.sensitive" else ()
            return ("yes", "no", *more)
        if field in COUNTRIES:
            return tuple(sorted(set(self.words.countries.values())))
        column = self.find_column(field)
        if column is None:
            return None
        if column.kind == "bases":
            return tuple(f"{r}.{b}" for r, all in self.words.bases.items() for b in all)
        if column.kind == "country":
            return tuple(sorted(set(self.words.countries.values())))
        if column.kind == "some":
            return ("yes", "no")
        values = self.words.list_values(column)
        return values + TABLES["flows"]["channel"].values if field == "collect.method" else values

    @staticmethod
    def find_column(field: str) -> Column | None:
        """Return the column of the case format whose words a field uses, where there is one."""
        table, _, name = COLUMN_OF.get(field, field).partition(".")
        if table in TABLES and name in TABLES[table].names:
            column = TABLES[table][name]
            fixed = column.values or column.pack or column.kind in (
                "yes-no", "some", "bases", "country",
            )  # fmt: skip
            return column if fixed and column.kind != "grade" else None
        return None

    def index(self, field: str) -> Mapping[str, str]:
        """Return every word of a field, folded, and the value it stands for."""
        if field not in self._indexes:
            self._indexes[field] = self._build_index(field)
        return self._indexes[field]

    def _build_index(self, field: str) -> dict[str, str]:
        known = self.list_values(field) or ()
        found = {fold(value): value for value in known}
        if {"yes", "no"} <= set(known):
            found |= dict.fromkeys(self.no, "no") | dict.fromkeys(self.yes, "yes")
        target = COLUMN_OF.get(field, field)
        sources = [target]
        if field == "collect.method":
            sources.append("flows.channel")
        if field in COUNTRIES or field.endswith(".country"):
            found |= dict(self.words.countries)
            sources.append("countries")
        kinds = {"items.category": "categories", "safeguards.control": "controls"}
        own = [self.data["values"].get(s, {}) for s in sources]
        if target in kinds or field == "items.sensitive":
            own.append(self.data[kinds.get(target, "categories")])
        for words in own:
            for value, listed in words.items():
                for word in listed:
                    found.setdefault(fold(word), value)
        for source in sources:
            column = self.find_column(source)
            if column is not None and column.kind != "bases":
                for word, value in self.words.index_values(column).items():
                    found.setdefault(word, value)
        if field == "provide.consent":
            found |= dict.fromkeys(self.yes, "separate") | dict.fromkeys(self.no, "")
        return found

    def find_value(self, field: str, text: str) -> tuple[str, str] | None:
        """Return the value a text stands for, and how sure that is; None when it is unknown."""
        asked = fold(text)
        index = self.index(field)
        if asked in index:
            return index[asked], "exact word"
        if field == "items.sensitive":
            return self._find_kind(text, self.index("items.title"))
        if COLUMN_OF.get(field, field) == "items.category":
            return self._find_kind(text, index)
        if field == "safeguards.title":
            return _find_contained(asked, index)
        outer, inner = (fold(part) for part in split_bracket(text))
        if inner and field not in YES_NO and index.get(inner, "yes") != "yes":
            return index[inner], "word in a bracket"
        if inner and outer in index:
            return index[outer], "word before a bracket"
        return None

    def _find_kind(self, text: str, index: Mapping[str, str]) -> tuple[str, str] | None:
        if _DENIED.match(text):
            return TEXT, "says it is not used"
        outer, inner = split_bracket(text)
        for plain in (outer, self.trim(outer), inner):
            if plain and fold(plain) in index:
                return index[fold(plain)], "exact word"
        return _find_contained(fold(text), index)

    def trim(self, text: str) -> str:
        """Cut general words such as 信息 from the end of a kind.

        >>> Vocabulary().trim("指纹信息")
        '指纹'
        """
        for word in self.trims:
            if text.lower().endswith(word) and len(text) > len(word) + 1:
                return text[: -len(word)].strip()
        return text

    def part_kind(self, kind: str) -> list[str]:
        """Part a kind at `and` when both sides are known by themselves.

        >>> Vocabulary().part_kind("姓名和手机号"), Vocabulary().part_kind("照片和视频库")
        (['姓名', '手机号'], ['照片和视频库'])
        """
        index = self.index("items.title")
        pieces = [p.strip() for p in re.split(r"[和及与]|以及| and | & ", kind) if p.strip()]
        known = all(fold(p) in index or fold(self.trim(p)) in index for p in pieces)
        return pieces if len(pieces) > 1 and known and fold(kind) not in index else [kind]

    def index_gdpr(self, texts: Iterable[str]) -> dict[str, str]:
        """Return the words of GDPR's bases when one of the texts shows that GDPR is meant."""
        signs = [fold(sign) for sign in self.data["gdpr"]["signs"]]
        if not any(sign in fold(text) for text in texts for sign in signs):
            return {}
        bases = self.data["gdpr"]["bases"].items()
        return {fold(word): base for base, words in bases for word in words}

    def find_bases(self, text: str) -> tuple[list[str], list[str]]:
        """Return the legal bases a cell names, and the pieces that name none.

        The longest words are taken first, since 订立、履行合同所必需 holds a separator itself.

        >>> Vocabulary().find_bases("取得个人同意；订立、履行合同所必需")
        (['cn-pipl.consent', 'cn-pipl.contract'], [])
        >>> Vocabulary().find_bases("正当利益，无需同意")
        ([], ['正当利益', '无需同意'])
        """
        whole, _ = self.words.find_basis(text)
        if whole:
            return [whole], []
        index = self.index("activities.legal_basis")
        bases: list[str] = []
        rest: list[str] = []
        for line in re.split(r"[;；\n]", text):
            found, left = self._scan_bases(line, index)
            bases += found
            rest += left
        return list(dict.fromkeys(bases)), rest

    def _scan_bases(self, line: str, index: Mapping[str, str]) -> tuple[list[str], list[str]]:
        plain = unicodedata.normalize("NFKC", line)
        squeezed = re.sub(r"[\s()-]|《[^》]*》|^\d{1,2}[.、]", "", plain).casefold()
        folded = {fold(word): value for word, value in index.items()}
        found: dict[int, str] = {}
        for word in sorted(folded, key=lambda w: (-len(w), w)):
            needle = re.sub(r"[()]", "", word)
            at = squeezed.find(needle) if len(needle) > 1 else -1
            if at >= 0:
                found[at] = folded[word]
                squeezed = squeezed[:at] + "\0" * len(needle) + squeezed[at + len(needle) :]
        pieces = re.split(r"[、,/|。.+&:\0]+", squeezed)
        strange = [p for p in pieces if p and not _FILLER.fullmatch(p)]
        if strange or "none" in found.values():
            # Part of a sentence says less than the sentence: a piece alone counts only when whole.
            bases, rest = [], []
            for piece in split_cell(line, "、，,/|"):
                outer, inner = split_bracket(piece)
                value = index.get(fold(piece)) or self.words.find_basis(piece)[0]
                if not value and inner and not _DOUBTED.search(inner):
                    value = index.get(fold(outer))
                if value and value != "none":
                    bases.append(value)
                else:
                    rest.append(piece)
            return bases, rest
        return [found[at] for at in sorted(found)], []


def _find_contained(asked: str, index: Mapping[str, str]) -> tuple[str, str] | None:
    least = 4 if asked.isascii() else 2
    words = [w for w in index if len(w) >= least and w in asked]
    if not words:
        return None
    longest = max(len(w) for w in words)
    best = {index[w] for w in words if len(w) == longest}
    return (best.pop(), "contained word") if len(best) == 1 else None


def _fold_all(words: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(word) or word for word in words)


def is_listed(field: str) -> bool:
    """Tell whether a cell of a field may hold several values."""
    column = Vocabulary.find_column(field)
    return field in MANY or (column is not None and column.kind in ("choices", "bases"))


def choose_separators(field: str) -> str:
    """Return the separators at which a field's cells are split, unless a mapping names others."""
    return SEPARATORS if is_listed(field) else ""


def expand_kinds(text: str, separators: str) -> tuple[list[str], list[str]]:
    """Split a cell of kinds; a group gives its members. Returns the kinds and the groups' names.

    >>> expand_kinds("基本信息（姓名、性别）、手机号", "、")
    (['姓名', '性别', '手机号'], ['基本信息'])
    >>> expand_kinds("基本信息：姓名；人脸", "；")
    (['姓名', '人脸'], ['基本信息'])

    What belongs to somebody else, whom a group names, stays with its group.

    >>> expand_kinds("姓名、紧急联系人（姓名、电话）", "、")
    (['姓名', '紧急联系人（姓名、电话）'], [])
    """
    kinds: list[str] = []
    groups: list[str] = []
    for piece in split_cell(text, separators):
        named = re.fullmatch(r"([^:：（）()]{2,20})[:：]\s*(.+)", piece, re.DOTALL)
        if named:
            groups.append(named[1])
            piece = named[2]
        outer, inner = split_bracket(piece)
        members = split_cell(inner, SEPARATORS) if inner else []
        if len(members) > 1 and not any(w in outer.lower() for w in read_words()["others"]):
            groups.append(outer)
            kinds += members
        elif piece:
            kinds.append(piece)
    return list(dict.fromkeys(kinds)), groups
