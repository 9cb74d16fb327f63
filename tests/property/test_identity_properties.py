"""Links and accounts under any sequence of pulls, merges, edits and decisions."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from core.changes import Page
from core.cursors import Cursor
from core.records import Account, Kind, RecordRef, Tombstone
from store.database import Database
from store.decisions import Decision, cases, decide, decisions
from store.landing import land
from store.matching import RecordKey, matchable
from store.touched import LINKS_STALE, mark
from sync.identity import decision_states, match
from sync.survivors import survivor_of
from tests.memory_crm import EPOCH
from tests.worlds import account, new_database

_SOME = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_records = st.tuples(st.integers(1, 2), st.sampled_from("abcd"))
_versions = st.builds(
    lambda key, site, twin, name: (key, site, twin, name),
    _records,
    st.sampled_from(["acme.com", "www.beta.co.uk", "acme.com/de", "facebook.com/x", None]),
    st.sampled_from([None, None, "a", "b"]),
    st.sampled_from(["Acme", "Acme Inc", "Beta Ltd", "Blue Kite Agency", "Northwind", "-"]),
)
_lands = _versions.map(lambda version: ("land", *version))
_deletes = _records.map(lambda key: ("delete", key, None))
_merges = st.tuples(st.integers(1, 2), st.sampled_from("abcd"), st.sampled_from("abcd")).map(
    lambda found: ("delete", found[:2], found[2] if found[2] != found[1] else None)
)
_verdicts = st.builds(
    lambda verdict, record, others: ("decide", verdict, record, tuple(others)),
    st.sampled_from(["same", "apart", "split", "join"]),
    _records,
    st.lists(_records, min_size=1, max_size=2, unique=True),
).filter(lambda step: step[2] not in step[3])
_steps = st.lists(_lands | _lands | _deletes | _merges | _verdicts | st.just(("match",)), max_size=14)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = new_database(tmp_path_factory.mktemp("identity"))
    yield database
    database.close()


def emptied(database: Database) -> Database:
    """The database without rows but two connections: opening a new one takes far longer."""
    with database.write() as writer:
        for table in reversed(SQLModel.metadata.sorted_tables):
            writer.exec_driver_sql(f'DELETE FROM "{table.name}"')  # noqa: S608 our own names
        writer.exec_driver_sql(
            "INSERT INTO connection (id, name, crm) VALUES (1, 'crm1', 'memory'), (2, 'crm2', 'memory')"
        )
        mark(writer, LINKS_STALE, "1")
    return database


def run(database: Database, steps: Sequence[tuple[Any, ...]], first: int = 0) -> None:
    """Do the steps; each record that lands is newer than all before."""
    for number, step in enumerate(steps, first):
        if step[0] == "land":
            put(database, step[1:], number)
        elif step[0] == "delete":
            grave = Tombstone(RecordRef(Kind.ACCOUNT, step[1][1]), step[2])
            land(database, step[1][0], "accounts", Page([], Cursor(), [grave]), now_ms=0)
        elif step[0] == "decide":
            others = () if step[1] == "split" else step[3] if step[1] == "join" else step[3][:1]
            decide(database, step[1], step[2], others, author="Ada", reason="because", now_ms=number)
        else:
            match(database, now_ms=number)


def put(database: Database, version: tuple[Any, ...], number: int) -> None:
    key, site, twin, name = version
    record: Account = account(
        key[1], site, twin_id=twin, name=name, modified_at=EPOCH + timedelta(seconds=number)
    )
    land(database, key[0], "accounts", Page([record], Cursor()), now_ms=0)


def rows(database: Database, statement: str) -> list[tuple[Any, ...]]:
    with database.read() as reader:
        return [tuple(row) for row in reader.exec_driver_sql(statement)]


def numbers(database: Database) -> dict[RecordKey, int]:
    """The account of every record, merged ones too."""
    return {
        (row[0], row[1]): row[2]
        for row in rows(database, "SELECT connection_id, remote_id, account_id FROM link")
    }


def links(database: Database) -> dict[RecordKey, tuple[object, ...]]:
    """Every link without its account's number: who else is there, rule, confidence."""
    stands = numbers(database)
    members = {
        number: frozenset(key for key, found in stands.items() if found == number)
        for number in stands.values()
    }
    found = rows(database, "SELECT connection_id, remote_id, account_id, rule, confidence FROM link")
    return {(row[0], row[1]): (members[row[2]], *row[3:]) for row in found}


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    tables = ("account", "link", "contact_link", "match_key", "match_case", "account_event", "match_decision")
    return {name: sorted(rows(database, f'SELECT * FROM "{name}"'), key=repr) for name in tables}  # noqa: S608 ours


