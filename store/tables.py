"""The tables. Bulk paths read and write them as plain tuples; SQLModel gives them their shape.

Instants are whole milliseconds since 1970 (UTC), days are ISO text, mappings are JSON text with sorted
keys, so that equal values are equal bytes.
"""

from typing import Any

from sqlalchemy import BigInteger, Index, Text, text
from sqlmodel import Field, SQLModel


def _number() -> Any:
    """A key that we give out ourselves (store.sql.next_number)."""
    return Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class Connection(SQLModel, table=True):
    """One configured CRM. `org_id` is the CRM's own id of the org or portal, as first seen."""

    __tablename__ = "connection"
    id: int = _number()
    name: str = Field(unique=True)
    crm: str
    org_id: str | None = None


class StreamCursor(SQLModel, table=True):
    """Where the pull of one stream stands (core.cursors.Cursor as JSON).

    `fields` is a JSON list of the CRM's fields that its rows were read with; empty where nobody knows.
    """

    __tablename__ = "stream_cursor"
    connection_id: int = Field(primary_key=True, foreign_key="connection.id")
    stream: str = Field(primary_key=True)
    value: str = Field(sa_type=Text)
    fields: str | None = Field(default=None, sa_type=Text)


class _Landed(SQLModel):
    connection_id: int = Field(primary_key=True)
    remote_id: str = Field(primary_key=True)
    modified_at: int = Field(sa_type=BigInteger)
    is_gone: bool = False


class CrmAccount(_Landed, table=True):
    """core.records.Account as landed; `survivor_id` names the record it was merged into."""

    __tablename__ = "crm_account"
    __table_args__ = {"sqlite_with_rowid": False}
    name: str
    website: str | None
    owner_id: str | None
    parent_id: str | None
    twin_id: str | None
    fields: str = Field(sa_type=Text)
    managed: str = Field(sa_type=Text)
    survivor_id: str | None = None


class CrmContact(_Landed, table=True):
    """core.records.Contact as landed."""

    __tablename__ = "crm_contact"
    __table_args__ = {"sqlite_with_rowid": False}
    account_id: str | None
    email: str | None
    name: str
    title: str | None
    buying_role: str | None
    managed: str = Field(sa_type=Text)
    survivor_id: str | None = None


class CrmDeal(_Landed, table=True):
    """core.records.Deal as landed."""

    __tablename__ = "crm_deal"
    __table_args__ = {"sqlite_with_rowid": False}
    account_id: str | None
    name: str
    stage: str
    amount: float | None
    is_closed: bool
    is_won: bool
    created_at: int = Field(sa_type=BigInteger)
    closed_at: int | None = Field(default=None, sa_type=BigInteger)


class CrmActivity(_Landed, table=True):
    """core.records.Activity as landed; `contact_ids` is a JSON list."""

    __tablename__ = "crm_activity"
    __table_args__ = (
        Index(
            "crm_activity_replaces",
            "connection_id",
            "replaces",
            sqlite_where=text("replaces IS NOT NULL"),
            postgresql_where=text("replaces IS NOT NULL"),
        ),
        Index(
            "crm_activity_deal",
            "connection_id",
            "deal_id",
            sqlite_where=text("deal_id IS NOT NULL AND account_id IS NULL"),
            postgresql_where=text("deal_id IS NOT NULL AND account_id IS NULL"),
        ),
        {"sqlite_with_rowid": False},
    )
    account_id: str | None
    contact_ids: str = Field(sa_type=Text)
    type: str
    occurred_at: int = Field(sa_type=BigInteger)
    minutes: int | None
    is_cancelled: bool
    deal_id: str | None = None
    replaces: str | None = None


class CrmOwner(_Landed, table=True):
    """core.records.Owner as landed."""

    __tablename__ = "crm_owner"
    __table_args__ = {"sqlite_with_rowid": False}
    name: str
    email: str | None
    is_active: bool


class CrmDealRole(_Landed, table=True):
    """One person of a core.records.DealRoles as landed."""

    __tablename__ = "crm_deal_role"
    __table_args__ = (
        Index("crm_deal_role_deal", "connection_id", "deal_id"),
        Index("crm_deal_role_contact", "connection_id", "contact_id"),
        {"sqlite_with_rowid": False},
    )
    contact_id: str = Field(primary_key=True)
    deal_id: str
    set_at: int = Field(sa_type=BigInteger)
    role: str


