"""Answers to POST /signals that were kept for their Idempotency-Key, in the transaction of their signals."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from core.signals import Signal
from store.database import Database
from store.signals import Kept, keep_in

_POSTED = "posted signals "
"""How the names of kept answers begin in the table `mark`."""
_MS_DIGITS = 15


class Posted(NamedTuple):
    """An answer that was kept for an idempotency key, with the fingerprint of the body it answers."""

    fingerprint: str
    answer: str


def answer_once(database: Database, key: str) -> Posted | None:
    """The answer kept for a key, None where there is none."""
    with database.read() as reader:
        return _posted(reader, key)


def keep_with_answer(
    database: Database,
    signals: Sequence[Signal],
    answer: Callable[[Sequence[Kept]], str],
    *,
    key: str,
    fingerprint: str,
    now_ms: int,
) -> Posted:
    """Store signals and the answer to their request in one transaction, unless the key has its answer.

    Gives back the answer that counts: this one, or the one of whoever was first.
    """
    with database.write() as writer:
        first = _posted(writer, key)
        if first is not None:
            return first
        posted = Posted(fingerprint, answer(keep_in(writer, signals, now_ms)))
        value = f"{now_ms:0{_MS_DIGITS}d} {posted.fingerprint} {posted.answer}"
        writer.exec_driver_sql("INSERT INTO mark (name, value) VALUES (?, ?)", (_POSTED + key, value))
        return posted


def _posted(reader: Connection, key: str) -> Posted | None:
    found = reader.exec_driver_sql("SELECT value FROM mark WHERE name = ?", (_POSTED + key,)).scalar()
    return None if found is None else Posted(*str(found)[_MS_DIGITS + 1 :].split(" ", 1))


def forget_answers(database: Database, *, before_ms: int) -> int:
    """Drop answers kept before an instant; how many."""
    with database.write() as writer:
        return writer.exec_driver_sql(
            # Their values begin with the instant in a fixed width, so text compares as time does.
            "DELETE FROM mark WHERE name > ? AND name < ? AND value < ?",
            (_POSTED, f"{_POSTED}~", f"{before_ms:0{_MS_DIGITS}d}"),
        ).rowcount
