"""What of ours is in the org: fields, permission sets, the assignment, campaigns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simple_salesforce.format import format_soql

from connectors.salesforce import lists
from connectors.salesforce.client import Client
from connectors.salesforce.ids import canonical_id
from connectors.salesforce.metadata import INTEGRATION, PERMISSION_SETS, full_name
from connectors.salesforce.schema import OBJECTS, FieldInfo, Option, Schema, managed_name
from connectors.salesforce.settings import SalesforceSettings
from core.changes import InventoryItem, TargetList
from core.errors import ConfigError
from core.fields import FieldType, ManagedField, Policy

DESCRIBED_TYPES = {
    FieldType.TEXT: "string",
    FieldType.LONG_TEXT: "textarea",
    FieldType.NUMBER: "double",
    FieldType.PICKLIST: "picklist",
    FieldType.DATE: "date",
    FieldType.DATETIME: "datetime",
}
"""Describe's word for what a managed field must be."""

Key = tuple[str, str]
"""An item's type and name (a list's key): what makes it the same thing in two inventories."""


def key(item: InventoryItem) -> Key:
    """The identity of an item, whatever its id."""
    return item.type, item.details["key"] if item.type == "list" else item.name


@dataclass(frozen=True)
class Inventory:
    """Looks at the org; changes nothing."""

    client: Client
    schema: Schema
    settings: SalesforceSettings

    def wanted(
        self, fields: Sequence[ManagedField], target_lists: Sequence[TargetList]
    ) -> list[InventoryItem]:
        """What an installed org holds; lists only where campaigns can be ours."""
        items = [InventoryItem("field", full_name(field)) for field in fields]
        items += [InventoryItem("permission_set", name) for name in PERMISSION_SETS]
        items.append(InventoryItem("permission_set_assignment", INTEGRATION))
        if self._has_lists():
            items += [lists.item(one, None) for one in target_lists]
        return items

    def present(self, fields: Sequence[ManagedField]) -> list[InventoryItem]:
        """Which of them are there but for lists, with their ids. Raises ConfigError for a field of another type."""
        found = [InventoryItem("field", full_name(field)) for field in fields if self.field(field)]
        found += self.permission_sets()
        found += self.assignments()
        return found

    def campaigns(
        self, target_lists: Sequence[TargetList], known: Iterable[InventoryItem]
    ) -> list[lists.Found]:
        """Which of the lists are there; none where campaigns cannot be ours.

        Raises ConfigError where they could be, and install would not know them again.
        """
        if not self._has_lists():
            return []
        if target_lists and lists.is_mark_hidden(self.schema):
            raise ConfigError(f'Lists: {lists.MARK_HIDDEN}: grant both, or set lists_as_campaigns = "off".')
        return lists.find(self.client, target_lists, known)

    def _has_lists(self) -> bool:
        return lists.available(self.schema, self.settings)

    def field(self, field: ManagedField) -> FieldInfo | None:
        """A managed field as describe shows it. Raises ConfigError where it is another field of that name."""
        info = self.schema.of(OBJECTS[field.kind]).fields.get(managed_name(field.name))
        needed = DESCRIBED_TYPES[field.type]
        if info is not None and info.type != needed:
            raise ConfigError(
                f"The field {full_name(field)} exists as {info.type}, Shortlist needs {needed}: "
                "rename or delete it, then run `shortlist install` again."
            )
        return info

    def usable(self, field: ManagedField) -> bool:
        """Whether the run-as user can read the field, and write it where it is ours to write."""
        info = self.field(field)
        return info is not None and (info.updateable or field.policy is Policy.READS)

    def lacking(self, fields: Iterable[ManagedField]) -> dict[str, list[str]]:
        """The options that restricted picklists of ours do not take, by the field's full name."""
        found = {
            full_name(field): [one for one in field.options if one not in info.values]
            for field in fields
            if (info := self.field(field)) and info.values is not None
        }
        return {name: options for name, options in found.items() if options}

    def options(self, fields: Iterable[ManagedField]) -> dict[str, Sequence[Option]]:
        """What the picklists hold now, by the field's full name."""
        return {full_name(field): info.options for field in fields if (info := self.field(field))}

    def permission_sets(self) -> list[InventoryItem]:
        """Our permission sets."""
        soql = format_soql("SELECT Id, Name FROM PermissionSet WHERE Name IN {}", list(PERMISSION_SETS))
        return [
            InventoryItem("permission_set", row["Name"], canonical_id(row["Id"])) for row in self._rows(soql)
        ]

    def assignments(self) -> list[InventoryItem]:
        """The assignment of ABM_Integration to the run-as user."""
        soql = format_soql(
            "SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = {} AND PermissionSet.Name = {}",
            self.client.wire.identity().user_id,
            INTEGRATION,
        )
        return [
            InventoryItem("permission_set_assignment", INTEGRATION, canonical_id(row["Id"]))
            for row in self._rows(soql)
        ]

    def assignment_ids(self, permission_sets: Iterable[str]) -> list[str]:
        """Every assignment of these permission sets, whoever made it: a set that is assigned cannot go."""
        soql = format_soql(
            "SELECT Id FROM PermissionSetAssignment WHERE PermissionSet.Name IN {}", sorted(permission_sets)
        )
        return [canonical_id(row["Id"]) for row in self._rows(soql)]

    def _rows(self, soql: str) -> list[dict[str, str]]:
        return self.client.call("provision").query_rows(soql)
