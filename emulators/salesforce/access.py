"""What the running user may see and change: object permissions and field-level security.

A custom field is invisible to everyone until a permission set with a FieldPermissions row for it is assigned
to the user; standard fields are open. What an administrator took away is in the settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.salesforce.fields import Field, ObjectType
    from emulators.salesforce.schema import Schema
    from emulators.salesforce.settings import Settings
    from emulators.salesforce.store import Store

_PERMISSION_TABLES = ("PermissionSetAssignment", "FieldPermissions")


class Access:
    """Permissions of users, computed from the permission records and cached until one of those changes."""

    def __init__(self, schema: Schema, store: Store, settings: Settings) -> None:
        self._schema = schema
        self._store = store
        self._settings = settings
        self._version: tuple[Any, ...] = ()
        self._readable: dict[tuple[str, str], dict[str, Field]] = {}
        self._editable: dict[tuple[str, str], frozenset[str]] = {}

    def may(self, object_type: ObjectType, action: str) -> bool:
        """Whether the user may `create`, `update` or `delete` records of the object."""
        denied = f"{object_type.name}.{action}" in self._settings.deny
        return action in object_type.can and not denied

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
                and (not field.custom or field.name in granted)
                and self._denied(object_type, field) != "read"
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
                and (not field.custom or field.name in granted)
                and self._denied(object_type, field) is None
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

    def _denied(self, object_type: ObjectType, field: Field) -> str | None:
        return self._settings.deny_fields.get(f"{object_type.name}.{field.name}")

    def _granted(self, user_id: str, object_name: str, permission: str) -> set[str]:
        """Names of the object's fields that the user's permission sets open for reading or editing."""
        tables = self._store.tables
        assignments = tables["PermissionSetAssignment"].lookup("AssigneeId", [user_id])
        parents = [row["PermissionSetId"] for row in assignments]
        rows = tables["FieldPermissions"].lookup("ParentId", parents)
        prefix = f"{object_name}."
        return {
            row["Field"].removeprefix(prefix)
            for row in rows
            if row.get(permission) and row["Field"].startswith(prefix)
        }

    def _refresh(self) -> None:
        version = (
            self._schema.version,
            self._settings.version,
            *(self._store.tables[name].version for name in _PERMISSION_TABLES),
        )
        if version != self._version:
            self._version = version
            self._readable.clear()
            self._editable.clear()
