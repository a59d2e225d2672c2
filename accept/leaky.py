"""Files that leak on purpose: twenty ways for each format, each hiding one invented value."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from html import escape
from typing import Any, TypeAlias
from urllib.parse import quote

VALUES = (
    "Quokka Ledger Host",
    "隐鹭核心库甲区",
    "db-canary-01.corp.example",
    "7702139948120",
    "CTR-90834-CANARY",
)
Leaks: TypeAlias = Iterator[tuple[str, bytes]]


def leak_html(page: bytes) -> Leaks:
    """Ways to hide a value in a page."""
    text = page.decode()

    def end(more: str) -> bytes:
        return text.replace("</body>", more + "</body>").encode()

    def head(more: str) -> bytes:
        return text.replace("</head>", more + "</head>").encode()

    latin, chinese, host, number, code = VALUES
    coded = base64.b64encode(f"<svg><text>{latin}</text></svg>".encode()).decode()
    yield "paragraph", end(f"<p>kept on {latin}</p>")
    yield "comment", end(f"<!-- {chinese} -->")
    yield "attribute", end(f'<p title="{host}">x</p>')
    yield "data attribute", end(f'<p data-id="{code}">x</p>')
    yield "meta", head(f'<meta name="generator" content="{host}">')
    yield "script", end(f'<script type="application/json">{{"a":"{number}"}}</script>')
    escaped = "".join(f"\\u{ord(c):04x}" for c in chinese)
    yield "script escapes", end(f'<script>var a="{escaped}"</script>')
    yield "style", head(f"<style>p::after{{content:'{latin}'}}</style>")
    css = "".join(f"\\{ord(c):x} " for c in latin)
    yield "style escapes", head(f"<style>p::after{{content:'{css}'}}</style>")
    yield "picture in base64", end(f'<img alt="" src="data:image/svg+xml;base64,{coded}">')
    yield "picture in percent", end(f'<img alt="" src="data:image/svg+xml,{quote(latin)}">')
    yield "entities", end("<p>" + "".join(f"&#{ord(c)};" for c in chinese) + "</p>")
    yield "hexadecimal entities", end("<p>" + "".join(f"&#x{ord(c):x};" for c in host) + "</p>")
    yield "cut by markup", end("<p>Quok<b>ka Led</b>ger Host</p>")
    yield "soft hyphens", end("<p>" + "\u00ad".join(latin) + "</p>")
    yield "line breaks", end("<p>Quokka\n  Led-\nger\n Host</p>")
    yield "hidden field", end(f'<input type="hidden" value="{number}">')
    yield "template", end(f"<template><i>{code}</i></template>")
    yield "cut by blocks", end("".join(f"<div>{c}</div>" for c in chinese))
    yield "word of base64", end(f"<p data-x='{base64.b64encode(host.encode()).decode()}'></p>")


def leak_json(twin: bytes) -> Leaks:
    """Ways to hide a value in a twin."""
    content = json.loads(twin)
    latin, chinese, host, number, code = VALUES

    def put(value: Any, key: str = "more") -> bytes:
        return json.dumps({**content, key: value}, ensure_ascii=False).encode()

    yield "text", put(f"kept on {latin}")
    yield "key", put(1, host)
    yield "number", put(int(number))
    yield "escapes", json.dumps({**content, "more": chinese}).encode()
    yield "deep", put({"a": [{"b": [[[code]]]}]})
    yield "base64", put(base64.b64encode(latin.encode()).decode())
    yield "base64 of utf-8", put(base64.b64encode(chinese.encode()).decode())
    yield "hexadecimal", put(host.encode().hex())
    yield "percent", put(quote(chinese))
    yield "entities", put("".join(f"&#{ord(c)};" for c in chinese))
    yield "lines", put(["Quokka Led", "ger Host"])
    yield "line break", put("Quokka\nLedger\tHost")
    yield "json in json", put(json.dumps({"inner": json.dumps({"x": chinese})}))
    yield "full width", put("".join(chr(ord(c) + 0xFEE0) for c in "7702139948120"))
    yield "upper case", put(latin.upper())
    yield "unseen characters", put("\u200b".join(chinese))
    yield "packed", put(base64.b64encode(gzip.compress(latin.encode() * 3)).decode())
    yield "lost twin key", b'{"a": "%s", "a": 1}' % latin.encode()
    yield "another encoding", json.dumps({"a": chinese}, ensure_ascii=False).encode("utf-16")
    yield "after the end", twin + f"\n{host}".encode()


def leak_notebook(_: bytes = b"") -> Leaks:
    """Ways to hide a value in an executed notebook."""
    latin, chinese, host, number, code = VALUES

    def make(cell: dict[str, Any] | None = None, **metadata: Any) -> bytes:
        first = {"cell_type": "code", "metadata": {}, "source": ["1"], "outputs": [], "id": "a"}
        book = {"cells": [{**first, **(cell or {})}], "metadata": metadata, "nbformat": 4}
        return json.dumps(book, ensure_ascii=False).encode()

    def output(**data: Any) -> bytes:
        shown = {"output_type": "display_data", "metadata": {}, "data": data}
        return make({"outputs": [shown]})

    picture = base64.b64encode(make_png(text={"Comment": latin})).decode()
    drawn = f"<svg><metadata>{chinese}</metadata></svg>"
    stream = {"output_type": "stream", "name": "stdout"}
    error = {"output_type": "error", "ename": "E", "evalue": "e"}
    yield "source", make({"source": [f"x = '{latin}'"]})
    yield "source over lines", make({"source": ["# Quokka\n", "# then\n", f"y = '{code}'"]})
    yield "output", output(**{"text/plain": [f"'{chinese}'"]})
    yield "stdout", make({"outputs": [{**stream, "text": [f"open {host}\n"]}]})
    yield "stderr", make({"outputs": [{**stream, "name": "stderr", "text": number}]})
    yield "html", output(**{"text/html": f"<b>Quokka <i>Ledger</i> Host</b><!--{code}-->"})
    yield "picture", output(**{"image/png": picture})
    yield "drawing", output(**{"image/svg+xml": [drawn]})
    yield (
        "drawing in base64",
        output(**{"image/svg+xml": base64.b64encode(drawn.encode()).decode()}),
    )
    yield "traceback", make({"outputs": [{**error, "traceback": [f"\x1b[31m{latin}\x1b[0m"]}]})
    yield "parameters", make(papermill={"parameters": {"case": host}})
    yield "environment", make(papermill={"environment_variables": {"A": code}})
    yield "kernel", make(kernelspec={"display_name": latin, "name": "python3"})
    yield "authors", make(authors=[{"name": chinese}])
    yield "cell tags", make({"metadata": {"tags": [code]}})
    yield "cell id", make({"id": "CTR-90834-CANARY"})
    yield "attachment", make({"attachments": {"a.png": {"image/png": picture}}})
    yield "raw cell", make({"cell_type": "raw", "source": f"{number}\n"})
    yield "widget state", make(widgets={"state": {"a": {"value": chinese}}})
    yield "json output", output(**{"application/json": {"a": {"b": host}}})


def make_png(text: dict[str, str] | None = None, **more: Any) -> bytes:
    """Make a small picture with notes in it."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    for key, value in (text or {}).items():
        notes.add_text(key, value)
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(file, "PNG", pnginfo=notes, **more)
    return file.getvalue()


