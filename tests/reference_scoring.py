"""The scoring arithmetic in plain Python, written from docs/scoring.md alone: slow and obvious.

It takes the model as the mapping that TOML decodes to and shares nothing with the kernel, so that the two
can only agree by both following the page. Countries and titles are left out: codes and seniority are given.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

DAY = 86_400
MICRO = 1_000_000


@dataclass(frozen=True)
class Activity:
    id: str
    person: str | None
    type: str
    occurred_at: int
    minutes: float | None = None


@dataclass(frozen=True)
class Signal:
    id: str
    source: str
    kind: str
    topic: str
    strength: float
    observed_at: int


@dataclass(frozen=True)
class Account:
    """seniority and set_roles are by person; contact_roles are all roles of each contact, set or inferred."""

    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    activities: Sequence[Activity] = ()
    signals: Sequence[Signal] = ()
    seniority: Mapping[str, str] = field(default_factory=dict)
    set_roles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    contact_roles: Mapping[str, Sequence[str]] = field(default_factory=dict)


def exact(number: float) -> Fraction:
    return Fraction(repr(number))


def integer(number: float, scale: int) -> int:
    return round(exact(number) * scale)  # round() of a Fraction goes half to even


def decay_ppm(age: int, half_life_days: float) -> int:
    return round(1e6 * math.pow(2, -age / half_life_days))


def six_decimals(number: float) -> float:
    return round(number * 1e6) / 1e6


def fit(account: Account, model: Mapping[str, Any]) -> tuple[float, float, str]:
    """Fit, completeness and band."""
    earned = possible = known = 0
    for rule in model["fit"]["rules"]:
        largest = max([0] + [integer(band["points"], MICRO) for band in rule["bands"]])
        points = _rule_points(rule, account.fields.get(rule["field"]))
        possible += largest
        if points is None:
            credit = rule.get("unknown_credit", model["fit"]["unknown_credit"])
            earned += round(exact(credit) * largest)
        else:
            earned += points
            known += largest
    score = six_decimals(min(max(100.0 * earned / possible, 0.0), 100.0))
    completeness = six_decimals(100.0 * known / possible)
    return score, completeness, _band(score, completeness, model["fit"])


def _band(score: float, completeness: float, fit_model: Mapping[str, Any]) -> str:
    if completeness < fit_model["min_completeness"]:
        return "unknown"
    if score >= fit_model["strong_from"]:
        return "strong"
    return "moderate" if score >= fit_model["moderate_from"] else "weak"


def _rule_points(rule: Mapping[str, Any], value: Any) -> int | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if any("from" in band or "to" in band for band in rule["bands"]):
        try:
            value = float(value)
        except ValueError:
            return None
        if isinstance(value, float) and not math.isfinite(value):
            return None
    for band in rule["bands"]:
        if _band_matches(band, value):
            return integer(band["points"], MICRO)
    return 0


def _band_matches(band: Mapping[str, Any], value: Any) -> bool:
    if "from" in band or "to" in band:
        return bool(band.get("from", -math.inf) <= value < band.get("to", math.inf))
    if "is_true" in band:
        return bool(band["is_true"] == value)
    if "country" in band:
        return value in band["country"]
    text = str(value).strip().casefold()
    if "in" in band or "contains" in band:
        exactly = {entry.strip().casefold() for entry in band.get("in", [])}
        return text in exactly or any(part.casefold() in text for part in band.get("contains", []))
    return True


@dataclass
class EngagementResult:
    score: float
    attention: int
    people: int
    stage: str
    shares: dict[str, Fraction]
    kept_of_person: dict[str, int]
    engaged: set[str]


def engagement(account: Account, model: Mapping[str, Any], now: int) -> EngagementResult:
    """Sections 2 and 3, at an instant in epoch seconds. shares is what each activity keeps, by its id."""
    settings = model["engagement"]
    points = _points(account, model, now)
    raw_of: dict[str, int] = defaultdict(int)
    for activity in account.activities:
        if activity.id in points:
            raw_of[settings["types"][activity.type]["channel"]] += points[activity.id]
    kept_of = {channel: _capped(raw, settings["channels"][channel]) for channel, raw in raw_of.items()}
    shares: dict[str, Fraction] = {}
    before_caps: dict[str, int] = defaultdict(int)
    kept: dict[str, int] = defaultdict(int)
    for activity in account.activities:
        if activity.id in points:
            channel = settings["types"][activity.type]["channel"]
            raw = raw_of[channel]
            share = Fraction(points[activity.id] * kept_of[channel], raw) if raw else Fraction(0)
            shares[activity.id] = share
            if activity.person is not None:
                before_caps[activity.person] += points[activity.id]
                kept[activity.person] += math.floor(share)
    least = integer(settings["min_person_points"], MICRO)
    engaged = {person for person, own in before_caps.items() if own >= least}
    breadth = settings["breadth"][min(max(len(engaged), 1), len(settings["breadth"])) - 1]
    attention = integer(breadth, 100) * sum(kept_of.values()) // 100
    return EngagementResult(
        score=half_score(attention, settings["half_score_points"]),
        attention=attention,
        people=len(engaged),
        stage=_stage(attention, before_caps.values(), model["stages"]),
        shares=shares,
        kept_of_person=dict(kept),
        engaged=engaged,
    )


def _capped(raw: int, channel: Mapping[str, Any]) -> int:
    return min(raw, integer(channel["cap"], MICRO)) if "cap" in channel else raw


def half_score(attention: int, half_score_points: float) -> float:
    return six_decimals(100.0 * attention / (attention + integer(half_score_points, MICRO)))


def _points(account: Account, model: Mapping[str, Any], now: int) -> dict[str, int]:
    settings = model["engagement"]
    counted = [
        activity
        for activity in account.activities
        if activity.type in settings["types"]
        and activity.occurred_at <= now
        and now // DAY - activity.occurred_at // DAY <= settings["cut_days"]
    ]
    days: dict[tuple[str | None, str, int], list[Activity]] = defaultdict(list)
    for activity in counted:
        days[activity.person, activity.type, activity.occurred_at // DAY].append(activity)
    points = {}
    for (person, type_, day), activities in days.items():
        age = now // DAY - day
        half_life = settings["types"][type_].get("half_life_days", settings["half_life_days"])
        decay = decay_ppm(age, half_life)
        role = _role(account, person, model["roles"])
        activities.sort(key=lambda each: (-_base(each, settings["types"]), each.occurred_at, each.id))
        for place, activity in enumerate(activities):
            base = _base(activity, settings["types"]) if place < settings["max_per_day"] else 0
            points[activity.id] = base * role * decay // 10**9
    return points


def _base(activity: Activity, types: Mapping[str, Any]) -> int:
    kind = types[activity.type]
    if "per_minute" in kind and activity.minutes is not None:
        whole_minutes = min(round(activity.minutes), int(kind["max_minutes"]))
        return integer(kind["per_minute"], MICRO) * whole_minutes
    return integer(kind["points"], MICRO)


def _role(account: Account, person: str | None, roles: Mapping[str, Any]) -> int:
    if person is None:
        return integer(roles["seniority"]["unknown"], 1000)
    product = exact(roles["seniority"][account.seniority.get(person, "unknown")])
    for role in account.set_roles.get(person, ()):
        product *= exact(roles["buying_role"][role])
    return min(round(product * 1000), 3000)


def _stage(attention: int, people: Iterable[int], stages: Mapping[str, Any]) -> str:
    enough = sum(points >= integer(stages["mqa_person_points"], MICRO) for points in people)
    if attention >= integer(stages["mqa"], MICRO) and enough >= stages["mqa_people"]:
        return "mqa"
    if attention >= integer(stages["engaged"], MICRO):
        return "engaged"
    return "aware" if attention >= integer(stages["aware"], MICRO) else "none"


def intent(account: Account, model: Mapping[str, Any], now: int) -> tuple[float, int]:
    """Section 4: the score and P."""
    newest: dict[tuple[str, str, str], Signal] = {}
    for signal in sorted(account.signals, key=lambda each: (each.observed_at, each.id)):
        if signal.observed_at <= now:
            newest[signal.source, signal.kind, signal.topic] = signal
    attention = sum(_signal_points(signal, model["intent"], now) for signal in newest.values())
    return half_score(attention, model["intent"]["half_score_points"]), attention


def _signal_points(signal: Signal, settings: Mapping[str, Any], now: int) -> int:
    source = settings.get("sources", {}).get(signal.source, settings["default"])
    age = now // DAY - signal.observed_at // DAY
    strength = integer(signal.strength, 100)
    if strength < integer(source["min_strength"], 100) or age > source["ttl_days"]:
        return 0
    decay = decay_ppm(age, source["half_life_days"])
    return integer(source["weight"], MICRO) * strength * decay // 10**10


def priority(parts: tuple[float, float, float], weights: Mapping[str, Any]) -> float:
    """Section 5, from (fit, engagement, intent)."""
    total = weights["fit"] + weights["engagement"] + weights["intent"]
    weighted = weights["fit"] * parts[0] + weights["engagement"] * parts[1] + weights["intent"] * parts[2]
    return six_decimals(weighted / total)


def buying_group(account: Account, model: Mapping[str, Any], now: int) -> tuple[float, float, list[str]]:
    """Coverage, engaged coverage and the gap."""
    wanted = model["buying_group"]["roles"]
    people = engagement(account, model, now).engaged
    filled = {role for roles in account.contact_roles.values() for role in roles}
    engaged = {role for person, roles in account.contact_roles.items() if person in people for role in roles}
    gap = [role for role in wanted if role not in filled]
    return (
        six_decimals(100.0 * (len(wanted) - len(gap)) / len(wanted)),
        six_decimals(100.0 * sum(role in engaged for role in wanted) / len(wanted)),
        gap,
    )


@dataclass(frozen=True)
class Candidate:
    key: str
    priority: float
    fit: float
    eligible: bool
    current: str
    days_in_tier: int
    pin: str | None = None


def tiers(candidates: Sequence[Candidate], model: Mapping[str, Any]) -> dict[str, str]:
    """Section 7: the tier of each account, by key. A pin is an override to a tier or to none."""
    result = {candidate.key: "none" for candidate in candidates}
    result |= {candidate.key: candidate.pin for candidate in candidates if candidate.pin is not None}
    placed: set[str] = set()
    for tier in ("one_to_one", "one_to_few", "one_to_many"):
        for key in _seated(tier, [c for c in candidates if c.key not in placed], model["tiers"]):
            result[key] = tier
            placed.add(key)
    return result


def _seated(tier: str, candidates: Sequence[Candidate], settings: Mapping[str, Any]) -> list[str]:
    floors = settings[tier]
    seats = max(floors["cap"] - sum(candidate.pin == tier for candidate in candidates), 0)
    able = [
        candidate
        for candidate in candidates
        if candidate.eligible
        and candidate.pin is None
        and candidate.fit >= floors["min_fit"]
        and candidate.priority >= floors["min_priority"]
    ]
    able.sort(key=lambda candidate: (-candidate.priority, candidate.key))
    slack = exact(settings["slack"])
    at_home = [candidate.current == tier for candidate in able]
    groups = (
        [
            c
            for c, home in zip(able, at_home, strict=True)
            if home and c.days_in_tier < settings["min_dwell_days"]
        ],
        able[: math.floor(seats * (1 - slack))],
        [c for c, home in list(zip(able, at_home, strict=True))[: math.ceil(seats * (1 + slack))] if home],
        able,
    )
    seated: list[str] = []
    for group in groups:
        for candidate in group:
            if len(seated) < seats and candidate.key not in seated:
                seated.append(candidate.key)
    return seated
