"""Evidence: activities with their account and person, clustered by account, as scoring reads them.

It is derived: rows in `evidence`, from them packed columns in `evidence_block`, and what scoring reads of each
person in `person`. What landing and matching touched is taken up by the next refresh, in one transaction; a
crash in between loses nothing. Taking up what was touched and building anew give the same bytes.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

from sqlalchemy import Connection

from store.blocks import ACCOUNTS, build_blocks
from store.database import Database
from store.deal_roles import latest_roles
from store.dialect import dialect_of
from store.roll_ups import parents_of
from store.sql import Row, delete_rows, plain_rows, upsert
from store.tables import Evidence, Person
from store.touched import (
    EVIDENCE_STALE,
    evidence_lags,
    mark,
    read_mark,
    score_all,
    settle_evidence,
    touch,
    touched,
)

PersonCode = Callable[[str | None, str | None], int]
"""What scoring reads of a title and a buying role, as one number."""

_RULES = "person_rules"
"""Mark: the rules under which the codes of people were made."""
_MANY = 50_000
"""Touched activities from which building everything anew costs less."""

# The activity's own account first: a consultant in two accounts' meetings counts where the meeting was.
_INSERT = """
INSERT INTO evidence
       (account_id, person_id, type_id, occurred_at, connection_id, remote_id, minutes)
SELECT coalesce(link.account_id, part.account_id) AS account_id, coalesce(person.id, 0), type.id,
       activity.occurred_at, activity.connection_id, activity.remote_id, activity.minutes
FROM {activities}
LEFT JOIN {contact_ids} AS contact ON true
LEFT JOIN contact_link AS part
       ON part.connection_id = activity.connection_id AND part.remote_id = contact.value
LEFT JOIN person ON person.key = part.person_key
LEFT JOIN crm_deal AS deal ON activity.account_id IS NULL
       AND deal.connection_id = activity.connection_id AND deal.remote_id = activity.deal_id
LEFT JOIN link ON link.connection_id = activity.connection_id
       AND link.remote_id = coalesce(activity.account_id, deal.account_id)
JOIN activity_type AS type ON type.name = activity.type
WHERE {which} AND NOT activity.is_gone AND NOT activity.is_cancelled
  AND coalesce(link.account_id, part.account_id) IS NOT NULL
ORDER BY 1, 2, 3, 4, 5, 6 ON CONFLICT DO NOTHING
"""
_ALL = {"activities": "crm_activity AS activity", "which": "true"}
# CROSS JOIN with its condition below: SQLite then begins with what was touched.
_TOUCHED = {
    "activities": "touched CROSS JOIN crm_activity AS activity",
    "which": "touched.what = 'activity' AND activity.connection_id = touched.connection_id "
    "AND activity.remote_id = touched.remote_id",
}

# Parents are the topmost ones, so no row is passed on twice.
_ROLL_UP = """
INSERT INTO evidence
       (account_id, person_id, type_id, occurred_at, connection_id, remote_id, minutes)
SELECT roll_up.parent_id, evidence.person_id, evidence.type_id, evidence.occurred_at, evidence.connection_id,
       evidence.remote_id, evidence.minutes
FROM {evidence} JOIN roll_up ON roll_up.account_id = evidence.account_id
WHERE {which} ORDER BY 1, 2, 3, 4, 5, 6 ON CONFLICT DO NOTHING
"""
_TOUCHED_EVIDENCE = {
    "evidence": "touched CROSS JOIN evidence",
    "which": "touched.what = 'activity' AND evidence.connection_id = touched.connection_id "
    "AND evidence.remote_id = touched.remote_id",
}
_DROP_REPLACED = """
DELETE FROM evidence WHERE (connection_id, remote_id) IN (
SELECT activity.connection_id, activity.replaces FROM crm_activity AS activity
WHERE activity.replaces IS NOT NULL AND NOT activity.is_gone)
"""
_OF_TOUCHED = """
SELECT evidence.account_id, evidence.person_id, evidence.type_id, evidence.occurred_at, evidence.connection_id,
       evidence.remote_id
FROM touched CROSS JOIN evidence WHERE touched.what = 'activity'
  AND evidence.connection_id = touched.connection_id AND evidence.remote_id = touched.remote_id
"""
"""The primary keys of evidence whose activity was touched."""
_REPLACED = """
SELECT evidence.account_id, evidence.person_id, evidence.type_id, evidence.occurred_at, evidence.connection_id,
       evidence.remote_id
FROM touched CROSS JOIN crm_activity AS activity {by_index} CROSS JOIN evidence
WHERE touched.what = 'activity' AND activity.connection_id = touched.connection_id
  AND activity.replaces = touched.remote_id AND NOT activity.is_gone
  AND evidence.connection_id = touched.connection_id AND evidence.remote_id = touched.remote_id