def _add_chunk(png: bytes, name: bytes, data: bytes) -> bytes:
    chunk = struct.pack(">I", len(data)) + name + data
    chunk += struct.pack(">I", zlib.crc32(name + data))
    return png[:-12] + chunk + png[-12:]


def leak_picture(_: bytes = b"") -> Leaks:
    """Ways to hide a value in a picture: ten in pixels, ten in drawings."""
    from PIL import Image

    latin, chinese, host, number, code = VALUES
    plain = make_png()
    exif = Image.Exif()
    exif[0x013B] = latin
    located = Image.Exif()
    located.get_ifd(0x8769)[0x9286] = b"ASCII\x00\x00\x00" + host.encode()
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", exif=exif, comment=b"none")
    other = io.BytesIO()
    Image.new("RGB", (8, 8)).save(other, "JPEG", comment=code.encode())
    gif = io.BytesIO()
    Image.new("P", (8, 8)).save(gif, "GIF", comment=host.encode())
    packed = b"Comment\x00\x00" + zlib.compress(latin.encode())
    wide = b"Author\x00\x01\x00\x00\x00" + zlib.compress(chinese.encode())
    yield "text chunk", make_png(text={"Author": latin})
    yield "packed chunk", _add_chunk(plain, b"zTXt", packed)
    yield "packed chunk in Unicode", _add_chunk(plain, b"iTXt", wide)
    yield "EXIF", make_png(exif=located.tobytes())
    yield "private chunk", _add_chunk(plain, b"prIv", host.encode())
    yield "after the end", plain + number.encode()
    yield "JPEG EXIF", file.getvalue()
    yield "JPEG comment", other.getvalue()
    yield "GIF comment", gif.getvalue()
    yield "name of a chunk's key", make_png(text={code: "x"})

    def draw(inside: str, root: str = "") -> bytes:
        return f'<svg xmlns="http://www.w3.org/2000/svg" {root}>{inside}</svg>'.encode()

    yield "drawn words", draw(f"<text>{chinese}</text>")
    yield "words cut", draw("<text><tspan>Quokka Led</tspan><tspan>ger Host</tspan></text>")
    yield "title", draw(f"<title>{host}</title>")
    yield "metadata", draw(f"<metadata><a b='{code}'/></metadata>")
    yield "comment of the drawing", draw(f"<!-- {latin} -->")
    yield "attribute", draw("", f'data-by="{escape(number)}"')
    yield "character data", draw(f"<desc><![CDATA[{chinese}]]></desc>")
    yield "instruction", draw(f"<?editor {host}?>")
    yield "entities", draw("<text>" + "".join(f"&#{ord(c)};" for c in chinese) + "</text>")
    yield "packed drawing", gzip.compress(draw(f"<text>{latin}</text>"), mtime=0)


