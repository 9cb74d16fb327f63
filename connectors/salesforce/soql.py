"""SOQL texts. Names come from describe or from this package, values are quoted by simple-salesforce."""

import re
from collections.abc import Sequence
from datetime import datetime

from simple_salesforce.format import format_soql

from connectors.salesforce.positions import IdRange, Position
from core.clock import wire_instant
from core.errors import ContractError

_NAME = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*){0,5}", re.ASCII)
_COUNT = "COUNT()"


def select(
    columns: Sequence[str],
    table: str,
    where: Sequence[str],
    *,
    order: str | None = None,
    limit: int | None = None,
) -> str:
    """A query; `where` are conditions that must all hold.

    Raises ContractError for a column or table that has not the form of a name, wherever it came from.
    """
    for name in (*columns, table):
        if name != _COUNT and not _NAME.fullmatch(name):
            raise ContractError(f"{name[:80]!r} is no name of Salesforce's; it is not put into a query.")
    text = f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608 names from describe
    text += f" WHERE {' AND '.join(where)}" if where else ""
    text += f" ORDER BY {order}" if order else ""
    return f"{text} LIMIT {limit}" if limit else text


def since(instant: datetime) -> str:
    """Changed at an instant or later: the lower bound is closed."""
    return f"SystemModstamp >= {wire_instant(instant)}"


def before(instant: datetime) -> str:
    """Changed before an instant."""
    return f"SystemModstamp < {wire_instant(instant)}"


def behind(position: Position) -> list[str]:
    """Rows behind one in the order (SystemModstamp, Id)."""
    stamp = wire_instant(position.modified_at)
    after = format_soql("Id > {}", position.id)
    # The same as (later) or (equally late and a greater id), with a plain bound for the index.
    return [f"SystemModstamp >= {stamp}", f"(SystemModstamp > {stamp} OR {after})"]


def within(ids: IdRange) -> list[str]:
    """What is left of a range of ids."""
    low = (
        [format_soql("Id > {}", ids.at)] if ids.at else [format_soql("Id >= {}", ids.low)] if ids.low else []
    )
    return low + ([format_soql("Id < {}", ids.high)] if ids.high else [])


def with_ids(columns: Sequence[str], table: str, ids: Sequence[str], condition: str = "") -> str:
    """Rows by their ids, of which a condition holds."""
    return select(columns, table, [format_soql("Id IN {}", list(ids)), *([condition] if condition else [])])
