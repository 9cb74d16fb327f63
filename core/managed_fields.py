"""The managed fields: what Shortlist writes onto a CRM record."""

from core.fields import NO_TIER, STAGES, TIERS, FieldType, ManagedField, Policy
from core.records import Kind


def _account(
    name: str, label: str, type_: FieldType, policy: Policy, description: str, **more: object
) -> ManagedField:
    return ManagedField(Kind.ACCOUNT, name, label, type_, policy, description, **more)  # type: ignore[arg-type]


_BANDS = ("strong", "moderate", "weak", "unknown")
_TRENDS = ("up", "flat", "down")
_N, _D = FieldType.NUMBER, Policy.DRIFTS
ACCOUNT_FIELDS: tuple[ManagedField, ...] = (
    _account(
        "tier",
        "ABM Tier",
        FieldType.PICKLIST,
        Policy.MOVES,
        "1:1, 1:few, 1:many or none.",
        options=(*TIERS, NO_TIER),
    ),
    _account(
        "tier_source",
        "ABM Tier Source",
        FieldType.PICKLIST,
        Policy.MOVES,
        "Who decided the tier.",
        options=("model", "pin"),
    ),
    _account(
        "tier_since",
        "ABM Tier Since",
        FieldType.DATE,
        Policy.FOLLOWS,
        "The day the account entered its tier.",
    ),
    _account(
        "tier_override",
        "ABM Tier Override",
        FieldType.PICKLIST,
        Policy.READS,
        "Set by a person: pins the account to a tier, or keeps it out.",
        options=(*TIERS, NO_TIER),
    ),
    _account(
        "fit_score",
        "ABM Fit Score",
        _N,
        _D,
        "How well the account matches the ideal customer profile, 0 to 100.",
    ),
    _account(
        "fit_band",
        "ABM Fit Band",
        FieldType.PICKLIST,
        Policy.MOVES,
        "The fit score in a word.",
        options=_BANDS,
    ),
    _account(
        "fit_completeness", "ABM Fit Completeness", _N, _D, "How much of the profile is known, 0 to 100."
    ),
    _account(
        "engagement_score",
        "ABM Engagement Score",
        _N,
        _D,
        "Recent attention of the account's people, 0 to 100.",
    ),
    _account(
        "engagement_trend",
        "ABM Engagement Trend",
        FieldType.PICKLIST,
        Policy.MOVES,
        "Against 28 days ago.",
        options=_TRENDS,
    ),
    _account("intent_score", "ABM Intent Score", _N, _D, "Signals from outside, 0 to 100."),
    _account(
        "priority_score", "ABM Priority Score", _N, _D, "Fit, engagement and intent together, 0 to 100."
    ),
    _account(
        "priority_rank",
        "ABM Priority Rank",
        _N,
        Policy.FOLLOWS,
        "Rank within the tier, from 1; empty outside.",
        decimals=0,
    ),
    _account(
        "stage",
        "ABM Stage",
        FieldType.PICKLIST,
        Policy.MOVES,
        "none, aware, engaged or mqa.",
        options=STAGES,
    ),
    _account(
        "mqa_since",
        "ABM MQA Since",
        FieldType.DATE,
        Policy.MOVES,
        "The day the account became marketing-qualified.",
    ),
    _account(
        "people_engaged", "ABM People Engaged", _N, _D, "How many people have recent engagement.", decimals=0
    ),
    _account(
        "buying_group_coverage",
        "ABM Buying Group Coverage",
        _N,
        _D,
        "Share of the wanted roles that are known, 0 to 100.",
    ),
    _account(
        "buying_group_gap",
        "ABM Buying Group Gap",
        FieldType.TEXT,
        Policy.MOVES,
        "The wanted roles nobody fills.",
    ),
    _account(
        "why",
        "ABM Why",
        FieldType.LONG_TEXT,
        Policy.FOLLOWS,
        "The reasons in words, with their points.",
        length=1000,
    ),
    _account("lists", "ABM Lists", FieldType.TEXT, Policy.MOVES, "The target lists the account is on."),
    _account(
        "last_activity_at",
        "ABM Last Activity",
        FieldType.DATETIME,
        Policy.FOLLOWS,
        "The latest activity that counts.",
    ),
    _account(
        "model_version",
        "ABM Model Version",
        FieldType.TEXT,
        Policy.FOLLOWS,
        "The scoring model behind these values.",
        length=80,
    ),
    _account(
        "scored_at", "ABM Scored At", FieldType.DATETIME, Policy.FOLLOWS, "When these values were computed."
    ),
)
CONTACT_FIELDS: tuple[ManagedField, ...] = (
    ManagedField(
        Kind.CONTACT,
        "engagement_points",
        "ABM Engagement Points",
        _N,
        _D,
        "The person's recent attention points.",
    ),
    ManagedField(
        Kind.CONTACT,
        "buying_role_inferred",
        "ABM Buying Role (inferred)",
        FieldType.TEXT,
        Policy.MOVES,
        "The likely buying role, with its confidence.",
        length=80,
    ),
    ManagedField(
        Kind.CONTACT,
        "account_tier",
        "ABM Account Tier",
        FieldType.PICKLIST,
        Policy.MOVES,
        "The tier of the person's account.",
        options=(*TIERS, NO_TIER),
    ),
)
MANAGED_FIELDS = ACCOUNT_FIELDS + CONTACT_FIELDS
"""What install makes in every CRM."""
IS_TARGET_ACCOUNT, ICP_TIER = "is_target_account", "icp_tier"
NATIVE_FIELDS = (
    _account(
        IS_TARGET_ACCOUNT,
        "Target account",
        FieldType.PICKLIST,
        Policy.MOVES,
        "Whether the account has a tier.",
        options=("true", "false"),
    ),
    _account(
        ICP_TIER,
        "Ideal customer profile tier",
        FieldType.PICKLIST,
        Policy.MOVES,
        "The tier, or empty.",
        options=TIERS,
    ),
)
"""What a CRM has of its own for the same. A record has them only where its connection lets us write them."""


def fields_of(kind: Kind) -> tuple[ManagedField, ...]:
    """The managed fields of accounts or contacts, the CRM's own last; none for other kinds."""
    return tuple(field for field in MANAGED_FIELDS + NATIVE_FIELDS if field.kind is kind)
