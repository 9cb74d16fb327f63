"""Creating, changing and deleting single records by the rules of Salesforce.

Every function takes the organisation and the acting user and raises SalesforceError; whether that fails a
request or a row of a collection is the caller's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from emulators.salesforce.campaigns import add_default_statuses
from emulators.salesforce.checks import check_delete, check_record
from emulators.salesforce.derive import derive
from emulators.salesforce.errors import (
    bad_reference,
    duplicate_value,
    entity_is_deleted,
    insufficient_access,
    json_parser_error,
    no_access_to,
    no_such_column,
    not_found,
    not_writeable,
    required_missing,
)
from emulators.salesforce.ids import long_id
from emulators.salesforce.record_types import check_record_type
from emulators.salesforce.times import to_wire
from emulators.salesforce.values import to_stored

if TYPE_CHECKING:
    from emulators.salesforce.fields import Field, ObjectType
    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record

# What is deleted along with a record: the child object and its field that points to the parent.
_CASCADES: dict[str, tuple[tuple[str, str], ...]] = {
    "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId"), ("CampaignMember", "AccountId")),
    "Contact": (("OpportunityContactRole", "ContactId"), ("CampaignMember", "ContactId")),
    "Lead": (("CampaignMember", "LeadId"),),
    "Opportunity": (("OpportunityContactRole", "OpportunityId"),),
    "Campaign": (("CampaignMember", "CampaignId"), ("CampaignMemberStatus", "CampaignId")),
    "PermissionSet": (("FieldPermissions", "ParentId"), ("ObjectPermissions", "ParentId")),
}


def create(org: Org, user_id: str, item: ObjectType, data: Mapping[str, Any]) -> str:
    """Create a record; return its id."""
    if not org.access.may(item, "create", user_id):
        raise insufficient_access()
    given = _given(org, user_id, item, data, creating=True)
    record: Record = {"Id": org.store.mint(item.prefix)}
    record.update((name, value) for name, value in _defaults(item, user_id).items() if name not in given)
    record.update((name, value) for name, value in given.items() if value is not None)
    missing = [name for name in org.schema.groups(item).required if name not in record]
    if missing:
        raise required_missing(missing)
    now = to_wire(org.clock.now())
    record.update(CreatedDate=now, CreatedById=user_id)
    _save(org, item, record, None, user_id=user_id)
    if item.name == "Campaign":
        add_default_statuses(org, record["Id"], now)
    return str(record["Id"])


def update(org: Org, user_id: str, item: ObjectType, record_id: str, data: Mapping[str, Any]) -> None:
    """Change the given fields of a record."""
    old = find(org, item, record_id)
    org.late.check_lock(old["Id"])
    _check_access(org, user_id, item, old, "update")
    given = _given(org, user_id, item, data, creating=False)
    emptied = [name for name, value in given.items() if value is None and _needs_value(item, name)]
    if emptied:
        raise required_missing(emptied)
    record = {**old, **given}
    # Assumption: Salesforce moves the stamps on every update, also when no value changes.
    _save(org, item, {k: v for k, v in record.items() if v is not None}, old, user_id=user_id)


def delete(org: Org, user_id: str, item: ObjectType, record_id: str) -> None:
    """Move a record and what belongs to it to the recycle bin, or remove it where there is none."""
    old = find(org, item, record_id)
    org.late.check_lock(old["Id"])
    _check_access(org, user_id, item, old, "delete")
    check_delete(org.store, item.name, old)
    if org.rules.locks:
        org.rules.check_locks(org, item, old, None)
    remove(org, user_id, item, old)


def find(org: Org, item: ObjectType, record_id: str) -> Record:
    """A live record by its 15- or 18-character id. Raises NOT_FOUND or ENTITY_IS_DELETED."""
    record = org.store.get(item.name, long_id(record_id))
    if record is None:
        raise not_found()
    if record.get("IsDeleted"):
        raise entity_is_deleted()
    return record


def _check_access(org: Org, user_id: str, item: ObjectType, record: Record, action: str) -> None:
    """Raise unless the user may do this to records of the object, and sees this one."""
    if not org.access.may(item, action, user_id):
        raise insufficient_access()
    visible = org.access.visible(item, user_id)
    if visible is not None and not visible(record):
        raise no_access_to(record["Id"])


def matches(org: Org, item: ObjectType, field: Field, value: str) -> list[Record]:
    """Live records whose field equals `value`, for an upsert."""
    if field.name == "Id":
        record = org.store.live(item.name, long_id(value))
        return [record] if record else []
    rows = org.store.tables[item.name].lookup(field.name, [value])
    return [row for row in rows if not row.get("IsDeleted")]


def _given(
    org: Org, user_id: str, item: ObjectType, data: Mapping[str, Any], *, creating: bool
) -> dict[str, Any]:
    """The written fields by their true names, values as stored; None clears a field."""
    readable = org.access.readable(user_id, item)
    editable = org.access.editable(user_id, item)
    given: dict[str, Any] = {}
    refused: list[str] = []
    for name, value in data.items():
        if name == "attributes":
            continue
        field = readable.get(name.lower())
        if isinstance(value, Mapping):
            raise _nested(name, value, field)
        if field is None and not org.access.exists(item, name):
            raise no_such_column(name, item.name)
        writeable = field is not None and (field.createable if creating else field.updateable)
        if field is None or not writeable or field.name not in editable:
            refused.append(field.name if field else name)
        else:
            given[field.name] = to_stored(field, value, org.schema.prefixes)
    if refused:
        raise not_writeable(refused)
    return given


def _nested(name: str, value: Mapping[str, Any], field: Field | None) -> Exception:
    """An object where a value belongs."""
    if "attributes" not in value and field is None:
        return json_parser_error(f"The value of {name} has no attributes that name its type")
    # Assumption: references by a parent's external id are not offered here.
    return json_parser_error(f"Cannot deserialize instance of {name} from START_OBJECT")


def _defaults(item: ObjectType, user_id: str) -> dict[str, Any]:
    values = {
        field.name: field.default_value for field in item.fields.values() if field.default_value is not None
    }
    if "ownerid" in item.fields:
        values["OwnerId"] = user_id
    return values


def _needs_value(item: ObjectType, name: str) -> bool:
    field = item.fields[name.lower()]
    return not field.nillable and field.type != "boolean"


def _save(org: Org, item: ObjectType, record: Record, old: Record | None, *, user_id: str) -> None:
    """Stamp, complete, check and store a record."""
    now = to_wire(org.clock.now())
    record.update(LastModifiedDate=now, LastModifiedById=user_id, SystemModstamp=now)
    check_record_type(org.store, item.name, record)
    _check_references(org, item, record, old)
    derive(org.store, item.name, record, old)
    check_record(org.schema, org.store, item.name, record, old)
    org.rules.before_save(org, item, record, old)
    _check_unique(org, item, record)
    org.store.put(item.name, record)
    org.rules.after_save(org, item, record, old)
    org.outbound.notice(org, item.name, record["Id"], "create" if old is None else "update")


def _check_references(org: Org, item: ObjectType, record: Record, old: Record | None) -> None:
    for name in org.schema.groups(item).references:
        target = record.get(name)
        if target is None or (old and old.get(name) == target):
            continue
        owner = org.schema.of_id(target)
        found = org.store.get(owner.name, target) if owner else None
        if found is None:
            raise bad_reference()
        if found.get("IsDeleted"):
            raise entity_is_deleted()


def _check_unique(org: Org, item: ObjectType, record: Record) -> None:
    for field in org.schema.groups(item).unique:
        if field.name not in record:
            continue
        for twin in matches(org, item, field, record[field.name]):
            if twin["Id"] != record["Id"]:
                # Assumption: the wording is widely quoted, not recorded.
                where = f"record with id: {twin['Id'][:15]}"
                message = f"duplicate value found: {field.name} duplicates value on {where}"
                raise duplicate_value(message)


def remove(org: Org, user_id: str, item: ObjectType, old: Record, root_id: str | None = None) -> None:
    """Delete a record and its dependents without asking for permission; `root_id` is what began it."""
    root_id = root_id or old["Id"]
    for child_name, field_name in _CASCADES.get(item.name, ()):
        child = org.schema.objects[child_name]
        for row in org.store.tables[child_name].lookup(field_name, [old["Id"]]):
            if not row.get("IsDeleted"):
                remove(org, user_id, child, row, root_id)
    if not item.keeps_deleted:
        org.store.remove(item.name, old["Id"])
        return
    now = to_wire(org.clock.now())
    gone = {
        **old,
        "IsDeleted": True,
        "LastModifiedDate": now,
        "LastModifiedById": user_id,
        "SystemModstamp": now,
    }
    org.store.put(item.name, gone)
    org.bin.add(org.clock.now(), (item.name, old["Id"]), root_id)
