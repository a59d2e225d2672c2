"""How the constants of the calibration pack were fitted, so that it can be done again.

Run: ``python -m accept.calibration FOLDER``, the folder with the tables ``records_*.csv`` computed
from the VERIS Community Database; it prints the ``magnitudes``, ``detections`` and
``containments`` of the packs.

An event hits max(1, L) persons, L lognormal. ln of each quantile above 1 is regressed on the normal
score of its probability, each weighted by the inverse of the variance of a sample quantile,
q (1 - q) / phi(z)^2. The tables give 5, 25, 50, 75, 90 and 95 %; 99 % rests on too few events.

Durations: the tables hold lognormals in days, fitted to intervals by maximum likelihood, for a unit
without a number is an interval; here they become hours, and their distance to the data is found.
"""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path
from statistics import NormalDist

LEVELS = {"q5": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9, "q95": 0.95}
REACHED = {"p_ge_1k": 1e3, "p_ge_10k": 1e4, "p_ge_100k": 1e5, "p_ge_1m": 1e6, "p_ge_10m": 1e7}
COMPARABLE = "records_orglike_by_cls.csv"  # retail, wholesale, manufacturing, information
SOURCES = {
    "web-application": (COMPARABLE, "web_app_attack"),
    "hacking": (COMPARABLE, "hacking_other"),
    "insider": (COMPARABLE, "insider_or_partner_misuse"),
    "theft": (COMPARABLE, "theft_of_device_or_paper"),
    "publishing": (COMPARABLE, "publishing_or_misconfig"),
    "partner": ("records_by_actor.csv", "partner"),
    "ransomware": ("records_by_cls.csv", "ransomware"),
    "lost-media": ("records_by_cls.csv", "lost_media"),
    "misdelivery": ("records_by_cls.csv", "misdelivery"),
    "phishing": ("records_by_cls.csv", "phishing_social"),
    "stolen-credentials": ("records_by_cls.csv", "stolen_credentials"),
    "disposal": ("records_by_cls.csv", "disposal_error"),
    "error": ("records_by_cls.csv", "error_other"),
}
FOUND, CONTAINED = "time_to_discovery", "discovery_to_containment"
# From comparable industries where their table has the kind, else from all.
DURATIONS = {
    "detections": {
        "all": (f"{FOUND}_orglike_by_cls.csv", "ALL"),
        "web-application": (f"{FOUND}_orglike_by_cls.csv", "web_app_attack"),
        "hacking": (f"{FOUND}_orglike_by_cls.csv", "hacking_other"),
        "insider": (f"{FOUND}_orglike_by_cls.csv", "insider_or_partner_misuse"),
        "publishing": (f"{FOUND}_orglike_by_cls.csv", "publishing_or_misconfig"),
        "stolen-credentials": (f"{FOUND}_orglike_by_cls.csv", "stolen_credentials"),
        "partner": (f"{FOUND}_by_actor.csv", "partner"),
        "ransomware": (f"{FOUND}_by_cls.csv", "ransomware"),
        "misdelivery": (f"{FOUND}_by_cls.csv", "misdelivery"),
        "theft": (f"{FOUND}_by_cls.csv", "theft_of_device_or_paper"),
        "error": (f"{FOUND}_by_cls.csv", "error_other"),
    },
    "containments": {
        "all": (f"{CONTAINED}_orglike.csv", "ALL"),
        "web-application": (f"{CONTAINED}_by_cls.csv", "web_app_attack"),
        "hacking": (f"{CONTAINED}_by_cls.csv", "hacking_other"),
        "insider": (f"{CONTAINED}_by_cls.csv", "insider_or_partner_misuse"),
        "publishing": (f"{CONTAINED}_by_cls.csv", "publishing_or_misconfig"),
        "stolen-credentials": (f"{CONTAINED}_by_cls.csv", "stolen_credentials"),
        "ransomware": (f"{CONTAINED}_by_cls.csv", "ransomware"),
        "misdelivery": (f"{CONTAINED}_by_cls.csv", "misdelivery"),
        "error": (f"{CONTAINED}_by_cls.csv", "error_other"),
    },
}
QUANTILES = {**LEVELS, "q10": 0.1}
NORMAL = NormalDist()


def fit_magnitudes(folder: Path) -> dict[str, dict[str, float]]:
    """Fit every magnitude: n, ln_mu, ln_sigma, and the largest gap between fit and data."""
    return {name: fit_row(find_row(folder, *source)) for name, source in SOURCES.items()}


def find_row(folder: Path, file: str, group: str) -> dict[str, str]:
    with (folder / file).open(encoding="utf-8", newline="") as stream:
        return next(row for row in csv.DictReader(stream) if row["group"] == group)


def fit_row(row: dict[str, str]) -> dict[str, float]:
    points = [
        (NORMAL.inv_cdf(p), math.log(float(row[name])), NORMAL.pdf(NORMAL.inv_cdf(p)) ** 2, p)
        for name, p in LEVELS.items()
        if float(row[name]) > 1
    ]
    weights = [density / (p * (1 - p)) for _, _, density, p in points]
    whole = sum(weights)
    z = sum(w * x for w, (x, *_) in zip(weights, points, strict=True)) / whole
    y = sum(w * v for w, (_, v, *_) in zip(weights, points, strict=True)) / whole
    spread = sum(w * (x - z) ** 2 for w, (x, *_) in zip(weights, points, strict=True))
    both = sum(w * (x - z) * (v - y) for w, (x, v, *_) in zip(weights, points, strict=True))
    sigma = both / spread
    mu = y - sigma * z
    gap = max(
        abs(float(row[name]) - (1 - NORMAL.cdf((math.log(level) - mu) / sigma)))
        for name, level in REACHED.items()
    )
    return {
        "n": int(row["n"]),
        "ln_mu": round(mu, 3),
        "ln_sigma": round(sigma, 3),
        "gap": round(gap, 3),
    }


def fit_durations(folder: Path, part: str) -> dict[str, dict[str, float]]:
    """Return n, ln_mu and ln_sigma in hours, and the largest gap between fit and data."""
    found = {}
    for name, source in DURATIONS[part].items():
        row = find_row(folder, *source)
        mu, sigma = float(row["ln_mu"]), float(row["ln_sigma"])
        gap = max(
            abs(NORMAL.cdf((math.log(float(row[f"{level}_days"])) - mu) / sigma) - p)
            for level, p in QUANTILES.items()
        )
        hours = round(mu + math.log(24), 3)
        found[name] = {
            "n": int(row["n_known"]), "ln_mu": hours, "ln_sigma": sigma, "gap": round(gap, 3),
        }  # fmt: skip
    return found


if __name__ == "__main__":
    tables = Path(sys.argv[1])
    for part, fits in (
        ("magnitudes", fit_magnitudes(tables)),
        *((part, fit_durations(tables, part)) for part in DURATIONS),
    ):
        print(f"{part}:")
        for name, fitted in fits.items():
            print(f"  {name}: " + ", ".join(f"{key}: {value}" for key, value in fitted.items()))
