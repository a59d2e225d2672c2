"""The tables of a case, declared once: reader, checks and workbook follow this page."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal[
    "id",  # short slug, unique in its table
    "text",  # free text, may have companions in other languages
    "count",  # whole number, 0 or more
    "number",  # number, 0 or more, decimals allowed
    "some",  # number of subjects, or yes when the number is not known
    "grade",  # protection level 1 to 5
    "choice",  # one of `values`
    "choices",  # several of `values`
    "yes-no",
    "date",
    "period",  # retention: a length of time or `until <event>`
    "country",
    "bases",  # legal bases, `regime.basis`
    "reference",  # id of a row of one of `to`
    "references",
    "scope",  # `all`, `table/id`, `category:prefix`
    "sha256",
    "path",  # a file below evidence/
]
Pack = Literal["categories", "controls", "areas"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what its cells hold and which words they may use."""

    name: str
    kind: Kind = "text"
    values: tuple[str, ...] = ()
    to: tuple[str, ...] = ()  # tables a reference may point into
    pack: Pack | None = None  # values are the ids of these packs
    required: bool = False
    open: bool = False  # other words than `values` are kept
    also: tuple[tuple[str, str], ...] = ()  # further word -> value

    @property
    def dtype(self) -> str:
        """The pandas dtype of the column after loading.

        >>> TABLES["flows"]["persons"].dtype, TABLES["flows"]["items"].dtype
        ('Int64', 'str')
        """
        if self.kind in ("count", "grade"):
            return "Int64"
        if self.kind == "number":
            return "Float64"
        return "datetime64[s]" if self.kind == "date" else "str"

    @property
    def many(self) -> bool:
        """Whether a cell holds a list."""
        return self.kind in ("choices", "references", "bases", "scope")


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in order, and whether a case needs it."""

    name: str
    columns: tuple[Column, ...]
    needed: bool = False

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)


_NONE = (("no", "none"), ("nothing", "none"), ("无", "none"), ("没有", "none"), ("否", "none"))
_ID = Column("id", "id", required=True)
_RIGHTS_ASKED = (
    "access", "copy", "correct", "delete", "withdraw", "portability", "explain", "close-account",
)  # fmt: skip
_PLACES = ("parties", "systems")
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

OPERATORS = ("other", "cii", "central-organ")
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
SCOPED = ("systems", "flows", "activities")
"""Tables in which a bare id of a scope is looked up, in this order."""

_TABLES = (
    Table(
        "activities",
        (
            _ID,
            Column("title", required=True),
            Column("purpose"),
            Column("legal_basis", "bases"),
            Column("subjects"),
            Column("persons", "count"),
            Column("children", "some"),
            Column("minors", "some"),
            Column(
                "automated_decision",
                "choice",
                ("none", "profiling", "recommendation", "significant"),
                also=(
                    ("yes", "significant"),
                    ("true", "significant"),
                    ("是", "significant"),
                    *_NONE,
                ),
            ),
            Column("opt_out", also=_NONE),
            Column("role", "choice", ("controller", "joint-controller", "processor")),
            Column("controller", "reference", to=_PLACES),
            Column("owner"),
            Column("notice"),
            Column("notice_on", "date"),
            Column("consent_evidence"),
            Column("rights", "choices", _RIGHTS_ASKED),
            Column("necessity"),
            Column("reviewed_on", "date"),
            Column("changed_on", "date"),
        ),
        needed=True,
    ),
    Table(
        "items",
        (
            _ID,
            Column("activity", "reference", to=("activities",), required=True),
            Column("title"),
            Column("category", "choice", pack="categories", required=True),
            Column("required", "yes-no"),
            Column("source", "reference", to=_PLACES),
            Column("retention", "period"),
            Column("retention_start"),
            Column("important_data", "yes-no"),
        ),
        needed=True,
    ),
    Table(
        "parties",
        (
            _ID,
            Column("title"),
            Column(
                "role",
                "choice",
                (
                    "controller",
                    "joint-controller",
                    "processor",
                    "recipient",
                    "counterparty",
                    "potential-counterparty",
                    "sdk-provider",
                    "subject",
                    "authority",
                    "public",
                ),
                required=True,
            ),
            Column("country", "country"),
            Column("contract"),
            Column("contract_until", "date"),
            Column("supervised_on", "date"),
            Column("onward", also=_NONE),
            Column("onward_basis", also=_NONE),
            Column("contact"),
        ),
        needed=True,
    ),
    Table(
        "systems",
        (
            _ID,
            Column("title"),
            Column(
                "kind",
                "choice",
                ("app", "mini-program", "web", "database", "file-store", "saas", "device", "paper"),
            ),
            Column("owner"),
            Column("operator", "reference", to=_PLACES),
            Column("country", "country"),
            Column("internet_facing", "yes-no"),
            Column("encrypted_at_rest", "yes-no"),
            Column("important", "yes-no"),
            Column("mlps_level", "grade", ("1", "2", "3", "4", "5")),
            Column("mlps_filing"),
            Column("mlps_evaluated_on", "date"),
            Column("mlps_conclusion", "choice", ("conform", "basically-conform", "not-conform")),
        ),
        needed=True,
    ),
    Table(
        "flows",
        (
            _ID,
            Column("activity", "reference", to=("activities",), required=True),
            Column(
                "stage",
                "choice",
                (
                    "collect",
                    "store",
                    "use",
                    "process",
                    "transmit",
                    "provide",
                    "disclose",
                    "delete",
                ),
                required=True,
            ),
            Column("source", "reference", to=_PLACES),
            Column("target", "reference", to=_PLACES),
            Column("items", "references", to=("items",)),
            Column("persons", "count"),
            Column("persons_year", "count"),
            Column(
                "channel",
                "choice",
                (
                    "web",
                    "app",
                    "mini-program",
                    "sdk",
                    "api",
                    "email",
                    "sms",
                    "phone",
                    "post",
                    "paper",
                    "internal",
                ),
            ),
            Column("method", "choice", ("provided", "observed", "derived", "third-party")),
            Column(
                "transport",
                "choice",
                ("tls1.3", "tls1.2", "tls-old", "vpn", "plain", "physical", "internal"),
            ),
            Column("legal_basis", "bases"),
            Column(
                "consent", "choices", ("general", "separate", "written", "guardian", "none-needed")
            ),
            Column(
                "transfer_mechanism",
                "choice",
                (
                    "cac-assessment",
                    "standard-contract",
                    "certification",
                    "exempt-contract",
                    "exempt-hr",
                    "exempt-emergency",
                    "exempt-volume",
                    "adequacy",
                    "scc",
                    "bcr",
                    "derogation",
                    "none",
                ),
                also=_NONE,
            ),
            Column("mechanism_ref"),
            Column("mechanism_until", "date"),
            Column("disposal", also=_NONE),
        ),
        needed=True,
    ),
    Table(
        "safeguards",
        (
            _ID,
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
        ),
    ),
    Table(
        "roles",
        (
            _ID,
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
            _ID,
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
            _ID,
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
            _ID,
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
            _ID,
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
            _ID,
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
            _ID,
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
            _ID,
            Column("kind", "choice", _RIGHTS_ASKED, open=True),
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
            _ID,
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
            _ID,
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
            Column("mfa", "choice", ("none", "optional", "sensitive", "required"), also=_NONE),
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
            _ID,
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
            _ID,
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
        "estimates",
        (
            _ID,
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

TABLES: MappingProxyType[str, Table] = MappingProxyType({table.name: table for table in _TABLES})
"""Every table of a case by id, in the order in which they are read and shown."""


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
