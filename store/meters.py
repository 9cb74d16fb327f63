"""The meter: the calls of a connection's last ten seconds, in one row that all processes share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import orjson
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock, millis
from core.meters import Allowed, CallLog
from store.database import Database
from store.sql import table_of
from store.tables import CallMeter

_METER = table_of(CallMeter)
_C = _METER.c
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class StoredMeter:
    """core.meters.Meter on the database. Clocks of machines that differ cost calls, never the limit's keeping."""

    database: Database
    connection_id: int
    clock: Clock

    def take(
        self, bucket: str, calls: int, allowed: Allowed, unused: Sequence[float] = ()
    ) -> Sequence[float]:
        """Reserve calls; see core.meters.Meter. Raises TransientError where the database is away."""
        return self._changed(bucket, lambda log, now: log.take(calls, allowed, now, unused))

    def hold(self, bucket: str, seconds: float) -> None:
        """Hold everybody back; see core.meters.Meter."""
        self._changed(bucket, lambda log, now: log.hold(seconds, now))

    def _changed(self, bucket: str, change: Callable[[CallLog, int], _T]) -> _T:
        row = (_C.connection_id == self.connection_id) & (_C.bucket == bucket)
        with self.database.count() as transaction:
            log = self._locked(transaction, bucket)
            result = change(log, millis(self.clock()))
            values = {"log": orjson.dumps(list(log.entries)).decode(), "held_until": log.held_until}
            transaction.execute(update(_METER).where(row).values(values))
        return result

    def _locked(self, transaction: SqlConnection, bucket: str) -> CallLog:
        """The log, which nobody else changes until the transaction ends."""
        row = (_C.connection_id == self.connection_id) & (_C.bucket == bucket)
        wanted = select(_C.log, _C.held_until).where(row).with_for_update()
        found = transaction.execute(wanted).first()
        if found is None:
            new = {"connection_id": self.connection_id, "bucket": bucket, "log": "[]", "held_until": 0}
            try:
                with transaction.begin_nested():
                    transaction.execute(insert(_METER).values(new))
            except IntegrityError:  # another process was faster
                pass
            found = transaction.execute(wanted).one()
        return CallLog.of(orjson.loads(found[0]), found[1])
