"""What was made and written in the CRMs, and what they refused."""

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field, SQLModel

from store.tables.keys import number


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
    id: int = number()
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
    id: int = number()
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
