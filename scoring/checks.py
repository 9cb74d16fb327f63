"""What the keys of a model say about each other: references, overlaps, order, names used twice."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from math import inf

from core.fields import STAGES, TIERS
from core.managed_fields import ACCOUNT_FIELDS as MANAGED_FIELDS
from scoring.countries import country_code
from scoring.custom_roles import usable
from scoring.spec import (
    BUYING_ROLES,
    MAX_POINTS,
    SENIORITIES,
    Band,
    Condition,
    FitRule,
    ModelSpec,
    TargetList,
)
from scoring.values import fold, kinds_of

ACCOUNT_FIELDS = frozenset(
    {
        "name",
        "domain",
        "website",
        "industry",
        "employees",
        "annual_revenue",
        "country",
        "state",
        "city",
        "type",
        "lifecycle_stage",
        "ownership",
        "rating",
        "source",
        "description",
        "founded_year",
        "is_public",
        "technologies",
    }
)
"""Account fields a model may use; fields mapped by the customer are named `custom.<name>`."""
CUSTOM_PREFIX = "custom."

_GAP_LENGTH = next(field.length for field in MANAGED_FIELDS if field.name == "buying_group_gap")

Problem = tuple[str, str]


def problems(spec: ModelSpec) -> list[Problem]:
    """Every (key path, reason) for which this model is refused."""
    return [
        *_fit(spec),
        *_exclusions(spec),
        *_engagement(spec),
        *_roles(spec),
        *_tiers(spec),
        *_lists(spec),
        *_weights(spec),
    ]


def _fit(spec: ModelSpec) -> Iterator[Problem]:
    yield from _twice("fit.rules", "name", [rule.name for rule in spec.fit.rules])
    for place, rule in enumerate(spec.fit.rules):
        path = f"fit.rules[{place}]"
        yield from _field(f"{path}.field", rule.field)
        yield from _bands(path, rule)
    if all(band.points <= 0 for rule in spec.fit.rules for band in rule.bands):
        yield "fit.rules", "no band has points above zero, so no account could have a fit"
    if spec.fit.moderate_from >= spec.fit.strong_from:
        yield "fit.moderate_from", "must be below fit.strong_from"


def _field(path: str, field: str) -> Iterator[Problem]:
    custom = field.startswith(CUSTOM_PREFIX) and field != CUSTOM_PREFIX
    if field not in ACCOUNT_FIELDS and not custom:
        known = ", ".join(sorted(ACCOUNT_FIELDS))
        yield (
            path,
            f"unknown field {field!r}; use one of {known}, or {CUSTOM_PREFIX}<name> for a mapped field",
        )


def _bands(path: str, rule: FitRule) -> Iterator[Problem]:
    kinds = {kind for band in rule.bands for kind in kinds_of(band)}
    if len(kinds) > 1:
        yield (
            f"{path}.bands",
            f"bands of one rule must look at one kind of value, not {', '.join(sorted(kinds))}",
        )
    for place, band in enumerate(rule.bands):
        yield from _range(f"{path}.bands[{place}]", band)
        if not kinds_of(band) and place < len(rule.bands) - 1:
            yield (
                f"{path}.bands[{place}]",
                "a band with no condition matches everything, so it must be the last",
            )
    for (low, first), (high, second) in combinations(enumerate(rule.bands), 2):
        if shared := _overlap(first, second):
            yield f"{path}.bands[{high}]", f"overlaps with bands[{low}]: {shared}"


def _range(path: str, condition: Condition) -> Iterator[Problem]:
    low, high = _interval(condition)
    if low >= high:
        yield path, f"the range from {low:g} to {high:g} is empty"


def _interval(condition: Condition) -> tuple[float, float]:
    low = -inf if condition.at_least is None else condition.at_least
    return low, inf if condition.below is None else condition.below


def _overlap(first: Band, second: Band) -> str:
    """What two bands both match, in words; a band without condition is a default and overlaps nothing."""
    kinds = set(kinds_of(first)) & set(kinds_of(second))
    if "number" in kinds:
        (low, high), (other_low, other_high) = _interval(first), _interval(second)
        start, end = max(low, other_low), min(high, other_high)
        return f"{start:g} to {end:g}" if start < end else ""
    if "truth" in kinds and first.is_true == second.is_true:
        return f"is_true = {str(first.is_true).lower()}"
    return ", ".join(sorted(_words(first) & _words(second)))


def _words(condition: Condition) -> set[str]:
    exact = {fold(text) for text in condition.one_of} | {country_code(name) for name in condition.country}
    return exact | {f"contains {fold(text)}" for text in condition.contains}


def _exclusions(spec: ModelSpec) -> Iterator[Problem]:
    yield from _twice("exclusions", "name", [exclusion.name for exclusion in spec.exclusions])
    for place, exclusion in enumerate(spec.exclusions):
        for number, test in enumerate(exclusion.any_of):
            path = f"exclusions[{place}].any_of[{number}]"
            kinds = kinds_of(test)
            if (test.field is None) == (test.member_of is None):
                yield path, "needs either a field or a list"
            elif test.field is None and kinds:
                yield path, "a list has no condition"
            elif test.field is not None:
                yield from _field_test(path, test.field, test)


def _field_test(path: str, field: str, condition: Condition) -> Iterator[Problem]:
    yield from _field(f"{path}.field", field)
    yield from _range(path, condition)
    if len(kinds_of(condition)) != 1:
        yield path, "needs one condition"


def _engagement(spec: ModelSpec) -> Iterator[Problem]:
    engagement = spec.engagement
    for name, activity in engagement.types.items():
        path = f"engagement.types.{name}"
        if activity.channel not in engagement.channels:
            yield f"{path}.channel", f"no channel {activity.channel!r} under engagement.channels"
        if (activity.per_minute is None) != (activity.max_minutes is None):
            yield path, "per_minute and max_minutes come together"
        elif (
            activity.per_minute
            and activity.max_minutes
            and activity.per_minute * activity.max_minutes > MAX_POINTS
        ):
            yield path, f"per_minute times max_minutes must not exceed {MAX_POINTS} points"
    if list(engagement.breadth) != sorted(engagement.breadth):
        yield "engagement.breadth", "must not fall: one more person may not lower a score"
    stages = spec.stages
    if not stages.aware <= stages.engaged <= stages.mqa:
        yield "stages", "aware, engaged and mqa must not fall"


def _roles(spec: ModelSpec) -> Iterator[Problem]:
    yield from _known("roles.seniority", spec.roles.seniority, SENIORITIES)
    yield from _known("roles.buying_role", spec.roles.buying_role, (*BUYING_ROLES, "unknown"))
    group = spec.buying_group
    yield from _known("buying_group.roles", group.roles, (*BUYING_ROLES, *group.custom_roles))
    yield from _twice("buying_group.roles", "role", group.roles)
    if len(", ".join(group.roles)) > _GAP_LENGTH:
        yield "buying_group.roles", f"the names come to more than the {_GAP_LENGTH} letters a gap may have"
    for name, words in group.custom_roles.items():
        path = f"buying_group.custom_roles.{name}"
        if name in (*BUYING_ROLES, "unknown"):
            yield path, "is a role that we have already; give yours another name"
        elif name not in group.roles:
            yield path, "is not among buying_group.roles, so nobody would look for it"
        for place, word in enumerate(words):
            if not usable(word):
                yield f"{path}[{place}]", f"{word!r} is no word of a title; use letters, digits and *"


def _tiers(spec: ModelSpec) -> Iterator[Problem]:
    for name in TIERS:
        tier = getattr(spec.tiers, name)
        path = f"tiers.{name}.segments"
        yield from _twice(path, "name", [one.name for one in tier.segments])
        for place, one in enumerate(tier.segments):
            for number, test in enumerate(one.segment):
                yield from _field_test(f"{path}[{place}].segment[{number}]", test.field, test)


def _lists(spec: ModelSpec) -> Iterator[Problem]:
    yield from _twice("lists", "key", [target.key for target in spec.lists])
    yield from _twice("lists", "name", [target.name for target in spec.lists])
    for place, target in enumerate(spec.lists):
        yield from _target_list(f"lists[{place}]", target)


def _target_list(path: str, target: TargetList) -> Iterator[Problem]:
    if not (target.tiers or target.segment or target.owner or target.stage) and target.min_priority is None:
        yield path, "needs a condition: tiers, segment, owner, stage or min_priority"
    for key, values, known in (("tiers", target.tiers, TIERS), ("stage", target.stage, STAGES)):
        yield from _known(f"{path}.{key}", values, known)
        yield from _twice(f"{path}.{key}", key.removesuffix("s"), values)
    for place, test in enumerate(target.segment):
        yield from _field_test(f"{path}.segment[{place}]", test.field, test)


def _weights(spec: ModelSpec) -> Iterator[Problem]:
    if spec.priority.fit + spec.priority.engagement + spec.priority.intent == 0:
        yield "priority", "at least one weight must be above zero"


def _known(path: str, names: Iterable[str], known: Sequence[str]) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            yield path, f"unknown {name!r}; use one of {', '.join(known)}"


def _twice(path: str, what: str, names: Sequence[str]) -> Iterator[Problem]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield path, f"{what} {name!r} is used twice"
