"""What the two databases say differently. Every other statement of the store is one that both understand."""

from typing import NamedTuple

from sqlalchemy import Connection, Engine

_WRITERS = 7_466_835
"""Number of the PostgreSQL advisory lock that stands for the right to write."""


class Dialect(NamedTuple):
    """Words that statements are made of, and how transactions begin."""

    begin_reading: str
    """One consistent view for the whole transaction."""
    begin_writing: str
    """Waits until nobody else writes, so that what is read in the transaction stays true until its end."""
    begin_counting: str
    """Waits for nobody but those who change the same rows (SQLite cannot: there everybody waits)."""
    begin_landing: str
    """Waits until nobody else writes rows of one connection (its number fits in), or derived data."""
    differs: str
    """The comparison of two values that holds where one of them is NULL."""
    by_index: str
    """Behind a table: read it by that index (SQLite guesses without figures; PostgreSQL keeps them itself)."""
    json_each: str
    """The function that gives the texts of a JSON list as rows of one column, `value`."""
    json_list: str
    """The aggregate that gives the values of all rows as the text of a JSON list; NULL or empty without rows."""
    lock_free_rows: str
    """What ends a SELECT that locks its rows for the transaction and leaves out those that others have locked."""


_DIALECTS = {
    "sqlite": Dialect(
        begin_reading="BEGIN",
        begin_writing="BEGIN IMMEDIATE",
        begin_counting="BEGIN IMMEDIATE",
        begin_landing="BEGIN IMMEDIATE",
        differs="IS NOT",
        by_index="INDEXED BY {name}",
        json_each="json_each({list})",
        json_list="json_group_array({value})",
        lock_free_rows="",
    ),
    # A writer's snapshot must be younger than its lock, so writers read what is committed at each statement.
    "postgresql": Dialect(
        begin_reading="SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        begin_writing=f"SELECT pg_advisory_xact_lock({_WRITERS})",
        begin_counting="SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
        begin_landing=f"SELECT pg_advisory_xact_lock_shared({_WRITERS}), "
        f"pg_advisory_xact_lock({_WRITERS}, {{connection}})",
        differs="IS DISTINCT FROM",
        by_index="",
        json_each="json_array_elements_text(CAST({list} AS json))",
        json_list="CAST(json_agg({value}) AS text)",
        lock_free_rows="FOR UPDATE SKIP LOCKED",
    ),
}


def dialect_of(connection: Connection | Engine) -> Dialect:
    """The words of the database behind a connection or an engine."""
    return _DIALECTS[connection.dialect.name]
