"""What is kept of writes: what a record says now, what was refused, and whose members are ours."""

import pytest

from core.changes import InventoryItem, Outcome, Page, WriteResult
from core.cursors import Cursor
from core.errors import ConfigError
from core.records import Kind, Record, RecordRef
from store.change_log import Write, causes, in_doubt
from store.connections import claim_org, connection_id, forget_inventory, inventory, save_inventory
from store.database import Database
from store.landing import land
from store.outbox import (
    MEMBER,
    NO_MEMBER,
    begin,
    begin_members,
    known_records,
    our_members,
    settle_fields,
    settle_members,
)
from store.quarantine import fingerprint, refusals, release
from store.runs import finish_run, get_run, list_runs, start_run
from sync.identity import match
from tests.worlds import account, contact

A1 = RecordRef(Kind.ACCOUNT, "a1")
AFTER = {"tier": "one_to_one", "scored_at": "2026-01-01T00:00:00.000Z"}
BEFORE = {"tier": "none", "scored_at": None}


@pytest.fixture
def database(empty_database: Database) -> Database:
    """One connection with an account and a contact that have managed fields, and an open run 1."""
    made = empty_database
    connection_id(made, "crm1", "memory")
    records: list[Record] = [
        account("a1", "acme.com")._replace(managed={**BEFORE, "fit_score": "1.0"}),
        contact("c1", "jo@acme.com")._replace(managed={"account_tier": None}),
        contact("c2", "jo@gmail.com"),
    ]
    land(made, 1, "stream", Page(records, Cursor()), now_ms=1)
    match(made, now_ms=0)
    start_run(made, "push", as_of_ms=1, now_ms=1)
    return made


def result(outcome: Outcome, ref: RecordRef = A1) -> WriteResult:
    refusal = ("CODE", "the CRM's words") if outcome is Outcome.REJECTED else (None, None)
    return WriteResult(ref, outcome, *refusal)


def settle(database: Database, outcome: Outcome, now_ms: int = 10) -> None:
    batch = begin(database, 1, 1, [Write(A1, BEFORE, AFTER)])
    settle_fields(database, batch, [result(outcome)], now_ms=now_ms)


def managed(database: Database) -> dict[str, str | None]:
    return known_records(database, Kind.ACCOUNT)[0].managed


@pytest.mark.parametrize("outcome", [Outcome.WRITTEN, Outcome.UNCHANGED])
def test_what_was_written_is_what_the_record_says_now(database: Database, outcome: Outcome) -> None:
    settle(database, outcome)
    assert managed(database) == {**AFTER, "fit_score": "1.0"}
    assert refusals(database) == {}


def test_what_was_refused_is_quarantined_and_the_record_says_what_it_said(database: Database) -> None:
    settle(database, Outcome.REJECTED, now_ms=10)
    settle(database, Outcome.REJECTED, now_ms=20)
    assert managed(database) == {**BEFORE, "fit_score": "1.0"}
    [(key, refusal)] = refusals(database).items()
    assert key == (1, "account", "a1")
    assert (refusal.fingerprint, refusal.attempts, refusal.last_at) == (fingerprint(AFTER), 2, 20)


def test_a_write_that_works_ends_the_quarantine(database: Database) -> None:
    settle(database, Outcome.REJECTED)
    settle(database, Outcome.WRITTEN)
    assert refusals(database) == {}


def test_release_empties_the_quarantine(database: Database) -> None:
    settle(database, Outcome.REJECTED)
    assert release(database) == 1
    assert refusals(database) == {}


def test_every_write_is_kept_with_its_values_before_and_after(database: Database) -> None:
    settle(database, Outcome.WRITTEN)
    settle(database, Outcome.REJECTED)
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT outcome, before, after, code, reason FROM change ORDER BY id"
        ).all()
    assert [row.outcome for row in rows] == ["written", "rejected"]
    assert rows[0][1] == '{"scored_at":null,"tier":"none"}'
    assert rows[1][3:] == ("CODE", "the CRM's words")


def test_contacts_settle_in_their_own_table(database: Database) -> None:
    ref = RecordRef(Kind.CONTACT, "c1")
    after = {"account_tier": "one_to_one"}
    batch = begin(database, 1, 1, [Write(ref, {"account_tier": None}, after)])
    settle_fields(database, batch, [result(Outcome.WRITTEN, ref)], now_ms=1)
    [known] = known_records(database, Kind.CONTACT)
    assert (known.remote_id, known.person_key, known.managed) == ("c1", "jo@acme.com", after)


def joining() -> Write:
    return Write(A1, NO_MEMBER, MEMBER, "1:1: rank 1 of 25")


def leaving() -> Write:
    return Write(A1, MEMBER, NO_MEMBER, "no tier: excluded")


def settle_member(database: Database, outcome: Outcome, *, joins: bool) -> None:
    batch = begin_members(database, 1, 1, "targets", [joining() if joins else leaving()])
    settle_members(database, batch, [result(outcome)], now_ms=10)


@pytest.mark.parametrize(
    ("joins", "outcome", "ours"),
    [
        (True, Outcome.WRITTEN, {"a1"}),
        (True, Outcome.UNCHANGED, {"a1"}),
        (True, Outcome.REJECTED, set()),
        (False, Outcome.WRITTEN, set()),
        (False, Outcome.UNCHANGED, set()),
        (False, Outcome.REJECTED, {"a1"}),
    ],
)
def test_members_are_ours_from_the_intention_until_they_are_removed(
    database: Database, outcome: Outcome, ours: set[str], *, joins: bool
) -> None:
    begin_members(database, 1, 1, "targets", [joining()])
    assert our_members(database, 1, "targets") == {"a1"}
    settle_member(database, outcome, joins=joins)
    assert our_members(database, 1, "targets") == ours
    assert bool(refusals(database)) == (outcome is Outcome.REJECTED)


