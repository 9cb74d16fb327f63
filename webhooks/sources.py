"""How much one sender may ask of us: a bucket for each address, which refused requests empty faster."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

PER_SECOND = 1_000.0
"""Requests a second that an address may send for long; HubSpot sends ten at a time."""
BURST = 5_000.0
REFUSED_COSTS = 50.0
"""Further requests that a refused one stands for: 20 a second for long, a hundred at once."""
_MOST_ADDRESSES = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: datetime


class Sources:
    """Buckets by address; of many addresses, those that were quiet longest are forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def allows(self, address: str, now: datetime) -> bool:
        """Whether an address may ask once more now; counts the request."""
        with self._lock:
            bucket = self._bucket(address, now)
            if bucket.left < 1:
                return False
            bucket.left -= 1
            return True

    def refuse(self, address: str, now: datetime) -> None:
        """Count a request that was refused."""
        with self._lock:
            self._bucket(address, now).left -= REFUSED_COSTS

    def _bucket(self, address: str, now: datetime) -> _Bucket:
        bucket = self._buckets.setdefault(address, _Bucket(BURST, now))
        passed = max((now - bucket.at).total_seconds(), 0.0)
        bucket.left = min(bucket.left + passed * PER_SECOND, BURST)
        bucket.at = now
        self._buckets.move_to_end(address)
        if len(self._buckets) > _MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return bucket
