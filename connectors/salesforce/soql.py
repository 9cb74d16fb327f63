"""SOQL texts. Names come from describe or from this package, values are quoted by simple-salesforce."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from simple_salesforce.format import format_soql

from connectors.salesforce.ids import is_id
from core.clock import parse_instant, wire_instant
from core.cursors import Cursor
from core.errors import ContractError


class Position(NamedTuple):
    """The last row that was read, in the order (SystemModstamp, Id)."""

    modified_at: datetime
    id: str

    def __str__(self) -> str:
        return f"{wire_instant(self.modified_at)}|{self.id}"

    @classmethod
    def of(cls, cursor: Cursor) -> "Position | None":
        """Read a cursor's position; raises ContractError for one that is not ours."""
        if cursor.position is None:
            return None
        stamp, _, record_id = cursor.position.partition("|")
        try:
            position = cls(parse_instant(stamp), record_id)
        except ValueError as error:
            raise _unreadable(cursor.position) from error
        if not is_id(record_id):
            raise _unreadable(cursor.position)
        return position


def changed_since(
    columns: Sequence[str], table: str, cursor: Cursor, *, conditions: Sequence[str], limit: int | None
) -> str:
    """Rows of a window behind the cursor's position, oldest first; its lower bound is closed."""
    position = Position.of(cursor)
    where = list(conditions)
    if position is not None:
        stamp = wire_instant(position.modified_at)
        after = format_soql("Id > {}", position.id)
        # The same as (later) or (equally late and a greater id), with a plain bound for the index.
        where += [f"SystemModstamp >= {stamp}", f"(SystemModstamp > {stamp} OR {after})"]
    elif cursor.since is not None:
        where.append(f"SystemModstamp >= {wire_instant(cursor.since)}")
    text = f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608 names from describe
    text += f" WHERE {' AND '.join(where)}" if where else ""
    text += " ORDER BY SystemModstamp, Id"
    return f"{text} LIMIT {limit}" if limit else text


def with_ids(columns: Sequence[str], table: str, ids: Sequence[str]) -> str:
    """Rows by their ids."""
    return f"SELECT {', '.join(columns)} FROM {table} WHERE " + format_soql("Id IN {}", list(ids))  # noqa: S608 names from describe


def _unreadable(position: str) -> ContractError:
    return ContractError(
        f"The cursor's position {position[:60]!r} is not one of ours: pull this object in full."
    )
