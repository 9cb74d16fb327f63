"""What the running user may see and change: object permissions and field-level security.

A custom field is invisible to everyone until a permission set with a FieldPermissions row for it is assigned
to the user; standard fields are open. What an administrator took away is in the settings, for everyone or for
one user. A user with minimum access has only what the permission sets assigned to him give, standard objects
and fields included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulators.salesforce.fields import Field, ObjectType
    from emulators.salesforce.schema import Schema
    from emulators.salesforce.settings import Settings
    from emulators.salesforce.store import Record, Store

_PERMISSION_TABLES = ("PermissionSetAssignment", "FieldPermissions", "ObjectPermissions", "User")
# The object permission that allows an action, and the objects that have permissions of their own.
_PERMISSIONS = {
    "create": "PermissionsCreate",
    "read": "PermissionsRead",
    "update": "PermissionsEdit",
    "delete": "PermissionsDelete",
    "view_all": "PermissionsViewAllRecords",
}
_PERMISSIONED = frozenset(["Account", "Contact", "Lead", "Opportunity", "Campaign"])
# Objects that live by the permissions, and by the owner, of their parent; its field.
_DETAILS = {
    "CampaignMember": ("Campaign", "CampaignId"),
    "CampaignMemberStatus": ("Campaign", "CampaignId"),
    "OpportunityContactRole": ("Opportunity", "OpportunityId"),
}


class Access:
    """Permissions of users, computed from the permission records and cached until one of those changes."""

    def __init__(self, schema: Schema, store: Store, settings: Settings) -> None:
        self._schema = schema
        self._store = store
        self._settings = settings
        self._version: tuple[Any, ...] = ()
        self._readable: dict[tuple[str, str], dict[str, Field]] = {}
        self._editable: dict[tuple[str, str], frozenset[str]] = {}
        self._allowed: dict[tuple[str, str, str], bool] = {}

    def may(self, object_type: ObjectType, action: str, user_id: str = "") -> bool:
        """Whether the user may `read`, `create`, `update` or `delete` records, or `view_all` of others."""
        if action in ("create", "update", "delete") and action not in object_type.can:
            return False
        self._refresh()
        key = (user_id, object_type.name, action)
        if key not in self._allowed:
            self._allowed[key] = self._may(user_id, object_type.name, action)
        return self._allowed[key]

    def _may(self, user_id: str, name: str, action: str) -> bool:
        denied = [*self._settings.deny, *self._of_user(user_id).get("deny", [])]
        if f"{name}.{action}" in denied:
            return False
        holder = _DETAILS.get(name, (name, ""))[0]
        if holder not in _PERMISSIONED or not self._has_minimum(user_id):
            return True
        rows = self._rows("ObjectPermissions", user_id)
        # Assumption: whoever may edit the parent may write its details.
        permission = "PermissionsEdit" if holder != name and action != "read" else _PERMISSIONS[action]
        return any(row["SobjectType"] == holder and row.get(permission) for row in rows)

    def may_view_setup(self, user_id: str) -> bool:
        """Whether the user has View Setup and Configuration."""
        # Permission sets that are deployed here give no permissions but those on objects and fields.
        return self._settings.view_setup and not self._has_minimum(user_id)

    def visible(self, object_type: ObjectType, user_id: str) -> Callable[[Record], bool] | None:
        """Which records the user sees of those he may read, None for all: his own without `view_all`."""
        parent, field_name = _DETAILS.get(object_type.name, ("", ""))
        if parent:
            above = self.visible(self._schema.objects[parent], user_id)
            rows = self._store.tables[parent].rows
            if above is None:
                return None
            return lambda record: above(rows.get(record.get(field_name, ""), {}))
        if "ownerid" not in object_type.fields or self.may(object_type, "view_all", user_id):
            return None
        # Assumption: no sharing rules, roles or teams: without the permission only the owner sees a record.
        return lambda record: record.get("OwnerId") == user_id

    def readable(self, user_id: str, object_type: ObjectType) -> Mapping[str, Field]:
        """The fields the user sees, by lower-case name."""
        self._refresh()
        key = (user_id, object_type.name)
        if key not in self._readable:
            granted = self._granted(user_id, object_type.name, "PermissionsRead")
            self._readable[key] = {
                lower: field
                for lower, field in object_type.fields.items()
                if self._exists(object_type, field)
                and (not self._needs_grant(user_id, object_type, field) or field.name in granted)
                and self._denied(user_id, object_type, field) != "read"
            }
        return self._readable[key]

    def editable(self, user_id: str, object_type: ObjectType) -> frozenset[str]:
        """The names of the fields the user may write, whether on create or on update."""
        self._refresh()
        key = (user_id, object_type.name)
        if key not in self._editable:
            granted = self._granted(user_id, object_type.name, "PermissionsEdit")
            self._editable[key] = frozenset(
                field.name
                for field in self.readable(user_id, object_type).values()
                if (field.createable or field.updateable)
                and (not self._needs_grant(user_id, object_type, field) or field.name in granted)
                and self._denied(user_id, object_type, field) is None
            )
        return self._editable[key]

    def exists(self, object_type: ObjectType, name: str) -> bool:
        """Whether the field exists at all, seen by the user or not."""
        field = object_type.fields.get(name.lower())
        return field is not None and self._exists(object_type, field)

    def _exists(self, object_type: ObjectType, field: Field) -> bool:
        if object_type.name == "CampaignMember" and field.name == "AccountId":
            return self._settings.accounts_as_campaign_members
        return True

    def _needs_grant(self, user_id: str, object_type: ObjectType, field: Field) -> bool:
        """Whether only a permission set opens the field; required custom fields are open to everyone."""
        if field.custom:
            return field.permissionable
        restricted = field.permissionable and object_type.name in _PERMISSIONED
        return restricted and self._has_minimum(user_id)

    def _denied(self, user_id: str, object_type: ObjectType, field: Field) -> str | None:
        name = f"{object_type.name}.{field.name}"
        own: str | None = self._of_user(user_id).get("deny_fields", {}).get(name)
        return own or self._settings.deny_fields.get(name)

    def _of_user(self, user_id: str) -> Mapping[str, Any]:
        """What the settings take from one user, who is named there by Username or Id."""
        username = self._username(user_id)
        return self._settings.users.get(username) or self._settings.users.get(user_id) or {}

    def _has_minimum(self, user_id: str) -> bool:
        return bool(self._of_user(user_id).get("minimum_access"))

    def _username(self, user_id: str) -> str:
        return str((self._store.get("User", user_id) or {}).get("Username", ""))

    def _rows(self, table: str, user_id: str) -> list[Record]:
        """The rows of a permission table that belong to the user's permission sets."""
        assignments = self._store.tables["PermissionSetAssignment"].lookup("AssigneeId", [user_id])
        parents = [row["PermissionSetId"] for row in assignments]
        return self._store.tables[table].lookup("ParentId", parents)

    def _granted(self, user_id: str, object_name: str, permission: str) -> set[str]:
        """Names of the object's fields that the user's permission sets open for reading or editing."""
        rows = self._rows("FieldPermissions", user_id)
        prefix = f"{object_name}."
        return {
            row["Field"].removeprefix(prefix)
            for row in rows
            if row.get(permission) and row["Field"].startswith(prefix)
        }

    def version(self) -> tuple[Any, ...]:
        """A value that changes whenever what a user may see and do might have changed."""
        return (
            self._schema.version,
            self._settings.version,
            *(self._store.tables[name].version for name in _PERMISSION_TABLES),
        )

    def _refresh(self) -> None:
        version = self.version()
        if version != self._version:
            self._version = version
            self._readable.clear()
            self._editable.clear()
            self._allowed.clear()
