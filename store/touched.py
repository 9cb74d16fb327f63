"""What changed since derived data was built: noted in the transaction that changed it.

Landing notes the records it wrote, for the next match; matching notes the links it changed and landing the
activities, for the next refresh of the evidence; both note the accounts whose scores may differ now, for the next
push. Where everything is made anew anyway, nothing is noted.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from sqlalchemy import Connection

from store.database import Database
from store.sql import delete_rows, upsert
from store.tables import Touched

LINKS_STALE = "links_stale"
"""Mark: every record is matched anew, whatever was touched."""
EVIDENCE_STALE = "evidence_stale"
"""Mark: people and evidence are built anew, whatever was touched."""
SCORES_STALE = "scores_stale"
"""Mark: every account is scored anew, whatever was touched."""

What = Literal[
    "account", "contact", "activity", "account_link", "contact_link", "person", "people_of", "score"
]
"""Kinds of things that were touched.

account, contact, activity: a CRM record, by (connection, remote id); account_link, contact_link: a record whose
link changed; person: (0, person key); people_of: an account by (its number, ""); score: an account whose scores
rest on something that changed, by (its number, "").
"""
_MARKS: Mapping[What, str] = {"account": LINKS_STALE, "contact": LINKS_STALE, "score": SCORES_STALE}
_OF_LINKS = "what IN ('account', 'contact')"
_OF_EVIDENCE = "what NOT IN ('account', 'contact', 'score')"


def touch(writer: Connection, what: What, keys: Iterable[tuple[int, str]]) -> None:
    """Note that these changed, in the running transaction."""
    if read_mark(writer, _MARKS.get(what, EVIDENCE_STALE)) is None:
        upsert(writer, Touched, [(what, *key) for key in keys])


def touched(reader: Connection, what: What) -> set[tuple[int, str]]:
    """What is noted of a kind."""
    rows = reader.exec_driver_sql("SELECT connection_id, remote_id FROM touched WHERE what = ?", (what,))
    return {(row[0], row[1]) for row in rows}


def evidence_lags(reader: Connection) -> bool:
    """Whether people and evidence are older than what they rest on."""
    if read_mark(reader, EVIDENCE_STALE) is not None:
        return True
    found = reader.exec_driver_sql(f"SELECT 1 FROM touched WHERE {_OF_EVIDENCE} LIMIT 1")  # noqa: S608 ours
    return found.scalar() is not None


def is_unmatched(database: Database) -> bool:
    """Whether anything landed since the last match: one who did not get there may have been killed."""
    with database.read() as reader:
        found = reader.exec_driver_sql(f"SELECT 1 FROM touched WHERE {_OF_LINKS} LIMIT 1").scalar()  # noqa: S608 ours
        return found is not None or evidence_lags(reader)


def settle_links(writer: Connection) -> None:
    """The links are as new as the running transaction; accounts of records that changed are to be scored."""
    if read_mark(writer, LINKS_STALE) is not None:
        score_all(writer)
    for what, table in (("account", "link"), ("contact", "contact_link")):
        rows = writer.exec_driver_sql(
            f"SELECT DISTINCT link.account_id FROM touched JOIN {table} AS link "  # noqa: S608 ours
            "ON link.connection_id = touched.connection_id AND link.remote_id = touched.remote_id "
            "WHERE touched.what = ? AND link.account_id IS NOT NULL",
            (what,),
        ).scalars()
        touch(writer, "score", [(number, "") for number in rows])
    writer.exec_driver_sql(f"DELETE FROM touched WHERE {_OF_LINKS}")  # noqa: S608 ours
    mark(writer, LINKS_STALE, None)


def settle_evidence(writer: Connection) -> None:
    """People and evidence are as new as the running transaction."""
    writer.exec_driver_sql(f"DELETE FROM touched WHERE {_OF_EVIDENCE}")  # noqa: S608 ours
    mark(writer, EVIDENCE_STALE, None)


def score_all(writer: Connection) -> None:
    """Every account is to be scored anew."""
    writer.exec_driver_sql("DELETE FROM touched WHERE what = 'score'")
    mark(writer, SCORES_STALE, "yes")


class ToScore(NamedTuple):
    """The accounts whose scores may differ from what the CRMs say, by number; `all` where nobody knows which."""

    accounts: frozenset[int]
    all: bool


def to_score(database: Database) -> ToScore:
    """What is noted since the last push."""
    with database.read() as reader:
        accounts = frozenset(number for number, _ in touched(reader, "score"))
        return ToScore(accounts, read_mark(reader, SCORES_STALE) is not None)


def settle_scores(database: Database, done: ToScore) -> None:
    """These were scored and pushed; what was noted meanwhile stays."""
    if not (done.accounts or done.all):
        return
    with database.write(moves=False) as writer:
        delete_rows(writer, Touched, [("score", number, "") for number in sorted(done.accounts)])
        if done.all:
            mark(writer, SCORES_STALE, None)


def mark(connection: Connection, name: str, value: str | None) -> None:
    """Note a small fact in the running transaction; None removes it."""
    if value is None:
        connection.exec_driver_sql("DELETE FROM mark WHERE name = ?", (name,))
    else:
        statement = "INSERT INTO mark VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        connection.exec_driver_sql(statement, (name, value))


def read_mark(connection: Connection, name: str) -> str | None:
    """A noted fact, None where there is none."""
    value = connection.exec_driver_sql("SELECT value FROM mark WHERE name = ?", (name,)).scalar()
    return None if value is None else str(value)
