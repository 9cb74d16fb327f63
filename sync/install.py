"""Install and uninstall: what Shortlist needs in a CRM, an inventory of it, and a canary write."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.contract import Connector, Provisioned, Wanted
from core.changes import FieldWrite, InventoryItem, Outcome, TargetList
from core.cursors import Cursor
from core.errors import ConfigError
from core.fields import MANAGED_FIELDS
from core.records import Account, Kind, RecordRef
from store.connections import claim_org, forget_inventory, inventory, save_inventory
from store.database import Database
from store.written import forget_written
from sync.connected import Connected

CANARY = "canary"
_CANARY_FIELD = "model_version"


@dataclass(frozen=True, slots=True)
class Installed:
    """What install did in one connection; `canary` says which record proved that writing works."""

    connection: str
    made: Provisioned
    canary: str | None


def wanted(lists: Sequence[TargetList], known: Sequence[InventoryItem] = ()) -> Wanted:
    """What every CRM must offer: the managed fields and the target lists of the model."""
    return Wanted(MANAGED_FIELDS, lists, known)


def install(
    database: Database, connected: Connected, lists: Sequence[TargetList], *, dry_run: bool = False
) -> Installed:
    """Check, create what is missing, keep the inventory, and prove it by a write and a read.

    Raises ConfigError or AuthError with everything that check calls a problem, before anything is created.
    """
    report = connected.connector.check()
    if report.problems:
        lines = "\n".join(f"  {found.subject}: {found.message} {found.advice}" for found in report.problems)
        raise ConfigError(f"{connected.name} is not ready, nothing was changed:\n{lines}")
    needed = wanted(lists, inventory(database, connected.id))
    missing = connected.connector.provision(needed, dry_run=True)
    if dry_run:
        return Installed(connected.name, missing, None)
    claim_org(database, connected.id, report.org_id)
    # Noted before it is made: after a crash in between, it is still known as ours.
    save_inventory(database, connected.id, missing.created, ())
    made = connected.connector.provision(needed)
    save_inventory(database, connected.id, made.created, made.existing)
    return Installed(connected.name, made, _prove(connected))


def uninstall(database: Database, connected: Connected, *, dry_run: bool = False) -> list[InventoryItem]:
    """Remove what the inventory says we made; what we found there stays."""
    items = inventory(database, connected.id, made_by_us=True)
    removed = connected.connector.deprovision(items, dry_run=dry_run)
    if not dry_run:
        forget_inventory(database, connected.id, items)
        forget_written(database, connected.id)
    return removed


def _prove(connected: Connected) -> str | None:
    """Write a managed field of one account, read it back, and put the old value back."""
    account = _any_account(connected.connector)
    if account is None:
        return None
    ref = RecordRef(Kind.ACCOUNT, account.remote_id)
    before = account.managed.get(_CANARY_FIELD)
    try:
        _write(connected, ref, CANARY)
        if _read(connected.connector, ref) != CANARY:
            raise ConfigError(
                f"{connected.name}: a value written to {_CANARY_FIELD} of account {ref.remote_id} did not "
                "come back. Another automation may reset it, or the integration user may not read it."
            )
    finally:
        _write(connected, ref, before)
    return account.remote_id


def _any_account(connector: Connector) -> Account | None:
    stream = next(stream for stream in connector.streams if stream.kind is Kind.ACCOUNT)
    for page in connector.pull(stream, Cursor()):
        for record in page.records:
            if isinstance(record, Account):
                return record
    return None


def _write(connected: Connected, ref: RecordRef, value: str | None) -> None:
    [result] = connected.connector.write_fields([FieldWrite(ref, {_CANARY_FIELD: value})])
    if result.outcome is Outcome.REJECTED:
        raise ConfigError(
            f"{connected.name}: the CRM refuses a write to {_CANARY_FIELD} of account {ref.remote_id}: "
            f"{result.reason}"
        )


def _read(connector: Connector, ref: RecordRef) -> str | None:
    for page in connector.fetch([ref]):
        for record in page.records:
            if isinstance(record, Account):
                return record.managed.get(_CANARY_FIELD)
    return None
