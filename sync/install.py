"""Install: what Shortlist needs in a CRM, an inventory of it, and a canary write."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.contract import Connector, Provisioned, Wanted
from core.changes import CheckReport, FieldWrite, Finding, InventoryItem, Outcome, TargetList
from core.errors import AuthError, ConfigError, ShortlistError
from core.managed_fields import MANAGED_FIELDS
from core.records import Account, Kind, RecordRef
from store.connections import claim_org, inventory, save_inventory
from store.database import Database
from store.landing import forget_managed
from sync.connected import Connected

CANARY = "canary"
_CANARY_FIELD = "model_version"
_FEW = 10


@dataclass(frozen=True, slots=True)
class InstallPlan:
    """What install found and would do in one connection; `made` is None where a problem keeps it from asking."""

    connection: str
    report: CheckReport
    made: Provisioned | None

    @property
    def problems(self) -> list[str]:
        """What must be put right first, a line each."""
        return [f"{found.subject}: {found.message} {found.advice}".rstrip() for found in self.report.problems]


@dataclass(frozen=True, slots=True)
class Installed:
    """What install did in one connection; `canary` says which record proved that writing works."""

    connection: str
    made: Provisioned
    canary: str | None


def wanted(lists: Sequence[TargetList], known: Sequence[InventoryItem] = ()) -> Wanted:
    """What every CRM must offer: the managed fields and the target lists of the model."""
    return Wanted(MANAGED_FIELDS, lists, known)


def plan_install(database: Database, connected: Connected, lists: Sequence[TargetList]) -> InstallPlan:
    """The preflight and what would be made; changes nothing.

    The preflight is everything that check looks at: sign-in, scopes and permissions, mapped fields, what the
    edition offers, calls left; and the CRM's own word on the new fields where it validates without making them.
    """
    try:
        report = connected.connector.check()
    except ShortlistError as error:
        return InstallPlan(
            connected.name, _cannot(CheckReport("", "", "", None, ()), "connection", error), None
        )
    if report.problems:
        return InstallPlan(connected.name, report, None)
    try:
        needed = wanted(lists, inventory(database, connected.id))
        return InstallPlan(connected.name, report, connected.connector.provision(needed, dry_run=True))
    except (AuthError, ConfigError) as error:
        return InstallPlan(connected.name, _cannot(report, "installation", error), None)


def _cannot(report: CheckReport, subject: str, error: ShortlistError) -> CheckReport:
    return replace(report, findings=(*report.findings, Finding("problem", subject, str(error))))


def demand_ready(plans: Sequence[InstallPlan]) -> None:
    """Raise ConfigError with every problem of every connection, before anything is made in any of them."""
    lines = [f"  {plan.connection}: {problem}" for plan in plans for problem in plan.problems]
    if lines:
        names = " and ".join(dict.fromkeys(plan.connection for plan in plans if plan.problems))
        raise ConfigError("\n".join([f"{names} is not ready, nothing was changed:", *lines]))


def install(database: Database, connected: Connected, lists: Sequence[TargetList]) -> Installed:
    """Check, create what is missing, keep the inventory, and prove it by a write and a read.

    Raises ConfigError with everything that check calls a problem, before anything is created.
    """
    return carry_out(database, connected, lists, plan_install(database, connected, lists))


def carry_out(
    database: Database, connected: Connected, lists: Sequence[TargetList], plan: InstallPlan
) -> Installed:
    """Do what a plan says. Raises ConfigError for one with problems."""
    demand_ready([plan])
    needed = wanted(lists, inventory(database, connected.id))
    claim_org(database, connected.id, plan.report.org_id)
    # Noted before it is made: after a crash in between, it is still known as ours.
    save_inventory(database, connected.id, plan.made.created if plan.made else (), ())
    made = connected.connector.provision(needed)
    save_inventory(database, connected.id, made.created, made.existing)
    if any(item.type == "field" for item in made.created):
        # What was read before has none of the new fields.
        forget_fields(database, connected)
    return Installed(connected.name, made, _prove(connected))


def forget_fields(database: Database, connected: Connected) -> None:
    """Forget what our fields said when they were read last."""
    kinds = (Kind.ACCOUNT, Kind.CONTACT)
    streams = [stream.name for stream in connected.connector.streams if stream.kind in kinds]
    forget_managed(database, connected.id, streams)


def _prove(connected: Connected) -> str | None:
    """Write a managed field of one account, read it back, and put the old value back."""
    account = _any_account(connected.connector)
    if account is None:
        return None
    ref = RecordRef(Kind.ACCOUNT, account.remote_id)
    before = account.managed.get(_CANARY_FIELD)
    try:
        _write(connected, ref, CANARY)
        read = _account(connected.connector, ref)
        if read is None or read.managed.get(_CANARY_FIELD) != CANARY:
            raise ConfigError(
                f"{connected.name}: a value written to {_CANARY_FIELD} of account {ref.remote_id} did not "
                "come back. Another automation may reset it, or the integration user may not read it."
            )
    finally:
        _write(connected, ref, before)
    return account.remote_id


def _any_account(connector: Connector) -> Account | None:
    """One that is there, found by its id: a pull may begin with ordering a file of all of them."""
    stream = next(stream for stream in connector.streams if stream.kind is Kind.ACCOUNT)
    for ids in connector.living(stream):
        for one in ids[:_FEW]:
            found = _account(connector, RecordRef(Kind.ACCOUNT, one))
            if found is not None:
                return found
    return None


def _account(connector: Connector, ref: RecordRef) -> Account | None:
    for page in connector.fetch([ref]):
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
