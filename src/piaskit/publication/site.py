"""The announcement site: its register, and how an edition, notice or withdrawal enters it."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NoReturn

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.publication.inputs import INPUTS, find_kept
from piaskit.publication.notice import read_notice
from piaskit.publication.pages import check_links, write_pages
from piaskit.publication.place import copy_folder, lock_folder, make_room, take_place
from piaskit.publication.seal import (
    INTERNAL,
    MANIFEST,
    PUBLIC,
    SIGNATURE,
    is_edition,
    list_digests,
    load_key,
    read_manifest,
    spell,
    write_manifest,
)
from piaskit.publication.summary import LANGUAGES, SUMMARY
from piaskit.publication.verify import verify_edition
from piaskit.safeguards.evidence import digest_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

REGISTER, SEALED = "site.json", "sealed"
Entry = dict[str, Any]
Register = dict[str, Any]


@dataclass(frozen=True)
class Announcement:
    """What was announced or withdrawn: its id, the address below the site, a digest."""

    id: str
    url_path: str
    sha256: str
    unchanged: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's JSON."""
        return {
            "edition": self.id,
            "url_path": self.url_path,
            "sha256": self.sha256,
            "unchanged": self.unchanged,
        }


def publish_edition(
    folder: str | Path,
    site: str | Path,
    *,
    as_of: date,
    correction: str = "",
    correction_zh: str = "",
    url: str = "",
    key: str | Path | None = None,
) -> Announcement:
    """Announce the public edition of a report folder on a static site, in one step.

    The site is made when it is not there. An edition that is announced already stays as it is.

    Parameters
    ----------
    as_of
        The day of the announcement.
    correction, correction_zh
        What was wrong in the edition that this one replaces; it then bears the reason.
    url
        The address of the site, for the feed; kept for later announcements.
    key
        An ed25519 private key in PEM, with which the site's manifest is signed.

    Raises
    ------
    InvalidData
        ``edition-broken``: the edition is not what was sealed; ``public-leak`` for what the gate
        finds in it or in the correction; ``no-public-edition``;
        ``edition-withdrawn``; ``nothing-to-correct``; ``site-not-empty``; ``site-broken``.
    """
    folder = Path(folder)
    public = _find_public(folder)
    manifest = read_manifest(public)
    id = str(manifest["edition"])
    path = f"reports/{id}/"
    summary = json.loads((public / SUMMARY).read_text("utf-8"))
    reason = _pair(correction, correction_zh)
    gate_files(folder, public)
    gate_words("correction", reason, summary["contacts"])

    def enter(register: Register, room: Path) -> bool:
        earlier = _find(register["reports"], id)
        if earlier is not None:
            if earlier["withdrawn"]:
                _refuse("edition-withdrawn", id, "was withdrawn and is not announced again")
            return False
        corrects = _find_corrected(register, manifest, summary) if reason else None
        if reason and corrects is None:
            _refuse("nothing-to-correct", id, "replaces no edition that the site announces")
        copy_folder(public, room / path / SEALED)
        register["reports"].append(
            {
                "edition": id,
                "path": path,
                "as_of": summary["as_of"],
                "published_on": as_of.isoformat(),
                "title": summary["title"],
                "organisation": summary["organisation"],
                "sha256": digest_file(public / MANIFEST),
                "corrects": corrects,
                "correction": reason,
                "withdrawn": None,
            }
        )
        return True

    made = _change_site(Path(site), enter, url=url, key=key, seed=str(manifest["seal"]))
    return Announcement(id, path, digest_file(public / MANIFEST), not made)


def announce_notice(
    notice: str | Path,
    site: str | Path,
    *,
    as_of: date,
    url: str = "",
    key: str | Path | None = None,
) -> Announcement:
    """Announce a risk besides the reports, from a YAML file (docs/publication.md).

    A notice of the same id is replaced and says that it was updated.

    Raises
    ------
    InvalidData
        ``bad-notice`` for what is wrong in the file; ``public-leak`` for a personal identifier,
        path or credential in it; those of ``publish_edition`` on the site.
    """
    content = read_notice(Path(notice))
    path = f"notices/{content['id']}/"
    digest = digest_file(Path(notice))

    def enter(register: Register, room: Path) -> bool:
        earlier = _find(register["notices"], content["id"])
        kept = {"published_on": as_of.isoformat(), "updated_on": None}
        if earlier is not None:
            if earlier["withdrawn"]:
                _refuse("edition-withdrawn", content["id"], "was withdrawn; choose another id")
            if earlier["sha256"] == digest:
                return False
            kept = {"published_on": earlier["published_on"], "updated_on": as_of.isoformat()}
            register["notices"].remove(earlier)
        gate_words(Path(notice).name, content, _list_contacts(register, room))
        entry = {**content, **kept, "path": path, "sha256": digest, "withdrawn": None}
        register["notices"].append(entry)
        return True

    made = _change_site(Path(site), enter, url=url, key=key, seed=digest)
    return Announcement(content["id"], path, digest, not made)


