"""The feed of a site (RFC 4287): one entry for each report, notice, correction and withdrawal."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any
from xml.etree import ElementTree as ET

ATOM = "http://www.w3.org/2005/Atom"
Say = Callable[..., str]


def write_feed(
    register: dict[str, Any], items: Iterable[dict[str, Any]], lang: str, say: Say
) -> str:
    """Return an Atom feed.

    ``items`` have id, title, path, published, updated and summary, newest first. A feed without
    entries bears the day 1970-01-01, for want of any.
    """
    items = list(items)
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": _tag(lang)})
    base = register["url"]
    names = [entry["organisation"][lang] for entry in register["reports"]]
    updated = max((item["updated"] for item in items), default="1970-01-01")
    _add(feed, "id", name_entry(register["id"], f"feed-{lang}"))
    _add(feed, "title", say("site.title"))
    _add(feed, "updated", _moment(updated))
    _add(ET.SubElement(feed, "author"), "name", names[-1] if names else say("site.title"))
    _add(feed, "generator", "piaskit")
    _link(feed, "self", f"{base}feed.{lang}.xml", "application/atom+xml", lang)
    _link(feed, "alternate", f"{base}{lang}/index.html", "text/html", lang)
    for item in items:
        entry = ET.SubElement(feed, "entry")
        _add(entry, "id", name_entry(register["id"], f"{item['id']}-{lang}"))
        _add(entry, "title", item["title"])
        _add(entry, "published", _moment(item["published"]))
        _add(entry, "updated", _moment(item["updated"]))
        _link(entry, "alternate", f"{base}{item['path']}{lang}/index.html", "text/html", lang)
        _add(entry, "summary", item["summary"])
    ET.indent(feed)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, "unicode") + "\n"


def name_entry(site: str, name: str) -> str:
    """Return an id that stays, whatever the address of the site.

    >>> name_entry("urn:uuid:00000000-0000-0000-0000-000000000000", "a")
    'urn:uuid:35b65f33-a679-5e76-af3c-273ea349ede4'
    """
    return f"urn:uuid:{uuid.uuid5(uuid.UUID(site), name)}"


def _moment(day: str) -> str:
    return f"{day}T00:00:00Z"


def _tag(lang: str) -> str:
    return "zh-CN" if lang == "zh" else "en"


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _link(parent: ET.Element, rel: str, href: str, kind: str, lang: str) -> None:
    given = {"rel": rel, "href": href, "type": kind, "hreflang": _tag(lang)}
    ET.SubElement(parent, "link", given)
