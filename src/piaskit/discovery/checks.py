"""Check digits and plausibility of single values, through the libraries that know the schemes."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from datetime import date

_DIGITS = re.compile(r"\D+")
_LEAST_DECIMALS = 3


def read_birth_date(number: str) -> date | None:
    """Return the birth date inside an 18-digit resident identity number, None when impossible.

    >>> read_birth_date("11010519491231002X")
    datetime.date(1949, 12, 31)
    """
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def count_years(born: date, as_of: date) -> int:
    """Count the full years between a birth date and a day.

    >>> count_years(date(2012, 3, 2), date(2026, 3, 1))
    13
    """
    return as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, born.day))


def check_resident_id(value: str) -> bool:
    """Check the digits and the date of a resident identity number, whatever its region.

    >>> check_resident_id("11010519491231002X"), check_resident_id("110105194912310021")
    (True, False)
    """
    from stdnum.cn import ric

    number = value.upper()
    fits = len(number) == 18 and number[-1] == ric.calc_check_digit(number)
    return fits and read_birth_date(number) is not None


def check_card(value: str, ranges: Sequence[str]) -> bool:
    """Check the Luhn digit of a card number and that its first digits are a network's.

    >>> check_card("6222020200112233447", ["62-62"]), check_card("4111 1111 1111 1111", ["40-49"])
    (False, True)
    """
    from stdnum import luhn

    number = _DIGITS.sub("", value)
    if len(set(number)) < 4 and not number.startswith("4"):
        return False
    starts = (low_high.split("-") for low_high in ranges)
    known = any(int(low) <= int(number[: len(low)]) <= int(high) for low, high in starts)
    return known and bool(luhn.is_valid(number))


def _check_luhn(value: str) -> bool:
    from stdnum import luhn

    return len(set(value)) > 3 and bool(luhn.is_valid(value))


def _check_telephone(region: str | None, mobile: bool | None) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        import phonenumbers
        from phonenumbers import PhoneNumberType

        try:
            number = phonenumbers.parse(value.replace("转", " ext. "), region)
        except phonenumbers.NumberParseException:
            return False
        if mobile is None:
            return phonenumbers.is_possible_number(number)
        kind = phonenumbers.number_type(number)
        wanted = PhoneNumberType.MOBILE if mobile else PhoneNumberType.FIXED_LINE
        return bool(kind == wanted)

    return check


def _check_ip(value: str) -> bool:
    try:
        return not ipaddress.ip_address(value.split("/")[0]).is_unspecified
    except ValueError:
        return False


def _check_coordinates(value: str) -> bool:
    numbers = [float(number) for number in re.findall(r"-?\d+\.\d+", value)]
    if len(numbers) != 2:
        return False
    low, high = sorted(map(abs, numbers))
    return low <= 90 and high <= 180


def _check_ssn(value: str) -> bool:
    from stdnum.us import ssn

    return bool(ssn.is_valid(value))


def _check_uscc(value: str) -> bool:
    from stdnum.cn import uscc

    return bool(uscc.is_valid(value)) and not value.isdigit()


def _check_imei(value: str) -> bool:
    from stdnum import imei

    return bool(imei.is_valid(value))


def _check_imsi(value: str) -> bool:
    from stdnum import imsi

    return bool(imsi.is_valid(value))


def _check_iban(value: str) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(value, check_country=False))


def _check_mac(value: str) -> bool:
    from stdnum import mac

    return bool(mac.is_valid(value))


def list_checks(card_ranges: Sequence[str]) -> dict[str, Callable[[str], bool]]:
    """Return the checks by the names that packs of patterns give them."""
    return {
        "none": lambda value: True,
        "resident-id": check_resident_id,
        "card": lambda value: check_card(value, card_ranges),
        "luhn": _check_luhn,
        "imei": _check_imei,
        "imsi": _check_imsi,
        "mac": _check_mac,
        "iban": _check_iban,
        "ssn": _check_ssn,
        "uscc": _check_uscc,
        "mobile": _check_telephone("CN", mobile=True),
        "landline": _check_telephone("CN", mobile=False),
        "telephone": _check_telephone(None, mobile=None),
        "ip": _check_ip,
        "coordinates": _check_coordinates,
    }
