"""Signals, models, scores by day, and tiers with what people decide about them."""

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field, SQLModel

from store.tables.keys import number


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
    account_id: int = number()
    tier: str
    since: str
    source: str
    rank: int | None
    reason: str
    mqa_since: str | None = None


class LastScored(SQLModel, table=True):
    """What the pass over all accounts that gives out tiers needs of each, as it was scored last.

    `blocked` says why the account may have no tier; empty where it may.
    """

    __tablename__ = "last_scored"
    account_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    fit: float
    priority: float
    blocked: str


class ScoreShard(SQLModel, table=True):
    """A part of a scoring that any worker may do: the accounts numbered `first` to `before`, without `before`.

    Rows live as long as their scoring. program, model_version, as_of (milliseconds) and generation (store.settled)
    are what every part rests on; is_taken: somebody is at it, or has died; part: packed scores, when they are done.
    """

    __tablename__ = "score_shard"
    scoring: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    first: int = Field(sa_type=BigInteger)
    before: int = Field(sa_type=BigInteger)
    program: str
    model_version: str
    as_of: int = Field(sa_type=BigInteger)
    generation: str = Field(sa_type=Text)
    is_taken: bool = False
    part: bytes | None = None


class TierOverride(SQLModel, table=True):
    """A person's decision on an account's tier, or its withdrawal (no tier). Rows are only ever added.

    `source` is the connection whose field was written, or empty for the command line; `remote_id` the record
    that carries the field. The last row of a source (and record) is what stands.
    """

    __tablename__ = "tier_override"
    __table_args__ = (Index("tier_override_account", "account_id"),)
    id: int = number()
    account_id: int
    source: str
    remote_id: str
    tier: str | None
    author: str
    reason: str = Field(sa_type=Text)
    decided_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(default=None, sa_type=BigInteger)
