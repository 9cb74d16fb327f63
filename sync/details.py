"""One account from closer by: what caps took, who is engaged, what faded, the way up, the last weeks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.clock import from_millis
from scoring.buying_group import GroupPerson, group_people
from scoring.cuts import Cut, cuts
from scoring.engagement import engagement
from scoring.movement import MovementGroup, Then, groups, movement
from scoring.next_tier import NextTier, next_tier, seat_prices
from scoring.units import epoch_seconds
from store.database import Database
from store.scores import tiers_as_of
from sync.explain import Explained
from sync.scored import Scored
from sync.trend import Week, trend


@dataclass(frozen=True, slots=True)
class Details:
    """decayed holds what faded since `decayed_since`, the last scoring; None where there was none before."""

    cuts: Sequence[Cut]
    people: Sequence[GroupPerson]
    decayed: Sequence[MovementGroup]
    decayed_since: datetime | None
    next_tier: NextTier | None
    trend: Sequence[Week]


def details(database: Database, scored: Scored, found: Explained) -> Details:
    """Look at an account that was explained from the same scoring."""
    place = scored.facts.account_ids.index(found.number)
    since = _last_scoring(database, scored.as_of)
    one = scored.facts.one(place)
    engaged = engagement(one.evidence, scored.model, epoch_seconds(scored.as_of), 1)
    return Details(
        cuts=cuts(found.ledger, scored.model),
        people=group_people(one.contacts, engaged, scored.model),
        decayed=_decayed(scored, place, since) if since else (),
        decayed_since=since,
        next_tier=_next_tier(scored, place),
        trend=trend(database, found.number, scored.as_of.date()),
    )


def _last_scoring(database: Database, as_of: datetime) -> datetime | None:
    newest = tiers_as_of(database)
    at = None if newest is None else from_millis(newest)
    return at if at is not None and at < as_of else None


def _decayed(scored: Scored, place: int, since: datetime) -> list[MovementGroup]:
    moved = movement(scored.facts.one(place), scored.model, Then(since), scored.as_of)
    return [group for group in groups(moved) if group.cause == "decay"]


def _next_tier(scored: Scored, place: int) -> NextTier | None:
    """By the tiers of the scoring, which for a past day are the recorded ones."""
    standing = [
        replace(assignment, tier=row.tier, source=row.source)
        for assignment, row in zip(scored.assignments, scored.tiers, strict=True)
    ]
    prices = seat_prices(standing, scored.scores.priority.tolist(), scored.model)
    account = scored.facts.one(place)
    return next_tier(account, standing[place], prices, scored.model, scored.as_of)
