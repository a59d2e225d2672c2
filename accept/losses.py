"""Quantified risk: exact and sampled distributions against what is known, their cost, refusals."""

from __future__ import annotations

import csv
import json
import math
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from benchmarks.losses import list_ratios, measure_all

from accept.row import MARKETPLACE, ROOT, Measured, NotRun, piaskit, row, run
from piaskit import check_case, quantify_losses, read_case
from piaskit.loss import Losses
from piaskit.loss.curve import add_curves, compound_events, compound_on_grid
from piaskit.loss.magnitude import Constant, Lognormal, Magnitude, Pert
from piaskit.loss.normal import find_cdf
from piaskit.loss.rate import FixedRate, GammaRate, LognormalRate, PertRate, Rate, read_interval
from piaskit.loss.sample import Model, sample_years
from piaskit.loss.sources import PERSONS, Source
from piaskit.loss.tally import Tally, count_part
from piaskit.loss.value import Change, Comparison

YEARS = 1_000_000
REPEATED, DRAWS = 1_000, 10_000
AIMED = (0.87, 0.93)
PEERS = ROOT / ".accept" / "peers"  # a line: the Python that has the peers' packages


@cache
def quantify() -> Losses:
    return quantify_losses(read_case(MARKETPLACE), iterations=YEARS)


def list_mixed() -> dict[str, tuple[Rate, Magnitude]]:
    rates: dict[str, Rate] = {
        "fixed": FixedRate(2.0),
        "rare": FixedRate(0.01),
        "gamma": GammaRate(1.5, 3.0),
        "lognormal": LognormalRate(-1.5, 0.8),
        "PERT": PertRate(0.1, 0.5, 3.0),
    }
    sizes: dict[str, Magnitude] = {
        "constant": Constant(7.0),
        "PERT": Pert(0.0, 10.0, 100.0),
        "lognormal": Lognormal(2.0, 0.7),
    }
    return {f"{r}/{s}": (rates[r], sizes[s]) for r in rates for s in sizes}


@row("exact tier: mean, variance and chance of nothing of 15 mixtures", "1e-4, 2e-3, 1e-3")
def loss_exact_moments() -> Measured:
    worst = [0.0, 0.0, 0.0]
    for rate, size in list_mixed().values():
        curve = compound_events(rate, size)
        rates, weights = rate.list_nodes(64)
        mean = rate.mean * size.mean
        variance = rate.mean * size.square + rate.variance * size.mean**2
        nothing = float((weights * np.exp(-rates)).sum())
        errors = (curve.mean / mean - 1, curve.sd**2 / variance - 1, curve.masses[0] - nothing)
        worst = [max(a, abs(float(b))) for a, b in zip(worst, errors, strict=True)]
    told = "worst relative error of mean {:.1e}, variance {:.1e}, of P(0) {:.1e}".format(*worst)
    return told, worst[0] < 1e-4 and worst[1] < 2e-3 and worst[2] < 1e-3


class Dice(Magnitude):
    """Whole numbers with given chances."""

    def __init__(self, chances: list[float]) -> None:
        self.chances = np.array(chances)
        values = np.arange(len(chances))
        self.mean = float((values * self.chances).sum())
        self.square = float((values**2 * self.chances).sum())

    def spread(self, step: float, size: int) -> np.ndarray:
        assert step == 1
        return np.pad(self.chances, (0, size - len(self.chances)))

    draw = scale = find_quantile = None  # type: ignore[assignment]


@row("exact tier against Panjer's recursion on whole numbers", "largest error of a mass 1e-9")
def loss_exact_panjer() -> Measured:
    worst = 0.0
    for rate in (0.05, 1.0, 20.0):
        chances = [0.0, 0.4, 0.3, 0.1, 0.0, 0.2]
        found = [math.exp(rate * (chances[0] - 1))]
        for s in range(1, 500):
            most = min(s, len(chances) - 1)
            whole = sum(j * chances[j] * found[s - j] for j in range(1, most + 1))
            found.append(rate / s * whole)
        curve = compound_on_grid(FixedRate(rate), Dice(chances), 1.0, 512, capped=True)
        worst = max(worst, float(np.abs(curve.masses[:500] - found).max()))
    return f"{worst:.1e}", worst < 1e-9


@row("simulated against exact, marketplace, 1,000,000 years", "|z| < 4 each risk and portfolio")
def loss_sampled_z() -> Measured:
    losses = quantify()
    # The exact portfolio takes risks as independent, so shared causes are left out here.
    free = tuple(_loosen(source) for source in losses.model.sources)
    series = sample_years(Model(free, losses.model.subjects), seed=7, years=YEARS)
    scores = []
    for unit, curves in losses.curves.items():
        for id, curve in curves.items():
            tally = series[unit].risks[id]
            scores.append((tally.mean - curve.mean) / tally.error)
        whole, tally = losses.portfolio[unit], series[unit].portfolio
        scores.append((tally.mean - whole.mean) / tally.error)
    worst = max(map(abs, scores))
    return f"{len(scores)} scores, largest |z| {worst:.2f}, sd {np.std(scores):.2f}", worst < 4


