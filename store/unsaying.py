"""Taking reasons that name people off the records of accounts, out of what was written last and of the change log."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import orjson
from sqlalchemy import Connection

from store.addresses import like_text, names
from store.forgotten import forget, hashes
from store.sql import to_json

_REASONS = ("why", "scored_at")
"""Of an account's managed fields: the words, and what makes the next plan write them again."""


def unsay(writer: Connection, spoken: Collection[str]) -> Counter[str]:
    """Take reasons that name these people off the records of accounts; the next push writes new ones."""
    erased: Counter[str] = Counter()
    if not spoken:
        return erased
    like = " OR ".join(["{0} LIKE ? ESCAPE '!'"] * len(spoken))
    values = tuple(f"%{like_text(orjson.dumps(name).decode()[1:-1])}%" for name in sorted(spoken))
    records = _select(
        writer, "SELECT connection_id, remote_id, managed FROM crm_account", like.format("managed"), values
    )
    named = {(row[0], row[1]): row[2] for row in records if _says(orjson.loads(row[2]).get("why"), spoken)}
    for key, managed in named.items():
        unsaid = {name: None if name in _REASONS else value for name, value in orjson.loads(managed).items()}
        writer.exec_driver_sql(
            "UPDATE crm_account SET managed = ? WHERE connection_id = ? AND remote_id = ?",
            (to_json(unsaid), *key),
        )
    own = hashes(writer)
    forget(writer, [own.of_words(*key) for key in named])
    erased["crm_account"] += len(named)
    erased["written"] += _unsay_written(writer, like, values, spoken)
    erased["change"] += _unsay_changes(writer, like, values, spoken)
    return erased


def _select(reader: Connection, statement: str, where: str, values: tuple[str, ...]) -> list[Any]:
    return list(reader.exec_driver_sql(f"{statement} WHERE {where}", values).all())


def _says(text: object, spoken: Iterable[str]) -> bool:
    return isinstance(text, str) and any(names(text, name) for name in spoken)


def _unsay_written(writer: Connection, like: str, values: tuple[str, ...], spoken: Collection[str]) -> int:
    rows = _select(
        writer, "SELECT connection_id, kind, remote_id, fields FROM written", like.format("fields"), values
    )
    changed = 0
    for *key, text in rows:
        fields = orjson.loads(text)
        if _says(fields.get("why", [None])[0], spoken):
            kept = {name: wrote for name, wrote in fields.items() if name not in _REASONS}
            writer.exec_driver_sql(
                "UPDATE written SET fields = ? WHERE connection_id = ? AND kind = ? AND remote_id = ?",
                (to_json(kept), *key),
            )
            changed += 1
    return changed


def _unsay_changes(writer: Connection, like: str, values: tuple[str, ...], spoken: Collection[str]) -> int:
    """Reasons in the change log: a rollback then leaves that field of that record alone."""
    where = f"({like.format('before')}) OR ({like.format('after')})"
    rows = _select(writer, 'SELECT id, before, after FROM "change"', where, values * 2)
    changed = 0
    for number, *texts in rows:
        sides = [orjson.loads(text) for text in texts]
        if any(_says(side.get("why"), spoken) for side in sides):
            kept = [to_json({name: v for name, v in side.items() if name != "why"}) for side in sides]
            writer.exec_driver_sql('UPDATE "change" SET before = ?, after = ? WHERE id = ?', (*kept, number))
            changed += 1
    return changed