def withdraw_edition(
    id: str,
    site: str | Path,
    *,
    reason: str,
    reason_zh: str = "",
    as_of: date,
    key: str | Path | None = None,
) -> Announcement:
    """Take an edition or notice off the site; its page stays and says when and why.

    Raises
    ------
    InvalidData
        ``unknown-edition``; ``no-reason``; those of ``publish_edition`` on the site.
    """
    told = _pair(reason, reason_zh)
    if told is None:
        _refuse("no-reason", id, "nothing is withdrawn without a reason")
    found: list[Entry] = []

    def enter(register: Register, room: Path) -> bool:
        entry = _find([*register["reports"], *register["notices"]], id)
        if entry is None:
            known = [_name(e) for e in (*register["reports"], *register["notices"])]
            hint = "it has " + (", ".join(known) or "none")
            issue = Issue("unknown-edition", Place(Path(site).name),
                          f"announces no {quote(id)}", quote(id), hint)  # fmt: skip
            raise InvalidData([issue])
        found.append(entry)
        if entry["withdrawn"]:
            return False
        gate_words("reason", told, _list_contacts(register, room))
        entry["withdrawn"] = {"on": as_of.isoformat(), "reason": told}
        shutil.rmtree(room / entry["path"] / SEALED, ignore_errors=True)
        return True

    if not (Path(site) / REGISTER).is_file():
        _refuse("site-broken", Path(site).name, f"is no site: it has no {REGISTER}")
    made = _change_site(Path(site), enter, key=key)
    return Announcement(id, found[0]["path"], found[0]["sha256"], not made)


def _change_site(
    site: Path,
    enter: Callable[[Register, Path], bool],
    *,
    url: str = "",
    key: str | Path | None = None,
    seed: str = "",
) -> bool:
    """Let ``enter`` change a copy of the site, and put it in place of the old one.

    Two that publish at once do so one after the other. False when nothing was to be changed.
    """
    signing = load_key(Path(key)) if key else None
    site = site.resolve()
    with _open_room(site) as beside, lock_folder(site.parent):
        room = beside / "site"
        register = _copy_site(site, room, seed)
        url = f"{url.rstrip('/')}/" if url else register["url"]
        changed = url != register["url"]
        register["url"] = url
        if not enter(register, room) and not changed:
            return False
        seal_site(room, register, signing)
        take_place(room, site)
    return True


def seal_site(room: Path, register: Register, key: Ed25519PrivateKey | None = None) -> None:
    """Write the register, the pages and the manifest of a site; raises InvalidData for a link
    that leads nowhere.
    """
    (room / REGISTER).write_bytes(spell(register))
    written = [REGISTER, *write_pages(register, room, _read_summaries(register, room))]
    broken = check_links(room)
    if broken:
        raise InvalidData(
            [Issue("broken-link", Place(page), f"leads to {link}, which is absent")
             for page, link in broken]
        )  # fmt: skip
    content = {"piaskit": register["piaskit"], "schema": 1, "written": sorted(written)}
    write_manifest(room, {**content, "files": list_digests(room)}, key)


def _copy_site(site: Path, room: Path, seed: str) -> Register:
    """Copy what a site keeps, without what is written anew; return its register."""
    import piaskit

    room.mkdir()
    if not (site / REGISTER).is_file():
        if site.exists() and (not site.is_dir() or any(site.iterdir())):
            message = f"holds something and is no site: it has no {REGISTER}"
            _refuse("site-not-empty", site.name, message)
        head = {"piaskit": piaskit.__version__, "schema": 1}
        name = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, seed)}"
        return {**head, "id": name, "url": "", "reports": [], "notices": []}
    problems = verify_edition(site).problems
    broken = [
        p for p in problems
        if p.file in (MANIFEST, REGISTER, SIGNATURE) or f"/{SEALED}/" in p.file
    ]  # fmt: skip
    if broken:
        message, hint = "is not what was announced", "put back what was there"
        raise InvalidData(
            [Issue("site-broken", Place(p.file), message, p.kind, hint) for p in broken]
        )
    register: Register = json.loads((site / REGISTER).read_text("utf-8"))
    register["piaskit"] = piaskit.__version__
    written = {*read_manifest(site)["written"], MANIFEST, SIGNATURE}
    for file in sorted(p for p in site.rglob("*") if p.is_file()):
        name = file.relative_to(site).as_posix()
        if name not in written:  # sealed files, and what the owner of the site put there
            (room / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, room / name)
    return register


