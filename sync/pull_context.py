"""What the streams of one pull share."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.config import GuardSettings
from store.database import Database
from sync.mapping import StreamFields
from sync.progress import Progress


@dataclass(frozen=True, slots=True)
class PullContext:
    """What the streams of one pull share. compare: ask every CRM for all its ids, whatever is due.

    accepted: objects (CONNECTION:OBJECT) of which a person has said that much is really gone.
    """

    database: Database
    overlap: timedelta
    now: datetime
    progress: Progress
    fields: StreamFields = field(default_factory=dict)
    compare: bool = False
    guards: GuardSettings = field(default_factory=GuardSettings)
    accepted: frozenset[str] = frozenset()
    writer: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)
