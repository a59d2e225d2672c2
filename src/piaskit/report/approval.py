"""The approval page, which the officer in charge signs."""

from __future__ import annotations

from piaskit.report.document import Block, PageBreak, Section, Signature
from piaskit.report.results import Results
from piaskit.report.rows import Rows


def compose_approval(rows: Rows, results: Results) -> Section:
    """Return the page that the personal information protection officer signs and seals."""
    voice = rows.voice
    officer = rows.find_officer()
    blocks: list[Block] = [
        voice.paragraph(
            voice.say(
                "approval.text",
                as_of=rows.as_of.isoformat(),
                level=voice.name("level", results.overall("current")),
                severe=results.count("current", "severe"),
                high=results.count("current", "high"),
            )
        )
    ]
    for row in rows.tables["assessments"]:
        if row["approved_on"]:
            blocks.append(
                voice.paragraph(
                    voice.say(
                        "approval.recorded",
                        title=rows.title("assessments", row["id"]),
                        who=rows.person(row["approved_by"]),
                        date=row["approved_on"].isoformat(),
                    )
                )
            )
    opinion = [voice.pick(row, "opinion") for row in rows.tables["assessments"]]
    fields = (
        (voice.say("approval.opinion"), "\n".join(filter(None, opinion))),
        (voice.say("approval.officer"), voice.pick(officer, "holder")),
        (voice.say("approval.department"), voice.pick(officer, "department")),
        (voice.say("approval.signature"), ""),
        (voice.say("approval.date"), ""),
    )
    signature = Signature(fields, voice.say("approval.seal"), voice.visibility)
    edge = PageBreak(voice.visibility)  # what is signed stands with the signature
    return voice.section("approval", [edge, *blocks, signature, edge])
