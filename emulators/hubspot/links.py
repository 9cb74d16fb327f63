"""Associations between records, kept in both directions.

A link is a set of type ids seen from one record: {279, 1} from a contact to its primary company is {280, 2}
from the company to the contact.
"""

from __future__ import annotations

from typing import Any, Protocol

Pair = tuple[str, str]


class LinkListener(Protocol):
    """Hears of each type that one side of a link gets or loses."""

    def __call__(self, pair: Pair, ids: tuple[int, int], type_id: int, /, *, removed: bool) -> None:
        """`ids` are those of the record whose side it is, and of the other."""


# The unlabeled type id of each direction (documented).
UNLABELED: dict[Pair, int] = {
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
    ("deals", "companies"): 341,
    ("companies", "deals"): 342,
    ("deals", "contacts"): 3,
    ("contacts", "deals"): 4,
    ("companies", "companies"): 450,
    ("contacts", "contacts"): 449,
    ("deals", "deals"): 451,
    ("calls", "contacts"): 194,
    ("contacts", "calls"): 193,
    ("calls", "companies"): 182,
    ("companies", "calls"): 181,
    ("calls", "deals"): 206,
    ("deals", "calls"): 205,
    ("emails", "contacts"): 198,
    ("contacts", "emails"): 197,
    ("emails", "companies"): 186,
    ("companies", "emails"): 185,
    ("emails", "deals"): 210,
    ("deals", "emails"): 209,
    ("meetings", "contacts"): 200,
    ("contacts", "meetings"): 199,
    ("meetings", "companies"): 188,
    ("companies", "meetings"): 187,
    ("meetings", "deals"): 212,
    ("deals", "meetings"): 211,
    ("notes", "contacts"): 202,
    ("contacts", "notes"): 201,
    ("notes", "companies"): 190,
    ("companies", "notes"): 189,
    ("notes", "deals"): 214,
    ("deals", "notes"): 213,
    ("tasks", "contacts"): 204,
    ("contacts", "tasks"): 203,
    ("tasks", "companies"): 192,
    ("companies", "tasks"): 191,
    ("tasks", "deals"): 216,
    ("deals", "tasks"): 215,
}
# The primary company, from either side.
PRIMARY: dict[Pair, int] = {
    ("contacts", "companies"): 1,
    ("companies", "contacts"): 2,
    ("deals", "companies"): 5,
    ("companies", "deals"): 6,
}
PARENT_TO_CHILD, CHILD_TO_PARENT = 13, 14
_FIRST_CUSTOM_TYPE_ID = 1001
HUBSPOT_DEFINED, USER_DEFINED = "HUBSPOT_DEFINED", "USER_DEFINED"


