"""What scoring reads, derived from landed records and links, and what of it is to be built anew."""

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field, SQLModel

from store.tables.keys import number


class Person(SQLModel, table=True):
    """Everybody whom contacts stand for, with a small number that stays. Derived, but for the number.

    `code` is what scoring reads of a title and a buying role (scoring.people.person_code); empty for somebody
    who belongs to no account now.
    """

    __tablename__ = "person"
    id: int = number()
    key: str = Field(unique=True)
    name: str = ""
    title: str = ""
    crm_role: str = ""
    code: int | None = None


class ActivityType(SQLModel, table=True):
    """Types of activity with a small number that stays."""

    __tablename__ = "activity_type"
    id: int = number()
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
    number: int = number()
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
