"""Writing what a match came to: accounts and what became of them, links, match keys, cases; one transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection
from sqlmodel import SQLModel

from core.records import Kind, RecordRef
from store.database import Database
from store.decisions import Case, save_cases
from store.matching import MATCH_RULES, RecordKey
from store.roll_ups import RollUps, save_roll_up
from store.sql import Row, columns_of, delete_rows, next_number, table_of, upsert
from store.tables import Account, AccountEvent, ContactLink, Link, MatchKey, Score, TierState
from store.touched import mark, settle_links, touch, touched


class KnownAccount(NamedTuple):
    """An account as it is stored."""

    id: int
    key: str
    merged_into: int | None


class KnownLink(NamedTuple):
    """Where a record stands, and where it stood first."""

    account_id: int
    first_account_id: int
    rule: str
    confidence: float
    rivals: str | None


class Event(NamedTuple):
    """What becomes of an account (store.tables.AccountEvent); before and after are match keys."""

    what: str
    account_id: int
    other_id: int | None
    before: str
    after: str


class Known(NamedTuple):
    """Accounts by number, links by record, match keys; as the last match left them."""

    accounts: dict[int, KnownAccount]
    links: dict[RecordKey, KnownLink]
    keys: dict[str, int]


@dataclass(frozen=True, slots=True)
class MatchRows:
    """What a match came to, in rows (all columns of their tables).

    keys: the match key of every account that has living records, by its number. heirs: accounts that begin with
    the history of another one. With only_contacts, the links of accounts stay, and of contacts only these are
    looked at.
    """

    keys: Mapping[int, str]
    names: Mapping[int, str]
    links: Sequence[Row]
    contact_links: Sequence[Row]
    match_keys: Mapping[str, int]
    cases: Sequence[Case] | None
    """None where no account landed: the questions are those of before."""
    roll_up: RollUps
    events: Sequence[Event] = ()
    heirs: Mapping[int, int] = field(default_factory=dict)
    only_contacts: Collection[RecordKey] | None = None


def known_matches(database: Database) -> Known:
    """What the last match left behind."""
    with database.read() as reader:
        accounts = reader.exec_driver_sql("SELECT id, key, merged_into FROM account")
        links = reader.exec_driver_sql(
            "SELECT connection_id, remote_id, account_id, coalesce(first_account_id, account_id), rule, "
            "confidence, rivals FROM link"
        )
        keys = reader.exec_driver_sql("SELECT key, account_id FROM match_key")
        return Known(
            {row[0]: KnownAccount(*row) for row in accounts},
            {(row[0], row[1]): KnownLink(*row[2:]) for row in links},
            {row[0]: row[1] for row in keys},
        )


def save_match(database: Database, found: MatchRows, *, rules: str, now_ms: int) -> int:
    """Make the tables hold exactly this; how many links changed, which is noted for the evidence.

    `rules` are those behind it, as text.
    """
    with database.write() as writer:
        _save_accounts(writer, found)
        _log_events(writer, found.events, now_ms)
        _hand_down(writer, found.heirs)
        changed = _save_contact_links(writer, found)
        if found.only_contacts is None:
            moved = _replace(writer, Link, _known(writer, Link, None), found.links)
            touch(writer, "account_link", _elsewhere(moved))
            touch(writer, "score", {(row[2], "") for pair in moved.values() for row in pair if row})
            changed += len(moved)
            known_keys = {
                row[0]: row[1] for row in writer.exec_driver_sql("SELECT key, account_id FROM match_key")
            }
            delete_rows(
                writer, MatchKey, [(key,) for key in sorted(known_keys.keys() - found.match_keys.keys())]
            )
            upsert(writer, MatchKey, sorted(found.match_keys.items()))
        if found.cases is not None:
            save_cases(writer, found.cases)
        save_roll_up(writer, found.roll_up)
        mark(writer, MATCH_RULES, rules)
        settle_links(writer)
    return changed


def _save_accounts(writer: Connection, found: MatchRows) -> None:
    """Accounts may swap keys, and one may take the key of an account that has no records any more."""
    rows = writer.exec_driver_sql("SELECT id, key, merged_into FROM account")
    known = {row[0]: KnownAccount(*row) for row in rows}
    taken = set(found.keys.values())
    joined = {event.other_id: event.account_id for event in found.events if event.what == "joined"}
    freed = [
        old.id
        for old in known.values()
        if old.id in joined or (old.key in taken and found.keys.get(old.id) != old.key)
    ]
    freed += [number for number, key in found.keys.items() if number in known and known[number].key != key]
    for number in sorted(set(freed)):
        writer.exec_driver_sql("UPDATE account SET key = ? WHERE id = ?", (f"#{number}", number))
    upsert(
        writer,
        Account,
        [(number, key, found.names[number], None) for number, key in sorted(found.keys.items())],
    )
    for number, into in sorted((number, into) for number, into in joined.items() if number is not None):
        writer.exec_driver_sql("UPDATE account SET merged_into = ? WHERE id = ?", (into, number))


def _log_events(writer: Connection, events: Iterable[Event], now_ms: int) -> None:
    first = next_number(writer, AccountEvent)
    upsert(writer, AccountEvent, [(number, now_ms, *event) for number, event in enumerate(events, first)])


def _hand_down(writer: Connection, heirs: Mapping[int, int]) -> None:
    """Scores by day and the tier of one account become those of another one, which has none yet."""
    for model in (Score, TierState):
        table, names = table_of(model).name, columns_of(model)
        rest = ", ".join(f'"{name}"' for name in names if name != "account_id")
        statement = (
            f'INSERT INTO "{table}" (account_id, {rest}) SELECT ?, {rest} FROM "{table}" '  # noqa: S608 ours
            "WHERE account_id = ? ON CONFLICT DO NOTHING"
        )
        for heir, parent in sorted(heirs.items()):
            writer.exec_driver_sql(statement, (heir, parent))


def _save_contact_links(writer: Connection, found: MatchRows) -> int:
    known = _known(writer, ContactLink, found.only_contacts)
    changed = _replace(writer, ContactLink, known, found.contact_links)
    moved = _elsewhere(changed)
    touch(writer, "contact_link", moved)
    moved_rows = [row for key in moved for row in changed[key] if row]
    renamed_rows = [row for key in touched(writer, "contact") if (row := known.get(key))]
    touch(writer, "person", {(0, row[2]) for row in moved_rows + renamed_rows})
    touch(writer, "people_of", {(row[3], "") for row in moved_rows if row[3] is not None})
    return len(changed)


def _elsewhere(changed: Mapping[RecordKey, tuple[Row | None, Row | None]]) -> list[RecordKey]:
    """Links that lead elsewhere than before, other than those that say only something else of their rule."""
    return [
        key
        for key, (before, after) in changed.items()
        if before is None or after is None or before[:4] != after[:4]
    ]


def _known(
    writer: Connection, model: type[SQLModel], only: Collection[RecordKey] | None
) -> dict[RecordKey, Row]:
    """Rows of a link table by their record; `only` narrows them."""
    statement = f"SELECT * FROM {table_of(model).name}"  # noqa: S608 ours
    if only is None:
        rows = list(writer.exec_driver_sql(statement))
    else:
        one = f"{statement} WHERE connection_id = ? AND remote_id = ?"
        rows = [row for key in only for row in writer.exec_driver_sql(one, tuple(key))]
    return {(row[0], row[1]): tuple(row) for row in rows}


def _replace(
    writer: Connection, model: type[SQLModel], known: Mapping[RecordKey, Row], rows: Iterable[Row]
) -> dict[RecordKey, tuple[Row | None, Row | None]]:
    """Make known rows these rows; gives what changed, before and after."""
    wanted = {(row[0], row[1]): row for row in rows}
    changed = {
        key: (known.get(key), wanted.get(key))
        for key in known.keys() | wanted.keys()
        if known.get(key) != wanted.get(key)
    }
    delete_rows(writer, model, [key for key, (_, after) in changed.items() if after is None])
    upsert(writer, model, [after for _, after in changed.values() if after is not None])
    return changed


def account_ids(database: Database, connection_id: int) -> dict[RecordRef, int]:
    """The account behind every account and contact record of a connection."""
    statement = (
        "SELECT '{}', remote_id, account_id FROM {} WHERE connection_id = ? AND account_id IS NOT NULL"
    )
    with database.read() as reader:
        return {
            RecordRef(Kind(row[0]), row[1]): row[2]
            for kind, table in ((Kind.ACCOUNT, "link"), (Kind.CONTACT, "contact_link"))
            for row in reader.exec_driver_sql(statement.format(kind, table), (connection_id,))
        }
