"""Facts row by row out of the landed tables and the links: what the packed columns must come to."""

from datetime import datetime

from core.clock import millis
from scoring.evidence import ActivityRow, Evidence
from scoring.facts import AccountFacts, ContactRow, Contacts
from scoring.kernel import Scores, score
from scoring.model import Model
from scoring.people import People, PersonRow
from scoring.signals import Signals
from store.database import Database
from store.facts import PersonRecord, account_records, person_records
from sync.facts import merged_fields

_EVIDENCE = """
SELECT DISTINCT coalesce(link.account_id, deal_link.account_id, part.account_id),
       coalesce(part.person_key, ''), activity.type,
       activity.occurred_at, activity.connection_id, activity.remote_id, activity.minutes
FROM crm_activity AS activity
LEFT JOIN json_each(activity.contact_ids) AS contact ON true
LEFT JOIN contact_link AS part
       ON part.connection_id = activity.connection_id AND part.remote_id = contact.value
LEFT JOIN link ON link.connection_id = activity.connection_id AND link.remote_id = activity.account_id
LEFT JOIN crm_deal AS deal ON activity.account_id IS NULL
       AND deal.connection_id = activity.connection_id AND deal.remote_id = activity.deal_id
LEFT JOIN link AS deal_link
       ON deal_link.connection_id = deal.connection_id AND deal_link.remote_id = deal.account_id
WHERE NOT activity.is_gone AND NOT activity.is_cancelled
  AND coalesce(link.account_id, deal_link.account_id, part.account_id) IS NOT NULL
  AND activity.occurred_at <= ?
  AND NOT EXISTS (SELECT 1 FROM crm_activity AS better WHERE NOT better.is_gone
                  AND better.connection_id = activity.connection_id AND better.replaces = activity.remote_id)
"""
_ROLES = """
SELECT link.person_key, role.role FROM crm_deal_role AS role
JOIN crm_deal AS deal ON deal.connection_id = role.connection_id AND deal.remote_id = role.deal_id
JOIN contact_link AS link ON link.connection_id = role.connection_id AND link.remote_id = role.contact_id
WHERE NOT role.is_gone AND NOT deal.is_gone
ORDER BY role.set_at, role.connection_id, role.remote_id, role.contact_id
"""


def reference_scores(database: Database, model: Model, as_of: datetime) -> tuple[tuple[int, ...], Scores]:
    """Account numbers and their scores, from rows; reads neither person, evidence nor blocks."""
    keys: dict[int, str] = {}
    fields: dict[int, AccountFacts] = {}
    rows = account_records(database)
    for row in rows:
        mine = [other for other in rows if other.account_id == row.account_id]
        keys[row.account_id] = row.key
        fields[row.account_id] = AccountFacts(row.key, merged_fields(mine))
    persons = [row for row in person_records(database) if row.account_id is not None]
    people = People.from_rows(_people(persons, database))
    parents = _parents(database)
    names = [account.key for account in fields.values()]
    evidence = Evidence.from_rows(names, people, _activities(database, keys, set(people.ids), as_of))
    members = {
        ContactRow(keys[account], row.person_key)
        for row in persons
        for account in (row.account_id, parents.get(row.account_id))
        if account in keys
    }
    contacts = Contacts.from_rows(names, people, members)
    accounts = tuple(fields.values())
    return tuple(fields), score(accounts, evidence, Signals.none(), contacts, model, as_of)


def _parents(database: Database) -> dict[int, int]:
    with database.read() as reader:
        rows = reader.exec_driver_sql("SELECT account_id, parent_id FROM roll_up").all()
    return {row[0]: row[1] for row in rows}


def _people(rows: list[PersonRecord], database: Database) -> list[PersonRow]:
    with database.read() as reader:
        on_deals = {row[0]: row[1] for row in reader.exec_driver_sql(_ROLES)}
    people: dict[str, PersonRow] = {}
    for row in rows:
        first = people.get(row.person_key, PersonRow(row.person_key, ""))
        people[row.person_key] = PersonRow(
            row.person_key,
            first.name or row.name,
            first.title or row.title,
            first.crm_role or row.buying_role,
        )
    return [row._replace(crm_role=row.crm_role or on_deals.get(row.id)) for row in people.values()]


def _activities(
    database: Database, keys: dict[int, str], known: set[str], as_of: datetime
) -> list[ActivityRow]:
    with database.read() as reader:
        own = {tuple(row) for row in reader.exec_driver_sql(_EVIDENCE, (millis(as_of),))}
    parents = _parents(database)
    rows = own | {(parents[row[0]], *row[1:]) for row in own if row[0] in parents}
    return [
        ActivityRow(
            id=f"{connection_id}:{remote_id}",
            account=keys[account_id],
            person=person_key if person_key in known else None,
            type=kind,
            occurred_at=occurred_at // 1000,
            minutes=minutes,
        )
        for account_id, person_key, kind, occurred_at, connection_id, remote_id, minutes in rows
        if account_id in keys
    ]
