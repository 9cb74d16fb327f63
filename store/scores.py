"""Scores by day, and the tier each account is in now."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from store.database import Database
from store.sql import Row, delete_rows, plain_rows, upsert
from store.tables import LastScored, ModelVersion, Score, TierState
from store.touched import mark, read_mark

_TIERS_AS_OF = "tiers_as_of"
"""The mark that holds the instant (milliseconds) which tier_state stands for."""
_SCORED_BY = "scored_by"
"""The mark that holds the version of the model by which all accounts were scored last."""


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


class LastScore(NamedTuple):
    """What giving out tiers needs of an account, as it was scored last; blocked as in scoring.tiers.Candidates."""

    account_id: int
    fit: float
    priority: float
    blocked: str


@dataclass(frozen=True, slots=True)
class Scoring:
    """What one scoring stores: rows of the table of scores by day, tiers, what they were given out by.

    model: its version, its text, and when it was first used. as_of_ms: the instant that it stands for.
    """

    scores: Sequence[Row]
    tiers: Sequence[TierRow]
    last: Sequence[LastScore]
    model: tuple[str, str, int]
    as_of_ms: int


def last_scores(database: Database, model_version: str) -> dict[int, tuple[str, LastScore]] | None:
    """The key of every account that was scored, and its last score; None after another model than this one."""
    with database.read() as reader:
        if read_mark(reader, _SCORED_BY) != model_version:
            return None
        rows = plain_rows(
            reader,
            "SELECT account.key, last.account_id, last.fit, last.priority, last.blocked FROM last_scored AS last "
            "JOIN account ON account.id = last.account_id",
        )
    return {row[1]: (row[0], LastScore(*row[1:])) for row in rows}


def count_tiered(database: Database, tiers: Collection[str]) -> int:
    """How many accounts are in one of these tiers."""
    marks = ", ".join("?" * len(tiers))
    with database.read() as reader:
        return int(
            reader.exec_driver_sql(
                f"SELECT count(*) FROM tier_state WHERE tier IN ({marks})",  # noqa: S608 only marks
                tuple(tiers),
            ).scalar_one()
        )


def save_scores(database: Database, found: Scoring, *, gone: Collection[int] | None = None) -> None:
    """Keep a scoring of today. Accounts that are no longer scored lose their tier.

    A scoring of all accounts finds those by itself; one of a few says with `gone` which these are.
    """
    with database.write(moves=False) as writer:  # they follow from the rest
        _put_day(writer, found.scores, found.model)
        mark(writer, _TIERS_AS_OF, str(found.as_of_ms))
        if gone is None:
            known = {row[0] for row in plain_rows(writer, "SELECT account_id FROM tier_state")}
            gone = known - {row.account_id for row in found.tiers}
            mark(writer, _SCORED_BY, found.model[0])
        for table in (TierState, LastScored):
            delete_rows(writer, table, [(account_id,) for account_id in gone])
        upsert(writer, TierState, found.tiers)
        upsert(writer, LastScored, found.last)


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
