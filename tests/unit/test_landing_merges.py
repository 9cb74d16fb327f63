"""Merges of records that were never read: what they became is known all the same."""

from core.changes import Page
from core.cursors import Cursor
from core.records import Kind, RecordRef, Tombstone
from store.connections import connection_id
from store.database import Database
from store.landing import land_again


def graves(*merged: tuple[Kind, str, str]) -> Page:
    tombstones = [Tombstone(RecordRef(kind, loser), survivor_id=winner) for kind, loser, winner in merged]
    return Page(records=[], next_cursor=Cursor(), tombstones=tombstones)


def test_f26_a_record_merged_before_it_was_ever_read_leads_to_what_it_became(
    empty_database: Database,
) -> None:
    """A sync that was killed may have read a company's calls and not the company, which is merged before the next."""
    number = connection_id(empty_database, "hubspot", "hubspot")

    land_again(empty_database, number, graves((Kind.ACCOUNT, "7", "9"), (Kind.CONTACT, "71", "91")))
    land_again(empty_database, number, graves((Kind.ACCOUNT, "7", "10")))

    with empty_database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT remote_id, is_gone, survivor_id FROM crm_account "
            "UNION ALL SELECT remote_id, is_gone, survivor_id FROM crm_contact"
        ).all()
    assert sorted(map(tuple, rows)) == [("7", True, "10"), ("71", True, "91")]
