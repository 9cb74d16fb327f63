"""Scores by day, and the tier each account is in now."""

from collections.abc import Iterable
from typing import NamedTuple

from store.database import Database
from store.sql import Row, delete_rows, upsert
from store.tables import ModelVersion, Score, TierState


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
        rows = reader.exec_driver_sql(
            "SELECT account_id, tier, since, source, rank, reason, mqa_since FROM tier_state"
        )
        return {row[0]: TierRow(*row) for row in rows}


def save_scores(
    database: Database, scores: Iterable[Row], tiers: Iterable[TierRow], model: tuple[str, str, int]
) -> None:
    """Keep a day's scores, the tiers that follow, and the model (version, text, first used) behind them.

    Accounts that are no longer scored lose their tier.
    """
    rows = list(tiers)
    with database.write() as writer:
        upsert(writer, Score, list(scores))
        known_accounts = {row[0] for row in writer.exec_driver_sql("SELECT account_id FROM tier_state")}
        gone = known_accounts - {row.account_id for row in rows}
        delete_rows(writer, TierState, [(account_id,) for account_id in gone])
        upsert(writer, TierState, rows)
        known = writer.exec_driver_sql("SELECT 1 FROM model_version WHERE version = ?", (model[0],)).scalar()
        if not known:
            upsert(writer, ModelVersion, [(*model, None, None, None)])
