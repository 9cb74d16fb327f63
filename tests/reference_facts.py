"""Facts row by row out of the landed tables and the links: what the packed columns must come to."""

from datetime import datetime

from core.clock import millis
from scoring.facts import (
    AccountFacts,
    ActivityRow,
    ContactRow,
    Contacts,
    Evidence,
    People,
    PersonRow,
    Signals,
)
from scoring.kernel import Scores, score
from scoring.model import Model
from store.database import Database
from store.facts import PersonRecord, account_records, person_records
from sync.facts import merged_fields

_EVIDENCE = """
SELECT DISTINCT coalesce(link.account_id, part.account_id), coalesce(part.person_key, ''), activity.type,
       activity.occurred_at, activity.connection_id, activity.remote_id, activity.minutes
FROM crm_activity AS activity
LEFT JOIN json_each(activity.contact_ids) AS contact ON true
LEFT JOIN contact_link AS part
       ON part.connection_id = activity.connection_id AND part.remote_id = contact.value
LEFT JOIN link ON link.connection_id = activity.connection_id AND link.remote_id = activity.account_id
WHERE NOT activity.is_gone AND NOT activity.is_cancelled
  AND coalesce(link.account_id, part.account_id) IS NOT NULL AND activity.occurred_at <= ?
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
    people = People.from_rows(_people(persons))
    names = [account.key for account in fields.values()]
    evidence = Evidence.from_rows(names, people, _activities(database, keys, set(people.ids), as_of))
    members = {ContactRow(keys[row.account_id], row.person_key) for row in persons if row.account_id in keys}
    contacts = Contacts.from_rows(names, people, members)
    accounts = tuple(fields.values())
    return tuple(fields), score(accounts, evidence, Signals.none(), contacts, model, as_of)


def _people(rows: list[PersonRecord]) -> list[PersonRow]:
    people: dict[str, PersonRow] = {}
    for row in rows:
        first = people.get(row.person_key, PersonRow(row.person_key, ""))
        people[row.person_key] = PersonRow(
            row.person_key,
            first.name or row.name,
            first.title or row.title,
            first.crm_role or row.buying_role,
        )
    return list(people.values())


def _activities(
    database: Database, keys: dict[int, str], known: set[str], as_of: datetime
) -> list[ActivityRow]:
    with database.read() as reader:
        rows = reader.exec_driver_sql(_EVIDENCE, (millis(as_of),)).all()
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
