"""The mutants of a rule: what an example notices is killed, what none does is listed."""

from __future__ import annotations

from accept.mutants import try_rules

from piaskit.knowledge import load_knowledge
from piaskit.knowledge.records import Examples


def test_a_change_that_no_example_notices_survives() -> None:
    knowledge = load_knowledge()
    weak = Examples(
        fires=({"id": "f", "stage": "delete"},),
        silent=({"id": "f", "stage": "delete", "disposal": "shredded"},),
    )
    rule = knowledge.rules["deletion-without-method"].model_copy(update={"examples": weak})

    found = {o.mutant.sql.partition(" WHERE ")[2]: o for o in try_rules([rule], knowledge)}

    told = {sql: (o.mutant.kind, o.verdict) for sql, o in found.items()}
    assert told["(stage = 'delete' AND (NOT (disposal IS NULL) OR disposal = 'none'))"] == (
        "negate",
        "killed",
    )
    assert sorted(sql for sql, o in found.items() if o.verdict == "survived") == [
        "((disposal IS NULL OR disposal = 'none'))",  # no example of another stage
        "(stage = 'delete' AND (disposal IS NULL OR disposal = 'none~'))",  # none with that word
        "(stage = 'delete' AND (disposal IS NULL))",
    ]
