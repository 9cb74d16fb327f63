"""Whether anything has changed since a sync found nothing to do.

Every write transaction counts the store's generation up, but for the few that say that they leave alone what
scores and plans rest on. So a path that nobody thought of costs time and never truth.
"""

from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from store.database import GENERATION, Database
from store.sql import to_json
from store.touched import mark, read_mark

_SETTLED = "settled"


class Settled(NamedTuple):
    """A sync at `as_of_ms` that found nothing to do, and what that rests on.

    It holds below `until_ms` (both in milliseconds since 1970) while the generation, the configuration and model
    behind `inputs`, and the members of the target lists behind `members` are the same. `accounts` were scored,
    `waiting` records differ by too little to be written.
    """

    generation: str
    inputs: str
    members: str
    as_of_ms: int
    until_ms: int
    accounts: int
    waiting: int


def generation(database: Database) -> str:
    """Another text whenever anything has changed that scores or plans may rest on."""
    with database.read() as reader:
        return _generation(reader)


def _generation(reader: Connection) -> str:
    rows = reader.exec_driver_sql(
        "SELECT name, value FROM mark WHERE substr(name, 1, ?) = ? ORDER BY name",
        (len(GENERATION), GENERATION),
    )
    return "; ".join(f"{name} {value}" for name, value in rows)


def settled(database: Database) -> Settled | None:
    """The last sync that found nothing to do, if nothing has changed in the store since."""
    with database.read() as reader:
        value, now = read_mark(reader, _SETTLED), _generation(reader)
    found = Settled(*orjson.loads(value)) if value else None
    return found if found and found.generation == now else None


def settle(database: Database, found: Settled) -> None:
    """Keep that a sync found nothing to do."""
    with database.write(moves=False) as writer:
        mark(writer, _SETTLED, to_json(list(found)))


_NEXT = """
SELECT min(at) FROM (
  SELECT min(occurred_at) AS at FROM evidence WHERE occurred_at > ?
  UNION ALL SELECT min(occurred_at) + ? FROM evidence WHERE occurred_at > ?
  UNION ALL SELECT min(observed_at) FROM signal WHERE observed_at > ?
  UNION ALL SELECT min(expires_at) FROM tier_override WHERE expires_at > ?
) AS moments
"""


def next_moment(database: Database, as_of_ms: int, trend_ms: int) -> int | None:
    """When something begins or ends to count by itself within a day: an activity, a signal, a decision.

    trend_ms: how long before the present the trend looks, in milliseconds.
    """
    values = (as_of_ms, trend_ms, as_of_ms - trend_ms, as_of_ms, as_of_ms)
    with database.read() as reader:
        found = reader.exec_driver_sql(_NEXT, values).scalar()
    return None if found is None else int(found)
