"""Taking native records as they are: which objects first, and what a bare record is completed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.salesforce.derive import derive
from emulators.salesforce.ids import long_id
from emulators.salesforce.times import parse_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.org import Org
    from emulators.salesforce.schema import Schema
    from emulators.salesforce.store import Record

# Derived values read other objects, which therefore go first.
_FIRST = (
    "Organization",
    "User",
    "RecordType",
    "Account",
    "Contact",
    "Lead",
    "Campaign",
    "CampaignMemberStatus",
    "Opportunity",
)
_TEXTS_KEPT = 1000
_STAMPS = ("SystemModstamp", "CreatedDate", "LastModifiedDate")


def load_order(schema: Schema, records: Mapping[str, Any]) -> list[str]:
    """The object names of `records` in the order to load them. Raises ValueError for an unknown one."""
    unknown = sorted(set(records) - set(schema.objects))
    if unknown:
        raise ValueError(f"unknown objects: {', '.join(unknown)}")
    rank = {name: position for position, name in enumerate(_FIRST)}
    return sorted(records, key=lambda name: rank.get(name, len(_FIRST)))


def check_names(schema: Schema, records: Mapping[str, Any]) -> None:
    """Raise ValueError for an object or a field that does not exist."""
    for name in load_order(schema, records):
        fields = schema.objects[name].fields
        unknown = sorted({key for row in records[name] for key in row if key.lower() not in fields})
        if unknown:
            raise ValueError(f"{name} has no field {', '.join(unknown)}")


class Loader:
    """Completes the native records of one object: ids, stamps, defaults and derived values are added.

    What many records have in common is worked out once, and equal texts are kept once: a million records
    repeat their cities and titles.
    """

    def __init__(self, org: Org, item: ObjectType, now: str) -> None:
        self._org = org
        self._item = item
        self._now = now
        self._names: set[str] = set()
        self._bare: Record = {}
        self._texts: dict[str, dict[str, str]] = {}
        self._loaded = 0

    def complete(self, given: Record) -> Record:
        """`given` over what is stored under its Id. Raises ValueError for an unknown field."""
        self._check(given)
        org, item = self._org, self._item
        record_id = long_id(given["Id"]) if "Id" in given else org.store.mint(item.prefix)
        old = org.store.get(item.name, record_id)
        merged = {**(old or self._defaults()), **given, "Id": record_id}
        record = {name: value for name, value in merged.items() if value is not None}
        for name in _STAMPS:
            if name in record and name in given:
                record[name] = parse_datetime(given[name])
        stamp = record["SystemModstamp"] if "SystemModstamp" in given else self._now
        record["SystemModstamp"] = stamp
        record.setdefault("CreatedDate", stamp)
        if "LastModifiedDate" not in given:
            record["LastModifiedDate"] = stamp
        self._share(record)
        derive(org.store, item.name, record, old)
        return {name: value for name, value in record.items() if value is not None}

    def _check(self, given: Record) -> None:
        if self._names.issuperset(given):
            return
        for name in given:
            known = self._item.fields.get(name.lower())
            if (known is None and name != "IsDeleted") or (known is not None and known.formula is not None):
                raise ValueError(f"{self._item.name} has no field {name}")
        self._texts.update((name, {}) for name in given if name not in self._names)
        self._names.update(given)

    def _defaults(self) -> Record:
        """The values a record has that was loaded with none; the first user has no author yet."""
        if "CreatedById" not in self._bare:
            self._bare = _bare(self._org, self._item)
        return self._bare

    def _share(self, record: Record) -> None:
        """Let equal texts of the record and of earlier ones be one text."""
        for name, texts in self._texts.items():
            value = record.get(name)
            if isinstance(value, str):
                record[name] = texts.setdefault(value, value)
        self._loaded += 1
        if self._loaded % _TEXTS_KEPT == 0:
            # What is different in most records is not worth keeping in mind.
            self._texts = {name: texts for name, texts in self._texts.items() if len(texts) < _TEXTS_KEPT}


def _bare(org: Org, item: ObjectType) -> Record:
    """The values a record has that was loaded with none."""
    users = org.store.tables["User"].rows
    author = next(iter(users), None)
    record: Record = {
        field.name: field.default_value for field in item.fields.values() if field.default_value is not None
    }
    if author is not None:
        record.update(CreatedById=author, LastModifiedById=author)
        if "ownerid" in item.fields:
            record["OwnerId"] = author
    return record
