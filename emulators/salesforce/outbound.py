"""Outbound messages: what a workflow rule sends when a record is created or changed.

Documented: at least once, in no order, values as they are when the message is sent, up to 100 notifications
in a POST of one subscription, and when the listener does not say Ack: again after growing pauses for 24 hours,
then the failed list. Nothing is sent by itself: `deliver` sends what is due on the emulator's clock.

The waiting notifications stand in a table of the store, so that a write that is rolled back takes its
notifications along.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from emulators.salesforce.outbound_xml import message, notification

if TYPE_CHECKING:
    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record

QUEUE = "OutboundQueue"
MAX_PER_MESSAGE = 100
GIVEN_UP_AFTER = timedelta(hours=24)
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=2)
_DOUBLINGS = 10  # enough to reach the longest pause
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

Send = Callable[[str, bytes], bool]
"""Posts a body to a URL and says whether it was acknowledged."""


@dataclass(frozen=True)
class Subscription:
    """A workflow rule's outbound message: on writes of an object, these fields, to this endpoint."""

    id: str
    object: str
    fields: tuple[str, ...]
    endpoint: str
    on: tuple[str, ...] = ("create", "update")


class Outbound:
    """The subscriptions of an organisation and what waits to be sent."""

    def __init__(self) -> None:
        self.subscriptions: dict[str, Subscription] = {}
        self.failed: list[Record] = []
        self.sent_count = 0
        self._random = random.Random(0)

    def subscribe(self, org: Org, given: list[Mapping[str, Any]]) -> list[Subscription]:
        """Replace the subscriptions. ValueError: unknown object or field, or an endpoint elsewhere."""
        checked = [_subscription(org, values) for values in given]
        self.subscriptions = {item.id: item for item in checked}
        return checked

    def notice(self, org: Org, object_name: str, record_id: str, event: str) -> None:
        """Queue a notification for each subscription of the object; `event` is `create` or `update`."""
        for item in self.subscriptions.values():
            if item.object == object_name and event in item.on:
                now = org.clock.now()
                due = now + timedelta(seconds=org.org_settings.outbound_delay_seconds)
                waiting = {
                    "Id": org.store.mint("04l"),
                    "SystemModstamp": "",
                    "subscription": item.id,
                    "record": record_id,
                    "created_at": now,
                    "due_at": due,
                    "attempts": 0,
                }
                org.store.put(QUEUE, waiting)

    def waiting(self, org: Org) -> list[Record]:
        """The notifications that wait, oldest first."""
        return list(org.store.tables[QUEUE].by_id())

    def requeue(self, org: Org) -> int:
        """Put the failed notifications back, due now and with 24 hours ahead of them."""
        now = org.clock.now()
        for row in self.failed:
            org.store.put(QUEUE, {**row, "created_at": now, "due_at": now, "attempts": 0})
        count = len(self.failed)
        self.failed = []
        return count

    def deliver(self, org: Org, host_url: str, send: Send) -> dict[str, int]:
        """Send what is due; count messages sent, notifications acknowledged, put off and given up.

        The organisation is not locked while a listener works, so that it may call back.
        """
        counts = {"messages": 0, "acknowledged": 0, "retried": 0, "failed": 0}
        with org.lock:
            batches = list(self._batches(org))
        for subscription, rows in batches:
            with org.lock:
                body = _body(org, host_url, subscription, rows)
            for turn in range(1 + org.org_settings.outbound_repeats):
                acknowledged = send(subscription.endpoint, body) if body else True
                counts["messages"] += bool(body)
                if turn == 0:
                    with org.lock:
                        self._settle(org, rows, counts, acknowledged=acknowledged)
        self.sent_count += counts["messages"]
        return counts

    def _batches(self, org: Org) -> Iterator[tuple[Subscription, list[Record]]]:
        """What is due, by subscription, in messages of at most 100 notifications."""
        now = org.clock.now()
        due = [row for row in self.waiting(org) if row["due_at"] <= now]
        if org.org_settings.outbound_order == "reversed":
            due.reverse()
        elif org.org_settings.outbound_order == "shuffled":
            self._random.shuffle(due)
        for item in self.subscriptions.values():
            rows = [row for row in due if row["subscription"] == item.id]
            for start in range(0, len(rows), MAX_PER_MESSAGE):
                yield item, rows[start : start + MAX_PER_MESSAGE]

    def _settle(self, org: Org, rows: list[Record], counts: dict[str, int], *, acknowledged: bool) -> None:
        now = org.clock.now()
        for row in rows:
            if acknowledged:
                counts["acknowledged"] += 1
                org.store.remove(QUEUE, row["Id"])
                continue
            later = {**row, "attempts": row["attempts"] + 1}
            later["due_at"] = now + pause(later["attempts"])
            if now - row["created_at"] >= GIVEN_UP_AFTER:
                counts["failed"] += 1
                org.store.remove(QUEUE, row["Id"])
                self.failed.append(later)
            else:
                counts["retried"] += 1
                org.store.put(QUEUE, later)

    def state(self, org: Org) -> dict[str, Any]:
        """Subscriptions, what waits, what was given up and how many messages were sent."""
        return {
            "subscriptions": [asdict(item) for item in self.subscriptions.values()],
            "waiting": [_shown(row) for row in self.waiting(org)],
            "failed": [_shown(row) for row in self.failed],
            "sent": self.sent_count,
        }


def pause(attempts: int) -> timedelta:
    """The pause after so many attempts: half a minute, doubling, at most two hours."""
    # Assumption: the first pauses and the longest are reported, the steps between are not.
    doubled = _FIRST_PAUSE * (1 << min(attempts - 1, _DOUBLINGS))
    return min(doubled, _LONGEST_PAUSE)


def _body(org: Org, host_url: str, item: Subscription, rows: list[Record]) -> bytes:
    """The message with the values of now; b"" when none of its records is left."""
    # Assumption: a notification of a record that was deleted since is not sent.
    parts = []
    for row in rows:
        record = org.store.live(item.object, row["record"])
        if record is not None:
            values = {name: record[name] for name in ("Id", *item.fields) if name in record}
            parts.append(notification(row["Id"], item.object, values))
    return message(org.org_settings.org_id, item.id, host_url, parts) if parts else b""


def _subscription(org: Org, values: Mapping[str, Any]) -> Subscription:
    item = org.schema.find(values["object"])
    if item is None:
        raise ValueError(f"unknown object {values['object']}")
    unknown = [name for name in values.get("fields", ()) if name.lower() not in item.fields]
    if unknown:
        raise ValueError(f"{item.name} has no field {', '.join(unknown)}")
    endpoint = values["endpoint"]
    parts = urlsplit(endpoint)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        raise ValueError(f"outbound messages go by http to this machine only, not to {endpoint}")
    names = tuple(item.fields[name.lower()].name for name in values.get("fields", ()))
    action_id = values.get("id") or org.store.mint("04k")
    return Subscription(action_id, item.name, names, endpoint, tuple(values.get("on", ("create", "update"))))


def _shown(row: Record) -> dict[str, Any]:
    return {
        "id": row["Id"],
        "subscription": row["subscription"],
        "record": row["record"],
        "attempts": row["attempts"],
        "created_at": _iso(row["created_at"]),
        "due_at": _iso(row["due_at"]),
    }


def _iso(instant: datetime) -> str:
    return instant.isoformat()
