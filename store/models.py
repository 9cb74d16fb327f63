"""The registry of scoring models: every version whole, with who published it, when and why.

A version is NAME-HASH: the name that its author gave it, and a hash of what it says.
"""

from typing import NamedTuple

from sqlalchemy import Connection

from core.errors import ConfigError
from store.database import Database
from store.sql import upsert
from store.tables import ModelVersion


class ModelRow(NamedTuple):
    """One version; instants in milliseconds since 1970, `published_at` None where it was only used.

    `first_used_at` is when it came here, by a score or by publishing.
    """

    version: str
    text: str
    first_used_at: int
    author: str | None = None
    note: str | None = None
    published_at: int | None = None


_SELECT = "SELECT version, text, first_used_at, author, note, published_at FROM model_version"
_NEWEST_FIRST = "ORDER BY published_at IS NULL, published_at DESC, first_used_at DESC, version"


def list_models(database: Database) -> list[ModelRow]:
    """Published versions, newest first, then those that were only used from a file."""
    with database.read() as reader:
        return _rows(reader)


def find_models(database: Database, version: str) -> list[ModelRow]:
    """The version of exactly this name, or else every version whose author gave it this name."""
    rows = list_models(database)
    exact = [row for row in rows if row.version == version]
    return exact or [row for row in rows if _name(row.version) == version]


def newest_published(database: Database) -> ModelRow | None:
    """The version that was published last."""
    return next((row for row in list_models(database) if row.published_at is not None), None)


def published_as(database: Database, version: str, text: str) -> ModelRow | None:
    """The row under which this very text is published, None where it may be; raises as `publish` does."""
    with database.read() as reader:
        return _published_as(_rows(reader), version, text)


def publish(
    database: Database, version: str, text: str, *, author: str, note: str, now_ms: int
) -> tuple[ModelRow, bool]:
    """Keep a version for good: the row, and whether it is new. The same text again changes nothing.

    A version that was only used from a file takes the published text, which means the same. Raises
    ConfigError where the name is taken by another model, or the version by another text.
    """
    with database.write() as writer:
        known = _rows(writer)
        published = _published_as(known, version, text)
        if published is not None:
            return published, False
        # One after the other, even where the clock was set back.
        at = max([now_ms, *(row.published_at + 1 for row in known if row.published_at is not None)])
        first_used_at = next((row.first_used_at for row in known if row.version == version), at)
        row = ModelRow(version, text, first_used_at, author, note, at)
        upsert(writer, ModelVersion, [row])
        return row, True


def _rows(reader: Connection) -> list[ModelRow]:
    return [ModelRow(*row) for row in reader.exec_driver_sql(f"{_SELECT} {_NEWEST_FIRST}")]


def _published_as(known: list[ModelRow], version: str, text: str) -> ModelRow | None:
    name = _name(version)
    taken = [row for row in known if row.published_at is not None and _name(row.version) == name]
    if not taken:
        return None
    [holder] = taken
    if holder.version != version:
        raise ConfigError(
            f"version: the name {name} belongs to {holder.version}, which is published and never changes. "
            "Give this model another `version`."
        )
    if holder.text != text:
        raise ConfigError(
            f"{version} is published already, with another text that means the same (comments, order). A "
            f"published model never changes: publish that text (`shortlist model show {version}`), or give "
            "this one another `version`."
        )
    return holder


def _name(version: str) -> str:
    return version.rpartition("-")[0]