def _loosen(source: Source) -> Source:
    return Source(source.id, source.rate, source.persons, source.subjects, source.costs)


@row("90 % intervals over 1,000 repetitions of 10,000 years", "p50 to p99 and mean 87 to 93 %")
def loss_coverage() -> Measured:
    source = Source("r", read_interval(0.8, 6.0), Lognormal(6.0, 1.8, 1.0, 50_000.0), 150_000.0)
    curve = source.compute(points=2**17)
    levels = (0.5, 0.75, 0.9, 0.95, 0.99)
    held = dict.fromkeys(("mean", *levels), 0)
    for seed in range(REPEATED):
        tally = sample_years(Model((source,), 150_000.0), seed=seed, years=DRAWS)[PERSONS].portfolio
        interval = tally.find_mean_interval()
        held["mean"] += interval is not None and interval[0] <= curve.mean <= interval[1]
        for q in levels:
            told = tally.find_quantile(q)
            assert told is not None
            held[q] += told[1] <= curve.find_quantile(q) <= told[2]
    shares = {name: count / REPEATED for name, count in held.items()}
    told = ", ".join(f"{name} {share:.1%}" for name, share in shares.items())
    return told, all(AIMED[0] <= share <= AIMED[1] for share in shares.values())


@row("heavy means and far quantiles are refused", "200 samples of 5 tails; p99.9 below 100,000")
def loss_refusals() -> Measured:
    chance = np.random.default_rng(1)
    given = {}
    for sigma in (2.5, 3.0, 3.5, 4.0, 5.0):
        given[sigma] = 0
        for _ in range(200):
            tally = Tally()
            tally.add(count_part(chance.lognormal(0, sigma, 10_000), bins=False))
            given[sigma] += tally.find_mean_interval() is not None
    far = Tally()
    far.add(count_part(chance.lognormal(0, 1, 99_999)))
    quantile = far.find_quantile(0.999)
    told = ", ".join(f"sigma {s:g}: {200 - n} of 200 refused" for s, n in given.items())
    held = all(n <= 4 for s, n in given.items() if s >= 3) and quantile is None
    return f"{told}; p99.9 of 99,999 draws {'refused' if quantile is None else 'given'}", held


@row("any number of workers gives the same", "1, 2, 3 and 5 equal to the last bit")
def loss_workers() -> Measured:
    told = {
        workers: piaskit(
            "quantify", MARKETPLACE, "--iterations", "200000", "--workers", workers, "--json"
        ).stdout
        for workers in ("1", "2", "3", "5")
    }
    return f"{len(set(told.values()))} different answers", len(set(told.values())) == 1


@row("a safeguard that cuts frequencies by 20 %, marketplace", "50x less variance; twice the same")
def loss_safeguard() -> Measured:
    losses = quantify()
    before, cap = losses.curves[PERSONS], losses.model.subjects
    after = {source.id: source.apply(prevents=0.2).compute() for source in losses.model.sources}
    changes = [Change(id, before[id], after[id]) for id in before]
    first, again = (Comparison(before, cap, PERSONS, 1, 100_000).measure(changes) for _ in "ab")
    exact = [add_curves([*curves.values()], most=cap) for curves in (before, after)]
    independent = sum(curve.sd**2 for curve in exact)
    ratio, plain = independent / first.variance, independent / first.plain.variance
    same = first.to_dict() == again.to_dict()
    saved, fall = first.to_dict(), exact[0].mean - exact[1].mean
    told = (
        f"{ratio:,.0f}x less ({plain:.0f}x by common numbers alone); saved {saved['mean']:,.0f}"
        f" {saved['mean_ci']}, exactly {fall:,.0f}; same {same}"
    )
    return told, ratio >= 50 and same


BIG = """
import resource, sys, time
import numpy as np
from piaskit.loss.magnitude import Lognormal
from piaskit.loss.rate import read_interval
from piaskit.loss.sample import Model, sample_years
from piaskit.loss.sources import Source
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, start = peak(), time.process_time()
risks, years = int(sys.argv[1]), int(sys.argv[2])
chance = np.random.default_rng(3)
sources = []
for n in range(risks):
    low = float(chance.uniform(0.003, 0.05))
    size = Lognormal(float(chance.uniform(3, 9)), float(chance.uniform(1, 4)), 1.0, 1e6)
    sources.append(Source(f"r{n}", read_interval(low, low * 10), size, 1e6, {}, (n % 50,)))
found = sample_years(Model(tuple(sources), 1e9, (1e9,) * 50), seed=1, years=years)
print(peak() - before, time.process_time() - start, found["persons"].portfolio.mean)
"""


@row("10,000 risks x 1,000,000 years", "at most 400 MB above import; time told")
def loss_large() -> Measured:
    done = run(sys.executable, "-c", BIG, "10000", str(YEARS))
    if done.returncode:
        return done.stderr[-300:], False
    memory, seconds, mean = map(float, done.stdout.split())
    told = (
        f"{memory:.0f} MB above import, {seconds:.0f} CPU s, nothing extrapolated, mean {mean:.3g}"
    )
    return told, memory <= 400


