"""What the table of scores by day tells: the past of one account, and the tiers of a past day."""

from typing import NamedTuple

from store.database import Database


class DayScore(NamedTuple):
    """What one account scored on one day (ISO text, UTC)."""

    day: str
    fit: float
    fit_completeness: float
    engagement: float
    intent: float
    priority: float
    tier: str
    stage: str
    model_version: str


class PastTier(NamedTuple):
    """The tier an account had: on `day`, the last day with a score, and without a break since `since`."""

    account_id: int
    tier: str
    day: str
    since: str


def day_scores(database: Database, account_id: int, *, first_day: str, last_day: str) -> list[DayScore]:
    """The scores of one account from one day to another, both included, by day."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT day, fit, fit_completeness, engagement, intent, priority, tier, stage, model_version "
            "FROM score WHERE account_id = ? AND day BETWEEN ? AND ? ORDER BY day",
            (account_id, first_day, last_day),
        )
        return [DayScore(*row) for row in rows]


def days_with_scores(database: Database, first_day: str, last_day: str) -> set[str]:
    """The days, both ends included, on which anything was scored."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT DISTINCT day FROM score WHERE day BETWEEN ? AND ?", (first_day, last_day)
        )
        return {row[0] for row in rows}


def past_tiers(database: Database, last_day: str) -> dict[int, PastTier]:
    """The tier of every account on its last scored day up to `last_day`, by account number."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(_PAST_TIERS, (last_day,))
        return {row[0]: PastTier(*row) for row in rows}


# `change` is the last day on which an account had another tier; the day of score after it began this one.
_PAST_TIERS = """
WITH last AS (
    SELECT account_id, max(day) AS day FROM score WHERE day <= ? GROUP BY account_id
), latest AS (
    SELECT score.account_id, score.day, score.tier
    FROM last JOIN score ON score.account_id = last.account_id AND score.day = last.day
), change AS (
    SELECT score.account_id, max(score.day) AS day
    FROM score JOIN latest ON latest.account_id = score.account_id
    WHERE score.day < latest.day AND score.tier <> latest.tier
    GROUP BY score.account_id
)
SELECT latest.account_id, latest.tier, latest.day, min(score.day)
FROM latest JOIN score ON score.account_id = latest.account_id
LEFT JOIN change ON change.account_id = latest.account_id
WHERE score.day <= latest.day AND (change.day IS NULL OR score.day > change.day)
GROUP BY latest.account_id, latest.tier, latest.day
"""


def scoring_within(database: Database, *, from_ms: int, until_ms: int) -> int | None:
    """The as_of (milliseconds) of the newest run that scored for a span, both ends included."""
    with database.read() as reader:
        found = reader.exec_driver_sql(
            "SELECT as_of FROM run WHERE command IN ('score', 'push', 'sync') "
            "AND state IN ('done', 'rejected') AND as_of BETWEEN ? AND ? ORDER BY id DESC LIMIT 1",
            (from_ms, until_ms),
        ).scalar()
    return None if found is None else int(found)