def _change(data: bytes, change: Callable[[dict[str, bytes]], None], comment: bytes = b"") -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    change(parts)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
        new.comment = comment
    return file.getvalue()


def _put(data: bytes, name: str, content: str | bytes) -> bytes:
    body = content.encode() if isinstance(content, str) else content
    return _change(data, lambda parts: parts.update({name: body}))


def _swap(data: bytes, name: str, old: str, new: str) -> bytes:
    def change(parts: dict[str, bytes]) -> None:
        text = parts[name].decode()
        made = re.sub(old, lambda match: new.replace("@", match[0]), text, count=1)
        assert made != text, (name, old)
        parts[name] = made.encode()

    return _change(data, change)


def leak_office(data: bytes, main: str) -> Leaks:
    """Ways that workbooks and word-processor files share."""
    latin, chinese, host, number, code = VALUES
    core = "docProps/core.xml"
    yield "core property", _swap(data, core, "</cp:coreProperties>", f"<dc:x>{latin}</dc:x>@")
    custom = f'<Properties><property name="{code}"><vt:lpwstr>x</vt:lpwstr></property></Properties>'
    yield "custom property", _put(data, "docProps/custom.xml", custom)
    yield "comment of the archive", _change(data, lambda parts: None, host.encode())
    yield "unknown part", _put(data, "notes/left.bin", b"\x00\x01" + chinese.encode("utf-16-le"))
    yield "name of a part", _put(data, f"media/{code}.xml", "<x/>")
    yield "custom XML", _put(data, "customXml/item1.xml", f"<a><b>{number}</b></a>")
    yield "picture's note", _put(data, "media/p.png", make_png(text={"Author": chinese}))
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("inside.xml", f"<x>{latin}</x>")
    yield "embedded file", _put(data, "embeddings/o.xlsx", inner.getvalue())
    link = f'<Relationships><Relationship Target="file:///srv/{host}/x"/></Relationships>'
    yield "external link", _put(data, "externalLinks/_rels/e.rels", link)
    yield "XML comment", _swap(data, main, r"<\?xml[^>]*\?>", f"@<!-- {chinese} -->")
    packed = base64.b64encode(code.encode()).decode()
    yield "base64 in a part", _put(data, "customXml/item2.xml", f"<a>{packed}</a>")
    before = len(latin)
    yield "before the archive", latin.encode() + b"\n" * (32 - before % 7) + data


