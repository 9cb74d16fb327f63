"""Evidence blocks: the rows and people of a range of accounts as packed little-endian numpy columns.

A block holds the accounts whose numbers share `number // ACCOUNTS`. Its rows stand in the order scoring wants:
account, person, day, type, second, activity id; its people by account and person. Unknown people are -1.
"""

from collections.abc import Collection, Iterable, Sequence
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

_MEMBERS = """
SELECT DISTINCT link.account_id, person.id FROM contact_link AS link
JOIN crm_contact AS contact
  ON contact.connection_id = link.connection_id AND contact.remote_id = link.remote_id
JOIN person ON person.key = link.person_key
WHERE NOT contact.is_gone AND link.account_id >= ? AND link.account_id < ? ORDER BY 1, 2
"""


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
        rows, members = plain_rows(writer, _ROWS, span), plain_rows(writer, _MEMBERS, span)
        packed = [*_packed(rows, _DTYPES[:_OF_ROWS]), *_packed(members, _DTYPES[_OF_ROWS:])]
        upsert(writer, EvidenceBlock, [(number, *packed)])


def _packed(rows: Sequence[Row], dtypes: Iterable[tuple[str, str]]) -> list[bytes]:
    wanted = list(dtypes)
    table = np.array(rows, dtype=np.int64).reshape(-1, len(wanted))
    return [table[:, place].astype(dtype).tobytes() for place, (_, dtype) in enumerate(wanted)]


def read_blocks(
    reader: Connection, *, since: int, until: int, account_ids: Collection[int] | None = None
) -> Columns:
    """The rows from second `since` to `until` of all accounts or of these."""
    parts = [_unpacked(row, since, until) for row in _stored(reader, account_ids)]
    whole = [
        np.concatenate([np.empty(0, dtype), *column])
        for column, (_, dtype) in zip(
            zip(*parts, strict=True) if parts else ((),) * len(_DTYPES), _DTYPES, strict=True
        )
    ]
    columns = Columns(*whole)
    return columns if account_ids is None else _only(columns, account_ids)


def _stored(reader: Connection, account_ids: Collection[int] | None) -> Iterable[Any]:
    statement = f"SELECT {_NAMES} FROM evidence_block"  # noqa: S608 ours
    if account_ids is None:
        # PostgreSQL's driver would fetch everything at once.
        one_by_one = {"stream_results": True}
        return reader.exec_driver_sql(f"{statement} ORDER BY number", execution_options=one_by_one)
    numbers = sorted({account_id // ACCOUNTS for account_id in account_ids})
    return (
        row
        for number in numbers
        for row in reader.exec_driver_sql(f"{statement} WHERE number = ?", (number,))
    )


def _unpacked(row: Any, since: int, until: int) -> list[Column]:
    columns = [np.frombuffer(data, dtype) for data, (_, dtype) in zip(row, _DTYPES, strict=True)]
    occurred_at = columns[3]
    kept = (occurred_at >= since) & (occurred_at <= until)
    # Copies, always: a column must not keep the whole block of bytes alive.
    rows = [column[kept] for column in columns[:_OF_ROWS]]
    return [*rows, *(column.copy() for column in columns[_OF_ROWS:])]


def _only(columns: Columns, account_ids: Collection[int]) -> Columns:
    wanted = np.fromiter(account_ids, dtype=np.int64)
    rows, members = np.isin(columns.account, wanted), np.isin(columns.member_account, wanted)
    return Columns(
        *(column[rows] for column in columns[:_OF_ROWS]),
        *(column[members] for column in columns[_OF_ROWS:]),
    )