class CrmTally(_Landed, table=True):
    """The highest value seen of a core.records.Tally."""

    __tablename__ = "crm_tally"
    __table_args__ = (
        Index("crm_tally_contact", "connection_id", "contact_id"),
        {"sqlite_with_rowid": False},
    )
    contact_id: str
    total: int | None
    latest_at: int = Field(sa_type=BigInteger)


class Account(SQLModel, table=True):
    """One account of ours, over all CRMs. Its number never changes; `key` is its match key of today.

    An account that was joined with another one is kept under it (`merged_into`), with its scores by day. Neither
    it nor an account whose key another one took over has a match key any more: theirs is "#" and the number.
    """

    __tablename__ = "account"
    id: int = _number()
    key: str = Field(unique=True)
    name: str
    merged_into: int | None = None


class Link(SQLModel, table=True):
    """Which account a CRM record belongs to, and by which rule (confidence 0 to 1).

    `rivals` is a JSON list of the numbers of accounts that it might belong to instead, empty where there are none.
    `first_account_id` is the account that it stood in first, empty where that is this one.
    """

    __tablename__ = "link"
    __table_args__ = (Index("link_account", "account_id"), {"sqlite_with_rowid": False})
    connection_id: int = Field(primary_key=True)
    remote_id: str = Field(primary_key=True)
    account_id: int
    rule: str
    confidence: float
    rivals: str | None = Field(default=None, sa_type=Text)
    first_account_id: int | None = None


class ContactLink(SQLModel, table=True):
    """Which person a contact is (over all CRMs), and which account the person belongs to."""

    __tablename__ = "contact_link"
    __table_args__ = (Index("contact_link_account", "account_id"), {"sqlite_with_rowid": False})
    connection_id: int = Field(primary_key=True)
    remote_id: str = Field(primary_key=True)
    person_key: str
    account_id: int | None
    rule: str
    confidence: float | None = None
    rivals: str | None = Field(default=None, sa_type=Text)


class MatchKey(SQLModel, table=True):
    """What leads to an account with living records.

    These are its domains with their aliases, and "connection:remote id" of its records that have no domain.
    """

    __tablename__ = "match_key"
    __table_args__ = {"sqlite_with_rowid": False}
    key: str = Field(primary_key=True)
    account_id: int


class MatchCase(SQLModel, table=True):
    """Two records that may be one account, for a person to decide; `reasons` is a JSON list. Derived.

    `id` stands for the two records, so that it is the same each time.
    """

    __tablename__ = "match_case"
    id: str = Field(primary_key=True)
    connection_id: int
    remote_id: str
    other_connection_id: int
    other_remote_id: str
    rule: str
    confidence: float
    reasons: str = Field(sa_type=Text)


class MatchDecision(SQLModel, table=True):
    """What a person decided about a record; rows are only ever added. `others` is a JSON list of records.

    verdict: "same" (as the one other), "apart" (from the one other), "split" (an account of its own), "join" (it
    belongs to the account of the first of the others that is there).
    """

    __tablename__ = "match_decision"
    id: int = _number()
    decided_at: int = Field(sa_type=BigInteger)
    author: str
    reason: str = Field(sa_type=Text)
    verdict: str
    connection_id: int
    remote_id: str
    others: str = Field(sa_type=Text)


class AccountEvent(SQLModel, table=True):
    """What became of an account; `before` and `after` are match keys.

    what: "renamed" (it has another match key), "joined" (`other_id` is kept under it from now on), "split" (it
    began as a part of `other_id`), "revived" (it was kept under `other_id` and stands for itself again).
    """

    __tablename__ = "account_event"
    __table_args__ = (Index("account_event_account", "account_id"),)
    id: int = _number()
    happened_at: int = Field(sa_type=BigInteger)
    what: str
    account_id: int
    other_id: int | None
    before: str
    after: str


class RollUp(SQLModel, table=True):
    """Accounts that also count for another one, their topmost parent, where the configuration wants that."""

    __tablename__ = "roll_up"
    __table_args__ = (Index("roll_up_parent", "parent_id"),)
    account_id: int = _number()
    parent_id: int


