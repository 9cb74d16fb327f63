"""CRM fields that are signals: a vendor's score that its own sync writes onto the account.

A value is a signal when it differs from the one that was read before, so a field that stays the same is no
news, and neither is a record that changed for another reason (we write to it ourselves). Where the vendor
also writes the day of its reading, a new day is a new signal.
"""

from collections.abc import Mapping
from datetime import datetime

import orjson

from core.clock import from_millis, millis, parse_as_of
from core.records import Value
from core.signal_settings import SignalField
from core.signals import Signal
from store.database import Database
from store.signals import FieldValue, Kept, field_values, keep_signals, latest_readings
from sync.signal_match import own_key

_BATCH = 5_000


def record_field_signals(database: Database, fields: Mapping[str, SignalField], now: datetime) -> int:
    """Turn what the mapped fields say now into signals; how many were new."""
    return sum(_record(database, name, field, now) for name, field in fields.items())


def _record(database: Database, name: str, field: SignalField, now: datetime) -> int:
    source = field.source or name
    latest = latest_readings(database, source)
    readings = (_reading(name, field, row, latest) for row in field_values(database))
    found = [reading for reading in readings if reading]
    new = 0
    for start in range(0, len(found), _BATCH):
        kept = keep_signals(database, found[start : start + _BATCH], now_ms=millis(now))
        new += kept.count(Kept.NEW)
    return new


def _reading(
    name: str, field: SignalField, row: FieldValue, latest: Mapping[str, tuple[int, float]]
) -> Signal | None:
    """What the field of one record says, None where it says nothing that was not known."""
    values: Mapping[str, Value] = orjson.loads(row.fields)
    value = values.get(field.field)
    place = f"{name}:{row.connection_id}:{row.remote_id}"
    before = latest.get(place)
    strength = 0.0 if value in (None, "") else field.scale.strength(value)
    if strength is None or (before is None and value in (None, "")):
        return None
    day = _observed(values.get(field.observed_field or ""))
    observed_ms = row.modified_at if day is None else millis(day)
    if before and not _is_news(before, observed_ms, strength, is_dated=day is not None):
        return None
    source, domain = field.source or name, own_key(row.connection_id, row.remote_id, row.website)
    id_ = f"{place}:{observed_ms}"
    return Signal(source, id_, domain, field.kind, field.topic, strength, from_millis(observed_ms))


def _is_news(before: tuple[int, float], observed_ms: int, strength: float, *, is_dated: bool) -> bool:
    """Whether a reading says more than the latest one that is known: another value, or a later day."""
    if observed_ms < before[0]:
        return False
    return strength != before[1] or (is_dated and observed_ms > before[0])


def _observed(value: Value) -> datetime | None:
    """The instant behind a date field, None where it holds none."""
    if not isinstance(value, str):
        return None
    try:
        return parse_as_of(value)
    except ValueError:
        return None
