"""Deliveries that were taken already: the same signature is not taken twice while its time lasts."""

import hashlib
import threading
from datetime import datetime, timedelta

KEPT_FOR = timedelta(minutes=11)
"""A signature is good from five minutes before its timestamp to five minutes after it."""
_MOST = 500_000
"""Signatures of one span of time; then the older span is forgotten early."""


class Replays:
    """Signatures seen lately, in this process. Another process may take a replay: it costs a read, no more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._young: set[bytes] = set()
        self._old: set[bytes] = set()
        self._since: datetime | None = None

    def is_new(self, proof: bytes, now: datetime) -> bool:
        """Note a signature; False where it was noted before."""
        mark = _mark(proof)
        with self._lock:
            self._turn(now)
            if mark in self._young or mark in self._old:
                return False
            self._young.add(mark)
            return True

    def forget(self, proof: bytes) -> None:
        """Let a signature be taken again, because its delivery was not stored."""
        with self._lock:
            self._young.discard(_mark(proof))
            self._old.discard(_mark(proof))

    def _turn(self, now: datetime) -> None:
        if self._since is None:
            self._since = now
        if abs(now - self._since) > KEPT_FOR or len(self._young) >= _MOST:
            self._old, self._young, self._since = self._young, set(), now


def _mark(proof: bytes) -> bytes:
    return hashlib.blake2b(proof, digest_size=16).digest()