class Links:
    """All associations of a portal, and the labels its users defined."""

    def __init__(self, listener: LinkListener | None = None) -> None:
        self._listener = listener or _nobody
        self._links: dict[Pair, dict[int, dict[int, tuple[int, ...]]]] = {}
        self._opposite: dict[tuple[Pair, int], int] = {}
        self._labels: dict[Pair, dict[int, str | None]] = {}
        self._next_custom = _FIRST_CUSTOM_TYPE_ID
        for pair, type_id in UNLABELED.items():
            self._define(pair, type_id, None, UNLABELED[pair[::-1]])
        for pair, type_id in PRIMARY.items():
            self._define(pair, type_id, "Primary", PRIMARY[pair[::-1]])
        companies = ("companies", "companies")
        self._define(companies, PARENT_TO_CHILD, "Child Company", CHILD_TO_PARENT)
        self._define(companies, CHILD_TO_PARENT, "Parent Company", PARENT_TO_CHILD)

    def of(self, pair: Pair, record_id: int) -> dict[int, tuple[int, ...]]:
        """The linked records of one record with the type ids of each; do not change it."""
        return self._links.get(pair, {}).get(record_id, {})

    def labels(self, pair: Pair) -> dict[int, str | None]:
        """The label of each type id of a direction; None for the unlabeled one."""
        return self._labels.get(pair, {})

    def primary(self, pair: Pair, record_id: int) -> int | None:
        """The company that is linked as primary to a contact or deal, if any."""
        return self.first_of_type(pair, record_id, PRIMARY[pair])

    def first_of_type(self, pair: Pair, record_id: int, type_id: int) -> int | None:
        """Some record linked with this type, if any."""
        found = (other for other, type_ids in self.of(pair, record_id).items() if type_id in type_ids)
        return next(found, None)

    def add(self, pair: Pair, from_id: int, to_id: int, type_id: int) -> None:
        """Link two records. A labeled type brings the unlabeled one with it.

        The record's first company becomes its primary one, and there is only one primary company.
        Assumption: the first becomes primary, as the user guide describes; no recording shows it.
        """
        if pair[0] == "companies" and pair in PRIMARY:
            pair, from_id, to_id, type_id = pair[::-1], to_id, from_id, self._opposite[pair, type_id]
        if pair in PRIMARY:
            current = self.primary(pair, from_id)
            if type_id == PRIMARY[pair] and current not in (None, to_id):
                self._demote(pair, from_id)
            elif current is None:
                self._put(pair, from_id, to_id, PRIMARY[pair])
        self._put(pair, from_id, to_id, UNLABELED[pair])
        self._put(pair, from_id, to_id, type_id)

    def remove(self, pair: Pair, from_id: int, to_id: int) -> None:
        """Unlink two records altogether."""
        for direction, one, other in ((pair, from_id, to_id), (pair[::-1], to_id, from_id)):
            linked = self._links.get(direction, {}).get(one, {})
            for type_id in linked.pop(other, ()):
                self._listener(direction, (one, other), type_id, removed=True)

    def remove_type(self, pair: Pair, from_id: int, to_id: int, type_id: int) -> None:
        """Take one type off a link; taking off the unlabeled one takes all (documented)."""
        type_ids = self.of(pair, from_id).get(to_id, ())
        if type_id == UNLABELED[pair]:
            self.remove(pair, from_id, to_id)
        elif type_id in type_ids:
            self._drop(pair, from_id, to_id, type_id)
            self._drop(pair[::-1], to_id, from_id, self._opposite[pair, type_id])

    def of_record(self, name: str, record_id: int) -> list[tuple[Pair, int, tuple[int, ...]]]:
        """All links of one record: direction, record at the other end, types."""
        return [
            (pair, other, type_ids)
            for pair, by_record in self._links.items()
            if pair[0] == name
            for other, type_ids in by_record.get(record_id, {}).items()
        ]

    def remove_record(self, name: str, record_id: int) -> list[tuple[str, int]]:
        """Unlink a record from all others; returns those as (object, id)."""
        severed = self.of_record(name, record_id)
        for pair, other, _ in severed:
            self.remove(pair, record_id, other)
        return [(pair[1], other) for pair, other, _ in severed]

    def move_record(self, name: str, old_id: int, new_id: int) -> list[tuple[str, int]]:
        """Give all links of one record to another (a merge); returns the records on the other end."""
        others = []
        for pair, other, type_ids in self.of_record(name, old_id):
            self.remove(pair, old_id, other)
            others.append((pair[1], other))
            if other != new_id:
                self.take_over(pair, new_id, other, type_ids)
        return others

    def take_over(self, pair: Pair, new_id: int, other: int, type_ids: tuple[int, ...]) -> None:
        """Add a link of a merged or a restored record; who has a primary company keeps it."""
        person, side = (other, pair[::-1]) if pair[0] == "companies" else (new_id, pair)
        for type_id in type_ids:
            is_primary = type_id == PRIMARY.get(pair)
            if not is_primary or self.primary(side, person) is None:
                self.add(pair, new_id, other, type_id)

    def opposites(self, pair: Pair, type_ids: tuple[int, ...]) -> tuple[int, ...]:
        """The types of a link as the record at the other end has them."""
        return tuple(self._opposite[pair, type_id] for type_id in type_ids)

    def create_label(self, pair: Pair, label: str, inverse_label: str = "") -> list[tuple[Pair, int]]:
        """Define a label of users; returns its type ids, one per direction."""
        there, back = self._next_custom, self._next_custom + (1 if inverse_label else 0)
        self._next_custom = back + 1
        self._define(pair, there, label, back)
        self._define(pair[::-1], back, inverse_label or label, there)
        return [(pair, there), (pair[::-1], back)]

    def spec(self, pair: Pair, type_id: int) -> dict[str, Any]:
        """One type as it stands in `associationTypes`."""
        category = USER_DEFINED if self._is_custom(type_id) else HUBSPOT_DEFINED
        return {"category": category, "typeId": type_id, "label": self.labels(pair).get(type_id)}

    def everything(self) -> list[dict[str, Any]]:
        """Every link of every direction, for the state dump."""
        return [
            {
                "from": pair[0],
                "fromId": str(one),
                "to": pair[1],
                "toId": str(other),
                "typeIds": list(type_ids),
            }
            for pair, by_record in sorted(self._links.items())
            for one, others in sorted(by_record.items())
            for other, type_ids in sorted(others.items())
        ]

    def _define(self, pair: Pair, type_id: int, label: str | None, opposite: int) -> None:
        self._labels.setdefault(pair, {})[type_id] = label
        self._opposite[pair, type_id] = opposite

    def _is_custom(self, type_id: int) -> bool:
        return _FIRST_CUSTOM_TYPE_ID <= type_id < self._next_custom

    def _demote(self, pair: Pair, record_id: int) -> None:
        current = self.primary(pair, record_id)
        if current is not None:
            self._drop(pair, record_id, current, PRIMARY[pair])
            self._drop(pair[::-1], current, record_id, PRIMARY[pair[::-1]])

    def _put(self, pair: Pair, from_id: int, to_id: int, type_id: int) -> None:
        opposite = self._opposite[pair, type_id]
        for direction, one, other, number in (
            (pair, from_id, to_id, type_id),
            (pair[::-1], to_id, from_id, opposite),
        ):
            linked = self._links.setdefault(direction, {}).setdefault(one, {})
            type_ids = linked.get(other, ())
            if number not in type_ids:
                linked[other] = _shared((*type_ids, number))
                self._listener(direction, (one, other), number, removed=False)

    def _drop(self, pair: Pair, from_id: int, to_id: int, type_id: int) -> None:
        linked = self._links[pair][from_id]
        linked[to_id] = _shared(tuple(number for number in linked[to_id] if number != type_id))
        self._listener(pair, (from_id, to_id), type_id, removed=True)


def _nobody(_pair: Pair, _ids: tuple[int, int], _type_id: int, *, removed: bool) -> None:
    """Hear nothing."""


_SHARED: dict[tuple[int, ...], tuple[int, ...]] = {}


def _shared(type_ids: tuple[int, ...]) -> tuple[int, ...]:
    """One tuple object per set of types: a million links have a handful of them."""
    return _SHARED.setdefault(type_ids, type_ids)
