"""S36: two connections of one kind of CRM, with equal ids: nothing of one is read, written or shown in the other."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.records import Kind
from store.quarantine import release
from tests.memory_crm import MemoryCrm
from tests.worlds import GOOD_FIT, POOR_FIT, World, account, activity, contact, new_database

OURS, THEIRS = "tenant-one", "tenant-two"
IDS = ("1", "2", "3")


def tenant(name: str, fit: dict[str, object]) -> MemoryCrm:
    """A CRM whose ids are those of the other one and whose content is its own."""
    crm = MemoryCrm(org=name)
    for remote_id in IDS:
        website = f"{name}-{remote_id}.com"
        crm.put(account(remote_id, website, name=f"{name} {remote_id}", fields=fit))
        crm.put(contact(f"c{remote_id}", f"jane@{website}", name=f"Jane of {name}", account_id=remote_id))
    return crm


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(new_database(tmp_path), [tenant(OURS, dict(GOOD_FIT)), tenant(THEIRS, dict(POOR_FIT))])
    made.install()
    made.crms[0].put(activity("meeting:a", account_id="1", contact_ids=("c1",)))
    return made


def alone(folder: Path, name: str, fit: dict[str, object], *, is_active: bool) -> dict[str, object]:
    """What Shortlist writes where there is no other connection."""
    made = World(new_database(folder, name), [tenant(name, fit)])
    made.install()
    if is_active:
        made.crms[0].put(activity("meeting:a", account_id="1", contact_ids=("c1",)))
    made.sync()
    return made.state()[0]


def managed(world: World, place: int) -> Mapping[str, str | None]:
    """What Shortlist has written on account 1 of a CRM."""
    found: Any = world.state()[place]["account:1"]
    return dict(found)


def test_s36_each_crm_gets_what_it_gets_alone(world: World, tmp_path: Path) -> None:
    world.sync()
    ours, theirs = world.state()
    assert theirs == alone(tmp_path, THEIRS, dict(POOR_FIT), is_active=False)
    assert ours == alone(tmp_path, OURS, dict(GOOD_FIT), is_active=True)
    assert ours != theirs
    assert OURS not in repr(theirs)
    assert THEIRS not in repr(ours)


def test_s36_a_deletion_in_one_leaves_the_other_s_record_alone(world: World) -> None:
    world.sync()
    before = world.state()[0]
    world.crms[1].tick()
    world.crms[1].delete(Kind.ACCOUNT, "1")
    world.pull()
    with world.database.read() as reader:
        rows = reader.exec_driver_sql("SELECT name, is_gone FROM crm_account WHERE remote_id = '1'").all()
    assert {name: bool(is_gone) for name, is_gone in rows} == {f"{OURS} 1": False, f"{THEIRS} 1": True}
    assert world.state()[0] == before


def test_s36_a_record_refused_in_one_is_written_in_the_other(world: World) -> None:
    world.crms[1].refused["1"] = "this record is locked"
    world.sync()
    with world.database.read() as reader:
        held = reader.exec_driver_sql("SELECT connection_id, remote_id FROM quarantine").all()
    theirs = world.connections[1].id
    assert {number for number, _ in held} == {theirs}
    assert any(managed(world, 0).values())
    assert not any(managed(world, 1).values())
    assert release(world.database, "1", connection="crm1") == 0
    assert release(world.database, "1", connection="crm2") > 0


def test_s36_a_rollback_of_a_run_that_wrote_to_one_asks_and_changes_the_other_nothing(world: World) -> None:
    world.sync()
    for remote_id in IDS:
        world.crms[0].edit(Kind.ACCOUNT, remote_id, fields=dict(POOR_FIT))
    world.crms[0].tick()
    world.sync()
    run, before = world.last_run(), world.state()[1]
    world.rollback(run)
    assert world.state()[1] == before


def test_s36_every_table_of_crm_records_keeps_them_apart_by_connection(world: World) -> None:
    """A table with remote ids has the connection in each of its keys that holds one."""
    with world.database.read() as reader:
        tables = [
            row[0] for row in reader.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        lacking: list[tuple[str, object]] = []
        for table in tables:
            columns = [row[1] for row in reader.exec_driver_sql(f"PRAGMA table_info({table})")]
            keys = [
                [part[2] for part in reader.exec_driver_sql(f"PRAGMA index_info({index[1]})")]
                for index in reader.exec_driver_sql(f"PRAGMA index_list({table})")
                if index[2]
            ]
            if "remote_id" in columns:
                lacking += [(table, key) for key in keys if "remote_id" in key and "connection_id" not in key]
                if not {"connection_id", "source"} & set(columns):
                    lacking.append((table, ["no connection"]))
    assert "crm_account" in tables
    assert lacking == []
