"""Rules of single objects that refuse a write: campaign members, permission sets and their parts."""

from __future__ import annotations

from collections.abc import Callable

from emulators.salesforce.errors import SalesforceError, duplicate_value, required_missing
from emulators.salesforce.schema import Schema
from emulators.salesforce.store import Record, Store

Check = Callable[[Schema, Store, Record, Record | None], None]

MEMBER_KEYS = ("LeadId", "ContactId", "AccountId")


def check_record(schema: Schema, store: Store, object_name: str, record: Record, old: Record | None) -> None:
    """Raise SalesforceError when the object's own rules refuse `record` (`old` is what it replaces)."""
    check = _CHECKS.get(object_name)
    if check is not None:
        check(schema, store, record, old)


def check_delete(store: Store, object_name: str, record: Record) -> None:
    """Raise SalesforceError when the record cannot be deleted while others depend on it."""
    if object_name != "PermissionSet":
        return
    if store.tables["PermissionSetAssignment"].lookup("PermissionSetId", [record["Id"]]):
        # Assumption: the rule is documented for the user interface; code and text are not recorded.
        message = f"Permission set {record['Name']} is assigned to users; remove the assignments first"
        raise SalesforceError("DELETE_FAILED", message, fields=[])


def _lead(_schema: Schema, _store: Store, _record: Record, old: Record | None) -> None:
    if old is not None and old.get("IsConverted"):
        # Assumption: quoted in public reports, not recorded; users with a permission for it are not known here.
        raise SalesforceError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", fields=[])


def _campaign_member(_schema: Schema, store: Store, record: Record, old: Record | None) -> None:
    keys = [key for key in MEMBER_KEYS if key in record]
    if not keys:
        # Assumption: the documentation asks for exactly one; the codes of the refusals are not recorded.
        raise required_missing(list(MEMBER_KEYS))
    if len(keys) > 1 and not (
        old is not None and keys == ["LeadId", "ContactId"]
    ):  # a converted lead has both
        message = f"A campaign member can have only one of {', '.join(MEMBER_KEYS)}"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", message, fields=keys)
    labels = [
        row["Label"]
        for row in store.tables["CampaignMemberStatus"].lookup("CampaignId", [record["CampaignId"]])
    ]
    if record["Status"] not in labels:
        # Assumption: Status is validated against the campaign's list; code and text are not recorded.
        message = f"Status: bad value for restricted picklist field: {record['Status']}"
        raise SalesforceError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=["Status"])
    twins = store.tables["CampaignMember"].lookup(keys[0], [record[keys[0]]])
    if old is None and any(row["CampaignId"] == record["CampaignId"] for row in twins):
        raise duplicate_value("Already a campaign member.")


def _assignment(_schema: Schema, store: Store, record: Record, _old: Record | None) -> None:
    user, permission_set = record["AssigneeId"], record["PermissionSetId"]
    assigned = store.tables["PermissionSetAssignment"].lookup("AssigneeId", [user])
    if any(row["PermissionSetId"] == permission_set for row in assigned):
        # Assumption: widely quoted, not recorded.
        raise duplicate_value(
            f"Duplicate PermissionSetAssignment. Assignee: {user}; Permission Set: {permission_set}",
            ["AssigneeId", "PermissionSetId"],
        )


def _permission_set(_schema: Schema, store: Store, record: Record, old: Record | None) -> None:
    twins = store.tables["PermissionSet"].lookup("Name", [record["Name"]])
    if any(row["Id"] != record["Id"] for row in twins):
        # Assumption: the code is documented, the text is not recorded.
        raise duplicate_value("The Permission Set Name you entered is already in use.", ["Name"])
    record["IsCustom"] = True
    record.setdefault("Type", "Regular" if old is None else old.get("Type"))


def _field_permissions(schema: Schema, store: Store, record: Record, old: Record | None) -> None:
    field = schema.field(record["Field"])
    if field is None or not field.permissionable:
        # Assumption: text as widely quoted, not recorded.
        message = f"Field Name: bad value for restricted picklist field: {record['Field']}"
        raise SalesforceError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=["Field"])
    if record.get("PermissionsEdit"):
        record["PermissionsRead"] = True
    rows = store.tables["FieldPermissions"].lookup("ParentId", [record["ParentId"]])
    if old is None and any(row["Field"] == record["Field"] for row in rows):
        raise duplicate_value("Duplicate FieldPermissions", ["ParentId", "Field"])


_CHECKS: dict[str, Check] = {
    "CampaignMember": _campaign_member,
    "Lead": _lead,
    "PermissionSetAssignment": _assignment,
    "PermissionSet": _permission_set,
    "FieldPermissions": _field_permissions,
}
