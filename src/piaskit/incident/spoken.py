"""Names, numbers, addresses and days as they are written, said, or fit a short message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

_FORMS = {
    "en": re.compile(
        r"\s+(?:co\.?|company|ltd\.?|limited|inc\.?|llc|gmbh|plc|corp\.?|ag|sa)$", re.I
    ),
    "zh": re.compile(r"(?:股份有限公司|有限责任公司|有限公司|集团|公司)$"),
}
_MOST = {"en": 16, "zh": 8}
_AND = {"en": (", ", ", and "), "zh": ("、", "和")}
_SIGNS = {
    "en": {"@": " at ", ".": " dot ", "-": " hyphen ", "_": " underscore "},
    "zh": {"@": " 艾特 ", ".": " 点 ", "-": " 横杠 ", "_": " 下划线 "},
}


def shorten_name(name: str, lang: str) -> str:
    """Return the short form of a name: without brackets, legal form and what follows them.

    >>> shorten_name("Xinfan (Example) E-commerce Co., Ltd.", "en")
    'Xinfan'
    >>> shorten_name("芯帆（示例）电子商务有限公司", "zh"), shorten_name("Acme Parts Limited", "en")
    ('芯帆', 'Acme Parts')
    """
    short = re.split(r"[(（,，]", name)[0].strip() or name
    while (cut := _FORMS[lang].sub("", short)) != short and cut:
        short = cut
    most = _MOST[lang]
    if len(short) <= most:
        return short
    return short[:most] if lang == "zh" else short[: most + 1].rsplit(" ", 1)[0][:most]


def list_words(words: Sequence[str], lang: str) -> str:
    """Put words into one sentence.

    >>> list_words(["name", "address", "orders"], "en"), list_words(["姓名", "地址"], "zh")
    ('name, address, and orders', '姓名和地址')
    """
    comma, last = _AND[lang]
    if len(words) == 2 and lang == "en":
        return " and ".join(words)
    return last.join([*([comma.join(words[:-1])] if words[:-1] else []), *words[-1:]])


def spell_number(number: str, lang: str) -> str:
    """Write a telephone number digit by digit, with a pause between its groups.

    >>> spell_number("400-000-0012", "en"), spell_number("400-000-0012", "zh")
    ('4 0 0, 0 0 0, 0 0 1 2', '4 0 0，0 0 0，0 0 1 2')
    """
    groups = [" ".join(group) for group in re.findall(r"\d+", number)]
    return ("，" if lang == "zh" else ", ").join(groups) or number


def spell_address(address: str, lang: str) -> str:
    """Write an e-mail address as it is said.

    >>> spell_address("privacy@shop.example", "en"), spell_address("privacy@shop.example", "zh")
    ('privacy at shop dot example', 'privacy 艾特 shop 点 example')
    """
    return re.sub(r"[@._-]", lambda sign: _SIGNS[lang][sign[0]], address)


def write_day(day: date, lang: str) -> str:
    """Write a day in words.

    >>> write_day(date(2026, 3, 2), "en"), write_day(date(2026, 3, 2), "zh")
    ('2 March 2026', '2026年3月2日')
    """
    if lang == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def shorten_day(day: date, lang: str) -> str:
    """Write a day without its year.

    >>> shorten_day(date(2026, 3, 2), "en"), shorten_day(date(2026, 3, 2), "zh")
    ('2 Mar', '3月2日')
    """
    return (
        f"{day.month}月{day.day}日" if lang == "zh" else f"{day.day} {_MONTHS[day.month - 1][:3]}"
    )


def write_time_of_day(moment: datetime | None, lang: str) -> str | None:
    """Write a time with its day and offset in words.

    >>> write_time_of_day(datetime.fromisoformat("2026-03-02T09:10+08:00"), "en")
    '2 March 2026, 09:10 (UTC+08:00)'
    """
    if moment is None:
        return None
    offset = moment.strftime("%z")
    zone = f"UTC{offset[:3]}:{offset[3:5]}"
    if lang == "zh":
        return f"{write_day(moment, lang)} {moment:%H:%M}（{zone}）"
    return f"{write_day(moment, lang)}, {moment:%H:%M} ({zone})"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
