"""The tables of governance: safeguards, people, judgements, actions, incidents, requests."""

from __future__ import annotations

from piaskit.case.table import ID, NONE, RIGHTS_ASKED, Column, Table

IMPACTS = ("low", "medium", "high", "severe")
LIKELIHOODS = ("low", "medium", "high", "very-high")
RIGHTS = ("autonomy", "discrimination", "reputation-stress", "person-property")
SOURCES = ("network-tech", "process", "people-third-parties", "business-scale")
ANSWERS = (
    "necessity",
    "other-impact",
    "physical-harm",
    "access-decision",
    "changed-system",
    "recipient-law",
    "recipient-safeguards",
)
"""What only a person can judge, beside the dimensions of the method."""

PERMISSIONS = ("read", "write", "export", "delete", "admin")
MFA_METHODS = ("sms", "email", "app-code", "push", "passkey", "security-key", "biometric")
HASHES = (
    "argon2id", "scrypt", "bcrypt", "pbkdf2", "salted", "unsalted", "reversible", "plain",
)  # fmt: skip
QUANTITIES = (
    "frequency", "persons", "share", "cost-per-person", "cost", "fine", "fine-chance", "shared",
    "prevents", "limits", "cost-year", "appetite",
)  # fmt: skip
SHAPES = ("fixed", "pert", "lognormal", "gamma")
STEPS = ("triage", "containment", "counting", "decision", "filing", "drafting")
"""The steps of a response that people take, in their order."""

