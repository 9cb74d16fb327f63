"""Records as rows of the landed tables, in the order of their columns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.clock import millis
from core.contact_columns import ContactColumns, shapes
from core.records import Account, Activity, Contact, Deal, DealRoles, Kind, Owner, Record, Tally
from store.column_rows import ColumnRows
from store.sql import Row, to_json

KINDS: Mapping[type, Kind] = {
    Account: Kind.ACCOUNT,
    Contact: Kind.CONTACT,
    Deal: Kind.DEAL,
    Activity: Kind.ACTIVITY,
    Owner: Kind.OWNER,
    DealRoles: Kind.DEAL_ROLES,
    Tally: Kind.TALLY,
}

_NOTHING = to_json({})


def _account_row(connection_id: int, a: Account) -> Row:
    head = (connection_id, a.remote_id, millis(a.modified_at), False)
    rest = (a.name, a.website, a.owner_id, a.parent_id, a.twin_id)
    return (*head, *rest, to_json(a.fields), to_json(a.managed), None)


def _contact_row(connection_id: int, c: Contact) -> Row:
    # In one piece: a first load makes millions of these.
    remote_id, modified_at, account_id, email, name, title, buying_role, managed, survivor_id = c
    return (
        connection_id,
        remote_id,
        millis(modified_at),
        survivor_id is not None,
        account_id,
        email,
        name,
        title,
        buying_role,
        to_json(managed) if managed else _NOTHING,
        survivor_id,
    )


def _contact_rows(connection_id: int, c: ContactColumns) -> ColumnRows:
    """The same of many contacts, column by column."""
    at_ms = {at: millis(at) for at in set(c.modified_at)}
    stamps = list(map(at_ms.__getitem__, c.modified_at))
    managed = [to_json(one) if one else _NOTHING for one in c.managed]
    ours, living, nobody = ([one] * len(c) for one in (connection_id, False, None))
    rest = (c.account_id, c.email, c.name, c.title, c.buying_role, managed, nobody)
    return ColumnRows((ours, c.remote_id, stamps, living, *rest))


def _deal_row(connection_id: int, d: Deal) -> Row:
    head = (connection_id, d.remote_id, millis(d.modified_at), False)
    rest = (d.account_id, d.name, d.stage, d.amount, d.is_closed, d.is_won)
    return (*head, *rest, millis(d.created_at), millis(d.closed_at) if d.closed_at else None)


def _activity_row(connection_id: int, a: Activity) -> Row:
    head = (connection_id, a.remote_id, millis(a.modified_at), False)
    people = to_json(a.contact_ids)
    what = (a.type, millis(a.occurred_at), a.minutes, a.is_cancelled)
    return (*head, a.account_id, people, *what, a.deal_id, a.replaces)


def _owner_row(connection_id: int, o: Owner) -> Row:
    return (connection_id, o.remote_id, millis(o.modified_at), False, o.name, o.email, o.is_active)


def by_kind(records: Sequence[Record]) -> dict[Kind, Sequence[Any]]:
    """The records of each kind, in their order."""
    found = shapes(records)
    if len(found) == 1:
        return {KINDS[shape]: records for shape in found}
    return {KINDS[shape]: [record for record in records if type(record) is shape] for shape in found}


def rows_of(connection_id: int, kind: Kind, records: Sequence[Any]) -> Sequence[Row]:
    """Records of one kind as rows of their table."""
    if isinstance(records, ContactColumns):
        return _contact_rows(connection_id, records)
    as_row = AS_ROW[kind]
    return [as_row(connection_id, record) for record in records]


AS_ROW: Mapping[Kind, Callable[[int, Any], Row]] = {
    Kind.ACCOUNT: _account_row,
    Kind.CONTACT: _contact_row,
    Kind.DEAL: _deal_row,
    Kind.ACTIVITY: _activity_row,
    Kind.OWNER: _owner_row,
}
