"""How long a register says something is kept."""

from __future__ import annotations

import re
import unicodedata

from piaskit.case.cells import parse_period

_PERIOD = re.compile(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_FRENCH = re.compile(r"\b(\d+) ?(ans?|années?|mois|semaines?|jours?)\b", re.IGNORECASE)
_FRENCH_UNITS = {"a": "years", "m": "months", "s": "weeks", "j": "days"}
_UNITS = {"en": (" years", " months", " weeks", " days"), "zh": ("年", "个月", "周", "天")}


def read_retention(text: str) -> tuple[str, str] | None:
    """Read a retention as (period, start), or None when it is not plain.

    >>> read_retention("合同终止后3年"), read_retention("2 years after the contract ends")
    (('3年', '合同终止'), ('2 years', 'the contract ends'))
    >>> read_retention("5 ans après la fin du contrat")
    ('5 years', 'la fin du contrat')
    >>> read_retention("不少于三年") is read_retention("业务所需期限") is None
    True
    """
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip(" 。.")
    plain = _FRENCH.sub(lambda found: f"{found[1]} {_FRENCH_UNITS[found[2][0].lower()]}", plain)
    plain = re.sub(r"^jusqu['’](?:à|au) (?:la |l['’])?", "until ", plain, flags=re.IGNORECASE)
    plain = re.sub(r"^(?:保存|保留|存储|留存)(?:期限)?(?:为|:)?", "", plain)
    if parse_period(plain)[0]:
        return plain, ""
    behind = re.fullmatch(
        r"(?:自|从|于)?([^\d]{2,40}?)(?:之日起|之日后|之后|以后|后|起)(?:再|继续)?(?:保存|保留|存储|留存)?(\d+.+|[一二三四五六七八九十半]+[^\d]+)",
        plain,
    )
    if behind and parse_period(behind[2])[0] and not re.search("至少|不少于|最长", behind[1]):
        return behind[2], behind[1]
    after = re.fullmatch(
        r"(.+?) (?:after|from|following|since|après|à compter d[eu]) (.{3,60})",
        plain,
        re.IGNORECASE,
    )
    if after and parse_period(after[1])[0]:
        return after[1], after[2]
    return None


def tell_kept(period: str, start: object, lang: str) -> str:
    """Write a retention in words that ``read_retention`` reads back; a start it could not, is left.

    >>> tell_kept("P3Y", "the contract ends", "en"), tell_kept("P1Y6M", None, "zh")
    ('3 years after the contract ends', '1年6个月')
    """
    found = _PERIOD.fullmatch(period)
    if not found:
        return period
    said = [f"{n}{unit}" for n, unit in zip(found.groups(), _UNITS[lang], strict=True) if n]
    words = ("" if lang == "zh" else " ").join(said)
    if not isinstance(start, str):
        return words
    whole = f"{start}后{words}" if lang == "zh" else f"{words} after {start}"
    return whole if read_retention(whole) == (words, start) else words
