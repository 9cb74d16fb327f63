"""Landing a page: what counts as changed, graves, and the cursor in the same transaction."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import SQLAlchemyError

from core.changes import Page, Skipped, Stream
from core.clock import millis
from core.cursors import Cursor
from core.errors import ConfigError, ContractError, TransientError
from core.records import Activity, Deal, Kind, Record, RecordRef, Tombstone
from store.database import Database
from store.landing import forget_cursors, land, load_cursor
from store.touched import EVIDENCE_STALE, evidence_lags, mark
from sync.facts import refresh
from tests.memory_crm import EPOCH, MemoryCrm
from tests.worlds import AS_OF, World, account, activity, contact, count

LATER = EPOCH + timedelta(seconds=1)
CURSOR = Cursor(since=datetime(2026, 1, 1, tzinfo=UTC), position="7")
DEAL = Deal(
    "d1", EPOCH, "a1", "Big", "Won", 9.5, is_closed=True, is_won=True, created_at=EPOCH, closed_at=None
)


@pytest.fixture
def database(empty_database: Database) -> Database:
    """Empty, with two connections, nothing left to build."""
    made = empty_database
    refresh(made)
    with made.write() as writer:
        writer.exec_driver_sql(
            "INSERT INTO connection (id, name, crm) VALUES (1, 'one', 'm'), (2, 'two', 'm')"
        )
    return made


def put(database: Database, *records: Record, connection: int = 1, **more: Any) -> int:
    return land(database, connection, "stream", Page(records, Cursor(), **more), now_ms=5)


def bury(database: Database, kind: Kind, remote_id: str, survivor_id: str | None = None) -> int:
    return put(database, tombstones=[Tombstone(RecordRef(kind, remote_id), survivor_id)])


def column(database: Database, name: str, table: str = "crm_account") -> list[Any]:
    statement = f"SELECT {name} FROM {table} ORDER BY 1 NULLS FIRST"  # noqa: S608 our own names
    with database.read() as reader:
        return list(reader.exec_driver_sql(statement).scalars())


def is_stale(database: Database) -> bool:
    with database.read() as reader:
        return evidence_lags(reader)


def test_every_kind_lands_in_its_table(database: Database) -> None:
    assert put(database, account("a1"), contact("c1"), DEAL, activity("m:1", contact_ids=("c1", "c2"))) == 4
    assert column(database, "remote_id") == ["a1"]
    assert column(database, "closed_at", "crm_deal") == [None]
    assert column(database, "contact_ids", "crm_activity") == ['["c1","c2"]']
    assert column(database, "modified_at", "crm_contact") == [millis(EPOCH)]


def test_only_what_is_new_or_differs_counts(database: Database) -> None:
    put(database, account("a1"), account("a2"))
    assert put(database, account("a1"), account("a2")) == 0
    assert put(database, account("a1", name="New", modified_at=LATER), account("a2"), account("a3")) == 2


def test_equal_mappings_are_equal_in_any_order(database: Database) -> None:
    put(database, account("a1", fields={"a": 1.0, "b": None}))
    assert put(database, account("a1", fields={"b": None, "a": 1.0})) == 0


def test_a_value_that_becomes_empty_is_a_change(database: Database) -> None:
    put(database, account("a1", website="acme.com"))
    assert put(database, account("a1", website=None)) == 1
    assert column(database, "website") == [None]


def test_an_older_version_changes_nothing_and_the_same_stamp_may_bring_more(database: Database) -> None:
    """A formula field changes without a stamp; a search index shows an old version after a new one."""
    put(database, account("a1", name="new", modified_at=LATER))
    assert put(database, account("a1", name="old")) == 0
    assert column(database, "name") == ["new"]
    assert put(database, account("a1", name="newer", modified_at=LATER)) == 1


def test_the_last_version_in_one_page_wins(database: Database) -> None:
    put(database, account("a1", name="first"), account("a1", name="second"))
    assert column(database, "name") == ["second"]


def test_the_same_id_in_two_crms_is_two_records(database: Database) -> None:
    assert put(database, account("a1")) + put(database, account("a1"), connection=2) == 2


def test_a_grave_counts_once_and_only_where_something_lived(database: Database) -> None:
    put(database, account("a1"), contact("c1"), DEAL, activity("m:1"))
    for kind, remote_id in (
        (Kind.ACCOUNT, "a1"),
        (Kind.CONTACT, "c1"),
        (Kind.DEAL, "d1"),
        (Kind.ACTIVITY, "m:1"),
    ):
        assert bury(database, kind, remote_id) == 1
        assert bury(database, kind, remote_id) == 0
        assert bury(database, kind, "unknown") == 0
    assert column(database, "is_gone") == [1]


def test_a_grave_in_one_crm_leaves_the_other_alone(database: Database) -> None:
    put(database, account("a1"))
    put(database, account("a1"), connection=2)
    bury(database, Kind.ACCOUNT, "a1")
    assert column(database, "is_gone") == [0, 1]


def test_a_merge_names_the_survivor_and_a_restore_forgets_it(database: Database) -> None:
    put(database, account("a1"), account("a2"))
    bury(database, Kind.ACCOUNT, "a1", "a2")
    assert column(database, "survivor_id") == [None, "a2"]
    assert put(database, account("a1")) == 1
    assert column(database, "is_gone") == [0, 0]
    assert column(database, "survivor_id") == [None, None]


def test_a_survivor_that_is_named_later_is_kept(database: Database) -> None:
    """The delete feed comes first, the merge is seen afterwards."""
    put(database, account("a1"))
    bury(database, Kind.ACCOUNT, "a1")
    bury(database, Kind.ACCOUNT, "a1", "a2")
    assert column(database, "survivor_id") == ["a2"]
    assert bury(database, Kind.ACCOUNT, "a1") == 0
    assert column(database, "survivor_id") == ["a2"]


def test_the_cursor_stands_behind_its_page(database: Database) -> None:
    assert load_cursor(database, 1, "accounts") == Cursor()
    land(database, 1, "accounts", Page([account("a1")], CURSOR), now_ms=5)
    assert load_cursor(database, 1, "accounts") == CURSOR
    assert load_cursor(database, 2, "accounts") == load_cursor(database, 1, "contacts") == Cursor()
    forget_cursors(database)
    assert load_cursor(database, 1, "accounts") == Cursor()
    assert column(database, "remote_id") == ["a1"]


def test_a_page_that_cannot_be_stored_leaves_neither_records_nor_cursor(database: Database) -> None:
    broken = activity("m:1", type=None)
    grave = Tombstone(RecordRef(Kind.ACCOUNT, "a0"))
    put(database, account("a0"))
    with pytest.raises(SQLAlchemyError):
        land(database, 1, "accounts", Page([account("a1"), broken], CURSOR, [grave]), now_ms=5)
    assert column(database, "remote_id") == ["a0"]
    assert column(database, "is_gone") == [0]
    assert load_cursor(database, 1, "accounts") == Cursor()
    assert not is_stale(database)


def test_a_cursor_that_cannot_be_stored_takes_its_page_with_it(database: Database) -> None:
    with pytest.raises(SQLAlchemyError):
        land(database, 99, "accounts", Page([account("a1")], CURSOR), now_ms=5)
    assert column(database, "remote_id") == []


@pytest.mark.parametrize("value", ["", "[]", "{", '{"since": 5}', '{"since": "yesterday"}', '{"since": ""}'])
def test_a_broken_cursor_stops_the_pull_and_says_what_to_do(empty_database: Database, value: str) -> None:
    crm = MemoryCrm()
    crm.put(account("a1"))
    world = World(empty_database, [crm])
    world.pull()
    with world.database.write() as writer:
        writer.exec_driver_sql("UPDATE stream_cursor SET value = ? WHERE stream = 'accounts'", (value,))
    with pytest.raises(ConfigError, match="pull --full"):
        world.pull()


def test_a_cursor_in_the_future_stops_the_pull(empty_database: Database) -> None:
    crm = MemoryCrm(now=AS_OF + timedelta(days=900))
    world = World(empty_database, [crm])
    world.pull()
    with pytest.raises(ConfigError, match="future"):
        world.pull()


def test_a_record_that_cannot_be_read_is_noted_until_it_can(database: Database) -> None:
    skipped = [Skipped(RecordRef(Kind.ACCOUNT, "a1"), "a date without a year")]
    put(database, account("a2"), skipped=skipped)
    with database.read() as reader:
        [row] = reader.exec_driver_sql("SELECT kind, remote_id, fingerprint, reason FROM quarantine").all()
    assert tuple(row) == ("account", "a1", "unreadable", "a date without a year")
    put(database, account("a1"))
    assert count(database, "SELECT count(*) FROM quarantine") == 0


def test_a_refused_write_stays_noted_when_the_record_is_read(database: Database) -> None:
    with database.write() as writer:
        writer.exec_driver_sql(
            "INSERT INTO quarantine VALUES (1, 'account', 'a1', '{}', 'C', 'no', 1, 5, '')"
        )
    put(database, account("a1"))
    assert count(database, "SELECT count(*) FROM quarantine") == 1


# ---------------------------------------------------------------- evidence


def test_activities_make_evidence_stale_and_accounts_do_not(database: Database) -> None:
    put(database, account("a1"), contact("c1"), DEAL)
    assert not is_stale(database)
    put(database, activity("m:1"))
    assert is_stale(database)
    assert refresh(database)
    assert not refresh(database)
    put(database, activity("m:1"))
    assert not is_stale(database)
    bury(database, Kind.ACTIVITY, "m:1")
    assert is_stale(database)


def evidence(world: World) -> list[tuple[Any, ...]]:
    world.pull()
    with world.database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT account.key, coalesce(person.key, ''), evidence.remote_id, minutes FROM evidence "
            "JOIN account ON account.id = account_id LEFT JOIN person ON person.id = person_id ORDER BY 1, 2, 3"
        )
        return [tuple(row) for row in rows]


@pytest.fixture
def world(empty_database: Database) -> World:
    """Acme and Beta with one person each."""
    crm = MemoryCrm()
    crm.put(account("a", "acme.com"), account("b", "beta.com"))
    crm.put(contact("ann", "ann@acme.com"), contact("bob", "bob@beta.com"), contact("cy", "cy@gmail.com"))
    return World(empty_database, [crm])


def meeting(*people: str, **more: Any) -> Activity:
    return activity("meeting:1", contact_ids=people, **more)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (meeting("ann", account_id="a"), [("acme.com", "ann@acme.com")]),
        (meeting("ann"), [("acme.com", "ann@acme.com")]),
        (meeting("bob", account_id="a"), [("acme.com", "bob@beta.com")]),
        (meeting("ann", "bob"), [("acme.com", "ann@acme.com"), ("beta.com", "bob@beta.com")]),
        (meeting("ann", "bob", account_id="b"), [("beta.com", "ann@acme.com"), ("beta.com", "bob@beta.com")]),
        (meeting(account_id="a"), [("acme.com", "")]),
        (meeting("gone", account_id="a"), [("acme.com", "")]),
        (meeting("cy", account_id="a"), [("acme.com", "cy@gmail.com")]),
        (meeting("cy"), []),
        (meeting(), []),
        (meeting("ann", is_cancelled=True), []),
    ],
)
def test_evidence_is_where_the_activity_was(
    world: World, held: Activity, expected: list[tuple[str, str]]
) -> None:
    world.crms[0].put(held)
    assert [row[:2] for row in evidence(world)] == expected


def test_evidence_follows_edits_deletions_and_people_who_change_their_company(world: World) -> None:
    crm = world.crms[0]
    crm.put(meeting("ann"))
    assert evidence(world) == [("acme.com", "ann@acme.com", "meeting:1", 30)]
    crm.edit(Kind.ACTIVITY, "meeting:1", minutes=60)
    assert evidence(world) == [("acme.com", "ann@acme.com", "meeting:1", 60)]
    crm.edit(Kind.CONTACT, "ann", account_id="b")
    assert evidence(world) == [("beta.com", "ann@acme.com", "meeting:1", 60)]
    crm.edit(Kind.ACCOUNT, "b", website=None)
    assert evidence(world) == [("1:b", "ann@acme.com", "meeting:1", 60)]
    crm.delete(Kind.ACTIVITY, "meeting:1")
    assert evidence(world) == []


def test_the_activities_of_merged_people_and_accounts_stay(world: World) -> None:
    crm = world.crms[0]
    crm.put(contact("ann2", "ann@old.com", account_id="a"), meeting("ann2", account_id="b"))
    evidence(world)
    crm.delete(Kind.CONTACT, "ann2", survivor_id="ann")
    assert evidence(world) == [("beta.com", "ann@acme.com", "meeting:1", 30)]
    crm.delete(Kind.ACCOUNT, "b", survivor_id="a")
    assert evidence(world) == [("acme.com", "ann@acme.com", "meeting:1", 30)]


def test_evidence_that_was_not_refreshed_before_a_crash_is_refreshed_later(world: World) -> None:
    world.crms[0].put(meeting("ann"))
    evidence(world)
    with world.database.write() as writer:
        writer.exec_driver_sql("DELETE FROM evidence")
        mark(writer, EVIDENCE_STALE, "1")
    assert len(evidence(world)) == 1


# ---------------------------------------------------------------- a full read shows who is gone


def forget(crm: MemoryCrm, remote_id: str) -> None:
    """Delete for good: no grave is left that a pull could show."""
    del crm._rows[Kind.ACCOUNT][remote_id]


def living(world: World) -> int:
    return count(world.database, "SELECT count(*) FROM crm_account WHERE NOT is_gone")


def test_a_full_read_buries_what_the_crm_does_not_show(world: World) -> None:
    world.pull()
    forget(world.crms[0], "b")
    world.pull()
    assert living(world) == 2
    forget_cursors(world.database)
    world.pull()
    assert living(world) == 1


def test_a_full_read_that_is_cut_off_still_buries_when_it_ends(world: World) -> None:
    crm = world.crms[0]
    world.pull()
    forget(crm, "b")
    forget_cursors(world.database)
    crm.fails_at = {sum(crm.made.values()) + 1}
    with pytest.raises(TransientError):
        world.pull()
    world.pull()
    assert living(world) == 1


def test_a_record_that_cannot_be_read_is_not_buried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crm = world.crms[0]
    world.pull()
    forget_cursors(world.database)
    real_page = crm._page

    def page(stream: Stream, window: Cursor) -> Page:
        found = real_page(stream, window)
        broken = [record for record in found.records if record.remote_id == "b"]
        rest = [record for record in found.records if record.remote_id != "b"]
        return replace(
            found, records=rest, skipped=[Skipped(RecordRef(stream.kind, b.remote_id), "?") for b in broken]
        )

    monkeypatch.setattr(crm, "_page", page)
    world.pull()
    assert living(world) == 2


def test_an_empty_answer_where_there_was_much_is_an_error_until_it_is_none(empty_database: Database) -> None:
    crm = MemoryCrm()
    crm.put(*(account(f"a{number}") for number in range(25)))
    world = World(empty_database, [crm])
    world.pull()
    accounts = crm._rows[Kind.ACCOUNT]
    crm._rows[Kind.ACCOUNT] = {}
    forget_cursors(world.database)
    for _ in range(2):
        with pytest.raises(ContractError, match="reads as empty"):
            world.pull()
    assert living(world) == 25
    crm._rows[Kind.ACCOUNT] = accounts
    world.pull()
    assert living(world) == 25
