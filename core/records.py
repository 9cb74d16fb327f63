"""What Shortlist knows of a CRM's records: plain tuples, one shape for every CRM.

They are named tuples because a first load makes millions of them and the store writes them as rows.
Times are aware UTC. Ids are the CRM's own, as text (Salesforce's in their 18-character form).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

Value = str | float | bool | None
"""What a mapped field may hold; dates and times are ISO text."""


class Kind(StrEnum):
    """The four kinds of record that Shortlist reads."""

    ACCOUNT = "account"
    CONTACT = "contact"
    DEAL = "deal"
    ACTIVITY = "activity"


class RecordRef(NamedTuple):
    """Points at one record in one CRM."""

    kind: Kind
    remote_id: str


class Account(NamedTuple):
    """A Salesforce Account or a HubSpot company.

    `twin_id` is the id of the same company in the other CRM where a native sync keeps one.
    `fields` are the inputs of fit rules by their mapped names; `managed` holds what the CRM says now in
    the fields Shortlist writes (and in tier_override), as canonical text (core.fields).
    """

    remote_id: str
    modified_at: datetime
    name: str
    website: str | None
    owner_id: str | None
    parent_id: str | None
    twin_id: str | None
    fields: Mapping[str, Value]
    managed: Mapping[str, str | None]


class Contact(NamedTuple):
    """A person. `account_id` is the remote id of the account in the same CRM, where the CRM knows it."""

    remote_id: str
    modified_at: datetime
    account_id: str | None
    email: str | None
    name: str
    title: str | None
    buying_role: str | None
    managed: Mapping[str, str | None]


class Deal(NamedTuple):
    """A Salesforce Opportunity or a HubSpot deal. `amount` is in the deal's own currency."""

    remote_id: str
    modified_at: datetime
    account_id: str | None
    name: str
    stage: str
    amount: float | None
    is_closed: bool
    is_won: bool
    created_at: datetime
    closed_at: datetime | None


class Activity(NamedTuple):
    """Something people did. `type` is one of the model's activity types (docs/scoring.md section 2).

    `remote_id` carries the CRM's object name before a colon, because HubSpot numbers each object apart.
    `minutes` is a whole number, or None where the CRM does not say.
    """

    remote_id: str
    modified_at: datetime
    account_id: str | None
    contact_ids: tuple[str, ...]
    type: str
    occurred_at: datetime
    minutes: int | None
    is_cancelled: bool


Record = Account | Contact | Deal | Activity


class Tombstone(NamedTuple):
    """A record that is gone; `survivor_id` names the one it was merged into.

    is_erased: it was deleted for privacy, so nothing that says anything of the person may stay.
    """

    ref: RecordRef
    survivor_id: str | None = None
    is_erased: bool = False
