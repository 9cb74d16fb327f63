"""What the CRMs say: connections, cursors, and their records as they have landed."""

from sqlalchemy import BigInteger, Index, Text, text
from sqlmodel import Field, SQLModel

from store.tables.keys import number


class Connection(SQLModel, table=True):
    """One configured CRM. `org_id` is the CRM's own id of the org or portal, as first seen."""

    __tablename__ = "connection"
    id: int = number()
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
