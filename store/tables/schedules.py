"""What is to be done when, what has been begun, and what is under way: the truth behind clock and couriers."""

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel


class Schedule(SQLModel, table=True):
    """A task that is due again and again. `since`: from then on its slots count (milliseconds since 1970).

    `arguments` is JSON, `cron` an expression of five fields, read in the time zone `zone`.
    """

    __tablename__ = "schedule"
    name: str = Field(primary_key=True)
    task: str
    arguments: str = Field(sa_type=Text)
    cron: str
    zone: str
    is_paused: bool
    since: int = Field(sa_type=BigInteger)


class Fire(SQLModel, table=True):
    """A slot of a schedule that was taken, once, whoever's clock came first. Instants are milliseconds."""

    __tablename__ = "fire"
    schedule: str = Field(primary_key=True)
    slot: int = Field(primary_key=True, sa_type=BigInteger)
    fired_at: int = Field(sa_type=BigInteger)


class Job(SQLModel, table=True):
    """A task with its arguments: whether it is wanted, whether it runs, how it went. One row for ever.

    wanted_at: somebody asked for it then, and it has not been begun since. not_before: it rests until then.
    attempts: starts since it last came to an end of which we know, counted before each start. started_at: it runs,
    or whoever ran it has died. dead_at: it was given up, and rests until a person asks for it.
    """

    __tablename__ = "job"
    key: str = Field(primary_key=True)
    task: str
    arguments: str = Field(sa_type=Text)
    wanted_at: int | None = Field(default=None, sa_type=BigInteger)
    not_before: int = Field(default=0, sa_type=BigInteger)
    attempts: int = 0
    started_at: int | None = Field(default=None, sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    done_at: int | None = Field(default=None, sa_type=BigInteger)
    dead_at: int | None = Field(default=None, sa_type=BigInteger)
    error: str | None = Field(default=None, sa_type=Text)
