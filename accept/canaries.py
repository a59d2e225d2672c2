"""Nothing internal reaches the public: planted strings are looked for in every public byte."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from html import unescape
from pathlib import Path

from accept.reports import scratch, write
from accept.row import MARKETPLACE, Measured, row
from accept.tables import change_cells, copy_case, read_rows, write_rows

# (table, column, row number, canary): fields that docs call internal.
PLANTED = [
    ("systems", "title", 0, "Quokka Ledger Host"),
    ("systems", "title", 1, "隐鹭核心库"),
    ("systems", "title", 2, "db-canary-01.corp.example"),
    ("systems", "title_en", 3, "Zebrafinch Vault"),
    ("systems", "owner", 0, "Wombat Team Seven"),
    ("systems", "owner", 1, "暗礁运维组"),
    ("activities", "owner", 0, "Narwhal Desk"),
    ("activities", "owner", 1, "青鸾业务负责人"),
    ("activities", "owner", 2, "880214557301"),
    ("roles", "holder", 0, "Axolotl Q. Example"),
    ("roles", "holder", 3, "墨鸦先生"),
    ("parties", "contract", 5, "CTR-90834-CANARY"),
    ("parties", "contract", 6, "合同金丝雀八八一"),
    ("parties", "contract", 7, "7702139948120"),
    ("parties", "contact", 5, "canary.five@partner.example"),
    ("parties", "contact", 6, "13900017788"),
    ("parties", "contact", 7, "银雀联系窗口"),
    ("safeguards", "owner", 0, "Pangolin Unit"),
    ("safeguards", "owner", 1, "玄鸟安全组"),
    ("actions", "owner", 0, "Ocelot Programme"),
    ("actions", "owner", 1, "赤狐整改人"),
    ("actions", "verified_by", 0, "Ibex Verifier"),
    ("judgements", "judged_by", 0, "Lemur Judge"),
    ("judgements", "judged_by", 1, "白泽评审"),
    ("acceptances", "decided_by", 0, "Tapir Decider"),
    ("assessments", "approved_by", 0, "Caracal Approver"),
    ("flows", "mechanism_ref", 3, "SCC-REF-551920-X"),
    ("flows", "disposal", 4, "shredded at Civet Yard 12"),
    ("flows", "memo", 5, "Marmot memo of the flow"),
    ("parties", "title", 5, "Serval Logistics 4411"),
    ("parties", "onward", 6, "山猫转运方"),
    ("parties", "onward_basis", 7, "Lynx onward clause 7"),
    ("activities", "consent_evidence", 1, "consent-stork-log-2026"),
    ("activities", "notice", 2, "https://intern.example/heron-notice"),
    ("activities", "opt_out", 3, "朱鹮退出口径草案"),
    ("systems", "mlps_filing", 1, "MLPS-77120-4431"),
    ("systems", "memo", 2, "10.88.14.203"),
    ("roles", "department", 0, "Bittern Compliance Cell"),
    ("roles", "contact", 1, "bittern.chief@intern.example"),
    ("trainings", "title", 0, "Course of the Black Stork"),
    ("trainings", "audience", 1, "夜鹭班组全体"),
    ("assessments", "assessors", 0, "Okapi and Partner"),
    ("assessments", "consulted", 0, "长臂猿工会代表"),
    ("assessments", "opinion", 0, "Opinion of the Okapi: wait"),
    ("judgements", "problem", 0, "Backups of Dugong lie open"),
    ("judgements", "reason", 1, "儒艮系统尚未加固"),
    ("judgements", "evidence", 0, "dugong-scan-0711.txt"),
    ("acceptances", "reason", 0, "Manatee repair costs too much"),
    ("actions", "title", 0, "Close port 33061 of Manatee"),
    ("actions", "evidence", 1, "manatee-ticket-5531"),
    ("incidents", "title", 0, "The Coypu copy of March"),
    ("incidents", "lessons", 0, "海狸鼠事件教训未改"),
    ("requests", "outcome", 0, "refused by Desk Nutria"),
    ("access", "account", 0, "svc_nutria_ro_7"),
    ("access", "person", 1, "河狸甲"),
    ("access", "object", 2, "nutria_db.customers_x"),
    ("access", "approved_by", 0, "Beaver Approver"),
    ("access", "need", 1, "Beaver night shift need"),
    ("maturity", "evidence", 0, "maturity-muskrat.pdf"),
    ("maturity", "answered_by", 1, "麝鼠问卷答复人"),
    ("estimates", "reason", 0, "Muskrat guess of the board"),
    ("estimates", "expert", 1, "Expert Vole"),
    ("channels", "title", 0, "Vole hotline 7731"),
    ("flows", "mechanism_ref", 4, "Pika\nsplit over\nlines 55"),
    ("parties", "contact", 3, "鼠兔\n分行联系"),
]
COMMENT = "pika-comment-of-the-case"
RENAMED_IDS = [("systems", 4, "s-heron-nest-77"), ("roles", 2, "r-viper-chief-31")]
EVIDENCE = "gannet-evidence-2026.md"
CONTENT = "海雀证据内容四四九"
FOLDER = "kestrel-case-folder-9"
CANARIES = [
    *(canary for *_, canary in PLANTED),
    *(canary for *_, canary in RENAMED_IDS),
    COMMENT,
    EVIDENCE,
    CONTENT,
    FOLDER,
]


def plant(case: Path) -> None:
    for table, column, number, canary in PLANTED:
        rows = read_rows(case, table)
        if column == "memo":
            rows = [{**line, "memo": line.get("memo", "")} for line in rows]
        rows[number % len(rows)][column] = canary
        write_rows(case, table, rows)
    head = case / "case.yaml"
    head.write_text(f"# {COMMENT}\n" + head.read_text("utf-8"), "utf-8")
    renamed = {read_rows(case, table)[n]["id"]: canary for table, n, canary in RENAMED_IDS}
    pattern = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, renamed)) + r")(?![\w-])")
    change_cells(case, lambda table, column, value: pattern.sub(lambda m: renamed[m[1]], value))
    rows = read_rows(case, "safeguards")
    line = next(line for line in rows if line["evidence"])
    (case / "evidence" / line["evidence"]).unlink()
    (case / "evidence" / EVIDENCE).write_text(CONTENT, "utf-8")
    line["evidence"] = EVIDENCE
    write_rows(case, "safeguards", rows)


def read_everything(path: Path) -> str:
    """Return every text a reader or a tool could get out of a file, its name included."""
    data = path.read_bytes()
    texts = [path.name, _decode(data)]
    if path.suffix == ".html":
        texts.append(unescape(data.decode("utf-8")))
    elif path.suffix == ".json":
        texts.append(json.dumps(json.loads(data), ensure_ascii=False))
    elif path.suffix in (".xlsx", ".docx"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                texts += [name, unescape(_decode(archive.read(name)))]
            texts.append(_decode(archive.comment))
    elif path.suffix == ".pdf":
        texts += [_decode(part) for part in _inflate(data)]
        texts += _read_pdf(path)
    return "\n".join(texts)


def _decode(data: bytes) -> str:
    sixteen = data.decode("utf-16-be", "ignore")
    return data.decode("utf-8", "ignore") + sixteen


def _inflate(data: bytes) -> list[bytes]:
    parts = []
    for match in re.finditer(rb"stream\r?\n", data):
        try:
            parts.append(zlib.decompressobj().decompress(data[match.end() :]))
        except zlib.error:
            continue
    return parts


def _read_pdf(path: Path) -> list[str]:
    from pypdf import PdfReader

    reader = PdfReader(path)
    pages = "\n".join(page.extract_text() for page in reader.pages)
    xmp = reader.xmp_metadata
    packet = xmp.stream.get_data().decode("utf-8", "ignore") if xmp else ""
    return [pages, "".join(pages.split()), str(dict(reader.metadata or {})), packet]


def find_canaries(folder: Path) -> dict[str, list[str]]:
    """Return, by file, the canaries that can be read in it; line breaks hide nothing."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        text = read_everything(path).casefold()
        dense = "".join(text.split())
        seen = [
            c for c in CANARIES if c.casefold() in text or "".join(c.casefold().split()) in dense
        ]
        if seen:
            found[path.relative_to(folder).as_posix()] = seen
    return found