"""
"""The same of those among them that another activity replaces."""

# Numbers have no gaps (store.sql.next_number); PostgreSQL's own would skip some at every conflict.
_NEW_PEOPLE = """
INSERT INTO person (id, key, name, title, crm_role)
SELECT (SELECT coalesce(max(id), 0) FROM person) + row_number() OVER (ORDER BY new.key), new.key, '', '', ''
FROM ({keys}) AS new WHERE NOT EXISTS (SELECT 1 FROM person WHERE person.key = new.key) ORDER BY new.key
"""
_NEW_TYPES = """
INSERT INTO activity_type (id, name)
SELECT (SELECT coalesce(max(id), 0) FROM activity_type) + row_number() OVER (ORDER BY new.name), new.name
FROM (SELECT DISTINCT activity.type AS name FROM {activities} WHERE {which}) AS new
WHERE NOT EXISTS (SELECT 1 FROM activity_type WHERE activity_type.name = new.name) ORDER BY new.name
"""

_PEOPLE = """
SELECT person.id, person.key, contact.name, contact.title, contact.buying_role FROM {links}
JOIN person ON person.key = link.person_key
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
    keys = "SELECT DISTINCT person_key AS key FROM contact_link"
    writer.exec_driver_sql(_NEW_PEOPLE.format(keys=keys))
    writer.exec_driver_sql(
        "UPDATE person SET name = '', title = '', crm_role = '', code = NULL WHERE code IS NOT NULL"
    )
    _describe_people(writer, "contact_link AS link", person_code)
    writer.exec_driver_sql(_NEW_TYPES.format(**_ALL))
    writer.exec_driver_sql("DELETE FROM evidence")
    # Filled behind the rows: keeping an index on ids in order while rows come by account costs far more.
    writer.exec_driver_sql("DROP INDEX evidence_activity")
    _insert(writer, _ALL)
    writer.exec_driver_sql("CREATE INDEX evidence_activity ON evidence (connection_id, remote_id)")
    writer.exec_driver_sql(_DROP_REPLACED)
    writer.exec_driver_sql(_ROLL_UP.format(evidence="evidence", which="true"))
    writer.exec_driver_sql("DELETE FROM evidence_block")
    score_all(writer)
    build_blocks(writer, _blocks_with_anything(writer))


def _insert(writer: Connection, activities: Mapping[str, str]) -> None:
    contact_ids = dialect_of(writer).json_each.format(list="activity.contact_ids")
    writer.exec_driver_sql(_INSERT.format(contact_ids=contact_ids, **activities))


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
        "INSERT INTO touched SELECT 'contact_link', link.connection_id, link.remote_id FROM touched "
        "JOIN contact_link AS link ON link.person_key = touched.remote_id WHERE touched.what = 'person' "
        "ON CONFLICT DO NOTHING"
    )
    contact_ids = dialect_of(writer).json_each.format(list="activity.contact_ids")
    writer.exec_driver_sql(
        "INSERT INTO touched SELECT 'activity', activity.connection_id, activity.remote_id "  # noqa: S608 ours
        "FROM crm_activity AS activity WHERE EXISTS (SELECT 1 FROM touched WHERE what = 'account_link' "
        "AND connection_id = activity.connection_id AND remote_id = activity.account_id) "
        "OR (activity.account_id IS NULL AND EXISTS (SELECT 1 FROM crm_deal AS deal JOIN touched "
        "ON what = 'account_link' AND touched.connection_id = deal.connection_id "
        "AND touched.remote_id = deal.account_id WHERE deal.connection_id = activity.connection_id "
        "AND deal.remote_id = activity.deal_id)) "
        f"OR EXISTS (SELECT 1 FROM {contact_ids} AS contact JOIN touched "
        "ON what = 'contact_link' AND connection_id = activity.connection_id AND remote_id = contact.value) "
        "ON CONFLICT DO NOTHING"
    )


def _refresh(writer: Connection, person_code: PersonCode) -> None:
    keys = "SELECT remote_id AS key FROM touched WHERE what = 'person'"
    writer.exec_driver_sql(_NEW_PEOPLE.format(keys=keys))
    writer.exec_driver_sql(
        "UPDATE person SET name = '', title = '', crm_role = '', code = NULL "
        "WHERE key IN (SELECT remote_id FROM touched WHERE what = 'person')"
    )
    _describe_people(writer, _TOUCHED_LINKS, person_code)
    writer.exec_driver_sql(_NEW_TYPES.format(**_TOUCHED))
    members = {number for number, _ in touched(writer, "people_of")}
    before = plain_rows(writer, _OF_TOUCHED)
    delete_rows(writer, Evidence, before)
    _insert(writer, _TOUCHED)
    by_index = dialect_of(writer).by_index.format(name="crm_activity_replaces")
    delete_rows(writer, Evidence, plain_rows(writer, _REPLACED.format(by_index=by_index)))
    writer.exec_driver_sql(_ROLL_UP.format(**_TOUCHED_EVIDENCE))
    accounts = {row[0] for row in (*before, *plain_rows(writer, _OF_TOUCHED))}
    accounts |= members | parents_of(writer, members)
    touch(writer, "score", [(account, "") for account in accounts])
    build_blocks(writer, sorted({account // ACCOUNTS for account in accounts}))


def _describe_people(writer: Connection, links: str, person_code: PersonCode) -> None:
    """One row a person; what the first CRM does not say, the next one may.

    A role in a field of the contact comes before the one that was set last on a deal.
    """
    found = plain_rows(writer, _PEOPLE.format(links=links))
    on_deals = latest_roles(writer, links)
    rows: list[Row] = [
        (*person, *_described([row[2:] for row in rows], on_deals.get(person[1]), person_code))
        for person, rows in groupby(found, key=lambda row: row[:2])
    ]
    upsert(writer, Person, rows)


def _described(
    contacts: Iterable[Row], role_on_deal: str | None, person_code: PersonCode
) -> tuple[str, str, str, int]:
    names, titles, roles = zip(*contacts, strict=True)
    title, role = next(filter(None, titles), None), next(filter(None, roles), None) or role_on_deal
    return next(filter(None, names), ""), title or "", (role or "").strip(), person_code(title, role)
