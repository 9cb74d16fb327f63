"""Rows of Account, Contact and Opportunity as records."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from connectors.salesforce.ids import canonical_id
from connectors.salesforce.schema import ObjectInfo, managed_name
from connectors.salesforce.settings import SalesforceSettings
from core.clock import parse_instant
from core.fields import ManagedField, canonical
from core.records import Account, Contact, Deal, Kind

Row = Mapping[str, Any]


def account_reader(info: ObjectInfo, settings: SalesforceSettings) -> Callable[[Row], Account]:
    """Reads accounts with the inputs that are configured and the managed fields that are there."""
    inputs = [(key, name) for key, name in settings.fields.items() if info.has(name)]
    managed = _managed_columns(info, Kind.ACCOUNT)
    twin = settings.twin_id_field

    def read(row: Row) -> Account:
        return Account(
            remote_id=canonical_id(row["Id"]),
            modified_at=parse_instant(row["SystemModstamp"]),
            name=row["Name"],
            website=row.get("Website"),
            owner_id=optional_id(row.get("OwnerId")),
            parent_id=optional_id(row.get("ParentId")),
            twin_id=str(row[twin]) if twin and row[twin] is not None else None,
            fields={key: row[name] for key, name in inputs},
            managed=_managed(row, managed),
        )

    return read


def contact_reader(info: ObjectInfo, settings: SalesforceSettings) -> Callable[[Row], Contact]:
    """Reads contacts with the managed fields that are there."""
    managed = _managed_columns(info, Kind.CONTACT)
    role = settings.buying_role_field

    def read(row: Row) -> Contact:
        return Contact(
            remote_id=canonical_id(row["Id"]),
            modified_at=parse_instant(row["SystemModstamp"]),
            account_id=optional_id(row.get("AccountId")),
            email=row.get("Email"),
            name=row["Name"] or "",
            title=row.get("Title"),
            buying_role=row[role] if role else None,
            managed=_managed(row, managed),
        )

    return read


def read_deal(row: Row) -> Deal:
    """Read an opportunity; a closed one is closed on its close date, an open one is not closed."""
    closed_on = row.get("CloseDate") if row["IsClosed"] else None
    return Deal(
        remote_id=canonical_id(row["Id"]),
        modified_at=parse_instant(row["SystemModstamp"]),
        account_id=optional_id(row.get("AccountId")),
        name=row["Name"],
        stage=row["StageName"],
        amount=row.get("Amount"),
        is_closed=row["IsClosed"],
        is_won=row["IsWon"],
        created_at=parse_instant(row["CreatedDate"]),
        closed_at=day_start(closed_on) if closed_on else None,
    )


def optional_id(value: str | None) -> str | None:
    """A reference in its 18-character form, or None."""
    return canonical_id(value) if value else None


def day_start(text: str) -> datetime:
    """The first instant of a date, UTC: Salesforce keeps no time of day with it."""
    day = date.fromisoformat(text)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _managed_columns(info: ObjectInfo, kind: Kind) -> list[tuple[ManagedField, str]]:
    return [(field, managed_name(field.name)) for field in info.managed(kind)]


def _managed(row: Row, columns: list[tuple[ManagedField, str]]) -> dict[str, str | None]:
    return {field.name: canonical(field, row[column]) for field, column in columns}