@row(
    "Canaries in every internal field, comment, evidence name, parameter and hidden place: public"
    " files, inflated, decoded, with metadata and names",
    "60 planted, none found",
)
def canaries() -> Measured:
    case = copy_case(scratch() / FOLDER)
    plant(case)
    out, _ = write(case, "canaries", "--formats", "html,pdf,xlsx,docx,json")
    leaked = find_canaries(out / "public")
    inside = {canary for seen in find_canaries(out / "internal").values() for canary in seen}
    told = f"{len(CANARIES)} planted, {len(inside)} readable inside, public: {leaked or 'none'}"
    return told, not leaked and len(CANARIES) >= 60 and len(inside) >= 30


@row(
    "The gate, fed with files that leak on purpose: one value in each, hidden in a way of its own",
    "20 files of each format refused, each with its place",
)
def gate_refuses() -> Measured:
    import dataclasses

    from accept.leaky import FORMATS, VALUES
    from piaskit.case import read_case
    from piaskit.report.gate import gate_edition

    shop = read_case(MARKETPLACE)
    systems = shop.frames["systems"].copy()
    systems.loc[systems.index[: len(VALUES)], "title"] = list(VALUES)
    case = dataclasses.replace(shop, frames={**shop.frames, "systems": systems})
    honest, _ = write(MARKETPLACE, "gate", "--edition", "public", "--lang", "zh", "--formats",
                      "html,pdf,xlsx,docx,json")  # fmt: skip
    told, good = [], True
    for format, make in FORMATS.items():
        source = honest / "public" / f"report.zh.{format}"
        refused = passed = 0
        for title, data in make(source.read_bytes() if source.is_file() else b""):
            folder = scratch() / "leaky" / format / title.replace(" ", "-")
            folder.mkdir(parents=True)
            (folder / f"report.{format}").write_bytes(data)
            issues = gate_edition(folder, case)
            caught = any("systems.title" in i.message and i.place.sheet for i in issues)
            refused, passed = refused + caught, passed + (not caught)
        told.append(f"{format} {refused} of {refused + passed}")
        good &= passed == 0 and refused >= 20
    clean = gate_edition(honest / "public", shop)
    return f"{', '.join(told)}; the honest edition: {len(clean)} issues", good and not clean
