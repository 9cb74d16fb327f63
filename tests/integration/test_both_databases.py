"""The same world in SQLite and in PostgreSQL: the same bytes in every table, the same plan, the same writes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.records import Account, Activity, Contact, Deal, Kind
from core.signals import Signal
from store.copy import TableSum, table_sums
from store.database import Database, open_database
from store.signals import keep_signals
from tests.memory_crm import EPOCH, MemoryCrm
from tests.postgres import Server
from tests.worlds import AS_OF, GOOD_FIT, POOR_FIT, World, account, activity, contact, new_database

_MANY = 260
"""Accounts of each CRM: pages of more than a hundred rows go into PostgreSQL by COPY, smaller ones row by row."""
_TITLES = ("CFO", "VP Marketing", "Leiter Einkauf", "Ärztin", None)


def crm(name: str, page_size: int) -> MemoryCrm:
    """Companies, people, meetings and deals with ids and names that languages sort in other ways than bytes."""
    made = MemoryCrm(name, page_size=page_size, batch_size=100)
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
        f"person{number % 400}@company{number % _MANY}.com",
        title=_TITLES[number % 5],
    )


def _meeting(number: int) -> Activity:
    people = tuple(f"{'cC-é'[n % 4]}{n}" for n in range(number % 3, number % 500, 97))
    types = ("meeting", "email_click", "Unheard", "ähnlich")
    return activity(f"meeting:{number}", number % 120, contact_ids=people, type=types[number % 4])


def _deal(number: int) -> Deal:
    company = _company(number).remote_id
    amount = number / 7
    return Deal(f"d{number}", EPOCH, company, "New", "open", amount, False, False, EPOCH, None)  # noqa: FBT003


def live(database: Database) -> tuple[list[dict[str, object]], list[str]]:
    """Two syncs with edits in between; what the CRMs say in the end, and the ids of the plans."""
    world = World(database, [crm("one", 300), crm("two", 40)])
    world.install()
    plans = []
    signals = [
        Signal("g2", f"s{n}", f"company{n}.com", "topic", "crm", 50.0 + n / 7, AS_OF) for n in range(150)
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


@pytest.fixture
def in_postgres(postgres: Server) -> Iterator[Database]:
    url = postgres.new()
    database = open_database(url)
    yield database
    database.close()
    postgres.drop(url)


def sums(database: Database) -> list[TableSum]:
    with database.read() as reader:
        return table_sums(reader)


def test_both_databases_hold_the_same_bytes_and_lead_to_the_same_writes(
    tmp_path: Path, in_postgres: Database
) -> None:
    in_sqlite = new_database(tmp_path)
    found, expected = live(in_postgres), live(in_sqlite)
    assert found == expected
    assert sum(row.rows for row in sums(in_sqlite)) > 10_000
    assert sums(in_postgres) == sums(in_sqlite)
