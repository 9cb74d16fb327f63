"""Rows of Account, Contact, Lead, User, Opportunity and OpportunityContactRole as records."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from connectors.salesforce.ids import LONG, canonical_id
from connectors.salesforce.schema import ObjectInfo, managed_name
from connectors.salesforce.settings import PersonFields, SalesforceSettings
from connectors.salesforce.table import Row, column, optional_column
from core.clock import parse_instant
from core.contact_columns import ContactColumns
from core.fields import ManagedField, canonical
from core.records import Account, Contact, Deal, DealRoles, Kind, Owner

LEAD_PREFIX = "00Q"


def account_reader(info: ObjectInfo, settings: SalesforceSettings) -> Callable[[Row], Account]:
    """Reads accounts with the inputs that are configured and the managed fields that are there."""
    inputs = [(key, name) for key, name in settings.fields.items() if info.has(name)]
    managed = _managed_columns(info, Kind.ACCOUNT)
    twin, names = settings.twin_id_field, settings.account_fields

    def read(row: Row) -> Account:
        return Account(
            remote_id=canonical_id(row["Id"]),
            modified_at=parse_instant(row["SystemModstamp"]),
            name=row["Name"],
            website=row.get(names.website),
            owner_id=optional_id(row.get(names.owner)),
            parent_id=optional_id(row.get(names.parent)),
            twin_id=_foreign_id(row[twin]) if twin else None,
            fields={key: row[name] for key, name in inputs},
            managed=_managed(row, managed),
        )

    return read


ReadContacts = Callable[[Sequence[Row]], ContactColumns]


def contacts_reader(info: ObjectInfo, settings: SalesforceSettings) -> ReadContacts:
    """Reads contacts, all of an answer at once, with the managed fields that are there."""
    managed = _managed_columns(info, Kind.CONTACT)
    email, title, role = _person_columns(settings.contact_fields)

    def read(rows: Sequence[Row]) -> ContactColumns:
        return ContactColumns(
            remote_id=_canonical_ids(column(rows, "Id")),
            modified_at=_instants(column(rows, "SystemModstamp")),
            account_id=_canonical_ids(optional_column(rows, "AccountId")),
            email=optional_column(rows, email),
            name=[name or "" for name in column(rows, "Name")],
            title=optional_column(rows, title),
            buying_role=optional_column(rows, role),
            managed=_managed_of(rows, managed),
        )

    return read


def contact_reader(info: ObjectInfo, settings: SalesforceSettings) -> Callable[[Row], Contact]:
    """Reads one contact."""
    read = contacts_reader(info, settings)
    return lambda row: read([row])[0]


def _canonical_ids(ids: Sequence[Any]) -> Sequence[Any]:
    """In their 18-character form, as they almost always are; no id is None."""
    if set(map(len, filter(None, ids))) <= {LONG}:
        return ids
    return [canonical_id(one) if one else None for one in ids]


def _instants(texts: Sequence[str]) -> Sequence[datetime]:
    """Many rows of an answer share their stamp."""
    known = {text: parse_instant(text) for text in set(texts)}
    return [known[text] for text in texts]


def lead_reader(settings: SalesforceSettings) -> Callable[[Row], Contact]:
    """Reads leads; managed fields are no business of theirs. A converted lead is the contact it became."""
    email, title, role = _person_columns(settings.lead_fields)

    def read(row: Row) -> Contact:
        contact_id = row.get("ConvertedContactId") if row.get("IsConverted") else None
        return Contact(
            remote_id=person_id(row["Id"]),
            modified_at=parse_instant(row["SystemModstamp"]),
            account_id=None,
            email=row.get(email),
            name=row["Name"] or "",
            title=row.get(title),
            buying_role=row.get(role),
            managed={},
            survivor_id=optional_id(contact_id),
        )

    return read


def _person_columns(names: PersonFields) -> tuple[str, str, str]:
    """E-mail, title and buying role; no column has the empty name."""
    return names.email, names.title, names.buying_role or ""


def deal_reader(settings: SalesforceSettings) -> Callable[[Row], Deal]:
    """Reads opportunities; a closed one is closed on its close date, an open one is not closed."""
    names = settings.deal_fields

    def read(row: Row) -> Deal:
        closed_on = row.get(names.closes_on) if row["IsClosed"] else None
        return Deal(
            remote_id=canonical_id(row["Id"]),
            modified_at=parse_instant(row["SystemModstamp"]),
            account_id=optional_id(row.get("AccountId")),
            name=row["Name"],
            stage=row["StageName"],
            amount=row.get(names.amount),
            is_closed=row["IsClosed"],
            is_won=row["IsWon"],
            created_at=parse_instant(row["CreatedDate"]),
            closed_at=moment(closed_on) if closed_on else None,
        )

    return read


def read_role(row: Row) -> DealRoles:
    """Read the role of one contact in one opportunity; a row without a role says nothing."""
    person = ((canonical_id(row["ContactId"]), row["Role"]),) if row["ContactId"] and row["Role"] else ()
    return DealRoles(
        remote_id=canonical_id(row["Id"]),
        modified_at=parse_instant(row["SystemModstamp"]),
        deal_id=canonical_id(row["OpportunityId"]),
        set_at=parse_instant(row.get("LastModifiedDate") or row["SystemModstamp"]),
        people=person,
    )


def read_owner(row: Row) -> Owner:
    """Read a user."""
    return Owner(
        remote_id=canonical_id(row["Id"]),
        modified_at=parse_instant(row["SystemModstamp"]),
        name=row["Name"],
        email=row.get("Email"),
        is_active=row.get("IsActive", True),
    )


def person_id(record_id: str) -> str:
    """The remote id of a contact or a lead, by the prefix that Salesforce gives each object's ids."""
    plain = canonical_id(record_id)
    return f"Lead:{plain}" if plain.startswith(LEAD_PREFIX) else plain


def optional_id(value: str | None) -> str | None:
    """A reference in its 18-character form, or None."""
    return canonical_id(value) if value else None


def _foreign_id(value: Any) -> str | None:
    """An id of another system; one in a number field comes as 12345.0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if value is None else str(value)


def moment(text: str) -> datetime:
    """When something was by a field that holds a date or a date with a time."""
    return parse_instant(text) if "T" in text else day_start(text)


def day_start(text: str) -> datetime:
    """The first instant of a date, UTC: Salesforce keeps no time of day with it."""
    day = date.fromisoformat(text)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _managed_columns(info: ObjectInfo, kind: Kind) -> list[tuple[ManagedField, str]]:
    return [(field, managed_name(field.name)) for field in info.managed(kind)]


def _managed_of(
    rows: Sequence[Row], wanted: list[tuple[ManagedField, str]]
) -> Sequence[Mapping[str, str | None]]:
    if not wanted:
        return [{}] * len(rows)
    names = [field.name for field, _ in wanted]
    values = [[canonical(field, value) for value in column(rows, name)] for field, name in wanted]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _managed(row: Row, columns: list[tuple[ManagedField, str]]) -> dict[str, str | None]:
    return {field.name: canonical(field, row[column]) for field, column in columns}
