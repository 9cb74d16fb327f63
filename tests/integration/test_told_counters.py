"""Counters whose steps are told by activities, for a while, in both databases."""

from datetime import timedelta

from core.changes import Page
from core.cursors import Cursor
from core.records import Record, Tally
from store.connections import connection_id
from store.database import Database, open_database
from store.landing import land
from tests.memory_crm import EPOCH
from tests.worlds import activity, count

COUNTER = "contact_view:7"


def visit(number: int) -> tuple[Record, Record]:
    """An activity that a CRM tells by itself, and the counter that counts it, too."""
    at = EPOCH + timedelta(minutes=number)
    event = activity(f"web:{number}", type="page_view", contact_ids=("7",))
    return event, Tally(COUNTER, at, None, "7", "page_view", None, at, told_by=event.remote_id)


def counter(total: int, minute: int) -> Tally:
    at = EPOCH + timedelta(minutes=minute)
    return Tally(COUNTER, at, None, "7", "page_view", total, at)


def test_an_activity_that_comes_again_is_no_further_step(store_url: str) -> None:
    database: Database = open_database(store_url)
    ours = connection_id(database, "hubspot", "hubspot")

    def put(*records: Record) -> int:
        land(database, ours, "stream", Page(records, Cursor()), now_ms=5)
        return count(database, "SELECT count(*) FROM crm_activity")

    assert put(counter(2, 0)) == 1
    assert put(*visit(1), *visit(2)) == 3
    assert put(*visit(1), *visit(2), *visit(3), *visit(3)) == 4
    assert put(counter(5, 3)) == 4
    assert put(counter(6, 4)) == 5
    database.close()