GOVERNANCE = (
    Table(
        "safeguards",
        (
            ID,
            Column("title"),
            Column("control", "choice", pack="controls"),
            Column("kind", "choice", ("technical", "organisational", "physical"), required=True),
            Column("scope", "scope"),
            Column("status", "choice", ("planned", "partly", "in-place", "retired")),
            Column("standard"),
            Column("owner"),
            Column("evidence", "path"),
            Column("evidence_sha256", "sha256"),
            Column("evidence_on", "date"),
            Column("tested_on", "date"),
            Column("expires_on", "date"),
            Column("cost_year", "count"),
            Column("currency"),
            Column("due_on", "date"),
        ),
    ),
    Table(
        "roles",
        (
            ID,
            Column(
                "role",
                "choice",
                (
                    "pi-protection-officer",
                    "children-pi-officer",
                    "data-security-officer",
                    "dpo",
                    "department-head",
                    "legal-counsel",
                    "incident-lead",
                    "spokesperson",
                    "business-owner",
                ),
                required=True,
            ),
            Column("holder"),
            Column("department"),
            Column("appointed_on", "date"),
            Column("filed_on", "date"),
            Column("contact"),
        ),
    ),
    Table(
        "trainings",
        (
            ID,
            Column("title"),
            Column("topic"),
            Column("audience"),
            Column("held_on", "date"),
            Column("invited", "count"),
            Column("attended", "count"),
            Column("passed", "count"),
        ),
    ),
    Table(
        "assessments",
        (
            ID,
            Column("title"),
            Column("activities", "references", to=("activities",)),
            Column("trigger"),
            Column("scope"),
            Column("benefit"),
            Column("exceptions"),
            Column("assessors"),
            Column("methods"),
            Column("consulted"),
            Column("started_on", "date"),
            Column("completed_on", "date"),
            Column("approved_by"),
            Column("approved_on", "date"),
            Column("opinion"),
            Column("next_review_on", "date"),
        ),
    ),
    Table(
        "judgements",
        (
            ID,
            Column("assessment", "reference", to=("assessments",)),
            Column("activity", "reference", to=("activities",)),
            Column("dimension", "choice", (*RIGHTS, *SOURCES, *ANSWERS)),
            Column(
                "level", "choice", ("low", "medium", "high", "severe", "very-high", "yes", "no")
            ),
            Column("problem"),
            Column("evidence"),
            Column("reason"),
            Column("judged_by"),
            Column("judged_on", "date"),
        ),
    ),
    Table(
        "acceptances",
        (
            ID,
            Column("risk"),
            Column("decision", "choice", ("accept", "suppress")),
            Column("reason"),
            Column("decided_by"),
            Column("decided_on", "date"),
            Column("expires_on", "date"),
        ),
    ),
    Table(
        "actions",
        (
            ID,
            Column("risk"),
            Column("title"),
            Column("option", "choice", ("immediate", "time-limited", "weigh", "accept")),
            Column("owner"),
            Column("due_on", "date"),
            Column("status", "choice", ("open", "done", "verified", "dropped")),
            Column("done_on", "date"),
            Column("verified_by"),
            Column("verified_on", "date"),
            Column("evidence"),
        ),
    ),
    Table(
        "incidents",
        (
            ID,
            Column("title"),
            Column("occurred_on", "date"),
            Column("own", "yes-no"),
            Column(
                "event",
                "choice",
                ("access", "disclosure", "use", "modification", "damage", "loss"),
                open=True,
            ),
            Column("categories", "choices", pack="categories"),
            Column("persons", "count"),
            Column("reported_on", "date"),
            Column("lessons"),
        ),
    ),
    Table(
        "requests",
        (
            ID,
            Column("kind", "choice", RIGHTS_ASKED, open=True),
            Column("activity", "reference", to=("activities",)),
            Column("received_on", "date"),
            Column("due_on", "date"),
            Column("closed_on", "date"),
            Column("outcome"),
        ),
    ),
    Table(
        "access",
        (
            ID,
            Column("account"),
            Column("account_kind", "choice", ("personal", "shared", "service", "emergency")),
            Column("person"),
            Column("role"),
            Column("duty", "choice", ("business", "operation", "security", "audit")),
            Column("system", "reference", to=("systems",)),
            Column("object"),
            Column("categories", "choices", pack="categories"),
            Column("activities", "references", to=("activities",)),
            Column("permissions", "choices", PERMISSIONS),
            Column("permissions_used", "choices", PERMISSIONS),
            Column("need"),
            Column("granted_on", "date"),
            Column("approved_by"),
            Column("last_used_on", "date"),
            Column("reviewed_on", "date"),
            Column("left_on", "date"),
            Column("approved_each", "yes-no"),
            Column("logged", "yes-no"),
        ),
    ),
    Table(
        "accounts",
        (
            ID,
            Column("title"),
            Column("who", "choice", ("customers", "merchants", "staff", "admin"), open=True),
            Column("systems", "references", to=("systems",)),
            Column("accounts", "count"),
            Column("min_length", "count"),
            Column("max_length", "count"),
            Column("classes", "count"),
            Column("blocks", "choices", ("common", "breached", "context")),
            Column("rotation_days", "count"),
            Column("lockout_tries", "count"),
            Column("lockout_minutes", "count"),
            Column("mfa", "choice", ("none", "optional", "sensitive", "required"), also=NONE),
            Column("mfa_methods", "choices", MFA_METHODS),
            Column(
                "reset",
                "choices",
                ("sms", "email", "security-question", "support", "in-person", "second-factor"),
            ),
            Column("idle_minutes", "count"),
            Column("token_days", "count"),
            Column("hash", "choice", HASHES),
            Column(
                "stuffing",
                "choices",
                ("bot-check", "device-check", "address-limit", "leak-check", "alerts"),
            ),
        ),
    ),
    Table(
        "maturity",
        (
            ID,
            Column("area", "choice", pack="areas", required=True),
            Column(
                "capability",
                "choice",
                ("organisation", "process", "technology", "people"),
                required=True,
            ),
            Column("level", "grade"),
            Column("aim", "grade"),
            Column("evidence", "path"),
            Column("evidence_sha256", "sha256"),
            Column("evidence_on", "date"),
            Column("expires_on", "date"),
            Column("answered_by"),
            Column("answered_on", "date"),
        ),
    ),
    Table(
        "channels",
        (
            ID,
            Column("title"),
            Column(
                "way",
                "choice",
                (
                    "e-mail",
                    "letter",
                    "telephone",
                    "text-message",
                    "push",
                    "messenger",
                    "announcement",
                ),
                required=True,
            ),
            Column("activities", "references", to=("activities",)),
            Column("position", "count"),
            Column("coverage", "count"),
            Column("capacity", "count"),
            Column("lines", "count"),
            Column("opens_at", "count"),
            Column("open_hours", "count"),
            Column("reach_low", "count"),
            Column("reach", "count"),
            Column("reach_high", "count"),
            Column("retries", "count"),
            Column("retry_after", "count"),
            Column("delay", "count"),
            Column("cost", "count"),
            Column("currency"),
        ),
    ),
    Table(
        "shifts",
        (
            ID,
            Column("title"),
            Column("people", "count"),
            Column("steps", "choices", STEPS),
            Column("opens_at", "count"),
            Column("open_hours", "count"),
            Column("days", "choice", ("every-day", "workdays")),
            Column("country", "country"),
            Column("call_in", "number"),
        ),
    ),
    Table(
        "drills",
        (
            ID,
            Column("title"),
            Column("held_on", "date"),
            Column("step", "choice", ("detection", *STEPS), required=True),
            Column("hours", "number"),
            Column("attempts", "count"),
            Column("runbook", "yes-no"),
        ),
    ),
    Table(
        "estimates",
        (
            ID,
            Column("risk"),
            Column("safeguard", "reference", to=("safeguards",)),
            Column("quantity", "choice", QUANTITIES, required=True),
            Column("shape", "choice", SHAPES),
            Column("low", "number"),
            Column("best", "number"),
            Column("high", "number"),
            Column("years", "number"),
            Column("unit"),
            Column("cause"),
            Column("expert"),
            Column("estimated_on", "date"),
            Column("actual", "number"),
            Column("reason"),
        ),
    ),
)


def fit_levels(dimension: str) -> tuple[str, ...]:
    """Return the levels a judgement may give in a dimension.

    >>> fit_levels("process")
    ('low', 'medium', 'high', 'very-high')
    """
    if dimension in SOURCES:
        return LIKELIHOODS
    if dimension in RIGHTS:
        return IMPACTS
    return (*IMPACTS, "yes", "no")
