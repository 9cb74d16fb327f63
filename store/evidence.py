"""Evidence: activities with their account and person, clustered by account, as scoring reads them.

It is derived: rows in `evidence`, from them packed columns in `evidence_block`, and what scoring reads of each
person in `person`. What landing and matching touched is taken up by the next refresh, in one transaction; a
crash in between loses nothing. Taking up what was touched and building anew give the same bytes.
"""

from collections.abc import Callable, Iterable
from itertools import groupby

from sqlalchemy import Connection

from store.blocks import ACCOUNTS, build_blocks
from store.database import Database
from store.touched import EVIDENCE_STALE, evidence_lags, mark, read_mark, settle_evidence, touched

PersonCode = Callable[[str | None, str | None], int]
"""What scoring reads of a title and a buying role, as one number."""

_RULES = "person_rules"
"""Mark: the rules under which the codes of people were made."""
_MANY = 50_000
"""Touched activities from which building everything anew costs less."""

# The activity's own account first: a consultant in two accounts' meetings counts where the meeting was.
_INSERT = """
INSERT OR IGNORE INTO evidence
       (account_id, person_id, type_id, occurred_at, connection_id, remote_id, minutes)
SELECT coalesce(link.account_id, part.account_id) AS account_id, coalesce(person.id, 0), type.id,
       activity.occurred_at, activity.connection_id, activity.remote_id, activity.minutes
FROM {activities}
LEFT JOIN json_each(activity.contact_ids) AS contact ON true
LEFT JOIN contact_link AS part
       ON part.connection_id = activity.connection_id AND part.remote_id = contact.value
LEFT JOIN person ON person.key = part.person_key
LEFT JOIN link ON link.connection_id = activity.connection_id AND link.remote_id = activity.account_id
JOIN activity_type AS type ON type.name = activity.type
WHERE NOT activity.is_gone AND NOT activity.is_cancelled
  AND coalesce(link.account_id, part.account_id) IS NOT NULL
ORDER BY 1, 2, 3, 4, 5, 6
"""
_ALL = "crm_activity AS activity"
_TOUCHED = """touched CROSS JOIN crm_activity AS activity
  ON touched.what = 'activity' AND activity.connection_id = touched.connection_id
 AND activity.remote_id = touched.remote_id"""

_PEOPLE = """
SELECT link.person_key, contact.name, contact.title, contact.buying_role FROM {links}
JOIN crm_contact AS contact
  ON contact.connection_id = link.connection_id AND contact.remote_id = link.remote_id
WHERE link.account_id IS NOT NULL AND NOT contact.is_gone
ORDER BY link.person_key, link.connection_id, link.remote_id
"""
_TOUCHED_LINKS = """contact_link AS link
JOIN touched ON touched.what = 'person' AND touched.connection_id = 0 AND touched.remote_id = link.person_key"""


def refresh_evidence(database: Database, person_code: PersonCode, rules: str) -> bool:
    """Bring people, evidence and blocks up to date; whether there was anything to do.

    `rules` names the rules behind person_code: under others everything is built anew.
    """
    with database.read() as reader:
        if read_mark(reader, _RULES) == rules and not evidence_lags(reader):
            return False
    with database.write() as writer:
        is_new = read_mark(writer, EVIDENCE_STALE) is not None or read_mark(writer, _RULES) != rules
        if is_new or _spread_touch(writer) > _MANY:
            _rebuild(writer, person_code)
        else:
            _refresh(writer, person_code)
        settle_evidence(writer)
        mark(writer, _RULES, rules)
    return True


def _rebuild(writer: Connection, person_code: PersonCode) -> None:
    writer.exec_driver_sql(
        "INSERT OR IGNORE INTO person (key, name, title, crm_role) "
        "SELECT DISTINCT person_key, '', '', '' FROM contact_link ORDER BY person_key"
    )
    writer.exec_driver_sql(
        "UPDATE person SET name = '', title = '', crm_role = '', code = NULL WHERE code IS NOT NULL"
    )
    _describe_people(writer, "contact_link AS link", person_code)
    writer.exec_driver_sql(
        "INSERT OR IGNORE INTO activity_type (name) SELECT DISTINCT type FROM crm_activity ORDER BY type"
    )
    writer.exec_driver_sql("DELETE FROM evidence")
    # Filled behind the rows: keeping an index on ids in order while rows come by account costs far more.
    writer.exec_driver_sql("DROP INDEX evidence_activity")
    writer.exec_driver_sql(_INSERT.format(activities=_ALL))
    writer.exec_driver_sql("CREATE INDEX evidence_activity ON evidence (connection_id, remote_id)")
    writer.exec_driver_sql("DELETE FROM evidence_block")
    build_blocks(writer, _blocks_with_anything(writer))


