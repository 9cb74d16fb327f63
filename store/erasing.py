"""Erasing a person: what a privacy deletion in a CRM takes out of the store, in the transaction that lands it.

What stays is the CRM's number of the contact and that it is gone, so that no late page brings the person back.
"""

from sqlalchemy import Connection

from core.records import Kind
from store.touched import touch

_NEVER_AGAIN = 253_402_300_799_000
"""The last instant of the year 9999: rows that are read later are never newer."""


def erase_contact(connection: Connection, connection_id: int, remote_id: str) -> int:
    """Empty a contact's row for good, and what else tells of the person; 1 where it was alive, else 0."""
    key = (connection_id, remote_id)
    connection.exec_driver_sql(
        "INSERT INTO crm_contact (connection_id, remote_id, modified_at, is_gone, name, managed) "
        "VALUES (?, ?, 0, TRUE, '', '{}') ON CONFLICT DO NOTHING",
        key,
    )
    alive = connection.exec_driver_sql(
        "SELECT count(*) FROM crm_contact WHERE connection_id = ? AND remote_id = ? AND NOT is_gone", key
    ).scalar_one()
    person = connection.exec_driver_sql(
        "SELECT person_key FROM contact_link WHERE connection_id = ? AND remote_id = ?", key
    ).scalar()
    connection.exec_driver_sql(
        "UPDATE crm_contact SET modified_at = ?, is_gone = TRUE, account_id = NULL, email = NULL, name = '', "
        "title = NULL, buying_role = NULL, managed = '{}', survivor_id = NULL "
        "WHERE connection_id = ? AND remote_id = ?",
        (_NEVER_AGAIN, *key),
    )
    _forget_writes(connection, key)
    _forget_touches(connection, key)
    if person is not None:
        _forget_person(connection, key, person)
    touch(connection, "contact", [key])
    return int(alive)


def _forget_writes(connection: Connection, key: tuple[int, str]) -> None:
    for table in ("change", "quarantine"):
        connection.exec_driver_sql(
            f'DELETE FROM "{table}" WHERE connection_id = ? AND remote_id = ? AND kind = ?',  # noqa: S608 our own names
            (*key, Kind.CONTACT.value),
        )


def _forget_touches(connection: Connection, key: tuple[int, str]) -> None:
    """What its counters told, and its roles; activities with others stay, and name a contact that is empty."""
    connection_id, _ = key
    of_contact = "connection_id = ? AND contact_id = ?"
    counters = connection.exec_driver_sql(f"SELECT remote_id FROM crm_tally WHERE {of_contact}", key).all()  # noqa: S608 ours
    for (counter,) in counters:
        # Steps of a counter carry its id before a colon (core.tallies).
        gone = (connection_id, len(counter) + 1, f"{counter}:")
        where = "connection_id = ? AND substr(remote_id, 1, ?) = ?"
        rows = connection.exec_driver_sql(f"SELECT remote_id FROM crm_activity WHERE {where}", gone).all()  # noqa: S608 ours
        connection.exec_driver_sql(f"DELETE FROM crm_activity WHERE {where}", gone)  # noqa: S608 ours
        touch(connection, "activity", [(connection_id, row[0]) for row in rows])
    for table in ("crm_tally", "crm_deal_role"):
        connection.exec_driver_sql(f"DELETE FROM {table} WHERE {of_contact}", key)  # noqa: S608 ours


def _forget_person(connection: Connection, key: tuple[int, str], person: str) -> None:
    """The key of a person is an e-mail address as a rule; where another contact is the same person, it stays there.

    The next match takes the link away and builds anew what rests on it.
    """
    gone = f"erased:{key[0]}:{key[1]}"
    connection.exec_driver_sql(
        "UPDATE contact_link SET person_key = ? WHERE connection_id = ? AND remote_id = ?", (gone, *key)
    )
    others = connection.exec_driver_sql(
        "SELECT count(*) FROM contact_link WHERE person_key = ?", (person,)
    ).scalar_one()
    if others:
        touch(connection, "person", [(0, person)])
        return
    connection.exec_driver_sql(
        "UPDATE person SET key = ?, name = '', title = '', crm_role = '', code = NULL WHERE key = ?",
        (gone, person),
    )
