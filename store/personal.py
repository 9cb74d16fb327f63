"""Where the store may hold something of a person: what erasing empties, and what the proof looks through.

A table that is named nowhere here fails tests/security/test_privacy.py, so that a new one cannot be overlooked.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import String, Table
from sqlmodel import AutoString, SQLModel

import store.tables  # noqa: F401 registers the tables
from core.records import Kind


class Place(NamedTuple):
    """Rows that belong to one contact: its id stands in `column`, where `condition` (SQL of ours) holds."""

    table: str
    column: str
    condition: str = "TRUE"


_OF_CONTACT = f"(kind = '{Kind.CONTACT}' OR kind LIKE '% of {Kind.CONTACT}')"
PLACES = (
    Place("crm_contact", "remote_id"),
    Place("contact_link", "remote_id"),
    Place("crm_tally", "contact_id"),
    Place("crm_deal_role", "contact_id"),
    Place("change", "remote_id", _OF_CONTACT),
    Place("quarantine", "remote_id", _OF_CONTACT),
    Place("written", "remote_id", _OF_CONTACT),
    Place("hint", "remote_id", f"kind = '{Kind.CONTACT}'"),
    Place("match_decision", "remote_id", f"kind = '{Kind.CONTACT}'"),
    Place("touched", "remote_id", "what IN ('contact', 'contact_link')"),
)
"""Rows that go when their contact goes. Every one has the connection in `connection_id`."""

KEPT_WITHOUT_THE_PERSON = {
    "delivery": "is made into hints first, which go with their contact",
    "crm_activity": "the contact leaves the list of who took part",
    "person": "name, title, role and address are emptied; the number stays",
    "evidence": "is built anew without the person",
    "evidence_block": "is built anew without the person",
    "forgotten": "holds keyed hashes only",
}
"""Tables with rows about people that stay, and what becomes of them."""

NOT_OF_PEOPLE = {
    "account": "companies",
    "account_event": "companies",
    "activity_type": "words",
    "call_meter": "counts",
    "connection": "the CRMs",
    "crm_account": "companies; addresses and names in texts are erased",
    "crm_deal": "deals; addresses in names are erased",
    "crm_owner": "users of the CRM: a row goes by its address",
    "dropped_hint": "counts",
    "fire": "slots of schedules",
    "inventory": "what install made",
    "job": "names and arguments of tasks",
    "journal_cursor": "places in the CRM",
    "last_scored": "companies",
    "link": "companies",
    "mark": "facts about the store itself",
    "match_case": "companies",
    "match_key": "companies",
    "membership": "companies",
    "model_version": "published models never change",
    "roll_up": "companies",
    "run": "counts and messages; addresses in them are erased",
    "schedule": "what an admin wrote",
    "score": "companies",
    "score_shard": "companies, while they are scored",
    "signal": "companies; addresses in texts are erased",
    "stream_cursor": "places in the CRM",
    "tier_override": "companies; addresses in words of people are erased",
    "tier_state": "companies",
    "vault": "sealed sign-ins",
}
"""Tables without rows about people. Their texts are searched for addresses all the same."""

UNTOUCHED_TEXTS = {("model_version", "text"), ("vault", "sealed"), ("call_meter", "log")}
"""Texts that are never rewritten: (table, column)."""


def text_columns() -> Iterator[tuple[Table, str]]:
    """Every column that holds text, by table."""
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String | AutoString):
                yield table, column.name
