"""Webhooks of a HubSpot app: verified, then read as hints, without what we wrote ourselves."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from connectors.hubspot.events import Unreadable, alike, head_of, hints_alike, hints_of_event
from connectors.hubspot.signature import Delivery, Verifier
from core.errors import SignatureError
from core.hints import ChangeHint, Receipt, Received

MAX_BODY_BYTES = 1 << 20
MAX_EVENTS = 1000
"""HubSpot sends at most 100 (documented)."""
MAX_DEPTH = 20
"""Lists and objects inside each other; HubSpot's own are two or three."""
_WRITTEN = "propertyChange"
"""The kind of event that Shortlist's own writes bring."""


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Reads the deliveries about one portal.

    app_id: the app whose writes are our own; None takes the app that each event names.
    """

    portal_id: str
    verifier: Verifier = field(repr=False)
    app_id: str | None = None

    @property
    def receipt(self) -> Receipt:
        """Any answer below 400 will do."""
        return Receipt()

    def received(self, headers: Mapping[str, str], raw_body: bytes, url: str, now: datetime) -> Received:
        """See core.hints.HintReader; the proof is the signature."""
        if len(raw_body) > MAX_BODY_BYTES:
            raise SignatureError(f"A delivery is larger than {MAX_BODY_BYTES:,} bytes.")
        if any(name.lower() == "content-encoding" for name in headers):
            raise SignatureError("A delivery is compressed, which HubSpot's never is.")
        proof = self.verifier.verify(headers, Delivery(url, raw_body), now)
        usual, others = self._usual(_events(raw_body))
        hints: dict[Hashable, ChangeHint] = {}
        left_out: Counter[str] = Counter()
        for event in others:
            if reason := self._refused(event) or _collect(event, hints):
                left_out[reason] += 1
        return Received([*usual, *hints.values()], left_out, proof)

    def _usual(self, events: list[Any]) -> tuple[list[ChangeHint], list[Any]]:
        """The hints of usual events, and the events that are to be looked at one by one.

        What events with one head share is found out once: a flood brings 50,000 of a few heads a second.
        """
        hints: list[ChangeHint] = []
        by_head, others = _by_head(events)
        for few in by_head:
            try:
                said = None if self._refused(few[0]) else alike(few[0])
                if said is not None:
                    hints += hints_alike(said, few)
                    continue
            except (KeyError, TypeError, Unreadable):
                pass
            others += few
        return hints, others

    def _refused(self, event: Any) -> str | None:
        """Why an event is not for us."""
        if not isinstance(event, dict):
            return "unreadable"
        if str(event.get("portalId", "")) != self.portal_id:
            return "another portal's"
        if self.app_id is not None and str(event.get("appId", "")) != self.app_id:
            return "another app's"
        is_ours = event.get("changeSource") == "INTEGRATION" and _is_echo(event)
        return "our own write" if is_ours else None


def _is_echo(event: Mapping[str, Any]) -> bool:
    """Whether the app that is told made the change itself (recorded: sourceId is its id as text).

    Shortlist makes, links, merges and deletes nothing: that was done by somebody else with the app's token, and of a
    link nothing else may tell.
    """
    app_id = str(event.get("appId", ""))
    if str(event.get("sourceId", "")) != app_id or app_id == "":
        return False
    kind = str(event.get("subscriptionType") or event.get("eventType") or "").rpartition(".")[2]
    return kind == _WRITTEN


def _events(raw_body: bytes) -> list[Any]:
    try:
        found = orjson.loads(raw_body)
    except orjson.JSONDecodeError as error:
        raise SignatureError("A delivery is not JSON.") from error
    if not isinstance(found, list) or len(found) > MAX_EVENTS:
        raise SignatureError(f"A delivery is not an array of at most {MAX_EVENTS} events.")
    # Flat events, the usual ones, open one object each and need no look inside.
    if raw_body.count(b"{") + raw_body.count(b"[") > len(found) + 1 and _is_deep(found):
        raise SignatureError(f"A delivery is nested deeper than {MAX_DEPTH} levels.")
    return found


def _by_head(events: list[Any]) -> tuple[Iterable[list[Any]], list[Any]]:
    """Events by what they share, and those that lack some of it."""
    found: dict[Hashable, list[Any]] = {}
    others = []
    for event in events:
        try:
            found.setdefault(head_of(event), []).append(event)
        except (KeyError, TypeError):
            others.append(event)
    return found.values(), others


def _is_deep(document: Any) -> bool:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


def _collect(event: Mapping[str, Any], hints: dict[Hashable, ChangeHint]) -> str | None:
    """Add an event's hints; why it has none."""
    try:
        found = hints_of_event(event)
        for one in found:
            hints[one.key] = one
    except (Unreadable, TypeError):  # a list for an id has no hash
        return "unreadable"
    return None if found else "not about a record"
