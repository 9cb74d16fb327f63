"""Faults F67 to F71, F75 and F82 of a run of hints, on CRMs in memory that fail where they are told to."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import SQLAlchemyError

from core.errors import ContractError, GuardStopped, TransientError
from core.hints import ChangeHint, HintEvent, weightier
from core.records import Account, Kind, RecordRef
from store.coalesce import coalesce
from store.database import Database
from store.deliveries import keep
from store.heard import Heard, Told, from_text, heard, to_text
from store.inbox import dropped_hints, due, strike, take, waiting
from store.inbox_writer import InboxWriter
from store.landing import known_ids
from store.news import land_news
from store.quarantine import entries
from store.runs import list_runs
from sync.hinted import LEASE, MOST_ATTEMPTS, run_hints
from sync.runs import run_sync
from tests.faults.hinted import Hinted, hinted, improve, spoil

CHANGED = HintEvent.CHANGED
TOLD = [Told(event, times) for event in HintEvent for times in (1, 3)]


@pytest.fixture
def made(store_url: str) -> Iterator[Hinted]:
    with hinted(store_url) as found:
        yield found


def states(made: Hinted) -> list[dict[str, object]]:
    """What both CRMs hold of ours, but for the instant of scoring, which moves with each run."""
    return [
        {
            key: {k: v for k, v in value.items() if k != "scored_at"} if isinstance(value, dict) else value
            for key, value in state.items()
        }
        for state in made.world.state()
    ]


def fit(made: Hinted, number: int, remote_id: str) -> object:
    """The fit score on a record of ours."""
    return made.crms[number].get(Kind.ACCOUNT, remote_id).managed["fit_score"]  # type: ignore[union-attr]


def test_a_changed_record_is_read_scored_and_written_into_both_crms(made: Hinted) -> None:
    before = fit(made, 1, "a2")
    improve(made, "a2")
    made.tell(0, ["a2"])

    report = made.drain()

    assert report.counts()["changed"] == 1
    assert report.counts()["accounts"] == 1
    assert fit(made, 0, "a2") == fit(made, 1, "a2") != before
    assert waiting(made.database) == {}
    assert list_runs(made.database, limit=1)[0].command == "hints"


def test_a_run_of_hints_writes_what_a_sync_would_have_written(
    made: Hinted, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("beside")
    with hinted(f"sqlite:///{folder}/beside.sqlite") as beside:
        for one in (made, beside):
            improve(one, "a2")
            spoil(one, "a0")
            one.crms[0].edit(Kind.CONTACT, "c1", title="Chief Marketing Officer")
        made.tell(0, ["a0", "a2"])
        made.tell(0, ["c1"], kind=Kind.CONTACT)
        made.drain()
        run_sync(beside.engine)

        assert states(made) == states(beside)
    # And a sync behind it finds nothing left to write.
    assert run_sync(made.engine).counts()["records_written"] == 0


def test_f67_an_echo_costs_no_push_and_leaves_no_run(made: Hinted) -> None:
    improve(made, "a2")
    made.tell(0, ["a2"])
    made.drain()
    runs, writes = len(list_runs(made.database)), [crm.writes_made() for crm in made.crms]

    made.tell(0, ["a2"])
    made.tell(1, ["a2"])
    report = made.drain()

    assert (report.counts()["read"], report.counts()["changed"], report.pushed) == (2, 0, None)
    assert [crm.writes_made() for crm in made.crms] == writes
    assert len(list_runs(made.database)) == runs
    assert waiting(made.database) == {}


def test_f67_a_person_s_edit_beside_our_write_is_no_echo(made: Hinted) -> None:
    improve(made, "a2")
    made.tell(0, ["a2"])
    made.drain()
    spoil(made, "a2")
    made.tell(0, ["a2"])

    assert made.drain().counts()["changed"] == 1
    assert fit(made, 0, "a2") == fit(made, 1, "a2")
    assert float(str(fit(made, 1, "a2"))) < 60


def test_f68_a_hint_that_comes_three_times_is_read_once(made: Hinted) -> None:
    reads = made.reads()
    improve(made, "a2")
    for _ in range(3):
        made.tell(0, ["a2"])
    assert [count for count, _ in waiting(made.database).values()] == [3]
    coalesce(made.database)
    assert [count for count, _ in waiting(made.database).values()] == [1]

    made.drain()

    assert made.reads() == reads + 1


@pytest.mark.parametrize("is_looked_at", [True, False])
def test_f68_a_hint_that_comes_again_while_it_is_served_stays(made: Hinted, is_looked_at: bool) -> None:  # noqa: FBT001
    connection = made.connection(0)
    made.tell(0, ["a0", "a1"])
    now_ms = 2**50
    taken = take(made.database, connection, now_ms=now_ms, until_ms=now_ms + 1, most=10)
    made.tell(0, ["a1"])
    if is_looked_at:
        coalesce(made.database)

    strike(made.database, connection, taken)

    left = take(made.database, connection, now_ms=now_ms, until_ms=now_ms + 1, most=10)
    assert [(one.ref, one.attempts) for one in left] == [(RecordRef(Kind.ACCOUNT, "a1"), 1)]


def test_f69_an_older_version_never_overwrites_a_newer_one(made: Hinted) -> None:
    crm = made.crms[0]
    old = next(iter(crm.fetch([RecordRef(Kind.ACCOUNT, "a0")])))
    spoil(made, "a0")
    new = next(iter(crm.fetch([RecordRef(Kind.ACCOUNT, "a0")])))

    assert land_news(made.database, made.connection(0), new, now_ms=1) == 1
    assert land_news(made.database, made.connection(0), old, now_ms=2) == 0
    assert land_news(made.database, made.connection(0), new, now_ms=3) == 0


def test_f70_a_hundred_thousand_events_of_one_record_are_one_row_and_one_read(made: Hinted) -> None:
    reads = made.reads()
    improve(made, "a2")
    event = ChangeHint("k", HintEvent.CHANGED, "accounts", "a2", Kind.ACCOUNT)
    for _ in range(100):
        keep(made.database, [heard(made.connection(0), [event] * 1000, {}, 7)])
    assert waiting(made.database) == {made.connection(0): (100, 7)}
    coalesce(made.database)
    assert waiting(made.database) == {made.connection(0): (1, 7)}

    made.drain()

    assert made.reads() == reads + 1
    assert waiting(made.database) == {}


def test_f70_many_records_are_read_in_full_batches(store_url: str) -> None:
    with hinted(store_url, accounts=40) as made:
        reads = made.reads()
        made.tell(0, [f"a{number}" for number in range(40)])
        made.tell(1, [f"a{number}" for number in range(40)])

        report = made.drain()

        size = made.crms[0].page_size
        assert made.reads() - reads == 2 * -(-40 // size) == sum(report.least_read_calls.values())


def test_f71_what_no_hint_told_of_comes_with_the_next_sync(made: Hinted) -> None:
    improve(made, "a2")
    assert made.drain().run_id == 0
    made.wait(timedelta(days=2))
    for crm in made.crms:
        crm.tick(timedelta(days=2).total_seconds())

    run_sync(made.engine)

    assert fit(made, 0, "a2") == fit(made, 1, "a2")
    assert float(str(fit(made, 1, "a2"))) > 60


@pytest.mark.parametrize("where", ["fails_at", "loses_answer_at"])
@pytest.mark.parametrize("operation", ["read again", "write accounts"])
@pytest.mark.parametrize("number", [0, 1])
def test_f75_a_run_that_broke_off_at_a_call_is_finished_by_the_next_one(
    tmp_path_factory: pytest.TempPathFactory, where: str, operation: str, number: int
) -> None:
    folder = tmp_path_factory.mktemp("both")
    with hinted(f"sqlite:///{folder}/a.sqlite") as made, hinted(f"sqlite:///{folder}/b.sqlite") as smooth:
        for one in (made, smooth):
            improve(one, "a2")
            one.crms[1].edit(Kind.ACCOUNT, "a1", name="Renamed")
            one.tell(0, ["a2"])
            one.tell(1, ["a1"])
        crm = made.crms[number]
        getattr(crm, where).add((operation, crm.made[operation] + 1))
        with pytest.raises(TransientError):
            made.drain()
        assert waiting(made.database)
        assert not due(made.database, int(made.now.timestamp() * 1000))

        made.wait()
        made.drain()
        smooth.drain()

        assert states(made) == states(smooth)
        assert waiting(made.database) == {}


def test_f75_what_a_dead_run_had_in_hand_is_due_again_within_a_minute(made: Hinted) -> None:
    improve(made, "a2")
    made.tell(0, ["a2"])
    now_ms = int(made.now.timestamp() * 1000)
    take(
        made.database,
        made.connection(0),
        now_ms=now_ms,
        until_ms=now_ms + int(LEASE.total_seconds() * 1000),
        most=9,
    )
    assert made.drain().run_id == 0

    made.wait(timedelta(seconds=60))

    assert made.drain().counts()["changed"] == 1


def test_f75_a_run_that_died_between_landing_and_matching_is_carried_through(made: Hinted) -> None:
    improve(made, "a2")
    # Its address is another text now, so it is to be matched; else its account would be noted for scoring as it lands.
    known = made.crms[0].get(Kind.ACCOUNT, "a2")
    assert isinstance(known, Account)
    made.crms[0].edit(Kind.ACCOUNT, "a2", website=f"https://www.{known.website}")
    made.tell(0, ["a2"])
    (page,) = made.crms[0].fetch([RecordRef(Kind.ACCOUNT, "a2")])
    land_news(made.database, made.connection(0), page, now_ms=1)

    report = made.drain()

    assert report.counts()["changed"] == 0
    assert fit(made, 0, "a2") == fit(made, 1, "a2")
    assert report.counts()["records_written"] == 2


def test_f82_a_record_that_cannot_be_read_keeps_nobody_waiting_and_is_given_up_at_last(
    made: Hinted, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = made.crms[0]
    honest = crm.fetch

    def odd(refs: list[RecordRef]) -> object:
        if any(ref.remote_id == "a1" for ref in refs):
            raise ContractError("this answer makes no sense")
        return honest(refs)

    monkeypatch.setattr(crm, "fetch", odd)
    improve(made, "a2")
    made.tell(0, ["a0", "a1", "a2"])

    assert made.drain().counts()["changed"] == 1
    assert [(one.remote_id, one.reason) for one in entries(made.database)] == [
        ("a1", "this answer makes no sense")
    ]
    assert [count for count, _ in waiting(made.database).values()] == [1]
    for _ in range(MOST_ATTEMPTS):
        made.wait(timedelta(hours=7))
        made.drain()
    assert waiting(made.database) == {}
    assert known_ids(made.database, made.connection(0), crm.streams[0]) >= {"a1"}


def test_a_deleted_a_merged_and_an_erased_record_go_and_what_they_had_goes_on(made: Hinted) -> None:
    crm = made.crms[0]
    crm.tick()
    crm.delete(Kind.ACCOUNT, "a3")
    crm.delete(Kind.ACCOUNT, "a4", survivor_id="a5")
    made.tell(0, ["a3"], HintEvent.DELETED)
    made.tell(0, ["a4", "a5"], HintEvent.MERGED)
    made.tell(0, ["c1"], HintEvent.ERASED, kind=Kind.CONTACT)
    made.tell(0, ["c1"], kind=Kind.CONTACT)

    made.drain()

    with made.database.read() as reader:
        gone = reader.exec_driver_sql(
            "SELECT remote_id, survivor_id FROM crm_account WHERE connection_id = ? AND is_gone ORDER BY 1",
            (made.connection(0),),
        ).all()
        people = reader.exec_driver_sql(
            "SELECT remote_id FROM crm_contact WHERE connection_id = ?", (made.connection(0),)
        ).all()
    assert [tuple(row) for row in gone] == [("a3", None), ("a4", "a5")]
    assert people == []


def test_f31_a_late_hint_brings_nobody_back_who_was_erased(made: Hinted) -> None:
    made.tell(0, ["c1"], HintEvent.ERASED, kind=Kind.CONTACT)
    made.drain()
    made.tell(0, ["c1"], kind=Kind.CONTACT)  # the CRM in memory still knows the contact, as a late page would

    made.drain()

    with made.database.read() as reader:
        people = reader.exec_driver_sql(
            "SELECT remote_id FROM crm_contact WHERE connection_id = ?", (made.connection(0),)
        ).all()
    assert people == []
    assert waiting(made.database) == {}


def test_a_guard_stops_a_run_of_hints_like_a_sync_and_its_hints_are_served(made: Hinted) -> None:
    config = made.engine.config.model_copy(
        update={"guards": made.engine.config.guards.model_copy(update={"writes": 0})}
    )
    improve(made, "a2")
    made.tell(0, ["a2"])

    with pytest.raises(GuardStopped, match="by the id that it shows"):
        run_hints(replace(made.engine, config=config))

    assert waiting(made.database) == {}
    assert list_runs(made.database, limit=1)[0].state == "stopped"
    improve(made, "a0")
    made.tell(0, ["a0"])
    made.drain()
    assert fit(made, 0, "a2") == fit(made, 1, "a2")


def test_f74_what_is_not_read_is_counted_and_dropped(empty_database: Database) -> None:
    unknown = ChangeHint("k1", HintEvent.CHANGED, "2-345", "9", None)
    long_id = ChangeHint("k2", HintEvent.CHANGED, "companies", "9" * 65, Kind.ACCOUNT)
    good = ChangeHint("k3", HintEvent.CHANGED, "companies", "9", Kind.ACCOUNT)

    keep(empty_database, [heard(1, [unknown, long_id, good, unknown], {"another portal's": 3}, 5)] * 2)

    coalesce(empty_database)
    assert waiting(empty_database) == {1: (1, 5)}
    assert dropped_hints(empty_database) == {
        (1, "about an object that is not read"): 4,
        (1, "another portal's"): 6,
        (1, "unreadable"): 2,
    }


def test_an_erasure_stays_one_whatever_is_told_later(empty_database: Database) -> None:
    ref = RecordRef(Kind.CONTACT, "9")
    for event in (HintEvent.CHANGED, HintEvent.ERASED, HintEvent.CHANGED, HintEvent.DELETED):
        keep(empty_database, [Heard(1, 5, {ref: Told(event, 1)}, {})])
    (taken,) = take(empty_database, 1, now_ms=9, until_ms=99, most=9)
    assert (taken.event, taken.times) == (HintEvent.ERASED, 4)


def test_f24_a_restore_stays_one_until_it_is_served_or_the_person_is_erased(empty_database: Database) -> None:
    """What is read again after it gives links back, which a change alone does not."""

    def told(*events: HintEvent) -> HintEvent:
        ref = (Kind.CONTACT, "c1")
        keep(empty_database, [Heard(1, 1, {ref: Told(event, 1)}, {}) for event in events])
        [taken] = take(empty_database, 1, now_ms=5, until_ms=60_000, most=9)
        strike(empty_database, 1, [taken])
        return taken.event

    # Deliveries that wait together are made one in any order.
    assert weightier(HintEvent.RESTORED, HintEvent.CHANGED) is HintEvent.RESTORED
    assert told(HintEvent.RESTORED, HintEvent.CHANGED) is HintEvent.RESTORED
    assert told(HintEvent.CHANGED, HintEvent.RESTORED) is HintEvent.RESTORED
    assert told(HintEvent.RESTORED, HintEvent.ERASED, HintEvent.RESTORED) is HintEvent.ERASED
    assert told(HintEvent.CHANGED) is HintEvent.CHANGED


def test_the_writer_commits_what_it_says_it_has_kept_and_ends_with_an_empty_queue(
    empty_database: Database,
) -> None:
    told: list[set[int]] = []
    writer = InboxWriter(empty_database, lambda connections: told.append(set(connections)))
    writer.start()
    many = [
        Heard(1 + n % 2, n, {RecordRef(Kind.ACCOUNT, str(n % 50)): Told(CHANGED, 1)}, {}) for n in range(200)
    ]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(writer.keep, many))
    writer.stop()

    assert {number: count for number, (count, _) in waiting(empty_database).items()} == {1: 100, 2: 100}
    coalesce(empty_database)
    assert {number: count for number, (count, _) in waiting(empty_database).items()} == {1: 25, 2: 25}
    assert set.union(*told) == {1, 2}
    with pytest.raises(TransientError):
        writer.keep(many[0])


def test_f70_many_rows_at_once_are_the_same_on_both_databases(empty_database: Database) -> None:
    refs = [RecordRef(Kind.CONTACT, str(number)) for number in range(1000)]
    keep(empty_database, [Heard(1, 5, {ref: Told(CHANGED, 1) for ref in refs}, {})])
    keep(empty_database, [Heard(1, 6, {ref: Told(HintEvent.DELETED, 2) for ref in refs[500:]}, {})])
    taken = take(empty_database, 1, now_ms=9, until_ms=99, most=2000)
    assert len(taken) == 1000
    assert {(one.event, one.times) for one in taken} == {(HintEvent.CHANGED, 1), (HintEvent.DELETED, 3)}
    strike(empty_database, 1, taken)
    assert waiting(empty_database) == {}


def test_deliveries_looked_at_together_become_what_each_alone_would(empty_database: Database) -> None:
    draw = random.Random(11)

    def told() -> dict[tuple[Kind, str], Told]:
        kinds, events = (Kind.ACCOUNT, Kind.CONTACT), tuple(HintEvent)
        refs = [(draw.choice(kinds), str(draw.randrange(400))) for _ in range(30)]
        return {ref: Told(draw.choice(events), draw.choice((1, 1, 3))) for ref in refs}

    many = [(at, told()) for at in range(120)]
    keep(empty_database, [Heard(1, at, one, {}) for at, one in many])
    coalesce(empty_database)
    for at, one in many:
        keep(empty_database, [Heard(2, at, one, {})])
        coalesce(empty_database)

    with empty_database.read() as reader:
        together, apart = (
            reader.exec_driver_sql(
                "SELECT kind, remote_id, event, times, attempts, first_heard_at, due_at, last_heard_at FROM hint "
                "WHERE connection_id = ? ORDER BY kind, remote_id",
                (number,),
            ).all()
            for number in (1, 2)
        )
    assert together == apart
    assert {row[2] for row in together} > {"erased"}


def test_f75_deliveries_stay_until_what_they_told_is_in_the_inbox(empty_database: Database) -> None:
    keep(empty_database, [Heard(1, at, {(Kind.ACCOUNT, str(at)): TOLD[0]}, {}) for at in range(120)])
    with empty_database.write() as writer:
        writer.exec_driver_sql("ALTER TABLE hint RENAME TO hint_away")
    with pytest.raises(SQLAlchemyError):
        coalesce(empty_database)
    with empty_database.write() as writer:
        writer.exec_driver_sql("ALTER TABLE hint_away RENAME TO hint")
    assert waiting(empty_database) == {1: (120, 0)}

    assert len(take(empty_database, 1, now_ms=999, until_ms=9999, most=999)) == 120
    assert waiting(empty_database) == {1: (120, 0)}


@given(st.dictionaries(st.tuples(st.sampled_from(Kind), st.text(max_size=64)), st.sampled_from(TOLD)))
def test_what_a_delivery_told_comes_back_from_its_text(told: dict[tuple[Kind, str], Told]) -> None:
    alike = from_text(to_text(told))
    assert {(kind, remote_id): one for kind, one, ids in alike for remote_id in ids} == told
    assert sum(len(one.remote_ids) for one in alike) == len(told)
