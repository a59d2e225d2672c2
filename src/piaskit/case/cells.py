"""One cell: its text becomes a value, or the problems that keep it from being one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from piaskit.case.table import Column
from piaskit.case.words import Words, find_nearest, fold, list_countries
from piaskit.errors import quote

LONGEST = 32_767  # characters a spreadsheet cell can hold
SLUG_LONGEST = 100
MOST = 10**15  # spreadsheets keep 15 digits of a number

CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_ID = re.compile(r"[^\W_][\w.-]*")
_SEPARATORS = re.compile(r"[;；]")
_DATES = (
    re.compile(r"(\d{4,6})-(\d{1,2})-(\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"),
    re.compile(r"(\d{4,6})/(\d{1,2})/(\d{1,2})(?: \d{1,2}:\d{2}(?::\d{2})?)?"),
    re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})"),
    re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
_ISO_PERIOD = re.compile(
    r"P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?"
)
_LENGTH = re.compile(
    r"(\d+|[一二两三四五六七八九十]+)\s*"
    r"(?:(?P<Y>years?|yrs?|y|年)|(?P<M>months?|mos?|个?月)|(?P<W>weeks?|周|个?星期)"
    r"|(?P<D>days?|d|[日天])|(?P<H>hours?|hrs?|h|个?小时))(?=$|[^a-z])",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"(?:until|till)\s+(\S.*)|(?:直至|直到|截至|至|到)\s*(\S.*)", re.IGNORECASE | re.DOTALL
)
_GRADE = re.compile(r"(?:level\s*|第|等保)*([1-5一二三四五])\s*级?", re.IGNORECASE)
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_NUMBER = re.compile(
    r"(\d{1,15}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,3})?)"
    r"(?:\s*/\s*(?P<parts>\d{1,15}(?:\.\d{1,15})?)|\s*(?P<percent>%))?"
)
_SHARES = {"万": 10**4, "萬": 10**4, "w": 10**4, "k": 10**3, "千": 10**3, "m": 10**6, "亿": 10**8}

EXPECTED = {
    "count": "expected a whole number, 0 or more, in digits alone",
    "number": "expected a number, 0 or more, as 12, 0.05, 5% or 1/20",
    "some": "expected a whole number of persons, yes or no",
    "grade": "expected a level from 1 to 5",
    "date": "expected a date as 2026-03-01",
    "period": "expected a length of time (3 years, 36 months, 180 days, 3年) or until <event>",
    "sha256": "expected a SHA-256 digest: 64 digits and letters a to f",
    "country": "expected a country code of two letters (ISO 3166-1), as CN",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a text, before it is known where the text stands."""

    slug: str
    message: str
    hint: str | None = None


Parsed = tuple[object | None, tuple[Problem, ...]]
Parser = Callable[[str], Parsed]


def mean(word: str | None) -> str | None:
    """Write a hint that offers a word.

    >>> mean("retention")
    'did you mean retention?'
    """
    return f"did you mean {word}?" if word else None


def inspect_text(text: str) -> Problem | None:
    """Return what forbids a text in any cell: control characters, more than a cell can hold.

    >>> inspect_text("a\\x07").message
    'holds the control character U+0007'
    """
    found = CONTROL.search(text)
    if found:
        code = f"U+{ord(found[0]):04X}"
        return Problem("control-character", f"holds the control character {code}", "delete it")
    if len(text) > LONGEST:
        return Problem(
            "cell-too-long",
            f"holds {len(text):,} characters, a cell at most {LONGEST:,}",
            "put the text into a file of evidence/",
        )
    return None


def build_parser(column: Column, words: Words) -> Parser:
    """Return the function that reads the cells of a column.

    The function takes a text that is not blank and free of control characters. References come
    back as they stand: whether the row exists is known only after all tables are read.
    """
    if column.kind in ("choice", "yes-no"):
        return lambda text: _parse_choice(text, column, words)
    if column.kind == "choices":
        return lambda text: _parse_list(text, lambda part: _parse_choice(part, column, words))
    if column.kind == "bases":
        return lambda text: _parse_list(text, lambda part: _parse_basis(part, words))
    if column.kind == "country":
        return lambda text: parse_country(text, words)
    if column.kind in ("references", "scope"):
        return lambda text: (split_list(text), ())
    if column.kind == "text" and column.also:
        also = {fold(word): value for word, value in (*column.also, ("none", "none"))}
        return lambda text: (also.get(fold(text), text), ())
    return _PARSERS[column.kind]


def split_list(text: str) -> str:
    """Normalise a list: separators `;` or `；`, spaces trimmed, blanks and repetitions dropped.

    >>> split_list(" a ；b;; a ")
    'a;b'
    """
    parts = (unicodedata.normalize("NFKC", part).strip() for part in _SEPARATORS.split(text))
    return ";".join(dict.fromkeys(part for part in parts if part))


