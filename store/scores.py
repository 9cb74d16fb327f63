"""Scores by day, and the tier each account is in now."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection

from store.database import Database
from store.sql import Row, delete_rows, plain_rows, upsert
from store.tables import ModelVersion, Score, TierState
from store.touched import mark, read_mark

_TIERS_AS_OF = "tiers_as_of"
"""The mark that holds the instant (milliseconds) which tier_state stands for."""


class TierRow(NamedTuple):
    """The tier an account is in: since and mqa_since are ISO instants."""

    account_id: int
    tier: str
    since: str
    source: str
    rank: int | None
    reason: str
    mqa_since: str | None


def current_tiers(database: Database) -> dict[int, TierRow]:
    """The tier of every account that was ever scored, by account number."""
    with database.read() as reader:
        rows = plain_rows(
            reader, "SELECT account_id, tier, since, source, rank, reason, mqa_since FROM tier_state"
        )
    return {row[0]: TierRow._make(row) for row in rows}


def tiers_as_of(database: Database) -> int | None:
    """The instant that the tiers stand for, in milliseconds since 1970; None before the first scoring."""
    with database.read() as reader:
        value = read_mark(reader, _TIERS_AS_OF)
    return None if value is None else int(value)


def save_scores(
    database: Database,
    scores: Iterable[Row],
    tiers: Iterable[TierRow],
    model: tuple[str, str, int],
    *,
    as_of_ms: int,
) -> None:
    """Keep a day's scores, the tiers that follow, and the model (version, text, first used) behind them.

    Accounts that are no longer scored lose their tier.
    """
    rows = list(tiers)
    with database.write(moves=False) as writer:  # they follow from the rest
        _put_day(writer, scores, model)
        mark(writer, _TIERS_AS_OF, str(as_of_ms))
        known_accounts = {row[0] for row in plain_rows(writer, "SELECT account_id FROM tier_state")}
        gone = known_accounts - {row.account_id for row in rows}
        delete_rows(writer, TierState, [(account_id,) for account_id in gone])
        upsert(writer, TierState, rows)


def save_past_scores(database: Database, scores: Iterable[Row], model: tuple[str, str, int]) -> None:
    """Keep the scores of a day that is over. The tiers of today stay as they are.

    What that day had for accounts that are not among the rows stays too.
    """
    with database.write() as writer:
        _put_day(writer, scores, model)


def _put_day(writer: Connection, scores: Iterable[Row], model: tuple[str, str, int]) -> None:
    upsert(writer, Score, list(scores))
    known = writer.exec_driver_sql("SELECT 1 FROM model_version WHERE version = ?", (model[0],)).scalar()
    if not known:
        upsert(writer, ModelVersion, [(*model, None, None, None)])
