"""Events on their way to the subscriber: when each is due, how often it was tried, what is given up.

Everything is told on the emulator's clock; nothing is sent from here.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any

from emulators.hubspot.webhooks.payloads import payload
from emulators.hubspot.webhooks.subscriptions import MAX_SUBSCRIPTIONS, Subscription, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.hubspot.events import Event
    from emulators.hubspot.settings import Settings

MAX_EVENTS = 100  # in one request
MAX_RETRIES = 10
# Documented: ten retries spread over 24 hours. Assumption: each waits a random part of a tenth of that.
_RETRY_MS = (60_000, 8_640_000)


@dataclass(frozen=True)
class Pending:
    """One entry on its way."""

    body: dict[str, Any]
    attempt: int = 0

    def entry(self) -> dict[str, Any]:
        """What is sent in this attempt."""
        return {**self.body, "attemptNumber": self.attempt}


@dataclass
class Outbox:
    """The subscriptions of the portal's app, and what is still to be sent to its one address."""

    target_url: str = ""
    signed_url: str = ""
    subscriptions: list[Subscription] = field(default_factory=list)
    delivered: int = 0
    given_up: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(1)
        self._order = count()
        self._event_ids = count(1)
        self._waiting: list[tuple[int, int, Pending]] = []

    def configure(self, given: Mapping[str, Any], seed: int) -> None:
        """Take an address and subscriptions; see `control`. ValueError: HubSpot would not take them."""
        subscriptions = given.get("subscriptions", [])
        if len(subscriptions) > MAX_SUBSCRIPTIONS:
            raise ValueError(f"at most {MAX_SUBSCRIPTIONS} subscriptions are allowed")
        parsed = [parse(number, one) for number, one in enumerate(subscriptions, 1)]
        self.target_url = str(given["target_url"])
        self.signed_url = str(given.get("signed_url", self.target_url))
        self.subscriptions = parsed
        self._random = random.Random(seed)

    def take(self, event: Event, settings: Settings) -> None:
        """Note an event for every subscription that hears it; some twice or late, if the settings say so."""
        for subscription in self.subscriptions:
            if not subscription.hears(event):
                continue
            pending = Pending(payload(settings, subscription, event, next(self._event_ids)))
            copies = 1 + (self._random.random() < settings.webhook_repeat_share)
            for _ in range(copies):
                self._push(event.occurred_ms + self._delay_ms(settings), pending)

    def due(self, now_ms: int, settings: Settings) -> list[list[Pending]]:
        """What is due, taken out, in requests of at most a hundred entries."""
        found = []
        while self._waiting and self._waiting[0][0] <= now_ms:
            found.append(heappop(self._waiting)[2])
        if settings.webhook_shuffle:
            self._random.shuffle(found)
        return [found[start : start + MAX_EVENTS] for start in range(0, len(found), MAX_EVENTS)]

    def settle(self, sent: list[Pending], now_ms: int, *, accepted: bool) -> None:
        """Note how a request ended: what was refused is tried again, ten times."""
        if accepted:
            self.delivered += len(sent)
            return
        for one in sent:
            if one.attempt >= MAX_RETRIES:
                self.given_up += 1
            else:
                self._push(now_ms + self._random.randint(*_RETRY_MS), replace(one, attempt=one.attempt + 1))

    def state(self) -> dict[str, Any]:
        """The configuration, how much waits and from when on."""
        return {
            "target_url": self.target_url,
            "signed_url": self.signed_url,
            "subscriptions": [
                {"id": one.id, "type": one.type, "property": one.property_name, "object": one.object_name}
                for one in self.subscriptions
            ],
            "waiting": len(self._waiting),
            "next_due_ms": self._waiting[0][0] if self._waiting else None,
            "delivered": self.delivered,
            "given_up": self.given_up,
        }

    def _push(self, due_ms: int, pending: Pending) -> None:
        heappush(self._waiting, (due_ms, next(self._order), pending))

    def _delay_ms(self, settings: Settings) -> int:
        delay_seconds = settings.webhook_delay_seconds
        if self._random.random() < settings.webhook_late_share:
            delay_seconds += self._random.uniform(0, settings.webhook_late_seconds)
        return int(delay_seconds * 1000)