def _read_summaries(register: Register, room: Path) -> dict[str, dict[str, Any]]:
    return {
        entry["edition"]: json.loads((room / entry["path"] / SEALED / SUMMARY).read_text("utf-8"))
        for entry in register["reports"]
        if not entry["withdrawn"]
    }


@contextmanager
def _open_room(site: Path) -> Iterator[Path]:
    with ExitStack() as stack:
        try:
            room = stack.enter_context(make_room(site))
        except OSError as error:
            _refuse("cannot-write", site.name, f"cannot be written: {error.strerror}")
        yield room


def _find_public(folder: Path) -> Path:
    """Return the public edition of a folder, after proof that nothing in the folder changed."""
    problems = verify_edition(folder).problems
    if problems:
        message, hint = "is not what was sealed", "publish an edition as report wrote it"
        raise InvalidData(
            [Issue("edition-broken", Place(p.file), message, p.kind, hint) for p in problems]
        )
    for public in (folder / PUBLIC, folder):
        if is_edition(public) and (public / SUMMARY).is_file():
            return public
    hint = "write the report with --edition public or both"
    raise InvalidData(
        [Issue("no-public-edition", Place(folder.name), "has no public edition", None, hint)]
    )


def gate_files(folder: Path, public: Path) -> None:
    """Let the gate read the public files of a report folder once more; raises InvalidData.

    The case that the internal edition keeps says what is internal; a public edition alone is
    searched for identifiers, paths and credentials. The manifests give digests, by intention.
    """
    from piaskit.case import read_case
    from piaskit.report.gate import gate_edition

    kept = find_kept(folder) if (folder / INTERNAL / INPUTS).is_dir() else None
    case = None
    if kept is not None:
        case = read_case(kept.case, packs=kept.packs, as_of=kept.as_of, keep_going=True)
        case = replace(case, root=Path())  # the folder's name is ours, not the organisation's
    found = gate_edition(public, case, allowed=_list_allowed(public) if case is None else ())
    issues = [issue for issue in found if issue.place.file not in (MANIFEST, SIGNATURE)]
    if issues:
        raise InvalidData(issues)


def gate_words(name: str, words: Any, contacts: Any) -> None:
    """Search what somebody wrote for the site for identifiers, paths and credentials."""
    from piaskit.report.gate import gate_edition

    with TemporaryDirectory() as folder:
        (Path(folder) / name).write_text(json.dumps(words, ensure_ascii=False), "utf-8")
        issues = gate_edition(folder, allowed=list(_list_texts(contacts)))
    if issues:
        raise InvalidData(issues)


def _list_allowed(public: Path) -> list[str]:
    return list(_list_texts(json.loads((public / SUMMARY).read_text("utf-8"))["contacts"]))


def _list_contacts(register: Register, room: Path) -> list[Any]:
    return [summary["contacts"] for summary in _read_summaries(register, room).values()]


def _list_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _list_texts(part)


def _find_corrected(register: Register, manifest: Entry, summary: Entry) -> str | None:
    """Return the edition that a correction corrects: the one replaced, else the last of the same
    title.
    """
    replaced = (manifest.get("replaces") or {}).get("edition")
    standing = [e for e in register["reports"] if not e["withdrawn"]]
    found = [e for e in standing if e["edition"] == replaced]
    found = found or [e for e in standing if same_subject(e["title"], summary["title"])]
    return str(found[-1]["edition"]) if found else None


def same_subject(one: dict[str, str], other: dict[str, str]) -> bool:
    """Tell whether two editions speak of the same thing: a title of theirs is equal."""
    return any(one[lang] == other[lang] for lang in LANGUAGES)


def _find(entries: list[Entry], id: str) -> Entry | None:
    return next((entry for entry in entries if _name(entry) == id), None)


def _name(entry: Entry) -> str:
    return str(entry.get("edition") or entry.get("id"))


def _pair(english: str, chinese: str) -> dict[str, str] | None:
    english, chinese = english.strip(), chinese.strip()
    if not english and not chinese:
        return None
    return {"zh": chinese or english, "en": english or chinese}


def _refuse(slug: str, name: str, message: str) -> NoReturn:
    raise InvalidData([Issue(slug, Place(name), message)])
