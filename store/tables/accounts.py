"""Accounts of ours, the records and people that belong to them, and how that was decided."""

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field, SQLModel

from store.tables.keys import number


class Account(SQLModel, table=True):
    """One account of ours, over all CRMs. Its number never changes; `key` is its match key of today.

    An account that was joined with another one is kept under it (`merged_into`), with its scores by day. Neither
    it nor an account whose key another one took over has a match key any more: theirs is "#" and the number.
    """

    __tablename__ = "account"
    id: int = number()
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
    belongs to the account of the first of the others that is there). `kind` is that of the record; the others are
    records of accounts. A contact that is split belongs to no account.
    """

    __tablename__ = "match_decision"
    id: int = number()
    decided_at: int = Field(sa_type=BigInteger)
    author: str
    reason: str = Field(sa_type=Text)
    verdict: str
    connection_id: int
    remote_id: str
    others: str = Field(sa_type=Text)
    kind: str = "account"


class AccountEvent(SQLModel, table=True):
    """What became of an account; `before` and `after` are match keys.

    what: "renamed" (it has another match key), "joined" (`other_id` is kept under it from now on), "split" (it
    began as a part of `other_id`), "revived" (it was kept under `other_id` and stands for itself again).
    """

    __tablename__ = "account_event"
    __table_args__ = (Index("account_event_account", "account_id"),)
    id: int = number()
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
    account_id: int = number()
    parent_id: int
