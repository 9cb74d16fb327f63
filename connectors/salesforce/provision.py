"""Install and uninstall: fields and permission sets by deployment, an assignment, campaigns for lists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.contract import Deprovisioned, Provisioned, Refused, Wanted
from connectors.salesforce import lists
from connectors.salesforce.client import Client
from connectors.salesforce.deploy import Deployed, deploy
from connectors.salesforce.errors import NotAllowed, Refusal
from connectors.salesforce.inventory import Inventory, Key, key
from connectors.salesforce.metadata import INTEGRATION, installation, removal
from connectors.salesforce.schema import OBJECTS, Schema
from core.changes import InventoryItem
from core.errors import AuthError, ConfigError

_COMPONENTS = {"permission_set": "PermissionSet", "field": "CustomField"}
"""Metadata types, those that refer to others first."""
_GONE = ("ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID")


@dataclass(frozen=True)
class Provisioner:
    """Makes what is missing, and removes what an inventory names."""

    client: Client
    schema: Schema
    inventory: Inventory

    def provision(self, wanted: Wanted, *, dry_run: bool) -> Provisioned:
        """As the contract says. A dry run lets Salesforce validate the deployment."""
        self.schema.forget([*OBJECTS.values(), "Campaign", "CampaignMember"])
        campaigns = self.inventory.campaigns(wanted.lists, wanted.known)
        there = [*self.inventory.present(wanted.fields), *(one.item for one in campaigns)]
        before = {key(item): item for item in there}
        items = self.inventory.wanted(wanted.fields, wanted.lists)
        missing = [item for item in items if key(item) not in before]
        notes = [_lacking(name, options) for name, options in self.inventory.lacking(wanted.fields).items()]
        deployed = self._deploy(wanted, missing, dry_run=dry_run)
        # A field that was only hidden from us is found by the deployment, not made by it.
        created = {key(item) for item in missing if item.type != "field" or item.name in deployed.created}
        if not dry_run:
            self._assign(missing)
            created -= self._make_lists(wanted, missing)
            self._verify(wanted)
            lists_now = self.inventory.campaigns(wanted.lists, wanted.known)
            items = [*self.inventory.present(wanted.fields), *(one.item for one in lists_now)]
        known = [before.get(key(item), item) for item in items]
        return Provisioned(
            created=[item for item in known if key(item) in created],
            existing=[item for item in known if key(item) not in created],
            notes=[*notes, *(_renamed(one) for one in campaigns if one.name != one.item.name)],
        )

    def deprovision(self, inventory: Sequence[InventoryItem], *, dry_run: bool) -> Deprovisioned:
        """As the contract says: campaigns, then assignments, then permission sets and fields, all or none.

        What Salesforce refuses stays, with its words.
        """
        self.schema.forget([*OBJECTS.values(), "Campaign"])
        refused = list(self._hidden_lists(inventory))
        hidden = [one.item for one in refused]
        there = [item for item in inventory if item not in hidden and self._is_there(item)]
        if dry_run:
            return Deprovisioned(there, refused)
        refused += self._delete_lists(there)
        deleted: frozenset[str] = frozenset()
        try:
            self._unassign(there)
            deleted = self._remove_components(inventory).deleted
        except (AuthError, ConfigError, Refusal) as error:
            refused += _refused(self._staying(inventory), str(error))
        self.schema.forget(OBJECTS.values())
        staying = [one.item for one in refused]
        removed = [item for item in inventory if item in there or item.name in deleted]
        return Deprovisioned([item for item in removed if item not in staying], refused)

    def _deploy(self, wanted: Wanted, missing: Sequence[InventoryItem], *, dry_run: bool) -> Deployed:
        needed = any(item.type in _COMPONENTS for item in missing) or self.inventory.lacking(wanted.fields)
        if not needed and all(self.inventory.usable(field) for field in wanted.fields):
            return Deployed()
        options = self.inventory.options(wanted.fields)
        archive = installation(wanted.fields, self.client.version, options)
        return deploy(self.client, archive, check_only=dry_run)

    def _assign(self, missing: Sequence[InventoryItem]) -> None:
        if not any(item.type == "permission_set_assignment" for item in missing):
            return
        ids = {item.name: item.remote_id for item in self.inventory.permission_sets()}
        body = {"AssigneeId": self.client.wire.identity().user_id, "PermissionSetId": ids[INTEGRATION]}
        try:
            self.client.call("provision").rest("sobjects/PermissionSetAssignment", "POST", json=body)
        except Refusal as refusal:
            if refusal.code != "DUPLICATE_VALUE":
                raise AuthError(
                    f"{INTEGRATION} cannot be assigned to the run-as user: {refusal.reason} "
                    "Assign it in Setup, then run `shortlist install` again."
                ) from refusal

    def _make_lists(self, wanted: Wanted, missing: Sequence[InventoryItem]) -> set[Key]:
        """Make the campaigns; gives what another install was first to make."""
        keys = {key(item) for item in missing if item.type == "list"}
        made = lists.create(self.client, [one for one in wanted.lists if ("list", one.key) in keys])
        return keys - {("list", one.key) for one in made}

    def _verify(self, wanted: Wanted) -> None:
        """See the fields with our own eyes before anything is written into them."""
        self.schema.forget(OBJECTS.values())
        hidden = [field.name for field in wanted.fields if not self.inventory.usable(field)]
        if hidden:
            raise ConfigError(
                f"The fields are deployed, but the run-as user cannot use {', '.join(hidden)}: see whether a "
                f"muting permission set takes away what {INTEGRATION} grants."
            )

    def _is_there(self, item: InventoryItem) -> bool:
        match item.type:
            case "list":
                return item.remote_id is not None and lists.exists(self.client, item.remote_id)
            case "permission_set":
                return key(item) in {key(one) for one in self.inventory.permission_sets()}
            case "permission_set_assignment":
                return key(item) in {key(one) for one in self.inventory.assignments()}
            case _:
                table, _, name = item.name.partition(".")
                return self.schema.of(table).has(name)

    def _hidden_lists(self, items: Sequence[InventoryItem]) -> Iterator[Refused]:
        """Where campaigns are hidden from us by now, nobody can say that they are gone."""
        campaigns = [item for item in items if item.type == "list"]
        if campaigns and not self.schema.of("Campaign").fields:
            reason = "The run-as user cannot read Campaign: grant it read and delete in a permission set."
            yield from (Refused(item, reason) for item in campaigns)

    def _delete_lists(self, items: Sequence[InventoryItem]) -> Iterator[Refused]:
        """Delete campaigns; gives those that an automation of the org or a missing permission keeps."""
        for item in items:
            if item.type == "list" and item.remote_id:
                try:
                    lists.delete(self.client, item.remote_id)
                except (NotAllowed, Refusal) as error:
                    yield Refused(item, error.reason if isinstance(error, Refusal) else str(error))

    def _staying(self, inventory: Sequence[InventoryItem]) -> list[InventoryItem]:
        """What stays where the permission sets do.

        Fields are among it whether we see them or not: without our assignment they are hidden from us.
        """
        return [
            item
            for item in inventory
            if item.type in _COMPONENTS or (item.type == "permission_set_assignment" and self._is_there(item))
        ]

    def _unassign(self, items: Sequence[InventoryItem]) -> None:
        """Take back our assignment, and every assignment of a permission set that is to go."""
        ids = [
            item.remote_id for item in items if item.type == "permission_set_assignment" and item.remote_id
        ]
        sets = [item.name for item in items if item.type == "permission_set"]
        if sets:
            ids += [one for one in self.inventory.assignment_ids(sets) if one not in ids]
        for one in ids:
            try:
                self.client.call("provision").rest(f"sobjects/PermissionSetAssignment/{one}", "DELETE")
            except Refusal as refusal:
                if refusal.code not in _GONE:
                    raise

    def _remove_components(self, items: Sequence[InventoryItem]) -> Deployed:
        names = {
            metadata_type: [item.name for item in items if item.type == type_]
            for type_, metadata_type in _COMPONENTS.items()
        }
        named = {metadata_type: members for metadata_type, members in names.items() if members}
        if not named:
            return Deployed()
        return deploy(self.client, removal(named, self.client.version), command="uninstall")


def _refused(items: Sequence[InventoryItem], reason: str) -> Iterator[Refused]:
    """What stays; Salesforce gives its reason for all of it together."""
    rest = "Salesforce removes it together with the others, or not at all."
    yield from (Refused(item, rest if place else reason) for place, item in enumerate(items))


def _renamed(found: lists.Found) -> str:
    return (
        f"The campaign “{found.item.name}” ({found.item.remote_id}) is called “{found.name}” in Salesforce now. It "
        "stays ours, and no other one was made."
    )


def _lacking(name: str, options: Sequence[str]) -> str:
    return f"{name} lacked the options {', '.join(options)}; install adds them and leaves all others as they are."
