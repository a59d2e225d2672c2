"""The verb `quantify`: risks of the register become sources of loss, or it is said why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

from piaskit.loss.calibration import calibrate, find_magnitude, find_rate
from piaskit.loss.estimates import Estimates, read_estimates
from piaskit.loss.losses import Losses
from piaskit.loss.sample import Model
from piaskit.loss.sources import Quantified, Source
from piaskit.loss.subjects import Subjects
from piaskit.risk import Assessment, assess_risks
from piaskit.rules import SECONDS

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Knowledge

METHOD = "gbt39335"
YEARS = 100_000
MOST_YEARS = 10_000_000
Risk = dict[str, Any]
Said = dict[str, str]


def quantify_losses(
    case: Case,
    *,
    seed: int = 1,
    iterations: int = YEARS,
    activities: Sequence[str] | None = None,
    assessment: Assessment | None = None,
    executor: Executor | None = None,
    fast: bool = False,
    seconds: float = SECONDS,
) -> Losses:
    """Quantify the risks of a case: persons harmed a year, and money where costs are estimated.

    Frequency and magnitude of a risk are those of table ``estimates``, else those of the
    calibration packs; a risk for which neither has the facts is not quantified, and it is said
    why. ``iterations`` years are drawn with ``seed``; ``executor`` shares them among workers
    without changing a bit. ``assessment`` saves assessing the case once more. docs/losses.md has
    the formulas. Raises InvalidData for an activity that does not exist, ValueError for a number
    of iterations below 1 or above ten million.
    """
    if not 1 <= iterations <= MOST_YEARS:
        raise ValueError(f"iterations must be 1 to {MOST_YEARS:,}")
    method = case.methods[0] if case.methods else METHOD
    found = assessment or assess_risks(case, method, activities, seconds=seconds)
    estimates = read_estimates(case)
    subjects = Subjects(case)
    risks = list(found.result["risks"])
    wanted = [row["id"] for row in found.result["activities"]]
    place = {id: at for at, id in enumerate(wanted)}
    quantified: list[Quantified] = []
    left: list[dict[str, str]] = []
    for risk in risks:
        read = _quantify(case.knowledge, estimates, subjects, risk, found.method, place)
        if isinstance(read, Quantified):
            quantified.append(read)
        else:
            left.append({"id": risk["id"], "because": read["en"], "because_zh": read["zh"]})
    model = Model(
        tuple(one.source for one in quantified),
        subjects.whole or max((one.source.subjects for one in quantified), default=1.0),
        tuple(subjects.of_activity(id) or subjects.whole or 1.0 for id in wanted),
    )
    return Losses(
        case=case,
        assessment=found,
        model=model,
        activities=tuple(wanted),
        quantified=tuple(quantified),
        not_quantified=tuple(left),
        estimates=estimates,
        seed=seed,
        iterations=iterations,
        executor=executor,
        fast=fast,
    )


def _quantify(
    knowledge: Knowledge,
    estimates: Estimates,
    subjects: Subjects,
    risk: Risk,
    method: str,
    place: Mapping[str, int],
) -> Quantified | Said:
    """Put one risk into numbers, or say in both languages why that cannot be."""
    id = risk["id"]
    stated = estimates.read_rate(id)
    if stated is None and (risk["kind"] != "exposure" or risk["event"] == "none"):
        return _say(knowledge, f"no-event.{risk['kind']}")
    exposed, unknown = subjects.of_risk(risk)
    if exposed is None:
        return _say(knowledge, "subjects-unknown", rows=", ".join(unknown[:5]) or id)
    if exposed <= 0:
        return _say(knowledge, "no-subjects")
    data = None
    persons = estimates.read_persons(id, exposed)
    basis = {"frequency": "estimates", "magnitude": "estimates"}
    if persons is None:
        found = find_magnitude(knowledge, risk["rule"])
        if found is None:
            return _say(knowledge, "no-magnitude")
        basis["magnitude"], data = found
        persons = calibrate(data, exposed)
    rate = stated
    if rate is None:
        word = risk["levels"][method]["current"]["likelihood"] if method in risk["levels"] else ""
        named = find_rate(knowledge, word)
        if named is None:
            return _say(knowledge, "no-rate")
        basis["frequency"], rate = named
    cause, shared = estimates.read_cause(id)
    source = Source(
        id=id,
        rate=rate,
        persons=persons,
        subjects=exposed,
        costs=estimates.read_costs(id),
        activities=tuple(place[name] for name in risk["activities"] if name in place),
        cause=cause,
        shared=shared,
    )
    return Quantified(source, risk, basis, data)


def _say(knowledge: Knowledge, label: str, **fields: object) -> Said:
    return {
        lang: knowledge.labels(f"loss.because.{label}", lang, **fields) for lang in ("en", "zh")
    }
