"""Signals: keeping them once, and reading them for scoring, for lists and for lift."""

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection

from core.clock import millis
from core.signals import Signal
from store.database import Database
from store.sql import Row, among, upsert
from store.tables import Signal as SignalRow

_KEYS_A_QUERY = 500


class Kept(StrEnum):
    """What became of a signal that was brought: an older reading never overwrites a newer one of its id."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    OLDER = "older"


class SignalRecord(NamedTuple):
    """A stored signal of a known account; `observed_at` in milliseconds since 1970."""

    account_key: str
    source: str
    id: str
    kind: str
    topic: str
    strength: float
    observed_at: int


class DomainCount(NamedTuple):
    """How many signals a source has for a domain, and the span they were observed in (milliseconds)."""

    source: str
    domain: str
    signals: int
    first_at: int
    last_at: int


def keep_signals(database: Database, signals: Sequence[Signal], *, now_ms: int) -> list[Kept]:
    """Store signals in one transaction; what became of each, in their order."""
    with database.write() as writer:
        return keep_in(writer, signals, now_ms)


def keep_in(writer: Connection, signals: Sequence[Signal], now_ms: int) -> list[Kept]:
    """Store signals in a transaction that somebody else has opened; what became of each, in their order."""
    known = _known(writer, sorted({(signal.source, signal.id) for signal in signals}))
    outcomes: list[Kept] = []
    rows: dict[tuple[str, str], Row] = {}
    for signal in signals:
        key = (signal.source, signal.id)
        values = (*signal[2:6], millis(signal.observed_at))
        outcome = _outcome(known.get(key), values)
        if outcome in (Kept.NEW, Kept.CHANGED):
            known[key] = values
            rows[key] = (*key, *values, now_ms)
        outcomes.append(outcome)
    upsert(writer, SignalRow, list(rows.values()))
    return outcomes


def _outcome(before: Row | None, values: Row) -> Kept:
    if before is None:
        return Kept.NEW
    if before == values:
        return Kept.UNCHANGED
    return Kept.OLDER if values[-1] < before[-1] else Kept.CHANGED


def _known(reader: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row]:
    found = {}
    for start in range(0, len(keys), _KEYS_A_QUERY):
        chunk = keys[start : start + _KEYS_A_QUERY]
        wanted = ", ".join(["(?, ?)"] * len(chunk))
        rows = reader.exec_driver_sql(
            "SELECT source, id, domain, kind, topic, strength, observed_at FROM signal "  # noqa: S608
            f"WHERE (source, id) IN (VALUES {wanted})",  # only question marks
            tuple(value for key in chunk for value in key),
        )
        found.update({(row[0], row[1]): tuple(row[2:]) for row in rows})
    return found


_SIGNAL = "signal.source, signal.id, signal.kind, signal.topic, signal.strength, signal.observed_at"


def account_signals(
    database: Database, account_ids: Collection[int] | None = None, *, since_ms: int, until_ms: int
) -> Iterator[SignalRecord]:
    """Signals of a span of time whose domain leads to an account (store.tables.MatchKey), or to one of these."""
    which = "" if account_ids is None else f" AND {among('account.id', account_ids)}"
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            f"SELECT account.key, {_SIGNAL} FROM signal JOIN match_key ON match_key.key = signal.domain "  # noqa: S608 our own names
            "JOIN account ON account.id = match_key.account_id "
            f"WHERE signal.observed_at >= ? AND signal.observed_at <= ?{which}",
            (since_ms, until_ms),
        )
        for row in rows:
            yield SignalRecord(*row)


def matched_keys(database: Database) -> set[str]:
    """Every domain (or record without one) that leads to an account."""
    with database.read() as reader:
        return set(reader.exec_driver_sql("SELECT key FROM match_key").scalars())


def domain_counts(database: Database) -> list[DomainCount]:
    """All signals, counted by source and domain."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT source, domain, COUNT(*), MIN(observed_at), MAX(observed_at) FROM signal "
            "GROUP BY source, domain ORDER BY source, domain"
        )
        return [DomainCount(*row) for row in rows]


def living_keys(database: Database) -> set[str]:
    """The keys of accounts that have a living record in a CRM."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT DISTINCT account.key FROM link JOIN account ON account.id = link.account_id "
            "JOIN crm_account AS record ON record.connection_id = link.connection_id "
            "AND record.remote_id = link.remote_id WHERE NOT record.is_gone"
        )
        return {row[0] for row in rows}


def deal_births(database: Database) -> list[tuple[str, int]]:
    """(account key, milliseconds since 1970) of the creation of every living deal that has an account."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT account.key, deal.created_at FROM crm_deal AS deal "
            "JOIN link ON link.connection_id = deal.connection_id AND link.remote_id = deal.account_id "
            "JOIN account ON account.id = link.account_id WHERE NOT deal.is_gone ORDER BY 1, 2"
        )
        return [(row[0], row[1]) for row in rows]


class FieldValue(NamedTuple):
    """A CRM account as a source of signals: its mapped fields as JSON text."""

    connection_id: int
    remote_id: str
    website: str | None
    modified_at: int
    fields: str


def field_values(database: Database) -> Iterator[FieldValue]:
    """All living CRM accounts with the inputs that are mapped."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT connection_id, remote_id, website, modified_at, fields FROM crm_account WHERE NOT is_gone "
            "ORDER BY connection_id, remote_id"
        )
        for row in rows:
            yield FieldValue(*row)


def latest_readings(database: Database, source: str) -> dict[str, tuple[int, float]]:
    """Of every id of a source before its last colon: when it was last observed, and how strong it was."""
    latest: dict[str, tuple[int, float]] = {}
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT id, observed_at, strength FROM signal WHERE source = ?", (source,)
        )
        for row in rows:
            place = row[0].rpartition(":")[0]
            latest[place] = max(latest.get(place, (0, 0.0)), (row[1], row[2]))
    return latest