class Person(SQLModel, table=True):
    """Everybody whom contacts stand for, with a small number that stays. Derived, but for the number.

    `code` is what scoring reads of a title and a buying role (scoring.people.person_code); empty for somebody
    who belongs to no account now.
    """

    __tablename__ = "person"
    id: int = _number()
    key: str = Field(unique=True)
    name: str = ""
    title: str = ""
    crm_role: str = ""
    code: int | None = None


class ActivityType(SQLModel, table=True):
    """Types of activity with a small number that stays."""

    __tablename__ = "activity_type"
    id: int = _number()
    name: str = Field(unique=True)


class Evidence(SQLModel, table=True):
    """Activities by account and person; person 0 is somebody unknown. Derived from the landed tables."""

    __tablename__ = "evidence"
    __table_args__ = (
        Index("evidence_activity", "connection_id", "remote_id"),
        {"sqlite_with_rowid": False},
    )
    account_id: int = Field(primary_key=True)
    person_id: int = Field(primary_key=True)
    type_id: int = Field(primary_key=True)
    occurred_at: int = Field(primary_key=True, sa_type=BigInteger)
    connection_id: int = Field(primary_key=True)
    remote_id: str = Field(primary_key=True)
    minutes: int | None


class EvidenceBlock(SQLModel, table=True):
    """Evidence and people of a range of accounts as packed columns (store.blocks). Derived from `evidence`."""

    __tablename__ = "evidence_block"
    number: int = _number()
    account: bytes
    person: bytes
    type: bytes
    occurred_at: bytes
    minutes: bytes
    member_account: bytes
    member_person: bytes


class Touched(SQLModel, table=True):
    """What changed since derived data was built (store.touched)."""

    __tablename__ = "touched"
    __table_args__ = {"sqlite_with_rowid": False}
    what: str = Field(primary_key=True)
    connection_id: int = Field(primary_key=True)
    remote_id: str = Field(primary_key=True)


class Mark(SQLModel, table=True):
    """Small facts that belong into the transaction of what they describe (evidence is stale, …)."""

    __tablename__ = "mark"
    name: str = Field(primary_key=True)
    value: str = Field(sa_type=Text)


class Score(SQLModel, table=True):
    """What an account scored on a day (the last run of the day); numbers rounded to 6 decimals."""

    __tablename__ = "score"
    __table_args__ = {"sqlite_with_rowid": False}
    day: str = Field(primary_key=True)
    account_id: int = Field(primary_key=True)
    fit: float
    fit_completeness: float
    engagement: float
    intent: float
    priority: float
    tier: str
    stage: str
    model_version: str


class TierState(SQLModel, table=True):
    """The tier an account is in now; hysteresis needs the day it was entered."""

    __tablename__ = "tier_state"
    account_id: int = _number()
    tier: str
    since: str
    source: str
    rank: int | None
    reason: str
    mqa_since: str | None = None


class ModelVersion(SQLModel, table=True):
    """Every model that was published or used, whole; a version never changes once it is published.

    `published_at` is empty for a model that was only used from a file; the newest one counts.
    """

    __tablename__ = "model_version"
    version: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)
    first_used_at: int = Field(sa_type=BigInteger)
    author: str | None = None
    note: str | None = Field(default=None, sa_type=Text)
    published_at: int | None = Field(default=None, sa_type=BigInteger)


class Signal(SQLModel, table=True):
    """Something a source said of an account, by domain; matched when scores are made.

    `id` is the source's own id, or stands for the whole row where it has none: importing twice is harmless.
    """

    __tablename__ = "signal"
    __table_args__ = (Index("signal_domain", "domain"), {"sqlite_with_rowid": False})
    source: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    domain: str
    kind: str
    topic: str
    strength: float
    observed_at: int = Field(sa_type=BigInteger)
    imported_at: int = Field(sa_type=BigInteger)


class InventoryRow(SQLModel, table=True):
    """What install made in a CRM (core.changes.InventoryItem); `made_by_us` is False for what was there."""

    __tablename__ = "inventory"
    connection_id: int = Field(primary_key=True)
    type: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    remote_id: str | None
    details: str = Field(sa_type=Text)
    made_by_us: bool


class Membership(SQLModel, table=True):
    """Members that we added to a target list, by the account's remote id; only these are ever removed."""

    __tablename__ = "membership"
    __table_args__ = {"sqlite_with_rowid": False}
    connection_id: int = Field(primary_key=True)
    list_key: str = Field(primary_key=True)
    remote_id: str = Field(primary_key=True)


