"""The clock of the service: APScheduler with its memory store wakes us, the schedules' rows say what is due.

Nothing rests on being woken in time: every beat looks at everything that is due. (A job store in a database would
hold pickled code, which whoever can write there could replace.)
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from core.clock import system_clock
from core.errors import ConfigError, StorageFull, TransientError
from shortlist.couriers.courier import Courier
from store.schedules import Schedule, schedules
from store.vitals import check_room
from sync.cron import Cron, parse_cron
from sync.jobs import Runner
from sync.schedule import next_slot, zone_of
from sync.sweep import sweep, take_slots

_LOG = logging.getLogger("shortlist.timer")
BEAT_SECONDS = 5
_LATE_SECONDS = 60
_BEAT = "beat"


class SlotTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires at the slots of a schedule, by our own arithmetic (weekdays and clock changes as cron has them)."""

    def __init__(self, cron: Cron, zone: Any) -> None:
        self.cron, self.zone = cron, zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The next slot; missed ones are the beat's business."""
        return next_slot(self.cron, self.zone, max(filter(None, (previous_fire_time, now))))


@dataclass
class Timer:
    """Wakes at every slot and every few seconds. takes_slots: this process is a clock, not only a sweeper."""

    runner: Runner
    courier: Courier
    takes_slots: bool
    more: Callable[[datetime], None] | None = None
    trouble: str | None = None
    _scheduler: Any = field(init=False)
    _known: dict[str, Schedule] = field(default_factory=dict)
    _beat_at: float = field(default_factory=time.monotonic)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        stores = {"default": MemoryJobStore()}
        self._scheduler = BackgroundScheduler(
            jobstores=stores, job_defaults=options, timezone=UTC, daemon=True
        )

    def start(self) -> None:
        """Beat from now on, at once for the first time."""
        self._scheduler.add_job(
            self.beat, "interval", seconds=BEAT_SECONDS, id=_BEAT, next_run_time=system_clock()
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Begin nothing more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def late(self) -> bool:
        """Whether it has not beaten for a minute."""
        return time.monotonic() - self._beat_at > _LATE_SECONDS

    def beat(self) -> None:
        """Look at everything that is due. A database that is away or full is looked at again with the next beat."""
        with self._guard:
            try:
                check_room(self.runner.database)
                self._look(self.runner.clock())
                self.trouble = None
            except StorageFull as error:
                self._tell(str(error))
            except TransientError as error:
                _LOG.warning("beat put off", extra={"reason": str(error)})
            self._beat_at = time.monotonic()

    def _look(self, now: datetime) -> None:
        if self.takes_slots:
            take_slots(self.runner, self.courier.send, now)
            self._set_alarms()
        if self.more is not None:
            self.more(now)
        sweep(self.runner, self.courier.send, now)

    def _tell(self, words: str) -> None:
        if self.trouble is None:
            _LOG.error("alarm", extra={"reason": words})
        self.trouble = words

    def _set_alarms(self) -> None:
        """An alarm for each schedule, anew where its row has changed."""
        rows = {row.name: row for row in schedules(self.runner.database) if not row.is_paused}
        for name in self._known.keys() - rows.keys():
            self._scheduler.remove_job(name)
            del self._known[name]
        for name, row in rows.items():
            if self._known.get(name) != row:
                self._set_alarm(row)
                self._known[name] = row

    def _set_alarm(self, row: Schedule) -> None:
        try:
            trigger = SlotTrigger(parse_cron(row.cron), zone_of(row.zone))
        except ConfigError as error:
            _LOG.error("schedule cannot be read", extra={"schedule": row.name, "error": str(error)})
            return
        self._scheduler.add_job(self.beat, trigger, id=row.name, replace_existing=True)
