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


NO_TYPE = "none"
"""In a mapping of activity types: what counts nothing."""


class Kind(StrEnum):
    """The kinds of record that Shortlist reads."""

    ACCOUNT = "account"
    CONTACT = "contact"
    DEAL = "deal"
    ACTIVITY = "activity"
    OWNER = "owner"
    DEAL_ROLES = "deal_roles"
    TALLY = "tally"


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
    """A person. `account_id` is the remote id of the account in the same CRM, where the CRM knows it.

    A lead is a contact without account and managed fields, with "Lead:" before its id; one that was converted
    is gone, and `survivor_id` names the contact it became.
    """

    remote_id: str
    modified_at: datetime
    account_id: str | None
    email: str | None
    name: str
    title: str | None
    buying_role: str | None
    managed: Mapping[str, str | None]
    survivor_id: str | None = None


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
    deal_id: where the CRM names no account, the account of this deal counts.
    replaces: the remote id of another activity that stands for the same thing and says less; it counts nothing.
    """

    remote_id: str
    modified_at: datetime
    account_id: str | None
    contact_ids: tuple[str, ...]
    type: str
    occurred_at: datetime
    minutes: int | None
    is_cancelled: bool
    deal_id: str | None = None
    replaces: str | None = None


class Owner(NamedTuple):
    """A Salesforce user or a HubSpot owner: somebody whom accounts belong to."""

    remote_id: str
    modified_at: datetime
    name: str
    email: str | None
    is_active: bool


class DealRoles(NamedTuple):
    """Which parts contacts play in a deal: everything the CRM says under this id, replacing what it said before.

    people: pairs of a contact's remote id and a role in the CRM's words. set_at: when the roles were set, or
    where the CRM does not keep that, when the deal was made.
    """

    remote_id: str
    modified_at: datetime
    deal_id: str
    set_at: datetime
    people: tuple[tuple[str, str], ...]


class Tally(NamedTuple):
    """A counter that a CRM keeps of a contact's touches, with the time of the latest (core.tallies).

    total is None where the CRM tells that time only. `type` is that of the activities it counts.
    told_by: the activity that is one step of the counter already; then nothing was read of the counter itself.
    """

    remote_id: str
    modified_at: datetime
    account_id: str | None
    contact_id: str
    type: str
    total: int | None
    latest_at: datetime
    told_by: str | None = None


Record = Account | Contact | Deal | Activity | Owner | DealRoles | Tally


class Tombstone(NamedTuple):
    """A record that is gone; `survivor_id` names the one it was merged into.

    is_erased: it was deleted for privacy, so nothing that says anything of the person may stay.
    """

    ref: RecordRef
    survivor_id: str | None = None
    is_erased: bool = False