class Run(SQLModel, table=True):
    """One command that did something: what, when, with how many calls, and how it ended."""

    __tablename__ = "run"
    id: int = _number()
    command: str
    as_of: int = Field(sa_type=BigInteger)
    started_at: int = Field(sa_type=BigInteger)
    finished_at: int | None = Field(default=None, sa_type=BigInteger)
    state: str = "running"
    counts: str = Field(default="{}", sa_type=Text)
    error: str | None = Field(default=None, sa_type=Text)


class Change(SQLModel, table=True):
    """One write to one CRM record in one run, with the values before and after (JSON).

    `outcome` is core.changes.Outcome, or `sending` from before the call until its result is known; what still
    says so after the run has ended is in doubt. `why` is our reason for a membership, `reason` the CRM's words.
    """

    __tablename__ = "change"
    __table_args__ = (Index("change_run", "run_id"), Index("change_list", "list_key"))
    id: int = _number()
    run_id: int = Field(foreign_key="run.id")
    connection_id: int
    kind: str
    remote_id: str
    list_key: str | None = None
    before: str = Field(sa_type=Text)
    after: str = Field(sa_type=Text)
    outcome: str
    code: str | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    why: str | None = Field(default=None, sa_type=Text)


class Written(SQLModel, table=True):
    """What we wrote last onto a record: `fields` is JSON, name to [value, when, base].

    `base` is the CRM's stamp of the version that we wrote over: what bears no later one is older than our
    write. `rounds` is JSON, name to [how often another's value was written over lately, when last].
    """

    __tablename__ = "written"
    __table_args__ = {"sqlite_with_rowid": False}
    connection_id: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    remote_id: str = Field(primary_key=True)
    fields: str = Field(sa_type=Text)
    rounds: str = Field(default="{}", sa_type=Text)


class TierOverride(SQLModel, table=True):
    """A person's decision on an account's tier, or its withdrawal (no tier). Rows are only ever added.

    `source` is the connection whose field was written, or empty for the command line; `remote_id` the record
    that carries the field. The last row of a source (and record) is what stands.
    """

    __tablename__ = "tier_override"
    __table_args__ = (Index("tier_override_account", "account_id"),)
    id: int = _number()
    account_id: int
    source: str
    remote_id: str
    tier: str | None
    author: str
    reason: str = Field(sa_type=Text)
    decided_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(default=None, sa_type=BigInteger)


class Quarantine(SQLModel, table=True):
    """What is not written for now, and why. `fingerprint` stands for the values that are not.

    A record that a CRM refuses, or that cannot be read; `basis` stands for everything whose change makes it
    worth another try. Or, by its code (store.quarantine), what rests until a person releases it.
    """

    __tablename__ = "quarantine"
    connection_id: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    remote_id: str = Field(primary_key=True)
    fingerprint: str
    code: str | None
    reason: str = Field(sa_type=Text)
    attempts: int
    last_at: int = Field(sa_type=BigInteger)
    basis: str = Field(default="", sa_type=Text)


class VaultRow(SQLModel, table=True):
    """The stored sign-in of a connection: `sealed` is encrypted, and names its connection inside.

    `generation` grows with every grant that is stored. A lease is an owner with an end; an owner whose end
    has passed began a renewal and never told how it ended. `stopped` says why nobody may try again.
    """

    __tablename__ = "vault"
    connection_id: int = Field(
        primary_key=True, foreign_key="connection.id", sa_column_kwargs={"autoincrement": False}
    )
    sealed: str = Field(sa_type=Text)
    generation: int
    lease_owner: str | None = None
    lease_until: int | None = Field(default=None, sa_type=BigInteger)
    stopped: str | None = Field(default=None, sa_type=Text)


class CallMeter(SQLModel, table=True):
    """The calls of a connection in the last window of one of its limits (core.meters.CallLog as JSON).

    One row a bucket, so that all processes together keep to the limit.
    """

    __tablename__ = "call_meter"
    connection_id: int = Field(primary_key=True)
    bucket: str = Field(primary_key=True)
    log: str = Field(sa_type=Text)
    held_until: int = Field(sa_type=BigInteger)
