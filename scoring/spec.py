"""The shape of a model file: every key, its type and its range (checks.py: what keys say about each other).

The upper limits keep every product of the kernel inside 64 bits: 1,000 points x 3.0 x 1e6 ppm stays under
2**63, and so do 3,000 points of one activity times a cap of 3,000 points.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

SENIORITIES = ("unknown", "individual", "manager", "director", "vp", "c_level")
BUYING_ROLES = (
    "executive_sponsor",
    "decision_maker",
    "champion",
    "influencer",
    "end_user",
    "budget_holder",
    "legal",
    "blocker",
)

MAX_POINTS = 1000
"""Of one activity, before its role."""

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Points = Annotated[Number, Field(ge=0, le=MAX_POINTS)]
PositivePoints = Annotated[Number, Field(gt=0, le=1_000_000)]
Share = Annotated[Number, Field(ge=0, le=1)]
Percent = Annotated[Number, Field(ge=0, le=100)]
Multiplier = Annotated[Number, Field(ge=0, le=3)]
Weight = Annotated[Number, Field(ge=0, le=1000)]
HalfLife = Annotated[Number, Field(gt=0, le=3650)]
Days = Annotated[int, Field(strict=True, ge=1, le=3650)]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Names = Annotated[tuple[Name, ...], Field(max_length=1000)]
RoleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
TitleWords = Annotated[tuple[Name, ...], Field(min_length=1, max_length=100)]


class Strict(BaseModel):
    """No key that is not known, no change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(Strict):
    """What a field's value must be; no condition at all matches every value."""

    at_least: Number | None = Field(default=None, alias="from")
    below: Number | None = Field(default=None, alias="to")
    one_of: Names = Field(default=(), alias="in")
    contains: Names = ()
    country: Names = ()
    is_true: bool | None = None


class Band(Condition):
    """Points (negative ones allowed) for the values that match."""

    points: Annotated[Number, Field(ge=-1000, le=1000)]


class FitRule(Strict):
    """One account field and its bands; the first band that matches gives the points."""

    name: Name
    field: Name
    bands: Annotated[tuple[Band, ...], Field(min_length=1, max_length=64)]
    unknown_credit: Share | None = None


class Fit(Strict):
    """Section 1."""

    unknown_credit: Share = 0.3
    min_completeness: Percent = 40
    strong_from: Percent = 81
    moderate_from: Percent = 50
    rules: Annotated[tuple[FitRule, ...], Field(min_length=1, max_length=200)]


class FieldTest(Condition):
    """A field and the one condition that its value must meet; an unknown value meets none."""

    field: Name


class ExclusionTest(Condition):
    """Either a field with a condition or the name of a list."""

    field: Name | None = None
    member_of: Name | None = Field(default=None, alias="list")


class Exclusion(Strict):
    """A reason to give no tier; any one of its tests is enough."""

    name: Name
    any_of: Annotated[tuple[ExclusionTest, ...], Field(min_length=1, max_length=200)]


class Channel(Strict):
    """Types of activity that share one cap; no cap when it is left out."""

    cap: Annotated[Number, Field(gt=0, le=3000)] | None = None


class ActivityType(Strict):
    """Points of one type of activity; `per_minute` and `max_minutes` come together."""

    channel: Name
    points: Points
    per_minute: Annotated[Number, Field(gt=0, le=100)] | None = None
    max_minutes: Annotated[int, Field(strict=True, ge=1, le=1440)] | None = None
    half_life_days: HalfLife | None = None


class Engagement(Strict):
    """Sections 2 and 3."""

    half_life_days: HalfLife = 30
    cut_days: Days = 90
    max_per_day: Count = 20
    min_person_points: Annotated[Number, Field(gt=0, le=1000)] = 1.0
    half_score_points: PositivePoints = 50
    breadth: Annotated[tuple[Annotated[Number, Field(gt=0, le=10)], ...], Field(min_length=1)] = (
        0.6,
        0.8,
        1.0,
    )
    channels: Annotated[dict[Name, Channel], Field(min_length=1)]
    types: Annotated[dict[Name, ActivityType], Field(min_length=1)]


class Roles(Strict):
    """Multipliers by seniority and by buying role; what is left out is 1.0."""

    seniority: dict[Name, Multiplier] = Field(default_factory=dict)
    buying_role: dict[Name, Multiplier] = Field(default_factory=dict)


class Trend(Strict):
    """How far back the trend looks and how much makes a direction."""

    days: Days = 28
    threshold: Annotated[Number, Field(gt=0, le=100)] = 5


class Stages(Strict):
    """Points that make a stage; `mqa` also asks for people."""

    aware: PositivePoints = 1
    engaged: PositivePoints = 10
    mqa: PositivePoints = 100
    mqa_people: Count = 2
    mqa_person_points: PositivePoints = 20


class SignalSource(Strict):
    """Section 4, for one source of signals."""

    weight: Annotated[Number, Field(ge=0, le=500)] = 20
    min_strength: Percent = 60
    ttl_days: Days = 21
    half_life_days: HalfLife = 14


class Intent(Strict):
    """`default` holds for every source that has no entry of its own."""

    half_score_points: PositivePoints = 30
    default: SignalSource = SignalSource()
    sources: dict[Name, SignalSource] = Field(default_factory=dict)


class Priority(Strict):
    """Section 5."""

    fit: Weight = 0.5
    engagement: Weight = 0.35
    intent: Weight = 0.15


class BuyingGroup(Strict):
    """Section 6; custom_roles are further roles, each with the words of a title that fill it."""

    roles: Annotated[tuple[Name, ...], Field(min_length=5, max_length=12)] = BUYING_ROLES[:6]
    custom_roles: Annotated[dict[RoleName, TitleWords], Field(max_length=12)] = Field(default_factory=dict)


class SegmentSeats(Strict):
    """At most so many accounts of a segment in a tier; every test of the segment must hold."""

    name: Name
    cap: Count
    segment: Annotated[tuple[FieldTest, ...], Field(min_length=1, max_length=50)]


class Tier(Strict):
    """Capacity and floors of one tier; per_owner: at most so many accounts of one owner."""

    cap: Count
    min_fit: Percent = 0
    min_priority: Percent = 0
    per_owner: Count | None = None
    segments: Annotated[tuple[SegmentSeats, ...], Field(max_length=50)] = ()


class Tiers(Strict):
    """Section 7; the order of the tiers is fixed, best first."""

    min_dwell_days: Annotated[int, Field(strict=True, ge=0, le=3650)] = 28
    slack: Annotated[Number, Field(ge=0, lt=1)] = 0.2
    one_to_one: Tier
    one_to_few: Tier
    one_to_many: Tier


class TargetList(Strict):
    """A list the CRMs keep: the accounts that meet every condition given (section 7)."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    name: Name
    tiers: Names = ()
    segment: Annotated[tuple[FieldTest, ...], Field(max_length=50)] = ()
    owner: Names = ()
    stage: Names = ()
    min_priority: Percent | None = None


class ModelSpec(Strict):
    """A whole model file."""

    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
    fit: Fit
    exclusions: Annotated[tuple[Exclusion, ...], Field(max_length=200)] = ()
    engagement: Engagement
    roles: Roles = Roles()
    trend: Trend = Trend()
    stages: Stages = Stages()
    intent: Intent = Intent()
    priority: Priority = Priority()
    buying_group: BuyingGroup = BuyingGroup()
    tiers: Tiers
    lists: Annotated[tuple[TargetList, ...], Field(max_length=200)] = ()
