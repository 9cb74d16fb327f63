"""Statements made from the tables."""

import pytest
from sqlalchemy.exc import IntegrityError

from store.column_rows import by_column
from store.database import Database
from store.sql import Row, columns_of, delete_rows, to_json, upsert
from store.tables import Change, CrmAccount, Membership, TierState
from tests.worlds import count


@pytest.fixture
def database(empty_database: Database) -> Database:
    return empty_database


def test_columns_stand_in_the_order_of_the_table() -> None:
    assert columns_of(Membership) == ("connection_id", "list_key", "remote_id")
    assert columns_of(CrmAccount)[:4] == ("connection_id", "remote_id", "modified_at", "is_gone")


def test_an_upsert_counts_only_what_is_new_or_differs(database: Database) -> None:
    rows: list[Row] = [
        (number, "one_to_one", "2026-01-01", "model", number, "why", None) for number in range(3)
    ]
    with database.write() as writer:
        assert upsert(writer, TierState, []) == 0
        assert upsert(writer, TierState, rows) == 3
        assert upsert(writer, TierState, rows) == 0
        rows[1] = (1, "none", "2026-01-01", "model", None, "why", None)
        assert upsert(writer, TierState, rows) == 1
        assert upsert(writer, TierState, rows) == 0


@pytest.mark.parametrize("odd", [None, 0, 149])
def test_a_column_that_says_one_thing_in_all_rows_is_stored_as_any_other(
    database: Database, odd: int | None
) -> None:
    """A truth value and NULLs of many rows stand in the statement itself, unless a single row says otherwise."""
    rows: list[Row] = [
        (
            1,
            f"a{number:03}",
            7,
            number == odd,
            "n",
            None,
            None,
            None,
            "t" if number == odd else None,
            "{}",
            "{}",
            None,
        )
        for number in range(150)
    ]
    with database.write() as writer:
        assert upsert(writer, CrmAccount, rows) == 150
        assert upsert(writer, CrmAccount, rows) == 0
    with database.read() as reader:
        stored = reader.exec_driver_sql("SELECT * FROM crm_account ORDER BY remote_id").all()
    assert [tuple(row) for row in stored] == rows
    with database.write() as writer:
        assert upsert(writer, CrmAccount, [(*row[:3], True, *row[4:]) for row in rows]) == (
            150 if odd is None else 149
        )


def test_the_last_of_the_newest_versions_wins_however_many_come_at_once(database: Database) -> None:
    """Many rows take another way into PostgreSQL than a few."""

    def versions(count: int) -> list[Row]:
        stamps = [(number, (number * 7) % 3) for number in range(count)]
        rest = (None, None, None, None, "{}", "{}", None)
        return [(1, f"a{number % 40}", at, False, f"name {number}", *rest) for number, at in stamps]

    def names() -> list[str]:
        with database.read() as reader:
            return list(reader.exec_driver_sql("SELECT name FROM crm_account ORDER BY remote_id").scalars())

    rows = versions(400)
    with database.write() as writer:
        for row in rows:
            upsert(writer, CrmAccount, [row])
    expected = names()
    with database.write() as writer:
        writer.exec_driver_sql("DELETE FROM crm_account")
        assert upsert(writer, CrmAccount, rows[:200]) >= 40
        upsert(writer, CrmAccount, by_column(rows[200:]))
    assert names() == expected


def test_many_rows_with_one_that_breaks_a_rule_leave_nothing(database: Database) -> None:
    rows: list[Row] = [(number, "t", "2026-01-01", "model", 1, "why", None) for number in range(300)]
    rows[250] = (250, None, "2026-01-01", "model", 1, "why", None)
    with pytest.raises(IntegrityError), database.write() as writer:
        upsert(writer, TierState, rows)
    assert count(database, "SELECT count(*) FROM tier_state") == 0


def test_rows_that_are_all_key_are_inserted_once(database: Database) -> None:
    with database.write() as writer:
        assert upsert(writer, Membership, [(1, "t", "a"), (1, "t", "b"), (1, "t", "a")]) == 2
        assert upsert(writer, Membership, [(1, "t", "a")]) == 0


def test_rows_are_deleted_by_their_whole_key(database: Database) -> None:
    with database.write() as writer:
        upsert(writer, Membership, [(1, "t", "a"), (2, "t", "a"), (1, "u", "a"), (1, "t", "b")])
        delete_rows(writer, Membership, [(1, "t", "a"), (9, "t", "a")])
        delete_rows(writer, Membership, [])
    assert count(database, "SELECT count(*) FROM membership") == 3
    assert count(database, "SELECT count(*) FROM membership WHERE connection_id = 1 AND list_key = 't'") == 1


def test_a_write_to_a_run_that_never_was_is_refused(database: Database) -> None:
    assert "run_id" in columns_of(Change)
    statement = "INSERT INTO change (id, run_id, connection_id, kind, remote_id, before, after, outcome) "
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), database.write() as writer:
        writer.exec_driver_sql(f"{statement} VALUES (1, 77, 1, 'account', 'a', '', '', 'written')")


def test_json_of_equal_values_is_equal_text() -> None:
    assert to_json({"b": 1, "a": [None, True, "ü"]}) == to_json({"a": [None, True, "ü"], "b": 1})
    assert to_json({"a": "ü"}) == '{"a":"ü"}'