def test_members_of_other_lists_and_crms_are_other_members(database: Database) -> None:
    begin_members(database, 1, 1, "targets", [joining()])
    assert our_members(database, 1, "other") == our_members(database, 2, "targets") == set()


def test_a_membership_that_works_ends_its_quarantine_and_no_other(database: Database) -> None:
    settle(database, Outcome.REJECTED)
    settle_member(database, Outcome.REJECTED, joins=True)
    settle_member(database, Outcome.WRITTEN, joins=True)
    assert [key[1] for key in refusals(database)] == ["account"]


# ---------------------------------------------------------------- inventory and connections


def test_what_we_once_made_stays_ours(database: Database) -> None:
    field, theirs = InventoryItem("field", "account.tier"), InventoryItem("field", "account.why")
    save_inventory(database, 1, [field], [theirs])
    save_inventory(database, 1, [], [field, theirs])
    assert inventory(database, 1, made_by_us=True) == [field]
    assert inventory(database, 1) == [field, theirs]


def test_a_list_that_is_removed_takes_its_members_along(database: Database) -> None:
    item = InventoryItem("list", "ABM Targets", "list-1", {"key": "targets"})
    save_inventory(database, 1, [item], [])
    begin_members(database, 1, 1, "targets", [joining()])
    begin_members(database, 1, 1, "other", [joining()])
    forget_inventory(database, 1, [item])
    assert inventory(database, 1) == []
    assert our_members(database, 1, "targets") == set()
    assert our_members(database, 1, "other") == {"a1"}


def test_a_connection_keeps_its_number_and_its_crm(database: Database) -> None:
    assert connection_id(database, "crm1", "memory") == 1
    assert connection_id(database, "crm2", "memory") == 2
    with pytest.raises(ConfigError, match="another name"):
        connection_id(database, "crm1", "another")


def test_another_org_behind_a_connection_is_refused(database: Database) -> None:
    claim_org(database, 1, "org-1")
    claim_org(database, 1, "org-1")
    with pytest.raises(ConfigError, match="org-2"):
        claim_org(database, 1, "org-2")
    claim_org(database, 1, "org-1")


# ---------------------------------------------------------------- runs


def test_a_run_that_never_ended_is_interrupted_when_the_next_begins(database: Database) -> None:
    second = start_run(database, "sync", as_of_ms=5, now_ms=6)
    finish_run(database, second, "done", {"read": 3}, now_ms=9)
    start_run(database, "pull", as_of_ms=7, now_ms=8)
    runs = list_runs(database)
    assert [(run.command, run.state) for run in runs] == [
        ("pull", "running"),
        ("sync", "done"),
        ("push", "interrupted"),
    ]
    assert (runs[1].as_of, runs[1].started_at, runs[1].finished_at, runs[1].counts) == (5, 6, 9, {"read": 3})
    assert [run.command for run in list_runs(database, limit=1)] == ["pull"]


def test_reads_of_two_crms_go_on_beside_each_other_and_nothing_else_does(database: Database) -> None:
    def states() -> list[tuple[str, str]]:
        return [(run.command, run.state) for run in list_runs(database)]

    start_run(database, "read one", as_of_ms=1, now_ms=1)
    start_run(database, "read two", as_of_ms=1, now_ms=1)
    assert states() == [("read two", "running"), ("read one", "running"), ("push", "interrupted")]
    start_run(database, "read one", as_of_ms=1, now_ms=1)
    assert states()[:3] == [("read one", "running"), ("read two", "running"), ("read one", "interrupted")]
    start_run(database, "sync", as_of_ms=1, now_ms=1)
    assert {state for _, state in states()[1:]} == {"interrupted"}


def test_a_failed_run_says_why(database: Database) -> None:
    finish_run(database, 1, "failed", {}, now_ms=2, error="the CRM is away")
    found = get_run(database, 1)
    assert found is not None
    assert (found.state, found.error) == ("failed", "the CRM is away")
    assert get_run(database, 99) is None


def test_refusals_of_a_run_are_grouped_by_cause(database: Database) -> None:
    def refused(remote_id: str, code: str) -> WriteResult:
        return WriteResult(RecordRef(Kind.ACCOUNT, remote_id), Outcome.REJECTED, code, f"words of {code}")

    results = [refused("a1", "LOCKED"), *(refused(f"a{n}", "RULE") for n in range(2, 7))]
    batch = begin(database, 1, 1, [Write(one.ref, BEFORE, AFTER) for one in results])
    settle_fields(database, batch, results, now_ms=1)
    settle(database, Outcome.WRITTEN)
    settle_member(database, Outcome.REJECTED, joins=True)
    first, *others = causes(database, 1)
    assert first == (1, "account", "RULE", "words of RULE", 5, ("a2", "a3", "a4"))
    assert {(one.kind, one.code) for one in others} == {("account", "LOCKED"), ("member of targets", "CODE")}
    assert causes(database, 2) == []


def test_a_write_whose_result_is_not_learned_is_in_doubt(database: Database) -> None:
    batch = begin(database, 1, 1, [Write(A1, BEFORE, AFTER)])
    assert in_doubt(database, 1) == 1
    settle_fields(database, batch, [result(Outcome.WRITTEN)], now_ms=2)
    assert in_doubt(database, 1) == 0
