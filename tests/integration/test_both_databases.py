"""The same world in SQLite and in PostgreSQL: the same bytes in every table, the same plan, the same writes."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.changes import Page
from core.cursors import Cursor
from core.errors import ConfigError
from core.records import Account, Activity, Contact, Deal, Kind
from core.signals import Signal
from store.connections import connection_id
from store.copy import TableSum, copy_database, table_sums
from store.database import Database
from store.landing import land
from store.runs import start_run
from store.signals import keep_signals
from tests.memory_crm import EPOCH, MemoryCrm
from tests.worlds import AS_OF, GOOD_FIT, POOR_FIT, World, account, activity, contact, new_database

_MANY = 120
"""Accounts of each CRM: pages of more than a hundred rows go into PostgreSQL by COPY, smaller ones row by row."""
_TITLES = ("CFO", "VP Marketing", "Leiter Einkauf", "Ärztin", None)


def crm(name: str, page_size: int) -> MemoryCrm:
    """Companies, people, meetings and deals with ids and names that languages sort in other ways than bytes."""
    # One batch a kind: of several that are under way at once, chance says which is stamped first.
    made = MemoryCrm(name, page_size=page_size, batch_size=3 * _MANY)
    every = range(_MANY)
    made.put(*(_company(number) for number in every))
    made.put(*(_person(number) for number in range(2 * _MANY)))
    made.put(*(_meeting(number) for number in range(4 * _MANY)))
    made.put(*(_deal(number) for number in every[::7]))
    return made


def _company(number: int) -> Account:
    fields = {**(GOOD_FIT if number % 3 else POOR_FIT), "employees": 100.0 + number / 3}
    site = f"company{number}.com" if number % 5 else None
    return account(f"{'aAöZ_'[number % 5]}{number}", site, name=f"ß{number} & Söhne", fields=fields)


def _person(number: int) -> Contact:
    return contact(
        f"{'cC-é'[number % 4]}{number}",
        f"person{number % 180}@company{number % _MANY}.com",
        title=_TITLES[number % 5],
    )


def _meeting(number: int) -> Activity:
    people = tuple(f"{'cC-é'[n % 4]}{n}" for n in range(number % 3, number % 240, 53))
    types = ("meeting", "email_click", "Unheard", "ähnlich")
    return activity(f"meeting:{number}", number % 120, contact_ids=people, type=types[number % 4])


def _deal(number: int) -> Deal:
    company = _company(number).remote_id
    amount = number / 7
    return Deal(f"d{number}", EPOCH, company, "New", "open", amount, False, False, EPOCH, None)  # noqa: FBT003


def live(database: Database) -> tuple[list[dict[str, object]], list[str]]:
    """Two syncs with edits in between; what the CRMs say in the end, and the ids of the plans."""
    world = World(database, [crm("one", 200), crm("two", 50)])
    world.install()
    plans = []
    signals = [
        Signal("g2", f"s{n}", f"company{n}.com", "topic", "crm", 50.0 + n / 7, AS_OF) for n in range(110)
    ]
    for later in (timedelta(), timedelta(days=2)):
        world.pull(AS_OF + later)
        keep_signals(database, signals, now_ms=1)
        plans.append(world.plan(AS_OF + later).id)
        world.push(AS_OF + later)
        for touched in world.crms:
            touched.tick(3600)
            touched.edit(Kind.CONTACT, "C1", title="Chief Financial Officer")
            touched.edit(Kind.ACTIVITY, "meeting:7", account_id="A1")
            touched.delete(Kind.ACCOUNT, "ö2", survivor_id="A6")
            touched.delete(Kind.CONTACT, "é7")
    return world.state(), plans


def sums(database: Database) -> list[TableSum]:
    """Every table but `change`, whose order is that of batches that are under way at once."""
    return [found for found in whole(database) if found.name != "change"]


def changes(database: Database) -> list[str]:
    """What was written, without the numbers of the rows."""
    with database.read() as reader:
        return sorted(str(row[1:]) for row in reader.exec_driver_sql("SELECT * FROM change"))


def test_both_databases_hold_the_same_bytes_and_lead_to_the_same_writes(
    tmp_path: Path, in_postgres: Database
) -> None:
    in_sqlite = new_database(tmp_path)
    found, expected = live(in_postgres), live(in_sqlite)
    assert found == expected
    assert sum(row.rows for row in sums(in_sqlite)) > 4_000
    assert sums(in_postgres) == sums(in_sqlite)
    assert changes(in_postgres) == changes(in_sqlite)


def test_a_copy_goes_there_and_back_and_goes_on_working(tmp_path: Path, in_postgres: Database) -> None:
    first, back = new_database(tmp_path, "first"), new_database(tmp_path, "back")
    world = World(first, [crm("one", 200)])
    world.install()
    world.sync()
    moved: dict[str, int] = {}
    assert copy_database(first, in_postgres, lambda table, rows: moved.update({table: rows})) == whole(first)
    assert moved["crm_contact"] == 2 * _MANY
    assert copy_database(in_postgres, back) == whole(first)
    for database in (first, in_postgres, back):
        world.database = database
        world.pull(AS_OF + timedelta(days=2))
    assert whole(in_postgres) == whole(back) == whole(first)


def test_a_copy_into_a_database_that_holds_anything_is_refused(tmp_path: Path, in_postgres: Database) -> None:
    source = new_database(tmp_path)
    World(source, [MemoryCrm("one")]).pull()
    start_run(in_postgres, "pull", as_of_ms=1, now_ms=1)
    before = whole(in_postgres)
    with pytest.raises(ConfigError, match=r"not empty \(it holds run\)"):
        copy_database(source, in_postgres)
    assert whole(in_postgres) == before


def test_a_copy_that_would_differ_is_not_made(tmp_path: Path, in_postgres: Database) -> None:
    """PostgreSQL cannot keep a NUL; SQLite has kept it."""
    source = new_database(tmp_path)
    land(source, connection_id(source, "one", "memory"), "s", Page([account("a\0")], Cursor()), now_ms=1)
    before = whole(in_postgres)
    with pytest.raises(ConfigError, match="crm_account"):
        copy_database(source, in_postgres)
    assert whole(in_postgres) == before


def whole(database: Database) -> list[TableSum]:
    with database.read() as reader:
        return table_sums(reader)
