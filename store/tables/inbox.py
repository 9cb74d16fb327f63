"""The inbox: what the CRMs told of, until it is served, and what of it was dropped."""

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field, SQLModel


class Delivery(SQLModel, table=True):
    """What one delivery told, as it came; `told` is store.heard's text of it, and names `records` records.

    The rows lie in the order in which they came.
    """

    __tablename__ = "delivery"
    __table_args__ = {"sqlite_with_rowid": False}
    heard_at: int = Field(primary_key=True, sa_type=BigInteger)
    id: int = Field(primary_key=True, sa_type=BigInteger)
    connection_id: int
    records: int
    told: str = Field(sa_type=Text)


class Hint(SQLModel, table=True):
    """One record that a CRM told of; however often it did, it is one row.

    `event` is core.hints.HintEvent: the last one, but an erasure stays one. `times` counts what was told and so
    tells whether more came while the record was read; `attempts` counts takings and begins anew with each
    serving. Nobody takes the row before `due_at`; whoever has taken it moves that on.
    """

    __tablename__ = "hint"
    __table_args__ = (Index("hint_due", "connection_id", "due_at"), {"sqlite_with_rowid": False})
    connection_id: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    remote_id: str = Field(primary_key=True)
    event: str
    first_heard_at: int = Field(sa_type=BigInteger)
    last_heard_at: int = Field(sa_type=BigInteger)
    times: int = Field(sa_type=BigInteger)
    attempts: int
    due_at: int = Field(sa_type=BigInteger)


class DroppedHint(SQLModel, table=True):
    """How many events of verified deliveries were left out, by reason."""

    __tablename__ = "dropped_hint"
    __table_args__ = {"sqlite_with_rowid": False}
    connection_id: int = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    events: int = Field(sa_type=BigInteger)
    last_at: int = Field(sa_type=BigInteger)


class JournalCursor(SQLModel, table=True):
    """Where the reading of a connection's journal of hints stands; `value` is the CRM's own word."""

    __tablename__ = "journal_cursor"
    connection_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    value: str
