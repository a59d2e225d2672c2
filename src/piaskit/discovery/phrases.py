"""What a phrase says a column holds: read from its end, with the words before it as its owner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from piaskit.discovery.vocabulary import Token, Vocabulary

OWNERS = frozenset({"person", "official", "organisation", "thing", "lookup"})
PERSONS = frozenset({"person", "official"})
_NOT_PERSONS = OWNERS - PERSONS

_BRACKETS = re.compile(r"[（(【\[{].*?[)）】\]}]|[（(【\[{].*$")
_BREAK = re.compile(r"[：:，,；;。.!！?？\n|=]|\s-+\s|\s+(?=如|例如|比如)|——|--|\d+\s*[-—、.：:]")
_CONDITION = re.compile(r"^\s*(?:如果|例如|比如|若|当|\d|if\b|when\b|e\.?g\b|for\b|see\b)", re.I)
_OF_TABLE = re.compile(r"^.*表(?:中|里)?的")
_ASIDE = re.compile(
    r"\b(?:of|for|that|which|in|on|from|to|by|with|used|who|when|where|as|e g|if|whether)\b.*",
    re.IGNORECASE,
)
_TABLE_ENDS = re.compile(r"(?:基本)?(?:信息|数据|资料|记录|明细|列表|档案|主|子)?(?:及\w+)?表?$")
_TEXTS = re.compile(r"char|text|string|clob|json|uuid|inet|xml|enum|binary|blob|set\b", re.I)

Kind = Literal["personal", "secret", "link", "none", "house", "open"]
NOTHING = ("none", "house")


@dataclass(frozen=True)
class Reading:
    """What a phrase says: a naming of the vocabulary, a link to a person, nothing, or unclear.

    A ``house`` word serves the database alone, such as the time of the last change. ``word`` is
    the decisive word, ``owner`` the word or theme without which it would not count, or the role of
    the person whom a link leads to.
    """

    kind: Kind
    naming: str = ""
    word: str = ""
    owner: str = ""
    way: str = "word"
    sure: bool = True


OPEN = Reading("open")


@dataclass(frozen=True)
class Subject:
    """What a table tells of: roles and themes, and the word that says so."""

    topics: frozenset[str] = frozenset()
    word: str = ""


def holds_text(type: str) -> bool | None:
    """Say whether a column type holds text; None when no type is stated.

    >>> holds_text("varchar(63)"), holds_text("int(11)"), holds_text("")
    (True, False, None)
    """
    return bool(_TEXTS.search(type)) if type.strip() else None


def trim_comment(comment: str) -> str:
    """Return the phrase of a comment that names what the column holds, without explanations.

    >>> trim_comment("性别：0 未知， 1男"), trim_comment("如果type=0，则是商品"), trim_comment("")
    ('性别', '', '')
    """
    plain = _BRACKETS.sub(" ", comment).strip()
    if not plain or _CONDITION.match(plain):
        return ""
    first = _BREAK.split(plain, maxsplit=1)[0].strip()
    first = _OF_TABLE.sub("", first)
    if first.isascii():
        first = _ASIDE.sub("", first).strip()
    return first


def read_subject(vocabulary: Vocabulary, name: str, comment: str) -> Subject:
    """Tell whom or what a table is about, by its comment, else by its name."""
    said = _TABLE_ENDS.sub("", trim_comment(comment)) if comment else ""
    for tokens in (vocabulary.cut_comment(said) if said else [], vocabulary.cut_name(name)):
        subject = _read_table(tokens)
        if subject.topics:
            return subject
    return Subject()


def _read_table(tokens: Sequence[Token]) -> Subject:
    topics: set[str] = set()
    word = ""
    for token in tokens[::-1]:
        ids = token.ids("role", "theme")
        if not ids:
            continue
        if not word and not ids & PERSONS and ids & _NOT_PERSONS and not token.ids("theme"):
            return Subject(frozenset(ids), token.text)
        word = word or token.text
        topics |= ids - _NOT_PERSONS
    if topics == {"address"} and any("organisation" in t.ids("role") for t in tokens):
        return Subject(frozenset({"organisation"}), word)
    return Subject(frozenset(topics), word)


def read_phrase(
    vocabulary: Vocabulary, tokens: Sequence[Token], subject: Subject, text: bool | None
) -> Reading:
    """Read what a phrase says; ``text`` is whether the column holds text (None: not known)."""
    if tokens and "flag" in tokens[0].ids("head") and len(tokens) > 1:
        return Reading("none", word=tokens[0].text)
    tail: set[str] = set()
    sure = True
    for at in range(len(tokens) - 1, -1, -1):
        token, before = tokens[at], tokens[:at]
        if not token.senses:
            sure = False
            continue
        found = _find_naming(vocabulary, token, before, subject, text, tail)
        if found:
            return _settle(vocabulary, found, tail, sure)
        heads, roles = token.ids("head"), token.ids("role")
        if "house" in heads and sure:
            return Reading("house", word=token.text)
        if heads & {"generic", "url", "number", "key"}:
            tail |= heads
            continue
        if roles & PERSONS:
            return _read_person(token, tail, sure, text)
        if heads or roles or token.ids("theme", "name"):
            decided = sure and (heads or roles & _NOT_PERSONS or "key" in tail)
            return Reading("none" if decided else "open", word=token.text)
    if sure and tail == {"key"}:
        return Reading("house")
    return Reading("none") if "url" in tail else OPEN


def _find_naming(
    vocabulary: Vocabulary,
    token: Token,
    before: Sequence[Token],
    subject: Subject,
    text: bool | None,
    tail: set[str],
) -> Reading | None:
    """Find the naming of a token that counts here; those that fit everywhere come last."""
    owner, topics = _find_owner(before)
    ids = token.ids("name")
    ordered = [name for name in vocabulary.namings if name in ids] if ids else []
    for id in sorted(ordered, key=lambda name: not vocabulary.namings[name].within):
        naming = vocabulary.namings[id]
        if (naming.text and text is False) or (naming.numbered and "number" not in tail):
            continue
        needed = set(naming.within)
        word = owner
        if needed:
            if topics & needed:
                pass
            elif topics & OWNERS or not subject.topics & needed:
                continue
            else:
                word = subject.word
        elif not naming.firm:
            around = topics or subject.topics
            if around & _NOT_PERSONS and not around & PERSONS:
                continue
        if naming.category.startswith("content.") and "official" in topics:
            continue  # what the operator's own side writes
        kind: Kind = "secret" if naming.secret else "personal"
        return Reading(kind, id, token.text, word, token.way)
    return None


def _find_owner(before: Sequence[Token]) -> tuple[str, set[str]]:
    """Return the nearest word that says of whom, of what or in which theme."""
    for token in before[::-1]:
        topics = token.ids("role", "theme")
        if topics:
            return token.text, topics
    return "", set()


def _settle(vocabulary: Vocabulary, found: Reading, tail: set[str], sure: bool) -> Reading:
    """Let the heads that stood behind a word deny it: an address of a page, the key of a row."""
    naming = vocabulary.namings[found.naming]
    if "url" in tail and naming.category == "contact.address":
        return Reading("none", word=found.word)
    if "key" in tail and not naming.keyed and not naming.firm:
        return Reading("none", word=found.word)  # the key of a row that holds it
    return Reading(found.kind, found.naming, found.word, found.owner, found.way, sure)


def _read_person(token: Token, tail: set[str], sure: bool, text: bool | None) -> Reading:
    """Read a phrase that ends in a person: a key, a number of theirs, or the person by name."""
    roles = token.ids("role")
    of = "person" if "person" in roles else "official"
    if "key" in tail:
        return Reading("link", word=token.text, owner=of, sure=sure)
    if "number" in tail:
        if text is False:
            return Reading("link", word=token.text, owner=of, sure=sure)
        return Reading("personal", "pseudonym", token.text, way=token.way, sure=sure)
    if tail or not sure:
        return OPEN
    if text is False:
        return Reading("link", word=token.text, owner=of, sure=False)
    named = "login-of-person" if "official" in roles else "name-of-person"
    return Reading("personal", named, token.text, token.text, token.way)
