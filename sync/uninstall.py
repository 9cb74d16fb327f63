"""Uninstall: what install made goes, what people made their own stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from connectors.contract import Refused
from core.changes import InventoryItem, Outcome
from core.errors import ConfigError, ContractError
from store.connections import forget_inventory, inventory
from store.database import Database
from store.outbox import our_members
from store.written import forget_written
from sync.connected import Connected, claim
from sync.install import forget_fields


class KeptList(NamedTuple):
    """A list of ours that stays.

    members: how many people have put there; None where the CRM does not say who is on it, `reason` is its word.
    """

    item: InventoryItem
    members: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Uninstalled:
    """What uninstall removed (or would remove), the lists that it leaves to people, and what the CRM did not let go.

    Our members are taken off the lists that stay, where that can be done.
    """

    removed: Sequence[InventoryItem]
    kept: Sequence[KeptList] = ()
    refused: Sequence[Refused] = ()


def plan_uninstall(database: Database, connected: Connected) -> Uninstalled:
    """What uninstall would do; changes nothing."""
    items, kept = _to_remove(database, connected)
    removed, refused = connected.connector.deprovision(items, dry_run=True)
    return Uninstalled(removed, kept, refused)


def uninstall(database: Database, connected: Connected) -> Uninstalled:
    """Remove what the inventory says we made; what we found there stays, and so do lists with members of people.

    A list whose members cannot be told, and what the CRM refuses to remove, stays in the inventory too: the next
    uninstall tries again.
    """
    items, kept = _to_remove(database, connected)
    left = [one.item for one in kept if one.members is not None]
    for item in left:
        _leave_list(database, connected, item)
    removed, refused = connected.connector.deprovision(items)
    staying = [one.item for one in refused]
    forget_inventory(database, connected.id, [item for item in (*items, *left) if item not in staying])
    forget_written(database, connected.id)
    forget_fields(database, connected)
    return Uninstalled(removed, kept, refused)


def _to_remove(database: Database, connected: Connected) -> tuple[list[InventoryItem], list[KeptList]]:
    """What may go, and the lists that must stay; raises ConfigError where this is not the org that install prepared."""
    claim(database, [connected])
    items = inventory(database, connected.id, made_by_us=True)
    lists = [item for item in items if item.type == "list" and item.remote_id]
    kept = [found for item in lists if (found := _kept(database, connected, item))]
    staying = [one.item for one in kept]
    return [item for item in items if item not in staying], kept


def _kept(database: Database, connected: Connected, item: InventoryItem) -> KeptList | None:
    """A list that must stay: it has members that we did not add, or it is there and does not say who is on it."""
    ours = our_members(database, connected.id, item.details["key"])
    try:
        members = sum(one not in ours for one in connected.connector.members(str(item.remote_id)))
    except ContractError as error:
        is_there = any(connected.connector.deprovision([item], dry_run=True))
        return KeptList(item, None, str(error)) if is_there else None
    return KeptList(item, members) if members else None


def _leave_list(database: Database, connected: Connected, item: InventoryItem) -> None:
    """Take our members off a list that stays."""
    there = set(connected.connector.members(str(item.remote_id)))
    ours = sorted(there & our_members(database, connected.id, item.details["key"]))
    size = connected.connector.capabilities.member_batch
    for start in range(0, len(ours), size):
        results = connected.connector.change_members(str(item.remote_id), (), ours[start : start + size])
        refused = [one for one in results if one.outcome is Outcome.REJECTED]
        if refused:
            raise ConfigError(
                f"{connected.name}: {len(refused)} of our members could not be taken off the list {item.name}: "
                f"{refused[0].reason} Nothing else was removed; run uninstall again."
            )