@row(
    "loss distributions beside riskquant's way, pyfair, aggregate",
    "the floors of benchmarks/losses",
)
def loss_speed() -> Measured:
    peers = PEERS.read_text("utf-8").strip() if PEERS.is_file() else sys.executable
    ratios = list_ratios(measure_all(100, 100_000, peers))
    told = "; ".join(f"{text} {ratio:,.1f}" for text, ratio, _, _ in ratios)
    return told, all(r >= floor if more else r <= floor for _, r, floor, more in ratios)


@row("persons never exceed the subjects", "every value and interval of the marketplace")
def loss_subjects() -> Measured:
    losses = quantify()
    answer = losses.to_dict()
    persons = answer["losses"][0]
    limits = dict(zip(losses.activities, losses.model.limits, strict=True))
    total = losses.case.organisation.persons_total
    assert total is not None
    rows = [(persons, float(total))]
    rows += [(one, min(one["subjects"], total)) for one in persons["risks"]]
    rows += [(one, limits[one["id"]]) for one in persons["activities"]]
    over = checked = 0
    for one, most in rows:
        values = [one["exact"]["mean"], *one["exact"]["quantiles"].values()]
        for q in one["simulated"]["quantiles"].values():
            values += [q["value"] or 0, *q["ci"]]
        checked += len(values)
        over += sum(value > most for value in values)
    return f"{checked} numbers of {len(rows)} rows, {over} above", over == 0


@row("a case without numbers says why", "every risk not quantified, because")
def loss_thin() -> Measured:
    with tempfile.TemporaryDirectory() as spare:
        case = Path(spare) / "thin"
        shutil.copytree(MARKETPLACE, case)
        for name in ("activities", "flows"):
            table = case / "inventory" / f"{name}.csv"
            lines = table.read_text("utf-8-sig").splitlines()
            place = lines[0].split(",").index("persons")
            rows = list(csv.reader(lines))
            for one in rows[1:]:
                one[place] = ""
            with table.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows(rows)
        answer = json.loads(piaskit("quantify", case, "--json").stdout)
    left = answer["not_quantified"]
    blank = sum("number of persons is not stated" in one["because"] for one in left)
    both = all(one["because"] and one["because_zh"] for one in left)
    told = (
        f"{len(answer['losses'])} losses, {len(left)} not quantified, {blank} for want of persons"
    )
    return told, not answer["losses"] and blank > 0 and both


SILLY = {
    "low": ("frequency", {"low": "-1", "best": "1", "high": "2"}, "bad-number"),
    "order": ("frequency", {"low": "5", "high": "1"}, "estimate-order"),
    "chance": ("fine-chance", {"best": "3"}, "estimate-out-of-range"),
    "share": ("share", {"best": "3"}, "estimate-out-of-range"),
    "often": ("frequency", {"best": "20000"}, "estimate-out-of-range"),
}


@row("silly estimates are refused with the cell named", "negative rate, low above high, chance 3")
def loss_silly() -> Measured:
    found = []
    with tempfile.TemporaryDirectory() as spare:
        for name, (quantity, numbers, slug) in SILLY.items():
            case = Path(spare) / name
            shutil.copytree(MARKETPLACE, case)
            heads = ("id", "risk", "quantity", *numbers)
            cells = ("e-1", "insider-misuse", quantity, *numbers.values())
            table = case / "inventory" / "estimates.csv"
            table.write_text(f"{','.join(heads)}\n{','.join(cells)}\n", "utf-8")
            issues = check_case(case).issues
            done = piaskit("quantify", case)
            named = [i for i in issues if i.slug == slug and i.place.file == "estimates.csv"]
            found.append(bool(named) and done.returncode == 1 and "Traceback" not in done.stderr)
    return f"{sum(found)} of {len(SILLY)} refused", all(found)


@row(
    "numba kernel: normals and a risk against what is known", "|z| < 4.5 of tails, < 4 of the mean"
)
def loss_kernel() -> Measured:
    try:
        import numba
    except ImportError:
        raise NotRun("numba is not installed") from None
    from piaskit.loss.kernel import draw_normals

    drawn, n = np.sort(draw_normals(1, 10_000_000)), 10_000_000
    worst = 0.0
    for z in (-4.5, -3.66, -2.0, 0.0, 1.0, 3.0, 3.65, 3.66, 4.5):
        p = float(find_cdf(np.array([z]))[0])
        worst = max(worst, abs(np.searchsorted(drawn, z) - n * p) / math.sqrt(n * p * (1 - p)))
    source = Source("r", FixedRate(2.0), Lognormal(6.0, 2.0, 1.0, 1e5), 1e6)
    tally = sample_years(Model((source,), 1e6), seed=1, years=YEARS, fast=True)[PERSONS].portfolio
    score = (tally.mean - source.compute().mean) / tally.error
    told = f"numba {numba.__version__}: tails |z| {worst:.2f}, mean z {score:.2f}"
    return told, worst < 4.5 and abs(score) < 4
