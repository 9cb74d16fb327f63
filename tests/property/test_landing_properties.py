"""Landing: the same pages in any order, any number of times, leave the same rows."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.changes import Page
from core.cursors import Cursor
from core.records import Account, Kind, RecordRef, Tombstone
from store.database import Database
from store.landing import land
from store.matching import AccountRow, ContactRow
from sync.match import match_accounts, match_contacts
from tests.memory_crm import EPOCH
from tests.worlds import account, new_database

_SOME = settings(max_examples=25, deadline=None)
_WEBSITES = st.sampled_from(
    ["acme.com", "https://www.beta.co.uk/x", "acme.wordpress.com", "1.2.3.4", "", None]
)


@contextmanager
def databases(count: int) -> Iterator[list[Database]]:
    """Empty databases."""
    with tempfile.TemporaryDirectory() as folder:
        opened = [new_database(Path(folder), str(number)) for number in range(count)]
        for database in opened:
            with database.write() as writer:
                writer.exec_driver_sql("INSERT INTO connection (id, name, crm) VALUES (1, 'crm1', 'memory')")
        yield opened
        for database in opened:
            database.close()


def rows(database: Database) -> list[Any]:
    """Everything that landed of accounts."""
    with database.read() as reader:
        return [tuple(row) for row in reader.exec_driver_sql("SELECT * FROM crm_account ORDER BY remote_id")]


_versions = st.tuples(st.sampled_from("abc"), st.integers(0, 5)).map(
    lambda version: account(
        version[0], modified_at=EPOCH + timedelta(seconds=version[1]), name=f"name {version[1]}"
    )
)


def pages(records: Sequence[Account], size: int) -> list[Page]:
    """The records in pages of a size."""
    return [Page(records[at : at + size], Cursor(position=str(at))) for at in range(0, len(records), size)]


@_SOME
@given(
    st.lists(_versions, max_size=8), st.randoms(use_true_random=False), st.integers(1, 4), st.integers(1, 4)
)
def test_versions_of_a_record_may_land_in_any_order_and_any_pages(
    versions: list[Account], random: Any, size: int, other_size: int
) -> None:
    shuffled = versions.copy()
    random.shuffle(shuffled)
    with databases(2) as (first, second):
        for page in pages(versions, size):
            land(first, 1, "accounts", page, now_ms=0)
        for page in pages(shuffled, other_size):
            land(second, 1, "accounts", page, now_ms=0)
        assert rows(first) == rows(second)


@_SOME
@given(st.lists(_versions, max_size=6), st.sets(st.sampled_from("abc")))
def test_a_page_that_comes_again_changes_nothing(versions: list[Account], gone: set[str]) -> None:
    graves = [Tombstone(RecordRef(Kind.ACCOUNT, remote_id)) for remote_id in sorted(gone)]
    living = [version for version in versions if version.remote_id not in gone]
    page = Page(living, Cursor(position="1"), graves)
    with databases(1) as (database,):
        land(database, 1, "accounts", Page(versions, Cursor()), now_ms=0)
        land(database, 1, "accounts", page, now_ms=1)
        before = rows(database)
        assert land(database, 1, "accounts", page, now_ms=2) == 0
        assert rows(database) == before


_account_rows = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from("abcd"), _WEBSITES, st.sampled_from(["a", "b", "z", None])),
    max_size=7,
    unique_by=lambda row: row[:2],
).map(lambda found: [AccountRow(*row, name="N") for row in found])
_contact_rows = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from("wxyz"),
        st.sampled_from(["a", "b", None]),
        st.sampled_from(["Jo@Acme.com ", "x@gmail.com", "y@acme.wordpress.com", "", None]),
    ),
    max_size=6,
    unique_by=lambda row: row[:2],
).map(lambda found: [ContactRow(*row) for row in found])


@given(_account_rows, _contact_rows, st.randoms(use_true_random=False))
def test_matching_does_not_depend_on_the_order_of_its_input(
    accounts: list[AccountRow], contacts: list[ContactRow], random: Any
) -> None:
    matched = match_accounts(accounts)
    people = match_contacts(contacts, matched, {})
    random.shuffle(accounts)
    random.shuffle(contacts)
    assert match_accounts(accounts) == matched
    assert match_contacts(contacts, match_accounts(accounts), {}) == people


@given(_account_rows)
@example(
    [
        AccountRow(1, "a", "acme.com", None, "A"),
        AccountRow(1, "b", None, "b", "B"),
        AccountRow(2, "b", "beta.co.uk", "a", "C"),
    ]
)
def test_every_record_belongs_to_one_account_and_no_twin_is_in_the_same_crm(
    accounts: list[AccountRow],
) -> None:
    matched = match_accounts(accounts).records
    assert set(matched) == {row.key for row in accounts}
    for row in accounts:
        if matched[row.key].rule == "cross_reference":
            partners = {
                other.key
                for other in accounts
                if matched[other.key].account_key == matched[row.key].account_key
            }
            assert {connection for connection, _ in partners} > {row.connection_id}
