"""People, maturity and accounts: every area asked, every kind of information advised on."""

from __future__ import annotations

import json

from accept.row import MARKETPLACE, Measured, piaskit, row


@row(
    "DSMM: every area by four dimensions; what has no evidence never counts",
    "30 areas, 120 cells, no level without evidence",
)
def maturity_cells() -> Measured:
    told = json.loads(piaskit("safeguards", MARKETPLACE, "--json").stdout)["maturity"]
    cells = [cell for area in told["areas"] for cell in area["dimensions"].values()]
    bare = [area for area in told["areas"]
            if any(cell["level"] is None for cell in area["dimensions"].values())]  # fmt: skip
    wrong = [area["id"] for area in bare if area["level"] is not None]
    shown = sum(cell["level"] is not None for cell in cells)
    text = f"{len(told['areas'])} areas, {len(cells)} cells, {shown} shown, {len(wrong)} wrong"
    right = len(told["areas"]) == 30 and len(cells) == 120 and not wrong
    return text, right and shown == told["proven"] and (told["level"] is None) == bool(bare)


@row("Users' advice covers every category of the pack, in Chinese and English", "all categories")
def advice_covers_categories() -> Measured:
    from piaskit.knowledge import load_knowledge
    from piaskit.knowledge.advice import find_advice

    knowledge = load_knowledge()
    guides = {id: g for pack in knowledge.guidance.values() for id, g in pack.guidance.items()}
    covered = 0
    for category in knowledge.categories:
        found = find_advice(knowledge.advice, [category])
        texts = [getattr(guides[entry.id], part) for entry in found if entry.id in guides
                 for part in ("send", "seen", "open", "others")]  # fmt: skip
        covered += bool(texts) and all(t.en.strip() and t.zh.strip() for t in texts)
    return f"{covered} of {len(knowledge.categories)}", covered == len(knowledge.categories)


@row("Radar and map of maturity stand in the internal report, with words and table", "zh and en")
def maturity_pictures() -> Measured:
    from piaskit.case import read_case
    from piaskit.report.maturity import show_maturity
    from piaskit.report.voice import Voice
    from piaskit.safeguards.maturity import assess_maturity

    case = read_case(MARKETPLACE)
    maturity = assess_maturity(case)
    sizes = []
    for lang in ("zh", "en"):
        radar, heat = show_maturity(maturity, Voice(case.knowledge.labels, lang, "internal"))
        assert radar.twin
        assert heat.twin
        sizes.append((len(radar.twin.rows), len(heat.twin.rows)))
    return f"rows of the tables {sizes}", sizes == [(7, 30), (7, 30)]
