"""The Webhooks Journal: the same hints for those without a public address, read file by file.

HubSpot keeps the files three days (documented). No recorded file is public: what is read of one rests on the
specification.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from connectors.hubspot import version
from connectors.hubspot.client import Client
from connectors.hubspot.events import TYPE_IDS, Key, Record, Unreadable, hint_of, record_id
from connectors.hubspot.files import Expired
from connectors.hubspot.listing import Forward
from connectors.hubspot.objects import OBJECT_TYPES
from connectors.hubspot.values import PREFIX
from connectors.transport import Request
from core.errors import ContractError
from core.fields import Policy
from core.hints import ChangeHint, HintEvent, JournalPage
from core.managed_fields import MANAGED_FIELDS

SCOPES = (
    "developer.webhooks_journal.read",
    "developer.webhooks_journal.subscriptions.read",
    "developer.webhooks_journal.subscriptions.write",
)
_BUCKET = "journal"
"""The journal counts towards no rate limit (documented)."""
_OPERATION = "read journal"
_OF_OBJECTS = ("CREATE", "UPDATE", "DELETE", "MERGE", "RESTORE")
_OF_LINKS = ("ASSOCIATION_ADDED", "ASSOCIATION_REMOVED")
_ERASURE = "GDPR_PRIVACY_DELETION"
_EVENTS: Mapping[str, HintEvent] = {
    "DELETE": HintEvent.DELETED,
    "MERGE": HintEvent.MERGED,
    "RESTORE": HintEvent.RESTORED,
    "GDPR_DELETE": HintEvent.ERASED,
}
_OURS = frozenset(PREFIX + field.name for field in MANAGED_FIELDS if field.policy is not Policy.READS)


@dataclass(frozen=True, slots=True)
class Journal:
    """Reads the journal of our app, of one portal. The client has tokens of the app itself (app_tokens)."""

    client: Client
    portal_id: str

    def subscribe(self) -> None:
        """Ask for everything that we read; asking again changes nothing."""
        names = {name: type_id for type_id, name in TYPE_IDS.items()}
        for type_id in (names[name] for name in OBJECT_TYPES if name in names):
            self._subscribe("OBJECT", _OF_OBJECTS, type_id)
            self._subscribe("ASSOCIATION", _OF_LINKS, type_id)
        self._subscribe(_ERASURE, ("GDPR_DELETE",), names["contacts"])

    def _subscribe(self, kind: str, actions: Sequence[str], type_id: str) -> None:
        body = {
            "subscriptionType": kind,
            "actions": list(actions),
            "objectTypeId": type_id,
            "portalId": int(self.portal_id),
        }
        request = Request("subscribe", "POST", version.JOURNAL_SUBSCRIPTIONS, json=body, bucket=_BUCKET)
        self.client.ask(request)

    def read(self, offset: str | None) -> Iterator[JournalPage]:
        """The files behind an offset, oldest first; of all that are kept where there is none."""
        forward = Forward(self.client.host, "the journal")
        forward.to(offset)
        while (told := self._next(offset)) is not None:
            row, has_gap = told
            if not row:
                yield JournalPage((), None, has_gap)
                return
            offset = str(row["currentOffset"])
            forward.to(offset)
            yield JournalPage(self._hints(row), offset, has_gap)

    def _next(self, offset: str | None) -> tuple[Mapping[str, Any], bool] | None:
        """What leads to the next file, and whether files between were lost; None where there is no next one."""
        params = {"installPortalId": self.portal_id}
        request = Request(_OPERATION, "GET", version.journal_after(offset), params=params, bucket=_BUCKET)
        response = self.client.call(request)
        if response.status == HTTPStatus.NOT_FOUND and offset is not None:
            told = self._next(None)
            return (told[0] if told else {}), True
        if response.status == HTTPStatus.NO_CONTENT:
            return None
        return self.client.read(request, response, "currentOffset", "url"), False

    def _hints(self, row: Mapping[str, Any]) -> list[ChangeHint]:
        offset = str(row["currentOffset"])
        content = self.client.transport.retried(lambda: self._fetched(str(row["url"])))
        return [
            hint
            for place, event in enumerate(self._events(content, offset))
            for hint in self._read(("journal", offset, place), event)
        ]

    def _events(self, content: bytes, offset: str) -> list[Any]:
        try:
            match orjson.loads(content):
                case {"journalEvents": list(events)}:
                    return events
        except orjson.JSONDecodeError:
            pass
        raise ContractError(f"{self.client.host} has a file in its journal that is not one ({offset}).")

    def _fetched(self, url: str) -> bytes:
        try:
            with self.client.files.fetch(url, _OPERATION) as file:
                return file.read()
        except Expired as error:
            # The next read of the journal gives another address.
            raise ContractError(f"{error} Read the journal again.") from error

    def _read(self, key: Key, event: Any) -> Iterator[ChangeHint]:
        """The hints of one entry, none for what is not ours to know; an entry that cannot be read is left out."""
        if not isinstance(event, dict) or str(event.get("portalId")) != self.portal_id or _is_echo(event):
            return
        action = str(event.get("action"))
        try:
            for record in _records(event, action):
                happened = _EVENTS.get(action, HintEvent.CHANGED)
                yield hint_of(key, happened, record, next(iter(_changed(event)), None))
        except Unreadable:
            return


def _records(event: Mapping[str, Any], action: str) -> list[Record]:
    type_id = str(event.get("objectTypeId") or "")
    if not type_id:
        return []
    name = TYPE_IDS.get(type_id, type_id)
    ids = [event.get("objectId")]
    if action == "MERGE":
        merged = event.get("mergedObjectIds")
        ids += [event.get("primaryObjectId"), event.get("newObjectId")]
        ids += merged if isinstance(merged, list) else [merged]
    found = [Record(name, record_id(one)) for one in ids if one is not None]
    other = event.get("associatedObjectId")
    if other is not None:
        other_type = str(event.get("associatedObjectTypeId"))
        found.append(Record(TYPE_IDS.get(other_type, other_type), record_id(other)))
    return list(dict.fromkeys(found))


def _changed(event: Mapping[str, Any]) -> Mapping[str, Any]:
    changes = event.get("propertyChanges")
    return changes if isinstance(changes, dict) else {}


def _is_echo(event: Mapping[str, Any]) -> bool:
    """Whether a change touches only what Shortlist writes: the journal does not say who did it."""
    changes = _changed(event)
    return event.get("action") == "UPDATE" and bool(changes) and changes.keys() <= _OURS
