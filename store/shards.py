"""Shards of a scoring: the rows through which workers share it. Only on PostgreSQL, where there are several.

Nothing rests on them. Whoever began the scoring does by itself what others have not done, and takes the rows away.
"""

from collections.abc import Sequence
from typing import NamedTuple

from store.database import Database


class Terms(NamedTuple):
    """What every part of a scoring must rest on to be one with the others.

    program: the software that scores, down to its arithmetic. as_of_ms: milliseconds since 1970. generation: the
    state of the store (store.settled).
    """

    program: str
    model_version: str
    as_of_ms: int
    generation: str


class Shard(NamedTuple):
    """The accounts numbered `first` to before `before`, as the `number`-th part of a scoring."""

    scoring: str
    number: int
    first: int
    before: int
    terms: Terms


_COLUMNS = "scoring, number, first, before, program, model_version, as_of, generation"
# As a subquery of IN, a plan could run the SELECT for every row, and take several.
_TAKE = f"""
WITH free AS MATERIALIZED (
  SELECT scoring, number FROM score_shard
  WHERE NOT is_taken AND program = ? AND model_version = ? AND scoring LIKE ?
  ORDER BY scoring, number LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE score_shard SET is_taken = TRUE FROM free
WHERE score_shard.scoring = free.scoring AND score_shard.number = free.number
RETURNING {", ".join(f"score_shard.{name}" for name in _COLUMNS.split(", "))}
"""  # noqa: S608 our own words
_OF_SCORING = "scoring = ? AND number = ?"


def put_shards(database: Database, shards: Sequence[Shard]) -> None:
    """Lay shards out for whoever comes; those of a scoring before, which has died, go."""
    with database.count() as writer:
        writer.exec_driver_sql("DELETE FROM score_shard")
        writer.exec_driver_sql(
            f"INSERT INTO score_shard ({_COLUMNS}, is_taken) VALUES (?, ?, ?, ?, ?, ?, ?, ?, FALSE)",  # noqa: S608 ours
            [(*shard[:4], *shard.terms) for shard in shards],
        )


def shards_wait(database: Database, program: str) -> bool:
    """Whether there is a shard that nobody is at."""
    with database.read() as reader:
        statement = "SELECT 1 FROM score_shard WHERE NOT is_taken AND program = ? LIMIT 1"
        return reader.exec_driver_sql(statement, (program,)).scalar() is not None


def take_shard(
    database: Database, program: str, model_version: str, *, scoring: str | None = None
) -> Shard | None:
    """The first shard that nobody is at, which is ours now; None where there is none of this program and model."""
    with database.count() as writer:
        row = writer.exec_driver_sql(_TAKE, (program, model_version, scoring or "%")).one_or_none()
    return None if row is None else Shard(row[0], row[1], row[2], row[3], Terms(*row[4:]))


def keep_part(database: Database, shard: Shard, part: bytes) -> None:
    """Keep what a shard came to; where its scoring has ended, nobody wants it any more."""
    with database.count() as writer:
        writer.exec_driver_sql(
            f"UPDATE score_shard SET part = ? WHERE {_OF_SCORING}",  # noqa: S608 ours
            (part, shard.scoring, shard.number),
        )


def parts_done(database: Database, scoring: str, wanted: Sequence[int]) -> dict[int, bytes]:
    """What others have done of the wanted parts (at least one), by number."""
    numbers = ", ".join(map(str, wanted))
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT number, part FROM score_shard WHERE scoring = ? AND part IS NOT NULL "  # noqa: S608 ours
            f"AND number IN ({numbers})",
            (scoring,),
        )
        return {number: bytes(part) for number, part in rows}


def drop_shards(database: Database, scoring: str) -> None:
    """Take a scoring's rows away."""
    with database.count() as writer:
        writer.exec_driver_sql("DELETE FROM score_shard WHERE scoring = ?", (scoring,))
