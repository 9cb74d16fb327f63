"""The past as the store knows it: which instants are past, which tiers there were, when a day was scored."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from core.clock import from_millis, millis, wire_instant
from core.errors import ConfigError
from store.database import Database
from store.history import PastTier, days_with_scores, past_tiers, scoring_within
from store.scores import TierRow, current_tiers, tiers_as_of

_DAY = timedelta(days=1)


def is_past(database: Database, as_of: datetime, *, whole_days: bool = False) -> bool:
    """Whether the tiers in the store stand for a later instant; with whole_days, for a later day (UTC)."""
    newest = tiers_as_of(database)
    if newest is None:
        return False
    return as_of.date() < from_millis(newest).date() if whole_days else millis(as_of) < newest


def refuse_past(database: Database, as_of: datetime) -> None:
    """Raise ConfigError for an instant on a day before the newest scored one: a push writes the present."""
    if is_past(database, as_of, whole_days=True):
        raise ConfigError(
            f"--as-of {as_of:%Y-%m-%d} lies before the last scoring, and the CRMs show the present. "
            "Nothing was written; `shortlist score --as-of` and `shortlist explain --as-of` look at the past."
        )


def standing(database: Database, as_of: datetime) -> tuple[Mapping[int, TierRow], Mapping[int, PastTier]]:
    """The tiers until `as_of`, and for a past instant also the ones recorded for its day, by account."""
    if not is_past(database, as_of):
        return current_tiers(database), {}
    day = as_of.date()
    recorded = past_tiers(database, day.isoformat())
    before = tiers_until(database, day - _DAY)
    return before, {number: tier for number, tier in recorded.items() if tier.day == day.isoformat()}


def tiers_until(database: Database, day: date) -> dict[int, TierRow]:
    """The tiers on the last scored day up to `day`, as if they were today's."""
    return {
        number: TierRow(number, found.tier, _first_instant(found.since), "model", None, "", None)
        for number, found in past_tiers(database, day.isoformat()).items()
    }


def as_recorded(tiers: Iterable[TierRow], recorded: Mapping[int, PastTier]) -> tuple[TierRow, ...]:
    """The tiers that were given out on that day; what gave them out then is known only where it would again."""
    return tuple(_as_recorded(tier, recorded.get(tier.account_id)) for tier in tiers)


def _as_recorded(tier: TierRow, found: PastTier | None) -> TierRow:
    if found is None:
        return tier
    since = _first_instant(found.since)
    if found.tier == tier.tier:
        return tier._replace(since=since)
    return tier._replace(
        tier=found.tier, since=since, source="model", rank=None, reason=f"as scored on {found.day}"
    )


def moment(database: Database, at: datetime) -> datetime:
    """What a person means by a bare date, given as its first instant: its scoring, where there was one."""
    day = at.date().isoformat()
    return scored_at(database, at.date()) if days_with_scores(database, day, day) else at


def scored_at(database: Database, day: date) -> datetime:
    """The instant that the scores of a day stand for: that of its newest run, else the end of the day."""
    first = datetime.combine(day, time(), UTC)
    last = last_instant(day)
    found = scoring_within(database, from_ms=millis(first), until_ms=millis(last))
    return last if found is None else from_millis(found)


def last_instant(day: date) -> datetime:
    """The last whole second of a day (UTC)."""
    return datetime.combine(day, time(23, 59, 59), UTC)


def _first_instant(day: str) -> str:
    return wire_instant(datetime.combine(date.fromisoformat(day), time(), UTC))
