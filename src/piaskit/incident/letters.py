"""Drafts of notices as files: plain text for every way, Word for what is printed or filled in."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

from piaskit.incident.drafts import Draft, Notices

PRINTED = ("letter", "announcement", "form")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_notices(notices: Notices, directory: Path | str) -> list[Path]:
    """Write every draft as ``<letter>.<way>.<language>.txt``, the printed ones as Word too.

    Returns the files in the order written; a file that is there is replaced. The same drafts give
    the same bytes.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for draft in notices.drafts:
        path = folder / f"{draft.letter}.{draft.way}.{draft.lang}.txt"
        path.write_text(draft.text + "\n", "utf-8")
        files.append(path)
        if draft.way in PRINTED:
            files.append(_write_word(draft, path.with_suffix(".docx")))
    return files


def _write_word(draft: Draft, path: Path) -> Path:
    """Write a draft as a Word file that can be edited: headings, paragraphs and lists."""
    import docx
    from docx.oxml.ns import qn

    word = docx.Document()
    style = word.styles["Normal"]
    style.font.name = "Arial"
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "Microsoft YaHei")
    word.core_properties.author = word.core_properties.comments = ""
    word.core_properties.title = draft.subject
    word.add_heading(draft.subject, 1)
    for title, lines in draft.lines:
        if title:
            word.add_heading(title, 2)
        for line in lines:
            if line.startswith("- "):
                word.add_paragraph(line.removeprefix("- "), style="List Bullet")
            else:
                word.add_paragraph(line)
    for part in word.styles.element.iter(qn("w:rFonts")):
        part.set(qn("w:eastAsia"), "Microsoft YaHei")
    saved, packed = BytesIO(), BytesIO()
    word.save(saved)
    with zipfile.ZipFile(saved) as parts, zipfile.ZipFile(packed, "w") as sealed:
        for name in parts.namelist():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 0
            sealed.writestr(entry, parts.read(name))
    path.write_bytes(packed.getvalue())
    return path
