"""What guards the rest: stored sign-ins, calls counted for their limits, and who must not come back."""

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel


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


class Forgotten(SQLModel, table=True):
    """Keyed hashes of who was erased, and of what names them: nothing with one of these lands (store.forgotten)."""

    __tablename__ = "forgotten"
    __table_args__ = {"sqlite_with_rowid": False}
    hash: str = Field(primary_key=True)
