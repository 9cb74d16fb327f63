"""Connections, what install made in them, and the lists kept there."""

from collections.abc import Iterable, Sequence

import orjson
from sqlalchemy import Connection

from core.changes import InventoryItem
from core.errors import ConfigError
from store.database import Database
from store.sql import Row, delete_rows, next_number, to_json, upsert
from store.tables import Connection as CrmConnection
from store.tables import InventoryRow
from store.touched import mark, read_mark


def connection_id(database: Database, name: str, crm: str) -> int:
    """The number of a connection, made on first sight. Raises ConfigError when its CRM was another one."""
    with database.write(moves=False) as connection:
        number = next_number(connection, CrmConnection)
        connection.exec_driver_sql(
            "INSERT INTO connection (id, name, crm) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (number, name, crm),
        )
        found = connection.exec_driver_sql("SELECT id, crm FROM connection WHERE name = ?", (name,)).one()
    if found[1] != crm:
        raise ConfigError(
            f"connections.{name}: this database knows {name} as a {found[1]} connection; "
            "give the new connection another name."
        )
    return int(found[0])


def connection_numbers(database: Database) -> dict[str, int]:
    """The number of every connection, by name."""
    with database.read() as reader:
        return {row[0]: row[1] for row in reader.exec_driver_sql("SELECT name, id FROM connection")}


def note_mapping(database: Database, connection: int, mapping: str) -> None:
    """Remember how a connection's fields are mapped: what was refused under another mapping is tried again."""
    name = f"mapping of {connection}"
    with database.read() as reader:
        known = read_mark(reader, name)
    if known != mapping:
        with database.write() as transaction:
            mark(transaction, name, mapping)


def org_ids(database: Database) -> dict[int, str]:
    """The CRM's own id of each connection's org, where it has been seen."""
    with database.read() as reader:
        rows = reader.exec_driver_sql("SELECT id, org_id FROM connection WHERE org_id IS NOT NULL")
        return {row[0]: row[1] for row in rows}


def claim_org(database: Database, connection: int, org_id: str) -> None:
    """Remember the org behind a connection; raises ConfigError when it is suddenly another one.

    A refreshed sandbox or a portal created again keeps its credentials and loses its ids.
    """
    with database.write(moves=False) as transaction:
        known = transaction.exec_driver_sql(
            "SELECT name, org_id FROM connection WHERE id = ?", (connection,)
        ).one()
        if known[1] not in (None, org_id):
            raise ConfigError(
                f"connections.{known[0]}: the CRM now says it is org {org_id}, before it was {known[1]}. "
                "Nothing was read or written. Use a new connection name (or a new database) for the new org."
            )
        transaction.exec_driver_sql("UPDATE connection SET org_id = ? WHERE id = ?", (org_id, connection))


def save_inventory(
    database: Database, connection: int, created: Iterable[InventoryItem], existing: Iterable[InventoryItem]
) -> None:
    """Keep what install made and what it found; what we once made stays ours.

    A list in place of another one of the same key takes its line, and begins without memberships.
    """
    made, found = list(created), list(existing)
    with database.write() as transaction:
        _forget_replaced(transaction, connection, [one for one in (*made, *found) if one.type == "list"])
        upsert(transaction, InventoryRow, [_row(connection, item, made_by_us=True) for item in made])
        ours = {
            (row[0], row[1])
            for row in transaction.exec_driver_sql(
                "SELECT type, name FROM inventory WHERE connection_id = ? AND made_by_us", (connection,)
            )
        }
        rows = [_row(connection, item, made_by_us=(item.type, item.name) in ours) for item in found]
        upsert(transaction, InventoryRow, rows)


def _forget_replaced(transaction: Connection, connection: int, lists: Iterable[InventoryItem]) -> None:
    """Strike off the lines of lists that these are in place of, and the memberships that we had there."""
    rows = transaction.exec_driver_sql(
        "SELECT name, remote_id, details FROM inventory WHERE connection_id = ? AND type = 'list' "
        "AND remote_id IS NOT NULL",
        (connection,),
    ).all()
    before = {orjson.loads(row[2])["key"]: (row[0], row[1]) for row in rows}
    gone = [
        InventoryItem("list", before[key][0], details={"key": key})
        for item in lists
        if (key := item.details["key"]) in before and before[key][1] != item.remote_id
    ]
    _strike_off(transaction, connection, gone)


def _row(connection: int, item: InventoryItem, *, made_by_us: bool) -> Row:
    return (connection, item.type, item.name, item.remote_id, to_json(dict(item.details)), made_by_us)


def inventory(database: Database, connection: int, *, made_by_us: bool | None = None) -> list[InventoryItem]:
    """What is known of an installation; made_by_us narrows it to what we made, or to what we found."""
    where = {None: "", True: " AND made_by_us", False: " AND NOT made_by_us"}[made_by_us]
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT type, name, remote_id, details FROM inventory WHERE connection_id = ?"  # noqa: S608
            f"{where} ORDER BY type, name",
            (connection,),
        ).all()
    return [InventoryItem(row[0], row[1], row[2], orjson.loads(row[3])) for row in rows]


def forget_inventory(database: Database, connection: int, items: Iterable[InventoryItem]) -> None:
    """Strike removed things off the inventory, and the memberships of removed lists."""
    with database.write() as transaction:
        _strike_off(transaction, connection, list(items))


def _strike_off(transaction: Connection, connection: int, items: Sequence[InventoryItem]) -> None:
    delete_rows(transaction, InventoryRow, [(connection, item.type, item.name) for item in items])
    keys = [(connection, item.details["key"]) for item in items if item.type == "list"]
    if keys:
        transaction.exec_driver_sql("DELETE FROM membership WHERE connection_id = ? AND list_key = ?", keys)