def _blocks_with_anything(writer: Connection) -> list[int]:
    rows = writer.exec_driver_sql("SELECT DISTINCT id / ? FROM account ORDER BY 1", (ACCOUNTS,))
    return [row[0] for row in rows]


def _spread_touch(writer: Connection) -> int:
    """Note the activities behind changed links; how many activities are touched."""
    if touched(writer, "account_link") or touched(writer, "contact_link"):
        _touch_linked_activities(writer)
    count = writer.exec_driver_sql("SELECT count(*) FROM touched WHERE what = 'activity'").scalar()
    return int(count or 0)


def _touch_linked_activities(writer: Connection) -> None:
    """One look at every activity: activities have no index by account or person, which would slow landing.

    A contact counts as changed with every other contact of the same person: whether somebody is known
    depends on all of them.
    """
    writer.exec_driver_sql(
        "INSERT OR IGNORE INTO touched SELECT 'contact_link', link.connection_id, link.remote_id FROM touched "
        "JOIN contact_link AS link ON link.person_key = touched.remote_id WHERE touched.what = 'person'"
    )
    writer.exec_driver_sql(
        "INSERT OR IGNORE INTO touched SELECT 'activity', activity.connection_id, activity.remote_id "
        "FROM crm_activity AS activity WHERE EXISTS (SELECT 1 FROM touched WHERE what = 'account_link' "
        "AND connection_id = activity.connection_id AND remote_id = activity.account_id) "
        "OR EXISTS (SELECT 1 FROM json_each(activity.contact_ids) AS contact JOIN touched "
        "ON what = 'contact_link' AND connection_id = activity.connection_id AND remote_id = contact.value)"
    )


def _refresh(writer: Connection, person_code: PersonCode) -> None:
    writer.exec_driver_sql(
        "INSERT OR IGNORE INTO person (key, name, title, crm_role) SELECT remote_id, '', '', '' FROM touched "
        "WHERE what = 'person' ORDER BY remote_id"
    )
    writer.exec_driver_sql(
        "UPDATE person SET name = '', title = '', crm_role = '', code = NULL "
        "WHERE key IN (SELECT remote_id FROM touched WHERE what = 'person')"
    )
    _describe_people(writer, _TOUCHED_LINKS, person_code)
    writer.exec_driver_sql(
        "INSERT OR IGNORE INTO activity_type (name) SELECT DISTINCT activity.type "  # noqa: S608 ours
        f"FROM {_TOUCHED} ORDER BY activity.type"
    )
    accounts = {number for number, _ in touched(writer, "people_of")} | _accounts_of_touched(writer)
    writer.exec_driver_sql(
        "DELETE FROM evidence WHERE (connection_id, remote_id) IN "
        "(SELECT connection_id, remote_id FROM touched WHERE what = 'activity')"
    )
    writer.exec_driver_sql(_INSERT.format(activities=_TOUCHED))
    accounts |= _accounts_of_touched(writer)
    build_blocks(writer, sorted({account // ACCOUNTS for account in accounts}))


def _accounts_of_touched(writer: Connection) -> set[int]:
    rows = writer.exec_driver_sql(
        "SELECT DISTINCT evidence.account_id FROM touched CROSS JOIN evidence "
        "ON evidence.connection_id = touched.connection_id AND evidence.remote_id = touched.remote_id "
        "WHERE touched.what = 'activity'"
    )
    return {row[0] for row in rows}


def _describe_people(writer: Connection, links: str, person_code: PersonCode) -> None:
    """One row a person; what the first CRM does not say, the next one may."""
    found = writer.exec_driver_sql(_PEOPLE.format(links=links)).all()
    rows = [
        (*_described([tuple(row)[1:] for row in rows], person_code), key)
        for key, rows in groupby(found, key=lambda row: row[0])
    ]
    if rows:
        writer.exec_driver_sql(
            "UPDATE person SET name = ?, title = ?, crm_role = ?, code = ? WHERE key = ?", rows
        )


def _described(
    contacts: Iterable[tuple[str | None, str | None, str | None]], person_code: PersonCode
) -> tuple[str, str, str, int]:
    names, titles, roles = zip(*contacts, strict=True)
    title, role = next(filter(None, titles), None), next(filter(None, roles), None)
    return next(filter(None, names), ""), title or "", (role or "").strip(), person_code(title, role)
