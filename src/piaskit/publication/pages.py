"""The pages of the announcement site: plain HTML that needs no script and no network."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from piaskit.publication.feed import write_feed
from piaskit.publication.summary import LANGUAGES, compare_summaries
from piaskit.report.document import reveal_controls
from piaskit.report.style import LOOKS, open_templates

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
SEALED = "sealed"
DEEP = {"": 0, "reports": 2, "notices": 2}
FORMATS = {"html": "HTML", "pdf": "PDF", "xlsx": "Excel", "docx": "Word", "json": "JSON"}

Entry = dict[str, Any]


class Words:
    """The words of a page in its language."""

    def __init__(self, lang: str) -> None:
        from piaskit.knowledge import load_knowledge

        self.labels, self.lang = load_knowledge().labels, lang

    def __call__(self, id: str, **fields: object) -> str:
        return self.labels(f"publication.{id}", self.lang, **fields)

    def level(self, id: str | None) -> str:
        return self.labels(f"report.level.{id or 'none'}", self.lang)

    def harm(self, dimension: str) -> str:
        return self.labels(f"report.harm.{dimension}", self.lang)

    def join(self, titles: list[str]) -> str:
        return ("、" if self.lang == "zh" else ", ").join(titles)

    def role(self, id: str) -> str:
        known = f"value.role.{id}"
        return self.labels(known, self.lang) if known in self.labels else id


def write_pages(register: dict[str, Any], room: Path, summaries: dict[str, Entry]) -> list[str]:
    """Write index, pages and feeds of a site; return their names below it."""
    written = []

    def write(name: str, text: str) -> None:
        (room / name).parent.mkdir(parents=True, exist_ok=True)
        (room / name).write_text(text, "utf-8", newline="\n")
        written.append(name)

    entries = [(kind, entry) for kind in ("reports", "notices") for entry in register[kind]]
    for lang in LANGUAGES:
        say = Words(lang)
        site = Site(register, summaries, room, say)
        common = {"site": site, "say": say, "lang": lang, "looks": LOOKS}
        page = _load("index.html").render(**common, root="../", entry=None)
        write(f"{lang}/index.html", page)
        for kind, entry in entries:
            template = _load("withdrawn.html" if entry["withdrawn"] else f"{kind[:-1]}.html")
            page = template.render(**common, root="../../../", entry=entry, kind=kind)
            write(f"{entry['path']}{lang}/index.html", page)
        write(f"feed.{lang}.xml", write_feed(register, site.list_news(), lang, say))
    both = {lang: Words(lang) for lang in LANGUAGES}
    door = _load("door.html")
    write("index.html", door.render(both=both, title=None))
    for _, entry in entries:
        write(f"{entry['path']}index.html", door.render(both=both, title=entry["title"]))
    return written


class Site:
    """What the pages of one language ask of the register."""

    def __init__(
        self, register: dict[str, Any], summaries: dict[str, Entry], room: Path, say: Words
    ) -> None:
        self.register, self.summaries, self.room, self.say = register, summaries, room, say

    @property
    def reports(self) -> list[Entry]:
        """Newest first; of one day the last announced."""
        return _sort_newest(self.register["reports"])

    @property
    def notices(self) -> list[Entry]:
        return _sort_newest(self.register["notices"])

    @property
    def latest(self) -> Entry | None:
        """The newest edition that stands."""
        return next((entry for entry in self.reports if not entry["withdrawn"]), None)

    @property
    def organisation(self) -> str:
        latest = self.reports[0] if self.reports else None
        return str(latest["organisation"][self.say.lang]) if latest else ""

    @property
    def contacts(self) -> list[dict[str, str]]:
        latest = self.latest
        return self.summaries[latest["edition"]]["contacts"][self.say.lang] if latest else []

    def summary(self, entry: Entry) -> Entry:
        return self.summaries[entry["edition"]]

    def title(self, entry: Entry) -> str:
        return str(entry["title"][self.say.lang])

    def state(self, entry: Entry) -> str:
        """Return withdrawn, corrected, earlier or current."""
        if entry["withdrawn"]:
            return "withdrawn"
        if self.corrected_by(entry):
            return "corrected"
        later = self._follow(entry)
        return "earlier" if later else "current"

    def corrected_by(self, entry: Entry) -> Entry | None:
        """Return the edition that corrects this one, unless it was withdrawn itself."""
        return next(
            (
                e
                for e in self.register["reports"]
                if e["corrects"] == entry["edition"] and not e["withdrawn"]
            ),
            None,
        )

    def find(self, id: str) -> Entry:
        return next(e for e in self.register["reports"] if e["edition"] == id)

    def successor(self, entry: Entry) -> Entry | None:
        """Return the newest edition on the same subject, when it is another one."""
        return self._follow(entry)

    def _follow(self, entry: Entry) -> Entry | None:
        later = [
            e for e in self._same(entry) if not e["withdrawn"] and self._rank(e) > self._rank(entry)
        ]
        return later[-1] if later else None

    def previous(self, entry: Entry) -> Entry | None:
        """Return the edition before this one on the same subject that still stands."""
        before = [
            e for e in self._same(entry) if not e["withdrawn"] and self._rank(e) < self._rank(entry)
        ]
        return before[-1] if before else None

    def _same(self, entry: Entry) -> list[Entry]:
        title = entry["title"]
        return [
            e
            for e in self.register["reports"]
            if any(e["title"][lang] == title[lang] for lang in LANGUAGES)
        ]

    def _rank(self, entry: Entry) -> tuple[str, str, int]:
        place = self.register["reports"].index(entry)
        return entry["as_of"], entry["published_on"], place

    def changes(self, entry: Entry) -> list[str]:
        """Return what changed since the edition before, in sentences."""
        before = self.previous(entry)
        if before is None:
            return []
        lines = []
        for id, fields in compare_summaries(
            self.summary(before), self.summary(entry), self.say.lang
        ):
            shown = dict(fields)
            if id == "level":
                shown = {name: self.say.level(value) for name, value in fields.items()}
            elif "titles" in fields:
                shown = {"titles": self.say.join(fields["titles"])}
            lines.append(self.say(f"change.{id}", **shown))
        return lines

    def harms(self, entry: Entry) -> list[tuple[str, int, int]]:
        """Return (sentence, now, planned) for each kind of harm with a high or severe risk."""
        found = []
        for dimension, states in self.summary(entry)["rights"].items():
            now, then = (
                sum(states[state].get(level, 0) for level in ("high", "severe"))
                for state in ("current", "planned")
            )
            if now or then:
                found.append((self.say.harm(dimension), now, then))
        return found

    def files(self, entry: Entry) -> list[Entry]:
        """Return the files of an edition: reports first, what proves them last."""
        from piaskit.publication.seal import MANIFEST, SIGNATURE, read_manifest
        from piaskit.safeguards.evidence import digest_file

        folder = self.room / entry["path"] / SEALED
        digests = dict(read_manifest(folder)["files"])
        for name in (MANIFEST, SIGNATURE):
            if (folder / name).is_file():
                digests[name] = digest_file(folder / name)
        rows = []
        for name, digest in digests.items():
            parts = name.split(".")
            report = parts[0] == "report" and len(parts) == 3 and parts[2] in FORMATS
            rows.append(
                {
                    "name": name,
                    "href": f"../{SEALED}/{name}",
                    "lang": parts[1] if report else None,
                    "format": FORMATS[parts[2]] if report else "JSON",
                    "kind": f"report-{parts[1]}" if report else parts[0],
                    "size": (folder / name).stat().st_size,
                    "sha256": digest,
                }
            )
        order = list(FORMATS.values())
        own = self.say.lang
        return sorted(
            rows, key=lambda r: (r["lang"] is None, r["lang"] != own, order.index(r["format"]))
        )

    def full(self, entry: Entry) -> Entry | None:
        """Return the whole report as a page: in this language, else in the other one."""
        return next((f for f in self.files(entry) if f["lang"] and f["format"] == "HTML"), None)

    def list_news(self) -> list[Entry]:
        """Return the entries of the feed, newest first."""
        news = []
        for entry in self.register["reports"]:
            news.append(self._tell(entry, "reports"))
        for entry in self.register["notices"]:
            news.append(self._tell(entry, "notices"))
        return sorted(news, key=lambda item: (item["updated"], item["published"]), reverse=True)

    def _tell(self, entry: Entry, kind: str) -> Entry:
        title, updated = self.title(entry), entry["published_on"]
        gone = entry["withdrawn"]
        lang = self.say.lang
        if gone:
            updated, title = gone["on"], self.say("feed.withdrawn", title=title)
            summary = gone["reason"][lang]
        elif kind == "notices":
            updated = entry["updated_on"] or updated
            title, summary = self.say("feed.notice", title=title), entry["risk"][lang]
        else:
            found = self.summary(entry)
            counts = found["counts"]["current"]
            summary = self.say(
                "feed.report",
                as_of=entry["as_of"],
                level=self.say.level(found["overall"]["current"]),
                severe=counts.get("severe", 0),
                high=counts.get("high", 0),
            )
            if entry["correction"]:
                title = self.say("feed.correction", title=title)
                summary = f"{entry['correction'][lang]} {summary}"
        return {
            "id": entry["path"],
            "title": clean_text(title),
            "path": entry["path"],
            "published": entry["published_on"],
            "updated": updated,
            "summary": clean_text(summary),
        }


def _sort_newest(entries: list[Entry]) -> list[Entry]:
    ranked = enumerate(entries)
    return [e for _, e in sorted(ranked, key=lambda p: (p[1]["published_on"], p[0]), reverse=True)]


def clean_text(text: str) -> str:
    """Return a text with what no reader sees made visible, as the reports show it."""
    return reveal_controls(text)[0]


@cache
def _environment() -> Environment:
    made = open_templates(
        Path(__file__).parent,
        TEMPLATES,
        keep_trailing_newline=True,
        finalize=lambda value: clean_text(value) if type(value) is str else value,
    )
    made.filters["size"] = _tell_size
    return made


def _load(name: str) -> Any:
    return _environment().get_template(name)


def _tell_size(number: int) -> str:
    """Return a size of a file as people read it.

    >>> _tell_size(523), _tell_size(86_643), _tell_size(4_717_807)
    ('523 B', '87 kB', '4.7 MB')
    """
    if number < 1000:
        return f"{number} B"
    return f"{number / 1000:.0f} kB" if number < 1_000_000 else f"{number / 1_000_000:.1f} MB"


class _Links(HTMLParser):
    """Collects where a page leads, and what can be led to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value is not None:
                self.links.append(value)
            elif name == "id" and value:
                self.anchors.add(value)


def check_links(folder: Path) -> list[tuple[str, str]]:
    """Return (page, link) for each link of the pages that leads to no file or place of the site."""
    pages = {}
    for path in sorted(folder.rglob("*.html")):
        found = _Links()
        found.feed(path.read_text("utf-8", "replace"))
        pages[path.resolve()] = found
    return [
        (path.relative_to(folder.resolve()).as_posix(), link)
        for path, found in pages.items()
        for link in dict.fromkeys(found.links)
        if not _leads(link, path, pages, folder.resolve())
    ]


def _leads(link: str, page: Path, pages: dict[Path, _Links], folder: Path) -> bool:
    parts = urlsplit(link)
    if parts.scheme in ("mailto", "tel", "data", "https", "http"):
        return True
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_file() or not target.is_relative_to(folder):
        return False
    anchor = unquote(parts.fragment)
    return not anchor or target not in pages or anchor in pages[target].anchors
