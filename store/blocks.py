"""Evidence blocks: the rows and people of a range of accounts as packed little-endian numpy columns.

A block holds the accounts whose numbers share `number // ACCOUNTS`. Its rows stand in the order scoring wants:
account, person, day, type, second, activity id; its people by account and person. Unknown people are -1.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from store.sql import Row, plain_rows, upsert
from store.tables import EvidenceBlock

ACCOUNTS = 32
"""Accounts a block: small enough to build one anew for a touched account, large enough to read thousands."""

Column = NDArray[np.integer[Any]]

_DTYPES = (
    ("account", "<i4"),
    ("person", "<i4"),
    ("type", "<i2"),
    ("occurred_at", "<i8"),
    ("minutes", "<i4"),
    ("member_account", "<i4"),
    ("member_person", "<i4"),
)
_NAMES = ", ".join(name for name, _ in _DTYPES)
_OF_ROWS = 5

ORDER = (
    "evidence.occurred_at / 86400000, evidence.type_id, evidence.occurred_at / 1000, "
    "evidence.connection_id || ':' || evidence.remote_id"
)
"""The order of one person's rows; whoever reads ids beside a block must read them in this order."""
PERSON = "CASE WHEN person.code IS NULL THEN -1 ELSE person.id END"

_ROWS = f"""
SELECT evidence.account_id, {PERSON}, evidence.type_id - 1, evidence.occurred_at / 1000,
       coalesce(evidence.minutes, -1)
FROM evidence LEFT JOIN person ON person.id = evidence.person_id
WHERE evidence.account_id >= ? AND evidence.account_id < ? ORDER BY 1, 2, {ORDER}
"""  # noqa: S608 ours

_LIVING = """JOIN crm_contact AS contact
  ON contact.connection_id = link.connection_id AND contact.remote_id = link.remote_id
JOIN person ON person.key = link.person_key
WHERE NOT contact.is_gone"""
_MEMBERS = f"""
SELECT link.account_id, person.id FROM contact_link AS link {_LIVING}
AND link.account_id >= ? AND link.account_id < ?
UNION SELECT roll_up.parent_id, person.id FROM roll_up
JOIN contact_link AS link ON link.account_id = roll_up.account_id {_LIVING}
AND roll_up.parent_id >= ? AND roll_up.parent_id < ? ORDER BY 1, 2
"""  # noqa: S608 ours


class Columns(NamedTuple):
    """Rows of blocks by ascending account number; occurred_at in seconds; members are (account, person)."""

    account: Column
    person: Column
    type: Column
    occurred_at: Column
    minutes: Column
    member_account: Column
    member_person: Column


def build_blocks(writer: Connection, numbers: Iterable[int]) -> None:
    """Build these blocks anew from the evidence and the links, in the running transaction."""
    for number in numbers:
        span = (number * ACCOUNTS, (number + 1) * ACCOUNTS)
        rows, members = plain_rows(writer, _ROWS, span), plain_rows(writer, _MEMBERS, span * 2)
        packed = [*_packed(rows, _DTYPES[:_OF_ROWS]), *_packed(members, _DTYPES[_OF_ROWS:])]
        upsert(writer, EvidenceBlock, [(number, *packed)])


def _packed(rows: Sequence[Row], dtypes: Iterable[tuple[str, str]]) -> list[bytes]:
    wanted = list(dtypes)
    table = np.array(rows, dtype=np.int64).reshape(-1, len(wanted))
    return [table[:, place].astype(dtype).tobytes() for place, (_, dtype) in enumerate(wanted)]


def block_sizes(reader: Connection, account_ids: Sequence[int] | None = None) -> list[tuple[int, int]]:
    """The first account number after each block that holds any of these accounts (or all), ascending, and its rows."""
    width, among = np.dtype(_DTYPES[0][1]).itemsize, ""
    if account_ids is not None:
        numbers = ", ".join(map(str, sorted({account_id // ACCOUNTS for account_id in account_ids})))
        among = f"WHERE number IN ({numbers})"
    rows = plain_rows(
        reader,
        f"SELECT number, length(account) FROM evidence_block {among} ORDER BY number",  # noqa: S608 ours
    )
    return [((number + 1) * ACCOUNTS, size // width) for number, size in rows]


def read_blocks(reader: Connection, account_ids: Sequence[int], *, since: int, until: int) -> Columns:
    """The rows from second `since` to `until` of these accounts, whose numbers ascend."""
    parts = [_unpacked(row, since, until) for row in _stored(reader, account_ids)]
    whole = [
        np.concatenate([np.empty(0, dtype), *column])
        for column, (_, dtype) in zip(
            zip(*parts, strict=True) if parts else ((),) * len(_DTYPES), _DTYPES, strict=True
        )
    ]
    columns = Columns(*whole)
    return columns if _is_every(columns, account_ids) else _only(columns, account_ids)


def _stored(reader: Connection, account_ids: Sequence[int]) -> Iterable[Any]:
    """The blocks of these accounts: in one look where they lie together, else one by one."""
    statement = f"SELECT {_NAMES} FROM evidence_block"  # noqa: S608 ours
    numbers = sorted({account_id // ACCOUNTS for account_id in account_ids})
    if numbers and len(numbers) == numbers[-1] - numbers[0] + 1:
        # PostgreSQL's driver would fetch everything at once.
        return reader.exec_driver_sql(
            f"{statement} WHERE number >= ? AND number <= ? ORDER BY number",
            (numbers[0], numbers[-1]),
            execution_options={"stream_results": True},
        )
    return (
        row
        for number in numbers
        for row in reader.exec_driver_sql(f"{statement} WHERE number = ?", (number,))
    )


def _unpacked(row: Any, since: int, until: int) -> list[Column]:
    columns = [np.frombuffer(data, dtype) for data, (_, dtype) in zip(row, _DTYPES, strict=True)]
    occurred_at = columns[3]
    kept = np.flatnonzero((occurred_at >= since) & (occurred_at <= until))
    return [*(column.take(kept) for column in columns[:_OF_ROWS]), *columns[_OF_ROWS:]]


def _is_every(columns: Columns, account_ids: Sequence[int]) -> bool:
    """Whether the columns hold no other account; cheap, for ranges that begin and end with a block."""
    first, last = (account_ids[0], account_ids[-1]) if account_ids else (1, 0)
    if len(account_ids) != last - first + 1:
        return False
    ends = [
        column[end] for column in (columns.account, columns.member_account) if len(column) for end in (0, -1)
    ]
    return all(first <= end <= last for end in ends)


def _only(columns: Columns, account_ids: Sequence[int]) -> Columns:
    wanted = np.fromiter(account_ids, dtype=np.int64)
    rows, members = np.isin(columns.account, wanted), np.isin(columns.member_account, wanted)
    return Columns(
        *(column[rows] for column in columns[:_OF_ROWS]),
        *(column[members] for column in columns[_OF_ROWS:]),
    )