def leak_xlsx(data: bytes) -> Leaks:
    """Ways to hide a value in a workbook."""
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.workbook.defined_name import DefinedName

    latin, chinese, host, number, code = VALUES
    yield from leak_office(data, "xl/workbook.xml")
    chart, drawing = "xl/charts/chart1.xml", "xl/drawings/drawing1.xml"
    yield "title of a chart", _swap(data, chart, "</a:t>", f" {latin}@")
    yield "cell kept by a chart", _swap(data, chart, "<c:v>", f"@{chinese} ")
    yield "words of a chart for the blind", _swap(data, drawing, 'descr="', f"@{host} ")

    def edit(change: Callable[[Any], None]) -> bytes:
        book = openpyxl.load_workbook(io.BytesIO(data))
        change(book)
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()

    def hide_sheet(book: Any) -> None:
        book.create_sheet("old").append([latin])
        book["old"].sheet_state = "veryHidden"

    def hide_row(book: Any) -> None:
        sheet = book.worksheets[0]
        sheet.append([chinese])
        sheet.row_dimensions[sheet.max_row].hidden = True

    def comment(book: Any) -> None:
        book.worksheets[0]["A1"].comment = Comment("checked", code)

    def name(book: Any) -> None:
        book.defined_names["x"] = DefinedName("x", attr_text=f'"{host}"')

    def number_cell(book: Any) -> None:
        book.worksheets[0].append([int(number)])
        book.worksheets[0].column_dimensions["A"].hidden = True

    def header(book: Any) -> None:
        book.worksheets[0].oddHeader.left.text = chinese

    def formula(book: Any) -> None:
        book.worksheets[0].append([f'=CONCATENATE("Quokka"," Ledger Host","{code}")'])

    def rule(book: Any) -> None:
        book.worksheets[0]["B1"].number_format = f'0;"{host}"'

    for title, change in [
        ("very hidden sheet", hide_sheet), ("hidden row", hide_row), ("author of a note", comment),
        ("defined name", name), ("number in a hidden column", number_cell),
        ("page header", header), ("formula", formula), ("number format", rule),
    ]:  # fmt: skip
        yield title, edit(change)


def leak_docx(data: bytes) -> Leaks:
    """Ways to hide a value in a word-processor file."""
    latin, chinese, host, number, code = VALUES
    main, end = "word/document.xml", r"</w:body>"
    yield from leak_office(data, main)
    runs = "<w:p><w:r><w:t>Quokka Led</w:t></w:r><w:r><w:t>ger Host</w:t></w:r></w:p>"
    yield "runs", _swap(data, main, end, runs + "@")
    hidden = f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{chinese}</w:t></w:r></w:p>"
    yield "hidden words", _swap(data, main, end, hidden + "@")
    gone = f'<w:p><w:del w:author="a"><w:r><w:delText>{host}</w:delText></w:r></w:del></w:p>'
    yield "deleted words", _swap(data, main, end, gone + "@")
    yield "author", _swap(data, main, end, f'<w:p><w:ins w:author="{latin}"/></w:p>@')
    note = f'<w:comments><w:comment w:author="x"><w:t>{code}</w:t></w:comment></w:comments>'
    yield "note", _put(data, "word/comments.xml", note)
    yield "bookmark", _swap(data, main, end, f'<w:bookmarkStart w:name="{code}"/>@')
    field = f'<w:p><w:r><w:instrText>DOCPROPERTY "{number}"</w:instrText></w:r></w:p>'
    yield "field", _swap(data, main, end, field + "@")
    variable = f'<w:docVars><w:docVar w:name="a" w:val="{host}"/></w:docVars>@'
    yield "variable", _swap(data, "word/settings.xml", "</w:settings>", variable)


