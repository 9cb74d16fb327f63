"""A field and an object type as plain data, and how the tables in `schema_data` are read into them.

A table line is `name type size flags target label`, `-` standing for nothing:

- size: a length (`255`), digits (`8`) or precision.scale (`18.2`)
- flags: c createable, u updateable, n nillable, d defaulted on create, p permissionable, L id lookup,
  R restricted picklist, P polymorphic, N name field, F not filterable
- target: `Account:Parent` (referenced objects : relationship) or `@BillingAddress` (compound field)

A line that begins with `=` lists the picklist values of the field before it; `*` marks the default. One that
begins with `+` says where system fields stand: describes and records show fields in the order of the table.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib.resources import files

LONG_TEXT_FROM = 256
STRING_TYPES = frozenset(
    ["string", "textarea", "picklist", "multipicklist", "combobox", "email", "phone", "url"]
)
NUMBER_TYPES = frozenset(["double", "currency", "percent", "int"])


@dataclass(frozen=True, slots=True)
class Formula:
    """What a calculated field shows: the value at the end of a path (`Account.Industry`), or a roll-up.

    A roll-up takes `function` (COUNT, SUM, MIN, MAX) of `path` over the records of `child` whose `child_field`
    points to the record.
    """

    path: str
    function: str = ""
    child: str = ""
    child_field: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object. Picklist values are pairs of value and whether it is the default.

    `inactive` values of a picklist may stay in records but cannot be chosen any more.
    """

    name: str
    type: str
    label: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    createable: bool = False
    updateable: bool = False
    nillable: bool = False
    defaulted: bool = False
    permissionable: bool = False
    id_lookup: bool = False
    restricted: bool = False
    polymorphic: bool = False
    name_field: bool = False
    never_filterable: bool = False
    external_id: bool = False
    unique: bool = False
    custom: bool = False
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    compound: str | None = None
    picklist: tuple[tuple[str, bool], ...] = ()
    default_value: object = None
    inactive: tuple[str, ...] = ()
    formula: Formula | None = None

    @property
    def is_long_text(self) -> bool:
        """Long text can be neither filtered, sorted, grouped nor aggregated."""
        return self.type == "textarea" and self.length >= LONG_TEXT_FROM

    @property
    def filterable(self) -> bool:
        """Whether WHERE may name the field."""
        return not (self.is_long_text or self.never_filterable)

    @property
    def sortable(self) -> bool:
        """Whether ORDER BY may name the field."""
        return self.filterable and self.type != "address"

    @property
    def groupable(self) -> bool:
        """Whether GROUP BY may name the field."""
        ungroupable = {"double", "currency", "percent", "datetime", "address", "combobox"}
        return not self.is_long_text and self.type not in ungroupable

    @property
    def aggregatable(self) -> bool:
        """Whether COUNT, MIN and MAX may take the field."""
        return not self.is_long_text and self.type not in ("boolean", "address")

    @property
    def required(self) -> bool:
        """Whether a create must give a value."""
        return self.createable and not self.nillable and not self.defaulted and self.type != "boolean"


@dataclass(slots=True)
class ObjectType:
    """An object with its fields, keyed by lower-case name; `can` holds what the tables call its abilities."""

    name: str
    prefix: str
    label: str
    label_plural: str
    can: frozenset[str]
    fields: dict[str, Field] = field(default_factory=dict)

    @property
    def keeps_deleted(self) -> bool:
        """Whether deleted records go to the recycle bin."""
        return "hard" not in self.can

    def add(self, new: Field) -> None:
        """Add a field, or replace the one of the same name."""
        self.fields[new.name.lower()] = new


_SYSTEM_FIRST = (
    Field("Id", "id", "Record ID", length=18, defaulted=True, id_lookup=True),
    Field("IsDeleted", "boolean", "Deleted", defaulted=True),
)
_SYSTEM_LAST = (
    Field("CreatedDate", "datetime", "Created Date", defaulted=True),
    Field(
        "CreatedById",
        "reference",
        "Created By ID",
        length=18,
        reference_to=("User",),
        defaulted=True,
        relationship="CreatedBy",
    ),
    Field("LastModifiedDate", "datetime", "Last Modified Date", defaulted=True),
    Field(
        "LastModifiedById",
        "reference",
        "Last Modified By ID",
        length=18,
        reference_to=("User",),
        defaulted=True,
        relationship="LastModifiedBy",
    ),
    Field("SystemModstamp", "datetime", "System Modstamp", defaulted=True),
)
_SYSTEM = {one.name: one for one in (*_SYSTEM_FIRST, *_SYSTEM_LAST)}


def read_object_types() -> dict[str, ObjectType]:
    """All object types of the tables, by name; a new set each time, since custom fields are added to them."""
    tables = files("emulators.salesforce") / "schema_data"
    types = [_read_object(entry.read_text(encoding="utf-8")) for entry in tables.iterdir()]
    return {item.name: item for item in sorted(types, key=lambda item: item.name)}


def _read_object(text: str) -> ObjectType:
    head_text, _, body = text.partition("\n\n")
    head = dict(line.split(": ", 1) for line in head_text.splitlines())
    label, label_plural = head["label"].split(" / ")
    item = ObjectType(head["object"], head["prefix"], label, label_plural, frozenset(head["can"].split()))
    without = head.get("without", "").split()
    own = _read_fields(body)
    placed = {*without, *(one.name for one in own)}
    first, last = (
        [one for one in system if one.name not in placed] for system in (_SYSTEM_FIRST, _SYSTEM_LAST)
    )
    for one in (*first, *own, *last):
        item.add(one)
    return item


def _read_fields(body: str) -> list[Field]:
    found: list[Field] = []
    for line in body.splitlines():
        if line.lstrip().startswith("="):
            values = line.lstrip(" =").split("; ")
            pairs = tuple((value.removeprefix("*"), value.startswith("*")) for value in values)
            default = next((value for value, is_default in pairs if is_default), None)
            found[-1] = replace(found[-1], picklist=pairs, default_value=default)
        elif line.startswith("+"):
            found += [_SYSTEM[name] for name in line[1:].split()]
        elif line.strip():
            found.append(_read_field(line))
    return found


def _read_field(line: str) -> Field:
    name, kind, size, flags, target, label = line.split(None, 5)
    whole, _, scale = size.partition(".")
    number = int(whole) if whole != "-" else 0
    is_reference = ":" in target
    objects, _, relationship = target.partition(":")
    return Field(
        name=name,
        type=kind,
        label=label,
        length=18 if is_reference else number if kind in STRING_TYPES else 0,
        precision=number if kind in NUMBER_TYPES and scale else 0,
        scale=int(scale or 0),
        digits=number if kind == "int" else 0,
        createable="c" in flags,
        updateable="u" in flags,
        nillable="n" in flags,
        defaulted="d" in flags,
        permissionable="p" in flags,
        id_lookup="L" in flags,
        restricted="R" in flags,
        polymorphic="P" in flags,
        name_field="N" in flags,
        never_filterable="F" in flags,
        reference_to=tuple(objects.split(",")) if is_reference else (),
        relationship=relationship or None,
        compound=target[1:] if target.startswith("@") else None,
    )