@_SOME
@given(
    st.lists(_versions, max_size=7, unique_by=lambda version: version[0]),
    st.lists(_verdicts, max_size=3),
    st.data(),
)
def test_any_order_of_landing_gives_the_same_links(
    opened: Database, versions: list[tuple[Any, ...]], verdicts: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    database = emptied(opened)
    run(database, [*verdicts, *(("land", *version) for version in versions), ("match",)])
    expected = links(database), {case.id for case in cases(database)}
    emptied(database)
    for version in data.draw(st.permutations(versions)):
        run(database, [("land", *version)])
        if data.draw(st.booleans()):
            run(database, [("match",)])
    run(database, [*verdicts, ("match",)])
    assert (links(database), {case.id for case in cases(database)}) == expected


@_SOME
@given(_steps)
def test_matching_again_changes_nothing(opened: Database, steps: list[tuple[Any, ...]]) -> None:
    database = emptied(opened)
    run(database, [*steps, ("match",)])
    before = everything(database)
    match(database, now_ms=98)
    with database.write() as writer:
        mark(writer, LINKS_STALE, "1")
    assert match(database, now_ms=99).changed == 0
    assert everything(database) == before


@_SOME
@given(_steps, _verdicts, _steps.map(lambda steps: [step for step in steps if step[0] != "decide"]))
def test_the_newest_decision_holds_whatever_happens_later(
    opened: Database, before: list[tuple[Any, ...]], verdict: tuple[Any, ...], after: list[tuple[Any, ...]]
) -> None:
    database = emptied(opened)
    run(database, [*before, verdict])
    run(database, [*after, ("match",)], first=len(before) + 1)
    made = decisions(database)[-1]
    assert (made.author, made.reason, made.verdict) == ("Ada", "because", verdict[1])
    check(database, made, decision_states(database)[made.id])


@_SOME
@given(_steps)
def test_no_decision_goes_without_its_state_saying_why(
    opened: Database, steps: list[tuple[Any, ...]]
) -> None:
    database = emptied(opened)
    run(database, [*steps, ("match",)])
    states = decision_states(database)
    assert set(states) == {made.id for made in decisions(database)}
    for made in decisions(database):
        if states[made.id] == "holds":
            check(database, made, "holds")
        if states[made.id].startswith("overruled"):
            assert int(states[made.id].rpartition(" ")[2]) > made.id


def check(database: Database, made: Decision, state: str) -> None:
    """A decision is kept, or its state names the record that is missing."""
    survivors, stands = matchable(database).survivors, numbers(database)
    living = {row.key for row in matchable(database).accounts}
    record, *others = (survivor_of(key, survivors) for key in (made.record, *made.others))
    others = [other for other in others if other in living and other != record]
    if record not in living or (made.verdict != "split" and not others):
        assert "gone" in state or "one record" in state or state.startswith("overruled")
    elif made.verdict == "split":
        beside = {key for key in living - {record} if stands[key] == stands[record]}
        assert all(bound_to(database, key) for key in beside)
    elif made.verdict == "apart":
        assert stands[record] != stands[others[0]]
    else:
        assert stands[record] == stands[others[0]]


def bound_to(database: Database, key: RecordKey) -> bool:
    """Whether a record stands where it stands by a decision, or together with one that does."""
    account_id = numbers(database)[key]
    beside = f"SELECT count(*) FROM link WHERE account_id = {account_id} AND rule = 'decision'"  # noqa: S608 a number
    return int(rows(database, beside)[0][0]) > 1


@_SOME
@given(_steps, _steps)
def test_records_that_stay_together_keep_their_account(
    opened: Database, before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]
) -> None:
    database = emptied(opened)
    run(database, [*before, ("match",)])
    old = by_account(database)
    steps = [step for step in after if step[0] != "match"]
    run(database, [*steps, ("match",)], first=len(before) + 1)
    new = by_account(database)
    for members in old.keys() & new.keys():
        assert new[members] == old[members]
    assert set(old.values()) <= {row[0] for row in rows(database, "SELECT id FROM account")}


def by_account(database: Database) -> dict[frozenset[RecordKey], int]:
    found: dict[int, set[RecordKey]] = {}
    for key, number in numbers(database).items():
        found.setdefault(number, set()).add(key)
    return {frozenset(members): number for number, members in found.items()}
