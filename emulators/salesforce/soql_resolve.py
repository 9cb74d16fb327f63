"""From the names in a query to fields and to functions that read them, as far as the user may see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.salesforce.errors import column_text, object_text, relationship_text
from emulators.salesforce.fields import Field, ObjectType
from emulators.salesforce.formulas import computed
from emulators.salesforce.soql_dates import taken
from emulators.salesforce.soql_syntax import Path, query_error
from emulators.salesforce.store import Record

if TYPE_CHECKING:
    from emulators.salesforce.org import Org

Getter = Callable[[Record], Any]
Step = Callable[[Record], Record | None]

# What can be asked of a parent that may be of several types (documentation of the Name object).
_NAME_FIELDS = ("Id", "Name", "FirstName", "LastName", "Email", "Phone", "Title", "Username", "IsActive")
NAME_OBJECT = ObjectType("Name", "", "Name", "Names", frozenset())
for _name in _NAME_FIELDS:
    NAME_OBJECT.add(Field(_name, "id" if _name == "Id" else "string", _name, length=255, nillable=True))
NAME_OBJECT.add(Field("Type", "picklist", "Type", length=40, nillable=True))


@dataclass(frozen=True, slots=True)
class Relation:
    """A step to a parent: its key in the answer, the parent's type, and how to get there."""

    key: str
    target: ObjectType
    step: Step


@dataclass(frozen=True, slots=True)
class Resolved:
    """A path understood: the steps to take, the field at its end, and how to read it from a record."""

    relations: tuple[Relation, ...]
    owner: ObjectType
    field: Field
    get: Getter


class Resolver:
    """Names of one query, seen by one user."""

    def __init__(
        self, org: Org, user_id: str, text: str, alias: str | None = None, *, sees_all: bool = False
    ) -> None:
        self.org = org
        self.user_id = user_id
        self.text = text
        self._alias = alias.lower() if alias else None
        self._sees_all = sees_all

    def object(self, name: str, at: int) -> ObjectType:
        """The queried object. Raises INVALID_TYPE, also for one that is hidden from the user."""
        found = self.org.schema.find(name)
        if found is None or not self.org.access.may(found, "read", self.user_id):
            raise query_error("INVALID_TYPE", object_text(name), self.text, at)
        return found

    def path(self, item: ObjectType, path: Path) -> Resolved:
        """A path from `item` to a field. Raises INVALID_FIELD for what is absent or hidden."""
        relations: list[Relation] = []
        owner = item
        names = path.parts
        if len(names) > 1 and names[0].lower() in (self._alias, item.name.lower()):
            names = names[1:]
        for name in names[:-1]:
            relation = self.relation(owner, name, path.at)
            relations.append(relation)
            owner = relation.target
        field = self.fields(owner).get(names[-1].lower())
        if field is None:
            raise query_error("INVALID_FIELD", column_text(names[-1], owner.name), self.text, path.at)
        get = self.getter(owner, field)
        if path.function is not None:
            field, get = self._function(path, field, get)
        return Resolved(tuple(relations), owner, field, _chained(relations, get))

    def _function(self, path: Path, field: Field, get: Getter) -> tuple[Field, Getter]:
        if field.type not in ("date", "datetime"):
            # Assumption: widely quoted, not recorded.
            reason = f"field {field.name} does not support the date function {path.function}"
            raise query_error("INVALID_FIELD", reason, self.text, path.at)
        result, read = taken(path.function or "", field)
        return result, lambda record: read(get(record))

    def fields(self, item: ObjectType) -> dict[str, Field]:
        """The fields of an object the user may read, by lower-case name."""
        if item is NAME_OBJECT or self._sees_all:
            return item.fields
        return dict(self.org.access.readable(self.user_id, item))

    def relation(self, owner: ObjectType, name: str, at: int) -> Relation:
        """The relationship `name` of an object. Raises INVALID_FIELD."""
        for field in self.fields(owner).values():
            if field.relationship is not None and field.relationship.lower() == name.lower():
                targets = self._targets(field)
                if not targets:
                    break
                target = targets[0] if len(field.reference_to) == 1 else NAME_OBJECT
                return Relation(field.relationship, target, self._parent(field.name))
        raise query_error("INVALID_FIELD", relationship_text(name), self.text, at)

    def _targets(self, field: Field) -> list[ObjectType]:
        """What a reference can lead to as far as the user may read it; the path to what he may not is unknown."""
        objects, may = self.org.schema.objects, self.org.access.may
        known = [objects.get(name, NAME_OBJECT) for name in field.reference_to]
        return [
            one for one in known if one is NAME_OBJECT or self._sees_all or may(one, "read", self.user_id)
        ]

    def getter(self, owner: ObjectType, field: Field) -> Getter:
        """How to read a field of a record of `owner` in wire form."""
        name = field.name
        if owner is NAME_OBJECT and name == "Type":
            return self._type_name
        if field.formula is not None:
            return computed(self.org.schema, self.org.store, field)
        if field.type == "boolean":
            return lambda record: record.get(name, False)
        if field.type == "address":
            return _address_getter(name.removesuffix("Address"))
        return lambda record: record.get(name)

    def _type_name(self, record: Record) -> str | None:
        owner = self.org.schema.of_id(record["Id"])
        return owner.name if owner else None

    def _parent(self, field_name: str) -> Step:
        schema, store = self.org.schema, self.org.store

        def step(record: Record) -> Record | None:
            parent_id = record.get(field_name)
            if parent_id is None:
                return None
            owner = schema.of_id(parent_id)
            return store.get(owner.name, parent_id) if owner else None

        return step


def _chained(relations: list[Relation], get: Getter) -> Getter:
    if not relations:
        return get

    def through(record: Record) -> Any:
        current: Record | None = record
        for relation in relations:
            current = relation.step(current) if current is not None else None
        return None if current is None else get(current)

    return through


_ADDRESS_PARTS = (
    ("city", "City"),
    ("country", "Country"),
    ("geocodeAccuracy", "GeocodeAccuracy"),
    ("latitude", "Latitude"),
    ("longitude", "Longitude"),
    ("postalCode", "PostalCode"),
    ("state", "State"),
    ("street", "Street"),
)


def _address_getter(prefix: str) -> Getter:
    """A compound address: an object of its parts, null when it has none."""

    def get(record: Record) -> dict[str, Any] | None:
        address = {key: record.get(prefix + part) for key, part in _ADDRESS_PARTS}
        return address if any(value is not None for value in address.values()) else None

    return get