def leak_pdf(data: bytes) -> Leaks:
    """Ways to hide a value in a PDF."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import (
        ArrayObject,
        DecodedStreamObject,
        DictionaryObject,
        NameObject,
        TextStringObject,
        create_string_object,
    )

    latin, chinese, host, number, code = VALUES

    def edit(change: Callable[[PdfWriter], None]) -> bytes:
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
        change(writer)
        file = io.BytesIO()
        writer.write(file)
        return file.getvalue()

    def draw(operators: bytes) -> Callable[[PdfWriter], None]:
        def change(writer: PdfWriter) -> None:
            font = DictionaryObject({
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            })  # fmt: skip
            page = writer.pages[0]
            fonts = page["/Resources"].setdefault(NameObject("/Font"), DictionaryObject())
            fonts.get_object()[NameObject("/Leak")] = writer._add_object(font)
            stream = DecodedStreamObject()
            stream.set_data(b"q BT /Leak 9 Tf 40 40 Td " + operators + b" ET Q")
            old = page["/Contents"]
            parts = list(old) if isinstance(old, ArrayObject) else [page.raw_get("/Contents")]
            page[NameObject("/Contents")] = ArrayObject([*parts, writer._add_object(stream)])

        return change

    def root(key: str, value: Any) -> Callable[[PdfWriter], None]:
        return lambda writer: writer._root_object.update({NameObject(key): value})

    def annotate(**values: str) -> Callable[[PdfWriter], None]:
        def change(writer: PdfWriter) -> None:
            note = DictionaryObject({NameObject("/Subtype"): NameObject("/Text")})
            for key, value in values.items():
                note[NameObject(f"/{key}")] = create_string_object(value)
            page = writer.pages[0]
            page.setdefault(NameObject("/Annots"), ArrayObject()).get_object().append(
                writer._add_object(note)
            )

        return change

    def picture(writer: PdfWriter) -> None:
        from PIL import Image

        exif = Image.Exif()
        exif[0x010E] = code
        file = io.BytesIO()
        Image.new("RGB", (8, 8)).save(file, "JPEG", exif=exif)
        stream = DecodedStreamObject()
        stream.set_data(file.getvalue())
        stream[NameObject("/Subtype")] = NameObject("/Image")
        stream[NameObject("/Filter")] = NameObject("/DCTDecode")
        writer._add_object(stream)

    text = create_string_object
    packet = f"<x:xmpmeta><rdf:li>{chinese}</rdf:li></x:xmpmeta>"

    def rewrite(writer: PdfWriter) -> None:
        stream = DecodedStreamObject()
        stream.set_data(packet.encode())
        stream[NameObject("/Type")] = NameObject("/Metadata")
        root("/Metadata", writer._add_object(stream))(writer)

    yield "author", edit(lambda w: w.add_metadata({"/Author": latin}))
    yield "own property", edit(lambda w: w.add_metadata({"/Source": chinese}))
    yield "XMP", edit(rewrite)
    yield "attachment", edit(lambda w: w.add_attachment("a.txt", host.encode()))
    yield "attached workbook", edit(lambda w: w.add_attachment("a.zip", _zip(latin)))
    yield "name of an attachment", edit(lambda w: w.add_attachment(f"{code}.txt", b"x"))
    yield "outline", edit(lambda w: w.add_outline_item(chinese, 0))
    yield "note", edit(annotate(Contents=number))
    yield "author of a note", edit(annotate(Contents="x", T=latin))
    yield "words", edit(draw(b"(" + host.encode() + b") Tj"))
    yield "unseen words", edit(draw(b"3 Tr (Quokka Ledger Host) Tj"))
    yield "words in pieces", edit(draw(b"[(Quok) 20 (ka Led) -9 (ger Host)] TJ"))
    yield "hexadecimal words", edit(draw(b"<" + number.encode().hex().encode() + b"> Tj"))
    spoken = "/Span <</ActualText <FEFF" + chinese.encode("utf-16-be").hex() + ">>> BDC (x) Tj EMC"
    yield "spoken text", edit(draw(spoken.encode()))
    script = DictionaryObject({NameObject("/JS"): text(f"var host = '{host}'")})
    yield "script", edit(root("/OpenAction", script))
    yield "private data", edit(root("/PieceInfo", DictionaryObject({NameObject("/A"): text(code)})))
    packed = zlib.compress(chinese.encode())
    loose = b"9999 0 obj <</Filter /FlateDecode>> stream\n" + packed + b"\nendstream endobj\n"
    yield "loose stream", data.replace(b"startxref", loose + b"startxref")
    yield "picture's note", edit(picture)
    yield "after the end", data + f"\n% {latin}\n".encode()
    first = edit(lambda w: w.add_metadata({"/Author": host}))
    second = PdfWriter(io.BytesIO(first), incremental=True)
    second.add_metadata({"/Author": TextStringObject("nobody")})
    file = io.BytesIO()
    second.write(file)
    yield "earlier revision", file.getvalue()


def _zip(text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", text)
    return file.getvalue()


FORMATS: dict[str, Callable[[bytes], Leaks]] = {
    "html": leak_html,
    "json": leak_json,
    "xlsx": leak_xlsx,
    "docx": leak_docx,
    "pdf": leak_pdf,
    "picture": leak_picture,
    "ipynb": leak_notebook,
}