def parse_id(text: str) -> Parsed:
    """Read an id: letters, digits, dots, hyphens and underscores, at most 100.

    >>> parse_id("f-12"), parse_id("f 12")[1][0].hint
    (('f-12', ()), 'write f-12')
    """
    id = unicodedata.normalize("NFKC", text).strip()
    if _ID.fullmatch(id) and len(id) <= SLUG_LONGEST:
        return id, ()
    better = re.sub(r"[^\w.-]+", "-", id).strip("-_.")[:SLUG_LONGEST]
    message = (
        f"{quote(text)} is no id, expected letters, digits, '.', '-' and '_', "
        f"at most {SLUG_LONGEST}"
    )
    return id, (Problem("bad-id", message, f"write {better}" if better else None),)


def parse_count(text: str) -> Parsed:
    """Read a whole number.

    >>> parse_count("1200")[0], parse_count("100万")[1][0].hint
    (1200, 'write 1000000')
    """
    digits = unicodedata.normalize("NFKC", text).strip()
    if digits.isascii() and digits.isdigit():
        number = int(digits) if len(digits) < 20 else MOST
        if number < MOST:
            return number, ()
        return None, (Problem("bad-number", f"{quote(text)} is too large, {EXPECTED['count']}"),)
    guess = _guess_number(digits)
    hint = f"write {guess}" if guess is not None else None
    return None, (
        Problem("bad-number", f"{quote(text)} is no such number, {EXPECTED['count']}", hint),
    )


def parse_number(text: str) -> Parsed:
    """Read a number, 0 or more: a decimal, a percentage or a fraction.

    >>> parse_number("0.05")[0], parse_number("5 %")[0], parse_number("1/20")[0]
    (0.05, 0.05, 0.05)
    >>> parse_number("-1")[1][0].message
    '-1 is negative, expected a number, 0 or more, as 12, 0.05, 5% or 1/20'
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _NUMBER.fullmatch(plain)
    if found:
        number = float(found[1])
        if found["parts"]:
            number = number / float(found["parts"]) if float(found["parts"]) else MOST
        if found["percent"]:
            number /= 100
        if number < MOST:
            return number, ()
        message = f"{quote(text)} is too large, {EXPECTED['number']}"
        return None, (Problem("bad-number", message),)
    if _NUMBER.fullmatch(plain.lstrip("-−–")):
        message = f"{quote(text)} is negative, {EXPECTED['number']}"
        return None, (Problem("bad-number", message),)
    decimal = re.fullmatch(r"(\d+),(\d{1,2})(%?)", plain)
    guess = f"{decimal[1]}.{decimal[2]}{decimal[3]}" if decimal else _guess_number(plain)
    hint = f"write {guess}" if guess is not None else None
    message = f"{quote(text)} is no such number, {EXPECTED['number']}"
    return None, (Problem("bad-number", message, hint),)


def parse_some(text: str) -> Parsed:
    """Read a number of persons, or `yes` when it is not known; `no` is 0.

    >>> parse_some("是")[0], parse_some("no")[0], parse_some("12")[0]
    ('yes', '0', '12')
    """
    word = {"yes": "yes", "y": "yes", "true": "yes", "是": "yes", "有": "yes"}.get(fold(text))
    if word or fold(text) in ("no", "n", "false", "none", "否", "无", "没有"):
        return word or "0", ()
    value, problems = parse_count(text)
    return (None if value is None else str(value)), tuple(
        Problem(p.slug, p.message.replace(EXPECTED["count"], EXPECTED["some"]), p.hint)
        for p in problems
    )


def parse_grade(text: str) -> Parsed:
    """Read a protection level from 1 to 5.

    >>> parse_grade("第三级")[0]
    3
    """
    found = _GRADE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found:
        return _DIGITS[found[1]] if found[1] in _DIGITS else int(found[1]), ()
    return None, (Problem("bad-number", f"{quote(text)} is no level, {EXPECTED['grade']}"),)


def parse_date(text: str) -> Parsed:
    """Read a day; a time of day behind it is left out.

    >>> parse_date("2026年3月1日")[0], parse_date("01/03/2026")[1][0].hint
    (datetime.date(2026, 3, 1), 'write 2026-03-01 or 2026-01-03')
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    for pattern in _DATES:
        found = pattern.fullmatch(plain)
        if not found:
            continue
        year, month, day = (int(part) for part in found.groups())
        if not 1900 <= year <= 9999:
            message = f"{quote(text)} is a date no spreadsheet can hold, {EXPECTED['date']}"
            return None, (Problem("date-out-of-range", message),)
        try:
            return date(year, month, day), ()
        except ValueError:
            message = f"{quote(text)} is no day of the calendar, {EXPECTED['date']}"
            return None, (Problem("bad-date", message),)
    if re.fullmatch(r"\d{7,}|-\d+", plain):
        message = f"day {quote(text)} is a date no spreadsheet can hold, {EXPECTED['date']}"
        return None, (Problem("date-out-of-range", message),)
    message = f"{quote(text)} is no date, {EXPECTED['date']}"
    return None, (Problem("bad-date", message, _guess_date(plain)),)


