"""A model as integer tables, made once when it is loaded (docs/scoring.md section 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from scoring.spec import BUYING_ROLES, SENIORITIES, Band, Engagement, FitRule, ModelSpec, SignalSource
from scoring.units import Ints, decay_table, micro, scaled
from scoring.values import Kind, kinds_of

NO_CAP = np.iinfo(np.int64).max
"""Stands for "this channel has no cap": no sum of points reaches it."""
ROLE_MASKS = 2 ** len(BUYING_ROLES)
POINTS_DIVISOR = 10**9
"""Thousandths of the role times parts per million of decay."""
MAX_ROLE = 3000
"""Multipliers of one person never exceed 3.0, in thousandths."""


@dataclass(frozen=True, slots=True)
class RuleTable:
    """One fit rule; points are micro-points. `largest` is never below zero: matching nothing gives 0."""

    name: str
    field: str
    kind: Kind
    bands: tuple[tuple[Band, int], ...]
    largest: int
    unknown: int


@dataclass(frozen=True, slots=True)
class ActivityTable:
    """Types of activity by their place in `types`; the last row stands for a type the model does not have.

    untimed and a_minute are flat tables by multiplier, type and age: an activity without minutes earns
    `untimed[role_cells[role code] + type_cells[type] + age]` micro-points; a_minute holds what one minute earns,
    times 10**9, because only the product with the minutes is rounded down.
    """

    types: Mapping[str, int]
    channels: tuple[str, ...]
    channel: Ints
    points: Ints
    per_minute: Ints
    max_minutes: Ints
    decay: Ints
    caps: Ints
    roles: Ints
    role_cells: Ints
    type_cells: Ints
    untimed: Ints
    a_minute: Ints
    breadth: Ints
    min_person_points: int
    half_score_points: int


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One source of signals: micro-points at strength 100, hundredths of strength, decay by age."""

    weight: int
    min_strength: int
    ttl_days: int
    decay: Ints


@dataclass(frozen=True, slots=True)
class StageTable:
    """Micro-points that make a stage."""

    aware: int
    engaged: int
    mqa: int
    mqa_people: int
    mqa_person_points: int


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything the kernel reads."""

    rules: tuple[RuleTable, ...]
    activities: ActivityTable
    stages: StageTable
    default_source: SourceTable
    sources: Mapping[str, SourceTable]
    intent_half_score: int


def compile_spec(spec: ModelSpec) -> Tables:
    """Round every number of the model to its integer, half to even, once."""
    stages = spec.stages
    return Tables(
        rules=tuple(_rule(rule, spec.fit.unknown_credit) for rule in spec.fit.rules),
        activities=_activities(spec.engagement, _roles(spec)),
        stages=StageTable(
            micro(stages.aware),
            micro(stages.engaged),
            micro(stages.mqa),
            stages.mqa_people,
            micro(stages.mqa_person_points),
        ),
        default_source=_source(spec.intent.default),
        sources={name: _source(source) for name, source in spec.intent.sources.items()},
        intent_half_score=micro(spec.intent.half_score_points),
    )


def _rule(rule: FitRule, model_credit: float) -> RuleTable:
    points = [micro(band.points) for band in rule.bands]
    largest = max(0, *points)
    credit = model_credit if rule.unknown_credit is None else rule.unknown_credit
    kinds = [kind for band in rule.bands for kind in kinds_of(band)]
    return RuleTable(
        name=rule.name,
        field=rule.field,
        kind=kinds[0] if kinds else "any",
        bands=tuple(zip(rule.bands, points, strict=True)),
        largest=largest,
        unknown=round(Fraction(repr(credit)) * largest),
    )


def _activities(engagement: Engagement, roles: Ints) -> ActivityTable:
    types = list(engagement.types.values())
    channels = tuple(engagement.channels)
    by_half_life = {
        half_life: decay_table(half_life, engagement.cut_days)
        for half_life in {engagement.half_life_days, *(kind.half_life_days for kind in types)}
        if half_life is not None
    }
    decays = [by_half_life[kind.half_life_days or engagement.half_life_days] for kind in types]
    decay = np.vstack([*decays, np.zeros_like(decays[0])])
    points = _column([micro(kind.points) for kind in types])
    per_minute = _column([micro(kind.per_minute or 0) for kind in types])
    multipliers, place = np.unique(roles, return_inverse=True)
    return ActivityTable(
        types={name: place for place, name in enumerate(engagement.types)},
        channels=channels,
        channel=_column([channels.index(kind.channel) for kind in types]),
        points=points,
        per_minute=per_minute,
        max_minutes=_column([kind.max_minutes or 0 for kind in types]),
        decay=decay,
        caps=np.array([NO_CAP if c.cap is None else micro(c.cap) for c in engagement.channels.values()]),
        roles=roles,
        role_cells=place * decay.size,
        type_cells=np.arange(len(decay)) * decay.shape[1],
        untimed=_by_age(points, multipliers, decay) // POINTS_DIVISOR,
        a_minute=_by_age(per_minute, multipliers, decay),
        breadth=np.array([scaled(share, 100) for share in engagement.breadth], dtype=np.int64),
        min_person_points=micro(engagement.min_person_points),
        half_score_points=micro(engagement.half_score_points),
    )


def _by_age(base: Ints, multipliers: Ints, decay: Ints) -> Ints:
    """Base * multiplier * decay by multiplier, type and age, flat."""
    return (base[:, np.newaxis] * decay * multipliers[:, np.newaxis, np.newaxis]).ravel()


def _column(values: list[int]) -> Ints:
    return np.array([*values, 0], dtype=np.int64)


def _roles(spec: ModelSpec) -> Ints:
    """Thousandths by `seniority * ROLE_MASKS + roles`, where bit i of roles is BUYING_ROLES[i]."""
    return np.array(
        [_multiplier(spec, seniority, mask) for seniority in SENIORITIES for mask in range(ROLE_MASKS)],
        dtype=np.int64,
    )


def _multiplier(spec: ModelSpec, seniority: str, mask: int) -> int:
    roles = [role for bit, role in enumerate(BUYING_ROLES) if mask >> bit & 1] or ["unknown"]
    product = Fraction(scaled(spec.roles.seniority.get(seniority, 1.0), 1000))
    for role in roles:
        product *= Fraction(scaled(spec.roles.buying_role.get(role, 1.0), 1000), 1000)
    return min(round(product), MAX_ROLE)


def _source(source: SignalSource) -> SourceTable:
    return SourceTable(
        weight=micro(source.weight),
        min_strength=scaled(source.min_strength, 100),
        ttl_days=source.ttl_days,
        decay=decay_table(source.half_life_days, source.ttl_days),
    )
