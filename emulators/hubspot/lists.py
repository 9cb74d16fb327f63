"""Lists (the screens call them segments) and who is on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from emulators.hubspot.errors import validation_error

MANUAL, DYNAMIC, SNAPSHOT = "MANUAL", "DYNAMIC", "SNAPSHOT"
PROCESSING_TYPES = (MANUAL, DYNAMIC, SNAPSHOT)
MAX_MEMBERS = 100_000
_FIRST_LIST_ID = 1


class MembershipListener(Protocol):
    """Hears who joins and who leaves a list."""

    def __call__(self, type_id: str, list_id: str, record_id: int, /, *, removed: bool) -> None:
        """`type_id` is that of the list's objects."""


@dataclass
class RecordList:
    """One list; `members` maps record ids to the time they joined."""

    list_id: str
    name: str
    object_type_id: str
    processing_type: str
    created_at: str
    updated_at: str
    filter_branch: Any = None
    version: int = 1
    deleted_at: str | None = None
    members: dict[int, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The list as the API shows it."""
        optional = {"filterBranch": self.filter_branch, "deletedAt": self.deleted_at}
        return {
            "listId": self.list_id,
            "listVersion": self.version,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "filtersUpdatedAt": self.created_at,
            "processingStatus": "COMPLETE",
            "createdById": "1",
            "updatedById": "1",
            "processingType": self.processing_type,
            "objectTypeId": self.object_type_id,
            "name": self.name,
            "size": len(self.members),
            **{key: value for key, value in optional.items() if value is not None},
        }


class Lists:
    """All lists of a portal, deleted ones included."""

    def __init__(self, listener: MembershipListener | None = None) -> None:
        self._listener = listener
        self.by_id: dict[str, RecordList] = {}
        self._next_id = _FIRST_LIST_ID

    def create(self, body: dict[str, Any], now: str) -> RecordList:
        """Add a list from the API's create body (checked by the caller); 400 when the name is taken."""
        self.refuse_name(body["name"])
        list_id = str(body.get("listId") or self._next_id)
        self._next_id = max(self._next_id, int(list_id)) + 1
        self.by_id[list_id] = RecordList(
            list_id,
            body["name"],
            body["objectTypeId"],
            body["processingType"],
            created_at=now,
            updated_at=now,
            filter_branch=body.get("filterBranch"),
        )
        return self.by_id[list_id]

    def find_name(self, name: str, object_type_id: str | None = None) -> RecordList | None:
        """The list with this name, whatever its case, that is not deleted."""
        for item in self.live():
            if item.name.lower() == name.lower() and object_type_id in (None, item.object_type_id):
                return item
        return None

    def refuse_name(self, name: str, but: RecordList | None = None) -> None:
        """Raise a 400 when another list has this name; names are unique in a portal."""
        holder = self.find_name(name)
        if holder is not None and holder is not but:
            # Assumption: wording and subCategory; the rule is documented.
            raise validation_error(
                f"A list already exists with name '{name}'.", subCategory="ILS.DUPLICATE_LIST_NAMES"
            )

    def join(self, item: RecordList, record_id: int, now: str) -> None:
        """Put a record on a list."""
        if record_id not in item.members:
            item.members[record_id] = now
            self._tell(item, record_id, removed=False)

    def leave(self, item: RecordList, record_id: int) -> None:
        """Take a record off a list, if it is on it."""
        if item.members.pop(record_id, None) is not None:
            self._tell(item, record_id, removed=True)

    def _tell(self, item: RecordList, record_id: int, *, removed: bool) -> None:
        if self._listener is not None:
            self._listener(item.object_type_id, item.list_id, record_id, removed=removed)

    def live(self) -> list[RecordList]:
        """The lists that are not deleted, oldest first."""
        return [item for item in self.by_id.values() if item.deleted_at is None]

    def remove_record(self, object_type_id: str, record_id: int) -> None:
        """Take an archived record off every list."""
        for item in self.by_id.values():
            if item.object_type_id == object_type_id:
                self.leave(item, record_id)

    def move_record(self, object_type_id: str, old_id: int, new_id: int) -> None:
        """Give the memberships of a merged record to the survivor.

        Assumption: HubSpot does so for manual lists.
        """
        for item in self.by_id.values():
            if item.object_type_id == object_type_id and old_id in item.members:
                joined_at = item.members[old_id]
                self.leave(item, old_id)
                self.join(item, new_id, joined_at)