def parse_period(text: str) -> Parsed:
    """Read a retention as an ISO 8601 period or `until <event>`.

    >>> parse_period("3 years")[0], parse_period("1年6个月")[0], parse_period("直至账号注销")[0]
    ('P3Y', 'P1Y6M', 'until 账号注销')
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if _ISO_PERIOD.fullmatch(plain.upper()):
        return plain.upper(), ()
    until = _UNTIL.fullmatch(plain)
    if until:
        return f"until {(until[1] or until[2]).strip()}", ()
    if plain == "半年":
        return "P6M", ()
    found = {"Y": "", "M": "", "W": "", "D": "", "H": ""}
    rest = plain
    for part in _LENGTH.finditer(plain):
        unit = str(part.lastgroup)
        found[unit] += f"{_read_numeral(part[1])}{unit}"
        rest = rest.replace(part[0], "", 1)
    if any(found.values()) and not rest.strip(" ,、和and零"):
        hours = found.pop("H")
        if all(len(re.findall(r"\d+", value)) <= 1 for value in found.values()):
            return "P" + "".join(found.values()) + (f"T{hours}" if hours else ""), ()
    message = f"{quote(text)} is no period, {EXPECTED['period']}"
    number = re.fullmatch(r"\d+", plain)
    return None, (Problem("bad-period", message, "name the unit" if number else None),)


def parse_country(text: str, words: Words | None = None) -> Parsed:
    """Read a country as its ISO 3166-1 alpha-2 code.

    >>> parse_country("cn")[0], parse_country("德国")[0], parse_country("Germny")[1][0].hint
    ('CN', 'DE', 'did you mean DE?')
    """
    countries = words.countries if words else list_countries()
    code = countries.get(fold(text))
    if code:
        return code, ()
    near = words.guess(text, countries) if words else find_nearest(text, countries)
    message = f"{quote(text)} is no country, {EXPECTED['country']}"
    return None, (Problem("unknown-country", message, mean(countries[near]) if near else None),)


def parse_sha256(text: str) -> Parsed:
    """Read a SHA-256 digest in lower case."""
    digest = text.strip().lower().removeprefix("sha256:").strip()
    if re.fullmatch(r"[0-9a-f]{64}", digest):
        return digest, ()
    return None, (Problem("bad-sha256", f"{quote(text)} is no digest, {EXPECTED['sha256']}"),)


def _parse_choice(text: str, column: Column, words: Words) -> Parsed:
    index = words.index_values(column)
    known = index.get(fold(text))
    if known:
        return known, ()
    near = words.guess(text, index)
    if column.open and near is None:
        return text, ()
    values = words.list_values(column)
    listed = ", ".join(values) if len(values) <= 16 else "one of the ids of the packs"
    message = f"{quote(text)} is no {column.name}, expected {listed}"
    hint = mean(index[near]) if near else None
    if column.pack:
        slug = "unknown-category" if column.pack == "categories" else "unknown-control"
        return None, (Problem(slug, message, hint),)
    return None, (Problem("unknown-value", message, hint),)


def _parse_list(text: str, parse: Parser) -> Parsed:
    values: list[str] = []
    problems: list[Problem] = []
    for part in split_list(text).split(";"):
        if part:
            value, found = parse(part)
            values.append(str(value))
            problems.extend(found)
    if problems:
        return None, tuple(problems)
    return ";".join(dict.fromkeys(values)) or None, ()


def _parse_basis(text: str, words: Words) -> Parsed:
    found, near = words.find_basis(text)
    if found:
        return found, ()
    message = f"{quote(text)} is no legal basis, expected regime.basis, as cn-pipl.consent"
    return None, (Problem("unknown-basis", message, mean(near)),)


def _guess_number(text: str) -> int | None:
    plain = re.sub(
        r"[,_'\s]|人|名|条|个|约|大约|超过|persons?|people|^[~≈>≥<≤+]+|\+$", "", text.lower()
    )
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([万萬wk千m亿]?)", plain)
    if not found:
        return None
    number = float(found[1]) * _SHARES.get(found[2], 1)
    return round(number) if number < MOST and number == round(number) else None


def _guess_date(text: str) -> str | None:
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        counted = date(1899, 12, 30) + timedelta(days=int(float(text)))
        return f"as a spreadsheet counts days, this is {counted}"
    found = re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text)
    guesses: list[str] = []
    if found:
        for day, month in ((1, 2), (2, 1)):
            try:
                guesses.append(str(date(int(found[3]), int(found[month]), int(found[day]))))
            except ValueError:
                continue
    return "write " + " or ".join(dict.fromkeys(guesses)) if guesses else None


def _read_numeral(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if ten:
        return (_DIGITS.get(tens, 1) if tens else 1) * 10 + _DIGITS.get(ones, 0)
    return int("".join(str(_DIGITS[c]) for c in text))


_PARSERS: dict[str, Parser] = {
    "id": parse_id,
    "text": lambda text: (text, ()),
    "count": parse_count,
    "number": parse_number,
    "some": parse_some,
    "grade": parse_grade,
    "date": parse_date,
    "period": parse_period,
    "sha256": parse_sha256,
    "reference": lambda text: (unicodedata.normalize("NFKC", text).strip(), ()),
    "path": lambda text: (text, ()),  # paths are judged with the case folder at hand
}
